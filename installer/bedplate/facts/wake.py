"""Which network cards can wake the host, and by what: ethtool(8) prints it for people only."""

from __future__ import annotations

import re

from bedplate.facts.net import probe_nics
from bedplate.facts.tools import unless_missing
from bedplate.model.host_settings import Card
from bedplate.run import Runner

_SUPPORTS = re.compile(r"^\s*Supports Wake-on: (\w+)$", re.MULTILINE)
_WAKES = re.compile(r"^\s*Wake-on: (\w+)$", re.MULTILINE)
NEVER = "d"


def parse_wake(text: str) -> tuple[str, str]:
    """What a card can be woken by, and what it is; a card that says nothing cannot be."""
    supports, wakes = _SUPPORTS.search(text), _WAKES.search(text)
    return (
        NEVER if supports is None else supports[1],
        NEVER if wakes is None else wakes[1],
    )


def probe_cards(run: Runner) -> tuple[Card, ...]:
    """Every network card of the host."""
    cards = []
    for nic in unless_missing(probe_nics, run):
        if nic.physical:
            can, does = parse_wake(run(["ethtool", nic.name], check=False).stdout)
            cards.append(Card(name=nic.name, mac=nic.mac, can_wake_on=can, wakes_on=does))
    return tuple(cards)
