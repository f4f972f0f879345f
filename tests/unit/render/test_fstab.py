"""Lines of /etc/fstab: which there are, some that are not to be mounted any more, and new ones."""

from __future__ import annotations

import pytest

from bedplate.render.fstab import mounts_in, with_mounts, without_mount

OFF = "# kept in sync by bedplate, and not mounted: "
BEFORE = """\
# /boot/efi was on /dev/sda2 during installation
UUID=1234-ABCD /boot/efi vfat umask=0077 0 1
/dev/pve/root / ext4 errors=remount-ro 0 1

\tUUID="1234-abcd"\t/mnt/other\tvfat\tnoauto 0 0
/dev/sdb1 /data ext4 defaults 0 2
proc /proc proc defaults 0 0"""


def test_a_line_goes_by_its_source_or_by_its_place() -> None:
    lines = BEFORE.splitlines(keepends=True)
    by_source = without_mount(BEFORE, ["UUID=1234-ABCD"], [])
    assert by_source.splitlines(keepends=True) == [
        lines[0],
        OFF + lines[1],
        *lines[2:4],
        OFF + lines[4],
        *lines[5:],
    ]
    by_place = without_mount(BEFORE, [], ["/boot/efi", "/data"])
    assert by_place.splitlines(keepends=True) == [
        lines[0],
        OFF + lines[1],
        *lines[2:5],
        OFF + lines[5],
        lines[6],
    ]


def test_what_is_off_stays_as_it_is() -> None:
    once = without_mount(BEFORE, ["UUID=1234-ABCD"], ["/boot/efi"])
    assert without_mount(once, ["UUID=1234-ABCD"], ["/boot/efi"]) == once
    assert without_mount(BEFORE, ["UUID=0000-0000"], ["/efi"]) == BEFORE


FSTAB = "# device\n/dev/pve/root / ext4 defaults 0 1\nUUID=5 none swap sw 0 0\n"
LINE = "/dev/vmdata/vz /srv/vz ext4 defaults,nofail 0 2"


def test_what_is_mounted_where() -> None:
    assert mounts_in(f"{FSTAB}#/dev/x /srv/x ext4 defaults 0 0\n{LINE}\n") == {
        "/": "/dev/pve/root",
        "/srv/vz": "/dev/vmdata/vz",
    }


@pytest.mark.parametrize("before", [FSTAB, FSTAB.rstrip("\n")], ids=["ended", "not ended"])
def test_lines_come_behind_those_that_are_there(before: str) -> None:
    assert with_mounts(before, [LINE]) == f"{FSTAB}{LINE}\n"


def test_an_fstab_may_be_new() -> None:
    assert with_mounts("", [LINE]) == f"{LINE}\n"
