"""What changes when a kernel is selected by hand or pinned: the lists, and GRUB's default.

A host with synced ESPs reads the pins when it syncs. Where GRUB reads the root file system, its
default is set as well, by the id that its present menu gives the kernel; any other id would have it
start something else without a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem, RefusedError, UsageError
from bedplate.model.boot_files import (
    GOOD_BOOT,
    GRUB_MENU,
    GRUB_PIN,
    MANUAL_LIST,
    NEXT_BOOT_PIN,
    PIN,
)
from bedplate.model.host_change import HostChange, HostFile
from bedplate.model.kernels import KERNEL_VERSION, CmdlineFiles, GrubEntry, HostKernels, KernelLists
from bedplate.model.value import Value
from bedplate.plan.cmdline import nothing_boots_it
from bedplate.plan.default_grub import assignments
from bedplate.plan.kernel_packages import newest_first
from bedplate.plan.kernel_problems import damaged_line, not_bootable

_GRUB_DEFAULT = "GRUB_DEFAULT"


class RootGrub(Value):
    """The GRUB that reads the root file system: its present menu and its configuration."""

    menu: tuple[GrubEntry, ...] = ()
    files: CmdlineFiles = CmdlineFiles()


def plan_add(host: HostKernels, version: str) -> HostChange:
    """Select a kernel by hand; raises `RefusedError` if it is not in /boot, all reasons at once."""
    _refuse([*map(damaged_line, host.lists.damage_of(MANUAL_LIST)), *_unknown(host, version)])
    if version in host.lists.manual:
        return HostChange(summary=f"The kernel {version} is selected already.")
    file = _list_file((*host.lists.manual, version))
    return HostChange(summary=f"The kernel {version} is kept until it is removed.", files=(file,))


def plan_remove(host: HostKernels, version: str) -> HostChange:
    """Take a kernel off the manual list; raises `RefusedError` if it is not on it."""
    problems = [*map(damaged_line, host.lists.damage_of(MANUAL_LIST))]
    manual = host.lists.manual
    _check_form(version)
    if version not in manual:
        listed = ", ".join(newest_first(manual)) or "none"
        message = f"does not list {version}; it lists {listed}"
        hint = "only a kernel that was added can be removed"
        problems.append(Problem("kernel-not-listed", MANUAL_LIST, message, hint))
    _refuse(problems)
    file = _list_file(tuple(one for one in manual if one != version))
    return HostChange(summary=f"The kernel {version} is no longer kept.", files=(file,))


def plan_pin(
    host: HostKernels, version: str, grub: RootGrub, *, next_boot: bool = False
) -> HostChange:
    """Have a kernel start by itself, at the next boot only or at every one.

    Raises `RefusedError` if it is not in /boot, or if GRUB's default cannot be set to it.
    """
    present = host.lists.next_boot_pin if next_boot else host.lists.pin
    lists = _with_pin(host.lists, version, next_boot=next_boot)
    default = lists.next_boot_pin or version
    problems = [*_unknown(host, version)]
    if not host.managed and not problems:
        problems += _not_settable(grub, default)
    _refuse(problems)
    files: list[HostFile] = []
    if present != version:
        files.append(HostFile(path=_pin_path(next_boot=next_boot), content=f"{version}\n"))
    if not host.managed:
        files += _grub_default(grub, _menu_id(grub, default))
    if not files:
        return HostChange(summary=f"The kernel {version} is pinned already.")
    when = "at the next boot" if next_boot else "at every boot"
    return _change(host, f"The kernel {version} starts {when}.", files)


def plan_unpin(host: HostKernels, grub: RootGrub, *, next_boot: bool = False) -> HostChange:
    """End a pin, whatever its file holds; without one there is nothing to do."""
    path = _pin_path(next_boot=next_boot)
    present = host.lists.next_boot_pin if next_boot else host.lists.pin
    lists = _with_pin(host.lists, None, next_boot=next_boot)
    files: list[HostFile] = []
    if present is not None or host.lists.damage_of(path):
        files.append(HostFile(path=path, content=None))
    if not host.managed:
        default = lists.next_boot_pin or lists.pin
        # This ends pins at boot too: a kernel that is gone since must not keep it from doing so.
        files += _grub_default(grub, None if default is None else _menu_id(grub, default))
    when = " for the next boot" if next_boot else ""
    if not files:
        return HostChange(summary=f"No kernel is pinned{when}.")
    return _change(host, f"No kernel is pinned{when} any more.", files)


def plan_booted(running: str | None, good_boot: str | None) -> HostChange:
    """Note that the host came up with the kernel that runs; `good_boot` was noted before."""
    if running is None or running == good_boot:
        return HostChange(summary="Nothing is new about this start.")
    file = HostFile(path=GOOD_BOOT, content=f"{running}\n")
    return HostChange(summary=f"The host came up with the kernel {running}.", files=(file,))


def _pin_path(*, next_boot: bool) -> str:
    return NEXT_BOOT_PIN if next_boot else PIN


def _with_pin(lists: KernelLists, version: str | None, *, next_boot: bool) -> KernelLists:
    return lists.model_copy(update={"next_boot_pin" if next_boot else "pin": version})


def _change(host: HostKernels, summary: str, files: list[HostFile]) -> HostChange:
    return HostChange(summary=summary, files=tuple(files), update_grub=not host.managed)


def _list_file(versions: tuple[str, ...]) -> HostFile:
    return HostFile(path=MANUAL_LIST, content="".join(f"{version}\n" for version in versions))


def _grub_default(grub: RootGrub, menu_id: str | None) -> Iterator[HostFile]:
    """The snippet that sets GRUB's default, if it is not there as it should be."""
    wanted = None if menu_id is None else f'{_GRUB_DEFAULT}="{menu_id}"\n'
    snippets = {file.path: file.content for file in grub.files.snippets}
    if snippets.get(GRUB_PIN) != wanted:
        yield HostFile(path=GRUB_PIN, content=wanted)


def _menu_id(grub: RootGrub, version: str) -> str | None:
    return next((entry.id for entry in grub.menu if entry.kernel == version), None)


def _check_form(version: str) -> None:
    if not KERNEL_VERSION.fullmatch(version):
        message = f"{version!r} is not the version of a kernel"
        hint = "as in 6.8.12-4-pve; `bedplate kernel list` shows those of this host"
        raise UsageError(Problem("kernel-version-invalid", "VERSION", message, hint))


def _unknown(host: HostKernels, version: str) -> Iterator[Problem]:
    """Why a version cannot be selected on this host."""
    _check_form(version)
    kernel = host.find(version)
    if kernel is not None:
        yield from not_bootable(kernel)
        return
    known = ", ".join(newest_first(kernel.version for kernel in host.in_boot)) or "none"
    message = f"is not there, so {version} cannot be booted; the kernels in /boot are: {known}"
    hint = "install its package first"
    yield Problem("kernel-unknown", f"/boot/vmlinuz-{version}", message, hint)


def _not_settable(grub: RootGrub, version: str) -> Iterator[Problem]:
    """Why GRUB's default cannot be set to a kernel."""
    if grub.files.default_grub is None and not grub.menu:
        yield nothing_boots_it()
    elif _menu_id(grub, version) is None:
        message = f"has no entry for {version}, so GRUB's default cannot be set to it"
        yield Problem("not-in-menu", GRUB_MENU, message, "run `update-grub`, then pin it again")
    for snippet in grub.files.snippets:
        if snippet.path > GRUB_PIN and (found := assignments(snippet, _GRUB_DEFAULT)):
            message = f"sets {_GRUB_DEFAULT} in line {found[-1].line}, which counts more than a pin"
            yield Problem("overridden", snippet.path, message, "delete the line")


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise RefusedError(problems)
