"""More storage for guests on further disks: commands said to a host, one start after the other.

Usage: storage.py COMMANDS, a JSON list of what is said, in order. Each is a list of words: those of
`bedplate storage`, or `write NAME TEXT` for a file below /srv/backup. What a command reads is in
$BEDPLATE_FILE. With $BEDPLATE_CUT_AT, a number, the power fails at that point of the first one's
plan; with $BEDPLATE_KILL its process is killed at every point, before it is said once more.

How each command ended, what it said, and what there is in the end go to $BEDPLATE_OUT/report.json.
What a host keeps of itself is in $BEDPLATE_OUT/state, also when the power fails; $BEDPLATE_BEFORE
is where the start before had it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bedplate.apply.disk_change import STATE as JOURNAL
from bedplate.cli import changing
from bedplate.cli.main import run_command
from bedplate.facts.lvm import probe_volume_groups
from bedplate.model.disk_change import DiskChange
from bedplate.run import run
from tests.support.points import BrokenOff, Point, points_of

OUT = Path(os.environ["BEDPLATE_OUT"])
STATE = OUT / "state"
AT = Path("/srv/backup")
KEPT = ("/etc/fstab", "/etc/pve/storage.cfg")


def start_host() -> None:
    """What a host has of the start before: its files, its volumes, and what fstab mounts."""
    if before := os.environ.get("BEDPLATE_BEFORE"):
        shutil.copytree(before, STATE)
    for path in KEPT:
        place = STATE / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).unlink(missing_ok=True)
        Path(path).symlink_to(place)
    (STATE / "lib").mkdir(exist_ok=True)
    JOURNAL.parent.mkdir(parents=True, exist_ok=True)
    run(["mount", "--bind", STATE / "lib", JOURNAL.parent])
    run(["vgchange", "--activate", "y"], check=False)
    run(["udevadm", "settle"])
    if str(AT) in Path("/etc/fstab").read_text():
        AT.mkdir(exist_ok=True)
        run(["mount", AT], check=False)


def say(words: list[str]) -> dict[str, Any]:
    """One command, as an operator says it: by a process of its own, whose mounts are private."""
    match words:
        case ["write", name, text]:
            (AT / name).write_text(text)
            os.sync()
            return {}
    answer = OUT / "answer.json"
    answer.unlink(missing_ok=True)
    if not (child := os.fork()):
        out, err = io.StringIO(), io.StringIO()
        sys.stdin = io.TextIOWrapper(io.BytesIO(os.environ.get("BEDPLATE_FILE", "").encode()))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = int(run_command(["storage", *words]))
        answer.write_text(json.dumps({"out": out.getvalue(), "err": err.getvalue()}))
        os._exit(code)
    _, status = os.waitpid(child, 0)
    said = json.loads(answer.read_text()) if answer.exists() else {}
    return {"code": os.waitstatus_to_exitcode(status), **said}


def cut_power() -> None:
    Path("/proc/sysrq-trigger").write_text("b")
    signal.pause()


def break_off(at: int, end: Callable[[], None]) -> None:
    """From now on a run ends at the point of this number, where there is one."""
    made = changing.journal()
    points: tuple[Point, ...] = points_of(made.plan()) if made.exists() else ()
    point = points[at] if at < len(points) else None
    changing.journal = lambda: BrokenOff(DiskChange, JOURNAL, point, end)


def plan_first(words: list[str]) -> None:
    """The plan is the same for all points: it is recorded, and gone on with."""
    printed = say([*words, "--json"])
    assert printed["code"] == 0, printed
    JOURNAL.mkdir(parents=True, exist_ok=True)
    changing.journal().begin(DiskChange.model_validate_json(printed["out"]))


def killed_everywhere(words: list[str]) -> list[str]:
    """The command, its process killed at every point; how each ended."""
    plan_first(words)
    whole = changing.journal
    ended = []
    for number, point in enumerate(points_of(whole().plan())):
        break_off(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
        ended.append(f"{point}: {say(words)['code']}")
        changing.journal = whole
    return ended


def report(said: list[dict[str, Any]], ended: list[str]) -> None:
    groups = probe_volume_groups(run)
    found = {
        "said": said,
        "ended": ended,
        "files": {path.name: path.read_text() for path in sorted(AT.glob("*.txt"))},
        "volumes": {
            f"{group.name}/{volume.name}": [volume.size_bytes, volume.metadata_size_bytes]
            for group in groups
            for volume in group.volumes
        },
        "free": {group.name: group.free_bytes for group in groups},
        "pvs": {group.name: len(group.pvs) for group in groups},
        "mounted": run(["findmnt", "--noheadings", "-o", "SOURCE,FSTYPE", AT], check=False).stdout,
        "storage_cfg": Path("/etc/pve/storage.cfg").read_text(),
        "fstab": Path("/etc/fstab").read_text(),
    }
    run(["umount", AT], check=False)
    found["fsck"] = [
        run(["fsck.ext4", "-f", "-n", f"/dev/{group.name}/backup"], check=False).code
        for group in groups
        if group.volume("backup") is not None
    ]
    (OUT / "report.json").write_text(json.dumps(found))


def main(commands: str) -> None:
    start_host()
    spoken: list[list[str]] = json.loads(commands)
    ended: list[str] = []
    if cut_at := os.environ.get("BEDPLATE_CUT_AT"):
        if not changing.journal().exists():
            plan_first(spoken[0])
        break_off(int(cut_at), cut_power)
    elif os.environ.get("BEDPLATE_KILL"):
        ended = killed_everywhere(spoken[0])
    report([say(words) for words in spoken], ended)


main(*sys.argv[1:])
