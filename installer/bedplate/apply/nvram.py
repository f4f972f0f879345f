"""Changes the firmware's boot entries, as far as the firmware lets us."""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.apply.devices import disk_path
from bedplate.apply.interrupt import raise_if_interrupted
from bedplate.errors import CommandError, Problem
from bedplate.model.esp import EspFact
from bedplate.model.nvram import NvramPlan, variable
from bedplate.render import boot_argv
from bedplate.render.argv import Argv, joined
from bedplate.run import Runner

_HINT = "the disks start by the default path meanwhile, where the firmware tries that"


def change_boot_entries(
    run: Runner, plan: NvramPlan, esps: Iterable[EspFact]
) -> tuple[Problem, ...]:
    """Carry a plan out, for ESPs of this machine; returns what the firmware refused.

    That ends nothing: what a firmware does not know it still finds at the default path. New entries
    are tried before old ones are removed, so that there is always one to start from.
    """
    places = {esp.guid: esp for esp in esps}
    problems: list[Problem] = []
    refused: set[int] = set()
    for new in plan.add:
        esp = places[new.entry.partition_guid]
        add = boot_argv.add_numbered_entry(
            new.number, disk_path(esp.disk), esp.number, new.entry.label, new.entry.loader
        )
        refusal = firmware_refusal(run, joined(add))
        if refusal is not None:
            problems.append(_refused(f"{variable(new.number)} ({new.entry.label})", refusal))
            refused.add(new.number)
    if plan.order is not None:
        order = [number for number in plan.order if number not in refused]
        refusal = firmware_refusal(run, boot_argv.set_boot_order(order))
        if refusal is not None:
            problems.append(_refused("BootOrder", refusal))
    for entry in plan.remove:
        refusal = firmware_refusal(run, boot_argv.remove_boot_entry(entry.number))
        if refusal is not None:
            problems.append(_refused(f"{entry.name} ({entry.label})", refusal))
    return tuple(problems)


def firmware_refusal(run: Runner, argv: Argv) -> CommandError | None:
    """Run efibootmgr; what it says where the firmware refuses."""
    try:
        run(argv)
    except CommandError as error:
        raise_if_interrupted()  # then it was not the firmware that refused
        return error
    return None


def _refused(what: str, error: CommandError) -> Problem:
    return Problem("nvram-refused", what, f"the firmware refused the change: {error}", _HINT)
