"""The boot entries that a sync wants, for ESPs of all sorts."""

from __future__ import annotations

from bedplate.model.esp import EspFile
from bedplate.model.nvram import BootEntries, BootEntry, NewEntry, NvramPlan, WantedEntry
from bedplate.plan.esp_sync import plan_sync
from tests.unit.plan.esps import GRUB, SYSTEMD, A, asked, blank

SHIM = r"\EFI\proxmox\shimx64.efi"
SYSTEMD_BOOT = r"\EFI\systemd\systemd-bootx64.efi"
STALE = BootEntry(number=1, label="bedplate S9", partition_guid="gone", loader=SYSTEMD_BOOT)


def new(number: int, disk: int, loader: str) -> NewEntry:
    entry = WantedEntry(partition_guid=f"guid-{disk}", label=f"bedplate S{disk}", loader=loader)
    return NewEntry(number=number, entry=entry)


def test_each_esp_gets_an_entry_for_the_loader_that_it_gets() -> None:
    esps = (blank(1), blank(2))
    systemd = plan_sync(asked(esps, [A], loaders=SYSTEMD, entries=BootEntries()))
    assert systemd.nvram == NvramPlan(
        add=(new(0, 1, SYSTEMD_BOOT), new(1, 2, SYSTEMD_BOOT)), order=(0, 1)
    )
    grub = plan_sync(asked(esps, [A], loaders=GRUB, entries=BootEntries()))
    assert grub.nvram == NvramPlan(add=(new(0, 1, SHIM), new(1, 2, SHIM)), order=(0, 1))


def test_where_entries_cannot_be_changed_none_are_planned() -> None:
    assert plan_sync(asked([blank()], [A])).nvram.is_empty


def test_an_entry_is_stale_only_if_no_disk_is_missing() -> None:
    entries = BootEntries(entries=(STALE,), order=(1,))
    assert plan_sync(asked([blank()], [A], entries=entries)).nvram.remove == (STALE,)
    ids = ["0001-AAAA", "0009-AAAA"]
    assert plan_sync(asked([blank()], [A], listed=ids, entries=entries)).nvram.remove == ()


def test_loaders_that_somebody_signed_keep_the_entries_that_he_made() -> None:
    esp = blank(1)
    loader = esp.model_copy(update={"files": (EspFile(path="EFI/BOOT/BOOTX64.EFI", size_bytes=1),)})
    given = asked([loader], [A], secure_boot=True, entries=BootEntries())
    assert plan_sync(given).nvram.is_empty
