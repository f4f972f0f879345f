"""A change of what a running host boots, as data: which files get which content."""

from __future__ import annotations

from bedplate.model.value import Value


class HostFile(Value):
    """A file of the host and its whole new text; `None` removes it.

    A new one `is_program` if it is to be run; one that was there keeps its mode.
    """

    path: str
    content: str | None
    is_program: bool = False


class HostChange(Value):
    """What a command does to the host: nothing else is written, and nothing if there is no file.

    `summary` says it to people in a sentence. `update_grub` is set where the GRUB that reads the
    root file system has to learn of it.
    """

    summary: str
    files: tuple[HostFile, ...] = ()
    update_grub: bool = False
