"""/etc/network/interfaces, interfaces(5) as ifupdown2 reads it: a network as stanzas, and as text.

The order of options is that of the manual that this project implements. Debian's ifupdown2 has a
mind of its own in three points, and what is written here minds them:

* it knows no method `auto`, so addresses that routers announce come with `manual`;
* it takes addresses away that the file does not have, unless an interface has several stanzas;
* it sets no MTU on a bridge, which has the smallest of its ports'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from bedplate.model.interfaces import Family, Option, Stanza
from bedplate.model.network import (
    Bond,
    Bridge,
    Card,
    HostAddress,
    Interface,
    Method,
    Network,
    StaticRoute,
    Vlan,
)

LOOPBACK = Stanza(name="lo", method="loopback", auto=True)
INTERFACES_D = "source /etc/network/interfaces.d/*"

_INDENT = " " * 8
_WRITTEN_METHOD: dict[Method, str] = {
    "static": "static",
    "dhcp": "dhcp",
    "manual": "manual",
    "auto": "manual",
}
_VERSION: dict[Family, int] = {"inet": 4, "inet6": 6}
_IPV4_FORWARDING = "echo 1 > /proc/sys/net/ipv4/ip_forward"
_IPV6_FORWARDING = "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"


def render_interfaces(network: Network) -> str:
    """The whole file."""
    parts = [render_stanza(stanza) for stanza in stanzas_of(network)]
    if network.interfaces_d:
        parts.append(f"{INTERFACES_D}\n")
    return "\n".join(parts)


def render_stanza(stanza: Stanza) -> str:
    """The lines of one stanza; comments are where the manual has them, above `iface`."""
    lines = [f"auto {stanza.name}"] if stanza.auto else []
    lines += [f"#{comment}" for comment in stanza.comments]
    lines.append(f"iface {stanza.name} {stanza.family} {stanza.method}")
    lines += [f"{_INDENT}{option.key} {option.value}" for option in stanza.options]
    return "".join(f"{line}\n" for line in lines)


def stanzas_of(network: Network) -> tuple[Stanza, ...]:
    """What the file says of the network, `lo` first."""
    return (LOOPBACK, *(stanza for each in network.interfaces for stanza in _stanzas(each)))


def _stanzas(interface: Interface) -> Iterator[Stanza]:
    """One for each family; what belongs to neither is in the first."""
    methods: tuple[tuple[Family, Method | None], ...] = (
        ("inet", interface.ipv4),
        ("inet6", interface.ipv6),
    )
    families = [(family, method) for family, method in methods if method is not None]
    for family, method in families:
        is_first = family == families[0][0]
        options = _whole(interface, family) if is_first else _of_family(interface, family)
        yield Stanza(
            name=interface.name,
            family=family,
            method=_WRITTEN_METHOD[method],
            auto=interface.auto and is_first,
            options=(*options, *_autoconf(interface, family, method, alone=len(families) == 1)),
            comments=interface.comments if is_first else (),
        )


def _whole(interface: Interface, family: Family) -> Iterator[Option]:
    link = interface.link
    if isinstance(link, Bond):
        yield Option(key="bond-slaves", value=" ".join(link.slaves))
    yield from _addresses(interface, family)
    match link:
        case Bond():
            yield from _bond(link)
        case Bridge():
            yield from _bridge(link)
        case Vlan():
            yield from _vlan(interface.name, link)
        case Card():
            pass
        case other:
            assert_never(other)
    if interface.mtu is not None and not isinstance(link, Bridge):
        yield Option(key="mtu", value=str(interface.mtu))
    yield from interface.options
    if interface.mtu is not None and isinstance(link, Bridge) and not link.ports:
        yield _up(f"ip link set dev {interface.name} mtu {interface.mtu}")
    yield from _routing(interface, family)


def _of_family(interface: Interface, family: Family) -> Iterator[Option]:
    yield from _addresses(interface, family)
    yield from _routing(interface, family)


def _addresses(interface: Interface, family: Family) -> Iterator[Option]:
    for each in interface.addresses:
        if each.address.version == _VERSION[family]:
            yield from _address(each)
    for gateway in interface.gateways:
        if gateway.version == _VERSION[family]:
            yield Option(key="gateway", value=str(gateway))


def _address(given: HostAddress) -> Iterator[Option]:
    if given.netmask:
        yield Option(key="address", value=str(given.address.ip))
        yield Option(key="netmask", value=str(given.address.netmask))
    else:
        yield Option(key="address", value=str(given.address))


def _bridge(bridge: Bridge) -> Iterator[Option]:
    yield Option(key="bridge-ports", value=" ".join(bridge.ports) or "none")
    yield Option(key="bridge-stp", value="on" if bridge.stp else "off")
    yield Option(key="bridge-fd", value=str(bridge.forward_delay))
    if bridge.vlan_aware:
        yield Option(key="bridge-vlan-aware", value="yes")
    if bridge.vids:
        yield Option(key="bridge-vids", value=" ".join(bridge.vids))


def _bond(bond: Bond) -> Iterator[Option]:
    values = (
        ("miimon", bond.miimon),
        ("updelay", bond.updelay),
        ("downdelay", bond.downdelay),
        ("mode", bond.mode),
        ("xmit-hash-policy", bond.xmit_hash_policy),
        ("lacp-rate", bond.lacp_rate),
        ("min-links", bond.min_links),
        ("primary", bond.primary),
        ("primary-reselect", bond.primary_reselect),
    )
    for key, value in values:
        if value is not None:
            yield Option(key=f"bond-{key}", value=str(value))


def _vlan(name: str, vlan: Vlan) -> Iterator[Option]:
    if name == f"{vlan.device}.{vlan.id}":
        return
    # ifupdown2 takes the tag of `vlan5` from the name, and of no other.
    if name != f"vlan{vlan.id}":
        yield Option(key="vlan-id", value=str(vlan.id))
    yield Option(key="vlan-raw-device", value=vlan.device)


def _routing(interface: Interface, family: Family) -> Iterator[Option]:
    if family == "inet":
        if interface.forward or interface.masquerade is not None:
            yield _up(_IPV4_FORWARDING)
        if interface.proxy_arp:
            yield _up(f"echo 1 > /proc/sys/net/ipv4/conf/{interface.name}/proxy_arp")
        yield from _masquerade(interface)
    elif interface.forward:
        yield _up(_IPV6_FORWARDING)
    for route in interface.routes:
        if route.to.version == _VERSION[family]:
            yield from _route(interface.name, route)


def _masquerade(interface: Interface) -> Iterator[Option]:
    wanted = interface.masquerade
    if wanted is None:
        return
    for network in _networks(interface.addresses):
        rule = f"POSTROUTING -s '{network}' -o {wanted.out} -j MASQUERADE"
        yield _up(f"iptables -t nat -A {rule}")
        yield _gone(f"iptables -t nat -D {rule}")
    if wanted.zone is not None:
        rule = f"PREROUTING -i fwbr+ -j CT --zone {wanted.zone}"
        yield _up(f"iptables -t raw -I {rule}")
        yield _gone(f"iptables -t raw -D {rule}")


def _networks(addresses: Iterable[HostAddress]) -> Sequence[str]:
    """The IPv4 networks, each of them once."""
    held = (str(each.address.network) for each in addresses if each.address.version == 4)
    return tuple(dict.fromkeys(held))


def _route(name: str, route: StaticRoute) -> Iterator[Option]:
    words = [str(route.to)]
    words += [] if route.via is None else ["via", str(route.via)]
    words += ["dev", name]
    words += [] if route.metric is None else ["metric", str(route.metric)]
    # ifreload does this again while the route is there; `add` would fail.
    yield _up(f"ip route replace {' '.join(words)}")
    yield Option(key="pre-down", value=f"ip route del {' '.join(words)}")


def _autoconf(
    interface: Interface, family: Family, method: Method, *, alone: bool
) -> Iterator[Option]:
    if method != "auto":
        return
    assert family == "inet6", "only IPv6 routers announce addresses"
    if alone:
        yield Option(key="address-purge", value="no")
    # 2: also on a host that forwards, which 1 is not (ip-sysctl, `accept_ra`).
    yield _up(f"echo 2 > /proc/sys/net/ipv6/conf/{interface.name}/accept_ra")


def _up(command: str) -> Option:
    return Option(key="post-up", value=command)


def _gone(command: str) -> Option:
    return Option(key="post-down", value=command)
