"""More storage on further disks: a volume group, a thin pool, a directory with data, all grown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bedplate.errors import ExitCode
from bedplate.units import GIB, MIB
from tests.support.uml import Uml

SCENARIO = "tests/uml/scenarios/storage.py"
FEWEST_POINTS, MOST_POINTS = 16, 40
A, B, C = (f"scsi-0BEDPLATE_ubd{letter}" for letter in "abc")
FILE = f"""\
[volume-group.vmdata]
disk-list = ["{A}"]

[thin-pool.vmstore]
volume-group = "vmdata"
size = 1
metadata-size = 0.03125

[directory.backup]
thin-pool = "vmdata/vmstore"
size = 0.5
path = "/srv/backup"
"""
STORAGE_CFG = """\
lvmthin: vmstore
\tthinpool vmstore
\tvgname vmdata
\tcontent images,rootdir

dir: backup
\tpath /srv/backup
\tcontent iso,vztmpl,backup
\tis_mountpoint yes
"""
FSTAB = "/dev/vmdata/backup /srv/backup ext4 defaults,nofail 0 2\n"
MOUNTED = ["/dev/mapper/vmdata-backup", "ext4"]
CREATE = ["create", "-", "--yes"]
NOTHING = "there is nothing to do"


class Host:
    """A host that is started again and again, and told what it is to do."""

    def __init__(self, uml: Uml) -> None:
        self._uml = uml
        self._env: dict[str, str] = {"BEDPLATE_FILE": FILE}

    def say(self, *commands: list[str], file: str = FILE, **env: str) -> dict[str, Any] | None:
        """One start, and these commands; what there is in the end, unless the power fails."""
        arguments = (SCENARIO, json.dumps(commands))
        env = {**self._env, "BEDPLATE_FILE": file, **env}
        done = self._uml.run_python(*arguments, deadline=600, env=env, check=False)
        if (done.out / "state").exists():
            self._env["BEDPLATE_BEFORE"] = str(done.out / "state")
        if done.code is None:
            return None
        assert done.code == 0, done.explain()
        found = json.loads((done.out / "report.json").read_text())
        assert isinstance(found, dict)
        return found


def check_created(found: dict[str, Any]) -> None:
    """All that the file asks for is there, once."""
    assert found["volumes"] == {
        "vmdata/vmstore": [GIB, 32 * MIB],
        "vmdata/backup": [512 * MIB, None],
    }
    assert (found["storage_cfg"], found["fstab"]) == (STORAGE_CFG, FSTAB)
    assert found["mounted"].split() == MOUNTED
    assert (found["pvs"], found["fsck"]) == ({"vmdata": 1}, [0])


def test_storage_is_made_used_grown_and_given_a_disk(uml: Uml) -> None:
    for _ in range(3):
        uml.add_disk(3 * GIB)
    host = Host(uml)
    other = FILE.replace("vmdata", "other").replace("vmstore", "more").replace("backup", "iso")
    found = host.say(
        ["plan", "-"],
        CREATE,
        ["write", "a.txt", "before"],
        CREATE,
        ["grow", "vmdata/vmstore", "--size", "1.9", "--yes"],
        ["grow", "vmdata/vmstore", "--size", "2.85", "--metadata-size", "0.125", "--yes"],
    )
    assert found is not None
    plan, created, _, again, grown, refused = found["said"]
    assert (plan["code"], created["code"]) == (ExitCode.DIFFERS, 0), created
    assert "Create the volume group vmdata on /dev/ubda" in plan["out"]
    assert "EVERYTHING ON THIS DISK WILL BE DESTROYED" in plan["out"]
    assert (again["code"], NOTHING in again["out"]) == (0, True), again
    assert grown["code"] == 0, grown
    assert refused["code"] == ExitCode.REFUSED
    assert "refused[no-room-for-metadata] vmdata/vmstore" in refused["err"]
    assert found["files"] == {"a.txt": "before"}
    size, metadata = found["volumes"]["vmdata/vmstore"]
    assert size == 1948 * MIB
    assert 32 * MIB * 1.9 <= metadata <= 32 * MIB * 2
    assert (found["mounted"].split(), found["fsck"]) == (MOUNTED, [0])
    refused_again = host.say(["create", "-", "--yes"], file=other)
    assert refused_again is not None
    assert refused_again["said"][0]["code"] == ExitCode.REFUSED
    assert "vmdata-backup is mounted on /srv/backup" in refused_again["said"][0]["err"]
    found = host.say(
        ["add", "vmdata", B, "--yes"],
        ["add", "vmdata", B, "--yes"],
        ["grow", "vmdata/vmstore", "--yes"],
        ["grow", "vmdata/vmstore", "--yes"],
        ["write", "b.txt", "after"],
    )
    assert found is not None
    assert [one["code"] for one in found["said"][:4]] == [0, 0, 0, 0], found["said"]
    assert [NOTHING in one["out"] for one in found["said"][:4]] == [False, True, False, True]
    assert (found["pvs"], found["free"]) == ({"vmdata": 2}, {"vmdata": 0})
    assert found["volumes"]["vmdata/vmstore"][0] > 5 * GIB
    assert found["files"] == {"a.txt": "before", "b.txt": "after"}
    found = host.say()
    assert found is not None
    assert found["files"] == {"a.txt": "before", "b.txt": "after"}
    assert (found["mounted"].split(), found["fsck"]) == (MOUNTED, [0])


def test_a_run_whose_power_fails_is_gone_on_with(uml: Uml) -> None:
    """While the pool is made, the file system, and the line of fstab: for all see below."""
    uml.add_disk(3 * GIB)
    host = Host(uml)
    for point in ("8", "13", "16"):
        assert host.say(CREATE, BEDPLATE_CUT_AT=point) is None
    found = host.say(CREATE, ["write", "a.txt", "data"], CREATE)
    assert found is not None
    assert [one["code"] for one in (found["said"][0], found["said"][2])] == [0, 0], found["said"]
    assert "Going on with what was begun" in found["said"][0]["out"]
    assert NOTHING in found["said"][2]["out"]
    assert found["files"] == {"a.txt": "data"}
    check_created(found)


@pytest.mark.full
def test_the_power_may_fail_at_every_step(uml: Uml) -> None:
    uml.add_disk(3 * GIB)
    host = Host(uml)
    starts = (host.say(CREATE, BEDPLATE_CUT_AT=str(point)) for point in range(MOST_POINTS))
    cuts = 0
    while (found := next(starts)) is None:
        cuts += 1
    assert cuts >= FEWEST_POINTS
    assert found["said"][0]["code"] == 0, found["said"]
    check_created(found)


def test_the_command_may_be_killed_at_every_step(uml: Uml) -> None:
    uml.add_disk(3 * GIB)
    found = Host(uml).say(CREATE, BEDPLATE_KILL="1")
    assert found is not None
    assert len(found["ended"]) >= FEWEST_POINTS
    assert [line for line in found["ended"] if not line.endswith(": -9")] == []
    assert found["said"][0]["code"] == 0, found["said"]
    check_created(found)
