"""Whether packages may be changed, what has changed, and whether to restart."""

from __future__ import annotations

import pytest

from bedplate.model.updates import Kind, Outcome, Package, PackageChange, Upgrade
from bedplate.plan.upgrade import changes_between, reboot_reasons, refuse_removals, refuse_state
from bedplate.render import apt_argv
from bedplate.render.upgrade_text import render_counts, render_outcome, render_upgrade

RUNNING = "6.12.43+deb13-amd64"


def removal(*names: str) -> Upgrade:
    changes = (PackageChange.between(name, "1", None) for name in names)
    return Upgrade(changes=tuple(changes))


@pytest.mark.parametrize(
    "name",
    [
        "bedplate",
        "proxmox-ve",
        "linux-image-amd64",
        "proxmox-default-kernel",
        "proxmox-kernel-6.14",
        "pve-kernel-6.2",
        f"linux-image-{RUNNING}",
        f"proxmox-kernel-{RUNNING}-signed",
        "zfs-dkms",
        "zfsutils-linux",
        "lvm2",
        "mdadm",
        "grub-pc-bin",
        "grub-efi-amd64-signed",
        "shim-signed",
        "systemd-boot-efi",
        "proxmox-kernel-helper",
        "initramfs-tools",
        "ifupdown2",
        "openssh-server",
        "zfsutils-linux:amd64",
    ],
)
def test_what_a_host_stands_on_is_not_removed(name: str) -> None:
    (problem,) = refuse_removals(removal(name, "something-else"), RUNNING)
    assert (problem.code, problem.where) == ("needed-removed", name)
    assert "--force" in problem.hint


@pytest.mark.parametrize(
    "name",
    ["linux-image-6.12.1-amd64", "proxmox-kernel-6.8.12-4-pve", "vim", "libzfs4linux", "grub-doc"],
)
def test_anything_else_may_go(name: str) -> None:
    assert refuse_removals(removal(name), RUNNING) == ()


def test_an_upgrade_of_what_is_needed_is_no_removal() -> None:
    change = PackageChange.between("proxmox-ve", "8.0", "9.0")
    assert refuse_removals(Upgrade(changes=(change,)), RUNNING) == ()


def package(name: str, version: str = "1", state: str = "ii ") -> Package:
    return Package(name=name, version=version, state=state)


def test_what_dpkg_has_not_finished_comes_first() -> None:
    fine = (package("a"), package("b", state="rc "))
    assert refuse_state(fine, was_interrupted=False) == ()
    many = [package(f"p{number}", state="iF ") for number in range(10)]
    interrupted, unfinished = refuse_state((*fine, *many), was_interrupted=True)
    assert interrupted.code == "dpkg-interrupted"
    assert unfinished.message == ("has not finished with p0, p1, p2, p3, p4, p5, p6, p7 and 2 more")


def test_what_has_changed_is_what_dpkg_knows() -> None:
    before = (package("same"), package("up"), package("down", "2"), package("gone"))
    now = (package("same"), package("up", "2"), package("down"), package("new"))
    after = (*now, package("gone", state="rc "))
    assert [(one.name, one.kind) for one in changes_between(before, after)] == [
        ("down", Kind.DOWNGRADE),
        ("gone", Kind.REMOVE),
        ("new", Kind.INSTALL),
        ("up", Kind.UPGRADE),
    ]
    assert changes_between(before, before) == ()


@pytest.mark.parametrize(
    ("running", "default", "wish", "reasons"),
    [
        ("6.1", "6.1", None, []),
        ("6.1", "6.2", None, ["the kernel 6.1 runs, and 6.2 would start"]),
        (None, "6.2", None, []),
        ("6.1", None, None, []),
        ("6.1", "6.1", (), ["a package asks for it"]),
        ("6.1", "6.1", ("libc6", "dbus"), ["libc6, dbus ask for it"]),
    ],
)
def test_why_to_restart(
    running: str | None, default: str | None, wish: tuple[str, ...] | None, reasons: list[str]
) -> None:
    assert list(reboot_reasons(running, default, wish)) == reasons


MIXED = Upgrade(
    changes=(
        PackageChange.between("extra", None, "0.5-2"),
        PackageChange.between("hello", "1.0", "1.1"),
        PackageChange.between("gone", "1.0", None),
        PackageChange.between("pinned", "2.0", "1.5"),
    ),
    kept_back=("held",),
)


def test_a_plan_in_words() -> None:
    assert render_upgrade(MIXED) == (
        "remove     gone    1.0\n"
        "install    extra   0.5-2\n"
        "upgrade    hello   1.0 -> 1.1\n"
        "downgrade  pinned  2.0 -> 1.5\n"
        "Kept as they are, though newer ones exist: held.\n"
        "Packages: 1 to remove, 1 to install, 1 to upgrade, 1 to downgrade.\n"
        "A configuration file that was changed here stays as it is; the new one is put beside"
        " it.\n"
    )
    assert render_upgrade(Upgrade()) == "Every package is up to date: nothing to do.\n"
    assert render_counts(Upgrade()) == "Every package is up to date: nothing to do."


def test_an_outcome_in_words() -> None:
    outcome = Outcome(changed=MIXED.changes[1:2], set_aside=("/etc/a.dpkg-dist",), reboot=("why",))
    assert render_outcome(outcome) == (
        "upgrade    hello  1.0 -> 1.1\n"
        "A new version of a file that was changed here lies beside it: /etc/a.dpkg-dist\n"
        "A restart is due: why.\n"
    )
    assert render_outcome(Outcome()) == "No package has changed.\nNo restart is due.\n"


def test_apt_may_do_what_was_agreed_to_and_nothing_else() -> None:
    upgrades = Upgrade(changes=MIXED.changes[1:2])
    for words in (apt_argv.fetch_upgrade, apt_argv.install_upgrade):
        assert "--no-remove" in words(upgrades)
        assert "--allow-downgrades" not in words(upgrades)
        assert "--no-remove" not in words(MIXED)
        assert "--allow-downgrades" in words(MIXED)
        assert words(upgrades)[:3] == ("apt-get", "dist-upgrade", "--yes")
    assert not any("allow-remove-essential" in word for word in apt_argv.install_upgrade(MIXED))
    assert apt_argv.update()[:2] == ("apt-get", "update")
