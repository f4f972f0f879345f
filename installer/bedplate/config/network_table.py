"""The rules for `[network]`: one address, its name server and router, and the interface."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_interface

from bedplate.config.findings import Findings, shown
from bedplate.config.names import wrong_with_filter, wrong_with_interface, wrong_with_mac
from bedplate.config.schema import NetworkTable, PinningTable
from bedplate.model.invalid import key_path
from bedplate.model.request import DhcpNetwork, IpAddress, IpInterface, StaticNetwork

SHORTEST_PREFIX = 8

_STATIC_KEYS = ("cidr", "dns", "gateway")
# `ipaddress` also takes netmasks, and zones after a `%` that may hold anything.
_CIDR = re.compile(r"[0-9A-Fa-f:.]+/[0-9]{1,3}")
_PLAIN_ADDRESS = re.compile(r"[0-9A-Fa-f:.]+")


def check_network(table: NetworkTable, findings: Findings) -> StaticNetwork | DhcpNetwork | None:
    """The network of the host, or `None` if something is wrong with it."""
    filters = check_filter("network.filter", table.filter, findings)
    if table.interface_name_pinning is not None:
        _check_pinning(table.interface_name_pinning, findings)
    match table.source:
        case None:
            return None
        case "from-dhcp":
            _refuse_static_keys(table, findings)
            return DhcpNetwork(nic_filters=filters)
        case "from-answer":
            return _check_static(table, filters, findings)


def check_filter(where: str, given: dict[str, str] | None, findings: Findings) -> dict[str, str]:
    """A table of udev properties and globs; a given one must have something in it."""
    if given == {}:
        findings.problem("invalid-value", where, "no filter defined")
    for name, pattern in (given or {}).items():
        if wrong := wrong_with_filter(name, pattern):
            findings.problem("invalid-value", key_path((*where.split("."), name)), wrong)
    return dict(given or {})


def _refuse_static_keys(table: NetworkTable, findings: Findings) -> None:
    for key in _STATIC_KEYS:
        if getattr(table, key) is not None:
            hint = 'set network.source = "from-answer", or leave this out'
            message = 'is not allowed with source = "from-dhcp"'
            findings.problem("conflict", f"network.{key}", message, hint)


def _check_static(
    table: NetworkTable, filters: dict[str, str], findings: Findings
) -> StaticNetwork | None:
    if table.filter is None:
        hint = 'for example filter.ID_NET_NAME_MAC = "*525400123456"'
        findings.missing("network.filter", "it chooses the interface of the address", hint)
    for key in _STATIC_KEYS:
        if getattr(table, key) is None:
            findings.missing(f"network.{key}", 'it is needed with source = "from-answer"')
    address = _check_cidr(table.cidr, findings)
    gateway = _check_address("network.gateway", table.gateway, findings)
    dns = _check_address("network.dns", table.dns, findings)
    if address is None:
        return None
    _check_family("network.gateway", gateway, address, findings)
    _check_family("network.dns", dns, address, findings)
    if gateway is None or dns is None:
        return None
    _check_gateway(gateway, address, findings)
    return StaticNetwork(address=address, gateway=gateway, dns=dns, nic_filters=filters)


def _check_cidr(text: str | None, findings: Findings) -> IpInterface | None:
    where = "network.cidr"
    if text is None:
        return None
    if not _CIDR.fullmatch(text):
        message = f"{shown(text)} is not an address with a prefix length, such as 192.0.2.7/24"
        findings.problem("invalid-value", where, message)
        return None
    try:
        address = ip_interface(text)
    except ValueError:
        findings.problem("invalid-value", where, f"{shown(text)} has an invalid address or mask")
        return None
    prefix, longest = address.network.prefixlen, address.max_prefixlen
    if prefix < SHORTEST_PREFIX:
        message = f"has the prefix length {prefix}, but {SHORTEST_PREFIX} to {longest} is allowed"
        findings.problem("out-of-range", where, message)
    if wrong := _wrong_with_host(address):
        findings.problem("invalid-value", where, f"{shown(text)} {wrong}")
    return address


def _wrong_with_host(address: IpInterface) -> str:
    """Why a host cannot have this address."""
    if address.ip.is_unspecified or address.ip.is_loopback or address.ip.is_multicast:
        return "is not an address that a host can have"
    network = address.network
    if network.num_addresses > 2 and address.ip == network.network_address:
        return "is the address of the network itself"
    # IPv6 has no broadcast; a /31 (RFC 3021) has neither.
    if address.version == 4 and network.num_addresses > 2:
        last = network.broadcast_address
        return "is the broadcast address of its network" if address.ip == last else ""
    return ""


def _check_address(where: str, text: str | None, findings: Findings) -> IpAddress | None:
    if text is None:
        return None
    try:
        address = ip_address(text) if _PLAIN_ADDRESS.fullmatch(text) else None
    except ValueError:
        address = None
    if address is None:
        findings.problem("invalid-value", where, f"{shown(text)} is not an IP address")
    elif address.is_unspecified or address.is_multicast:
        findings.problem("invalid-value", where, f"{shown(text)} is not the address of a host")
    return address


def _check_family(
    where: str, other: IpAddress | None, address: IpInterface, findings: Findings
) -> None:
    if other is not None and other.version != address.version:
        message = f"{other} is IPv{other.version}, but network.cidr {address} is not"
        hint = f"an IPv{address.version} address is needed"
        findings.problem("address-family", where, message, hint)


def _check_gateway(gateway: IpAddress, address: IpInterface, findings: Findings) -> None:
    if gateway == address.ip:
        message = f"{gateway} is the address of the host itself"
        findings.problem("conflict", "network.gateway", message)
        return
    if gateway in address.network:
        wrong = _wrong_with_host(ip_interface(f"{gateway}/{address.network.prefixlen}"))
        if wrong:
            findings.problem("invalid-value", "network.gateway", f"{gateway} {wrong}")
    on_link = gateway in address.network or gateway.is_link_local
    if gateway.version == address.version and not on_link:
        message = f"{gateway} is not in the network {address.network} of the host"
        findings.warn("network.gateway", message)


def _check_pinning(table: PinningTable, findings: Findings) -> None:
    where = ("network", "interface-name-pinning", "mapping")
    owners: dict[str, str] = {}
    named: dict[str, str] = {}
    for mac, name in table.mapping.items():
        here = key_path((*where, mac))
        if wrong := wrong_with_mac(mac):
            findings.problem("invalid-value", here, wrong)
        elif (first := named.setdefault(mac.lower(), mac)) != mac:
            findings.problem("duplicate", here, f"is the interface {first}, which has a name")
        if wrong := wrong_with_interface(name):
            findings.problem("invalid-value", here, f"{shown(name)} {wrong}")
        if (first := owners.setdefault(name, mac)) != mac:
            message = f"{shown(name)} is the name of {first} already"
            findings.problem("duplicate", here, message)
