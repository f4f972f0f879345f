"""One step of a plan, carried out. Every kind of step has its line here and its code elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from bedplate.apply import boot, disks, files, lvm, release, unpack
from bedplate.apply.artefacts import Artefacts
from bedplate.apply.claims import Claims
from bedplate.apply.hooks import Hooks
from bedplate.apply.host_keys import HostKeys
from bedplate.apply.root import Root
from bedplate.errors import Problem, UsageError
from bedplate.events import Clock, What
from bedplate.model import step as s
from bedplate.model.hook import WITH_ROOT
from bedplate.model.plan import LvmStorage, Plan
from bedplate.model.request import RootPassword, Secrets
from bedplate.run import Runner


@dataclass(frozen=True, slots=True)
class Machine:
    """What a run needs beside its plan. `secrets` are never part of a plan."""

    plan: Plan
    run: Runner
    clock: Clock
    artefacts: Artefacts
    root: Root
    host_keys: HostKeys
    claims: Claims
    hooks: Hooks
    secrets: Secrets = field(default_factory=Secrets)


def execute(step: s.Step, machine: Machine) -> None:
    """Carry out one step; raises a `BedplateError` if that fails."""
    plan, run, root = machine.plan, machine.run, machine.root
    match step:
        case s.VerifyArtefact():
            unpack.verify_artefact(step, machine.artefacts, _progress(machine, step))
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
            machine.claims.take()  # udev must not undo it
            release.carry_out(run, step, tuple(disk.id for disk in plan.made_for))
        case s.ClearDisk():
            disks.clear_disk(run, plan.found(step.disk), machine.claims)
        case s.PartitionDisk():
            disks.partition_disk(run, plan.disk(step.disk), machine.claims)
        case s.FormatEsp():
            disks.format_esp(run, *plan.partition(step.partition_guid), step.fat_id)
        case s.FormatSwap():
            disks.format_swap(run, *plan.partition(step.partition_guid), step.uuid)
        case s.CreatePool():
            root.create_pool(step.datasets)
        case s.CreateArray():
            root.create_array()
        case s.CreateVolumeGroup():
            root.create_volume_group()
        case s.CreateVolume():
            storage = root.volume_group()
            lvm.create_volume(run, storage, storage.volume(step.volume))
        case s.FormatVolume():
            lvm.format_volume(run, root.volume_group(), step)
        case s.CreateBtrfs():
            root.create_btrfs()
        case s.UnpackBase():
            image = machine.artefacts.path(step.artefact)
            unpack.unpack_base(run, image, root.opened(), _progress(machine, step))
        case s.ReceiveBase():
            stream = unpack.stream_of(
                machine.artefacts.path(step.artefact), _progress(machine, step)
            )
            root.receive(stream, step.datasets)
        case s.WriteFiles():
            files.write_files(plan, root.opened(), machine.secrets)
        case s.SetPassword():
            files.set_password(run, root.opened(), step.user, _password(machine))
        case s.RunInRoot():
            files.run_in_root(run, step, root.opened(), machine.secrets)
        case s.MakeHostKeys():
            machine.host_keys.put(root.opened())
        case s.ExtendInitramfs():
            files.extend_initramfs(root.opened(), step.initrd, step.paths)
        case s.FillEsp():
            boot.fill_esp(step, root.opened(), root.esp(step.partition_guid))
        case s.InstallBiosGrub():
            boot.install_bios_grub(run, step.disk, _boot_directory(step, root))
        case s.AddBootEntry():
            refusal = boot.add_boot_entry(run, step, *plan.partition(step.partition_guid))
            if refusal:
                machine.clock.say(What.WARNING, phase=step.phase, step=step.id, text=refusal)
        case s.RunHook():
            machine.hooks.carry_out(step, plan, _new_system(step, root))
        case s.FinishStorage():
            _finish(run, root)
        case s.MarkInstalled():
            disks.label_esp(run, *plan.partition(step.partition_guid), plan.mark)
        case other:
            assert_never(other)


def _finish(run: Runner, root: Root) -> None:
    storage = root.plan.storage
    if isinstance(storage, LvmStorage) and storage.array is not None:
        # Once the array is stopped nobody sees them any more.
        lvm.check_volumes(run, root.volume_group())
    root.close()


def _boot_directory(step: s.InstallBiosGrub, root: Root) -> Path:
    return root.esp(step.partition_guid) if step.reads == "esp" else root.opened() / "boot"


def _new_system(step: s.RunHook, root: Root) -> Path | None:
    return root.opened() if step.point in WITH_ROOT else None


def _password(machine: Machine) -> RootPassword:
    if machine.secrets.root_password is None:
        message = "the root password is still to be set, and a plan does not hold it"
        hint = "name the answer file it is in with --answer"
        raise UsageError(Problem("password-needed", "set-password", message, hint))
    return machine.secrets.root_password


def _progress(machine: Machine, step: s.WorkStep) -> unpack.Progress:
    def heard(done: float) -> None:
        machine.clock.say(What.STEP_PROGRESS, phase=step.phase, step=step.id, done=done)

    return heard
