"""The rules for `network.interface`: every table taken by itself, and then all of them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bedplate.config.bond_table import check_bond
from bedplate.config.filter_table import check_filter
from bedplate.config.findings import Findings, shown
from bedplate.config.interface_ip import Ip, check_ip
from bedplate.config.interface_lines import check_comments, check_options
from bedplate.config.interface_mtu import settle_mtus
from bedplate.config.interface_names import (
    Kind,
    kind_of,
    place_of,
    vlan_of,
    wrong_with_free_name,
    wrong_with_name,
)
from bedplate.config.interface_rules import check_together
from bedplate.config.interface_vlans import check_vids, check_vlans
from bedplate.config.names import wrong_with_mac
from bedplate.config.network_schema import BridgeTable, InterfaceTable, MasqueradeTable
from bedplate.model.network import Bond, Bridge, Card, Interface, Link, Masquerade, Vlan
from bedplate.model.request import CardChoice

_KINDS: tuple[Kind, ...] = ("bridge", "bond", "vlan")


@dataclass(frozen=True, slots=True)
class Stated:
    """All interfaces, with the cards that are only mentioned, and what chooses some of those."""

    interfaces: tuple[Interface, ...]
    cards: dict[str, CardChoice]


def check_interfaces(
    tables: Mapping[str, InterfaceTable], findings: Findings, *, ipv6: bool
) -> Stated:
    """The interfaces as far as they are right; without `ipv6` the host has none."""
    cards: dict[str, CardChoice] = {}
    found: dict[str, Interface] = {}
    for name, table in tables.items():
        kind = _check_kind(name, table, findings)
        link = _check_link(name, kind, table, findings)
        if kind == "card" and (table.mac is not None or table.filter is not None):
            cards[name] = _check_choice(place_of(name), table, findings)
        elif table.mac is not None or table.filter is not None:
            message = f"chooses a card, and {name} is none"
            findings.problem("conflict", place_of(name), f"`mac` or `filter` {message}")
        interface = _check_interface(name, table, link, findings, ipv6=ipv6)
        if link is not None:
            found[name] = interface
    together = check_together(found, frozenset(tables), findings)
    check_vlans(together, findings)
    return Stated(tuple(settle_mtus(together, findings).values()), cards)


def _check_kind(name: str, table: InterfaceTable, findings: Findings) -> Kind:
    """What the table makes of the interface, else what its name does; both have to agree."""
    where = place_of(name)
    stated = [kind for kind in _KINDS if getattr(table, kind) is not None]
    kind = stated[0] if stated else kind_of(name)
    is_free = kind == "vlan" and kind_of(name) != "vlan"
    if len(stated) > 1:
        message = f"is stated to be a {' and a '.join(stated)} at once"
        findings.problem("conflict", where, message, "an interface is one of them")
    elif not is_free and (wrong := wrong_with_name(name, kind)):
        findings.problem("invalid-value", where, f"{shown(name)} {wrong}")
    return kind


def _check_link(name: str, kind: Kind, table: InterfaceTable, findings: Findings) -> Link | None:
    where = place_of(name)
    match kind:
        case "card":
            return Card()
        case "bridge":
            return _check_bridge(f"{where}.bridge", table.bridge or BridgeTable(), findings)
        case "bond":
            return _check_bond(where, table, findings)
        case "vlan":
            return _check_vlan(name, table, findings)


def _check_bridge(where: str, table: BridgeTable, findings: Findings) -> Bridge:
    if table.vids and not table.vlan_aware:
        message = "names VLANs, and the bridge is not aware of them"
        findings.problem("conflict", f"{where}.vids", message, "set `vlan-aware = true`")
    check_vids(f"{where}.vids", table.vids, findings)
    if table.stp and 0 < table.fd < 2:
        findings.problem("out-of-range", f"{where}.fd", "with `stp` it has to be 2 or more, or 0")
    return Bridge(
        ports=tuple(table.ports),
        stp=table.stp,
        forward_delay=table.fd,
        vlan_aware=table.vlan_aware,
        vids=tuple(table.vids),
    )


def _check_bond(where: str, table: InterfaceTable, findings: Findings) -> Bond | None:
    if table.bond is None:
        findings.missing(f"{where}.bond", "the members of the bond and its mode")
        return None
    return check_bond(f"{where}.bond", table.bond, findings)


def _check_vlan(name: str, table: InterfaceTable, findings: Findings) -> Vlan | None:
    """From its name, from its table, or from both if they agree."""
    where, by_name = f"{place_of(name)}.vlan", vlan_of(name)
    tag = None if table.vlan is None else table.vlan.id
    device = None if table.vlan is None else table.vlan.raw_device
    if by_name is not None:
        for key, stated, told in (("raw-device", device, by_name[0]), ("id", tag, by_name[1])):
            if stated not in (None, told):
                message = f"is {stated}, and the name {name} tells {told}"
                findings.problem("conflict", f"{where}.{key}", message)
        return Vlan(id=by_name[1], device=by_name[0])
    if "." in name:
        return None
    if tag is None:
        findings.missing(f"{where}.id", f"the name {name} does not tell it")
    if device is None:
        findings.missing(f"{where}.raw-device", f"the name {name} does not tell it")
    if wrong := wrong_with_free_name(name, tag or 0):
        findings.problem("invalid-value", place_of(name), f"{shown(name)} {wrong}")
    return None if tag is None or device is None else Vlan(id=tag, device=device)


def _check_choice(where: str, table: InterfaceTable, findings: Findings) -> CardChoice:
    if table.mac is not None and table.filter is not None:
        message = "has both `mac` and `filter`, and one of them chooses the card"
        findings.problem("conflict", where, message)
    if table.mac is not None and (wrong := wrong_with_mac(table.mac)):
        findings.problem("invalid-value", f"{where}.mac", f"{shown(table.mac)} {wrong}")
    filters = check_filter(f"{where}.filter", table.filter, findings)
    mac = None if table.mac is None else table.mac.lower()
    return CardChoice(mac=mac, filters=filters)


def _check_interface(
    name: str,
    table: InterfaceTable,
    link: Link | None,
    findings: Findings,
    *,
    ipv6: bool,
) -> Interface:
    where = place_of(name)
    ip = check_ip(where, table, findings, ipv6=ipv6)
    gets_address = {ip.ipv4, ip.ipv6} != {"manual", None} and {ip.ipv4, ip.ipv6} != {"manual"}
    by_itself = gets_address or isinstance(link, Bridge | Bond)
    if table.proxy_arp and ip.ipv4 is None:
        message = "answers ARP, which is of IPv4, and the interface has none"
        findings.problem("address-family", f"{where}.proxy-arp", message)
    return Interface(
        name=name,
        link=link or Card(),
        auto=by_itself if table.auto is None else table.auto,
        ipv4=ip.ipv4,
        ipv6=ip.ipv6,
        addresses=ip.addresses,
        gateways=ip.gateways,
        routes=ip.routes,
        mtu=table.mtu,
        forward=table.forward,
        proxy_arp=table.proxy_arp,
        masquerade=_check_masquerade(f"{where}.masquerade", table.masquerade, ip, findings),
        options=check_options(f"{where}.option", table.option, findings),
        comments=check_comments(f"{where}.comment", table.comment, findings),
    )


def _check_masquerade(
    where: str, table: MasqueradeTable | None, ip: Ip, findings: Findings
) -> Masquerade | None:
    if table is None:
        return None
    if not ip.of(4):
        message = "is for the IPv4 network of the interface, which has no IPv4 address"
        findings.problem("address-family", where, message)
    return None if table.out is None else Masquerade(out=table.out, zone=table.zone)
