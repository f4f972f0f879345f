"""What is mounted, as the kernel lists it."""

from __future__ import annotations

import pytest

from bedplate.model.mountinfo import parse_mountinfo

# Made by: mount -t tmpfs none "/run/a b"; mount --bind /dev "/run/a b/dev"
MOUNTINFO = """\
22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
98 22 0:45 / /run/a\\040b rw,relatime shared:60 - tmpfs none rw,inode64
99 98 0:5 / /run/a\\040b/dev rw,nosuid,relatime shared:2 - devtmpfs udev rw,size=4k
"""


def test_mount_points_come_in_the_order_they_were_mounted_in() -> None:
    mounts = parse_mountinfo(MOUNTINFO)
    assert [mount.target for mount in mounts] == ["/", "/run/a b", "/run/a b/dev"]


@pytest.mark.parametrize("line", ["22 1 0:18 / / rw,relatime", "", "a b c d e f g"])
def test_a_line_without_the_usual_fields_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="the usual fields"):
        parse_mountinfo(line + "\n")


def test_a_name_may_have_the_end_of_a_page_in_it() -> None:
    (mount,) = parse_mountinfo("98 22 0:45 / /run/a\x0c\u2028b rw - tmpfs none rw\n")
    assert mount.target == "/run/a\x0c\u2028b"
