"""A bare machine becomes a host: installed, booted, and looked at from inside.

Each layout is installed once under each firmware, and every disk of a redundant one is then made to
start the host alone. Hosts are booted on throw-away overlays, so each boot begins with exactly what
the installer left. Tests of one layout go to one worker, which has its hosts.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from testinfra.host import Host

from bedplate.config.layouts import load_layouts
from bedplate.errors import ExitCode
from bedplate.lab.disks import overlay
from bedplate.model.facts import FirmwareKind
from bedplate.model.plan import ZfsStorage
from tests.support.installed_host import check_host, check_storage, check_table
from tests.vm.conftest import Boot, Hosts


def row(layout: str, *values: object, full: bool = False) -> ParameterSet:
    """A row of a table whose first column is the layout."""
    marks = (pytest.mark.xdist_group(layout), *((pytest.mark.full,) if full else ()))
    return pytest.param(layout, *values, marks=marks)


BIOS, UEFI = FirmwareKind.BIOS, FirmwareKind.UEFI
LAYOUTS = ("zfs-mirror", "lvm-thin")
OTHERS = sorted({layout.name for layout in load_layouts()} - {*LAYOUTS})
# The storage that starts in a way of its own; pools and btrfs have their everyday tests elsewhere.
EVERY_DAY = {"lvm-mirror"}
REDUNDANT = ("zfs-mirror", "lvm-mirror", "btrfs-raid1")
# Every day `test_replace` starts a mirror from either of its disks, with another one gone.
LOSSES = [row(*loss, full=True) for loss in product(REDUNDANT, FirmwareKind, (0, 1))]
# Every day, each storage and each firmware; an hour has no room for the fourth.
PLANNED = [
    row("zfs-mirror", BIOS),
    row("zfs-mirror", UEFI),
    row("lvm-thin", BIOS),
    row("lvm-thin", UEFI, full=True),
]


@pytest.mark.parametrize(("layout", "firmware"), PLANNED)
def test_an_installed_host_is_what_was_planned(
    layout: str, firmware: FirmwareKind, hosts: Hosts, boot: Boot
) -> None:
    installed = hosts.install(layout, firmware)
    with boot(installed) as booted:
        plan = hosts.look(installed.name, booted.host)
        check_host(booted.host, plan, installed.name, firmware)
        for disk in plan.disks:
            check_table(booted.host, disk)
        check_storage(booted.host, plan.storage, health="ONLINE")
        if firmware is UEFI:
            entries = booted.host.check_output("efibootmgr")
            serials = [disk.serial for disk in installed.disks]
            assert [s for s in serials if f"bedplate {s}" in entries] == serials


@pytest.mark.parametrize("layout", [row(name, full=name not in EVERY_DAY) for name in OTHERS])
def test_every_other_layout_is_installed_and_starts(layout: str, hosts: Hosts, boot: Boot) -> None:
    # By turns under either firmware: the storage is what differs, and each layout once is enough.
    firmware = (BIOS, UEFI)[OTHERS.index(layout) % 2]
    installed = hosts.install(layout, firmware)
    with boot(installed) as booted:
        plan = hosts.look(installed.name, booted.host)
        check_host(booted.host, plan, installed.name, firmware)
        check_storage(booted.host, plan.storage, health="ONLINE")


@pytest.mark.parametrize(("layout", "firmware", "gone"), LOSSES)
def test_a_mirror_starts_with_either_disk_gone(
    layout: str, firmware: FirmwareKind, gone: int, hosts: Hosts, boot: Boot
) -> None:
    installed = hosts.install(layout, firmware)
    left = tuple(disk for number, disk in enumerate(installed.disks) if number != gone)
    with boot(installed, disks=left) as booted:
        plan = hosts.look(installed.name, booted.host)
        check_host(booted.host, plan, installed.name, firmware)
        check_storage(booted.host, plan.storage, health="DEGRADED")
        what = "pool" if isinstance(plan.storage, ZfsStorage) else "array"
        assert found_by_doctor(booted.host) == {"esp-missing", f"{what}-degraded"}


def found_by_doctor(host: Host) -> set[str]:
    """The codes of what is wrong with the host as a whole."""
    said = host.run("bedplate doctor --json")
    assert said.rc == ExitCode.DIFFERS
    return {problem["code"] for problem in json.loads(said.stdout)["problems"]}


@pytest.mark.full
@pytest.mark.xdist_group("btrfs-raid1")
def test_a_disk_that_was_away_is_left_out_of_a_btrfs_until_it_is_replaced(
    hosts: Hosts, boot: Boot, tmp_path: Path
) -> None:
    first = hosts.install("btrfs-raid1", UEFI)
    disks = tuple(overlay(disk, tmp_path) for disk in first.disks)
    installed = replace(first, disks=disks)
    with boot(installed, disks=disks[:1], snapshot=False) as booted:
        plan = hosts.look(installed.name, booted.host)
        check_storage(booted.host, plan.storage, health="DEGRADED")
        booted.host.check_output("echo written meanwhile >/root/news && sync")
    # It is there again, but does not know the news: nothing may be read from it.
    with boot(installed, snapshot=False) as booted:
        check_host(booted.host, plan, installed.name, UEFI)
        check_storage(booted.host, plan.storage, health="DEGRADED")
        assert booted.host.file("/root/news").content_string == "written meanwhile\n"
        log = booted.host.check_output("journalctl --boot --dmesg --identifier bedplate")
        assert "missed writes while it was away and is left out" in log
        member = f"/dev/disk/by-id/{plan.disks[1].id}-part3"
        # With what is on it, btrfs takes it for a part of what is mounted.
        booted.host.check_output("wipefs --all %s", member)
        booted.host.check_output("btrfs replace start -f -B 2 %s /", member)
        soft = "-dconvert=raid1,soft -mconvert=raid1,soft"
        booted.host.check_output(f"btrfs balance start {soft} /")
    with boot(installed, disks=disks[1:]) as booted:
        check_storage(booted.host, plan.storage, health="DEGRADED")
        assert booted.host.file("/root/news").content_string == "written meanwhile\n"
    with boot(installed) as booted:
        check_storage(booted.host, plan.storage, health="ONLINE")


@pytest.mark.full  # every-day runs start each host under its own firmware
@pytest.mark.parametrize("layout", [row(name) for name in LAYOUTS])
def test_a_host_installed_under_bios_starts_under_a_uefi_that_never_saw_it(
    layout: str, hosts: Hosts, boot: Boot
) -> None:
    installed = hosts.install(layout, BIOS)
    with boot(installed, firmware=UEFI, keep_variables=False) as booted:
        plan = hosts.look(installed.name, booted.host)
        check_host(booted.host, plan, installed.name, UEFI)


@pytest.mark.full
@pytest.mark.xdist_group("zfs-mirror")
def test_a_host_installed_under_uefi_starts_under_bios(hosts: Hosts, boot: Boot) -> None:
    installed = hosts.install("zfs-mirror", UEFI)
    with boot(installed, firmware=BIOS) as booted:
        plan = hosts.look(installed.name, booted.host)
        check_host(booted.host, plan, installed.name, BIOS)


@pytest.mark.xdist_group("zfs-mirror")
def test_two_installs_share_no_identity(hosts: Hosts, boot: Boot) -> None:
    for firmware in FirmwareKind:
        installed = hosts.install("zfs-mirror", firmware)
        if installed.name not in hosts.identities:
            with boot(installed) as booted:
                hosts.look(installed.name, booted.host)
    machine_ids, host_ids = zip(*hosts.identities.values(), strict=True)
    assert len(set(machine_ids)) == len(set(host_ids)) == len(hosts.identities) >= 2
