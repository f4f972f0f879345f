"""An installation that is broken off by a signal, in every phase: clean, and taken up again.

The signal comes the moment a phase's first step is announced, or while the base system is being
unpacked. Afterwards nothing may be mounted, imported, active or running, and the same disks must
carry the next attempt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from bedplate.apply.journal import STATE
from bedplate.errors import ExitCode
from bedplate.lab.answer import plan_answer
from bedplate.lab.vm import Machine
from bedplate.model.step import Phase
from tests.support.vm import PASSWORD
from tests.vm.conftest import LiveMachine

ANSWER = "/run/answer.toml"
INSTALL = f"install {ANSWER} --yes"
RESUME = f"resume --answer {ANSWER}"
SECONDS = 900.0

# Job control, or the shell would start the program with SIGINT ignored.
BREAK_OFF = """\
#!/bin/bash
# usage: break-off PHASE WHAT SIGNAL COMMAND...; exits as the command does
set -m
event='"what": "'$2'", "phase": "'$1'"' signal=$3
shift 3
rm -f /run/events; mkfifo /run/events
"$@" --events /run/events >/run/out 2>/run/err &
while read -r line; do
    case $signal$line in
        [A-Z]*"$event"*) kill -s "$signal" %1; signal= ;;
    esac
done </run/events
wait %1
"""

LOOKS_FOREVER = """\
#!/bin/sh
echo >/run/looking
exec sleep 86400
"""

BREAK_OFF_LOOKING = """\
#!/bin/bash
# usage: early SIGNAL COMMAND...; exits as the command does
set -m
signal=$1
shift
"$@" >/run/out 2>/run/err &
read -r _ </run/looking
kill -s "$signal" %1
wait %1
"""

# What an interrupted run could leave behind; says nothing where nothing was left.
LEFT_BEHIND = """\
#!/bin/sh
grep ' /run/bedplate/' /proc/mounts
zpool list -H -o name
lvs --noheadings -o lv_name --select lv_active=active
grep ^md /proc/mdstat
ps --no-headers -eo comm |
    grep -xE 'bedplate|unsquashfs|zfs|sfdisk|mkfs.*|mke2fs|grub-.*|ssh-keygen'
true
"""


@dataclass(frozen=True, slots=True)
class Stop:
    """One attempt and the signal that ends it."""

    command: str
    phase: Phase
    signal: str
    what: str = "step-started"


class Host:
    """A live machine whose disks are being installed on, again and again.

    `extra` are more lines of the answer file's last table, `[disk-setup]`.
    """

    def __init__(self, machine: Machine, layout: str, extra: str = "") -> None:
        self.machine = machine
        answer = plan_answer("host", layout, machine.spec.disks, (), PASSWORD)
        machine.console.send_file((answer.reveal() + extra).encode(), ANSWER)
        machine.console.send_file(BREAK_OFF.encode(), "/run/break-off")
        machine.console.send_file(LEFT_BEHIND.encode(), "/run/left-behind")

    def break_off(self, stop: Stop) -> None:
        """Start an attempt, send the signal when it is time, and look at how it ended."""
        words = f"{stop.phase} {stop.what} {stop.signal} bedplate {stop.command}"
        code, _ = self.machine.console.execute(f"bash /run/break-off {words}", timeout=SECONDS)
        assert self.machine.succeed("cat /run/err") == (
            f"error[interrupted] stopped by SIG{stop.signal}; nothing was left mounted or in use\n"
            "    hint: take the run up again with `bedplate resume`, or start it anew\n"
        )
        assert code == ExitCode.INTERRUPTED
        self.holds_nothing()

    def holds_nothing(self) -> None:
        assert self.machine.succeed("sh /run/left-behind") == ""

    def finish(self) -> None:
        """Take the last attempt up again; the disks are then what its plan says."""
        self.machine.succeed(f"cp {STATE}/plan.json /run/plan.json")
        self.machine.succeed(f"bedplate {RESUME}", timeout=SECONDS)
        assert self.machine.succeed("bedplate verify /run/plan.json") == (
            "The disks are as planned.\n"
        )
        self.holds_nothing()

    def finish_again(self) -> None:
        """What was done is not done twice: nothing is asked for, and no sector is written."""
        before = self.sectors_written()
        said = self.machine.succeed("bedplate apply /run/plan.json")
        assert said.endswith("is installed already, by this very plan: nothing to do.\n")
        self.machine.succeed("bedplate resume")
        assert self.sectors_written() == before
        self.holds_nothing()

    def sectors_written(self) -> list[str]:
        """By disk; see the kernel's Documentation/block/stat.rst."""
        said = self.machine.succeed("sync; awk '{ print FILENAME, $7 }' /sys/block/sd?/stat")
        return said.splitlines()


def run_story(host: Host, stops: Sequence[Stop]) -> None:
    for stop in stops:
        host.break_off(stop)
    host.finish()
    host.finish_again()


def test_a_mirror_is_broken_off_in_every_phase(live_machine: LiveMachine) -> None:
    """Anew until the base system is on the disks, which takes a minute; then taken up again."""
    stops = [
        Stop(INSTALL, Phase.CHECK, "INT"),
        Stop(INSTALL, Phase.RELEASE, "HUP"),
        Stop(INSTALL, Phase.CLEAR, "TERM"),
        Stop(RESUME, Phase.PARTITION, "HUP"),
        Stop(INSTALL, Phase.STORAGE, "INT"),
        Stop(RESUME, Phase.UNPACK, "TERM"),
        Stop(INSTALL, Phase.UNPACK, "INT", "step-progress"),
        Stop(RESUME, Phase.CONFIGURE, "TERM"),
        Stop(RESUME, Phase.BOOT, "INT"),
        Stop(RESUME, Phase.FINISH, "TERM"),
    ]
    assert {stop.phase for stop in stops} == set(Phase)
    machine = live_machine(2)
    swap = f"/dev/disk/by-id/{machine.spec.disks[0].by_id}"
    machine.succeed(f"mkswap -q {swap} && swapon {swap}")
    run_story(Host(machine, "zfs-mirror", 'unmount = "yes"\n'), stops)


@pytest.mark.full  # the volume group alone: tests/uml/test_uml_apply_lvm.py
@pytest.mark.parametrize(("layout", "disks"), [("lvm-thin", 1), ("lvm-mirror", 2)])
def test_a_volume_group_is_broken_off_while_it_is_made_and_filled(
    layout: str, disks: int, live_machine: LiveMachine
) -> None:
    stops = [
        Stop(INSTALL, Phase.STORAGE, "TERM"),
        Stop(RESUME, Phase.UNPACK, "INT", "step-progress"),
        Stop(RESUME, Phase.BOOT, "TERM"),
    ]
    run_story(Host(live_machine(disks), layout), stops)


def test_ctrl_c_at_the_console_ends_the_command_and_its_programs(
    live_machine: LiveMachine,
) -> None:
    host = Host(live_machine(2), "zfs-mirror")
    console = host.machine.console
    console.send_line(f"(trap : INT; TERM=dumb bedplate {INSTALL}; echo code-$?)")
    console.expect(re.escape("step-started"), timeout=SECONDS)
    console.send_line("\x03")
    said = console.expect(rf"code-{ExitCode.INTERRUPTED:d}", timeout=SECONDS)
    assert "stopped by SIGINT; nothing was left" in said
    host.holds_nothing()


def test_a_signal_before_the_run_begins_ends_the_command_too(live_machine: LiveMachine) -> None:
    """While the machine is being looked at, there is no run yet that could be taken up."""
    host = Host(live_machine(1), "lvm-thin")
    host.machine.succeed("mkfifo /run/looking && mv /usr/sbin/wipefs /usr/sbin/wipefs.away")
    host.machine.console.send_file(LOOKS_FOREVER.encode(), "/usr/sbin/wipefs", mode=0o755)
    host.machine.console.send_file(BREAK_OFF_LOOKING.encode(), "/run/early")
    for signal, name in {"INT": "Ctrl-C", "TERM": "SIGTERM", "HUP": "SIGHUP"}.items():
        code, _ = host.machine.console.execute(f"bash /run/early {signal} bedplate {INSTALL}")
        said = host.machine.succeed("cat /run/err")
        assert (code, said) == (
            ExitCode.INTERRUPTED,
            f"error[interrupted] stopped by {name}\n",
        )
        host.holds_nothing()
        host.machine.fail("pgrep -f 'sleep 86400'")
