"""What is built on a disk, from the links between devices that the kernel shows."""

from __future__ import annotations

from bedplate.facts.block import BlockDevice
from bedplate.facts.layers import Layer, layers_on
from bedplate.model.facts import LayerKind
from tests.unit.facts.devices import device

SDA, SDB = device("sda"), device("sdb", number="8:16")
SDA1, SDB1 = device("sda1", parent="sda"), device("sdb1", parent="sdb")


def mapping(name: str, node: str, below: str, *, uuid: str, **more: str) -> BlockDevice:
    attributes = {"dm/uuid": uuid, **{key.replace("_", "/"): more[key] for key in more}}
    return device(node, path=f"/dev/mapper/{name}", attributes=attributes, below=(below,))


def on(disk: BlockDevice, *devices: BlockDevice) -> list[tuple[str, str, tuple[str, ...]]]:
    every = {each.path: each for each in (SDA, SDB, SDA1, SDB1, *devices)}
    return [
        (layer.path, layer.kind.value, layer.on) for layer in layers_on([disk], every)[disk.path]
    ]


def test_a_blank_disk_has_none() -> None:
    assert on(SDA) == []


def test_a_stack_is_listed_from_the_bottom_up_whatever_the_order_of_the_devices() -> None:
    volume = mapping("vg-lv", "dm-0", "dm-1", uuid="LVM-abc")
    crypt = mapping("inner", "dm-1", "md127", uuid="CRYPT-LUKS2-abc-inner")
    array = device("md127", below=("sda1", "sdb1"), attributes={"md/level": "raid1"})
    expected = [
        ("/dev/md127", "array", ("/dev/sda1", "/dev/sdb1")),
        ("/dev/mapper/inner", "crypt", ("/dev/md127",)),
        ("/dev/mapper/vg-lv", "lvm", ("/dev/mapper/inner",)),
    ]
    assert on(SDA, volume, crypt, array) == expected
    assert on(SDB, volume, crypt, array) == expected


def test_what_lies_on_another_layer_too_comes_after_the_higher_one() -> None:
    pool = mapping("vg-tpool", "dm-5", "sda1", uuid="LVM-abc-tpool")
    thin = mapping("vg-thin", "dm-1", "dm-5", uuid="LVM-def")
    both = device("dm-0", path="/dev/mapper/both", below=("sda1", "dm-1"))
    assert on(SDA, both, thin, pool) == [
        ("/dev/mapper/vg-tpool", "lvm", ("/dev/sda1",)),
        ("/dev/mapper/vg-thin", "lvm", ("/dev/mapper/vg-tpool",)),
        ("/dev/mapper/both", "mapping", ("/dev/sda1", "/dev/mapper/vg-thin")),
    ]


def test_a_container_comes_before_the_arrays_in_it() -> None:
    container = device("md127", below=("sda", "sdb"), attributes={"md/level": "container"})
    array = device("md126", below=("sda", "sdb"), attributes={"md/level": "raid1"})
    part = device("md126p1", parent="md126")
    assert on(SDA, array, container, part) == [
        ("/dev/md127", "container", ("/dev/sda", "/dev/sdb")),
        ("/dev/md126", "array", ("/dev/sda", "/dev/sdb")),
        ("/dev/md126p1", "partition", ("/dev/md126",)),
    ]


def test_what_bcache_holds_is_a_layer_below_what_it_makes_of_it() -> None:
    backing = device("sda1", parent="sda", cached=True)
    cache = device("sdb", cached=True)
    cached = device("bcache0", below=("sda1", "sdb"))
    folders = ("/sys/class/block/sda1/bcache", "/sys/class/block/sdb/bcache")
    assert on(SDA, backing, cache, cached) == [
        (folders[0], "cache", ("/dev/sda1",)),
        ("/dev/bcache0", "bcache", folders),
    ]
    assert on(cache, backing, cache) == [(folders[1], "cache", ("/dev/sdb",))]


def test_a_device_of_a_kind_that_nobody_has_thought_of() -> None:
    assert on(SDA, device("drbd0", below=("sda1",))) == [("/dev/drbd0", "other", ("/dev/sda1",))]


def test_what_cannot_answer_is_not_to_be_asked() -> None:
    frozen = mapping("frozen", "dm-0", "sda1", uuid="LVM-abc", dm_suspended="1")
    empty = device("md127", number="9:127", below=("sda1",), attributes={"size": "0"})
    every = {each.path: each for each in (SDA, SDA1, frozen, empty)}
    assert layers_on([SDA], every)["/dev/sda"] == (
        Layer(
            path="/dev/mapper/frozen",
            node="/dev/dm-0",
            device="8:0",
            kind=LayerKind.LVM,
            on=("/dev/sda1",),
            uuid="LVM-abc",
            readable=False,
        ),
        Layer(
            path="/dev/md127",
            node="/dev/md127",
            device="9:127",
            kind=LayerKind.ARRAY,
            on=("/dev/sda1",),
            uuid=None,
            readable=False,
        ),
    )
