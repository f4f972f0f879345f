"""The rules for `[disk-setup.zfs]`: properties of the pool and its datasets, swap, encryption."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.config.disk_choice import to_bytes
from bedplate.config.findings import Findings, did_you_mean, shown
from bedplate.config.schema import EncryptionTable, ZfsTable
from bedplate.config.zfs_properties import wrong_with_property
from bedplate.model.layout import Layout, ZfsLayout
from bedplate.model.request import EncryptionOptions, ZfsOptions
from bedplate.units import zfs_size

SMALLEST_ARC_MIB = 64
# Limits of zfs-load-key(8) for keyformat=passphrase.
PASSPHRASE_CHARACTERS = 8
PASSPHRASE_BYTES = 512

_ZFS = "disk-setup.zfs"
_DATASET = f"{_ZFS}.dataset"
_ENCRYPTION = f"{_ZFS}.encryption"


def check_zfs(table: ZfsTable | None, layout: Layout | None, findings: Findings) -> ZfsOptions:
    """Properties of the pool; `layout` is `None` if it is not clear which one is meant."""
    if table is None:
        return ZfsOptions()
    arc_max = table.arc_max
    if arc_max is not None and 0 < arc_max < SMALLEST_ARC_MIB:
        message = f"is {arc_max} MiB, but must be at least {SMALLEST_ARC_MIB}, or 0 for no limit"
        findings.problem("out-of-range", f"{_ZFS}.arc-max", message)
    check_swap(_ZFS, table.swapsize, table.hdsize, findings)
    storage = layout.storage if layout and isinstance(layout.storage, ZfsLayout) else None
    if storage is not None:
        _check_datasets(table.dataset, storage, findings)
    given = {
        "ashift": table.ashift,
        "arc_max_mib": arc_max,
        "checksum": table.checksum,
        "compress": table.compress,
        "copies": table.copies,
        "hdsize_bytes": to_bytes(table.hdsize),
        "swapsize_bytes": to_bytes(table.swapsize),
        "datasets": table.dataset,
        "encryption": _check_encryption(table.encryption, storage, findings),
    }
    # The defaults are the model's; only what the file says is handed over.
    return ZfsOptions.model_validate({k: v for k, v in given.items() if v is not None})


def check_swap(
    where: str, swapsize: float | None, hdsize: float | None, findings: Findings
) -> None:
    """The original's rule: no more than half of what is used of a disk."""
    if swapsize is not None and hdsize is not None and swapsize > hdsize / 2:
        message = (
            f"swap size {swapsize:g} GiB cannot be greater than {hdsize / 2:g} GiB "
            "(hard disk size / 2)"
        )
        findings.problem("out-of-range", f"{where}.swapsize", message)


def _check_datasets(
    tables: Mapping[str, Mapping[str, str]], storage: ZfsLayout, findings: Findings
) -> None:
    known = [dataset.name for dataset in storage.datasets]
    for name, properties in tables.items():
        where = f"{_DATASET}.{name}"
        if name not in known:
            message = "the layout has no such dataset"
            findings.problem("unknown-key", where, message, did_you_mean(name, known))
            continue
        for key, value in properties.items():
            if wrong := wrong_with_property(key, value, of_root=storage.holds_root(name)):
                findings.problem("invalid-value", f"{where}.{key}", *wrong)
    _check_mountpoints(tables, storage, findings)
    _check_small_blocks(tables, storage, findings)


def _check_mountpoints(
    tables: Mapping[str, Mapping[str, str]], storage: ZfsLayout, findings: Findings
) -> None:
    """No two datasets at one place."""
    taken: dict[str, str] = {}
    for dataset in storage.datasets:
        own = tables.get(dataset.name, {})
        place = own.get("mountpoint", dataset.properties.get("mountpoint", "none"))
        if place in taken:
            where = f"{_DATASET}.{dataset.name if 'mountpoint' in own else taken[place]}.mountpoint"
            message = f"{taken[place]} and {dataset.name} would both be mounted on {shown(place)}"
            findings.problem("conflict", where, message)
        elif place != "none":
            taken[place] = dataset.name


def _check_small_blocks(
    tables: Mapping[str, Mapping[str, str]], storage: ZfsLayout, findings: Findings
) -> None:
    """Blocks for a special device that is not there, or all of them: the manual warns of that."""
    for name, properties in tables.items():
        small = properties.get("special_small_blocks")
        where = f"{_DATASET}.{name}.special_small_blocks"
        if small is None or small == "0" or findings.spoilt(where):
            continue
        if storage.special is None:
            findings.warn(where, "has no effect: the layout has no special device")
        elif (zfs_size(small) or 0) >= (zfs_size(properties.get("recordsize", "128K")) or 0):
            message = (
                f"is {small}, which no block of the dataset is larger than (recordsize is "
                f"{properties.get('recordsize', '128K')}): all data goes to the special device"
            )
            findings.warn(where, message)


def _check_encryption(
    table: EncryptionTable | None, storage: ZfsLayout | None, findings: Findings
) -> EncryptionOptions | None:
    if table is None or table.key is None:
        return None
    phrase = table.passphrase
    if table.key == "passphrase" and phrase is None:
        findings.missing(f"{_ENCRYPTION}.passphrase", 'the passphrase that key = "passphrase" is')
    if phrase is not None:
        if table.key == "file":
            message = 'has no use with key = "file": the key is made by the installer'
            findings.problem("conflict", f"{_ENCRYPTION}.passphrase", message)
        elif wrong := wrong_with_passphrase(phrase.reveal()):
            findings.problem("invalid-value", f"{_ENCRYPTION}.passphrase", wrong)
    if storage is not None:
        _check_encrypted(table, storage, findings)
    return EncryptionOptions(dataset=table.dataset, passphrase=phrase)


def _check_encrypted(table: EncryptionTable, storage: ZfsLayout, findings: Findings) -> None:
    """Which dataset: one of the layout's, and the root only where somebody types the key in."""
    where = f"{_ENCRYPTION}.dataset"
    known = [dataset.name for dataset in storage.datasets]
    if table.dataset not in known:
        message = f"{shown(table.dataset)} is no dataset of the layout"
        findings.problem("invalid-value", where, message, did_you_mean(table.dataset, known))
    elif storage.holds_root(table.dataset) and table.key == "file":
        message = f"{shown(table.dataset)} has the root file system in it, where its key would be"
        findings.problem("conflict", where, message, 'use key = "passphrase", or leave it out')


def wrong_with_passphrase(phrase: str) -> str:
    """Like the rules for passwords, it does not repeat what it was given."""
    if any(not character.isprintable() for character in phrase):
        return "must be one line of characters that can be typed"
    if len(phrase) < PASSPHRASE_CHARACTERS:
        return f"must be at least {PASSPHRASE_CHARACTERS} characters long"
    if len(phrase.encode()) > PASSPHRASE_BYTES:
        return f"must be at most {PASSPHRASE_BYTES} bytes long"
    return ""
