"""What is written on disks and partitions, as wipefs(8) recognises it.

wipefs and not blkid, because it reports everything it finds (a stale ZFS label under a new file
system is what spoils a replacement disk), and because one process looks at any number of devices.
It looks at one after the other, though, and waits for each; so a few processes share many devices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from bedplate.facts.tools import parse_json, senseless
from bedplate.model.facts import Signature
from bedplate.run import Runner, side_by_side

Signatures = Mapping[str, tuple[Signature, ...]]

_WIPEFS = ("wipefs", "--json", "--no-act")
_SHARE = 8
_MOST_PROCESSES = 16

TABLE_KINDS = frozenset(
    (
        "aix",
        "atari",
        "bsd",
        "dos",
        "gpt",
        "mac",
        "minix",
        "sgi",
        "solaris_x86",
        "sun",
        "ultrix",
        "unixware",
    )
)


def parse_wipefs(text: str) -> dict[str, tuple[Signature, ...]]:
    """Signatures by device name (without folder), from `wipefs --json --no-act DEVICE...`.

    A signature that sits at several offsets (ZFS labels, both GPTs) is listed once.
    """
    report = parse_json(text, _WIPEFS[0])
    if report is None:
        return {}
    found: dict[str, dict[Signature, None]] = {}
    try:
        for entry in report["signatures"]:
            signature = Signature(kind=entry["type"], label=entry["label"], uuid=entry["uuid"])
            found.setdefault(entry["device"], {})[signature] = None
    except (KeyError, TypeError) as error:
        raise senseless(_WIPEFS[0], f"printed JSON without the field {error}") from error
    return {device: tuple(signatures) for device, signatures in found.items()}


def probe_signatures(run: Runner, paths: Sequence[str]) -> tuple[Signatures, dict[str, str]]:
    """Signatures by device path, and the reason for each path that could not be read.

    wipefs gives up at the first device that it cannot read. A dead disk must not hide the living
    ones, so the devices are then asked one by one.

    Raises `CommandError` if wipefs is not installed: without it nobody knows what is on a disk.
    """
    if not paths:
        return {}, {}
    shares = [paths[start : start + _SHARE] for start in range(0, len(paths), _SHARE)]
    found: dict[str, tuple[Signature, ...]] = {}
    errors: dict[str, str] = {}
    with side_by_side(min(len(shares), _MOST_PROCESSES)) as threads:
        for seen, unreadable in threads.map(lambda share: _probe_share(run, share), shares):
            found |= seen
            errors |= unreadable
    return found, errors


def _probe_share(
    run: Runner, paths: Sequence[str]
) -> tuple[dict[str, tuple[Signature, ...]], dict[str, str]]:
    result = run([*_WIPEFS, *paths], check=False)
    if result.code == 0:
        return _by_path(parse_wipefs(result.stdout), paths), {}
    if len(paths) == 1:
        return {}, {paths[0]: result.stderr.strip() or f"wipefs ended with {result.code}"}
    found: dict[str, tuple[Signature, ...]] = {}
    errors: dict[str, str] = {}
    for path in paths:
        seen, unreadable = _probe_share(run, [path])
        found |= seen
        errors |= unreadable
    return found, errors


def _by_path(
    by_name: Mapping[str, tuple[Signature, ...]], paths: Iterable[str]
) -> dict[str, tuple[Signature, ...]]:
    return {path: by_name.get(PurePath(path).name, ()) for path in paths}
