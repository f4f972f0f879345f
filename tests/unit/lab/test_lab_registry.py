"""The records of lab machines."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bedplate.errors import RefusedError, UsageError
from bedplate.lab.machine import MachineSpec, Places
from bedplate.lab.process import Process
from bedplate.lab.registry import Record, Registry, State, check_name, lab_folder
from bedplate.lab.vm import make_places
from bedplate.model.facts import FirmwareKind

# Above the largest process id that Linux gives out, proc_pid_max in proc_sys_kernel(5).
NOBODY = 2**22 + 1


def record(name: str, folder: Path, pid: int) -> Record:
    spec = MachineSpec(name=name, firmware=FirmwareKind.UEFI)
    return Record(spec=spec, layout="zfs-mirror", sockets=folder, pid=pid, ssh_port=2222)


def test_record_survives_and_a_dead_process_shows(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "lab")
    folder = registry.create("one")
    written = record("one", folder, NOBODY)
    registry.save(written)
    assert registry.states() == (State(record=written, folder=folder, running=False),)
    assert registry.get("one") == State(record=written, folder=folder, running=False)


def test_process_that_got_the_id_later_is_not_the_machine(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    folder = registry.create("one")
    registry.save(record("one", folder, os.getpid()))
    assert [state.running for state in registry.states()] == [False]
    registry.stop("one")  # must not end this very process


def test_removed_machine_is_gone(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    sockets = tmp_path / "sockets"
    sockets.mkdir()
    folder = registry.create("one")
    registry.save(record("one", sockets, NOBODY))
    registry.remove("one")
    assert (registry.states(), folder.exists(), sockets.exists()) == ((), False, False)


def test_name_is_taken_once(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.create("one")
    with pytest.raises(RefusedError, match="one: there is a machine of that name"):
        registry.create("one")


def test_unknown_machine_names_the_known(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.save(record("one", registry.create("one"), NOBODY))
    with pytest.raises(UsageError, match=r"two: there is no lab machine of that name; .*: one"):
        registry.get("two")


def test_broken_record_is_named(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    path = registry.create("one") / "machine.json"
    path.write_text("{}")
    with pytest.raises(UsageError) as caught:
        registry.states()
    assert [(p.code, p.where) for p in caught.value.problems] == [("bad-machine-record", str(path))]


@pytest.mark.parametrize("name", ["a", "lab", "node-1", "x" * 32])
def test_good_name(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a/b", "..", "a b", "x" * 33, "ä"])
def test_bad_name(name: str) -> None:
    with pytest.raises(UsageError, match="is not a machine name"):
        check_name(name)


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"BEDPLATE_LAB": "/srv/lab", "XDG_STATE_HOME": "/s"}, Path("/srv/lab")),
        ({"XDG_STATE_HOME": "/s"}, Path("/s/bedplate/lab")),
        ({}, Path.home() / ".local/state/bedplate/lab"),
    ],
)
def test_where_machines_are_kept(environment: dict[str, str], folder: Path) -> None:
    assert lab_folder(environment) == folder


def test_sockets_move_out_of_a_deep_folder(tmp_path: Path) -> None:
    shallow = Path("/tmp") / f"bp-{os.getpid()}"
    deep = tmp_path / ("d" * 80) / ("e" * 80)
    try:
        assert make_places(shallow) == Places(shallow, shallow)
        places = make_places(deep)
        assert places.folder == deep
        assert len(str(places.serial)) < 100
        places.sockets.rmdir()
    finally:
        shallow.rmdir()


def test_process_that_never_was_has_ended() -> None:
    process = Process(NOBODY)
    assert (process.ended(), process.has("x")) == (True, False)
    process.kill()
    process.close()


def test_running_process_is_known_by_its_arguments() -> None:
    process = Process(os.getpid())
    arguments = Path("/proc/self/cmdline").read_text().split("\0")
    assert (process.ended(), process.has(arguments[0])) == (False, True)
    process.close()
