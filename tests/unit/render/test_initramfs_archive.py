"""The archive for the kernel, read back by a reader of our own that follows the format's text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.render.initramfs import place_in_initramfs, render_archive

Entry = tuple[str, int, bytes]
FIELDS = 13


def read_archive(archive: bytes) -> list[Entry]:
    """Name, mode and content of each entry, by the kernel's initramfs buffer format."""
    entries: list[Entry] = []
    place = 0
    while True:
        assert archive[place : place + 6] == b"070701"
        numbers = [
            int(archive[place + 6 + 8 * field : place + 14 + 8 * field], 16)
            for field in range(FIELDS)
        ]
        mode, size, name_size = numbers[1], numbers[6], numbers[11]
        name_at = place + 6 + 8 * FIELDS
        name = archive[name_at : name_at + name_size - 1].decode()
        assert archive[name_at + name_size - 1] == 0
        data_at = -(-(name_at + name_size) // 4) * 4
        if name == "TRAILER!!!":
            assert not archive[data_at:].strip(b"\0")
            return entries
        entries.append((name, mode, archive[data_at : data_at + size]))
        place = -(-(data_at + size) // 4) * 4


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/etc/hostid", "/etc/hostid"),
        ("/etc/initramfs-tools/scripts/local-premount/btrfs", "/scripts/local-premount/btrfs"),
    ],
)
def test_places(path: str, place: str) -> None:
    assert place_in_initramfs(path) == place


def test_files_with_their_folders() -> None:
    archive = render_archive(
        {
            "/etc/modprobe.d/zfs.conf": (0o644, b"options zfs\n"),
            "/etc/hostid": (0o600, b"\x01\x00\xff\x7f"),
        }
    )
    assert read_archive(archive) == [
        ("etc", 0o040755, b""),
        ("etc/hostid", 0o100600, b"\x01\x00\xff\x7f"),
        ("etc/modprobe.d", 0o040755, b""),
        ("etc/modprobe.d/zfs.conf", 0o100644, b"options zfs\n"),
    ]


def test_first_header_byte_for_byte() -> None:
    archive = render_archive({"/a": (0o644, b"xyz")})
    header = "070701" + "".join(
        f"{number:08x}" for number in (1, 0o100644, 0, 0, 1, 0, 3, 0, 0, 0, 0, 2, 0)
    )
    assert archive.startswith(header.encode() + b"a\0" + b"xyz\0" + b"070701")


_NAMES = st.text("abc-._é", min_size=1, max_size=12).filter(lambda name: name.strip("."))
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))


def _no_file_is_a_folder(files: dict[str, tuple[int, bytes]]) -> bool:
    return not any(other.startswith(f"{path}/") for path in files for other in files)


@given(
    st.dictionaries(
        _PATHS, st.tuples(st.integers(0, 0o777), st.binary(max_size=70)), max_size=6
    ).filter(_no_file_is_a_folder)
)
def test_any_files_come_back(files: dict[str, tuple[int, bytes]]) -> None:
    archive = render_archive(files)
    assert len(archive) % 512 == 0
    entries = read_archive(archive)
    found = {f"/{name}": (mode & 0o7777, data) for name, mode, data in entries if mode >> 12 == 8}
    assert found == files
    seen: set[str] = {""}
    for name, _, _ in entries:
        assert name.rpartition("/")[0] in seen, f"{name} comes before its folder"
        seen.add(name)
