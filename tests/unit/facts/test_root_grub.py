"""GRUB for BIOS where it reads the root: its images in /boot/grub, what Debian and GRUB say."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from bedplate.facts import root_grub
from bedplate.facts.bios_boot import boot_image_checksum
from bedplate.facts.root_grub import (
    parse_install_devices,
    parse_probe_failure,
    probe_install_devices,
    probe_root_grub,
)
from bedplate.model.boot_files import ESP_LIST
from bedplate.model.mountinfo import Mount
from bedplate.run import Result
from tests.captures import FOLDER as CAPTURES

DEBCONF = (CAPTURES / "debconf-show-grub-pc-1.5.82.txt").read_text()
UNKNOWN = (CAPTURES / "grub-probe-unknown-2.06.txt").read_text()
DEVICES = (
    "/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001",
    "/dev/disk/by-id/ata-QEMU_HARDDISK_QM00003",
)
BOOT, CORE = bytes(512), b"core" * 300


def answering(code: int, stdout: str = "", stderr: str = "") -> Any:
    return lambda argv, **_options: Result(tuple(map(str, argv)), code, stdout, stderr)


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A host that GRUB for BIOS was installed on, with a menu."""
    images = tmp_path / "boot/grub/i386-pc"
    images.mkdir(parents=True)
    (images / "boot.img").write_bytes(BOOT)
    (images / "core.img").write_bytes(CORE)
    (images.parent / "grub.cfg").touch()
    return tmp_path


def on(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's root is a file system of this kind."""
    root = Mount("0:30", "/", kind, "source", frozenset())
    proc = Mount("0:4", "/proc", "proc", "proc", frozenset())
    monkeypatch.setattr(root_grub, "probe_mounts", lambda: (root, proc))


@pytest.mark.parametrize(
    ("text", "devices"),
    [
        (DEBCONF, DEVICES),
        (DEBCONF.replace("*", " "), DEVICES),
        ("", ()),
        ("* grub-pc/install_devices:\n", ()),
        ("  grub-pc/install_devices_empty: false\n", ()),
    ],
    ids=["seen", "not seen", "no grub-pc", "none", "another question"],
)
def test_the_disks_that_debian_installs_grub_on(text: str, devices: tuple[str, ...]) -> None:
    assert parse_install_devices(text) == devices
    assert probe_install_devices(answering(0, text)) == devices


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (UNKNOWN, "unknown filesystem"),
        (f"/usr/sbin/{UNKNOWN}\n", "unknown filesystem"),
        ("", "it does not say why"),
    ],
)
def test_why_grub_cannot_read(text: str, reason: str) -> None:
    assert parse_probe_failure(text) == reason


def test_what_grub_was_installed_from(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on("ext4", monkeypatch)
    found = probe_root_grub(answering(1), (), host)
    assert found is not None
    assert found.boot_image == boot_image_checksum(BOOT)
    assert found.core_image == hashlib.sha256(CORE).hexdigest()
    assert (found.has_menu, found.unreadable) == (True, None)


def test_a_pool_is_asked_about(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on("zfs", monkeypatch)
    well = probe_root_grub(answering(0, "zfs\n"), (), host)
    bad = probe_root_grub(answering(1, "", UNKNOWN), (), host)
    assert well is not None
    assert bad is not None
    assert (well.unreadable, bad.unreadable) == (None, "unknown filesystem")


def test_none_of_it_where_kernels_are_on_esps_or_grub_was_never_installed(
    host: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert probe_root_grub(answering(0), (), tmp_path_factory.mktemp("blank")) is None
    (host / ESP_LIST[1:]).parent.mkdir(parents=True)
    (host / ESP_LIST[1:]).touch()
    assert probe_root_grub(answering(0), (), host) is None
