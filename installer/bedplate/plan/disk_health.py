"""What is to be thought of a disk, from what it says of itself. Pure functions.

A count of sectors that were replaced by spare ones is shown and means nothing yet; data that could
not be read is another matter, and so is a disk that expects to fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact
from bedplate.model.smart import Condition, DiskHealth, SmartFact, SmartState

_NO_ANSWER = {
    SmartState.OFF: Condition.OFF,
    SmartState.NONE: Condition.UNKNOWN,
    SmartState.SILENT: Condition.SILENT,
    SmartState.ASLEEP: Condition.ASLEEP,
}
# The bits of NVMe's critical warning, NVM Express base specification, SMART / Health Information.
_HOT = 0x02
_WARNINGS = {
    0x01: "its spare blocks are used up",
    _HOT: "it is too hot or too cold",
    0x04: "it became unreliable by too many errors",
    0x08: "it can only be read any more",
    0x10: "its cache is no longer safe from a power cut",
    0x20: "its persistent memory is unreliable",
}
_WORN_PERCENT = 100
_LOOK = "`bedplate disk health` shows its numbers"
_CODES = {
    Condition.FAILING: "disk-failing",
    Condition.AILING: "disk-ailing",
    Condition.SILENT: "disk-silent",
    Condition.OFF: "smart-off",
}
_PLAIN_WORD = re.compile(r"[\w.-]+", re.ASCII)


def health_of(disk: DiskFact, smart: Iterable[SmartFact]) -> DiskHealth | None:
    """What is to be thought of a disk; `None` if it was not asked."""
    return next((judge(disk, fact) for fact in smart if fact.disk == disk.id), None)


def judge(disk: DiskFact, fact: SmartFact) -> DiskHealth:
    """What is to be thought of a disk that said this."""
    condition, reasons = _condition(fact)
    return DiskHealth(
        disk=disk.id,
        path=disk.path,
        model=disk.model,
        serial=disk.serial,
        slot=disk.slot,
        condition=condition,
        reasons=reasons,
        smart=fact,
    )


def failure_of(disk: DiskFact, smart: Iterable[SmartFact]) -> str | None:
    """A predicate for a disk that is failing, which stays the same while counts go up."""
    found = health_of(disk, smart)
    if found is None or found.condition is not Condition.FAILING:
        return None
    return _because("says that it is failing", tuple(_announced(found.smart)))


def in_words(found: DiskHealth) -> str | None:
    """A predicate for the disk; `None` where there is nothing to say, as of a virtual one."""
    match found.condition:
        case Condition.WELL:
            return "says that it is well" if found.smart.passed else None
        case Condition.FAILING:
            return _because("says that it is failing", found.reasons)
        case Condition.AILING:
            return _because("is not sound", found.reasons)
        case Condition.SILENT:
            return _because("does not say how it is", found.reasons)
        case Condition.OFF:
            return "could say how it is, and SMART is switched off"
        case Condition.ASLEEP | Condition.UNKNOWN:
            return None
        case other:
            assert_never(other)


def refuse_failing(new: DiskFact, smart: Iterable[SmartFact]) -> Iterator[Problem]:
    """A new disk that would have to be replaced soon."""
    found = health_of(new, smart)
    if found is not None and found.condition is Condition.FAILING:
        message = f"{new.describe()} {in_words(found)}"
        yield Problem("new-disk-failing", new.id, message, f"take another disk; {_LOOK}")


def warn_of(disks: Iterable[DiskFact], smart: Iterable[SmartFact]) -> Iterator[str]:
    """What is not well about disks that a change relies on, a sentence for each."""
    smart = tuple(smart)
    worth = (Condition.FAILING, Condition.AILING, Condition.SILENT)
    for disk in disks:
        found = health_of(disk, smart)
        if found is not None and found.condition in worth:
            yield f"{disk.describe()} {in_words(found)}."


def problems_of(health: Sequence[DiskHealth]) -> Iterator[Problem]:
    """What calls for somebody's attention, with what to do about it."""
    serials = [found.serial for found in health]
    for found in health:
        if found.condition not in _CODES:
            continue
        name = short_name(found.serial, found.disk, serials)
        hints = {
            Condition.FAILING: f"if the host uses it: `bedplate disk replace {name} NEW`",
            Condition.AILING: "it may go on for long: have a backup, and another disk at hand",
            Condition.SILENT: f"see `smartctl -x {found.path}` and the kernel log",
            Condition.OFF: f"`smartctl -s on {found.path}` has it tell",
        }
        message = in_words(found) or ""
        code = _CODES[found.condition]
        yield Problem(code, found.describe(), message, hints[found.condition])


def short_name(serial: str | None, disk: str, serials: Sequence[str | None]) -> str:
    """The name for a command: the serial number on the disk's label, if it is clear, else the id.

    `serials` are those of all disks; namespaces of one NVMe drive share theirs.
    """
    is_clear = serial is not None and serials.count(serial) == 1
    return serial if serial and is_clear and _PLAIN_WORD.fullmatch(serial) else disk


def _condition(fact: SmartFact) -> tuple[Condition, tuple[str, ...]]:
    if fact.state is not SmartState.TELLS:
        return _NO_ANSWER[fact.state], (fact.said,) if fact.said else ()
    # NVMe's own verdict is no more than those bits, and heat passes.
    warnings = fact.critical_warning
    is_failing = fact.passed is False if warnings is None else bool(warnings & ~_HOT)
    reasons = (*_announced(fact), *_losses(fact))
    if is_failing:
        return Condition.FAILING, reasons
    return (Condition.AILING, reasons) if reasons else (Condition.WELL, ())


def _announced(fact: SmartFact) -> Iterator[str]:
    """What the disk takes for a sign of its end."""
    yield from (f"{name} is below its limit" for name in fact.failed_attributes)
    yield from (text for bit, text in _WARNINGS.items() if (fact.critical_warning or 0) & bit)


def _losses(fact: SmartFact) -> Iterator[str]:
    """What is bad although the disk itself is content."""
    if fact.pending_sectors:
        yield f"{fact.pending_sectors} sector(s) could not be read"
    if fact.uncorrectable_sectors:
        yield f"{fact.uncorrectable_sectors} sector(s) are beyond repair"
    if fact.media_errors:
        yield f"{fact.media_errors} error(s) could not be corrected"
    if fact.percentage_used is not None and fact.percentage_used >= _WORN_PERCENT:
        yield f"{fact.percentage_used} % of its life is used"


def _because(what: str, reasons: tuple[str, ...]) -> str:
    return f"{what}: {'; '.join(reasons)}" if reasons else what
