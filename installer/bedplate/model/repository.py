"""Repositories of packages as apt reads them: files, the entries in them, and what these name.

An entry is a line of a `.list` file or a stanza of a `.sources` file, sources.list(5); both say the
same things. What a repository is for, and which there are, is `bedplate.model.known_repository`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import product

from pydantic import Field

from bedplate.model.value import Value

MAIN_LIST = "/etc/apt/sources.list"
PARTS = "/etc/apt/sources.list.d"
PROXY_CONF = "/etc/apt/apt.conf.d/50bedplate-proxy"

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")


class Format(StrEnum):
    """How a file states its repositories."""

    ONE_LINE = "one-line"
    DEB822 = "deb822"


class SourcesFile(Value):
    """A file that apt reads repositories from, by its absolute path, with its whole text."""

    path: str
    text: str

    @property
    def format(self) -> Format:
        """Which of the two formats it is in: the name decides, as it does for apt."""
        return Format.DEB822 if self.path.endswith(".sources") else Format.ONE_LINE


class Target(Value):
    """One thing that apt would fetch: `deb` or `deb-src`, where, which suite and component of it.

    A `suite` that ends in a slash is a folder, and has no component.
    """

    type: str
    uri: str
    suite: str
    component: str = ""


class Entry(Value):
    """A line or stanza: every combination of what it lists. `options` go by their one-line names.

    `line` is where it begins in its file.
    """

    path: str = ""
    line: int = 1
    enabled: bool = True
    types: tuple[str, ...] = ("deb",)
    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...] = ()
    options: dict[str, str] = Field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.path}:{self.line}"

    @property
    def signed_by(self) -> str | None:
        """The keyring, fingerprint or key that its Release must be signed with."""
        return self.options.get("signed-by") or None

    def targets(self) -> Iterator[Target]:
        """What it names, in order."""
        for kind, uri, suite in product(self.types, self.uris, self.suites):
            for component in ("",) if suite.endswith("/") else self.components:
                yield Target(type=kind, uri=uri, suite=suite, component=component)


class DamagedEntry(Value):
    """A line or stanza with something wrong; `what` is the rest of a sentence about it.

    It has apt read nothing at all, unless it is `understood` in spite of it.
    """

    path: str
    line: int
    what: str
    understood: bool = False


class Sources(Value):
    """What files state: the entries, in apt's order, and what is none."""

    entries: tuple[Entry, ...] = ()
    damaged: tuple[DamagedEntry, ...] = ()


def without_credentials(text: str) -> str:
    """A text with the user and password of every address in it as `***`."""
    return _CREDENTIALS.sub("***", text)
