"""The network of one machine: what an answer file asks for, with the cards that are there.

The default bridge is a network like any other here. A name that the file gives a card is replaced
by the one that the card has, or is pinned to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from bedplate.errors import Problem
from bedplate.model.facts import NicFact
from bedplate.model.invalid import key_path
from bedplate.model.network import (
    INTERFACE_CHARACTERS,
    Bond,
    Bridge,
    Card,
    HostAddress,
    Interface,
    Link,
    Method,
    Network,
    Vlan,
)
from bedplate.model.request import AnyNetwork, CardChoice, DhcpNetwork, StatedNetwork, StaticNetwork
from bedplate.plan.choose_nic import Wired, choose_nic, first_match, physical_cards
from bedplate.plan.globs import shown_globs
from bedplate.plan.pins import plan_pins, refuse_pins, warn_pins

DEFAULT_BRIDGE = "vmbr0"

Names = Mapping[str, str]


def plan_network(wanted: AnyNetwork, facts: Wired) -> Network | tuple[Problem, ...]:
    """The network on this machine, or every reason why it cannot have it."""
    pins = plan_pins(wanted.pinned, facts)
    final = {nic.name: nic.name for nic in facts.nics} | {pin.current: pin.name for pin in pins}
    problems = list(refuse_pins(pins, facts))
    if isinstance(wanted, StatedNetwork):
        found = _stated(wanted, facts, final)
    else:
        found = _default_bridge(wanted, facts, final)
    problems += [each for each in found if isinstance(each, Problem)]
    if problems:
        return tuple(problems)
    interfaces = tuple(each for each in found if isinstance(each, Interface))
    return Network(
        interfaces=(*interfaces, *_others(interfaces, facts, final)),
        dns=wanted.dns,
        search=wanted.search,
        pins=pins,
        ipv6=wanted.ipv6,
        interfaces_d=wanted.interfaces_d,
    )


def warn_network(wanted: AnyNetwork, facts: Wired) -> Iterator[str]:
    """What the operator should know about a network that can be had."""
    yield from warn_pins(wanted.pinned, facts)


def _default_bridge(
    wanted: StaticNetwork | DhcpNetwork, facts: Wired, final: Names
) -> tuple[Interface | Problem, ...]:
    """The original's network: one card below one bridge, which has the address."""
    nic = choose_nic(wanted.nic_filters, facts)
    if isinstance(nic, Problem):
        return (nic,)
    port = final[nic.name]
    match wanted:
        case StaticNetwork(address=address, gateway=gateway):
            is_ipv6 = address.version == 6
            below: Method | None = "manual"
            bridge = _bridge(port, "static", is_ipv6=is_ipv6).model_copy(
                update={"addresses": (HostAddress(address=address),), "gateways": (gateway,)}
            )
            card = Interface(
                name=port, ipv4=None if is_ipv6 else below, ipv6=below if is_ipv6 else None
            )
            return (card, bridge)
        case DhcpNetwork():
            # DHCP means IPv4, as in the original.
            return Interface(name=port, ipv4="manual"), _bridge(port, "dhcp", is_ipv6=False)
        case other:
            assert_never(other)


def _bridge(port: str, method: Method, *, is_ipv6: bool) -> Interface:
    return Interface(
        name=DEFAULT_BRIDGE,
        link=Bridge(ports=(port,)),
        auto=True,
        ipv4=None if is_ipv6 else method,
        ipv6=method if is_ipv6 else None,
    )


def _others(interfaces: tuple[Interface, ...], facts: Wired, final: Names) -> Iterator[Interface]:
    """Every other card, left down, so that it is not forgotten in the file."""
    stated = {interface.name for interface in interfaces}
    is_ipv6 = all(interface.ipv4 is None for interface in interfaces)
    for card in physical_cards(facts):
        if final[card.name] not in stated:
            method: Method = "manual"
            yield Interface(
                name=final[card.name],
                ipv4=None if is_ipv6 else method,
                ipv6=method if is_ipv6 else None,
            )


def _stated(wanted: StatedNetwork, facts: Wired, final: Names) -> tuple[Interface | Problem, ...]:
    names: dict[str, str] = {}
    problems: list[Problem] = []
    for interface in wanted.interfaces:
        if not isinstance(interface.link, Card):
            continue
        name = interface.name
        card = _find_card(name, wanted.cards.get(name, CardChoice()), facts, final)
        if isinstance(card, Problem):
            problems.append(card)
            continue
        names[name] = final[card.name]
    problems += _refuse_same_card(names)
    problems += _refuse_taken_names(wanted, facts, final)
    renamed = tuple(_renamed(interface, names) for interface in wanted.interfaces)
    problems += [
        _too_long(before.name, after.name)
        for before, after in zip(wanted.interfaces, renamed, strict=True)
        if len(after.name) > INTERFACE_CHARACTERS
    ]
    return (*renamed, *problems)


def _find_card(name: str, choice: CardChoice, facts: Wired, final: Names) -> NicFact | Problem:
    """The card that a name means: by its choice, by the name it will have, by the one it has."""
    cards = physical_cards(facts)
    where: tuple[str, ...] = ("network", "interface", name)
    if choice.mac is not None:
        found = next((card for card in cards if card.mac.lower() == choice.mac), None)
        message, where = f"no card has the MAC address {choice.mac}", (*where, "mac")
    elif choice.filters:
        found = first_match(choice.filters, cards)
        message, where = f"no card matches {shown_globs(choice.filters)}", (*where, "filter")
    else:
        # Also what is no hardware: whoever names it means it.
        named = sorted(facts.nics, key=lambda nic: (final[nic.name] != name, nic.name != name))
        found = next((nic for nic in named if name in (final[nic.name], nic.name)), None)
        message = f"the machine has no card {name}"
    if found is not None:
        return found
    there = ", ".join(f"{card.name} ({card.mac})" for card in cards) or "none"
    hint = "name one of these, or choose it with `mac` or `filter`"
    return Problem("nic-missing", key_path(where), f"{message}; there are {there}", hint)


def _refuse_same_card(names: Names) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for name, card in names.items():
        first = owners.setdefault(card, name)
        if first != name:
            where = key_path(("network", "interface", name))
            yield Problem("nic-twice", where, f"is the card {card}, and so is {first}")


def _refuse_taken_names(wanted: StatedNetwork, facts: Wired, final: Names) -> Iterator[Problem]:
    """A VLAN may be called anything, but not like a card of this machine."""
    cards = {final[card.name] for card in physical_cards(facts)}
    for interface in wanted.interfaces:
        if not isinstance(interface.link, Card) and interface.name in cards:
            where = key_path(("network", "interface", interface.name))
            message = "is a VLAN, and a card of the machine is called the same"
            yield Problem("nic-twice", where, message, "give the VLAN another name")


def _too_long(stated: str, name: str) -> Problem:
    return Problem(
        "name-too-long",
        key_path(("network", "interface", stated)),
        f"is called {name} on this machine, which has {len(name)} characters; the kernel takes "
        f"{INTERFACE_CHARACTERS}",
        "pin the card to a shorter name, or give the VLAN a name of its own",
    )


def _renamed(interface: Interface, names: Names) -> Interface:
    """The interface with the cards' own names, in its own name too if it is a VLAN's."""
    name, masquerade = names.get(interface.name, interface.name), interface.masquerade
    if isinstance(interface.link, Vlan) and "." in interface.name:
        device = interface.link.device
        name = f"{names.get(device, device)}.{interface.link.id}"
    if masquerade is not None:
        out = _known_as(masquerade.out, names)
        masquerade = masquerade.model_copy(update={"out": out})
    return interface.model_copy(
        update={
            "name": name,
            "link": _renamed_link(interface.link, names),
            "masquerade": masquerade,
        }
    )


def _renamed_link(link: Link, names: Names) -> Link:
    match link:
        case Bridge(ports=ports):
            return link.model_copy(update={"ports": tuple(_known_as(p, names) for p in ports)})
        case Bond(slaves=slaves, primary=primary):
            changed = {
                "slaves": tuple(_known_as(slave, names) for slave in slaves),
                "primary": None if primary is None else _known_as(primary, names),
            }
            return link.model_copy(update=changed)
        case Vlan(device=device):
            return link.model_copy(update={"device": _known_as(device, names)})
        case Card():
            return link
        case other:
            assert_never(other)


def _known_as(name: str, names: Names) -> str:
    """A card by its own name; of a VLAN `lan.5`, the card's part of it."""
    device, dot, tag = name.partition(".")
    return f"{names.get(device, device)}{dot}{tag}"
