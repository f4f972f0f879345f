"""What one ESP lacks, as a lane of steps that fit on it at every moment.

Where there is no room for new and old at once, old kernels go first: those that nobody wants any
more, then those that may be missed for a moment, and at last some are left out for good.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from bedplate.errors import Problem
from bedplate.model.esp_sync import EspStep, Lane, MendFat, Stage
from bedplate.plan.esp_draft import Draft, LaneInput
from bedplate.plan.esp_room import after, missing_bytes
from bedplate.plan.esp_wanted import kernels_on, lacks_bios_grub
from bedplate.plan.kernel_packages import newest_first
from bedplate.units import MIB, human

# A font, messages in all languages and modules: 9 MiB were measured, and room for modules twice.
BIOS_GRUB_ROOM = 16 * MIB


def plan_lane(given: LaneInput) -> Lane | Problem:
    """The steps that bring an ESP in sync, or why they cannot be done."""
    if given.esp.unclean:
        summary = "Mend the file system, which was not unmounted properly"
        return _lane(given, _offered(given, 0), 0, (MendFat(stage=Stage.MEND, summary=summary),))
    lane = _plan_once(given)
    # What had to be left out may fit once the other steps are done: a kernel that had to stay until
    # then needs no room beside the one that replaces it any more.
    while isinstance(lane, Lane) and lane.left_out:
        more = _plan_once(replace(given, esp=after(given.esp, lane.steps)))
        if isinstance(more, Problem) or len(more.left_out) >= len(lane.left_out):
            break
        lane = more.model_copy(update={"steps": lane.steps + more.steps})
    return lane


def _plan_once(given: LaneInput) -> Lane | Problem:
    """A lane with as few kernels left out as can be done in one go."""
    bios = lacks_bios_grub(given.esp, given.sources, given.boot_image)
    shortest: int | None = None
    for left_out in range(len(given.spare) + 1):
        draft = Draft.of(given, _offered(given, left_out))
        for victims, spares_menu in product(draft.choices(), (False, True)):
            steps = tuple(draft.steps(victims, spares_menu=spares_menu))
            short = missing_bytes(given.esp, steps, BIOS_GRUB_ROOM if bios else 0)
            if short == 0:
                return _lane(given, draft.shape.kernels, left_out, steps, bios=bios)
            shortest = short if shortest is None else min(short, shortest)
    assert shortest is not None
    return _too_full(given, shortest)


def _offered(given: LaneInput, left_out: int) -> tuple[str, ...]:
    """The kernels of the menus: the host's, and selected ones that are only left on this ESP."""
    wanted = set(given.shape.kernels) - set(given.spare[:left_out])
    found = {kernel.version for kernel in kernels_on(given.esp) if kernel.ours and kernel.is_whole}
    return newest_first(wanted | (found & given.selected - set(given.shape.kernels)))


def _lane(
    given: LaneInput,
    kernels: tuple[str, ...],
    left_out: int,
    steps: tuple[EspStep, ...],
    *,
    bios: bool = False,
) -> Lane:
    esp = given.esp
    assert esp.fat_id is not None, "an ESP is listed by its FAT id"
    return Lane(
        disk=esp.disk,
        title=esp.title,
        path=esp.path,
        number=esp.number,
        fat_id=esp.fat_id,
        kernels=kernels,
        left_out=given.spare[:left_out],
        notes=given.notes,
        steps=steps,
        install_bios_grub=bios,
    )


def _too_full(given: LaneInput, short: int) -> Problem:
    esp = given.esp
    message = (
        f"{human(short)} ({short} bytes) are missing for the kernels and loaders of this host; "
        f"{human(esp.free_bytes)} of {human(esp.size_bytes)} are free, and nothing more may go"
    )
    known = {path for kernel in kernels_on(esp) for path in kernel.paths}
    others = [file for file in esp.files if file.path not in known]
    largest = max(others, key=lambda file: file.size_bytes, default=None)
    hint = "remove a kernel that is selected by hand, or replace the disk by one with a larger ESP"
    if largest is not None and largest.size_bytes > MIB:
        hint += f"; the largest other file is {largest.path} of {human(largest.size_bytes)}"
    return Problem("esp-full", esp.describe(), message, hint)
