"""The answer file that a lab machine is installed with."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import UsageError
from bedplate.lab.answer import plan_answer, plan_answer_from
from bedplate.lab.machine import Disk
from bedplate.model.secret import Secret

DISKS = tuple(Disk(path=Path(f"/lab/{n}"), serial=f"a-{n}") for n in range(2))
DISK_LIST = '["scsi-0QEMU_QEMU_HARDDISK_a-0", "scsi-0QEMU_QEMU_HARDDISK_a-1"]'


def test_generated_answer() -> None:
    answer = plan_answer("a", "zfs-mirror", DISKS, ["ssh-ed25519 AAAA a"], Secret('p"w'))
    assert answer.reveal() == (
        "[global]\n"
        'country = "us"\n'
        'fqdn = "a.lab.internal"\n'
        'keyboard = "en-us"\n'
        'mailto = "root@lab.internal"\n'
        'timezone = "UTC"\n'
        'root-password = "p\\"w"\n'
        'root-ssh-keys = ["ssh-ed25519 AAAA a"]\n'
        "[network]\n"
        'source = "from-dhcp"\n'
        "[disk-setup]\n"
        'layout = "zfs-mirror"\n'
        f"disk-list = {DISK_LIST}\n"
    )


def test_the_last_disks_are_those_of_a_special_device() -> None:
    answer = plan_answer("a", "zfs-mirror-special", DISKS, [], Secret("p"), special=1).reveal()
    assert answer.partition("[disk-setup]\n")[2] == (
        'layout = "zfs-mirror-special"\n'
        'disk-list = ["scsi-0QEMU_QEMU_HARDDISK_a-0"]\n'
        "[disk-setup.special]\n"
        'disk-list = ["scsi-0QEMU_QEMU_HARDDISK_a-1"]\n'
    )


@pytest.mark.parametrize("chosen", ['disk_list = ["x"]', 'disk-list = ["x"]'])
def test_an_own_answer_keeps_how_many_disks_are_special(chosen: str) -> None:
    own = f"""
        [disk-setup]
        select.transport = ["sata"]
        [disk-setup.special]
        {chosen}
        logsize = 1
        """
    assert plan_answer_from(own, DISKS, []).reveal() == (
        "[disk-setup]\n"
        'disk-list = ["scsi-0QEMU_QEMU_HARDDISK_a-0"]\n'
        "[disk-setup.special]\n"
        "logsize = 1\n"
        'disk-list = ["scsi-0QEMU_QEMU_HARDDISK_a-1"]\n'
        "[global]\n"
        "root-ssh-keys = []\n"
    )


def test_password_does_not_show() -> None:
    assert "hunter" not in repr(plan_answer("a", "zfs-mirror", DISKS, (), Secret("hunter22")))


def test_own_answer_gets_the_labs_disks_and_key() -> None:
    own = """
        [global]
        fqdn = "own.example.com"
        root_ssh_keys = ["mine"]
        [network]
        source = "from-answer"
        filter."ID_NET_NAME_MAC*" = "*"
        [disk-setup]
        filesystem = "zfs"
        filter = { ID_SERIAL = "x*" }
        filter-match = "all"
        zfs = { raid = "raid1", ashift = 12, copies = 2 }
        lvm = { hdsize = 7.5 }
        """
    assert plan_answer_from(own, DISKS, ["lab"]).reveal() == (
        "[global]\n"
        'fqdn = "own.example.com"\n'
        'root_ssh_keys = ["mine", "lab"]\n'
        "[network]\n"
        'source = "from-answer"\n'
        "[network.filter]\n"
        '"ID_NET_NAME_MAC*" = "*"\n'
        "[disk-setup]\n"
        'filesystem = "zfs"\n'
        f"disk-list = {DISK_LIST}\n"
        "[disk-setup.zfs]\n"
        'raid = "raid1"\n'
        "ashift = 12\n"
        "copies = 2\n"
        "[disk-setup.lvm]\n"
        "hdsize = 7.5\n"
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("[global\n", "answer-not-toml", id="not TOML"),
        pytest.param("[global]\nx = 1979-05-27\n", "answer-value", id="a date"),
    ],
)
def test_unusable_own_answer(text: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan_answer_from(text, DISKS, ())
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [
        (code, "--answer")
    ]
