"""Where a kernel command line comes from, and whether its root is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import CommandError, Problem
from bedplate.facts.cmdline import probe_cmdline_files, probe_root_target
from bedplate.model.kernels import CmdlineFiles, RootTarget, TextFile
from tests.unit.facts.recorded import Answer, Recorded


def test_the_files_in_the_order_of_update_grub(tmp_path: Path) -> None:
    (tmp_path / "etc/kernel").mkdir(parents=True)
    (tmp_path / "etc/kernel/cmdline").write_bytes(b"root=/dev/\xff\n")
    (tmp_path / "etc/default/grub.d").mkdir(parents=True)
    (tmp_path / "etc/default/grub").write_text("GRUB_DEFAULT=0\n")
    for name in ("b.cfg", "a.cfg", "Z.cfg", "a.cfg.dpkg-dist", ".a.cfg"):
        (tmp_path / "etc/default/grub.d" / name).write_text(f"# {name}\n")
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cmdline").write_text("root=/dev/x quiet\n")
    assert probe_cmdline_files(tmp_path) == CmdlineFiles(
        kernel_cmdline="root=/dev/\ufffd\n",
        default_grub="GRUB_DEFAULT=0\n",
        snippets=tuple(
            TextFile(path=f"/etc/default/grub.d/{name}", content=f"# {name}\n")
            for name in ("Z.cfg", "a.cfg", "b.cfg")
        ),
        running="root=/dev/x quiet",
    )


def test_no_files(tmp_path: Path) -> None:
    assert probe_cmdline_files(tmp_path) == CmdlineFiles()


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with devices; a unit test may not make real ones."""
    monkeypatch.setattr(Path, "is_block_device", Path.is_file)
    for name in (
        "mapper/pve-root",
        "disk/by-uuid/8E95-24FB",
        "disk/by-partuuid/4fb0-aa",
        "disk/by-label/root",
        "disk/by-partlabel/root",
    ):
        place = tmp_path / "dev" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("value", "place", "exists"),
    [
        ("/dev/mapper/pve-root", "/dev/mapper/pve-root", True),
        ("/dev/mapper/pve-toor", "/dev/mapper/pve-toor", False),
        ("/dev/mapper", "/dev/mapper", False),
        ("UUID=8E95-24FB", "/dev/disk/by-uuid/8E95-24FB", True),
        ("UUID=8e95-24fb", "/dev/disk/by-uuid/8e95-24fb", False),
        ("UUID=", "/dev/disk/by-uuid/", False),
        ("PARTUUID=4FB0-AA", "/dev/disk/by-partuuid/4fb0-aa", True),
        ("LABEL=root", "/dev/disk/by-label/root", True),
        ("PARTLABEL=root", "/dev/disk/by-partlabel/root", True),
        ("PARTLABEL=toor", "/dev/disk/by-partlabel/toor", False),
        ("LABEL", None, False),
        ("8:3", None, False),
        ("nfs", None, False),
        ("", None, False),
    ],
)
def test_devices(devices: Path, value: str, place: str | None, exists: bool) -> None:
    target = probe_root_target(Recorded({}), value, devices)
    assert target == RootTarget(value=value, place=place, exists=exists)


@pytest.mark.parametrize(
    ("answer", "exists"),
    [
        ("rpool/ROOT/pve-1\n", True),
        ((1, "", "cannot open 'rpool/ROOT/pve-1': dataset does not exist\n"), False),
        (CommandError(Problem("tool-missing", "zfs", "is not installed")), False),
    ],
)
def test_datasets(tmp_path: Path, answer: Answer, exists: bool) -> None:
    run = Recorded({"zfs list -H -o name -t filesystem rpool/ROOT/pve-1": answer})
    assert probe_root_target(run, "ZFS=rpool/ROOT/pve-1", tmp_path) == RootTarget(
        value="ZFS=rpool/ROOT/pve-1", place="dataset rpool/ROOT/pve-1", exists=exists
    )


def test_a_dataset_without_a_name_is_none(tmp_path: Path) -> None:
    assert not probe_root_target(Recorded({}), "ZFS=", tmp_path).exists
