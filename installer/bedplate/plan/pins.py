"""Which card is to have which name for good."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import count

from bedplate.errors import Problem
from bedplate.model.network import Pin
from bedplate.plan.choose_nic import Wired, physical_cards

_WHERE = "network.interface-name-pinning"
_ETHERNET = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_NUMBERED = re.compile(r"nic(0|[1-9][0-9]*)")


def plan_pins(pinned: Mapping[str, str] | None, facts: Wired) -> tuple[Pin, ...]:
    """A name for each card of the machine: the mapped one, else nic0, nic1 and so on.

    A card that has such a name already keeps it, so that a second look at the host changes nothing.
    """
    if pinned is None:
        return ()
    cards = [card for card in physical_cards(facts) if _ETHERNET.fullmatch(card.mac.lower())]
    names = {card.name: pinned[card.mac.lower()] for card in cards if card.mac.lower() in pinned}
    taken = set(pinned.values())
    for card in cards:
        if card.name not in names and _NUMBERED.fullmatch(card.name) and card.name not in taken:
            names[card.name] = card.name
            taken.add(card.name)
    free = (name for number in count() if (name := f"nic{number}") not in taken)
    return tuple(
        Pin(mac=card.mac.lower(), name=names.get(card.name) or next(free), current=card.name)
        for card in cards
    )


def refuse_pins(pins: tuple[Pin, ...], facts: Wired) -> Iterator[Problem]:
    """What a MAC address cannot tell apart, and names that somebody else has."""
    by_mac: dict[str, Pin] = {}
    for pin in pins:
        first = by_mac.setdefault(pin.mac, pin)
        if first is not pin:
            yield Problem(
                "pin-mac-shared",
                _WHERE,
                f"{first.current} and {pin.current} have the same MAC address {pin.mac}, "
                "by which neither can have a name of its own",
                "switch the pinning off, or give one of them another address in its firmware",
            )
    pinned = {pin.current for pin in pins}
    unpinned = {nic.name for nic in physical_cards(facts)} - pinned
    for pin in pins:
        if pin.name in unpinned:
            yield Problem(
                "pin-name-taken",
                _WHERE,
                f"{pin.current} ({pin.mac}) is to be called {pin.name}, which is what another card "
                "without an Ethernet address is called",
                "choose another name",
            )


def warn_pins(pinned: Mapping[str, str] | None, facts: Wired) -> Iterator[str]:
    """What a mapping says of cards that this machine does not have."""
    there = {card.mac.lower() for card in physical_cards(facts)}
    for mac, name in (pinned or {}).items():
        if mac not in there:
            yield f"{_WHERE}: no card has the MAC address {mac}, which is to be called {name}."
