"""From what the files say to what they are to say: by an answer file, or by interfaces.new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bedplate.errors import Problem, RefusedError
from bedplate.model.interfaces import Stanza
from bedplate.model.interfaces_file import InterfacesFile, parse_interfaces
from bedplate.model.network_files import (
    INTERFACES,
    NEW_INTERFACES,
    IfupdownCheck,
    InterfaceChange,
    LiveNetwork,
    NetworkChange,
    NetworkFiles,
)
from bedplate.plan.interfaces_merge import merge_interfaces, wrong_with_merge
from bedplate.plan.network_problems import network_problems
from bedplate.plan.network_view import view_files


def plan_network_change(
    files: NetworkFiles, live: LiveNetwork, wanted: Sequence[Stanza] | None = None
) -> NetworkChange:
    """What changes: by what is `wanted`, or without that by the file that waits.

    Raises `RefusedError` if what is wanted cannot be brought into the file.
    """
    file = _after(files, wanted)
    waits = wanted is None and files.new is not None
    old = (files.interfaces, *files.sourced)
    new = (file, *(files.new_sourced if waits else files.sourced))
    return NetworkChange(
        before=files.interfaces.text,
        after=file.text,
        interfaces=tuple(_changes(old, new)),
        problems=network_problems(old, new, live),
        asked=None if wanted is None else tuple(wanted),
    )


def wrong_with_waiting(files: NetworkFiles, after: str) -> Problem | None:
    """Why a change must not take the place of the file that waits to be applied."""
    if files.new is None or files.new.text in (files.interfaces.text, after):
        return None
    message = "has changes of somebody else, who has not applied them yet"
    hint = "apply them first with `bedplate net apply`, or remove the file"
    return Problem("new-pending", NEW_INTERFACES, message, hint)


def wrong_with_check(old: IfupdownCheck, new: IfupdownCheck) -> tuple[Problem, ...]:
    """What ifupdown2 has against a file; what it says of the one in use too is no news."""
    said = {_gist(message) for message in (*old.errors, *old.warnings)}
    hint = "`ifup --syntax-check` says so"
    return tuple(
        Problem(code, INTERFACES, message.partition(": ")[2].removeprefix(f"{INTERFACES}: "), hint)
        for code, messages in (
            ("ifupdown2-rejects", new.errors),
            ("ifupdown2-warns", new.warnings),
        )
        for message in messages
        if _gist(message) not in said
    )


def _gist(message: str) -> str:
    """A message without its line, which may be another one now."""
    return re.sub(r"\bline ?\d+\b", "line", message)


def _after(files: NetworkFiles, wanted: Sequence[Stanza] | None) -> InterfacesFile:
    if wanted is None:
        return files.new or files.interfaces
    if wrong := wrong_with_merge(files.interfaces, wanted, files.sourced):
        raise RefusedError(wrong)
    return parse_interfaces(merge_interfaces(files.interfaces, wanted, files.asked), INTERFACES)


def _changes(
    before: Sequence[InterfacesFile], after: Sequence[InterfacesFile]
) -> Iterator[InterfaceChange]:
    old, new = view_files(before), view_files(after)
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield InterfaceChange(name=name, change="removed")
        elif name not in old:
            yield InterfaceChange(name=name, change="added")
        elif old[name] != new[name]:
            yield InterfaceChange(name=name, change="changed")
