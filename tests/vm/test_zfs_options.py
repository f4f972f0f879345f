"""What an answer file can ask of a ZFS host: swap, datasets, encryption, fast disks.

Each host is booted on throw-away overlays, so each boot begins with what the installer left.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from testinfra.host import Host

from bedplate.model.facts import FirmwareKind
from bedplate.model.plan import RECORD, Plan, ZfsStorage
from bedplate.model.secret import Secret
from bedplate.units import GIB
from tests.support.installed_host import check_host, check_storage, check_swap, check_table
from tests.support.vm import Installed, VmLab
from tests.vm.conftest import Boot

pytestmark = pytest.mark.full

BIOS, UEFI = FirmwareKind.BIOS, FirmwareKind.UEFI
PASSPHRASE: Final = "a horse that is correct"
# The last table of the answer file is [disk-setup].
WITH_KEY_FILE: Final = """
free = 0.5
zfs.swapsize = 1
zfs.encryption.key = "file"
zfs.dataset.data.mountpoint = "/srv/data"
zfs.dataset.data.recordsize = "64K"
zfs.dataset.var-lib-vz.quota = "2G"
"""
WITH_PASSPHRASE: Final = f"""
zfs.compress = "zstd"
zfs.encryption.key = "passphrase"
zfs.encryption.passphrase = "{PASSPHRASE}"
zfs.dataset.data.mountpoint = "/srv/data"
"""
WITH_ENCRYPTED_ROOT: Final = f"""
zfs.encryption = {{ key = "passphrase", passphrase = "{PASSPHRASE}", dataset = "ROOT" }}
"""
# And here it is [disk-setup.special].
WITH_FAST_DISKS: Final = """
logsize = 1
cachesize = 2
small-blocks = "8K"
[disk-setup.zfs]
swapsize = 1
"""


def plan_of(host: Host) -> Plan:
    return Plan.model_validate_json(host.file(RECORD).content_string)


def root_is_received(plan: Plan) -> bool:
    return any(step.kind == "receive-base" for step in plan.steps)


def key_status(host: Host) -> str:
    return str(host.check_output("zfs get -Ho value keystatus rpool/data"))


def install(lab: VmLab, folder: Path, firmware: FirmwareKind, extra: str, disks: int) -> Installed:
    layout = "zfs-mirror" if disks == 2 else "zfs-mirror-special"
    blank = lab.disks(folder, disks)
    return lab.install(folder, layout, blank, firmware=firmware, name="options", extra=extra)


def test_swap_and_a_dataset_with_a_key_file_survive_the_loss_of_a_disk(
    vm_lab: VmLab, tmp_path: Path, boot: Boot
) -> None:
    installed = install(vm_lab, tmp_path, UEFI, WITH_KEY_FILE, disks=2)
    with boot(installed) as booted:
        host = booted.host
        plan = plan_of(host)
        check_host(host, plan, installed.name, UEFI)
        check_storage(host, plan.storage, health="ONLINE")
        for disk in plan.disks:
            check_table(host, disk)
            end = (disk.partitions[-1].last_sector + 1) * disk.sector_size
            assert disk.size_bytes - end >= GIB // 2
        check_swap(host, plan, gone=0)
        assert root_is_received(plan)
        check_key_file(host, plan)
    with boot(installed, disks=installed.disks[1:]) as booted:
        host = booted.host
        check_host(host, plan, installed.name, UEFI, whole=False)
        check_storage(host, plan.storage, health="DEGRADED")
        check_swap(host, plan, gone=1)
        assert key_status(host) == "available"


def check_key_file(host: Host, plan: Plan) -> None:
    """Assert that the dataset is unlocked by a file that only root can read, and locked without."""
    assert isinstance(plan.storage, ZfsStorage)
    key = next(one.key_file for one in plan.storage.datasets if one.key_file)
    assert host.check_output(f"stat --format '%a %U %s' {key}") == "600 root 32"
    assert host.check_output(f"stat --format '%a %U' {Path(key).parent}") == "700 root"
    assert key_status(host) == "available"
    assert host.check_output("findmnt -no SOURCE /srv/data") == "rpool/data"
    # Without the file, which somebody may have taken away, the unit is skipped and does not fail.
    unit = "bedplate-load-key.service"
    host.check_output("zfs unmount rpool/data && zfs unload-key rpool/data")
    host.check_output(f"mv {key} /run/taken && systemctl restart {unit}")
    assert (host.service(unit).is_running, key_status(host)) == (False, "unavailable")
    host.check_output(f"mv /run/taken {key} && systemctl restart {unit}")
    assert (host.service(unit).is_running, key_status(host)) == (True, "available")
    assert host.check_output("systemctl --failed --plain --no-legend") == ""


def test_fast_disks_take_metadata_log_cache_and_swap(
    vm_lab: VmLab, tmp_path: Path, boot: Boot
) -> None:
    installed = install(vm_lab, tmp_path, UEFI, WITH_FAST_DISKS, disks=4)
    with boot(installed) as booted:
        plan = plan_of(booted.host)
        check_host(booted.host, plan, installed.name, UEFI)
        check_storage(booted.host, plan.storage, health="ONLINE")
        check_swap(booted.host, plan, gone=0)
        for disk in plan.disks:
            check_table(booted.host, disk)
    # One of the data and one of the fast disks are left, and it is the fast one that starts first.
    left = (installed.disks[3], installed.disks[1])
    with boot(installed, disks=left, keep_variables=False) as booted:
        check_host(booted.host, plan, installed.name, UEFI, whole=False)
        check_storage(booted.host, plan.storage, health="DEGRADED")
        check_swap(booted.host, plan, gone=1)


def test_a_dataset_with_a_passphrase_stays_locked_and_stops_nothing(
    vm_lab: VmLab, tmp_path: Path, boot: Boot
) -> None:
    installed = install(vm_lab, tmp_path, BIOS, WITH_PASSPHRASE, disks=2)
    with boot(installed) as booted:
        host = booted.host
        plan = plan_of(host)
        check_host(host, plan, installed.name, BIOS)
        check_storage(host, plan.storage, health="ONLINE")
        assert root_is_received(plan) is False  # or its blocks would be compressed by lz4
        assert key_status(host) == "unavailable"
        assert not host.mount_point("/srv/data").exists
        host.check_output("! echo 'not the passphrase' | zfs load-key rpool/data")
        host.check_output(f"echo '{PASSPHRASE}' | zfs load-key rpool/data && zfs mount rpool/data")
        assert host.mount_point("/srv/data").filesystem == "zfs"
        # Nowhere on the host is it written down.
        assert PASSPHRASE not in plan.model_dump_json()
        found = f"grep -rIlF '{PASSPHRASE}' /etc /var /root /boot /run/log 2>/dev/null || true"
        assert host.check_output(found) == ""


def test_an_encrypted_root_starts_once_its_passphrase_is_typed_in(
    vm_lab: VmLab, tmp_path: Path, boot: Boot
) -> None:
    installed = install(vm_lab, tmp_path, BIOS, WITH_ENCRYPTED_ROOT, disks=2)
    with boot(installed, passphrase=Secret(PASSPHRASE)) as booted:
        plan = plan_of(booted.host)
        check_host(booted.host, plan, installed.name, BIOS)
        check_storage(booted.host, plan.storage, health="ONLINE")
        assert root_is_received(plan) is False
