"""Snapshots in files."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from bedplate.errors import FactsError, Problem, UsageError
from bedplate.facts.saved import load_facts, save_facts
from bedplate.model.facts import (
    Address,
    DiskFact,
    Facts,
    Firmware,
    FirmwareKind,
    LogicalVolumeFact,
    NicFact,
    PartitionFact,
    PoolFact,
    Route,
    Signature,
    VolumeGroupFact,
)

HINT = "save a new snapshot with `bedplate facts --save FILE`"
PARTITION = PartitionFact(
    number=1,
    path="/dev/sda1",
    first_sector=34,
    last_sector=2047,
    size_bytes=1031168,
    flags=("legacy-boot",),
    signatures=(Signature(kind="vfat", label="Système", uuid="77F1-A9B4"),),
)
FACTS = Facts(
    firmware=Firmware(kind=FirmwareKind.UEFI, secure_boot=True),
    memory_bytes=2**34,
    kernel_cmdline=("quiet",),
    disks=(
        DiskFact(
            path="/dev/sda",
            by_id=("ata-A_1",),
            size_bytes=2**40,
            sector_size=512,
            physical_sector_size=4096,
            partitions=(PARTITION,),
            properties={"ID_BUS": "ata"},
            error="Input/output error",
        ),
    ),
    pools=(PoolFact(name="rpool", guid="1", state="ONLINE", imported=True, members=("/dev/a",)),),
    volume_groups=(
        VolumeGroupFact(
            name="pve",
            uuid="u",
            size_bytes=1,
            free_bytes=0,
            extent_bytes=1,
            missing_pvs=1,
            volumes=(
                LogicalVolumeFact(name="r", uuid="v", size_bytes=1, kind="linear", active=True),
            ),
        ),
    ),
    nics=(NicFact(name="e", mac="m", physical=True, addresses=(Address(cidr="192.0.2.7/24"),)),),
    routes=(Route(destination="default", gateway="192.0.2.1", interface="e"),),
    missing_tools=("zpool",),
)


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text("an older one")
    save_facts(FACTS, path)
    assert load_facts(path) == FACTS
    assert Facts.model_validate_json(FACTS.model_dump_json()) == FACTS
    assert [entry.name for entry in tmp_path.iterdir()] == ["facts.json"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "no" / "facts.json"
    with pytest.raises(FactsError) as caught:
        save_facts(FACTS, path)
    message = "cannot be written: No such file or directory"
    assert caught.value.problems == (Problem("facts-not-saved", str(path), message),)


def problems_of(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(UsageError) as caught:
        load_facts(path)
    return caught.value.problems


def test_every_problem_with_its_key_path(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    content = FACTS.model_dump(mode="json")
    del content["memory_bytes"]
    content["disks"][0]["size_bytes"] = "big"
    content["disks"][0]["colour"] = "grey"
    path.write_text(json.dumps(content))
    message = "Input should be a valid integer, unable to parse string as an integer"
    assert set(problems_of(path)) == {
        Problem("facts-invalid", f"{path}: memory_bytes", "Field required", HINT),
        Problem("facts-invalid", f"{path}: disks[0].size_bytes", message, HINT),
        Problem(
            "facts-invalid", f"{path}: disks[0].colour", "Extra inputs are not permitted", HINT
        ),
    }


def test_a_truncated_file(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    text = FACTS.model_dump_json()
    path.write_text(text[: len(text) // 2])
    (problem,) = problems_of(path)
    assert (problem.code, problem.where, problem.hint) == ("facts-not-json", str(path), HINT)
    assert problem.message.startswith("is not whole JSON: ")


@pytest.mark.parametrize(
    ("content", "code", "where", "message"),
    [
        (b"[]", "facts-invalid", "", "is JSON, but no snapshot of a machine"),
        (
            b'{"version": 2, "x": 1}',
            "facts-version",
            ": version",
            "has version 2, and this bedplate reads version 1",
        ),
        (
            b'{"firmware": {}}',
            "facts-version",
            ": version",
            "has version None, and this bedplate reads version 1",
        ),
        (b"\xff\xfe", "facts-unreadable", "", "is not text"),
    ],
    ids=["list", "newer", "no-version", "binary"],
)
def test_other_files(tmp_path: Path, content: bytes, code: str, where: str, message: str) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(content)
    assert problems_of(path) == (Problem(code, f"{path}{where}", message, HINT),)


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"version": 1, "memory_bytes": ' + b"1" * 5000 + b"}"],
    ids=["nesting", "digits"],
)
def test_json_beyond_reason(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(content)
    assert [problem.code for problem in problems_of(path)] == ["facts-not-json"]


def test_no_file(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    message = "No such file or directory"
    assert problems_of(path) == (Problem("facts-unreadable", str(path), message, HINT),)


def test_loading_needs_none_of_the_probing_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("bedplate.facts")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("pyudev", "blkinfo", "parted", "_ped"):
        monkeypatch.setitem(sys.modules, name, None)
    __import__("bedplate.facts.saved")
