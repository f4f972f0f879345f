"""The rules for `[zfs]`: the ARC, and pools and datasets that may be there already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bedplate.config.findings import Findings
from bedplate.config.names import wrong_with_dataset, wrong_with_pool
from bedplate.config.settings_schema import EncryptedTable, ZfsSettingsTable
from bedplate.config.zfs_properties import wrong_with_property
from bedplate.config.zfs_table import SMALLEST_ARC_MIB, wrong_with_passphrase
from bedplate.model.invalid import key_path
from bedplate.model.secret import Secret
from bedplate.model.settings import (
    ARC_KEY,
    ARC_KEY_OF_THE_ORIGINAL,
    EncryptedDataset,
    PoolSettings,
    Scrub,
    ZfsSettings,
)

# zfs(4): below this, zfs_arc_min is not listened to.
SMALLEST_ARC_MIN_MIB = 32
# Where the manual's layout has the root file systems of a pool.
_ROOTS = "ROOT"
# zfsprops(7): what can be said when a dataset is created, and never again.
WHEN_CREATED = frozenset(("casesensitivity", "normalization", "utf8only"))


def check_zfs_settings(
    table: ZfsSettingsTable | None,
    arc_max_mib: int | None,
    secrets: dict[str, Secret],
    findings: Findings,
) -> ZfsSettings:
    """The settings; `arc_max_mib` is what `disk-setup.zfs.arc-max` says, passphrases go to
    `secrets`."""
    if table is None:
        return ZfsSettings(arc_max_mib=arc_max_mib, arc_key=_arc_key(None, arc_max_mib))
    _check_arc(table, arc_max_mib, findings)
    for name in table.pool:
        if wrong := wrong_with_pool(name):
            findings.problem("invalid-value", key_path(("zfs", "pool", name)), wrong)
    for name, properties in table.dataset.items():
        _check_properties(name, properties, findings)
    return ZfsSettings(
        arc_max_mib=arc_max_mib if table.arc_max is None else table.arc_max,
        arc_key=_arc_key(table.arc_max, arc_max_mib),
        arc_min_mib=table.arc_min,
        pools={
            name: PoolSettings(
                autotrim=pool.autotrim, scrub=None if pool.scrub is None else Scrub(pool.scrub)
            )
            for name, pool in table.pool.items()
        },
        datasets=table.dataset,
        encrypted=_check_encrypted(table.encrypted, secrets, findings),
    )


def _arc_key(
    here: int | None, elsewhere: int | None
) -> Literal["zfs.arc-max", "disk-setup.zfs.arc-max"]:
    return ARC_KEY_OF_THE_ORIGINAL if here is None and elsewhere is not None else ARC_KEY


def _check_arc(table: ZfsSettingsTable, elsewhere: int | None, findings: Findings) -> None:
    largest, smallest = table.arc_max, table.arc_min
    if largest is not None and 0 < largest < SMALLEST_ARC_MIB:
        message = f"is {largest} MiB, but must be at least {SMALLEST_ARC_MIB}, or 0 for no limit"
        findings.problem("out-of-range", "zfs.arc-max", message)
    if smallest is not None and 0 < smallest < SMALLEST_ARC_MIN_MIB:
        message = f"is {smallest} MiB, but must be at least {SMALLEST_ARC_MIN_MIB}, or 0"
        findings.problem("out-of-range", "zfs.arc-min", message)
    if largest is not None and elsewhere is not None and largest != elsewhere:
        message = f"is {largest} MiB, but disk-setup.zfs.arc-max is {elsewhere}"
        findings.problem("conflict", "zfs.arc-max", message, "keep one of them")
    upper = elsewhere if largest is None else largest
    if smallest and upper and smallest >= upper:
        message = f"is {smallest} MiB, but has to be below the upper size of {upper}"
        findings.problem("conflict", "zfs.arc-min", message)


def _check_properties(name: str, properties: Mapping[str, str], findings: Findings) -> None:
    where = key_path(("zfs", "dataset", name))
    if wrong := wrong_with_dataset(name):
        findings.problem("invalid-value", where, wrong)
    for key, value in properties.items():
        here = key_path(("zfs", "dataset", name, key))
        if key in WHEN_CREATED:
            message = "can only be said when a dataset is created"
            findings.problem("invalid-value", here, message)
        elif not findings.spoilt(here) and (
            found := wrong_with_property(key, value, of_root=_may_hold_root(name))
        ):
            findings.problem("invalid-value", here, *found)


def _may_hold_root(name: str) -> bool:
    """Whether a root file system lies in a dataset of that name, or inherits from it."""
    _, *below = name.split("/")
    return not below or below[0] == _ROOTS


def _check_encrypted(
    tables: Mapping[str, EncryptedTable], secrets: dict[str, Secret], findings: Findings
) -> tuple[EncryptedDataset, ...]:
    checked = []
    for name, table in tables.items():
        where = key_path(("zfs", "encrypted", name))
        if wrong := wrong_with_dataset(name):
            findings.problem("invalid-value", where, wrong)
        elif "/" not in name:
            message = "is a pool: its root dataset exists since it was made, and has no key"
            findings.problem("invalid-value", where, message, f"name one below it, {name}/data")
        if table.key is None:
            continue
        dataset = EncryptedDataset(name=name, key=table.key)
        _check_passphrase(dataset, table.passphrase, findings)
        if table.passphrase is not None:
            secrets[dataset.secret] = table.passphrase
        checked.append(dataset)
    return tuple(checked)


def _check_passphrase(dataset: EncryptedDataset, phrase: Secret | None, findings: Findings) -> None:
    if dataset.key == "file":
        if phrase is not None:
            message = 'has no use with key = "file": the key is made'
            findings.problem("conflict", dataset.secret, message)
    elif phrase is None:
        findings.missing(dataset.secret, 'the passphrase that key = "passphrase" is')
    elif wrong := wrong_with_passphrase(phrase.reveal()):
        findings.problem("invalid-value", dataset.secret, wrong)
