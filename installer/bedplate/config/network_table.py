"""The rules for `[network]`: the original's one address over one card, or every interface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bedplate.config.addresses import check_address, check_cidr, wrong_with_router
from bedplate.config.filter_table import check_filter
from bedplate.config.findings import Findings, shown
from bedplate.config.interface_names import kind_of, wrong_with_name
from bedplate.config.interface_table import Stated, check_interfaces
from bedplate.config.names import (
    wrong_with_domain,
    wrong_with_interface,
    wrong_with_mac,
)
from bedplate.config.network_schema import InterfaceTable, NetworkTable, PinningTable
from bedplate.model.invalid import key_path
from bedplate.model.network import IpAddress, IpInterface
from bedplate.model.request import AnyNetwork, DhcpNetwork, StatedNetwork, StaticNetwork

MOST_NAME_SERVERS = 3

_STATIC_KEYS = ("cidr", "dns", "gateway")
_DEFAULT_BRIDGE_KEYS = ("cidr", "gateway", "filter")


def check_network(table: NetworkTable, findings: Findings) -> AnyNetwork | None:
    """The network of the host, or `None` if something is wrong with it."""
    dns = check_dns(table, findings)
    check_search(table.search or (), findings)
    pinned = _check_pinning(table.interface_name_pinning, table.interface, findings)
    filters = check_filter("network.filter", table.filter, findings)
    if not table.ipv6:
        _refuse_ipv6_servers(dns, findings)
    network: AnyNetwork | None
    if table.interface:
        network = _check_stated(table, findings)
    elif table.source == "from-dhcp":
        _refuse_static_keys(table, findings)
        network = DhcpNetwork(nic_filters=filters)
    else:
        network = None if table.source is None else _check_static(table, filters, dns, findings)
    if network is None:
        return None
    common = {
        "dns": tuple(dns),
        "search": tuple(table.search or ()),
        "ipv6": table.ipv6,
        "interfaces_d": table.interfaces_d,
        "pinned": pinned,
    }
    return network.model_copy(update=common)


def _check_stated(table: NetworkTable, findings: Findings) -> StatedNetwork:
    if table.source == "from-dhcp":
        hint = 'set source = "from-answer", and `ipv4 = "dhcp"` in the tables of interfaces'
        message = 'is "from-dhcp", and interfaces are stated'
        findings.problem("conflict", "network.source", message, hint)
    for key in _DEFAULT_BRIDGE_KEYS:
        if getattr(table, key) is not None:
            message = "belongs to the default bridge, and interfaces are stated"
            hint = "state it in the table of the interface that it is for"
            findings.problem("conflict", f"network.{key}", message, hint)
    stated = check_interfaces(table.interface, findings, ipv6=table.ipv6)
    _warn_about(stated, table, findings)
    return StatedNetwork(interfaces=stated.interfaces, cards=stated.cards)


def _warn_about(stated: Stated, table: NetworkTable, findings: Findings) -> None:
    """What makes a host that nobody reaches, or that reaches nobody."""
    methods = {method for each in stated.interfaces for method in (each.ipv4, each.ipv6)}
    if not methods & {"static", "dhcp", "auto"}:
        findings.warn("network.interface", "no interface has an address: nobody reaches the host")
        return
    if methods & {"dhcp", "auto"}:
        return
    if not any(each.gateways for each in stated.interfaces):
        message = "no interface has a `gateway`: the host reaches its own networks only"
        findings.warn("network.interface", message)
    if table.dns is None:
        findings.warn("network.dns", "is missing: the host resolves no names")


def _refuse_static_keys(table: NetworkTable, findings: Findings) -> None:
    for key in _STATIC_KEYS:
        if getattr(table, key) is not None:
            hint = 'set network.source = "from-answer", or leave this out'
            message = 'is not allowed with source = "from-dhcp"'
            findings.problem("conflict", f"network.{key}", message, hint)


def _check_static(
    table: NetworkTable,
    filters: dict[str, str],
    dns: Mapping[IpAddress, str],
    findings: Findings,
) -> StaticNetwork | None:
    if table.filter is None:
        hint = 'for example filter.ID_NET_NAME_MAC = "*525400123456"'
        findings.missing("network.filter", "it chooses the interface of the address", hint)
    for key in _STATIC_KEYS:
        if getattr(table, key) is None:
            findings.missing(f"network.{key}", 'it is needed with source = "from-answer"')
    address = None if table.cidr is None else check_cidr("network.cidr", table.cidr, findings)
    gateway = check_address("network.gateway", table.gateway, findings)
    if address is None:
        return None
    _check_family("network.gateway", gateway, address, findings)
    for server, where in dns.items():
        _check_family(where, server, address, findings)
    if address.version == 6 and not table.ipv6:
        message = f"{address} is IPv6, which network.ipv6 = false switches off"
        findings.problem("conflict", "network.cidr", message)
    if gateway is None or not dns:
        return None
    _check_gateway(gateway, address, findings)
    return StaticNetwork(address=address, gateway=gateway, nic_filters=filters)


def check_dns(table: NetworkTable, findings: Findings) -> dict[IpAddress, str]:
    """The name servers, with the key of each."""
    if table.dns == []:
        findings.problem("invalid-value", "network.dns", "is empty: name a server, or leave it out")
    if isinstance(table.dns, list):
        stated = list(findings.sound_items("network.dns", table.dns))
    else:
        stated = [] if table.dns is None else [("network.dns", table.dns)]
    found: dict[IpAddress, str] = {}
    for where, text in stated:
        server = check_address(where, text, findings)
        if server is not None and (first := found.setdefault(server, where)) != where:
            findings.problem("duplicate", where, f"{server} is {first} already")
    if len(found) > MOST_NAME_SERVERS:
        message = f"names {len(found)} servers, of which the first {MOST_NAME_SERVERS} are asked"
        findings.warn("network.dns", message)
    return found


def check_search(domains: Iterable[str], findings: Findings) -> None:
    """The domains in which short names are looked up."""
    seen: dict[str, str] = {}
    for where, domain in findings.sound_items("network.search", domains):
        if wrong := wrong_with_domain(domain):
            findings.problem("invalid-value", where, f"{shown(domain)} {wrong}")
        elif (first := seen.setdefault(domain.lower(), where)) != where:
            findings.problem("duplicate", where, f"{domain} is {first} already")


def _refuse_ipv6_servers(dns: Mapping[IpAddress, str], findings: Findings) -> None:
    for server, where in dns.items():
        if server.version == 6:
            message = f"{server} is IPv6, which network.ipv6 = false switches off"
            findings.problem("conflict", where, message)


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
    if wrong := wrong_with_router(gateway, address):
        findings.problem("invalid-value", "network.gateway", f"{gateway} {wrong}")
    on_link = gateway in address.network or gateway.is_link_local
    if gateway.version == address.version and not on_link:
        message = f"{gateway} is not in the network {address.network} of the host"
        findings.warn("network.gateway", message)


def _check_pinning(
    table: PinningTable | None, interfaces: Mapping[str, InterfaceTable], findings: Findings
) -> dict[str, str] | None:
    """Names by MAC address, `None` if no card gets one."""
    if table is None:
        return None
    where = ("network", "interface-name-pinning", "mapping")
    owners: dict[str, str] = {}
    named: dict[str, str] = {}
    for mac, name in table.mapping.items():
        here = key_path((*where, mac))
        if wrong := wrong_with_mac(mac):
            findings.problem("invalid-value", here, wrong)
        elif (first := named.setdefault(mac.lower(), mac)) != mac:
            findings.problem("duplicate", here, f"is the interface {first}, which has a name")
        if wrong := _wrong_with_pin(name, interfaces):
            findings.problem("invalid-value", here, f"{shown(name)} {wrong}")
        if (first := owners.setdefault(name, mac)) != mac:
            message = f"{shown(name)} is the name of {first} already"
            findings.problem("duplicate", here, message)
    return {mac.lower(): name for mac, name in table.mapping.items()} if table.enabled else None


def _wrong_with_pin(name: str, interfaces: Mapping[str, InterfaceTable]) -> str:
    if wrong := wrong_with_interface(name):
        return wrong
    kind = kind_of(name)
    if name in interfaces and interfaces[name].vlan is not None:
        kind = "vlan"
    return (
        f"is the name of a {kind}, not of a card" if kind != "card" else wrong_with_name(name, kind)
    )
