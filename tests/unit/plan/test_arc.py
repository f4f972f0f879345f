"""Limits of the ARC are such as ZFS does not ignore: zfs(4), and the manual's warning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.model.settings import ZfsSettings
from bedplate.plan.arc import ARC_MAX, ARC_MIN, arc_options, default_arc_min, refuse_arc
from bedplate.units import GIB, MIB


@given(
    memory=st.integers(2, 4096).map(lambda gib: gib * GIB),
    upper=st.none() | st.integers(64, 2**23),
    lower=st.none() | st.integers(32, 2**23),
)
def test_what_is_not_refused_is_kept_by_zfs(
    memory: int, upper: int | None, lower: int | None
) -> None:
    settings = ZfsSettings(arc_max_mib=upper, arc_min_mib=lower)
    if list(refuse_arc(memory, settings)):
        return
    options = arc_options(memory, settings)
    upper_text, lower_text = options[ARC_MAX], options[ARC_MIN]
    assert upper_text is not None
    largest = int(upper_text)
    smallest = default_arc_min(memory) if lower_text is None else int(lower_text)
    # As arc_tuning_update of OpenZFS 2.3 has it, the lower limit first.
    assert 32 * MIB <= smallest <= largest
    assert 64 * MIB <= largest < memory
    assert largest > smallest


@pytest.mark.parametrize(
    ("memory_gib", "settings", "expected"),
    [
        (32, ZfsSettings(), {ARC_MAX: str(3277 * MIB), ARC_MIN: None}),
        (768, ZfsSettings(), {ARC_MAX: str(16 * GIB), ARC_MIN: str(16 * GIB - 1)}),
        (512, ZfsSettings(), {ARC_MAX: str(16 * GIB), ARC_MIN: str(16 * GIB - 1)}),
        (511, ZfsSettings(), {ARC_MAX: str(16 * GIB), ARC_MIN: None}),
        (
            300,
            ZfsSettings(arc_max_mib=8192),
            {ARC_MAX: str(8 * GIB), ARC_MIN: str(8 * GIB - 1)},
        ),
        (
            300,
            ZfsSettings(arc_max_mib=8192, arc_min_mib=64),
            {ARC_MAX: str(8 * GIB), ARC_MIN: str(64 * MIB)},
        ),
        (8, ZfsSettings(arc_max_mib=0), {ARC_MAX: "0", ARC_MIN: None}),
    ],
)
def test_the_lower_limit_comes_along_where_the_upper_one_would_be_ignored(
    memory_gib: int, settings: ZfsSettings, expected: dict[str, str | None]
) -> None:
    assert arc_options(memory_gib * GIB, settings) == expected
