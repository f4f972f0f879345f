"""What disks say of their own health, from smartctl's JSON.

Its exit code is a set of bits, smartctl(8): the lowest three are about the command, and the others
about the disk, which are in the answer too. Hence no exit code is a failure in itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any

from bedplate.errors import CommandError, FactsError
from bedplate.facts.tools import MissingTool, ask, parse_json, senseless, unless_missing
from bedplate.model.facts import DiskFact
from bedplate.model.smart import SmartFact, SmartState
from bedplate.run import Runner, side_by_side

_ASK = ("smartctl", "--json=c", "-H", "-A", "-i")
_COMMAND = " ".join(_ASK)
_UNLESS_ASLEEP = ("-n", "standby")
# A disk that is not well takes its time; one that needs more than this is told of as such.
_DEADLINE_SECONDS = 20.0
_THREADS = 32

_NOT_OPENED, _NOT_ANSWERED = 2, 4
_REALLOCATED, _PENDING, _UNCORRECTABLE = 5, 197, 198
_SCSI_COMMANDS = ("read", "write", "verify")
# It says how the disk rests: STANDBY, STANDBY BY COMMAND, STANDBY_Y, SLEEP.
_ASLEEP = re.compile(r"Device is in .+ mode, exit\(")
_LEADING_NUMBER = re.compile(r"\d+")


def parse_smart(text: str, disk: str) -> SmartFact:
    """What the disk of that id says, from `smartctl --json`.

    Raises `FactsError` if it is no such output; versions before 7.0 know no JSON.
    """
    said = parse_json(text, _COMMAND)
    try:
        return _fact(said, disk)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise senseless(_COMMAND, f"printed a report without a usable {error}") from error


def probe_smart(
    run: Runner, disks: Iterable[DiskFact], *, wake: bool = True
) -> tuple[SmartFact, ...]:
    """What each disk says, all of them asked at the same time.

    Without `wake` one that stands still is left alone: to be asked would make it turn.

    One that does not answer, or not in a way that can be understood, is `silent`: whoever asks has
    something to do with the other disks. Raises `MissingTool` if smartctl is not installed.
    """
    wanted = tuple(disks)
    asking = _ASK if wake else (*_ASK, *_UNLESS_ASLEEP)
    if not wanted:
        return ()
    # They wait for their disks, not for a processor.
    with side_by_side(min(len(wanted), _THREADS)) as threads:
        answers = tuple(threads.map(lambda disk: _probe(run, asking, disk), wanted))
    # Raised in there, it would end every program that runs, also those of other threads.
    for answer in answers:
        if isinstance(answer, MissingTool):
            raise answer
    return tuple(answer for answer in answers if isinstance(answer, SmartFact))


@contextmanager
def probing_smart(
    run: Runner, disks: Iterable[DiskFact], *, wake: bool
) -> Iterator[Future[tuple[SmartFact, ...]]]:
    """Ask all disks beside whatever else is looked at; nothing where smartctl is not installed."""
    with side_by_side(1) as threads:
        yield threads.submit(unless_missing, partial(probe_smart, disks=disks, wake=wake), run)


def _probe(run: Runner, asking: tuple[str, ...], disk: DiskFact) -> SmartFact | MissingTool:
    try:
        result = ask(run, (*asking, disk.path), check=False, timeout=_DEADLINE_SECONDS)
        return parse_smart(result.stdout, disk.id)
    except MissingTool as missing:
        return missing
    except (CommandError, FactsError) as error:
        said = error.problems[0].message
        return SmartFact(disk=disk.id, state=SmartState.SILENT, said=said)


def _fact(said: Any, disk: str) -> SmartFact:
    status = int(said["smartctl"]["exit_status"])
    numbers = _numbers(said)
    state = _state(said, status, has_numbers=any(v is not None for v in numbers.values()))
    if state is not SmartState.TELLS:
        return SmartFact(disk=disk, state=state, said=_reason(said, state))
    failed = tuple(_failed_attributes(said))
    return SmartFact(disk=disk, state=state, failed_attributes=failed, **numbers)


def _state(said: Any, status: int, *, has_numbers: bool) -> SmartState:
    support = said.get("smart_support", {})
    if support.get("available") is False:
        return SmartState.NONE
    if support.get("enabled") is False:
        return SmartState.OFF
    if has_numbers:
        return SmartState.TELLS
    if any(_ASLEEP.match(message) for message in _messages(said)):
        return SmartState.ASLEEP
    return SmartState.SILENT if status & (_NOT_OPENED | _NOT_ANSWERED) else SmartState.NONE


def _reason(said: Any, state: SmartState) -> str | None:
    """Why there is no answer. Of a disk that refuses a command, smartctl's exit code is all."""
    refused = "it refused a SMART command" if state is SmartState.SILENT else None
    return "; ".join(filter(None, _messages(said))) or refused


def _messages(said: Any) -> tuple[str, ...]:
    return tuple(str(message.get("string", "")) for message in said["smartctl"].get("messages", ()))


def _numbers(said: Any) -> dict[str, Any]:
    """Everything that the disk counts, by the names of `SmartFact`."""
    raw = dict(_raw_attributes(said))
    log = said.get("nvme_smart_health_information_log", {})
    return {
        "passed": said.get("smart_status", {}).get("passed"),
        "reallocated_sectors": raw.get(_REALLOCATED),
        "pending_sectors": raw.get(_PENDING),
        "uncorrectable_sectors": raw.get(_UNCORRECTABLE),
        "grown_defects": said.get("scsi_grown_defect_list"),
        "critical_warning": log.get("critical_warning"),
        "media_errors": log.get("media_errors", _scsi_errors(said)),
        "percentage_used": log.get("percentage_used"),
        "spare_percent": log.get("available_spare"),
        "spare_limit_percent": log.get("available_spare_threshold"),
        "temperature_celsius": said.get("temperature", {}).get("current"),
        "power_on_hours": said.get("power_on_time", {}).get("hours"),
    }


def _attributes(said: Any) -> Iterator[dict[str, Any]]:
    yield from said.get("ata_smart_attributes", {}).get("table", ())


def _raw_attributes(said: Any) -> Iterator[tuple[int, int]]:
    """Raw values by number. Makers put several numbers into one; its text has the count first."""
    for attribute in _attributes(said):
        found = _LEADING_NUMBER.match(attribute["raw"]["string"])
        if found is not None:
            yield attribute["id"], int(found[0])


def _failed_attributes(said: Any) -> Iterator[str]:
    """Those that announce a failure; others below their limits only tell of age and use."""
    for attribute in _attributes(said):
        if attribute.get("when_failed") == "now" and attribute["flags"]["prefailure"]:
            yield attribute["name"]


def _scsi_errors(said: Any) -> int | None:
    """What could not be corrected while reading, writing and verifying."""
    log = said.get("scsi_error_counter_log", {})
    counts = [log[how]["total_uncorrected_errors"] for how in _SCSI_COMMANDS if how in log]
    return sum(counts) if counts else None
