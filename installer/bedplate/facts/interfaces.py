"""The files of interfaces(5) on a host: the one in use, the one that waits, what they include."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bedplate.errors import FactsError, Problem
from bedplate.facts.net import probe_nics, probe_routes
from bedplate.model.interfaces import Stanza
from bedplate.model.interfaces_file import InterfacesFile, parse_interfaces
from bedplate.model.network_files import (
    ASKED,
    INTERFACES,
    NEW_INTERFACES,
    LiveNetwork,
    NetworkFiles,
)
from bedplate.model.plan import RECORD, Plan
from bedplate.run import Runner

_STANZAS = TypeAdapter(tuple[Stanza, ...])
_MARK = "\ufeff"
_DEPTH = 8


def probe_network_files(root: Path = Path("/")) -> NetworkFiles:
    """What the files say. One that is in use but missing is an empty one.

    Raises `FactsError` if one is not text that ifupdown2 could read.
    """
    interfaces = read_interfaces(root, INTERFACES)
    here = interfaces or parse_interfaces("", INTERFACES)
    new = read_interfaces(root, NEW_INTERFACES)
    return NetworkFiles(
        interfaces=here,
        sourced=tuple(probe_sourced(here, root)),
        new=new,
        new_sourced=() if new is None else tuple(probe_sourced(new, root)),
        asked=_probe_asked(root),
    )


def probe_sourced(
    file: InterfacesFile, root: Path = Path("/"), depth: int = _DEPTH
) -> Iterator[InterfacesFile]:
    """The files that one includes, and those that they include, in the order of ifupdown2."""
    for pattern in file.sources if depth else ():
        for path in _matching(root, pattern):
            included = read_interfaces(root, path)
            if included is not None:
                yield included
                yield from probe_sourced(included, root, depth - 1)


def probe_live_network(run: Runner, environment: Mapping[str, str]) -> LiveNetwork:
    """Interfaces and routes, and who is connected.

    Raises `MissingTool` if ip is not installed, `CommandError` or `FactsError` if it fails.
    """
    client, server = parse_connection(environment.get("SSH_CONNECTION", ""))
    return LiveNetwork(nics=probe_nics(run), routes=probe_routes(run), client=client, server=server)


def parse_connection(text: str) -> tuple[str | None, str | None]:
    """Both ends of a connection, from $SSH_CONNECTION (ssh(1))."""
    words = text.split()
    if len(words) != 4:
        return None, None
    return _plain(words[0]), _plain(words[2])


def read_interfaces(root: Path, path: str) -> InterfacesFile | None:
    """A file, or `None` if it is not there. Raises `FactsError` if it is not text."""
    place = root / path.lstrip("/")
    try:
        data = place.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return None
    except OSError as error:
        raise FactsError(
            Problem("unreadable", path, f"cannot be read: {error.strerror}")
        ) from error
    return parse_interfaces(decode(data, path), path)


def decode(data: bytes, path: str) -> str:
    """The text of a file. Raises `FactsError` if it is none that ifupdown2 could read."""
    hint = "write it anew as plain UTF-8, without a byte order mark"
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        message = (
            f"is not UTF-8: the byte {data[error.start]:#04x} at {error.start} is no part of it"
        )
        raise FactsError(Problem("not-text", path, message, hint)) from error
    if text.startswith(_MARK):
        message = (
            "begins with a byte order mark, for which ifupdown2 takes no notice of its first line"
        )
        raise FactsError(Problem("not-text", path, message, hint))
    if "\0" in text:
        message = f"has a zero byte at {text.index(chr(0))}, which no text has"
        raise FactsError(Problem("not-text", path, message, hint))
    return text


def _plain(address: str) -> str:
    """An address without its zone, and an IPv4 one that is written as IPv6 as itself."""
    return address.partition("%")[0].removeprefix("::ffff:")


def _matching(root: Path, pattern: str) -> Iterable[str]:
    found = sorted(root.glob(pattern.lstrip("/")))
    # Unlike the shell's and ifupdown2's, this one takes hidden files too.
    return [f"/{path.relative_to(root)}" for path in found if not path.name.startswith(".")]


def _probe_asked(root: Path) -> tuple[Stanza, ...]:
    """What was last asked for: by a change of the network, else by the installation."""
    try:
        return _STANZAS.validate_json((root / ASKED.lstrip("/")).read_bytes())
    except (OSError, ValidationError):
        pass
    try:
        plan = Plan.model_validate_json((root / RECORD.lstrip("/")).read_bytes())
    except (OSError, ValidationError):
        return ()
    texts = [file.content for file in plan.files if file.path == INTERFACES]
    return parse_interfaces(texts[0]).stanzas() if texts else ()
