"""The kernel really has what later tests lean on: thin pools, md, vfat and a GPT parser."""

from __future__ import annotations

from bedplate.units import GIB, MIB
from tests.support.uml import Uml

THIN_POOL = """
set -e
sgdisk --new=1:0:+512M --typecode=1:ef00 --new=2:0:0 --typecode=2:8e00 /dev/ubda >/dev/null
udevadm settle
pvcreate --quiet /dev/disk/by-id/scsi-0BEDPLATE_ubda-part2 >/dev/null
vgcreate --quiet pve /dev/disk/by-id/scsi-0BEDPLATE_ubda-part2 >/dev/null
lvcreate --quiet --type thin-pool --name data --size 1G pve >/dev/null
lvcreate --quiet --thinpool data --name guest --virtualsize 8G pve >/dev/null
mkfs.ext4 -q /dev/pve/guest
mkdir /run/guest && mount /dev/pve/guest /run/guest && umount /run/guest
lvs --noheadings --nosuffix --units m --separator , --options lv_name,lv_layout,lv_size pve
"""

ESP = """
set -e
sgdisk --new=1:0:0 --typecode=1:ef00 /dev/ubda >/dev/null
udevadm settle
mkfs.vfat -F 32 -i 12345678 /dev/ubda1 >/dev/null
udevadm trigger --settle --action=change /dev/ubda1
mkdir /run/esp && mount /dev/disk/by-uuid/1234-5678 /run/esp
echo title bedplate >/run/esp/entry && umount /run/esp
mount -o ro /dev/ubda1 /run/esp && cat /run/esp/entry && umount /run/esp
"""

MIRROR = """
set -e
mdadm --create /dev/md/mirror --run --quiet --level=1 --raid-devices=2 --metadata=1.2 \
    /dev/ubda /dev/ubdb
mdadm --wait /dev/md/mirror || true  # 1 means that there was nothing to wait for
mdadm --quiet /dev/md/mirror --fail /dev/ubdb
mdadm --detail --export /dev/md/mirror | grep -E '^MD_(LEVEL|DEVICES|DEVNAME)='
cat /sys/block/$(basename $(readlink -f /dev/md/mirror))/md/degraded
"""


def test_a_thin_pool_on_a_partition_carries_a_file_system(uml: Uml) -> None:
    uml.add_disk(4 * GIB)
    lines = uml.run_shell(THIN_POOL).stdout.split()
    assert lines == ["data,thin,pool,1024.00", "guest,thin,sparse,8192.00"]


def test_an_esp_is_found_by_its_volume_id(uml: Uml) -> None:
    uml.add_disk(1 * GIB)
    assert uml.run_shell(ESP).stdout == "title bedplate\n"


def test_a_mirror_survives_the_loss_of_a_member(uml: Uml) -> None:
    uml.add_disk(128 * MIB)
    uml.add_disk(128 * MIB)
    lines = uml.run_shell(MIRROR).stdout.split()
    assert lines == ["MD_LEVEL=raid1", "MD_DEVICES=2", "MD_DEVNAME=mirror", "1"]
