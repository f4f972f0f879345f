"""Which network card carries the bridge of the new host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from bedplate.errors import Problem
from bedplate.model.facts import NicFact, Route
from bedplate.model.natural import natural
from bedplate.plan.globs import fits, shown_globs


class Wired(Protocol):
    """What is known of a machine's network, alone or among everything else."""

    @property
    def nics(self) -> tuple[NicFact, ...]:
        """Its interfaces."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """Its routes."""


def physical_cards(facts: Wired) -> list[NicFact]:
    """The machine's cards by name, as people sort them."""
    return sorted((nic for nic in facts.nics if nic.physical), key=lambda nic: natural(nic.name))


def first_match(filters: Mapping[str, str], cards: Iterable[NicFact]) -> NicFact | None:
    """The first card that any filter matches, as the original reads them."""
    return next(
        (c for c in cards if any(fits(c.properties, k, g) for k, g in filters.items())), None
    )


def choose_nic(filters: Mapping[str, str], facts: Wired) -> NicFact | Problem:
    """The card below the bridge: the first that any filter matches, else the one with the default
    route, else the first physical one by name."""
    cards = physical_cards(facts)
    if not cards:
        return Problem(
            "nic-missing",
            "network",
            "the machine has no network card, and the host's bridge needs one",
            "check that the card is enabled in the firmware and that its driver is loaded",
        )
    if filters:
        return _matching_nic(filters, cards)
    routed = {route.interface for route in facts.routes if route.destination == "default"}
    return next((nic for nic in cards if nic.name in routed), cards[0])


def _matching_nic(filters: Mapping[str, str], cards: list[NicFact]) -> NicFact | Problem:
    if (found := first_match(filters, cards)) is not None:
        return found
    return Problem(
        "nic-no-match",
        "network.filter",
        f"no network card matches {shown_globs(filters)}; "
        f"there are {', '.join(f'{nic.name} ({nic.mac})' for nic in cards)}",
        "`bedplate facts --json` shows the properties of each card",
    )
