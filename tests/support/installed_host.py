"""What has to be true of an installed host, asked over SSH by programs that are not ours."""

from __future__ import annotations

import json
import re
from typing import Any, assert_never

from testinfra.host import Host

from bedplate.model.facts import FirmwareKind
from bedplate.model.plan import (
    Array,
    BtrfsStorage,
    DiskPlan,
    LvmStorage,
    Plan,
    Role,
    Storage,
    ZfsStorage,
)

# What ZFS 2.3 calls a value that may be given another name; see zfsprops(7).
_CLASSES_OF = {Role.SPECIAL: "special", Role.LOG: "logs", Role.CACHE: "cache"}
_CLASSES = frozenset(_CLASSES_OF.values())
ZFS_WORDS = {("acltype", "posixacl"): "posix", ("xattr", "sa"): "on"}


def check_host(
    host: Host, plan: Plan, name: str, firmware: FirmwareKind, *, whole: bool = True
) -> None:
    """Assert everything that holds for every layout, `whole` or with a disk gone."""
    assert host.run("systemctl is-system-running --wait").stdout.strip() == "running", host.run(
        "systemctl --failed --plain --no-legend"
    ).stdout
    assert host.file("/sys/firmware/efi").exists == (firmware is FirmwareKind.UEFI)
    assert host.check_output("hostname") == name
    assert host.check_output("hostname --fqdn") == plan.hostname
    assert host.check_output("findmnt --noheadings --types vfat || true") == ""
    if whole:  # a swap partition that is gone is an error to findmnt, and none to systemd
        # It warns of two swap partitions, for both have `none` as their target.
        verified = host.run("findmnt --verify 2>&1").stdout
        assert re.search(r"^Success, no errors|^0 parse errors, 0 errors", verified, re.M), verified
    assert re.fullmatch(r"[0-9a-f]{32}", host.file("/etc/machine-id").content_string.strip())
    assert host.file("/etc/hostid").size == 4
    assert host.check_output("uname -r") == plan.boot.kernel
    assert host.check_output("locale | grep ^LANG=") == "LANG=en_US.UTF-8"
    assert host.check_output("passwd --status root").split()[1] == "P"
    check_network(host)
    check_files(host, plan)


def check_network(host: Host) -> None:
    """Assert that the bridge has the address and the default route."""
    addresses = json.loads(host.check_output("ip -json -4 address show dev vmbr0"))
    assert [a["operstate"] for a in addresses] == ["UP"]
    assert len(addresses[0]["addr_info"]) == 1
    (route,) = json.loads(host.check_output("ip -json route show default"))
    assert route["dev"] == "vmbr0"
    assert host.service("networking").is_running
    assert host.service("ssh").is_enabled
    assert host.service("systemd-timesyncd").is_running


def check_files(host: Host, plan: Plan) -> None:
    """Assert that planned files are there with their modes; some change while a host runs."""
    regular = [planned for planned in plan.files if planned.link is None]
    stat = host.check_output("stat --format '%a %n' " + " ".join(f.path for f in plan.files))
    modes = {path: mode for mode, path in map(str.split, stat.splitlines())}
    assert {f.path: f"{f.mode:o}" for f in regular}.items() <= modes.items()
    kept = {"/etc/fstab", "/etc/hosts", "/etc/kernel/cmdline", "/etc/network/interfaces"}
    for planned in plan.files:
        if planned.path in kept:
            assert host.file(planned.path).content_string == planned.content, planned.path


def check_table(host: Host, disk: DiskPlan) -> None:
    """Assert that a disk's partitions lie where they were planned."""
    by_id = f"/dev/disk/by-id/{disk.id}"
    table: dict[str, Any] = json.loads(host.check_output("sfdisk --json %s", by_id))
    assert [
        (p["start"], p["start"] + p["size"] - 1, p["type"].lower())
        for p in sorted(table["partitiontable"]["partitions"], key=lambda p: int(p["start"]))
    ] == [
        (p.first_sector, p.last_sector, p.type_guid)
        for p in sorted(disk.partitions, key=lambda p: p.first_sector)
    ]


def check_storage(host: Host, storage: Storage, *, health: str) -> None:
    """Assert that the pool, the volumes or the btrfs are as planned; `health` is ZFS's word."""
    match storage:
        case ZfsStorage():
            check_pool(host, storage, health=health)
        case LvmStorage(array=array):
            check_volumes(host, storage)
            if array is not None:
                check_array(host, storage, array, health=health)
        case BtrfsStorage():
            check_btrfs(host, storage, health=health)
        case other:
            assert_never(other)


def check_pool(host: Host, storage: ZfsStorage, *, health: str) -> None:
    """Assert the pool's health, its datasets and their properties."""
    assert host.check_output("zpool list -Ho health %s", storage.pool) == health
    assert host.check_output("zpool get -Ho value ashift %s", storage.pool) == str(storage.ashift)
    assert host.check_output("zpool get -Ho value bootfs %s", storage.pool) == storage.root_dataset
    assert host.check_output("findmnt -no SOURCE /") == storage.root_dataset
    tree = host.check_output("zpool list -vHo name %s", storage.pool).split()
    groups = [
        name.rpartition("-")[0] for name in tree if re.fullmatch(r"(mirror|raidz\d)-\d+", name)
    ]
    assert groups == [vdev.type for vdev in storage.vdevs if vdev.type != "stripe"]
    assert [word for word in tree if word in _CLASSES] == [
        _CLASSES_OF[vdev.role] for vdev in storage.vdevs if vdev.role in _CLASSES_OF
    ]
    names = host.check_output("zfs list -Hro name %s", storage.pool).splitlines()
    assert names == sorted([storage.pool, *(dataset.name for dataset in storage.datasets)])
    wanted = {
        (name, key, ZFS_WORDS.get((key, value), value))
        for name, properties in (
            (storage.pool, storage.properties),
            *((dataset.name, dataset.properties) for dataset in storage.datasets),
        )
        for key, value in properties.items()
    }
    keys = ",".join(sorted({key for _, key, _ in wanted}))
    said = host.check_output("zfs get -rHo name,property,value %s %s", keys, storage.pool)
    assert wanted - {tuple(line.split("\t")) for line in said.splitlines()} == set()
    assert host.check_output("zfs get -Ho value sync %s", storage.pool) == "standard"
    # Nothing is left of a stream that the root was received from.
    assert host.check_output("zfs list -Hro name -t snapshot %s", storage.pool) == ""
    assert host.check_output("zfs get -Hr -s received all %s", storage.pool) == ""


def check_swap(host: Host, plan: Plan, *, gone: int) -> None:
    """Assert that all swap partitions of the plan are in use but for so many whose disk is gone."""
    planned = {step.uuid for step in plan.steps if step.kind == "format-swap"}
    used = host.check_output("swapon --noheadings --raw --show=UUID").split()
    assert len(used) == len(planned) - gone > 0
    assert planned.issuperset(used)
    assert host.check_output("sysctl -n vm.swappiness") == "10"


def check_volumes(host: Host, storage: LvmStorage) -> None:
    """Assert that the volumes have the planned sizes, and are used as they should be."""
    columns = "lv_name,lv_size,lv_metadata_size"
    options = f"--reportformat json --units b --nosuffix -o {columns} {storage.vg}"
    report = json.loads(host.check_output(f"lvs {options}"))["report"][0]["lv"]
    found = {v["lv_name"]: (int(v["lv_size"]), v["lv_metadata_size"]) for v in report}
    assert found == {
        v.name: (v.size_bytes, str(v.metadata_size_bytes or "")) for v in storage.volumes
    }
    root = storage.volume("root")
    assert host.check_output("findmnt -no FSTYPE,UUID /").split() == [root.filesystem, root.uuid]
    swap = host.check_output("swapon --noheadings --raw --show=UUID")
    assert swap == storage.volume("swap").uuid


def check_array(host: Host, storage: LvmStorage, array: Array, *, health: str) -> None:
    """Assert that the group is on the planned array, which is watched and may synchronise."""
    node = f"/dev/md/{array.name}"
    said = host.check_output("mdadm --detail --export %s", node)
    found = dict(line.split("=", 1) for line in said.splitlines())
    assert found["MD_UUID"].replace(":", "") == array.uuid.replace("-", "")
    assert (found["MD_LEVEL"], found["MD_DEVICES"]) == ("raid1", str(len(array.members)))
    assert found["MD_DEVNAME"] == array.name
    assert host.check_output("blockdev --getsize64 %s", node) == str(array.size_bytes)
    kernel_name = host.check_output("basename $(realpath %s)", node)
    attributes = f"/sys/class/block/{kernel_name}/md"
    gone = int(host.file(f"{attributes}/degraded").content_string)
    assert gone == (0 if health == "ONLINE" else 1)
    assert host.file(f"{attributes}/sync_action").content_string.strip() in ("resync", "idle")
    pvs = host.check_output("pvs --noheadings -o pv_name -S vg_name=%s", storage.vg).split()
    assert [host.check_output("realpath %s", pv) for pv in pvs] == [f"/dev/{kernel_name}"]
    assert host.service("mdmonitor").is_running


def check_btrfs(host: Host, storage: BtrfsStorage, *, health: str) -> None:
    """Assert profiles, devices, options and subvolumes; a degraded one has exactly one gap."""
    missing = 1 if health == "DEGRADED" else 0
    assert host.check_output("findmnt -no FSTYPE,UUID /").split() == ["btrfs", storage.uuid]
    options = host.check_output("findmnt -no OPTIONS /").split(",")
    assert {"rw", "subvolid=5"} <= set(options)
    assert ("degraded" in options) == (health == "DEGRADED")
    assert [o for o in storage.options if not any(have.startswith(o) for have in options)] == []
    shown = host.check_output("btrfs filesystem show --raw /")
    devices = re.findall(r"^\s+devid\s+\d+ size \d+ used \d+ path (.*)$", shown, re.MULTILINE)
    assert (len(devices), len([d for d in devices if "MISSING" in d])) == (
        len(storage.members),
        missing,
    )
    used = host.check_output("btrfs filesystem df --raw /")
    profiles = set(re.findall(r"^(Data|Metadata), (\w+):", used, re.MULTILINE))
    words = {"Data": storage.data.value.upper(), "Metadata": storage.metadata.value.upper()}
    words = {kind: word.replace("SINGLE", "single") for kind, word in words.items()}
    assert set(words.items()) <= profiles
    listed = host.check_output("btrfs subvolume list --sort=path /").splitlines()
    assert [line.split(" path ")[1] for line in listed] == sorted(storage.subvolumes)
    log = host.check_output("dmesg")
    assert ("mounting it degraded" in log) == (health == "DEGRADED")
