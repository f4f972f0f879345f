"""Every kind of leftover is made for real, let go of, wiped and partitioned over, without a reboot.

The same for ZFS, and a whole install over the worst of it, is in `tests/vm/test_leftovers.py`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from bedplate.units import GIB
from tests.support.uml import Uml

SCENARIO = "tests/uml/scenarios/leftovers.py"
PARTS = r"""
for disk in $A $B; do printf 'label: gpt\nsize=1GiB\nsize=512MiB\n' | sfdisk -q $disk; done
udevadm settle
A1=$A-part1 A2=$A-part2 B1=$B-part1
wipefs -aq $A1 $A2 $B1
"""
LUKS = """
format() { printf pw | cryptsetup luksFormat -q --pbkdf-force-iterations 1000 "$@" --key-file=-; }
open() { printf pw | cryptsetup open "$1" "$2" --key-file=-; }
"""
MD = f"""{PARTS}
mdadm --create /dev/md/old --run --quiet --level=1 --raid-devices=2 $A1 $B1 --metadata="""


@dataclass(frozen=True, slots=True)
class Row:
    """What is made, and what is to let go of it; nothing may be left, unless it is refused."""

    make: str
    released: tuple[str, ...] = ()
    error: str | None = None
    disks: str = "AB"
    layout: str = "zfs-mirror"
    unmount: bool = False
    rename: bool = False
    after: str = "true"

    def ending(self) -> dict[str, object]:
        """What the scenario has to report."""
        return {"released": [*self.released], "left": [], "layers": [], "error": self.error}


ROWS = {
    "mounted": Row(
        f"{PARTS} mkfs.ext4 -q $A1; mkdir /m; mount $A1 /m; mkdir /m/in; mkfs.xfs -q $B1; "
        "mount $B1 /m/in",
        ("Unmount /m/in", "Unmount /m"),
        unmount=True,
    ),
    "swap": Row(
        f"{PARTS} mkswap -q $A2; swapon $A2; wipefs -aq $B; mkswap -q $B; swapon $B",
        ("Stop swapping to /dev/ubda2", "Stop swapping to /dev/ubdb"),
    ),
    "luks": Row(
        f"{PARTS} {LUKS} format --pbkdf=pbkdf2 $A1; open $A1 secret; mkfs.ext4 -q "
        "/dev/mapper/secret; format --type=luks1 $B1",
        ("Close /dev/mapper/secret",),
    ),
    "lvm": Row(
        f"{PARTS} vgcreate -q guests $A1 $B1; lvcreate -qy -L 64M -n a guests; "
        "lvcreate -qy -T -L 128M guests/pool; lvcreate -qy -V 256M -T guests/pool -n v",
        ("Close the volumes of the volume group guests",),
    ),
    "namesakes": Row(
        f"{PARTS} wipefs -aq $C; for pv in $A1 $B1 $C; do vgcreate -q --devices $pv pve $pv; done; "
        "lvcreate -qy -L 64M -n a --devices $A1 pve",
        (
            *("Rename the volume group pve on other disks to pve-OLD-ID",) * 2,
            "Close the volumes of the volume group pve",
        ),
        disks="A",
        layout="lvm-thin",
        rename=True,
        after="test $(vgs --noheadings -o vg_name | grep -c ' pve-OLD-') = 2",
    ),
    "md-0.90": Row(f"{MD}0.90", ("Stop the md array /dev/md127",)),
    "md-1.0": Row(f"{MD}1.0", ("Stop the md array /dev/md127",)),
    "md-1.1": Row(f"{MD}1.1", ("Stop the md array /dev/md127",)),
    "md-1.2": Row(f"{MD}1.2; mdadm -q --stop /dev/md/old"),
    "btrfs": Row(
        "wipefs -aq $A $B; mkfs.btrfs -qK -m raid1 $A $B; mkdir /b; mount $A /b",
        ("Unmount /b",),
        unmount=True,
    ),
    "bcache": Row(
        f"{PARTS} make-bcache -B $A1 -C $B1 >/dev/null; modprobe bcache; for device in $A1 $B1; do "
        "realpath $device >/sys/fs/bcache/register_quiet; done; udevadm settle; "
        "mkfs.ext4 -q /dev/bcache0",
        ("Have bcache let go of /dev/ubdb1", "Have bcache let go of /dev/ubda1"),
    ),
    "ceph": Row(
        f"{PARTS} vgcreate -q ceph-6fa1 $A1; vgcreate -q ceph-77b2 $B1; "
        "lvcreate -qy -L 64M -n osd-block-1 --addtag ceph.osd_id=1 ceph-6fa1; "
        "printf 'bluestore block device\\n' >/dev/ceph-6fa1/osd-block-1; "
        "lvcreate -qy -L 64M -n osd-db-1 --addtag ceph.osd_id=1 ceph-77b2",
        (
            "Close the volumes of the volume group ceph-77b2",
            "Close the volumes of the volume group ceph-6fa1",
        ),
    ),
    "stack": Row(
        f"{MD}1.2; {LUKS} format --pbkdf=pbkdf2 /dev/md/old; open /dev/md/old inner; "
        "vgcreate -q deep /dev/mapper/inner; lvcreate -qy -L 64M -n root deep; "
        "lvcreate -qy -L 64M -n swap deep; mkfs.ext4 -q /dev/deep/root; mkdir /s; "
        "mount /dev/deep/root /s; mkswap -q /dev/deep/swap; swapon /dev/deep/swap",
        (
            "Unmount /s",
            "Stop swapping to /dev/mapper/deep-swap",
            "Close the volumes of the volume group deep",
            "Close /dev/mapper/inner",
            "Stop the md array /dev/md127",
        ),
        unmount=True,
    ),
    "mbr": Row(
        r"printf 'label: dos\nsize=512MiB\ntype=5\nsize=256MiB\n' | sfdisk -q $A; "
        "udevadm settle; mkfs.ext4 -q $A-part5; sgdisk --zap-all $B >/dev/null; "
        "sgdisk -n 1:0:+512M -n 2 --hybrid 1 $B >/dev/null"
    ),
    # Larger disks than the table was made for, and an image that is one, its own backup inside.
    "images": Row(
        r"truncate -s 256M /run/small; printf 'label: gpt\n,\n' | sfdisk -q /run/small; "
        "dd if=/run/small of=$A conv=sparse,fsync status=none; mkdir /run/iso; "
        "truncate -s 4M /run/efi; mkfs.vfat /run/efi >/dev/null; "
        "xorriso -as mkisofs -quiet -V OTHER -o /run/iso.img -append_partition 2 0xef /run/efi "
        "-appended_part_as_gpt -partition_offset 16 /run/iso 2>/dev/null; "
        "dd if=/run/iso.img of=$B conv=fsync status=none",
        after="! dd if=$A bs=512 skip=524287 count=1 status=none | grep -q 'EFI PART'",
    ),
    "busy": Row(
        f"{PARTS} vgcreate -q guests $A1; lvcreate -qy -L 64M -n a guests; "
        "sleep 1000 </dev/guests/a >/dev/null 2>&1 & echo $! >/run/busy",
        ("Close the volumes of the volume group guests",),
        error="command-failed",
        # Nothing was wiped, on the other disk neither.
        after="sfdisk -q --dump $B >/dev/null; kill $(cat /run/busy); vgremove -qff guests",
    ),
    "shared": Row(
        f"{PARTS} wipefs -aq $C; vgcreate -q half $A1 $C",
        error="disk-shared",
        after="vgs half",
    ),
}


def test_leftovers_of_every_kind_are_cleared_away(uml: Uml, tmp_path: Path) -> None:
    for _ in range(3):
        uml.add_disk(3 * GIB)
    rows = tmp_path / "rows.json"
    # What an earlier row has left is not what this is about.
    rows.write_text(json.dumps({name: asdict(row) for name, row in ROWS.items()}))
    result = uml.run_python(SCENARIO, str(rows), deadline=900, memory_mib=1536)
    endings = json.loads((result.out / "leftovers.json").read_text())
    assert endings == {name: row.ending() for name, row in ROWS.items()}
