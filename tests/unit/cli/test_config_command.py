"""`bedplate config …` and `bedplate node …` as an administrator meets them."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bedplate.cli import config, config_mail
from bedplate.cli.host_changing import Host
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from bedplate.run import Result
from tests.unit.facts.recorded import Answer, Recorded
from tests.unit.facts.test_host_settings import CAPTURES, QUEUED

PASSWORD = "hunter2hunter2"
ANSWER = f"""
[time]
servers = ["ntp1.example.com"]
[mail.relay]
host = "smtp.example.com"
user = "host"
password = "{PASSWORD}"
[swap]
swappiness = 10
"""
FILES = {
    "etc/systemd/timesyncd.conf": "[Time]\n#NTP=\n",
    "etc/postfix/main.cf": "relayhost =\n",
    "proc/meminfo": "MemTotal:       1048576 kB\n",
    "proc/self/mountinfo": "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n",
    "usr/sbin/postfix": "",
}
COMMANDS: dict[str, Answer] = {
    "postfix check": "",
    "systemctl try-restart systemd-timesyncd.service": "",
    "systemctl try-reload-or-restart postfix.service": "",
    "sysctl --quiet --load /etc/sysctl.d/50-bedplate.conf": "",
}

Set = Callable[[dict[str, Answer]], Recorded]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "root"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (tmp_path / "answer.toml").write_text(ANSWER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(config, "LOCK", tmp_path / "lock")
    return root


@pytest.fixture
def host(root: Path, monkeypatch: pytest.MonkeyPatch) -> Set:
    """A function that says what programs answer on this host."""

    def make(answers: dict[str, Answer]) -> Recorded:
        run = Recorded(answers)
        monkeypatch.setattr(config, "HOST", Host(run=run, root=root))
        return run

    return make


def tree(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()
    }


def test_a_plan_shows_the_difference_and_touches_nothing(
    root: Path, host: Set, capsys: pytest.CaptureFixture[str]
) -> None:
    run, before = host({}), tree(root)
    assert run_command(["config", "plan", "answer.toml"]) == ExitCode.DIFFERS
    said = capsys.readouterr()
    assert "+NTP=ntp1.example.com" in said.out
    assert "+[smtp.example.com]:587 host:***" in said.out
    assert "check  postfix check" in said.out
    assert PASSWORD not in said.out + said.err
    assert (tree(root), run.lines) == (before, [])


def test_a_plan_as_json_is_a_change_without_secrets(
    root: Path, host: Set, capsys: pytest.CaptureFixture[str]
) -> None:
    host({})
    assert run_command(["config", "plan", "answer.toml", "--json"]) == ExitCode.DIFFERS
    change = json.loads(capsys.readouterr().out)
    assert [file["path"] for file in change["files"]] == [
        "/etc/systemd/timesyncd.conf",
        "/etc/postfix/main.cf",
        "/etc/postfix/sasl_passwd",
        "/etc/sysctl.d/50-bedplate.conf",
    ]
    assert PASSWORD not in json.dumps(change)


def test_applied_twice_the_second_run_changes_nothing_and_says_so(
    root: Path, host: Set, capsys: pytest.CaptureFixture[str]
) -> None:
    run = host(COMMANDS)
    assert run_command(["config", "apply", "answer.toml"]) == ExitCode.OK
    said = capsys.readouterr()
    assert said.out.endswith("The host is set up as the answer file says (4 files).\n")
    assert PASSWORD not in said.out + said.err
    login = root / "etc/postfix/sasl_passwd"
    assert login.read_text() == f"[smtp.example.com]:587 host:{PASSWORD}\n"
    assert stat.S_IMODE(login.stat().st_mode) == 0o600
    assert run.lines == list(COMMANDS)
    after = tree(root)

    run = host({})
    assert run_command(["config", "apply", "answer.toml"]) == ExitCode.OK
    said = capsys.readouterr()
    assert said.out == "The host is set up like that already: nothing to do.\n"
    assert run_command(["config", "plan", "answer.toml"]) == ExitCode.OK
    assert (tree(root), run.lines) == (after, [])


def test_a_check_that_fails_puts_everything_back(
    root: Path, host: Set, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(root)
    host({**COMMANDS, "postfix check": (1, "", "postfix: fatal: bad string length")})
    assert run_command(["config", "apply", "answer.toml"]) == ExitCode.FAILED
    assert "bad string length" in capsys.readouterr().err
    assert tree(root) == before


def test_what_cannot_be_is_refused_as_a_whole(
    root: Path, host: Set, capsys: pytest.CaptureFixture[str]
) -> None:
    host({})
    before = tree(root)
    (root.parent / "answer.toml").write_text(
        f'{ANSWER}\n[node]\nsysctl."vm.nonsense" = 1\n[zfs]\narc-max = 4096\n'
    )
    assert run_command(["config", "apply", "answer.toml"]) == ExitCode.REFUSED
    said = capsys.readouterr().err
    assert "zfs.arc-max" in said
    assert "vm.nonsense" in said
    assert tree(root) == before


CLOCK: dict[str, Answer] = {
    "timedatectl show --property=NTPSynchronized": "NTPSynchronized=yes\n",
    "timedatectl show-timesync --property=ServerName --property=ServerAddress": (
        "ServerName=ntp1.example.com\nServerAddress=10.0.0.1\n"
    ),
    "postqueue -j": "",
}


def test_all_is_in_effect(root: Path, host: Set, capsys: pytest.CaptureFixture[str]) -> None:
    host(CLOCK)
    assert run_command(["config", "check"]) == ExitCode.OK
    assert capsys.readouterr().out == ("The clock follows ntp1.example.com.\nAll is in effect.\n")


def test_what_is_not_in_effect_is_named(
    root: Path, host: Set, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, text in (
        ("etc/modprobe.d/zfs.conf", "options zfs zfs_arc_max=5\n"),
        ("sys/module/zfs/parameters/zfs_arc_max", "4\n"),
    ):
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text(text)
    host(
        {
            **CLOCK,
            "timedatectl show --property=NTPSynchronized": "NTPSynchronized=no\n",
            "postqueue -j": QUEUED,
        }
    )
    assert run_command(["config", "check", "--json"]) == ExitCode.DIFFERS
    found = json.loads(capsys.readouterr().out)
    assert [(problem["code"], problem["where"]) for problem in found] == [
        ("clock-not-synchronised", "time"),
        ("mail-waits", "mail 4bX1"),
        ("arc-not-in-effect", "zfs_arc_max"),
    ]


@pytest.fixture
def mailing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A function that says what the queue is, each time that somebody looks."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(config_mail, "have", lambda _: True)
    monkeypatch.setattr(config_mail, "_LOOK_AGAIN_SECONDS", 0)

    monkeypatch.setattr(config_mail, "make_msgid", lambda *_: "<test.1@host1.example.com>")

    def prepare(*queues: str, log: str = "") -> None:
        later: Iterator[str] = iter(queues)
        sent = Recorded({"sendmail -t -oi": ""})

        def run(argv: Sequence[str | Path], **options: Any) -> Result:
            if argv[0] == "postqueue":
                return Recorded({"postqueue -j": next(later)})(argv)
            if argv[0] == "journalctl":
                return Result(tuple(map(str, argv)), 0, log, "")
            return sent(argv, **options)

        monkeypatch.setattr(config, "HOST", Host(run=run))

    return prepare


OLD, UNTRIED = QUEUED.splitlines(keepends=True)
NEW = OLD.replace("4bX1", "4bX2")


def test_a_mail_is_followed_until_it_has_left(
    mailing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    mailing(OLD, OLD + UNTRIED, OLD + UNTRIED, OLD)
    assert run_command(["config", "test-mail"]) == ExitCode.OK
    assert capsys.readouterr().out.splitlines() == [
        "Handed over a mail to root.",
        "It has left the queue: whoever it was for, or the next server, has it.",
    ]


def test_a_mail_that_is_not_taken_is_a_failure(
    mailing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    mailing(OLD, OLD + UNTRIED, OLD + NEW)
    assert run_command(["config", "test-mail", "ada@example.com"]) == ExitCode.FAILED
    assert "not taken yet: connect to smtp.example.com" in capsys.readouterr().err


def test_a_mail_that_is_refused_for_good_has_left_the_queue_too(
    mailing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    mailing(OLD, OLD, log=(CAPTURES / "postfix-3.10.txt").read_text())
    assert run_command(["config", "test-mail"]) == ExitCode.FAILED
    said = capsys.readouterr().err
    assert "admin@example.com: refused for good: host smtp.example.com" in said


def test_a_magic_packet_goes_out_over_udp(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        port = listener.getsockname()[1]
        words = ["node", "wake", "52:54:00:AB:cd:ef", "--to", "127.0.0.1", "--port", str(port)]
        assert run_command(words) == ExitCode.OK
        assert listener.recv(1024) == b"\xff" * 6 + bytes.fromhex("525400abcdef") * 16
    assert "Sent a magic packet for 52:54:00:AB:cd:ef" in capsys.readouterr().out


def test_nothing_is_sent_unless_every_address_is_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "socket", None)
    words = ["node", "wake", "52:54:00:ab:cd:ef", "eno1", "--to", "example.com"]
    assert run_command(words) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert "eno1: is not a MAC address" in said
    assert "'example.com' is no IP address" in said
