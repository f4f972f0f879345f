"""Carries out a sync: the lanes side by side, and GRUB for BIOS on one disk after the other.

One ESP that fails does not stop the others. GRUB's modules are not replaced at once and as a whole,
so while one disk is between two versions, the others are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import assert_never

from bedplate.apply.devices import disk_path, partition_nodes
from bedplate.apply.esp_files import NewFile, chunks_of, put_files, remove_files, write_failure
from bedplate.apply.files import inside
from bedplate.apply.interrupt import interruptible, raise_if_interrupted
from bedplate.apply.kernel_calls import sync_filesystem
from bedplate.apply.mounts import Held, mount
from bedplate.errors import ApplyError, BedplateError, InterruptedRunError, Problem
from bedplate.events import Clock, What
from bedplate.model.esp_sync import EspStep, Lane, MendFat, PutFile, PutFiles, RemoveFiles
from bedplate.model.fat import SECTOR_BYTES, parse_fat_header
from bedplate.render import boot_argv, mkfs_argv
from bedplate.run import Runner, side_by_side

MOUNTS = Path("/run/bedplate/esp")
# Of fsck.fat(8): 1 says that something was mended.
_MENDED = (0, 1)
_PHASE = "esp-sync"


@dataclass(slots=True)
class EspSync:
    """Syncs ESPs of this machine; `root` is where the files come from that they get copies of."""

    run: Runner
    clock: Clock
    root: Path = Path("/")
    _held: Held = field(default_factory=Held)
    _mounts: dict[str, Path] = field(default_factory=dict)

    def apply(self, lanes: Iterable[Lane]) -> tuple[Problem, ...]:
        """Carry out what the lanes say; returns everything that failed. Nothing stays mounted.

        Raises `InterruptedRunError` on a signal, after which every ESP is as bootable as before.
        """
        busy = [lane for lane in lanes if not lane.is_in_sync]
        if not busy:
            return ()
        with interruptible(at_once=False):
            try:
                failures = self._lanes(busy)
            except InterruptedRunError as stop:
                hint = "`bedplate esp sync` does what is left"
                raise InterruptedRunError([replace(p, hint=hint) for p in stop.problems]) from None
            finally:
                unreleased = self._release()
        return (*failures, *unreleased)

    def _lanes(self, lanes: list[Lane]) -> list[Problem]:
        with side_by_side(len(lanes)) as threads:
            failures = list(threads.map(self._lane, lanes))
        raise_if_interrupted()
        for place, lane in enumerate(lanes):
            if lane.install_bios_grub and not failures[place]:
                failures[place] = self._bios_grub(lane)
                raise_if_interrupted()
        return [problem for problems in failures for problem in problems]

    def _lane(self, lane: Lane) -> tuple[Problem, ...]:
        """The steps of a lane, up to one that fails or to a signal; returns what failed."""
        esp = None
        for step in lane.steps:
            where = f"{lane.path}: {step.summary}"
            self._say(What.STEP_STARTED, step, lane, where)
            try:
                raise_if_interrupted()
                if isinstance(step, MendFat):
                    self._mend(lane)
                else:
                    esp = esp or self._mounted(lane)
                    carry_out(step, esp, self.root, lane.describe())
            except InterruptedRunError:
                return ()
            except BedplateError as error:
                self._say(What.STEP_FAILED, step, lane, str(error))
                return error.problems
            except OSError as error:
                problem = write_failure(lane.describe(), error)
                self._say(What.STEP_FAILED, step, lane, str(problem))
                return (problem,)
            self._say(What.STEP_DONE, step, lane, where)
        return ()

    def _bios_grub(self, lane: Lane) -> tuple[Problem, ...]:
        where = f"{lane.path}: Install GRUB for BIOS on its disk"
        step = f"{lane.path}:bios-grub"
        self.clock.say(What.STEP_STARTED, phase=_PHASE, step=step, text=where)
        try:
            esp = self._mounted(lane)
            self.run(boot_argv.install_grub(disk_path(lane.disk), esp))
            sync_filesystem(esp)
        except (BedplateError, OSError) as error:
            raise_if_interrupted()
            problems = (
                error.problems
                if isinstance(error, BedplateError)
                else (write_failure(lane.describe(), error),)
            )
            self.clock.say(What.STEP_FAILED, phase=_PHASE, step=step, text=str(problems[0]))
            return problems
        self.clock.say(What.STEP_DONE, phase=_PHASE, step=step, text=where)
        return ()

    def _mounted(self, lane: Lane) -> Path:
        if lane.fat_id not in self._mounts:
            at, options = MOUNTS / lane.fat_id, boot_argv.ESP_MOUNT_OPTIONS
            self._mounts[lane.fat_id] = mount(self.run, self._held, _device(lane), at, *options)
        return self._mounts[lane.fat_id]

    def _release(self) -> tuple[Problem, ...]:
        self._mounts.clear()
        try:
            self._held.release()
        except BedplateError as error:
            self.clock.say(What.WARNING, text=str(error))
            return error.problems
        return ()

    def _mend(self, lane: Lane) -> None:
        result = self.run(mkfs_argv.mend_esp(_device(lane)), check=False)
        raise_if_interrupted()
        if result.code not in _MENDED:
            message = f"cannot be mended: {(result.stderr or result.stdout).strip()}"
            hint = "make it anew with `bedplate esp format --force` and `bedplate esp init`"
            raise ApplyError(Problem("esp-damaged", lane.describe(), message, hint))

    def _say(self, what: What, step: EspStep, lane: Lane, text: str) -> None:
        self.clock.say(what, phase=_PHASE, step=f"{lane.path}:{step.stage}", text=text)


def carry_out(step: PutFiles | RemoveFiles, esp: Path, root: Path, where: str) -> None:
    """One step on a mounted ESP. Raises `ApplyError` or `OSError`."""
    match step:
        case PutFiles(files=files):
            put_files(esp, [_new_file(file, root) for file in files], where)
        case RemoveFiles(paths=paths):
            remove_files(esp, paths)
        case other:
            assert_never(other)


def _new_file(file: PutFile, root: Path) -> NewFile:
    if file.source is None:
        assert file.content is not None, "a file is a copy or a text"
        return NewFile(file.path, partial(iter, [file.content.encode()]))
    place = inside(root, file.source)
    return NewFile(file.path, chunks_of(place), lambda: place.stat().st_mtime_ns == file.mtime_ns)


def _device(lane: Lane) -> Path:
    """The node of an ESP, which must still be the file system that the plan was made for."""
    node = partition_nodes(disk_path(lane.disk)).get(lane.number)
    if node is None:
        message = f"the kernel shows no partition {lane.number} of its disk any more"
        raise ApplyError(Problem("partition-gone", lane.describe(), message))
    with node.open("rb", buffering=0) as device:
        header = parse_fat_header(device.read(SECTOR_BYTES))
    if header is None or header.fat_id != lane.fat_id:
        message = f"is not the file system {lane.fat_id} any more"
        raise ApplyError(Problem("esp-changed", lane.describe(), message, "look again"))
    return node
