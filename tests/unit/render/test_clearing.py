"""Which bytes of a disk are zeroed before it gets its new table."""

from __future__ import annotations

from bedplate.model.facts import DiskFact, PartitionFact, Signature
from bedplate.render.clearing import ends_of, is_signed, signed_partitions, spans_to_clear
from bedplate.units import GIB, KIB, MIB, TIB

BTRFS = (Signature(kind="btrfs", uuid="u"),)


def part(number: int, first_sector: int, size_bytes: int, *found: Signature) -> PartitionFact:
    return PartitionFact(
        number=number,
        path=f"/dev/sda{number}",
        first_sector=first_sector,
        last_sector=first_sector + size_bytes // 512 - 1,
        size_bytes=size_bytes,
        signatures=found,
    )


def disk(
    *parts: PartitionFact, stale: int | None = None, found: tuple[Signature, ...] = ()
) -> DiskFact:
    return DiskFact(
        path="/dev/sda",
        size_bytes=TIB,
        sector_size=512,
        physical_sector_size=512,
        partitions=parts,
        signatures=found,
        stale_backup_sector=stale,
    )


def test_the_disk_and_its_partitions() -> None:
    found = disk(part(1, 2048, GIB), part(5, 4096, KIB))
    assert spans_to_clear(found) == [(0, TIB), (MIB, GIB), (2 * MIB, KIB)]


def test_the_backup_of_a_table_that_was_made_for_a_smaller_disk() -> None:
    sector = GIB // 512 - 1
    assert spans_to_clear(disk(stale=sector))[1:] == [(GIB - 512 - 16 * KIB, 16 * KIB + 512)]
    assert spans_to_clear(disk(stale=2))[1:] == [(0, 3 * 512)]


def test_the_copies_of_a_btrfs_superblock_that_are_inside_of_it() -> None:
    assert spans_to_clear(disk(found=BTRFS))[1:] == [(64 * MIB, 4 * KIB), (256 * GIB, 4 * KIB)]
    small = disk(part(1, 2048, GIB, *BTRFS), part(2, 2048, 64 * MIB, *BTRFS))
    assert spans_to_clear(small)[3:] == [(65 * MIB, 4 * KIB)]


def test_the_ends_of_spans_are_a_mib_each_or_all_there_is() -> None:
    assert ends_of([(0, GIB), (0, GIB), (MIB, KIB), (8 * MIB, MIB)]) == [
        (0, MIB),
        (MIB, KIB),
        (8 * MIB, MIB),
        (GIB - MIB, MIB),
    ]


def test_only_partitions_with_something_on_them_are_given_to_wipefs() -> None:
    assert signed_partitions(disk(part(1, 2048, GIB), part(7, 9999, GIB, *BTRFS))) == [7]


def test_a_disk_with_nothing_but_tables_is_not_given_to_wipefs() -> None:
    tables = tuple(Signature(kind=kind) for kind in ("gpt", "PMBR", "dos"))
    stick = (*tables, Signature(kind="iso9660", label="live"))
    assert [is_signed(disk(found=found)) for found in ((), tables, stick)] == [False, False, True]
