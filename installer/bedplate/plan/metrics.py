"""What there is to measure of the disks of a host, from what was found out about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from bedplate.model.diagnosis import DatedDiagnosis
from bedplate.model.facts import PoolFact, VolumeGroupFact
from bedplate.model.metric import Metric, Sample
from bedplate.model.smart import DiskHealth
from bedplate.model.store import MemberState, StoreFact

# The fields of a disk's answer that are numbers for people to look at, and what they are.
_COUNTS = {
    "temperature_celsius": ("temperature_celsius", "Temperature of a disk."),
    "power_on_hours": ("power_on_hours", "Hours that a disk has been on."),
    "reallocated_sectors": ("reallocated_sectors", "Sectors of a disk that were replaced."),
    "pending_sectors": ("pending_sectors", "Sectors of a disk that may have to be replaced."),
    "uncorrectable_sectors": ("uncorrectable_sectors", "Sectors of a disk that cannot be read."),
    "grown_defects": ("grown_defects", "Defects of a SCSI disk since it was made."),
    "media_errors": ("media_errors", "Errors that a disk could not correct."),
    "percentage_used": ("used_percent", "How much of its expected life a disk has behind it."),
    "spare_percent": ("spare_percent", "How many of its spare blocks a disk has left."),
}

Numbers = Iterable[tuple[tuple[tuple[str, str], ...], int | float]]


def metrics_of(
    last: DatedDiagnosis | None,
    disks: tuple[DiskHealth, ...],
    stores: tuple[StoreFact, ...],
    pools: tuple[PoolFact, ...] = (),
    groups: tuple[VolumeGroupFact, ...] = (),
) -> tuple[Metric, ...]:
    """All of them; a metric of which there is no number is left out.

    `last` is the doctor's last word, if it has any on this host; `pools` are the imported ones.
    """
    boot = () if last is None else _boot(last)
    found = (*boot, *_stores(stores), *_pools(pools), *_groups(groups), *_disks(disks))
    return tuple(metric for metric in found if metric.samples)


def trial_metric() -> tuple[Metric, ...]:
    """One that says nothing of the host, to see whether it arrives."""
    return (_metric("check", "Always 1: somebody sees whether points arrive.", [((), 1)]),)


def _metric(name: str, text: str, numbers: Numbers) -> Metric:
    """One sample for each set of labels: a text with one twice is refused as a whole."""
    samples = tuple(Sample(labels=labels, value=value) for labels, value in dict(numbers).items())
    return Metric(name=name, help=text, samples=samples)


def _boot(last: DatedDiagnosis) -> Iterator[Metric]:
    found = last.diagnosis
    verdicts = [
        ((("disk", disk.disk), ("firmware", str(verdict.firmware))), verdict)
        for disk in found.disks
        for verdict in disk.verdicts
    ]
    yield _metric(
        "boot_disk_starts",
        "Whether a boot disk would start the host alone.",
        [(labels, int(not verdict.faults)) for labels, verdict in verdicts],
    )
    yield _metric(
        "boot_disk_warnings",
        "What is to be mended on a boot disk, though it would start the host.",
        [(labels, len(verdict.warnings)) for labels, verdict in verdicts],
    )
    yield _metric(
        "esp_in_sync",
        "Whether the ESP of a boot disk has all that it should have.",
        [
            ((("disk", disk.disk),), int(disk.esp_in_sync))
            for disk in found.disks
            if disk.esp_in_sync is not None
        ],
    )
    yield _metric(
        "esp_free_bytes",
        "Room on the ESP of a boot disk.",
        [
            ((("disk", disk.disk),), disk.esp_free_bytes)
            for disk in found.disks
            if disk.esp_free_bytes is not None
        ],
    )
    yield _metric(
        "problems",
        "What bedplate's doctor found amiss with the host, whatever it starts from.",
        [((), len(found.problems))],
    )
    yield _metric(
        "diagnosis_timestamp_seconds", "When bedplate's doctor looked.", [((), int(last.at))]
    )


def _stores(stores: tuple[StoreFact, ...]) -> Iterator[Metric]:
    # Labels of btrfs need not differ.
    times = Counter((store.kind, store.name) for store in stores)
    names = {one.id: one.name if times[one.kind, one.name] == 1 else one.id for one in stores}
    labels = {store.id: (("store", names[store.id]), ("kind", store.kind)) for store in stores}
    counts = {store.id: Counter(member.state for _, member in store.members) for store in stores}
    yield _metric(
        "store_members",
        "Members of a pool, an array or a btrfs, by how they are.",
        [
            ((*labels[store.id], ("state", str(state))), counts[store.id][state])
            for store in stores
            for state in MemberState
        ],
    )
    yield _metric(
        "store_errors",
        "Errors of data that nothing could mend.",
        [(labels[store.id], store.errors) for store in stores],
    )
    yield _metric(
        "store_joined_ratio",
        "How much of its data a member has that is being given it.",
        [(labels[store.id], store.done) for store in stores if store.done is not None],
    )


def _pools(pools: tuple[PoolFact, ...]) -> Iterator[Metric]:
    yield _metric(
        "pool_online",
        "Whether a ZFS pool is ONLINE: 0 if it is DEGRADED, SUSPENDED or anything else.",
        [((("pool", pool.name),), int(pool.state == "ONLINE")) for pool in pools],
    )


def _groups(groups: tuple[VolumeGroupFact, ...]) -> Iterator[Metric]:
    # Those of a disk from another host need not differ, either.
    times = Counter(group.name for group in groups)
    names = {one.uuid: one.name if times[one.name] == 1 else one.uuid for one in groups}
    yield _metric(
        "volume_group_missing_pvs",
        "Physical volumes that a volume group of LVM has lost.",
        [((("vg", names[group.uuid]),), group.missing_pvs) for group in groups],
    )


def _disks(disks: tuple[DiskHealth, ...]) -> Iterator[Metric]:
    yield _metric(
        "disk_condition",
        "What is to be thought of a disk, in the label; always 1.",
        [((("disk", disk.disk), ("condition", str(disk.condition))), 1) for disk in disks],
    )
    for field, (name, text) in _COUNTS.items():
        numbers = [
            ((("disk", disk.disk),), count)
            for disk in disks
            if (count := getattr(disk.smart, field)) is not None
        ]
        yield _metric(f"disk_{name}", text, numbers)
