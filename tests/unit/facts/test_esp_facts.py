"""The list of ESPs, and what is read of an ESP once it is mounted."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from bedplate.facts import esps
from bedplate.facts.esp_files import (
    probe_files,
    probe_sources,
    probe_text,
    with_checksums,
)
from bedplate.facts.esps import (
    looked_into,
    parse_uuid_list,
    probe_uuid_list,
    with_files,
)
from bedplate.model.esp import EspFact, EspFile, SourceFile, UuidList
from bedplate.run import Result

LISTS = {
    "two": ("1A2B-3C4D\n5E6F-7A8B\n", UuidList(ids=("1A2B-3C4D", "5E6F-7A8B"))),
    "nothing": ("", UuidList()),
    "blanks and doubles": ("\n 1A2B-3C4D \n1a2b-3c4d\n\n", UuidList(ids=("1A2B-3C4D",))),
    "without an end": ("1A2B-3C4D", UuidList(ids=("1A2B-3C4D",))),
    "damaged lines stay as they are": (
        "1A2B-3C4D\n# mine\n/dev/sda2\n1A2B3C4D\n",
        UuidList(ids=("1A2B-3C4D",), damaged=("# mine", "/dev/sda2", "1A2B3C4D")),
    ),
}


@pytest.mark.parametrize(("text", "wanted"), LISTS.values(), ids=LISTS)
def test_the_list_of_esps(text: str, wanted: UuidList) -> None:
    assert parse_uuid_list(text) == wanted


def test_no_list_is_not_an_empty_one(tmp_path: Path) -> None:
    assert probe_uuid_list(tmp_path) is None
    (tmp_path / "etc/kernel").mkdir(parents=True)
    (tmp_path / "etc/kernel/proxmox-boot-uuids").touch()
    assert probe_uuid_list(tmp_path) == UuidList()


def test_every_file_is_found_and_read_when_wanted(tmp_path: Path) -> None:
    (tmp_path / "EFI/BOOT").mkdir(parents=True)
    (tmp_path / "EFI/BOOT/BOOTX64.EFI").write_bytes(b"loader")
    (tmp_path / "a b.txt").write_bytes(b"")
    found = probe_files(tmp_path)
    assert found == (
        EspFile(path="EFI/BOOT/BOOTX64.EFI", size_bytes=6),
        EspFile(path="a b.txt", size_bytes=0),
    )
    sums = [file.sha256 for file in with_checksums(tmp_path, found)]
    assert sums == [hashlib.sha256(data).hexdigest() for data in (b"loader", b"")]


@pytest.mark.parametrize("name", [b"\xff\xfe\x01", b"x\n"])
def test_names_that_nobody_gave_tell_of_damage(tmp_path: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).mkdir()
    with pytest.raises(OSError, match="has the name"):
        probe_files(tmp_path)


def test_what_was_not_finished_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "vmlinuz.bedplate-new").mkdir()  # reading it fails
    left = EspFile(path="vmlinuz.bedplate-new", size_bytes=5)
    assert with_checksums(tmp_path, [left]) == (left,)


def test_two_who_look_at_once_are_not_in_each_others_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(esps, "LOOK_AT", tmp_path / "look")
    ran: list[str] = []

    def run(argv: Sequence[str | Path], **_options: object) -> Result:
        ran.append(" ".join(map(str, argv)))
        return Result((), 0, "", "")

    device = Path("/dev/sda2")
    with (
        looked_into(run, device, shared=False) as one,
        looked_into(run, device, shared=True) as two,
    ):
        assert one != two
    options = "nodev,noexec,nosuid,umask=0077 /dev/sda2"
    assert ran == [
        f"mount -t vfat -o ro,noatime,{options} {one}",
        f"mount -t vfat -o noatime,{options} {two}",
        f"umount {two}",
        f"umount {one}",
    ]
    assert list((tmp_path / "look").iterdir()) == []


def test_a_text_that_is_not_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"timeout 3\n\xff")
    assert probe_text(tmp_path, "x") == "timeout 3\n�"
    assert probe_text(tmp_path, "y") is None


def test_what_the_admin_wrote_into_the_loaders_configuration_is_known(tmp_path: Path) -> None:
    esp = EspFact(disk="d", title="D", path="/dev/sda2", number=2, size_bytes=1, fat_id="1A2B-3C4D")
    assert with_files(esp, tmp_path, ()).loader_conf is None
    (tmp_path / "loader").mkdir()
    (tmp_path / "loader/loader.conf").write_text("timeout 9\neditor no\n")
    found = with_files(esp, tmp_path, ())
    assert found.loader_conf == "timeout 9\neditor no\n"
    assert found.files == (EspFile(path="loader/loader.conf", size_bytes=20),)


def test_files_are_read_on_the_esps_concerned_if_their_contents_are_wanted(tmp_path: Path) -> None:
    esp = EspFact(disk="d", title="D", path="/dev/sda2", number=2, size_bytes=1, fat_id="1A2B-3C4D")
    (tmp_path / "loader.efi").write_bytes(b"x")
    for ids, wanted in ((("1A2B-3C4D",), True), ((), False), (None, False)):
        (file,) = with_files(esp, tmp_path, ids).files
        assert (file.sha256 is not None) is wanted
    (tmp_path / "EFI/proxmox").mkdir(parents=True)
    (tmp_path / "EFI/proxmox/vmlinuz").write_bytes(b"x")
    for ids, wanted in (((), True), (None, False)):
        found = with_files(esp, tmp_path, ids)
        assert [file.sha256 is not None for file in found.files] == [wanted, wanted]


def test_sources_are_the_kernels_the_loaders_and_grubs_modules(tmp_path: Path) -> None:
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/vmlinuz-6.1").write_bytes(b"kernel")
    modules = tmp_path / "usr/lib/grub/i386-pc"
    modules.mkdir(parents=True)
    for name in ("normal.mod", "boot.img"):
        (modules / name).write_bytes(b"x")
    found = probe_sources(["/boot/vmlinuz-6.1", "/boot/initrd.img-6.1"], tmp_path)
    changed = [(tmp_path / file.path[1:]).stat().st_mtime_ns for file in found]
    assert found == tuple(
        SourceFile(
            path=path, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), mtime_ns=when
        )
        for path, data, when in zip(
            ("/boot/vmlinuz-6.1", "/usr/lib/grub/i386-pc/normal.mod"),
            (b"kernel", b"x"),
            changed,
            strict=True,
        )
    )
