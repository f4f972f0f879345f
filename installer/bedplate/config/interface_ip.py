"""The rules for the addresses, routers and routes of one interface."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bedplate.config.addresses import (
    check_address,
    check_destination,
    check_host_address,
    wrong_with_router,
)
from bedplate.config.findings import Findings
from bedplate.config.network_schema import InterfaceTable, RouteTable
from bedplate.model.invalid import key_path
from bedplate.model.network import HostAddress, IpAddress, Method, StaticRoute

_FAMILIES = (4, 6)
_LONGEST_PREFIX = {4: 32, 6: 128}
SMALLEST_IPV6_MTU = 1280


@dataclass(frozen=True, slots=True)
class Ip:
    """How an interface is reached, and what it reaches; a family may have no part in it."""

    ipv4: Method | None
    ipv6: Method | None
    addresses: tuple[HostAddress, ...]
    gateways: tuple[IpAddress, ...]
    routes: tuple[StaticRoute, ...] = ()

    def method(self, version: int) -> Method | None:
        """The method of a family."""
        return self.ipv4 if version == 4 else self.ipv6

    def of(self, version: int) -> tuple[HostAddress, ...]:
        """The addresses of a family."""
        return tuple(each for each in self.addresses if each.address.version == version)


def check_ip(where: str, table: InterfaceTable, findings: Findings, *, ipv6: bool) -> Ip:
    """What is right about it; without `ipv6` the host has none."""
    addresses = _check_addresses(where, table, findings)
    ip = Ip(
        *_methods(table, addresses),
        addresses=addresses,
        gateways=_check_gateways(where, table, findings),
    )
    _check_methods(where, table, ip, findings)
    for number, gateway in enumerate(ip.gateways):
        _check_gateway(f"{where}.gateway[{number}]", gateway, table, ip, findings)
    ip = replace(ip, routes=_check_routes(where, table, ip, findings))
    if ip.ipv6 is not None and table.mtu is not None and table.mtu < SMALLEST_IPV6_MTU:
        message = f"{table.mtu} is too small for IPv6, which needs {SMALLEST_IPV6_MTU}"
        findings.problem("out-of-range", f"{where}.mtu", message)
    if not ipv6:
        _refuse_ipv6(where, ip, findings)
    return ip


def _check_addresses(
    where: str, table: InterfaceTable, findings: Findings
) -> tuple[HostAddress, ...]:
    checked = (
        check_host_address(here, text, findings)
        for here, text in findings.sound_items(f"{where}.address", table.address)
    )
    return tuple(address for address in checked if address is not None)


def _methods(
    table: InterfaceTable, addresses: tuple[HostAddress, ...]
) -> tuple[Method | None, Method | None]:
    """Stated, or else what the addresses say; an interface without any is there all the same."""
    has = {version: any(a.address.version == version for a in addresses) for version in _FAMILIES}
    ipv4: Method | None = table.ipv4 or ("static" if has[4] else None)
    ipv6: Method | None = table.ipv6 or ("static" if has[6] else None)
    return ("manual" if ipv4 is ipv6 is None else ipv4), ipv6


def _check_methods(where: str, table: InterfaceTable, ip: Ip, findings: Findings) -> None:
    for version in _FAMILIES:
        method, here = ip.method(version), f"{where}.ipv{version}"
        if method == "static" and not ip.of(version) and not findings.spoilt_inside(where):
            message = f'is "static", but no IPv{version} address is given'
            findings.problem("missing-key", here, message, f"add one to {where}.address")
        if method not in (None, "static") and ip.of(version):
            message = f'is "{method}", but {ip.of(version)[0].address} is given as an address'
            findings.problem("conflict", here, message, "leave one of them out")
    if table.ipv4 == "dhcp" and table.ipv6 == "dhcp":
        message = (
            'is "dhcp" for both families, and ifupdown2 gives the lease of one up when it asks for '
            "the other"
        )
        findings.problem("conflict", f"{where}.ipv6", message, 'use ipv6 = "auto" or an address')


def _check_gateways(where: str, table: InterfaceTable, findings: Findings) -> tuple[IpAddress, ...]:
    found: dict[int, IpAddress] = {}
    for here, text in findings.sound_items(f"{where}.gateway", table.gateway):
        gateway = check_address(here, text, findings)
        if gateway is None:
            continue
        if gateway.version in found:
            message = f"{gateway} is a second IPv{gateway.version} router after"
            findings.problem("duplicate", here, f"{message} {found[gateway.version]}")
        found.setdefault(gateway.version, gateway)
    return tuple(found.values())


def _check_routes(
    where: str, table: InterfaceTable, ip: Ip, findings: Findings
) -> tuple[StaticRoute, ...]:
    routes: dict[str, StaticRoute] = {}
    for text, inner in table.route.items():
        here = f"{where}.route.{key_path((text,))}"
        route = _route(here, text, inner, findings)
        if route is None:
            continue
        first = next((name for name, other in routes.items() if other.to == route.to), None)
        if first is not None:
            findings.problem("duplicate", here, f"leads to the same network as {first}")
        _check_route(here, route, ip, findings)
        routes[text] = route
    return tuple(routes.values())


def _route(here: str, text: str, table: RouteTable, findings: Findings) -> StaticRoute | None:
    to = check_destination(here, text, findings)
    via = check_address(f"{here}.via", table.via, findings)
    if to is None or (via is None and table.via is not None):
        return None
    if via is not None and via.version != to.version:
        message = f"{via} is IPv{via.version}, but the route to {to} is not"
        findings.problem("address-family", f"{here}.via", message)
        return None
    return StaticRoute(to=to, via=via, metric=table.metric)


def _check_gateway(
    where: str, gateway: IpAddress, table: InterfaceTable, ip: Ip, findings: Findings
) -> None:
    method, own = ip.method(gateway.version), ip.of(gateway.version)
    if method in ("dhcp", "auto"):
        message = f"{gateway} is given, but the interface is told its IPv{gateway.version} router"
        findings.problem("conflict", where, message, "leave it out")
        return
    if method != "static":
        message = f"{gateway} is an IPv{gateway.version} router of an interface without an address"
        hint = f"the interface needs an IPv{gateway.version} address of its own"
        findings.problem("address-family", where, message, hint)
        return
    if any(gateway == each.address.ip for each in own):
        findings.problem("conflict", where, f"{gateway} is the address of the host itself")
        return
    if wrong := next(filter(None, (wrong_with_router(gateway, a.address) for a in own)), ""):
        findings.problem("invalid-value", where, f"{gateway} {wrong}")
    if not own or _is_on_link(gateway, own):
        return
    networks = ", ".join(str(each.address.network) for each in own)
    message = f"{gateway} is not in a network of the interface ({networks})"
    longest = _LONGEST_PREFIX[gateway.version]
    if table.forward or all(each.address.network.prefixlen == longest for each in own):
        findings.warn(where, message)
    else:
        hint = f"a hoster who routes: set `forward = true`, or give the address as /{longest}"
        findings.problem("gateway-outside", where, message, hint)


def _check_route(here: str, route: StaticRoute, ip: Ip, findings: Findings) -> None:
    version = route.to.version
    if ip.method(version) is None:
        message = f"is a route of IPv{version}, which the interface does not have"
        findings.problem("address-family", here, message)
        return
    own = ip.of(version)
    if route.via is None or ip.method(version) != "static":
        return
    if any(route.via == each.address.ip for each in own):
        message = f"{route.via} is the address of the host itself"
        findings.problem("conflict", f"{here}.via", message)
    elif own and not _is_on_link(route.via, own):
        networks = ", ".join(str(each.address.network) for each in own)
        message = f"{route.via} is not in a network of the interface ({networks})"
        findings.problem("gateway-outside", f"{here}.via", message)


def _is_on_link(router: IpAddress, own: tuple[HostAddress, ...]) -> bool:
    return router.is_link_local or any(router in each.address.network for each in own)


def _refuse_ipv6(where: str, ip: Ip, findings: Findings) -> None:
    routers = (*ip.gateways, *(route.to for route in ip.routes))
    if ip.ipv6 not in (None, "manual") or any(each.version == 6 for each in routers):
        message = "uses IPv6, which network.ipv6 = false switches off"
        findings.problem("conflict", where, message, "leave one of them out")
