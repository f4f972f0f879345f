"""Storage is made: what is done, what was done already, and what is never done twice."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply import storage
from bedplate.apply.storage import Storing
from bedplate.errors import ApplyError
from bedplate.model.disk_change import Action, DiskChange
from bedplate.model.plan import Role, Vdev
from bedplate.model.step import Phase
from bedplate.model.storage_step import (
    AddVdevs,
    FormatThinVolume,
    GrowThinPool,
    MakeGroup,
    MakePool,
    MakeThinPool,
    MakeThinVolume,
    MountDirectory,
    StorageStep,
    WidenGroup,
)
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from bedplate.run import Result
from bedplate.units import GIB, MIB
from tests.support.storage_hosts import disk

PLAN = DiskChange(action=Action.CREATE, made_for=(disk("c"),), steps=())
HOST = "nsenter --target 1 --mount --"
UUID = "55144548-5e28-489e-b0ec-b055a5d0356c"


@dataclass
class Tools:
    """LVM with these PVs and volumes, ZFS with these pools, and what blkid and mountpoint say."""

    pvs: dict[str, str] = field(default_factory=dict)
    volumes: dict[str, tuple[int, int]] = field(default_factory=dict)
    pools: tuple[str, ...] = ()
    importable: tuple[str, ...] = ()
    uuid: str = ""
    mounted: bool = False
    commands: list[str] = field(default_factory=list)

    def __call__(self, argv: Any, **_options: Any) -> Result:
        words = tuple(map(str, argv))
        match words:
            case ("pvs", *_):
                rows = [
                    {"pv_name": name, "vg_name": vg, "pv_used": "0"}
                    for name, vg in self.pvs.items()
                ]
                return Result(words, 0, json.dumps({"report": [{"pv": rows}]}), "")
            case ("lvs", *_):
                volumes = [
                    {"lv_name": name, "lv_size": str(size), "lv_metadata_size": str(metadata or "")}
                    for name, (size, metadata) in self.volumes.items()
                ]
                return Result(words, 0, json.dumps({"report": [{"lv": volumes}]}), "")
            case ("zpool", "list", *_, pool):
                return Result(words, 0 if pool in self.pools else 1, "", "")
            case (*_, "zpool", "import", "-d", "/by-id/c1", "-d", "/by-id/d1", "-d", _, pool):
                return Result(words, 0 if pool in self.importable else 1, "", "")
            case ("blkid", *_):
                return Result(words, 0 if self.uuid else 2, f"{self.uuid}\n", "")
            case (*_, "mountpoint", "--quiet", _):
                return Result(words, 0 if self.mounted else 32, "", "")
        self.commands.append(" ".join(words))
        return Result(words, 0, "", "")


@pytest.fixture(autouse=True)
def nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partition X of a plan is /dev/X and /by-id/X."""
    monkeypatch.setattr(DiskChange, "partition", lambda _plan, guid: (guid, guid))
    monkeypatch.setattr(storage, "partition_path", lambda guid, _: Path("/dev") / guid)
    monkeypatch.setattr(storage, "stable_path", lambda guid, _: Path("/by-id") / guid)
    monkeypatch.setattr(storage, "settle", lambda _run: None)


def step(kind: type, **more: object) -> Any:
    return kind(id="x", phase=Phase.STORAGE, summary="", **more)


def tank(*members: str) -> tuple[StoreFact, ...]:
    group = MemberGroup(
        type="mirror-0",
        members=tuple(
            MemberFact(id=name, path=f"/dev/{name}", state=MemberState.WELL) for name in members
        ),
    )
    return (StoreFact(kind="zfs", id="1", name="tank", at="tank", groups=(group,)),)


def done(step: StorageStep, tools: Tools, *members: str) -> list[str]:
    Storing(tools, lambda: tank(*members), PLAN).carry_out(step)
    return tools.commands


MAKE_GROUP = step(MakeGroup, vg="vmdata", partition_guids=("c1", "d1"))
WIDEN = step(WidenGroup, vg="vmdata", partition_guids=("d1",))
VGCREATE = "vgcreate --yes vmdata /dev/c1 /dev/d1"
PVCREATE = "pvcreate --yes -ff --metadatasize 250k"


@pytest.mark.parametrize(
    ("step", "pvs", "commands"),
    [
        (MAKE_GROUP, {}, [f"{PVCREATE} /dev/c1 /dev/d1", "vgcreate --yes vmdata /dev/c1 /dev/d1"]),
        (
            MAKE_GROUP,
            {"/dev/c1": ""},
            [f"{PVCREATE} /dev/d1", "vgcreate --yes vmdata /dev/c1 /dev/d1"],
        ),
        (MAKE_GROUP, {"/dev/c1": "vmdata"}, [f"{PVCREATE} /dev/d1", "vgextend vmdata /dev/d1"]),
        (MAKE_GROUP, {"/dev/c1": "vmdata", "/dev/d1": "vmdata"}, []),
        (WIDEN, {"/dev/c1": "vmdata"}, [f"{PVCREATE} /dev/d1", "vgextend vmdata /dev/d1"]),
        (WIDEN, {"/dev/c1": "vmdata", "/dev/d1": "vmdata"}, []),
    ],
    ids=["new", "a PV already", "half a group", "a group already", "wider", "wider already"],
)
def test_a_group_gets_the_pvs_that_it_lacks(
    step: StorageStep, pvs: dict[str, str], commands: list[str]
) -> None:
    assert done(step, Tools(pvs=pvs)) == commands


MAKE_POOL = step(
    MakeThinPool, vg="vmdata", pool="store", size_bytes=GIB, metadata_size_bytes=32 * MIB
)
GROW = step(
    GrowThinPool, vg="vmdata", pool="store", size_bytes=2 * GIB, metadata_size_bytes=64 * MIB
)
VOLUME = step(MakeThinVolume, vg="vmdata", pool="store", volume="vz", size_bytes=GIB)
LVCREATE = f"--size {GIB}b --poolmetadatasize {32 * MIB}b --yes --name store vmdata"
LVEXTEND = [
    f"lvextend --poolmetadatasize {64 * MIB}b vmdata/store",
    f"lvextend --size {2 * GIB}b vmdata/store",
]
THIN = f"lvcreate --type thin --virtualsize {GIB}b --thinpool store --name vz vmdata"


@pytest.mark.parametrize(
    ("step", "volumes", "commands"),
    [
        (MAKE_POOL, {}, [f"lvcreate --type thin-pool {LVCREATE}"]),
        (MAKE_POOL, {"store": (GIB, 32 * MIB)}, []),
        (GROW, {"store": (GIB, 32 * MIB)}, LVEXTEND),
        (GROW, {"store": (GIB, 64 * MIB)}, LVEXTEND[1:]),
        (GROW, {"store": (2 * GIB, 64 * MIB)}, []),
        (VOLUME, {"store": (GIB, 32 * MIB)}, [THIN]),
        (VOLUME, {"store": (GIB, 32 * MIB), "vz": (GIB, 0)}, []),
    ],
)
def test_volumes_are_made_once_and_metadata_grow_first(
    step: StorageStep, volumes: dict[str, tuple[int, int]], commands: list[str]
) -> None:
    assert done(step, Tools(volumes=volumes)) == commands


@pytest.mark.parametrize(
    ("there", "commands"),
    [
        ("", [f"mkfs.ext4 -q -F -U {UUID} /dev/vmdata/vz"]),
        ("another-one", [f"mkfs.ext4 -q -F -U {UUID} /dev/vmdata/vz"]),
        (UUID, []),
    ],
    ids=["nothing", "something else", "its own"],
)
def test_a_file_system_of_this_run_is_never_made_again(there: str, commands: list[str]) -> None:
    asked = step(FormatThinVolume, vg="vmdata", volume="vz", filesystem="ext4", uuid=UUID)
    assert done(asked, Tools(uuid=there)) == commands


@pytest.mark.parametrize("systemd", [True, False])
@pytest.mark.parametrize("mounted", [True, False])
def test_a_directory_is_mounted_for_the_whole_host(
    systemd: bool, mounted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = tmp_path / "srv/vz"
    monkeypatch.setattr(storage, "_SYSTEMD", tmp_path if systemd else tmp_path / "none")
    commands = done(step(MountDirectory, at=str(at)), Tools(mounted=mounted))
    assert at.is_dir()
    assert commands == [
        *(["systemctl daemon-reload"] if systemd else []),
        *([] if mounted else [f"{HOST} mount {at}"]),
    ]


MIRROR = Vdev(type="mirror", members=("c1", "d1"))
LOG = Vdev(type="stripe", members=("n1",), role=Role.LOG)
POOL = step(MakePool, pool="tank", ashift=12, vdevs=(MIRROR, LOG), properties={"compression": "on"})
ADD = step(
    AddVdevs,
    pool="tank",
    ashift=13,
    vdevs=(MIRROR, LOG),
    properties={"special_small_blocks": "4K"},
)
SET = "zfs set special_small_blocks=4K tank"


def test_a_pool_is_made_where_everybody_sees_it_mounted() -> None:
    words = "zpool create -f -o ashift=12 -O compression=on tank"
    assert done(POOL, Tools()) == [f"{HOST} {words} mirror /by-id/c1 /by-id/d1 log /by-id/n1"]


@pytest.mark.parametrize(
    "tools", [Tools(pools=("tank",)), Tools(importable=("tank",))], ids=["there", "forgotten"]
)
def test_a_pool_that_was_made_is_not_made_again(tools: Tools) -> None:
    assert done(POOL, tools, "c1", "d1", "n1") == []


def test_a_pool_of_the_name_that_is_another_is_left_alone() -> None:
    tools = Tools(pools=("tank",))
    with pytest.raises(ApplyError, match="without 2 of the planned vdevs"):
        done(POOL, tools, "x1")
    assert tools.commands == []


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (("x1",), "mirror /by-id/c1 /by-id/d1 log /by-id/n1"),
        (("x1", "c1", "d1"), "log /by-id/n1"),
        (("x1", "n1"), "mirror /by-id/c1 /by-id/d1"),
    ],
)
def test_a_pool_gets_the_vdevs_that_it_lacks(members: tuple[str, ...], words: str) -> None:
    assert done(ADD, Tools(), *members) == [f"zpool add -f -o ashift=13 tank {words}", SET]


def test_a_pool_that_has_them_all_gets_none() -> None:
    assert done(ADD, Tools(), "c1", "d1", "n1") == [SET]
