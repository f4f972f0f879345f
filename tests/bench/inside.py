"""Commands timed inside a virtual machine, by its own clock."""

from __future__ import annotations

from bedplate.lab.vm import Machine

_DEADLINE_SECONDS = 1200.0


def timed(machine: Machine, command: str) -> float:
    """Seconds that a command takes; the test fails if the command does."""
    # The shell on the console is bash: its EPOCHREALTIME has microseconds.
    said = machine.succeed(
        f"a=$EPOCHREALTIME; {command}; s=$?; b=$EPOCHREALTIME; echo; echo $a $b; [ $s = 0 ]",
        timeout=_DEADLINE_SECONDS,
    )
    began, ended = said.strip().splitlines()[-1].split()
    return float(ended) - float(began)
