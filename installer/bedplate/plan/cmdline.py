"""The kernel command line of a host: where it comes from, and what may be put in its place.

On a host with synced ESPs it is the first line of /etc/kernel/cmdline. Where GRUB reads the root
file system, update-grub puts it together: `root=` as it finds it, then GRUB_CMDLINE_LINUX and
GRUB_CMDLINE_LINUX_DEFAULT.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.errors import Problem, RefusedError
from bedplate.model.boot_files import DEFAULT_GRUB, ESP_LIST, KERNEL_CMDLINE
from bedplate.model.host_change import HostChange, HostFile
from bedplate.model.kernels import ROOT_KINDS, CmdlineFiles, RootTarget
from bedplate.plan.boot import PLAIN_ARGUMENT
from bedplate.plan.default_grub import effective, with_value

GRUB_VARIABLE = "GRUB_CMDLINE_LINUX_DEFAULT"
_GRUB_VARIABLES = ("GRUB_CMDLINE_LINUX", GRUB_VARIABLE)
_RUNNING = "/proc/cmdline"
_ROOT = "root="
# What a loader adds by itself, and another one must not be told.
_OF_THE_LOADER = ("initrd=", "BOOT_IMAGE=")


@dataclass(frozen=True, slots=True)
class Cmdline:
    """What kernels are started with from the next sync or `update-grub` on, and by what it is said.

    Where there are `problems`, `text` is not fit to be written to a boot menu.
    """

    text: str
    source: str
    problems: tuple[Problem, ...] = ()


def synced_cmdline(files: CmdlineFiles) -> Cmdline:
    """The command line that belongs on every synced ESP."""
    if files.kernel_cmdline is None:
        words = files.running.split()
        kept = [word for word in words if not word.startswith(_OF_THE_LOADER)]
        return _checked(" ".join(kept), _RUNNING)
    first, _, rest = files.kernel_cmdline.partition("\n")
    found = _checked(first.strip(), KERNEL_CMDLINE)
    if rest.strip():
        hint = "write everything into the first line"
        problem = Problem("cmdline-lines", KERNEL_CMDLINE, "only its first line counts", hint)
        return Cmdline(found.text, found.source, (*found.problems, problem))
    return found


def grub_cmdline(files: CmdlineFiles) -> Cmdline:
    """What update-grub puts after `root=`; a value that takes a shell to tell is shown as it is."""
    words: list[str] = []
    for name in _GRUB_VARIABLES:
        if (found := effective(files, name)) is not None:
            words.append(found.text.strip() if found.value is None else found.value)
    problems = (nothing_boots_it(),) if files.default_grub is None else ()
    return Cmdline(" ".join(filter(None, words)), DEFAULT_GRUB, problems)


def every_cmdline(files: CmdlineFiles) -> tuple[Cmdline, ...]:
    """What each of the places says that are there, whether it counts on this host or not."""
    synced, grub = (synced_cmdline(files),), (grub_cmdline(files),)
    return (
        *(synced if files.kernel_cmdline is not None else ()),
        *(grub if files.default_grub is not None else ()),
        Cmdline(files.running, _RUNNING),
    )


def root_of(text: str) -> str | None:
    """What `root=` says in a command line; the kernel takes the last one."""
    roots = [word for word in text.split() if word.startswith(_ROOT)]
    return roots[-1].removeprefix(_ROOT) if roots else None


def plan_cmdline(
    files: CmdlineFiles, text: str, target: RootTarget | None, *, managed: bool
) -> HostChange:
    """Have the host's kernels started with another command line.

    `target` is what its `root=` names, as it was found on this host. Raises `RefusedError` with
    everything that is wrong with the line, or that would keep it from taking effect.
    """
    problems = [*_unfit(text, "cmdline", needs_root=managed), *_no_such_root(target)]
    if problems:
        raise RefusedError(problems)
    line = " ".join(text.split())
    if managed:
        return _change(
            line, files.kernel_cmdline, HostFile(path=KERNEL_CMDLINE, content=f"{line}\n")
        )
    if files.default_grub is None:
        raise RefusedError(nothing_boots_it())
    changed = with_value(files, GRUB_VARIABLE, line)
    change = _change(line, files.default_grub, HostFile(path=DEFAULT_GRUB, content=changed))
    return change.model_copy(update={"update_grub": bool(change.files)})


def nothing_boots_it() -> Problem:
    """The host neither keeps kernels on ESPs nor has the configuration of GRUB."""
    message = f"is not there, and neither is {ESP_LIST}: nothing tells how this host boots"
    hint = "set up ESPs with `bedplate esp init`, or install GRUB"
    return Problem("not-managed", DEFAULT_GRUB, message, hint)


def _change(line: str, present: str | None, wanted: HostFile) -> HostChange:
    if present == wanted.content:
        return HostChange(summary="The command line is like that already.")
    return HostChange(summary=f"From the next boot on kernels get: {line}", files=(wanted,))


def _checked(text: str, source: str) -> Cmdline:
    return Cmdline(text, source, tuple(_unfit(text, source, needs_root=True)))


def _unfit(text: str, where: str, *, needs_root: bool) -> Iterator[Problem]:
    """What is wrong with a line as such."""
    if "\n" in text.strip():
        yield Problem("cmdline-lines", where, "is more than one line", "write it as one line")
    words = text.split()
    odd = [word for word in words if not PLAIN_ARGUMENT.fullmatch(word)]
    if odd:
        message = f"has {', '.join(map(repr, odd))}, with characters that boot loaders take for "
        yield Problem("cmdline-characters", where, f"{message}their own", "leave them out")
    roots = [word for word in words if word.startswith(_ROOT)]
    if needs_root and not roots:
        hint = "add it, as in root=ZFS=rpool/ROOT/pve-1 or root=UUID=…"
        yield Problem("cmdline-root", where, "has no root=, so the host would not start", hint)
    if len(roots) > 1:
        message = f"names more than one root: {', '.join(roots)}"
        yield Problem("cmdline-root", where, message, "leave one of them")


def _no_such_root(target: RootTarget | None) -> Iterator[Problem]:
    if target is None or target.exists:
        return
    where = f"root={target.value}"
    hint = "`bedplate kernel cmdline show` has the present one"
    if target.place is None:
        message = f"is of no kind that can be looked up: {', '.join(ROOT_KINDS)}"
        yield Problem("root-unknown", where, message, hint)
    else:
        message = f"does not exist: this host has no {target.place}"
        yield Problem("root-not-found", where, message, hint)
