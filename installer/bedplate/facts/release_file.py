"""What a Release file says, whoever signed it: deb822 in the words of Debian's repositories."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from debian.deb822 import Deb822

from bedplate.model.archive import Algorithm, IndexFile, Release

# The strongest last: it is the one that a file is known by.
_SUMS: tuple[tuple[str, Algorithm, int], ...] = (
    ("MD5Sum", "md5", 32),
    ("SHA1", "sha1", 40),
    ("SHA256", "sha256", 64),
    ("SHA512", "sha512", 128),
)
_HEX = frozenset("0123456789abcdef")


def parse_release(text: str) -> Release:
    """A Release file. What makes no sense in it is told in `odd`, and treated as absent."""
    fields = Deb822(text.splitlines())
    odd: list[str] = []
    files: dict[str, IndexFile] = {}
    for name, algorithm, digits in _SUMS:
        for line in fields.get(name, "").strip().splitlines():
            file = _file(line, algorithm, digits)
            if file is None:
                odd.append(f"{name}: {line.strip()}")
            else:
                files[file.path] = file
    return Release(
        suite=fields.get("Suite", ""),
        codename=fields.get("Codename", ""),
        date=_date(fields, "Date", odd),
        valid_until=_date(fields, "Valid-Until", odd),
        architectures=tuple(fields.get("Architectures", "").split()),
        components=tuple(fields.get("Components", "").split()),
        files=files,
        odd=tuple(odd),
    )


def _file(line: str, algorithm: Algorithm, digits: int) -> IndexFile | None:
    match line.split():
        case [checksum, size, path] if (
            len(checksum) == digits
            and set(checksum.lower()) <= _HEX
            and size.isdecimal()
            and not _leads_out(path)
        ):
            return IndexFile(
                path=path, size_bytes=int(size), algorithm=algorithm, hex=checksum.lower()
            )
    return None


def _leads_out(path: str) -> bool:
    return path.startswith("/") or ".." in path.split("/")


def _date(fields: Deb822, name: str, odd: list[str]) -> datetime | None:
    text = fields.get(name)
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        odd.append(f"{name}: {text}")
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
