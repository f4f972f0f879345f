"""What a Release file says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bedplate.facts.release_file import parse_release
from bedplate.model.archive import IndexFile, Release

MD5, SHA1, SHA256, SHA512 = ("ab" * n for n in (16, 20, 32, 64))
TEXT = f"""Origin: Debian
Label: Debian-Security
Suite: oldstable-security
Codename: bookworm-security
Date: Sun, 29 Nov 2026 00:53:13 UTC
Valid-Until: Sun, 06 Dec 2026 00:53:13 UTC
Acquire-By-Hash: yes
Architectures: amd64 arm64
Components: updates/main updates/contrib
Description: Debian 12 Security Updates
MD5Sum:
 {MD5} 17 main/binary-amd64/Packages
 {MD5} 9 main/old
SHA256:
 {SHA256}  18 main/binary-amd64/Packages
 {SHA256.upper()}       1830 main/binary-amd64/Packages.xz
"""


def test_a_whole_release_is_read() -> None:
    assert parse_release(TEXT) == Release(
        suite="oldstable-security",
        codename="bookworm-security",
        date=datetime(2026, 11, 29, 0, 53, 13, tzinfo=UTC),
        valid_until=datetime(2026, 12, 6, 0, 53, 13, tzinfo=UTC),
        architectures=("amd64", "arm64"),
        components=("updates/main", "updates/contrib"),
        files={
            path: IndexFile(path=path, size_bytes=size, algorithm=algorithm, hex=checksum)
            for path, size, algorithm, checksum in (
                ("main/binary-amd64/Packages", 18, "sha256", SHA256),
                ("main/old", 9, "md5", MD5),
                ("main/binary-amd64/Packages.xz", 1830, "sha256", SHA256),
            )
        },
    )


def test_the_strongest_checksum_counts() -> None:
    lines = [("SHA512", SHA512), ("MD5Sum", MD5), ("SHA256", SHA256), ("SHA1", SHA1)]
    text = "".join(f"{name}:\n {checksum} 1 file\n" for name, checksum in lines)
    assert parse_release(text).files["file"].algorithm == "sha512"


@pytest.mark.parametrize(
    "line",
    [
        f"{SHA256} 1 ../../etc/passwd",
        f"{SHA256} 1 /etc/passwd",
        f"{SHA256} -1 file",
        f"{SHA256} many file",
        f"{SHA256[:-1]} 1 file",
        f"{SHA256[:-1]}g 1 file",
        f"{SHA256} file",
    ],
)
def test_a_line_that_makes_no_sense_lists_nothing(line: str) -> None:
    found = parse_release(f"SHA256:\n {line}\n {SHA256} 2 good\n")
    assert found.files.keys() == {"good"}
    assert found.odd == (f"SHA256: {line}",)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sat, 09 Aug 2025 09:44:20 UTC", datetime(2025, 8, 9, 9, 44, 20, tzinfo=UTC)),
        ("Sat, 09 Aug 2025 11:44:20 +0200", datetime(2025, 8, 9, 9, 44, 20, tzinfo=UTC)),
        ("Sat,  9 Aug 2025 09:44:20 -0000", datetime(2025, 8, 9, 9, 44, 20, tzinfo=UTC)),
        ("yesterday", None),
    ],
)
def test_dates(text: str, moment: datetime | None) -> None:
    found = parse_release(f"Date: {text}\n")
    assert found.date == moment
    assert bool(found.odd) is (moment is None)


def test_nothing_is_in_an_empty_one() -> None:
    assert parse_release("") == Release()
