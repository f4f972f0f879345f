"""When a root file system is received as a stream, and when it is unpacked from files."""

from __future__ import annotations

import pytest

from bedplate.config.layouts import load_layout, load_layouts
from bedplate.image.stream import PROPERTIES
from bedplate.model.artefacts import BASE, DELTA, STREAM
from bedplate.model.layout import Layout, ZfsLayout
from bedplate.model.manifest import Artefact, Manifest
from bedplate.model.plan import Dataset, Plan, ZfsStorage
from bedplate.model.request import EncryptionOptions, ZfsOptions
from bedplate.model.step import CreatePool, ReceiveBase, UnpackBase, VerifyArtefact
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.plan.sources import plan_sources
from bedplate.plan.zfs import root_properties
from tests.unit.plan.builders import LVM, MANIFEST, disk, machine, request

RECEIVED, UNPACKED = (STREAM, DELTA), (BASE,)
ARTEFACT = Artefact(sha256="00" * 32, size_bytes=1)
STREAMED = MANIFEST.model_copy(
    update={
        "artefacts": MANIFEST.artefacts | {STREAM: ARTEFACT, DELTA: ARTEFACT},
        "stream_properties": dict(PROPERTIES),
    }
)
ROOT = "ROOT/pve-1"
POOLS = [layout for layout in load_layouts() if isinstance(layout.storage, ZfsLayout)]
MIRROR = load_layout("zfs-mirror")


def plan_for(options: ZfsOptions, manifest: Manifest = STREAMED) -> Plan:
    asked = request(MIRROR, "sda", "sdb").model_copy(update={"zfs": options})
    return plan_install(asked, MIRROR, machine(disk("a"), disk("b")), manifest, Ids(b"sources"))


@pytest.mark.parametrize(
    ("options", "sources"),
    [
        (ZfsOptions(), RECEIVED),
        (ZfsOptions(compress="lz4"), RECEIVED),
        (ZfsOptions(compress="zstd"), UNPACKED),
        (ZfsOptions(compress="off"), UNPACKED),
        (ZfsOptions(checksum="sha256", copies=2, ashift=13), RECEIVED),
        (ZfsOptions(datasets={ROOT: {"quota": "8G", "atime": "off"}}), RECEIVED),
        (ZfsOptions(datasets={ROOT: {"recordsize": "16K"}}), UNPACKED),
        (ZfsOptions(datasets={"ROOT": {"recordsize": "16K"}}), UNPACKED),
        (ZfsOptions(datasets={"data": {"recordsize": "16K"}}), RECEIVED),
        (ZfsOptions(datasets={ROOT: {"compression": "gzip"}}), UNPACKED),
        (ZfsOptions(compress="zstd", datasets={ROOT: {"compression": "lz4"}}), RECEIVED),
        (ZfsOptions(datasets={ROOT: {"utf8only": "on"}}), UNPACKED),
        (ZfsOptions(encryption=EncryptionOptions(dataset="data")), RECEIVED),
        (ZfsOptions(encryption=EncryptionOptions(dataset="ROOT")), UNPACKED),
        (ZfsOptions(encryption=EncryptionOptions(dataset=ROOT)), UNPACKED),
    ],
)
def test_a_root_is_received_if_its_blocks_would_be_like_the_streams(
    options: ZfsOptions, sources: tuple[str, ...]
) -> None:
    plan = plan_for(options)
    assert plan_sources(plan.storage, STREAMED) == sources
    verified = [step.artefact for step in plan.steps if isinstance(step, VerifyArtefact)]
    used = [step.artefact for step in plan.steps if isinstance(step, ReceiveBase | UnpackBase)]
    assert verified == used == [*sources]


@pytest.mark.parametrize("layout", POOLS, ids=[layout.name for layout in POOLS])
def test_every_layout_with_a_pool_is_received_unless_somebody_wants_something_else(
    layout: Layout,
) -> None:
    assert isinstance(layout.storage, ZfsLayout)
    properties = layout.storage.properties | {"compression": ZfsOptions().compress}
    datasets = tuple(Dataset(name=f"rpool/{one.name}") for one in layout.storage.datasets)
    storage = ZfsStorage(
        pool="rpool",
        ashift=12,
        vdevs=(),
        root_dataset=f"rpool/{layout.storage.root}",
        properties=properties,
        datasets=datasets,
    )
    assert plan_sources(storage, STREAMED) == RECEIVED


@pytest.mark.parametrize(
    "manifest",
    [
        MANIFEST,
        MANIFEST.model_copy(update={"artefacts": STREAMED.artefacts}),
        STREAMED.model_copy(update={"artefacts": MANIFEST.artefacts | {STREAM: ARTEFACT}}),
        STREAMED.model_copy(update={"stream_properties": {"compression": "zstd"}}),
    ],
    ids=["no-stream", "unknown-properties", "no-delta", "another-compression"],
)
def test_images_without_a_stream_that_fits_are_unpacked(manifest: Manifest) -> None:
    assert plan_sources(plan_for(ZfsOptions()).storage, manifest) == UNPACKED


def test_nothing_else_than_a_pool_receives() -> None:
    plan = plan_install(request(LVM, "sda"), LVM, machine(disk("a")), STREAMED, Ids(b"sources"))
    assert plan_sources(plan.storage, STREAMED) == UNPACKED


@pytest.mark.parametrize("manifest", [MANIFEST, STREAMED], ids=["unpacked", "received"])
def test_every_dataset_is_made_once_and_none_before_the_one_that_it_lies_in(
    manifest: Manifest,
) -> None:
    plan = plan_for(ZfsOptions(), manifest)
    assert isinstance(plan.storage, ZfsStorage)
    made: list[str] = []
    for step in plan.steps:
        if isinstance(step, CreatePool):
            made += step.datasets or ()
        if isinstance(step, ReceiveBase):
            made += [plan.storage.root_dataset, *step.datasets]
    assert made == [dataset.name for dataset in plan.storage.datasets]


def test_what_is_set_nearest_to_the_root_holds_for_it() -> None:
    storage = ZfsStorage(
        pool="p",
        ashift=12,
        vdevs=(),
        root_dataset="p/a/root",
        properties={"compression": "on", "atime": "on", "xattr": "sa"},
        datasets=(
            Dataset(name="p/a", properties={"compression": "zstd", "atime": "off"}),
            Dataset(name="p/a/root", properties={"compression": "lz4"}),
            Dataset(name="p/a/root2", properties={"compression": "off"}),
            Dataset(name="p/data", properties={"xattr": "off"}),
        ),
    )
    assert root_properties(storage) == {"compression": "lz4", "atime": "off", "xattr": "sa"}
