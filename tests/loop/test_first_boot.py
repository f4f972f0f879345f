"""`bedplate first-boot run` with real programs: each part once, attempts bounded, all kept."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply.user_program import KEPT_BYTES
from bedplate.cli import first_boot
from bedplate.cli.host_changing import Host
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from bedplate.model.first_boot import (
    JOB,
    LOG,
    OUTCOME,
    PROGRAM,
    FirstBootFile,
    FirstBootJob,
    Ordering,
    pending,
)
from bedplate.render import apt_argv
from bedplate.run import Result, run, spawn
from tests.support.processes import assert_ended, kill_group

# A run of its own below the folder that it is told, with the signals of a real one.
RUNNER = (
    "import sys; from pathlib import Path; from bedplate.cli import first_boot as f; "
    "from bedplate.cli.host_changing import Host; from bedplate.cli.main import run_command; "
    "f.HOST = Host(root=Path(sys.argv[1])); f.LOCK = Path(sys.argv[1]) / 'lock'; "
    "sys.exit(run_command(['first-boot', 'run']))"
)
AGAIN = "bedplate first-boot run --again"
ORDERING: Ordering = "network-online"
MOTD = FirstBootFile(path="/etc/motd", content="hello\n", mode=0o640)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host below this folder, whose apt and systemd are written down and not run."""

    def recorded(argv: Sequence[str | Path], **options: Any) -> Result:
        words = tuple(map(str, argv))
        if words[0] in ("apt-get", "dpkg", "systemctl"):
            with (tmp_path / "called").open("a") as file:
                file.write(" ".join(words) + "\n")
            if words[1] == "install" and (tmp_path / "no-packages").exists():
                return run(["sh", "-c", "echo E: Unable to locate package htop >&2; exit 100"])
            return Result(words, 0, "", "")
        return run(argv, **options)

    monkeypatch.setattr(first_boot, "HOST", Host(recorded, tmp_path))
    monkeypatch.setattr(first_boot, "LOCK", tmp_path / "lock")
    return tmp_path


def state(root: Path, program: str | None = None, **job: Any) -> None:
    """A host that was installed with this job."""
    stated = FirstBootJob(ordering=ORDERING, has_program=program is not None, **job)
    place = root / JOB[1:]
    place.parent.mkdir(parents=True)
    place.write_text(stated.model_dump_json())
    (root / pending(ORDERING)[1:]).touch()
    if program is not None:
        (root / PROGRAM[1:]).write_text(program)
        (root / PROGRAM[1:]).chmod(0o700)


def outcome(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / OUTCOME[1:]).read_text())
    return found


def is_pending(root: Path) -> bool:
    return (root / pending(ORDERING)[1:]).exists()


def test_everything_is_done_once_and_in_order(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = f"#!/bin/sh\ncat {root}/etc/motd >>{root}/seen\necho to stdout\necho to stderr >&2\n"
    units = {"mask": ("b.timer",), "disable": ("c.service",), "enable": ("a.service",)}
    state(root, program, files=(MOTD,), packages=("htop",), **units)
    assert run_command(["first-boot", "run"]) == ExitCode.OK
    assert (root / "seen").read_text() == "hello\n"
    assert stat.S_IMODE((root / "etc/motd").stat().st_mode) == 0o640
    assert (root / "called").read_text().splitlines() == [
        " ".join(apt_argv.update_what_can_be()),
        " ".join(apt_argv.install(["htop"])),
        "systemctl daemon-reload",
        "systemctl mask --no-block --now -- b.timer",
        "systemctl disable --no-block --now -- c.service",
        "systemctl enable --no-block --now -- a.service",
    ]
    said = capsys.readouterr().out.splitlines()
    assert said[3:6] == ["first boot, attempt 1 of 3: program", "to stdout", "to stderr"]
    assert (root / LOG[1:]).read_text() == "to stdout\nto stderr\n"
    assert stat.S_IMODE((root / LOG[1:]).stat().st_mode) == 0o600
    assert outcome(root)["done"] == ["files", "packages", "units", "program"]
    assert not is_pending(root)

    (root / "etc/motd").write_text("mine\n")
    assert run_command(["first-boot", "run"]) == ExitCode.OK
    assert (root / "seen").read_text() == "hello\n"
    assert (root / "etc/motd").read_text() == "mine\n"
    capsys.readouterr()
    assert run_command(["first-boot", "status"]) == ExitCode.OK
    assert "First boot: done (1 attempt, " in capsys.readouterr().out


def test_what_fails_is_tried_again_as_often_as_agreed_and_no_more(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state(root, f"#!/bin/sh\necho again >>{root}/tries\necho no luck\nexit 7\n", files=(MOTD,))
    for attempt, ending in ((1, "failed"), (2, "failed"), (3, "given-up")):
        assert run_command(["first-boot", "run"]) == ExitCode.FAILED
        assert outcome(root)["state"] == ending
        assert outcome(root)["attempts"] == attempt
        assert outcome(root)["exit_code"] == 7
        assert 0 < outcome(root)["began"] <= outcome(root)["at"]
        assert is_pending(root) is (attempt < 3)
    assert "ended with 7; it said last: no luck" in capsys.readouterr().out
    assert run_command(["first-boot", "run"]) == ExitCode.FAILED
    assert (root / "tries").read_text() == "again\n" * 3
    assert run_command(["first-boot", "status"]) == ExitCode.DIFFERS

    # Once more, and if that fails too at the next start: until it was tried as often again.
    assert run_command(["first-boot", "run", "--again"]) == ExitCode.FAILED
    assert (outcome(root)["state"], outcome(root)["attempts"]) == ("failed", 1)
    assert is_pending(root)
    (root / PROGRAM[1:]).write_text("#!/bin/sh\nexit 0\n")
    assert run_command(["first-boot", "run"]) == ExitCode.OK
    assert (outcome(root)["state"], outcome(root)["exit_code"]) == ("done", 0)
    assert not is_pending(root)
    assert run_command(["first-boot", "run", "--again"]) == ExitCode.OK
    assert (root / "tries").read_text() == "again\n" * 4


def test_a_second_attempt_does_only_what_is_left(root: Path) -> None:
    program = f"#!/bin/sh\n[ -e {root}/once ] && exit 0\ntouch {root}/once\nexit 1\n"
    state(root, program, files=(MOTD,), packages=("htop",))
    assert run_command(["first-boot", "run"]) == ExitCode.FAILED
    (root / "etc/motd").unlink()
    assert run_command(["first-boot", "run"]) == ExitCode.OK
    assert not (root / "etc/motd").exists()
    assert (root / "called").read_text().count(" install ") == 1


def test_a_program_that_does_not_end_is_ended_with_all_that_it_started(root: Path) -> None:
    program = (
        f"#!/bin/bash\ntrap '' TERM\nsleep 1000 &\necho $! >{root}/child\n"
        "while :; do sleep 1000; done\n"
    )
    state(root, program, timeout_seconds=2, attempts=1)
    assert run_command(["first-boot", "run"]) == ExitCode.FAILED
    assert "did not end within 2 seconds" in outcome(root)["said"]
    assert (outcome(root)["state"], outcome(root)["exit_code"]) == ("given-up", None)
    assert_ended(int((root / "child").read_text()))


def test_packages_that_cannot_be_had_keep_the_rest_from_being_done(root: Path) -> None:
    state(root, f"#!/bin/sh\ntouch {root}/ran\n", files=(MOTD,), packages=("htop",))
    (root / "no-packages").touch()
    assert run_command(["first-boot", "run"]) == ExitCode.FAILED
    assert outcome(root)["done"] == ["files"]
    assert "ended with 100: E: Unable to locate package htop" in outcome(root)["said"]
    assert not (root / "ran").exists()
    (root / "no-packages").unlink()
    assert run_command(["first-boot", "run"]) == ExitCode.OK
    assert (root / "ran").exists()


def test_packages_that_were_cut_off_are_finished_first(root: Path) -> None:
    state(root, packages=("htop",))
    (root / "var/lib/dpkg/updates").mkdir(parents=True)
    (root / "var/lib/dpkg/updates/0001").touch()
    assert run_command(["first-boot", "run"]) == ExitCode.OK
    called = (root / "called").read_text().splitlines()
    assert called[0] == " ".join(apt_argv.finish_interrupted())
    assert len(called) == 3


def test_a_file_that_cannot_be_written_is_a_failed_attempt(root: Path) -> None:
    (root / "etc/motd").mkdir(parents=True)
    state(root, files=(MOTD,))
    assert run_command(["first-boot", "run"]) == ExitCode.FAILED
    assert outcome(root)["state"] == "failed"
    assert outcome(root)["said"] == "/etc/motd: cannot be written: Is a directory"
    (root / "etc/motd").rmdir()
    assert run_command(["first-boot", "run"]) == ExitCode.OK


def test_what_it_leaves_running_ends_with_it(root: Path) -> None:
    state(root, f"#!/bin/sh\nsleep 1000 &\necho $! >{root}/child\n")
    assert run_command(["first-boot", "run"]) == ExitCode.OK
    assert_ended(int((root / "child").read_text()))


def test_one_that_prints_without_end_fills_no_disk(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first that it says is kept, and the last; a line may be as long as it likes."""
    program = "#!/bin/sh\necho first\nhead -c 20000000 /dev/zero | tr '\\0' x\necho\necho last\n"
    state(root, program)
    assert run_command(["first-boot", "run"]) == ExitCode.OK
    log = (root / LOG[1:]).read_text()
    assert len(log) < KEPT_BYTES + 10_000
    assert log.startswith("first\nxxx")
    assert log.endswith("xxx\nlast\n")
    assert "bytes more are not kept; these were the last:]" in log
    assert "\nlast\n" in capsys.readouterr().out


def test_where_it_is_not_known_what_was_done_nothing_is(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state(root, f"#!/bin/sh\ntouch {root}/ran\n")
    (root / OUTCOME[1:]).write_text('{"state": "do')
    for words in (["run"], ["run", "--again"]):
        assert run_command(["first-boot", *words]) == ExitCode.USAGE
        assert f"hint: remove it and run `{AGAIN}`" in capsys.readouterr().err
    assert run_command(["first-boot", "status"]) == ExitCode.DIFFERS
    assert "First boot: not known how it went." in capsys.readouterr().out
    assert not (root / "ran").exists()


def test_a_job_that_cannot_be_read_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state(root)
    (root / JOB[1:]).write_text('{"version": 2}')
    assert run_command(["first-boot", "run"]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert f"error[job-invalid] {JOB}: version: " in said
    assert f"error[job-invalid] {JOB}: ordering: " in said


def test_a_host_that_goes_down_in_every_attempt_stops_trying(root: Path) -> None:
    """What runs is killed, as a power cut would: the attempt counts all the same."""
    os.mkfifo(root / "begun")
    its_group = f"read -r _ _ _ _ group _ </proc/self/stat; echo $group >{root}/begun"
    state(root, f"#!/bin/sh\n{its_group}\nsleep 1000\n", attempts=2)
    for attempt in (1, 2):
        # The program says that it has begun, and is killed after whatever started it.
        group = spawn([sys.executable, "-c", RUNNER, root], log_to=root / "printed")
        programs = int((root / "begun").read_text())
        kill_group(group)
        kill_group(programs)
        assert outcome(root)["state"] == "running"
        assert outcome(root)["attempts"] == attempt
    assert run_command(["first-boot", "run"]) == ExitCode.FAILED
    assert outcome(root)["state"] == "given-up"
    assert outcome(root)["said"] == "the host went down in the last attempt"
    assert not is_pending(root)


def test_a_run_that_is_broken_off_ends_its_program_and_the_attempt_counts(root: Path) -> None:
    os.mkfifo(root / "begun")
    state(root, f"#!/bin/sh\necho $$ >{root}/begun\nexec sleep 1000\n")
    runner = spawn([sys.executable, "-c", RUNNER, root], log_to=root / "printed")
    program = int((root / "begun").read_text())
    os.kill(runner, signal.SIGINT)
    assert_ended(program)
    assert_ended(runner)
    assert (outcome(root)["state"], outcome(root)["attempts"]) == ("running", 1)
    assert is_pending(root)
    assert "Traceback" not in (root / "printed").read_text()


def test_a_job_that_nobody_has_begun(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state(root)
    assert run_command(["first-boot", "status"]) == ExitCode.OK
    assert capsys.readouterr().out == "First boot: has not begun.\n"
    assert run_command(["first-boot", "status", "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["state"] == "waiting"


def test_a_host_without_a_job_says_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["first-boot", "run"]) == ExitCode.USAGE
    assert "has nothing to do at its first start" in capsys.readouterr().err
    assert run_command(["first-boot", "status", "--json"]) == ExitCode.OK
    assert capsys.readouterr().out == "null\n"
