"""The rules for `network.interface.NAME.bond`: which options mean something in which mode."""

from __future__ import annotations

from bedplate.config.findings import Findings
from bedplate.config.network_schema import BondTable
from bedplate.model.network import Bond, BondMode

_WITH_PRIMARY: tuple[BondMode, ...] = ("active-backup", "balance-tlb", "balance-alb")
# The kernel refuses these in any other mode, or ignores them (bonding.rst).
_MODES: dict[str, tuple[BondMode, ...]] = {
    "xmit-hash-policy": ("balance-xor", "802.3ad", "balance-tlb"),
    "lacp-rate": ("802.3ad",),
    "min-links": ("802.3ad",),
    "primary": _WITH_PRIMARY,
    "primary-reselect": _WITH_PRIMARY,
}


def check_bond(where: str, table: BondTable, findings: Findings) -> Bond | None:
    """A bond, `None` if its members or its mode are not known."""
    slaves = table.slaves
    if slaves == []:
        message = "is empty: a bond is made of cards"
        findings.problem("invalid-value", f"{where}.slaves", message)
    elif slaves is not None and len(slaves) == 1:
        findings.warn(f"{where}.slaves", f"a bond of {slaves[0]} alone survives no failure")
    if table.mode is not None:
        _check_mode(where, table, table.mode, findings)
    _check_primary(where, table, findings)
    _check_delays(where, table, findings)
    if table.mode is None or slaves is None:
        return None
    return Bond(
        slaves=tuple(slaves),
        mode=table.mode,
        miimon=table.miimon,
        updelay=table.updelay,
        downdelay=table.downdelay,
        xmit_hash_policy=table.xmit_hash_policy,
        lacp_rate=table.lacp_rate,
        min_links=table.min_links,
        primary=table.primary,
        primary_reselect=table.primary_reselect,
    )


def _check_mode(where: str, table: BondTable, mode: BondMode, findings: Findings) -> None:
    for key, modes in _MODES.items():
        if getattr(table, key.replace("-", "_")) is not None and mode not in modes:
            message = f"has no meaning in the mode {mode}"
            hint = f"it belongs to {', '.join(modes)}"
            findings.problem("conflict", f"{where}.{key}", message, hint)


def _check_primary(where: str, table: BondTable, findings: Findings) -> None:
    primary, slaves = table.primary, table.slaves
    if primary is not None and slaves and primary not in slaves:
        message = f"{primary} is not among the members {', '.join(slaves)}"
        findings.problem("invalid-value", f"{where}.primary", message)
    if primary is None and table.primary_reselect is not None:
        message = "says when to go back to the primary card, and there is none"
        findings.problem("conflict", f"{where}.primary-reselect", message, "set `primary`")


def _check_delays(where: str, table: BondTable, findings: Findings) -> None:
    for key in ("updelay", "downdelay"):
        delay: int | None = getattr(table, key)
        if delay is not None and delay % table.miimon:
            rounded = delay - delay % table.miimon
            message = f"{delay} is no multiple of miimon {table.miimon}: {rounded} is what is kept"
            findings.warn(f"{where}.{key}", message)
    if table.min_links is not None and table.slaves and table.min_links > len(table.slaves):
        message = f"{table.min_links} links are more than the bond's {len(table.slaves)} members"
        findings.problem("out-of-range", f"{where}.min-links", message)
