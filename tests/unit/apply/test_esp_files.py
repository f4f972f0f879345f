"""Files on an ESP: whole or not there, whatever fails; a folder stands in for the ESP."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from bedplate.apply import esp_files
from bedplate.apply.esp_files import NewFile, chunks_of, put_files, remove_files, write_failure
from bedplate.errors import ApplyError, Problem
from bedplate.model.esp import TEMPORARY

KERNEL, INITRD = "EFI/proxmox/6.1/vmlinuz-6.1", "EFI/proxmox/6.1/initrd.img-6.1"


def new(path: str, data: bytes) -> NewFile:
    return NewFile(path, partial(iter, [data]))


def files_in(esp: Path) -> dict[str, bytes]:
    places = (place for place in esp.rglob("*") if place.is_file())
    return {place.relative_to(esp).as_posix(): place.read_bytes() for place in places}


def test_files_are_written_and_replaced(tmp_path: Path) -> None:
    put_files(tmp_path, [new(KERNEL, b"one"), new(INITRD, b"two")], "here")
    put_files(tmp_path, [new(KERNEL, b"three")], "here")
    assert files_in(tmp_path) == {KERNEL: b"three", INITRD: b"two"}


def test_no_file_has_its_name_before_all_are_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    seen: list[dict[str, bytes]] = []

    def last() -> Iterator[bytes]:
        seen.append(files_in(tmp_path))
        yield b"new"

    put_files(tmp_path, [new("a", b"new"), NewFile("b", _once(last, b"new"))], "here")
    assert seen == [{"a": b"old", "a" + TEMPORARY: b"new", "b" + TEMPORARY: b""}]
    assert files_in(tmp_path) == {"a": b"new", "b": b"new"}


def _once(first: Callable[[], Iterator[bytes]], then: bytes) -> Callable[[], Iterator[bytes]]:
    """`first` when it is written, and the same without looking when it is read back."""
    calls = iter([first])
    return lambda: next(calls, partial(iter, [then]))()


def test_the_room_of_a_replaced_file_is_kept_until_its_new_name_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    held: list[bytes] = []

    def look(_folder: Path) -> None:
        there = [one for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
        names = {str(one.readlink()): one for one in there if one.is_symlink()}
        held.append(names[f"{tmp_path / 'a'} (deleted)"].read_bytes())

    monkeypatch.setattr(esp_files, "sync_filesystem", look)
    put_files(tmp_path, [new("a", b"new")], "here")
    assert held == [b"old"]


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def full() -> Iterator[bytes]:
        yield b"some"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        put_files(tmp_path, [new("a", b"new"), NewFile("b", full)], "here")
    assert files_in(tmp_path) == {"a": b"old"}


def test_what_does_not_read_back_is_not_put_in_place(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    changing = NewFile("a", _once(partial(iter, [b"new"]), b"bad"))
    with pytest.raises(ApplyError) as error:
        put_files(tmp_path, [changing], "here")
    assert error.value.problems == (
        Problem(
            "write-failed",
            "here: a",
            "does not read back as it was written",
            "the disk is failing: replace it",
        ),
    )
    assert files_in(tmp_path) == {"a": b"old"}


def test_a_source_that_changes_meanwhile_is_not_copied(tmp_path: Path) -> None:
    changed = NewFile("a", partial(iter, [b"other"]), lambda: False)
    with pytest.raises(ApplyError, match="here: a: was changed by somebody while it was copied"):
        put_files(tmp_path, [changed], "here")
    assert files_in(tmp_path) == {}


def test_a_large_file_is_copied_whole(tmp_path: Path) -> None:
    data = bytes(range(256)) * 40_000
    (tmp_path / "source").write_bytes(data)
    (tmp_path / "esp").mkdir()
    put_files(tmp_path / "esp", [NewFile("a", chunks_of(tmp_path / "source"))], "here")
    assert files_in(tmp_path / "esp") == {"a": data}


def test_the_folder_of_a_kernel_goes_with_it_and_no_other(tmp_path: Path) -> None:
    others = ("EFI/proxmox/6.2/vmlinuz-6.2", "EFI/proxmox/6.2/notes", "loader/entries/x.conf")
    for path in (KERNEL, INITRD, *others):
        put_files(tmp_path, [new(path, b"x")], "here")
    remove_files(tmp_path, [KERNEL, INITRD, others[0], others[2], "not/there"])
    assert files_in(tmp_path) == {others[1]: b"x"}
    folders = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_dir()}
    assert folders == {"EFI", "EFI/proxmox", "EFI/proxmox/6.2", "loader", "loader/entries"}


def test_a_failure_names_the_file() -> None:
    error = OSError(errno.EIO, "Input/output error", "/run/esp/vmlinuz")
    assert str(write_failure("there", error)) == (
        "there: cannot be written (vmlinuz): Input/output error (look at `dmesg` for what it says)"
    )
