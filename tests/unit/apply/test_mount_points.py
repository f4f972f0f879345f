"""What is mounted, as the kernel lists it."""

from __future__ import annotations

from pathlib import Path

from bedplate.apply.mounts import parse_mount_points

# Made by: mount -t tmpfs none "/run/a b"; mount --bind /dev "/run/a b/dev"
MOUNTINFO = """\
22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
98 22 0:45 / /run/a\\040b rw,relatime shared:60 - tmpfs none rw,inode64
99 98 0:5 / /run/a\\040b/dev rw,nosuid,relatime shared:2 - devtmpfs udev rw,size=4k
"""


def test_mount_points_come_in_the_order_they_were_mounted_in() -> None:
    assert parse_mount_points(MOUNTINFO) == (Path("/"), Path("/run/a b"), Path("/run/a b/dev"))
