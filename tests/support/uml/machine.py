"""Runs a script inside a user-mode-linux machine and brings back how it went.

The machine has the host's files as its root, under an overlay that is thrown away, and disk images
as /dev/ubda, /dev/ubdb… with stable names in /dev/disk/by-id. It has LVM with thin pools, md,
btrfs, vfat, bridges and bonds; it has no ZFS. It is up in about four seconds; see `init` beside
this file for how.
"""

from __future__ import annotations

import os
import select
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bedplate.errors import CommandError, Problem
from bedplate.run import have, spawn
from tests.support.processes import kill_group

CHECKOUT = Path(__file__).parents[3]
INSIDE = Path("/run/job")
KERNEL = "linux.uml"
DISK_LIMIT = 16
GAVE_UP = "bedplate-uml:"  # begins the line in which `init` says why it could not come up
_TAIL_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class UmlResult:
    """How a job ended.

    `code` is its exit status, or `None` if the machine went off before the job was over. A job
    cuts the power with `echo b >/proc/sysrq-trigger`: nothing that was not synced survives that.
    `out` is a folder with the files it left in $BEDPLATE_OUT.
    """

    code: int | None
    stdout: str
    stderr: str
    console: str
    out: Path

    def explain(self) -> str:
        """All that is known, for the message of a failed test."""
        ending = "the machine went off first" if self.code is None else f"exit status {self.code}"
        parts = {"stdout": self.stdout, "stderr": self.stderr, "console": self.console}
        texts = (f"--- {name}\n{text[-_TAIL_CHARACTERS:]}" for name, text in parts.items())
        return "\n".join((f"user-mode-linux: {ending}", *texts))


def find_obstacle() -> str | None:
    """Why no machine can be started, or `None` if the kernel and its modules are installed."""
    if not have(KERNEL):
        return f"{KERNEL} is not installed (package user-mode-linux)"
    if os.geteuid() != 0:
        return "the tests mount file systems and make device nodes in it, which needs root"
    return None


@dataclass(slots=True)
class Uml:
    """Makes disks and runs jobs; the images outlive a job, so that one can follow another.

    `folder` is where images and jobs are kept, and belongs to one test.
    """

    folder: Path
    _disks: list[Path] = field(default_factory=list)

    def add_disk(self, size_bytes: int) -> Path:
        """A blank disk more for every job from now on; returns its image."""
        assert len(self._disks) < DISK_LIMIT, f"the kernel has names for {DISK_LIMIT} disks"
        image = self.folder / f"disk{len(self._disks)}.img"
        with image.open("xb") as file:
            file.truncate(size_bytes)
        self._disks.append(image)
        return image

    def run_python(
        self,
        scenario: str | Path,
        *args: str,
        disks: Sequence[Path] | None = None,
        deadline: float = 120.0,
        memory_mib: int = 1024,
        env: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> UmlResult:
        """Run a Python file of the checkout, with bedplate and the tests importable.

        It runs under the interpreter of the test session. For the rest see `run_shell`.
        """
        path = CHECKOUT / scenario
        assert path.is_file(), f"no scenario {path}"
        command = shlex.join([sys.executable, str(path), *args])
        return self.run_shell(
            f"exec {command}",
            disks=disks,
            deadline=deadline,
            memory_mib=memory_mib,
            env=env,
            check=check,
        )

    def run_shell(
        self,
        script: str,
        *,
        disks: Sequence[Path] | None = None,
        deadline: float = 120.0,
        memory_mib: int = 1024,
        env: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> UmlResult:
        """Run a shell script in a machine with the disks added so far, or with `disks`.

        $BEDPLATE_DISKS holds the by-id paths of the disks, $BEDPLATE_OUT a folder whose contents
        come back as `UmlResult.out`.

        Raises `AssertionError` with everything that was said if the job failed and `check` is set,
        and `CommandError` if the machine was not off within `deadline` seconds.
        """
        images = self._disks if disks is None else disks
        job = Path(tempfile.mkdtemp(prefix="job", dir=self.folder))
        (job / "out").mkdir()
        (job / "run").write_text(_job_script(script, len(images), env or {}))
        kernel = spawn(_command_line(job, images, memory_mib), log_to=job / "console")
        try:
            ended = _ends_within(kernel, deadline)
        finally:
            # Every process in the machine is one outside, in the group that `spawn` made.
            kill_group(kernel)
        result = _read_result(job)
        if not ended:
            message = f"the machine was not off within {deadline:g} seconds\n{result.explain()}"
            raise CommandError(Problem("uml-timeout", KERNEL, message))
        if check and result.code != 0:
            raise AssertionError(result.explain())
        return result


def _ends_within(process: int, deadline: float) -> bool:
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:  # it is over already
        return True
    try:
        ready, _, _ = select.select([handle], [], [], deadline)
    finally:
        os.close(handle)
    return bool(ready)


def _command_line(job: Path, disks: Sequence[Path], memory_mib: int) -> list[str]:
    init = Path(__file__).parent / "init"
    root = ["root=none", "rootfstype=hostfs", "rootflags=/", "ro", f"init={init}"]
    console = ["con=null", "con0=null,fd:1", "con1=null", "ssl=null", "quiet", "noreboot"]
    drives = [f"ubd{index}={image}" for index, image in enumerate(disks)]
    return [KERNEL, f"mem={memory_mib}M", *root, f"bedplate_job={job}", *drives, *console]


def _job_script(script: str, disk_count: int, env: Mapping[str, str]) -> str:
    names = (f"/dev/disk/by-id/scsi-0BEDPLATE_ubd{chr(ord('a') + i)}" for i in range(disk_count))
    variables = {
        "PYTHONPATH": f"{CHECKOUT / 'installer'}:{CHECKOUT}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "BEDPLATE_DISKS": " ".join(names),
        "BEDPLATE_OUT": str(INSIDE / "out"),
        **env,
    }
    exports = (f"export {name}={shlex.quote(value)}" for name, value in variables.items())
    return "\n".join((*exports, f"cd {shlex.quote(str(CHECKOUT))}", script, ""))


def _read_result(job: Path) -> UmlResult:
    status = _text(job / "status")
    return UmlResult(
        code=int(status) if status else None,
        stdout=_text(job / "stdout"),
        stderr=_text(job / "stderr"),
        console=_text(job / "console"),
        out=job / "out",
    )


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""
