"""What is wrong with a network as files describe it, as far as that can be seen before it is up.

Nothing here stops a change: whoever has a reason may do it, and it goes back by itself if it was
none. Files of templates and commands may know better.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from bedplate.errors import Problem
from bedplate.model.interfaces_file import InterfacesFile, LineKind
from bedplate.model.natural import natural
from bedplate.model.network_files import LiveNetwork
from bedplate.plan.network_view import InterfaceView, stack_of, view_files, vlan_device

_LONGEST_NAME = 15
# Interfaces of guests, which come and go with those.
_GUESTS = re.compile(r"(tap|veth|fwpr|fwln|fwbr)\d+.*")

_Views = Mapping[str, InterfaceView]


def network_problems(
    before: Sequence[InterfacesFile], after: Sequence[InterfacesFile], live: LiveNetwork
) -> tuple[Problem, ...]:
    """All that is wrong with `after`, in which the first file is the main one."""
    old, new = view_files(before), view_files(after)
    return (
        *_wrong_gateways(new),
        *_lost_gateways(old, new),
        *_missing_cards(new, live),
        *_addresses_twice(new),
        *_wrong_members(new),
        *_long_names(new),
        *_connection(old, new, live),
        *_strange_lines(after[0]),
    )


def _wrong_gateways(views: _Views) -> Iterator[Problem]:
    owners: defaultdict[int, list[str]] = defaultdict(list)
    for view in views.values():
        for text in view.values("gateway"):
            gateway = _ip(text)
            if gateway is None:
                if "$" not in text:
                    yield Problem("gateway-invalid", view.name, f"`{text}` is no gateway's address")
                continue
            if view.starts:
                owners[gateway.version].append(view.name)
            if any(gateway == address.ip for address in view.addresses):
                yield Problem(
                    "gateway-self", view.name, f"has {gateway} as its address and as its gateway"
                )
            elif not _is_on_link(gateway, view):
                yield _unreachable(gateway, view)
    for version, names in owners.items():
        if len(names) > 1:
            message = f"there are {len(names)} IPv{version} gateways, and only one can be used"
            yield Problem("gateway-twice", ", ".join(dict.fromkeys(names)), message)


def _unreachable(gateway: IPv4Address | IPv6Address, view: InterfaceView) -> Problem:
    networks = [str(a.network) for a in view.addresses if a.version == gateway.version]
    there = (
        f"is in none of its networks ({', '.join(networks)})" if networks else "is in no network"
    )
    return Problem(
        "gateway-unreachable",
        view.name,
        f"the gateway {gateway} {there}",
        f"give it an address beside the gateway, or a route: "
        f"post-up ip route add {gateway} dev {view.name}",
    )


def _is_on_link(gateway: IPv4Address | IPv6Address, view: InterfaceView) -> bool:
    """Whether the gateway is reached without another one; commands that name it see to that."""
    if gateway.is_link_local or view.is_dynamic:
        return True
    if any(gateway in address.network for address in view.addresses):
        return True
    words = {
        word for text in (*view.values("pointopoint"), *view.commands) for word in text.split()
    }
    return bool(words & {str(gateway), f"{gateway}/{gateway.max_prefixlen}"})


def _lost_gateways(old: _Views, new: _Views) -> Iterator[Problem]:
    if any(view.is_dynamic for view in new.values()):
        return
    for version in (4, 6):
        if _has_gateway(old, version) and not _has_gateway(new, version):
            message = f"there is no IPv{version} gateway any more, and there was one"
            yield Problem("gateway-gone", "gateway", message)


def _has_gateway(views: _Views, version: int) -> bool:
    return any(_version(text) == version for v in views.values() for text in v.values("gateway"))


def _missing_cards(views: _Views, live: LiveNetwork) -> Iterator[Problem]:
    if not live.nics:
        return
    there = {nic.name for nic in live.nics}
    cards = sorted((nic.name for nic in live.nics if nic.physical), key=natural)
    needed: dict[str, str] = {}
    for view in views.values():
        for name in view.below:
            # A VLAN needs no stanza of its own to become a port.
            device = None if name in views else vlan_device(name)
            needed.setdefault(device or name, f"{view.name} is made of it")
        if view.starts and not view.is_made:
            needed.setdefault(view.name, "it is to come up with the host")
    for name, why in needed.items():
        described = name in views and views[name].is_made
        if name not in there and not described and not _GUESTS.fullmatch(name):
            message = f"there is no such interface, and {why}"
            hint = f"the network cards are {', '.join(cards)}" if cards else ""
            yield Problem("nic-missing", name, message, hint)


def _addresses_twice(views: _Views) -> Iterator[Problem]:
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for view in views.values():
        for address in view.addresses:
            owners[str(address.ip)].append(view.name)
    for ip, names in owners.items():
        if len(names) > 1:
            several = len(set(names)) > 1
            message = f"have the same address {ip}" if several else f"has the address {ip} twice"
            yield Problem("address-twice", ", ".join(dict.fromkeys(names)), message)


def _wrong_members(views: _Views) -> Iterator[Problem]:
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for view in views.values():
        for member in view.members:
            owners[member].append(view.name)
    for member, names in owners.items():
        if len(names) > 1:
            message = f"is a part of {' and of '.join(names)}, and can be one of a single one"
            yield Problem("member-twice", member, message)
        addresses = views[member].addresses if member in views else ()
        if addresses:
            message = f"is a part of {names[0]}, so its address {addresses[0]} has no effect"
            yield Problem("member-address", member, message, f"give the address to {names[0]}")


def _long_names(views: _Views) -> Iterator[Problem]:
    for name in views:
        if len(name.encode()) > _LONGEST_NAME:
            message = f"the name has {len(name.encode())} characters, but may have {_LONGEST_NAME}"
            yield Problem("name-too-long", name, message)


def _connection(old: _Views, new: _Views, live: LiveNetwork) -> Iterator[Problem]:
    """What becomes of the interface over which whoever does this is connected."""
    carrier = next(
        (
            nic.name
            for nic in live.nics
            for address in nic.addresses
            if live.server is not None and address.cidr.partition("/")[0] == live.server
        ),
        None,
    )
    if carrier is None or carrier not in old:
        return
    stack = stack_of(old, carrier) | stack_of(new, carrier)
    stated = _states(old, carrier, live.server)
    if carrier not in new or (stated and not _states(new, carrier, live.server)):
        message = f"this connection is to {live.server} on {carrier}, which will no longer be there"
        yield Problem("connection-lost", carrier, message, "have another way in at hand")
    elif any(old.get(name) != new.get(name) for name in stack):
        names = sorted((name for name in stack if old.get(name) != new.get(name)), key=natural)
        message = f"carries this connection, and {', '.join(names)} will be changed"
        yield Problem("connection-touched", carrier, message)


def _states(views: _Views, name: str, address: str | None) -> bool:
    return name in views and any(str(one.ip) == address for one in views[name].addresses)


def _strange_lines(file: InterfacesFile) -> Iterator[Problem]:
    number = 1
    for line in file.lines:
        if line.kind is LineKind.OTHER and line.text and not line.templated:
            word = line.words[0]
            if word not in ("vlan",):
                message = f"line {number}, `{line.text}`, is nothing that ifupdown2 understands"
                yield Problem("line-unknown", file.path, message)
        number += max(1, len(re.findall(r"\r\n|\r|\n", line.raw)))


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _version(text: str | None) -> int | None:
    address = _ip(text or "")
    return None if address is None else address.version
