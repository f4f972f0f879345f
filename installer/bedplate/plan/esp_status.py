"""What is to be said of every ESP of a machine, whether it is kept in sync or not."""

from __future__ import annotations

from bedplate.model.esp import LOADER_CONF, EspFact, EspFacts, LoaderKind, fat_name
from bedplate.model.esp_sync import Lane, SyncPlan
from bedplate.model.value import Value
from bedplate.plan.esp_identity import looks_ours
from bedplate.plan.esp_wanted import has_bios_grub, has_removable_loader, kernels_on, loaders_on
from bedplate.plan.kernel_packages import newest_first

_BIOS = "GRUB for BIOS"
_NAMES = {LoaderKind.GRUB: "GRUB", LoaderKind.SYSTEMD_BOOT: "systemd-boot"}


class EspState(Value):
    """One ESP. `differences` say what a sync would do to it; `disk` is its stable id.

    It is `in_sync` if it is listed, can be synced, and there is nothing to do.
    """

    path: str
    disk: str
    title: str
    fat_id: str | None
    label: str | None
    size_bytes: int
    free_bytes: int
    mounts: tuple[str, ...]
    loaders: tuple[str, ...]
    kernels: tuple[str, ...]
    listed: bool
    ours: bool
    in_sync: bool
    left_out: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """In a word or two."""
        if self.in_sync:
            return "in sync"
        if not self.listed:
            return "not listed" if self.ours else "not this host's"
        return "differs" if self.differences else "not synced"


def esp_states(facts: EspFacts, plan: SyncPlan) -> tuple[EspState, ...]:
    """Every ESP, in the order of the disks."""
    lanes = {lane.path: lane for lane in plan.lanes}
    listed = facts.listed_ids
    return tuple(_state(esp, lanes.get(esp.path), esp.fat_id in listed) for esp in facts.esps)


def _state(esp: EspFact, lane: Lane | None, listed: bool) -> EspState:
    return EspState(
        path=esp.path,
        disk=esp.disk,
        title=esp.title,
        fat_id=esp.fat_id,
        label=esp.label,
        size_bytes=esp.size_bytes,
        free_bytes=esp.free_bytes,
        mounts=esp.mounts,
        loaders=tuple(_loaders(esp)),
        kernels=newest_first(kernel.version for kernel in kernels_on(esp) if kernel.is_whole),
        listed=listed,
        ours=looks_ours(esp),
        in_sync=lane is not None and lane.is_in_sync,
        left_out=lane.left_out if lane else (),
        differences=tuple(_differences(lane)) if lane else (),
        notes=lane.notes if lane else (),
    )


def _loaders(esp: EspFact) -> list[str]:
    own = [_NAMES[kind] for kind in loaders_on(esp)]
    removable = ["the removable path"] if has_removable_loader(esp) else []
    return [*own, *removable, *([_BIOS] if has_bios_grub(esp) else [])]


def _differences(lane: Lane) -> list[str]:
    steps = [step.summary for step in lane.steps]
    return [*steps, *(["Install GRUB for BIOS on its disk"] if lane.install_bios_grub else [])]


def boot_tool_kernels(esp: EspFact) -> dict[str, tuple[str, ...]]:
    """The kernels of an ESP for each loader, by the names that the manual's tool has for those."""
    there = [fat_name(file.path) for file in esp.files]
    kernels = newest_first(kernel.version for kernel in kernels_on(esp) if kernel.is_whole)
    signs = {"uefi": fat_name(LOADER_CONF), "grub": "grub/"}
    return {
        loader: tuple(reversed(kernels))
        for loader, sign in signs.items()
        if any(path.startswith(sign) for path in there)
    }
