"""Files that a host may not be given at its first start."""

from __future__ import annotations

import pytest

from bedplate.config.first_boot_paths import above_itself, wrong_with_path

NO_PATH = "is not the path of a file, from the root and without detours"
NEEDED = "is what the kernel, the boot loaders, the accounts or bedplate need as it is"
FOLDER = "is a folder"


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/etc/motd", ""),
        ("/etc/kernel/postinst.d/mine", ""),
        ("/etc/fstab.d", ""),
        ("/runner/x", ""),
        ("/usr/lib/systemd/system/mine.service", ""),
        ("/lib/systemd/system/mine.service", ""),
        ("/home/admin/.bashrc", ""),
        ("", NO_PATH),
        ("/", NO_PATH),
        ("etc/motd", NO_PATH),
        ("/etc//motd", NO_PATH),
        ("/etc/./motd", NO_PATH),
        ("/etc/../boot/x", NO_PATH),
        ("/etc/motd/", NO_PATH),
        ("/etc/mo\ntd", NO_PATH),
        ("/etc/fstab", NEEDED),
        ("/etc/hostid", NEEDED),
        ("/etc/shadow", NEEDED),
        ("/etc/kernel/cmdline", NEEDED),
        ("/boot", NEEDED),
        ("/boot/grub/grub.cfg", NEEDED),
        ("/var/lib/bedplate/first-boot/job.json", NEEDED),
        ("/lib/bedplate/bedplate/run.py", NEEDED),
        ("/lib/modules/6.12/modules.dep", NEEDED),
        ("/bin/bedplate", NEEDED),
        ("/sbin/grub-install", NEEDED),
        ("/var/run/x", NEEDED),
        ("/var/lock/x", NEEDED),
        ("/etc", FOLDER),
        ("/lib", FOLDER),
        ("/bin", FOLDER),
    ],
)
def test_a_path(path: str, wrong: str) -> None:
    assert wrong_with_path(path) == wrong


@pytest.mark.parametrize(
    ("path", "others", "above"),
    [
        ("/etc/a/b", ("/etc/a", "/etc/a/b"), "/etc/a"),
        ("/lib/a/b", ("/usr/lib/a",), "/usr/lib/a"),
        ("/usr/lib/a/b", ("/lib/a",), "/lib/a"),
        ("/etc/a", ("/etc/a", "/etc/a/b", "/etc/ab"), ""),
    ],
)
def test_a_file_that_would_be_in_another(path: str, others: tuple[str, ...], above: str) -> None:
    assert above_itself(path, others) == above
