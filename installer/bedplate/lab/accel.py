"""Which acceleration works here, found out by starting a guest kernel.

The presence of /dev/kvm proves nothing: on many a rented machine QEMU aborts on it or hangs before
the first instruction. So a kernel must really write its first line. The answer is kept, because it
changes only with QEMU or the host's kernel.
"""

from __future__ import annotations

import contextlib
import hashlib
import platform
import tempfile
from pathlib import Path

from bedplate.errors import CommandError
from bedplate.lab.machine import QEMU, Acceleration
from bedplate.lab.process import Process
from bedplate.lab.serial import Console
from bedplate.run import run, spawn

_FIRST_LINE_SECONDS = 10.0


def qemu_version() -> str:
    """The first line of `qemu-system-x86_64 --version`; `CommandError` if there is none."""
    return run([QEMU, "--version"]).stdout.splitlines()[0]


def choose_acceleration(kernel: Path, cache: Path) -> Acceleration:
    """KVM if a guest kernel starts under it, emulation otherwise; remembered below `cache`."""
    about = f"{qemu_version()}\n{platform.release()}\n{platform.version()}\n"
    known = cache / f"acceleration-{hashlib.sha256(about.encode()).hexdigest()[:16]}"
    with contextlib.suppress(OSError, ValueError):
        return Acceleration(known.read_text().strip())
    answer = Acceleration.KVM if _kernel_starts(kernel, Acceleration.KVM) else Acceleration.TCG
    cache.mkdir(parents=True, exist_ok=True)
    known.write_text(answer.value + "\n")
    return answer


def _kernel_starts(kernel: Path, acceleration: Acceleration) -> bool:
    with tempfile.TemporaryDirectory(prefix="bedplate-accel-") as name:
        folder = Path(name)
        process = Process(spawn(_trial_argv(kernel, acceleration, folder), log_to=folder / "log"))
        try:
            console = process.until(
                lambda: _connected(folder / "serial"), timeout=_FIRST_LINE_SECONDS, what="console"
            )
            with contextlib.closing(console):
                console.expect("Linux version", timeout=_FIRST_LINE_SECONDS)
        except CommandError:
            return False
        finally:
            process.kill()
            process.close()
    return True


def _connected(path: Path) -> Console | None:
    try:
        return Console.connect(path, "acceleration trial")
    except CommandError:
        return None


def _trial_argv(kernel: Path, acceleration: Acceleration, folder: Path) -> tuple[str, ...]:
    return (
        *(QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-machine", "q35", "-accel", acceleration.value, "-cpu", "max", "-m", "512M"),
        *("-kernel", str(kernel), "-append", "console=ttyS0 earlyprintk=serial panic=-1"),
        # The guest waits for us, so its first line cannot be missed.
        *("-chardev", f"socket,id=serial,path={folder / 'serial'},server=on,wait=on"),
        *("-serial", "chardev:serial"),
    )
