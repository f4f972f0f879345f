"""A change of a running host, as data: which files get which content, and what is to hear of it."""

from __future__ import annotations

from bedplate.model.value import Value


class HostFile(Value):
    """A file of the host and its whole new text, or the target of a `link`; without both it goes.

    What is no text, such as a keyring, has `hex` instead. A file that was there keeps its owner,
    and its mode if none is given; a new one that `is_program` is to be run. `secret` is the key, in
    the answer file, of a value that stands in the text as `MASK` wherever the text is shown, and in
    full only in the file.
    """

    path: str
    content: str | None = None
    hex: str | None = None
    is_program: bool = False
    mode: int | None = None
    link: str | None = None
    secret: str | None = None

    @property
    def goes(self) -> bool:
        """Whether the file is to be removed."""
        return self.content is None and self.hex is None and self.link is None


class HostCommand(Value):
    """A program that a change runs, and what takes back what it did.

    `text` is what it reads; a `secret` in it is like that of a file. It must end with one of
    `codes`.
    """

    argv: tuple[str, ...]
    text: str = ""
    secret: str | None = None
    codes: tuple[int, ...] = (0,)
    undo: HostCommand | None = None


class HostChange(Value):
    """What a command does to the host: nothing else is written, and nothing if there is nothing.

    `summary` says it to people in a sentence. Once the files are there, the `checks` have to be
    content with them, the `commands` do what no file does, `update_grub` is set where the GRUB that
    reads the root file system has to learn of it, and the `reloads` have services read the files.
    If any of these fails, everything is as before.
    """

    summary: str
    files: tuple[HostFile, ...] = ()
    checks: tuple[HostCommand, ...] = ()
    commands: tuple[HostCommand, ...] = ()
    update_grub: bool = False
    reloads: tuple[HostCommand, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether the host is to stay as it is."""
        return not (self.files or self.commands)
