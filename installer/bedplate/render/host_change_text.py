"""What people read about a change of a running host before it is made."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from bedplate.model.host_change import HostChange, HostFile
from bedplate.render import boot_argv


def render_change(change: HostChange) -> str:
    """What is about to be done, a line for each thing; empty if that is nothing."""
    return "".join(f"{line}\n" for line in (*map(_file, change.files), *render_programs(change)))


def _file(file: HostFile) -> str:
    if file.link is not None:
        return f"link   {file.path} -> {file.link}"
    return f"{'remove' if file.goes else 'write '} {file.path}"


def render_programs(change: HostChange) -> Iterator[str]:
    """The programs that are started, a line for each."""
    for command in change.checks:
        yield f"check  {shlex.join(command.argv)}"
    for command in change.commands:
        yield f"run    {shlex.join(command.argv)}"
    if change.update_grub:
        yield f"run    {shlex.join(map(str, boot_argv.update_grub()))}"
    for command in change.reloads:
        yield f"reload {shlex.join(command.argv)}"
