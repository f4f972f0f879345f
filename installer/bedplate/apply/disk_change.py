"""Carries out a change of a running host's disks, and takes one up again that was broken off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from bedplate.apply import boot, disks, group, release
from bedplate.apply.claims import Claims
from bedplate.apply.devices import disk_path, is_there, partition_path, settle, stable_path
from bedplate.apply.files import put_file
from bedplate.apply.for_everybody import unmount_everywhere
from bedplate.apply.gate import LookAgain, check_unchanged
from bedplate.apply.grow import grow, grow_partition
from bedplate.apply.host_change import apply_host_change
from bedplate.apply.interrupt import interruptible, raise_if_interrupted
from bedplate.apply.join import Joining, LookAtStores
from bedplate.apply.journal import Journal
from bedplate.apply.leave import leave
from bedplate.apply.stepper import DISK_GROUPS, Stepper, writes
from bedplate.apply.storage import Storing
from bedplate.errors import ApplyError, BedplateError, CommandError, Problem
from bedplate.events import Clock, Sink, What
from bedplate.model import disk_change as c
from bedplate.model import step as s
from bedplate.model import storage_step as st
from bedplate.model.plan import Role
from bedplate.render import boot_argv, join_argv
from bedplate.run import Runner

STATE = Path("/var/lib/bedplate/disk")
TABLES = Path("/var/lib/bedplate/tables")
_PRIVATE = 0o600
# What the stores themselves know better than the journal: a power cut may have undone it.
_ASKED = (
    c.JoinPool,
    c.JoinCache,
    c.JoinArray,
    c.JoinBtrfs,
    c.AttachPool,
    c.AttachArray,
    c.AddBtrfs,
    c.MakeArray,
    c.ExtendGroup,
    c.MoveVolumes,
    c.ReduceGroup,
    st.MakeGroup,
    st.WidenGroup,
    st.MakeThinPool,
    st.GrowThinPool,
    st.MakeThinVolume,
    st.FormatThinVolume,
    st.MountDirectory,
    st.MakePool,
    st.AddVdevs,
)
# One for each kernel, on any machine.
_INITRAMFS_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class DiskRun:
    """How replacements are carried out on this host.

    `sync_esps` brings its ESPs in sync, and returns what it could not. `lacks_grub` says whether a
    BIOS would not find on a disk the GRUB that is in /boot/grub below `root`.
    """

    run: Runner
    look_again: LookAgain
    look_at_stores: LookAtStores
    sync_esps: Callable[[Clock], tuple[Problem, ...]]
    journal: Journal[c.DiskChange]
    sinks: tuple[Sink, ...]
    root: Path = Path("/")
    tables: Path = TABLES
    lacks_grub: Callable[[str], bool] = lambda _disk: True

    def start(self, plan: c.DiskChange) -> None:
        """Carry a new plan out.

        Raises `RefusedError` if the new disk changed, `ApplyError` or `CommandError` if a step
        fails, `InterruptedRunError` on a signal. The data stays where it is in every case.
        """
        with self.journal.locked():
            self.journal.begin(plan)
            self._run(plan, frozenset())

    def resume(self) -> c.DiskChange:
        """Take the recorded run up again where it stopped; returns its plan."""
        with self.journal.locked():
            plan = self.journal.plan()
            asked = {step.id for step in plan.steps if isinstance(step, _ASKED)}
            self._run(plan, self.journal.done() - asked)
        return plan

    def _run(self, plan: c.DiskChange, done: frozenset[str]) -> None:
        with self.journal.sink() as written:
            clock = Clock((written, *self.sinks))
            clock.say(What.RUN_STARTED, text=plan.action.command)
            claims = Claims(plan.cleared)
            begun = any(step.id in done and writes(step) for step in plan.steps)
            stepper: Stepper[c.DiskStep] = Stepper(
                self.run,
                clock,
                claims,
                plan.disks,
                lambda step: self._execute(step, plan, claims, clock),
                DISK_GROUPS,
            )
            try:
                with interruptible(at_once=False), claims:
                    stepper.carry_out(
                        plan.steps,
                        done,
                        lambda: check_unchanged(plan.made_for, self.look_again, begun=begun),
                    )
            except BedplateError as error:
                clock.say(What.RUN_FAILED, text=str(error))
                raise
            clock.say(What.RUN_DONE)

    def _execute(self, step: c.DiskStep, plan: c.DiskChange, claims: Claims, clock: Clock) -> None:
        run = self.run
        joining = Joining(
            run,
            self.look_at_stores,
            lambda guid: partition_path(*plan.partition(guid)),
            lambda guid: stable_path(*plan.partition(guid)),
        )
        match step:
            case c.SaveTables():
                self._save_tables(step)
            case s.ClearDisk():
                disks.clear_disk(run, plan.found(step.disk), claims)
            case s.PartitionDisk():
                disks.partition_disk(run, plan.table(step.disk), claims)
            case s.FormatEsp():
                disks.format_esp(run, *plan.partition(step.partition_guid), step.fat_id)
                settle(run)
            case s.FormatSwap():
                disks.format_swap(run, *plan.partition(step.partition_guid), step.uuid)
            case c.ChangeHost():
                apply_host_change(run, step.change, self.root)
            case c.RebuildInitramfs():
                run(boot_argv.rebuild_initramfs(), timeout=_INITRAMFS_SECONDS)
            case c.UnmountEsp():
                unmount_everywhere(run, [at for at in step.mounts if Path(at).is_mount()])
            case c.SyncEsps():
                self._sync_esps(plan, clock)
            case s.InstallBiosGrub():
                boot.install_bios_grub(run, step.disk, self.root / "boot")
            case c.MatchBiosGrub():
                self._match_grub(step, clock)
            case c.SetInstallDevices():
                run(boot_argv.set_selections(), stdin=boot_argv.install_devices(step.devices))
            case c.JoinPool():
                joining.pool(step)
            case c.JoinCache():
                joining.cache(step)
            case c.JoinArray():
                joining.array(step)
            case c.JoinBtrfs():
                joining.btrfs(step)
            case c.AttachPool() | c.AttachArray() | c.AddBtrfs():
                joining.attach(step)
            case c.MakeArray() | c.ExtendGroup() | c.MoveVolumes() | c.ReduceGroup():
                group.carry_out(run, step, plan, _heard(step, clock))
            case c.LeavePool() | c.LeaveArray() | c.LeaveBtrfs():
                leave(run, self.look_at_stores, step)
            case c.GrowPartition():
                grow_partition(run, step, plan.found(step.disk))
            case c.GrowPool() | c.GrowArray() | c.GrowBtrfs():
                grow(run, step)
            case c.AwaitMembers():
                joining.wait(step.store, step.partition_guids, _heard(step, clock))
            case c.SpreadBtrfs():
                joining.spread(step)
            case (
                st.MakeGroup()
                | st.WidenGroup()
                | st.MakeThinPool()
                | st.GrowThinPool()
                | st.MakeThinVolume()
                | st.FormatThinVolume()
                | st.MountDirectory()
                | st.MakePool()
                | st.AddVdevs()
            ):
                Storing(run, self.look_at_stores, plan).carry_out(step)
            case (
                s.RenameVolumeGroup()
                | s.RenamePool()
                | s.Unmount()
                | s.ExportPool()
                | s.SwapOff()
                | s.CloseMappings()
                | s.StopArray()
                | s.StopCache()
            ):
                claims.take()
                release.carry_out(run, step, plan.cleared)
            case other:
                assert_never(other)

    def _sync_esps(self, plan: c.DiskChange, clock: Clock) -> None:
        """The new disk has to be able to start the host; a dying one need not take anything.

        Without a new one, those that stay have to; one that leaves is not listed, and need not be.
        """
        esps = [(disk, esp) for disk in plan.disks if (esp := disk.by_role(Role.ESP)) is not None]
        places = tuple(f"{partition_path(disk, esp)} " for disk, esp in esps)
        failures = self.sync_esps(clock)
        leaving = tuple(f"{part.path} " for disk in plan.made_for for part in disk.partitions)
        ours = [
            problem
            for problem in failures
            if problem.where.startswith(places)
            or (not places and not problem.where.startswith(leaving))
        ]
        if ours:
            raise ApplyError(ours)
        for problem in failures:
            clock.say(What.WARNING, text=str(problem))

    def _match_grub(self, step: c.MatchBiosGrub, clock: Clock) -> None:
        """A disk that does not take it has not become worse; what it is like, the doctor says."""
        for disk in step.disks:
            if self.lacks_grub(disk):
                try:
                    boot.install_bios_grub(self.run, disk, self.root / "boot")
                except CommandError as error:
                    raise_if_interrupted()
                    clock.say(What.WARNING, text=str(error))

    def _save_tables(self, step: c.SaveTables) -> None:
        self.tables.mkdir(mode=0o700, parents=True, exist_ok=True)
        for disk in step.disks:
            dump = self.run(join_argv.save_table(disk_path(disk))).stdout
            name = disk.strip("/").replace("/", "-")
            put_file(self.tables / f"{name}.sfdisk", dump.encode(), _PRIVATE, durable=True)


def in_progress(journal: Journal[c.DiskChange]) -> c.DiskChange | None:
    """The recorded run, if it did not come to its end and still can.

    One whose disk has gone since, as a new disk that died too, is nothing to go on with.
    """
    if not journal.exists():
        return None
    plan = journal.plan()
    if {step.id for step in plan.steps} <= journal.done():
        return None
    return plan if all(is_there(disk.id) for disk in plan.made_for) else None


def _heard(step: s.WorkStep, clock: Clock) -> Callable[[float], None]:
    def heard(done: float) -> None:
        clock.say(What.STEP_PROGRESS, phase=step.phase, step=step.id, done=done)

    return heard
