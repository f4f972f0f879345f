"""What has to hold among all interfaces: who is made of what, and who may have an address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from typing import Literal

from bedplate.config.findings import Findings, shown
from bedplate.config.interface_names import Kind, kind_of, place_of, wrong_with_name
from bedplate.model.network import Bond, Bridge, Interface, IpAddress, Vlan

Role = Literal["port", "member", "device", "way out"]

_FITTING: dict[Role, tuple[Kind, ...]] = {
    "port": ("card", "bond", "vlan"),
    "member": ("card",),
    "device": ("card", "bond", "bridge"),
    "way out": ("card", "bond", "vlan", "bridge"),
}
_USER: dict[Role, str] = {
    "port": "the ports of a bridge are cards, bonds and VLANs",
    "member": "the members of a bond are cards",
    "device": "a VLAN is on a card, a bond or a bridge",
    "way out": "",
}


@dataclass(frozen=True, slots=True)
class Use:
    """That `user` names the interface `name`, in which role and at which key."""

    where: str
    user: str
    name: str
    role: Role


def check_together(
    interfaces: Mapping[str, Interface], stated: frozenset[str], findings: Findings
) -> dict[str, Interface]:
    """Check all of it, and add the cards that are only mentioned, in front.

    `stated` are the names of all tables: what is wrong with one has been said already.
    """
    uses = tuple(use for interface in interfaces.values() for use in _uses(interface))
    mentioned = {
        use.name: Interface(name=use.name, ipv4="manual")
        for use in uses
        if use.name not in stated and _check_mentioned(use, findings)
    }
    known = {**mentioned, **interfaces}
    for use in uses:
        _check_role(use, known, findings)
    _check_used_once(uses, known, findings)
    _check_loops(known, findings)
    _check_addresses(interfaces, findings)
    _check_gateways(interfaces, findings)
    return known


def _uses(interface: Interface) -> Iterator[Use]:
    name = interface.name
    match interface.link:
        case Bridge(ports=ports):
            for number, port in enumerate(ports):
                yield Use(place_of(name, "bridge", "ports", number), name, port, "port")
        case Bond(slaves=slaves):
            for number, slave in enumerate(slaves):
                yield Use(place_of(name, "bond", "slaves", number), name, slave, "member")
        case Vlan(device=device):
            keys = () if "." in name else ("vlan", "raw-device")
            yield Use(place_of(name, *keys), name, device, "device")
        case _:
            pass
    if interface.masquerade is not None:
        out = interface.masquerade.out
        yield Use(place_of(name, "masquerade", "out"), name, out, "way out")


def _check_mentioned(use: Use, findings: Findings) -> bool:
    """Whether a name without a table can be that of a card."""
    kind = kind_of(use.name)
    if wrong := wrong_with_name(use.name, kind):
        # The name of a VLAN holds that of its device, and has been judged with it.
        if not findings.spoilt(use.where):
            findings.problem("invalid-value", use.where, f"{shown(use.name)} {wrong}")
        return False
    if kind != "card":
        hint = f"add [{place_of(use.name)}]"
        message = f"{use.name} is not stated in this file"
        findings.problem("missing-interface", use.where, message, hint)
        return False
    return True


def _check_role(use: Use, known: Mapping[str, Interface], findings: Findings) -> None:
    if use.name == use.user and use.role == "way out":
        findings.problem("conflict", use.where, f"{use.name} cannot be its own way out")
    if use.name not in known:
        return
    kind = known[use.name].link.kind
    if kind not in _FITTING[use.role]:
        message = f"{use.name} is a {kind}, but {_USER[use.role]}"
        findings.problem("conflict", use.where, message)


def _check_used_once(
    uses: tuple[Use, ...], known: Mapping[str, Interface], findings: Findings
) -> None:
    owners: dict[str, Use] = {}
    for use in uses:
        if use.role not in ("port", "member"):
            continue
        first = owners.setdefault(use.name, use)
        if first is not use:
            message = f"{use.name} is a {first.role} of {first.user} already"
            findings.problem("duplicate", use.where, message)
    for use in uses:
        owner = owners.get(use.name)
        if use.role == "device" and owner is not None and owner.role == "member":
            message = f"{use.name} is a member of {owner.user}"
            hint = f"put the VLAN on {owner.user}"
            findings.problem("conflict", use.where, message, hint)
    for name, owner in owners.items():
        if name in known and _has_addresses(known[name]):
            message = f"is a {owner.role} of {owner.user}, and cannot have addresses of its own"
            findings.problem("conflict", place_of(name), message, f"give them to {owner.user}")


def _has_addresses(interface: Interface) -> bool:
    methods = {interface.ipv4, interface.ipv6} - {None, "manual"}
    return bool(methods or interface.addresses or interface.gateways)


def _check_loops(known: Mapping[str, Interface], findings: Findings) -> None:
    lower = {name: interface.lower() for name, interface in known.items()}
    while True:
        try:
            TopologicalSorter(lower).prepare()
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            message = f"is made of itself: {', which is made of '.join(circle)}"
            findings.problem("loop", place_of(circle[0]), message)
            del lower[circle[0]]
        else:
            return


def _check_addresses(interfaces: Mapping[str, Interface], findings: Findings) -> None:
    owners: dict[IpAddress, str] = {}
    for name, interface in interfaces.items():
        for number, each in enumerate(interface.addresses):
            first = owners.setdefault(each.address.ip, place_of(name, "address", number))
            here = place_of(name, "address", number)
            if first != here:
                findings.problem("duplicate", here, f"{each.address.ip} is {first} already")
    for one, other in combinations(interfaces.values(), 2):
        for network in sorted(_networks(one) & _networks(other)):
            message = f"{network} is the network of {one.name}, too: only one of them is used"
            findings.warn(place_of(other.name, "address"), message)


def _networks(interface: Interface) -> set[str]:
    networks = (each.address.network for each in interface.addresses)
    return {str(network) for network in networks if network.num_addresses > 2}


def _check_gateways(interfaces: Mapping[str, Interface], findings: Findings) -> None:
    owners: dict[int, str] = {}
    for name, interface in interfaces.items():
        for gateway in interface.gateways:
            first = owners.setdefault(gateway.version, name)
            if first != name:
                message = (
                    f"{name} has a default router for IPv{gateway.version}, and so has {first}"
                )
                hint = "a host has one default route; state the others as `route`"
                findings.problem("duplicate", place_of(name, "gateway"), message, hint)
