"""How large a thin pool and its metadata are: nothing is ever taken that is not there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import Problem
from bedplate.model.facts import VolumeGroupFact
from bedplate.plan.thin_sizes import ThinSizes, grown_pool_sizes, new_pool_sizes
from bedplate.units import GIB, MIB
from tests.support.storage_hosts import EXTENT, group, thin_pool

EXTENTS = st.integers(0, 100_000).map(lambda count: count * EXTENT)
SIZES = st.none() | st.integers(1, 400 * GIB)
METADATA = st.none() | st.integers(MIB, 16 * GIB)


def vg(free_bytes: int, spare_bytes: int = 0) -> VolumeGroupFact:
    plain = group("vmdata", (), 400, 0)
    return plain.model_copy(update={"free_bytes": free_bytes, "spare_bytes": spare_bytes})


@pytest.mark.parametrize(
    ("free_gib", "spare_mib", "size_gib", "metadata_gib", "expected"),
    [
        (199, 0, 80, None, (80 * GIB, GIB, 82 * GIB)),
        (199, 1024, 80, None, (80 * GIB, GIB, 81 * GIB)),
        (199, 2048, 80, 1, (80 * GIB, GIB, 81 * GIB)),
        (3, 0, None, 0.25, (2.5 * GIB, GIB / 4, 3 * GIB)),
    ],
    ids=["a spare is made", "a spare is there", "a larger one", "all of it"],
)
def test_a_new_pool(
    free_gib: int,
    spare_mib: int,
    size_gib: int | None,
    metadata_gib: float | None,
    expected: tuple[float, float, float],
) -> None:
    size = None if size_gib is None else size_gib * GIB
    metadata = None if metadata_gib is None else int(metadata_gib * GIB)
    found = new_pool_sizes(vg(free_gib * GIB, spare_mib * MIB), "x", size, metadata)
    assert found == ThinSizes(*map(int, expected))


@given(EXTENTS, EXTENTS, SIZES, METADATA)
def test_a_new_pool_takes_what_is_free_at_most(
    free: int, spare: int, size: int | None, metadata: int | None
) -> None:
    found = new_pool_sizes(vg(free, spare), "x", size, metadata)
    if isinstance(found, Problem):
        return
    assert found.taken_bytes <= free
    assert found.taken_bytes == (
        found.data_bytes + found.metadata_bytes + max(found.metadata_bytes - spare, 0)
    )
    assert found.data_bytes % EXTENT == found.metadata_bytes % EXTENT == 0
    if size is None:
        assert found.taken_bytes == free
    else:
        assert size <= found.data_bytes < size + EXTENT


@given(
    free=EXTENTS,
    before=st.integers(1, 100_000).map(lambda count: count * EXTENT),
    metadata=st.integers(1, 4096).map(lambda count: count * EXTENT),
    spare=st.integers(0, 4096).map(lambda count: count * EXTENT),
    size=SIZES,
    wanted=METADATA,
)
def test_growth_takes_what_is_free_at_most_and_gives_nothing_up(
    free: int, before: int, metadata: int, spare: int, size: int | None, wanted: int | None
) -> None:
    pool = thin_pool("vmstore", 0, metadata).model_copy(update={"size_bytes": before})
    found = grown_pool_sizes(vg(free, spare), pool, size, wanted)
    if isinstance(found, Problem):
        assert found.code in {
            *("no-room", "no-room-for-metadata", "cannot-shrink", "metadata-too-large")
        }
        return
    assert found.taken_bytes <= free
    assert found.data_bytes >= before
    assert found.metadata_bytes >= metadata
    spent = found.data_bytes - before + found.metadata_bytes - metadata
    spent += max(found.metadata_bytes - spare, 0) if found.metadata_bytes > metadata else 0
    assert found.taken_bytes == spent
    again = grown_pool_sizes(
        vg(
            free - found.taken_bytes,
            max(spare, found.metadata_bytes) if found.metadata_bytes > metadata else spare,
        ),
        pool.model_copy(
            update={"size_bytes": found.data_bytes, "metadata_size_bytes": found.metadata_bytes}
        ),
        size,
        wanted,
    )
    assert isinstance(again, ThinSizes)
    assert (again.data_bytes, again.metadata_bytes) == (found.data_bytes, found.metadata_bytes)
