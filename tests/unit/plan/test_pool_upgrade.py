"""A pool is upgraded only where what starts the host can read it afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import FactsError, RefusedError
from bedplate.facts.pool_upgrade import probe_pool_features
from bedplate.model.host_change import HostCommand
from bedplate.model.pool_upgrade import PoolFeatures
from bedplate.plan.pool_upgrade import plan_pool_upgrade
from tests.unit.facts.recorded import Answer, Recorded

SYNCED = PoolFeatures(
    pool="rpool",
    disabled=("block_cloning", "raidz_expansion"),
    holds_boot=True,
    esp_sync=True,
    zfs="2.3.9-1",
    modules={"6.12.1": "2.3.9-1"},
)


def test_kernels_on_esps_do_not_mind() -> None:
    change = plan_pool_upgrade(SYNCED)
    assert change.commands == (HostCommand(argv=("zpool", "upgrade", "rpool")),)
    assert change.summary == "The pool rpool has 2 features more."


def test_there_may_be_nothing_to_enable() -> None:
    found = SYNCED.model_copy(update={"disabled": (), "esp_sync": False})
    assert plan_pool_upgrade(found).is_nothing


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"esp_sync": False}, ["pool-read-by-grub"]),
        ({"esp_sync": False, "holds_boot": False}, []),
        ({"modules": {"6.1.0": "2.1.11-1", "6.12.1": "2.3.9-1"}}, ["kernel-older-zfs"]),
        (
            {"esp_sync": False, "modules": {"6.1.0": "2.1.11-1", "6.6.0": "2.3.10-1"}},
            ["pool-read-by-grub", "kernel-older-zfs"],
        ),
    ],
)
def test_what_would_not_read_it_any_more_is_named(
    changes: dict[str, object], codes: list[str]
) -> None:
    found = SYNCED.model_copy(update=changes)
    if not codes:
        assert not plan_pool_upgrade(found).is_nothing
        return
    with pytest.raises(RefusedError) as refused:
        plan_pool_upgrade(found)
    assert [problem.code for problem in refused.value.problems] == codes


GET = "zpool get -H -o property,value all rpool"
ALL = (
    "size\t15G\nfeature@async_destroy\tenabled\nfeature@block_cloning\tdisabled\n"
    "feature@x\tactive\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in (
        ("boot/vmlinuz-6.1.0", ""),
        ("boot/vmlinuz-6.12.1", ""),
        ("sys/module/zfs/version", "2.3.9-1\n"),
        ("proc/self/mountinfo", "22 1 0:20 / / rw - zfs rpool/ROOT/pve-1 rw\n"),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_a_pool_and_the_kernels_that_may_have_to_import_it(root: Path) -> None:
    modinfo = f"modinfo -b {root} -k %s --field version zfs"
    answers: dict[str, Answer] = {
        GET: ALL,
        modinfo % "6.1.0": (1, "", "modinfo: ERROR: Module zfs not found."),
        modinfo % "6.12.1": "2.3.9-1\n",
    }
    assert probe_pool_features(Recorded(answers), "rpool", root) == PoolFeatures(
        pool="rpool",
        disabled=("block_cloning",),
        holds_boot=True,
        esp_sync=False,
        zfs="2.3.9-1",
        modules={"6.12.1": "2.3.9-1"},
    )


def test_a_pool_that_is_not_there(root: Path) -> None:
    run = Recorded({GET: (1, "", "cannot open 'rpool': no such pool")})
    with pytest.raises(FactsError, match="is no pool of this host"):
        probe_pool_features(run, "rpool", root)
