"""Firmware, memory, command line, mounts and swap, from files of /proc and /sys."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import FactsError
from bedplate.facts.mounts import InUse, parse_swaps, probe_in_use, probe_mounts
from bedplate.facts.platform import (
    parse_cmdline,
    parse_meminfo,
    probe_cmdline,
    probe_firmware,
    probe_memory,
)
from bedplate.model.facts import Firmware, FirmwareKind
from bedplate.model.mountinfo import Mount, parse_mountinfo
from tests.captures import captured

EFIVARS = "29 22 0:28 / /sys/firmware/efi/efivars {},nosuid shared:9 - efivarfs efivarfs {}\n"
VFAT = ("fmask=0022", "dmask=0022", "codepage=437", "iocharset=iso8859-1", "shortname=mixed")
VARIABLE = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("variable", "mount", "firmware"),
    [
        pytest.param(
            b"\6\0\0\0\1",
            EFIVARS.format("rw", "rw"),
            Firmware(
                kind=FirmwareKind.UEFI, secure_boot=True, checks_modules=True, nvram_writable=True
            ),
            id="secure",
        ),
        pytest.param(
            b"\6\0\0\0\0",
            EFIVARS.format("ro", "rw"),
            Firmware(kind=FirmwareKind.UEFI),
            id="read-only-mount",
        ),
        pytest.param(
            b"\6\0\0\0\0",
            EFIVARS.format("rw", "ro"),
            Firmware(kind=FirmwareKind.UEFI),
            id="read-only-file-system",
        ),
        pytest.param(None, "", Firmware(kind=FirmwareKind.UEFI), id="no-variables"),
    ],
)
def test_uefi(tmp_path: Path, variable: bytes | None, mount: str, firmware: Firmware) -> None:
    write(tmp_path, {"sys/firmware/efi/fw_platform_size": b"64\n"})
    write(tmp_path, {"proc/self/mountinfo": mount.encode()})
    if variable is not None:
        write(tmp_path, {VARIABLE: variable})
    assert probe_firmware(tmp_path) == firmware


def test_bios(tmp_path: Path) -> None:
    assert probe_firmware(tmp_path) == Firmware(kind=FirmwareKind.BIOS)


def test_memory_and_cmdline(tmp_path: Path) -> None:
    write(tmp_path, {"proc/meminfo": b"MemTotal:       16316412 kB\nMemFree: 1 kB\n"})
    write(tmp_path, {"proc/cmdline": b"root=ZFS=rpool/ROOT/pve-1 quiet\n"})
    assert probe_memory(tmp_path) == 16708005888
    assert probe_cmdline(tmp_path) == ("root=ZFS=rpool/ROOT/pve-1", "quiet")


def test_no_memory_line() -> None:
    with pytest.raises(FactsError, match="MemTotal"):
        parse_meminfo("MemFree: 1 kB\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("  ro   quiet\n", ("ro", "quiet")),
        ('dyndbg="file a +p; file b +p" ro', ('dyndbg="file a +p; file b +p"', "ro")),
    ],
)
def test_cmdline(text: str, words: tuple[str, ...]) -> None:
    assert parse_cmdline(text) == words


def test_mountinfo() -> None:
    mounts = parse_mountinfo(captured("mountinfo-6.1.txt"))
    assert [mount for mount in mounts if mount.source.startswith("/dev/")] == [
        Mount("254:0", "/run/m/a b", "ext4", "/dev/mapper/pve-root", frozenset({"rw", "relatime"})),
        Mount(
            "98:2",
            "/run/m/esp",
            "vfat",
            "/dev/ubda2",
            frozenset({"rw", "relatime", *VFAT, "errors=remount-ro"}),
        ),
        Mount(
            "0:26",
            "/run/m/btrfs",
            "btrfs",
            "/dev/ubdd",
            frozenset({"rw", "relatime", "ssd", "space_cache=v2", "subvolid=5", "subvol=/"}),
        ),
    ]


def test_odd_mountinfo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text("22 1 0:18 / / rw,relatime\n")
    with pytest.raises(FactsError, match="/proc/self/mountinfo"):
        probe_mounts(tmp_path)


def test_swaps() -> None:
    assert parse_swaps(captured("swaps-6.1.txt")) == ("/dev/dm-1",)


def test_no_swap() -> None:
    assert parse_swaps("Filename\tType\tSize\tUsed\tPriority\n") == ()


def test_all_devices_of_a_btrfs_are_in_use(tmp_path: Path) -> None:
    write(tmp_path, {"proc/self/mountinfo": captured("mountinfo-6.1.txt").encode()})
    write(tmp_path, {"proc/swaps": captured("swaps-6.1.txt").encode()})
    for name in ("ubdd", "ubde"):
        write(tmp_path, {f"sys/fs/btrfs/0f9124ac-162c/devices/{name}/size": b"1\n"})
    in_use = probe_in_use(tmp_path)
    by_source = {"/dev/ubdd": ("/run/m/btrfs",), "/dev/ubde": ("/run/m/btrfs",)}
    assert in_use == InUse(in_use.by_device, by_source, frozenset({"/dev/dm-1"}))
    assert in_use.mounts("98:2", "/dev/ubda2") == ("/run/m/esp",)
    assert in_use.mounts("98:64", "/dev/ubde") == ("/run/m/btrfs",)
    assert in_use.mounts("98:80", "/dev/ubdf") == ()
