"""Rules for addresses of the host, of its routers and name servers, wherever a file states one."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_interface, ip_network

from bedplate.config.findings import Findings, shown
from bedplate.model.network import HostAddress, IpAddress, IpInterface, IpNetwork

SHORTEST_PREFIX = 8

# `ipaddress` also takes host masks, and zones after a `%` that may hold anything.
_CIDR = re.compile(r"[0-9A-Fa-f:.]+/[0-9]{1,3}")
_DOTTED = re.compile(r"[0-9.]+/[0-9]{1,3}(\.[0-9]{1,3}){3}")
_PLAIN_ADDRESS = re.compile(r"[0-9A-Fa-f:.]+")


def check_cidr(where: str, text: str, findings: Findings) -> IpInterface | None:
    """An address of the host with its prefix length, `None` if it is neither."""
    if not _CIDR.fullmatch(text):
        message = f"{shown(text)} is not an address with a prefix length, such as 192.0.2.7/24"
        findings.problem("invalid-value", where, message)
        return None
    return _check_interface(where, text, findings)


def check_host_address(where: str, text: str, findings: Findings) -> HostAddress | None:
    """The same, or an address with its netmask, which is then written with one."""
    if not _DOTTED.fullmatch(text):
        address = check_cidr(where, text, findings)
        return None if address is None else HostAddress(address=address)
    address = _check_interface(where, text, findings)
    if address is None:
        return None
    if str(address.netmask) != text.partition("/")[2]:
        message = f"{shown(text)} has a mask that is not a netmask, such as 255.255.255.0"
        findings.problem("invalid-value", where, message)
        return None
    return HostAddress(address=address, netmask=True)


def check_destination(where: str, text: str, findings: Findings) -> IpNetwork | None:
    """The network to which a route leads."""
    try:
        network = ip_network(text) if _CIDR.fullmatch(text) else None
    except ValueError:
        network = None
    if network is None:
        message = f"{shown(text)} is not a network with its prefix length, such as 198.51.100.0/24"
        findings.problem("invalid-value", where, message)
    elif network.prefixlen == 0:
        message = "is the default route"
        findings.problem("conflict", where, message, "give its router as `gateway`")
        return None
    return network


def check_address(where: str, text: str | None, findings: Findings) -> IpAddress | None:
    """The address of another host."""
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


def wrong_with_host(address: IpInterface) -> str:
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


def wrong_with_router(router: IpAddress, address: IpInterface) -> str:
    """Why a router in the network of `address` cannot be this one."""
    if router not in address.network:
        return ""
    return wrong_with_host(ip_interface(f"{router}/{address.network.prefixlen}"))


def _check_interface(where: str, text: str, findings: Findings) -> IpInterface | None:
    try:
        address = ip_interface(text)
    except ValueError:
        findings.problem("invalid-value", where, f"{shown(text)} has an invalid address or mask")
        return None
    prefix, longest = address.network.prefixlen, address.max_prefixlen
    if prefix < SHORTEST_PREFIX:
        message = f"has the prefix length {prefix}, but {SHORTEST_PREFIX} to {longest} is allowed"
        findings.problem("out-of-range", where, message)
    if wrong := wrong_with_host(address):
        findings.problem("invalid-value", where, f"{shown(text)} {wrong}")
    return address
