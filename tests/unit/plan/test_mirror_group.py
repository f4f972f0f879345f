"""A volume group on a partition comes to be on a mirror: the steps, the sizes, the refusals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bedplate.errors import RefusedError
from bedplate.model.boot_files import ESP_LIST
from bedplate.model.disk_change import (
    AttachArray,
    AwaitMembers,
    ChangeHost,
    DiskChange,
    MakeArray,
    MoveVolumes,
    UnmountEsp,
)
from bedplate.model.esp import EspFact, EspFacts, UuidList
from bedplate.model.facts import DiskFact, LayerFact, LayerKind, VolumeGroupFact
from bedplate.model.gpt import LINUX_RAID_TYPE, LVM_TYPE
from bedplate.model.known_disk import KNOWN_DISKS, KnownDisks
from bedplate.model.plan import Role
from bedplate.model.smart import SmartFact, SmartState
from bedplate.model.store import StoreFact
from bedplate.plan.attach import AttachInput, plan_attachment
from bedplate.plan.ids import Ids
from bedplate.render.disk_change_text import render_disk_change
from bedplate.units import GIB, MIB
from tests.unit.plan.builders import disk, machine
from tests.unit.plan.esps import A as KERNEL
from tests.unit.plan.esps import asked as sync_asked
from tests.unit.plan.esps import blank
from tests.unit.plan.stores import boot_disk

EXTENT = 4 * MIB
DATA_BYTES = 15 * GIB
UUID = "abcdef-" + "-".join(["0123"] * 5) + "-456789"
FSTAB = "/dev/pve/root / ext4 defaults 0 1\nUUID=0001-AAAA /boot/efi vfat umask=0077 0 1\n"
MANAGED = UuidList(ids=("0001-AAAA",))
NEW = disk("c")


def old_disk(root_at: str = "/", **of_esp: object) -> DiskFact:
    """The boot disk, with the volumes of its group."""
    plain = boot_disk("a")
    bios, esp, data = plain.partitions
    layer = LayerFact(
        path="/dev/mapper/pve-root",
        node="/dev/dm-0",
        kind=LayerKind.LVM,
        on=(data.path,),
        uuid=f"LVM-{UUID.replace('-', '')}{'r' * 32}",
        mounts=(root_at,),
    )
    data = data.model_copy(update={"type_guid": LVM_TYPE})
    partitions = (bios, esp.model_copy(update=of_esp), data)
    return plain.model_copy(update={"partitions": partitions, "layers": (layer,)})


def group(free_bytes: int = GIB, **more: object) -> VolumeGroupFact:
    """What is on the third partition: as many extents as there is room for."""
    size = (DATA_BYTES - MIB) // EXTENT * EXTENT
    plain = VolumeGroupFact(
        name="pve",
        uuid=UUID,
        size_bytes=size,
        free_bytes=free_bytes,
        extent_bytes=EXTENT,
        pvs=("/dev/sda3",),
    )
    return plain.model_copy(update=more)


def asked(
    *,
    old: DiskFact | None = None,
    new: DiskFact = NEW,
    vg: VolumeGroupFact | None = None,
    listed: UuidList | None = None,
    esp: EspFact | None = None,
    others: Iterable[DiskFact] = (),
    **more: object,
) -> AttachInput:
    old = old or old_disk(mounts=("/boot/efi",))
    esp = esp or blank(1, disk=old.id, mounts=old.partitions[1].mounts)
    facts = machine(old, new, *others).model_copy(update={"volume_groups": (vg or group(),)})
    given = AttachInput(
        facts=facts,
        stores=(),
        esps=EspFacts(listed=listed, esps=(esp,)),
        fstab=FSTAB,
        sync=sync_asked([esp], [KERNEL], listed=[]),
    )
    return replace(given, **more)  # type: ignore[arg-type]  # fields of the input


def planned(given: AttachInput) -> DiskChange:
    return plan_attachment(given, Ids(b"seed"))


def one(plan: DiskChange, kind: type) -> object:
    (found,) = (step for step in plan.steps if isinstance(step, kind))
    return found


def files(plan: DiskChange) -> dict[str, str | None]:
    changes = [step.change for step in plan.steps if isinstance(step, ChangeHost)]
    return {file.path: file.content for change in changes for file in change.files}


def test_both_disks_start_the_host_before_anything_moves() -> None:
    assert [step.kind for step in planned(asked()).steps] == [
        "save-tables",
        "clear-disk",
        "partition-disk",
        "format-esp",
        "change-host",
        "rebuild-initramfs",
        "unmount-esp",
        "change-host",
        "change-host",
        "sync-esps",
        "make-array",
        "extend-group",
        "move-volumes",
        "reduce-group",
        "attach-array",
        "await-members",
        "change-host",
    ]


def test_the_host_keeps_kernels_on_both_esps_and_knows_the_array() -> None:
    plan = planned(asked())
    array = one(plan, MakeArray)
    assert isinstance(array, MakeArray)
    unmounted = one(plan, UnmountEsp)
    assert isinstance(unmounted, UnmountEsp)
    assert unmounted.mounts == ("/boot/efi",)
    found = files(plan)
    first, second = (found[ESP_LIST] or "").split()
    assert first == "0001-AAAA"
    off = "# kept in sync by bedplate, and not mounted: UUID=0001-AAAA /boot/efi"
    assert off in (found["/etc/fstab"] or "")
    digits = array.array.uuid.replace("-", "")
    uuid = ":".join(digits[place : place + 8] for place in range(0, 32, 8))
    conf = found["/etc/mdadm/mdadm.conf"] or ""
    assert conf.splitlines()[-1] == f"ARRAY /dev/md/mirror metadata=1.2 UUID={uuid}"
    known = KnownDisks.model_validate_json(found[KNOWN_DISKS] or "").root
    assert [(k.id, k.fat_id) for k in known] == [
        ("ata-DISK_S-a", "0001-AAAA"),
        ("ata-DISK_S-c", second),
    ]


def test_a_host_that_is_managed_already_only_lists_the_new_esp() -> None:
    plan = planned(asked(listed=MANAGED, old=old_disk()))
    assert not [step for step in plan.steps if isinstance(step, UnmountEsp)]
    found = files(plan)
    assert "/etc/fstab" not in found
    assert len((found[ESP_LIST] or "").split()) == 2


def test_an_array_that_is_known_already_stays_known() -> None:
    conf = "MAILADDR root\nARRAY /dev/md/other UUID=1:2:3:4"
    found = files(planned(asked(mdadm_conf=conf)))["/etc/mdadm/mdadm.conf"] or ""
    assert found.startswith(f"{conf}\nARRAY /dev/md/mirror ")


def test_everything_moves_to_the_new_disk_and_the_old_place_joins() -> None:
    plan = planned(asked())
    make, move = one(plan, MakeArray), one(plan, MoveVolumes)
    join, wait = one(plan, AttachArray), one(plan, AwaitMembers)
    assert isinstance(make, MakeArray)
    assert isinstance(move, MoveVolumes)
    assert isinstance(join, AttachArray)
    assert isinstance(wait, AwaitMembers)
    data = plan.disks[0].by_role(Role.DATA)
    assert data is not None
    assert (make.partition_guid, make.array.members) == (data.guid, ("a-3", data.guid))
    assert (move.partition_guid, move.array, move.vg) == ("a-3", "/dev/md/mirror", "pve")
    assert (join.array, join.wanted, join.partition_guid) == ("/dev/md/mirror", 2, "a-3")
    assert (wait.store, wait.partition_guids) == (make.array.uuid, ("a-3",))
    types = [table.by_role(Role.DATA) for table in plan.disks]
    assert {part.type_guid for part in types if part is not None} == {LINUX_RAID_TYPE}
    assert [one.id for one in plan.made_for] == ["ata-DISK_S-c", "ata-DISK_S-a"]
    assert plan.cleared == ("ata-DISK_S-c",)


def test_the_text_says_which_disk_is_overwritten_and_which_is_not() -> None:
    text = render_disk_change(planned(asked()))
    assert "  new  DISK, serial S-c, /dev/sdc\n" in text
    assert "       DISK, serial S-a, /dev/sda\n" in text
    assert "While it moves, the host starts only with both." in " ".join(text.split())


@pytest.mark.parametrize(
    ("free", "offset"),
    [(GIB, 16), (4 * EXTENT, 16), (3 * EXTENT, 8), (EXTENT, 4), (0, 2)],
)
def test_the_fuller_the_group_the_less_the_array_keeps_for_itself(free: int, offset: int) -> None:
    """The partition has 3 MiB behind its last extent."""
    make = one(planned(asked(vg=group(free))), MakeArray)
    assert isinstance(make, MakeArray)
    array = make.array
    assert array.data_offset_bytes == offset * MIB
    used = group().size_bytes - free
    assert used <= (array.size_bytes - MIB) // EXTENT * EXTENT
    assert array.data_offset_bytes + array.size_bytes <= DATA_BYTES


def test_a_smaller_disk_will_do_if_the_volumes_fit() -> None:
    plan = planned(asked(new=disk("c", 12 * GIB), vg=group(6 * GIB)))
    make = one(plan, MakeArray)
    assert isinstance(make, MakeArray)
    assert make.array.size_bytes < 12 * GIB - 512 * MIB


def array_of_that_name() -> StoreFact:
    return StoreFact(kind="md", id="u", name="/dev/md/mirror", at="/dev/md127")


def test_a_host_with_too_few_bytes_is_told_how_many() -> None:
    with pytest.raises(RefusedError) as refused:
        planned(asked(vg=group(0, size_bytes=DATA_BYTES - MIB)))
    (problem,) = refused.value.problems
    assert problem.code == "group-full"
    assert f"there are {MIB} bytes (1 MiB) too few" in problem.message
    planned(asked(vg=group(0, size_bytes=DATA_BYTES - 2 * MIB)))


BOOT = boot_disk("a", (Role.LOG, GIB)).partitions[3].model_copy(update={"mounts": ("/boot",)})


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        (asked(vg=group(pvs=("/dev/sda3", "/dev/sdd1"))), {"group-spread"}),
        (asked(vg=group(missing_pvs=1)), {"group-not-whole"}),
        (asked(new=disk("c", sector_size=4096)), {"sector-size"}),
        (asked(new=disk("c", 8 * GIB)), {"disk-too-small"}),
        (asked(stores=(array_of_that_name(),)), {"array-taken"}),
        (
            asked(
                old=old_disk().model_copy(update={"partitions": (*old_disk().partitions, BOOT)}),
                listed=MANAGED,
            ),
            {"not-mirrored"},
        ),
        (asked(esp=blank(1, disk="another")), {"nothing-to-mirror"}),
        (asked(esp=blank(1, disk="ata-DISK_S-a", size_bytes=48 * MIB)), {"esp-full"}),
        (asked(esp=blank(1, disk="ata-DISK_S-a", read_only=True)), {"esp-read-only"}),
        (asked(vg=group(pvs=("/dev/sda",))), {"nothing-to-mirror"}),
    ],
    ids=[
        "over two disks",
        "without one of its PVs",
        "larger sectors",
        "too small a disk",
        "the array's name is taken",
        "/boot beside it",
        "the ESP is elsewhere",
        "no room for kernels",
        "an ESP that cannot be written",
        "on the whole disk",
    ],
)
def test_what_would_not_become_a_mirror_is_refused(given: AttachInput, codes: set[str]) -> None:
    with pytest.raises(RefusedError) as refused:
        planned(given)
    assert {problem.code for problem in refused.value.problems} == codes


def test_a_tool_that_is_missing_is_named() -> None:
    given = asked()
    facts = given.facts.model_copy(update={"missing_tools": ("mdadm", "zpool")})
    with pytest.raises(RefusedError, match="mdadm: is not installed") as refused:
        planned(replace(given, facts=facts))
    assert len(refused.value.problems) == 1


def test_a_group_of_data_alone_needs_no_esp() -> None:
    given = asked(old=old_disk("/srv"), esp=blank(1, disk="ata-DISK_S-a"))
    plan = planned(replace(given, esps=EspFacts(), sync=None))
    assert "sync-esps" not in [step.kind for step in plan.steps]
    make = one(plan, MakeArray)
    assert isinstance(make, MakeArray)
    assert make.array.name == "pve"


def test_a_failing_new_disk_is_refused_and_a_failing_old_one_is_told() -> None:
    failing = SmartFact(disk="ata-DISK_S-c", state=SmartState.TELLS, passed=False)
    with pytest.raises(RefusedError) as refused:
        planned(asked(smart=(failing,)))
    assert [problem.code for problem in refused.value.problems] == ["new-disk-failing"]
    old = failing.model_copy(update={"disk": "ata-DISK_S-a"})
    assert planned(asked(smart=(old,))).warnings[1:] == (
        "DISK, serial S-a, /dev/sda says that it is failing.",
    )
