"""The power goes while the kernels of ESPs are replaced: each can start the host after it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bedplate.units import MIB
from tests.support import esp_found
from tests.support.esp_host import Job
from tests.support.uml import Uml

SCENARIO = "tests/uml/scenarios/esp_power_cut.py"
PREFIXES = "tests/uml/scenarios/esp_prefixes.py"
PREFIXES_INITRD_MIB = 4
IDS = ("0001-AAAA", "0002-AAAA")
OLD, NEW = "6.1.0-9-amd64", "6.12.1-amd64"
INITRD_MIB = 15
# Of some 123000 sectors: at once, within the first kernels, between them, within the second, late.
CUTS = {
    "two": pytest.param((30_000, 115_000)),
    "many": pytest.param((1, 20_000, 62_000, 90_000, 118_000), marks=pytest.mark.full),
}


def whole(esp: dict[str, Any], editions: set[str]) -> set[str]:
    return esp_found.whole(esp, {OLD, NEW}, editions, INITRD_MIB)


@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS)
def test_after_every_cut_every_esp_has_a_whole_kernel_and_a_sync_mends_it(
    uml: Uml, cuts: tuple[int, ...]
) -> None:
    for _ in IDS:
        uml.add_disk(128 * MIB)
    job = uml.folder / "job.json"

    def synced(edition: int, sectors: int, *, make: tuple[str, ...] = ()) -> tuple[Any, bool]:
        """What was found before, and whether the sync to that edition came to its end."""
        plan = Job(commands=(), kernels={OLD: "", NEW: ""}, listed=IDS, make=make)
        job.write_text(plan.model_dump_json())
        words = (str(job), str(edition), str(sectors))
        result = uml.run_python(SCENARIO, *words, deadline=300, check=False)
        assert result.code in (0, None), result.explain()
        return json.loads((result.out / "found.json").read_text()), result.code == 0

    assert synced(0, 0, make=IDS)[1]
    for edition, sectors in enumerate(cuts, start=1):
        left, ended = synced(edition, sectors)
        assert not ended
        check_left(left, edition)
    left, ended = synced(len(cuts) + 1, 0)
    assert ended
    check_left(left, len(cuts) + 1)
    found, _ = synced(len(cuts) + 1, 0)
    last = {str(len(cuts) + 1)}
    assert [whole(esp, last) for esp in found] == [{OLD, NEW}, {OLD, NEW}]


def check_left(left: Any, next_edition: int) -> None:
    editions = {str(edition) for edition in range(next_edition)}
    assert [bool(whole(esp, editions)) for esp in left] == [True, True], left


@pytest.mark.full
def test_every_beginning_of_what_a_sync_writes_leaves_a_whole_kernel(uml: Uml) -> None:
    """As if the power went after every single write to the disk."""
    uml.add_disk(80 * MIB)
    uml.add_disk(256 * MIB)
    result = uml.run_python(PREFIXES, deadline=1800)
    found, mended = (
        [
            tuple(
                esp_found.whole(esp, {OLD, NEW}, {edition}, PREFIXES_INITRD_MIB) for edition in "01"
            )
            for esp in json.loads((result.out / name).read_text())
        ]
        for name in ("prefixes.json", "mended.json")
    )
    assert found[0] == ({OLD, NEW}, set())
    assert found[-1] == (set(), {OLD, NEW})
    assert len(found) > 50
    assert [number for number, kernels in enumerate(found) if not set.union(*kernels)] == []
    assert mended == [(set(), {OLD, NEW})] * len(mended)
    assert len(mended) == 5
