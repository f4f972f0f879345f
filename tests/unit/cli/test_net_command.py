"""`bedplate net …` as an administrator meets it, on a host below a temporary folder."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from bedplate.apply import network_trial as watching
from bedplate.apply.host_change import apply_host_change
from bedplate.cli import net
from bedplate.cli.main import run_command
from bedplate.cli.net_trial import NetworkHost, begin
from bedplate.errors import ApplyError, ExitCode
from bedplate.facts import net as facts_net
from bedplate.facts.net import NetDevice
from bedplate.model.network_files import ASKED, INTERFACES, NEW_INTERFACES
from bedplate.model.network_trial import KEPT, OUTCOME, REJECTED, TRIAL, NetworkTrial
from bedplate.plan.network_trial import plan_activation, plan_mark
from tests.support.golden import compare
from tests.support.network_host import FakeNetwork, Unit

TESTS = Path(__file__).parents[2]
GOLDEN = TESTS / "golden/net"
MACHINES = TESTS / "captures/machines"
OLD = """\
# mine
auto lo
iface lo inet loopback

iface eno1 inet manual

auto vmbr0
iface vmbr0 inet static
\taddress 192.0.2.10/24
\tgateway 192.0.2.1
\tbridge-ports eno1
\tbridge-stp off
\tbridge-fd 0
"""
CARDS = {"eno1": "enx3cecef401a52", "eno2": "enx3cecef401a53", "enp65s0f0": "enxb8cef60a91c4"}
GOOD = OLD.replace("bridge-fd 0", "bridge-fd 0\n\tbridge-vlan-aware yes")
WRONG = OLD.replace("192.0.2.1\n", "198.51.100.1\n").replace("192.0.2.10", "198.51.100.10")
ANSWER = """
[network]
source = "from-answer"
cidr = "192.0.2.11/24"
gateway = "192.0.2.1"
dns = "192.0.2.53"
filter.ID_NET_NAME_MAC = "*3cecef401a52"
"""


@dataclass(frozen=True, slots=True)
class Story:
    """A host, and what is typed on it."""

    root: Path
    fake: FakeNetwork
    host: NetworkHost
    capsys: pytest.CaptureFixture[str]

    def type(self, *words: str) -> int:
        """Run a command; returns its exit code."""
        return run_command(["net", *words])

    def said(self) -> str:
        """What was printed since the last time."""
        said = self.capsys.readouterr()
        return (said.out + said.err).replace(str(self.root), "")

    def has(self, path: str) -> str | None:
        """What is in a file of the host."""
        place = self.root / path.lstrip("/")
        return place.read_text() if place.exists() else None

    def put(self, path: str, text: str) -> None:
        """Write a file of the host."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


@pytest.fixture
def story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Story]:
    """A host with one bridge, whose gateway answers."""
    root = tmp_path / "root"
    fake = FakeNetwork(root, Unit(tmp_path / "notify"), active=OLD)
    connection = {"SSH_CONNECTION": "203.0.113.5 50000 192.0.2.10 22"}
    host = NetworkHost(fake, root, tmp_path / "lock", tmp_path / "wake", connection)
    fake.host = host
    monkeypatch.setattr(net, "HOST", host)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(watching, "LOST_SECONDS", 0.3)
    monkeypatch.setattr(watching, "_LOOK_SECONDS", 0.05)
    devices = {
        name: NetDevice(physical=True, driver=None, properties={"ID_NET_NAME_MAC": by_mac})
        for name, by_mac in CARDS.items()
    }
    monkeypatch.setattr(facts_net, "probe_net_devices", lambda: devices)
    told = Story(root, fake, host, capsys)
    told.put(INTERFACES, OLD)
    told.put("/proc/sys/kernel/random/boot_id", "first\n")
    yield told
    if told.has(TRIAL) is not None:
        told.type("revert")
    fake.unit.wait()


def test_a_file_that_waits_is_shown_as_what_it_would_change(story: Story) -> None:
    assert story.type("plan") == ExitCode.OK
    story.put(NEW_INTERFACES, WRONG)
    assert story.type("plan") == ExitCode.DIFFERS
    compare(GOLDEN / "plan.txt", story.said())
    assert story.has(INTERFACES) == OLD


def test_programs_get_json(story: Story) -> None:
    story.put(NEW_INTERFACES, GOOD)
    assert story.type("plan", "--json") == ExitCode.DIFFERS
    found = json.loads(story.said())
    assert found.pop("diff").count("\n+") == 2
    (problem,) = found.pop("problems")
    assert (problem["code"], problem["where"]) == ("connection-touched", "vmbr0")
    assert found == {
        "version": 1,
        "path": INTERFACES,
        "differs": True,
        "content": GOOD,
        "interfaces": [{"name": "vmbr0", "change": "changed"}],
        "on_trial": False,
    }


def test_a_change_that_is_confirmed_stays(story: Story) -> None:
    story.put(NEW_INTERFACES, GOOD)
    assert story.type("apply", "--yes") == ExitCode.OK
    assert story.fake.active == story.has(INTERFACES) == GOOD
    assert story.has(NEW_INTERFACES) is None
    assert story.type("confirm") == ExitCode.OK
    story.fake.unit.wait()
    assert (story.has(TRIAL), story.has(INTERFACES), story.has(KEPT)) == (None, GOOD, OLD)
    story.said()
    assert story.type("apply", "--yes") == ExitCode.OK
    assert story.said() == f"{INTERFACES} says already what it is to say: nothing to do.\n"
    assert story.fake.done == ["ifreload"]
    assert story.type("confirm") == ExitCode.REFUSED
    assert story.type("revert") == ExitCode.REFUSED


def test_without_its_gateway_a_host_goes_back_by_itself(story: Story) -> None:
    story.put(NEW_INTERFACES, WRONG)
    assert story.type("apply", "--yes") == ExitCode.OK
    story.fake.unit.wait()
    assert story.fake.active == story.has(INTERFACES) == OLD
    assert (story.has(TRIAL), story.has(NEW_INTERFACES)) == (None, None)
    assert story.has(REJECTED) == WRONG
    assert "the gateway did not answer" in (story.has(OUTCOME) or "")


def test_a_change_that_nobody_confirms_goes_back(story: Story) -> None:
    story.put(NEW_INTERFACES, GOOD)
    begin(story.host, NetworkTrial(before=OLD, after=GOOD, seconds=0, families=(4,), boot="first"))
    story.fake.unit.wait()
    assert story.fake.active == story.has(INTERFACES) == OLD
    assert "nobody confirmed it in time" in (story.has(OUTCOME) or "")
    assert story.fake.done == ["ifreload", "ifreload"]


def test_a_change_can_be_taken_back(story: Story) -> None:
    story.put(NEW_INTERFACES, GOOD)
    assert story.type("apply", "--yes") == ExitCode.OK
    story.said()
    assert story.type("plan") == ExitCode.OK
    assert story.type("apply", "--yes") == ExitCode.OK
    story.put(NEW_INTERFACES, WRONG)
    assert story.type("apply", "--yes") == ExitCode.REFUSED
    assert "a change waits to be confirmed" in story.said()
    assert story.type("revert") == ExitCode.OK
    story.fake.unit.wait()
    assert story.fake.active == story.has(INTERFACES) == OLD


def test_what_ifreload_cannot_do_is_not_left_half_done(story: Story) -> None:
    story.put(NEW_INTERFACES, GOOD)
    story.fake.reload_code = 1
    assert story.type("apply", "--yes") == ExitCode.FAILED
    assert "was not activated, and everything is as before" in story.said()
    assert story.fake.active == story.has(INTERFACES) == OLD
    assert (story.has(TRIAL), story.has(REJECTED)) == (None, GOOD)


def test_a_boot_in_the_meantime_begins_with_the_old_file(story: Story) -> None:
    trial = NetworkTrial(before=OLD, after=GOOD, boot="first", deadline=1e9)
    apply_host_change(story.fake, plan_mark(trial), story.root)
    apply_host_change(story.fake, plan_activation(trial), story.root)
    assert story.type("restore") == ExitCode.OK
    assert story.has(INTERFACES) == GOOD  # it is the same boot: the unit is at work
    story.put("/proc/sys/kernel/random/boot_id", "second\n")
    assert story.type("restore") == ExitCode.OK
    assert (story.has(INTERFACES), story.has(REJECTED), story.has(TRIAL)) == (OLD, GOOD, None)
    assert "was started anew" in story.said()
    assert story.type("restore") == ExitCode.OK


def test_a_watcher_that_died_goes_on_where_it_was(story: Story) -> None:
    trial = NetworkTrial(before=OLD, after=GOOD, families=(4,), boot="first")
    apply_host_change(story.fake, plan_mark(trial), story.root)
    apply_host_change(story.fake, plan_activation(trial), story.root)
    active = trial.model_copy(update={"deadline": watching.now()})
    apply_host_change(story.fake, plan_mark(active), story.root)
    assert story.type("trial") == ExitCode.OK
    assert story.fake.active == story.has(INTERFACES) == OLD


def test_an_answer_file_changes_what_it_states(story: Story, tmp_path: Path) -> None:
    (tmp_path / "answer.toml").write_text(
        (MACHINES / "demo-answer.toml")
        .read_text()
        .replace('\n[network]\nsource = "from-dhcp"\n', ANSWER)
    )
    answer = str(tmp_path / "answer.toml")
    story.fake.cards = tuple(CARDS)
    assert story.type("plan", answer) == ExitCode.DIFFERS
    compare(GOLDEN / "plan-answer.txt", story.said())
    story.put(NEW_INTERFACES, WRONG)
    assert story.type("apply", answer, "--yes") == ExitCode.REFUSED
    assert "has changes of somebody else" in story.said()
    (story.root / NEW_INTERFACES.lstrip("/")).unlink()
    assert story.type("apply", answer, "--yes") == ExitCode.OK
    assert story.has(ASKED) is None
    assert story.type("confirm") == ExitCode.OK
    assert "\taddress 192.0.2.11/24\n" in (story.has(INTERFACES) or "")
    assert "192.0.2.11/24" in (story.has(ASKED) or "")
    story.said()
    assert story.type("apply", answer, "--yes") == ExitCode.OK
    assert story.said() == f"{INTERFACES} says already what it is to say: nothing to do.\n"


REFUSED = {
    "by ifupdown2": (f"{GOOD}\n# bad", ExitCode.REFUSED, "line3: bad"),
    "as no text": ("auto lo\0", ExitCode.FAILED, "has a zero byte at 7"),
    "as a byte order mark": ("\ufeffauto lo", ExitCode.FAILED, "byte order mark"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_file_that_cannot_be_used_is_refused(how: str, story: Story) -> None:
    text, code, words = REFUSED[how]
    story.put(NEW_INTERFACES, text)
    assert story.type("apply", "--yes") == code
    assert words in story.said()
    assert (story.has(INTERFACES), story.has(TRIAL)) == (OLD, None)
    assert story.fake.done == []


def test_what_ifupdown2_said_of_the_old_file_too_is_no_news(story: Story) -> None:
    story.put(INTERFACES, f"# bad\n{OLD}")
    story.put(NEW_INTERFACES, f"# bad\n{GOOD}")
    assert story.type("apply", "--yes") == ExitCode.OK
    assert "line3" not in story.said()


def test_other_encodings_are_refused(story: Story) -> None:
    (story.root / INTERFACES.lstrip("/")).write_bytes("# Büro\n".encode("latin-1"))
    assert story.type("plan") == ExitCode.FAILED
    assert "is not UTF-8: the byte 0xfc at 3" in story.said()


def test_only_root_changes_the_network(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    story.put(NEW_INTERFACES, GOOD)
    assert story.type("plan") == ExitCode.DIFFERS
    for command in ("apply", "confirm", "revert", "trial", "restore"):
        assert story.type(command) == ExitCode.REFUSED
    assert story.has(INTERFACES) == OLD


def test_nobody_is_there_to_agree(story: Story) -> None:
    story.put(NEW_INTERFACES, GOOD)
    assert story.type("apply") == ExitCode.REFUSED
    assert "nobody is there to confirm the change" in story.said()
    assert (story.has(INTERFACES), story.has(NEW_INTERFACES)) == (OLD, GOOD)


class Terminal(StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


# What is typed when it is asked whether to keep it; `None` is nothing at all.
ANSWERS = {"y": ExitCode.OK, "n": ExitCode.OK, "": ExitCode.OK, None: ExitCode.FAILED}


@pytest.mark.parametrize("typed", ANSWERS)
def test_a_terminal_that_still_works_is_asked(
    typed: str | None, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typer, "confirm", lambda _question: True)
    monkeypatch.setattr(sys, "stdin", Terminal(f"{typed}\n"))
    ready = [] if typed is None else [sys.stdin]
    monkeypatch.setattr(net, "select", SimpleNamespace(select=lambda *_: (ready, [], [])))
    story.put(NEW_INTERFACES, GOOD)
    assert story.type("apply", "--confirm-within", "10") == ANSWERS[typed]
    assert "Keep it? [y/N, 10 seconds]" in story.said()
    if typed is not None:
        story.fake.unit.wait()
        assert story.has(INTERFACES) == (GOOD if typed == "y" else OLD)


def test_a_unit_that_cannot_be_started_changes_nothing(story: Story) -> None:
    trial = NetworkTrial(before=OLD, after=GOOD, boot="first", clean=True)
    story.fake.reload_code = 1
    with pytest.raises(ApplyError, match="everything is as before"):
        begin(story.host, trial)
    assert (story.has(INTERFACES), story.has(TRIAL)) == (OLD, None)
