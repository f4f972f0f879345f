"""Identities: the same seed and purpose, the same id; and each in the form its reader wants."""

from __future__ import annotations

import re
import uuid

from hypothesis import given
from hypothesis import strategies as st

from bedplate.plan.ids import Ids

SEEDS = st.binary(min_size=1, max_size=32)


def test_ids_of_a_seed_never_change() -> None:
    ids = Ids(b"golden")
    assert (ids.guid("disk:a"), ids.fat_id("esp:a"), ids.machine_id(), ids.host_id()) == (
        "0a990815-60c6-4647-b2d8-77749d06b7d5",
        "E6A5-4491",
        "130c8444b8bb462cac55c393c0f23e04",
        "0655a325",
    )


@given(SEEDS, st.text())
def test_forms(seed: bytes, purpose: str) -> None:
    ids = Ids(seed)
    guid = uuid.UUID(ids.guid(purpose))
    assert (guid.version, guid.variant, str(guid)) == (4, uuid.RFC_4122, ids.guid(purpose))
    assert re.fullmatch(r"[0-9A-F]{4}-[0-9A-F]{4}", ids.fat_id(purpose))
    assert uuid.UUID(ids.machine_id()).version == 4
    assert re.fullmatch(r"[0-9a-f]{32}", ids.machine_id())
    assert re.fullmatch(r"(?!0{8})[0-9a-f]{8}", ids.host_id())


@given(SEEDS, SEEDS, st.text(), st.text())
def test_another_seed_or_purpose_is_another_id(
    seed: bytes, other_seed: bytes, purpose: str, other: str
) -> None:
    same = (seed, purpose) == (other_seed, other)
    assert (Ids(seed).guid(purpose) == Ids(other_seed).guid(other)) is same
