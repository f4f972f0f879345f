"""Pools, imported and importable, as ZFS 2.3.9 lists them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import BedplateError, CommandError, FactsError, Problem
from bedplate.facts.signatures import parse_wipefs
from bedplate.facts.tools import MissingTool
from bedplate.facts.zfs import (
    parse_zpool_import,
    parse_zpool_list,
    places_of_pools,
    probe_importable_pools,
    probe_imported_pools,
    with_members,
    with_mounts,
)
from bedplate.model.facts import (
    ZFS_MODULE,
    DiskFact,
    LayerFact,
    LayerKind,
    PartitionFact,
    PoolFact,
    Signature,
)
from bedplate.model.mountinfo import parse_mountinfo
from bedplate.units import MIB
from tests.captures import captured
from tests.unit.facts.recorded import Answer, Recorded

LIST = "zpool list -HvLP -o name,guid,health"
IMPORT = "zpool import"
NONE = "no pools available to import\n"

RPOOL = PoolFact(
    name="rpool",
    guid="1728548431852481443",
    state="ONLINE",
    imported=True,
    members=("/dev/sda2", "/dev/sdb2", "/dev/sdc1", "/dev/sdd1"),
)
SPACED = PoolFact(
    name="my pool",
    guid="15326581462577508343",
    state="ONLINE",
    imported=True,
    members=("/dev/sdg1",),
)
TANK = PoolFact(
    name="tank",
    guid="501963361370518854",
    state="ONLINE",
    imported=True,
    members=("/dev/sde1", "/dev/sdf1"),
)
EXPORTED = (
    SPACED.model_copy(update={"imported": False, "members": ()}),
    TANK.model_copy(update={"imported": False, "members": (), "state": "DEGRADED"}),
)


@pytest.mark.parametrize(
    ("text", "pools"),
    [
        pytest.param(captured("zpool-list-2.3.9.txt"), (SPACED, RPOOL, TANK), id="three-pools"),
        pytest.param(
            captured("zpool-list-degraded-2.3.9.txt"),
            (RPOOL.model_copy(update={"state": "DEGRADED"}),),
            id="a-member-offline",
        ),
        pytest.param("", (), id="none"),
    ],
)
def test_imported_pools(text: str, pools: tuple[PoolFact, ...]) -> None:
    assert parse_zpool_list(text) == pools


def test_importable_pools() -> None:
    assert parse_zpool_import(captured("zpool-import-2.3.9.txt")) == EXPORTED


@pytest.mark.parametrize("text", ["", NONE])
def test_nothing_to_import(text: str) -> None:
    assert parse_zpool_import(text) == ()


@pytest.mark.parametrize("text", ["rpool\tONLINE\n", "\t/dev/sda\t1\n", "rpool\tguid\tONLINE\n"])
def test_another_list_is_refused(text: str) -> None:
    with pytest.raises(FactsError, match="zpool list"):
        parse_zpool_list(text)


@pytest.mark.parametrize("text", ["usage: import\n", "  pool: a\n state: ONLINE\n", " state:\n"])
def test_another_listing_is_refused(text: str) -> None:
    with pytest.raises(FactsError, match="zpool import"):
        parse_zpool_import(text)


def disk_with_pool(path: str, guid: str) -> DiskFact:
    label = (Signature(kind="zfs_member", label="tank", uuid=guid),)
    partition = PartitionFact(
        number=1, path=f"{path}1", first_sector=2048, last_sector=4095, size_bytes=MIB
    ).model_copy(update={"signatures": label})
    return DiskFact(
        path=path,
        size_bytes=MIB,
        sector_size=512,
        physical_sector_size=512,
        partitions=(partition,),
    )


def test_members_of_importable_pools_are_found_by_their_labels() -> None:
    disks = (disk_with_pool("/dev/sde", TANK.guid), disk_with_pool("/dev/sdg", SPACED.guid))
    assert with_members((RPOOL, *EXPORTED), disks) == (
        RPOOL,
        EXPORTED[0].model_copy(update={"members": ("/dev/sdg1",)}),
        EXPORTED[1].model_copy(update={"members": ("/dev/sde1",)}),
    )


# A cache device is labelled, too, but its label does not say for which pool.
def test_the_label_that_wipefs_sees_has_the_guid_that_zpool_says() -> None:
    labels = {
        signature.uuid
        for found in parse_wipefs(captured("wipefs-zfs-2.41.5.json")).values()
        for signature in found
        if signature.kind == "zfs_member" and signature.uuid is not None
    }
    listed = parse_zpool_list(captured("zpool-list-2.3.9.txt"))
    assert labels == {pool.guid for pool in listed}


def test_zpool_is_asked_for_imported_pools() -> None:
    listed = captured("zpool-list-degraded-2.3.9.txt").replace("DEGRADED", "ONLINE", 1)
    assert probe_imported_pools(Recorded({LIST: listed})) == (RPOOL,)


@pytest.mark.parametrize(
    ("importable", "pools"),
    [
        pytest.param(captured("zpool-import-2.3.9.txt"), EXPORTED, id="some"),
        # 2.3 ends with 0 in this case, older ones with 1.
        pytest.param((0, "", NONE), (), id="none"),
        pytest.param((1, "", NONE), (), id="none-as-a-failure"),
    ],
)
def test_pools_that_could_be_imported(importable: Answer, pools: tuple[PoolFact, ...]) -> None:
    run = Recorded({f"{IMPORT} -d /dev/sde1 -d /dev/dm-0": importable})
    assert probe_importable_pools(run, ["/dev/sde1", "/dev/dm-0"]) == pools


def test_zpool_is_not_asked_where_no_pool_can_be() -> None:
    assert probe_importable_pools(Recorded({}), ()) == ()


def test_pools_may_lie_on_what_is_labelled_and_on_what_nobody_read(tmp_path: Path) -> None:
    """What is built on the disks was read, and what is suspended would not answer."""
    for name in ("sda", "dm-1/dm", "dm-0", "dm-2/dm", "dm-3", "loop0", "zd0"):
        (tmp_path / "sys/class/block" / name).mkdir(parents=True)
    for name, suspended in (("dm-1", "0\n"), ("dm-2", "1\n")):
        (tmp_path / "sys/class/block" / name / "dm/suspended").write_text(suspended)
    read = LayerFact(
        path="/dev/mapper/x", node="/dev/dm-3", kind=LayerKind.CRYPT, on=("/dev/sde2",)
    )
    labelled = disk_with_pool("/dev/sde", TANK.guid).model_copy(update={"layers": (read,)})
    other = DiskFact(path="/dev/sdf", size_bytes=MIB, sector_size=512, physical_sector_size=512)
    assert places_of_pools((other, labelled), tmp_path) == ("/dev/sde1", "/dev/dm-0", "/dev/dm-1")


def test_a_failing_import_listing_is_an_error() -> None:
    run = Recorded({f"{IMPORT} -d /dev/sde1": (1, "", "internal error: out of memory")})
    with pytest.raises(FactsError, match="out of memory"):
        probe_importable_pools(run, ["/dev/sde1"])


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        pytest.param(CommandError(Problem("tool-missing", "zpool", "no")), "zpool", id="tool"),
        pytest.param((1, "", captured("zpool-list-no-module-2.3.9.txt")), ZFS_MODULE, id="module"),
    ],
)
def test_no_zfs_here(answer: Answer | BedplateError, missing: str) -> None:
    with pytest.raises(MissingTool) as caught:
        probe_imported_pools(Recorded({LIST: answer}))
    assert caught.value.tool == missing
    with pytest.raises(MissingTool) as caught:
        probe_importable_pools(Recorded({f"{IMPORT} -d /dev/sde1": answer}), ["/dev/sde1"])
    assert caught.value.tool == missing


MOUNTINFO = """\
24 1 0:22 / / rw - overlay overlay rw
35 24 0:30 / /tank rw - zfs tank rw
36 24 0:31 / /srv/guests rw - zfs tank/vm/guests rw
37 24 0:32 / /mine rw - zfs my\\040pool/x rw
38 24 0:33 / /tanks rw - zfs tanks rw
39 24 8:1 / /tank/boot rw - ext4 tank rw
"""


def test_where_the_file_systems_of_imported_pools_are_mounted() -> None:
    mounts = parse_mountinfo(MOUNTINFO)
    exported = EXPORTED[1]
    assert [pool.mounts for pool in with_mounts((TANK, SPACED, RPOOL, exported), mounts)] == [
        ("/tank", "/srv/guests"),
        ("/mine",),
        (),
        (),
    ]
