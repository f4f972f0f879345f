"""Whether the gateways of this host answer: the sign that a network works."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from bedplate.errors import CommandError
from bedplate.facts.net import probe_routes
from bedplate.facts.tools import parse_json, senseless
from bedplate.model.facts import Route
from bedplate.render.ifupdown_argv import ping, show_neighbour
from bedplate.run import Runner

# There is somebody, and nothing speaks against their being there still.
_THERE = {"REACHABLE", "DELAY", "PROBE"}
_PING_SECONDS = 10.0


def probe_reachable(run: Runner) -> tuple[int, ...]:
    """The IP versions of which a default gateway answers.

    One that does not answer pings counts if it answers the question who has its address. Raises
    `MissingTool` if ip is not installed, `CommandError` or `FactsError` if it fails.
    """
    gateways = [(version, route) for route in probe_routes(run) if (version := _version(route))]
    return tuple(
        version
        for version in (4, 6)
        if any(_answers(run, route) for other, route in gateways if other == version)
    )


def parse_neighbour(text: str) -> bool:
    """Whether a neighbour is there, from `ip -j neighbour`. Raises `FactsError` if it is none."""
    entries = parse_json(text, "ip -j neighbour") or []
    try:
        states: Iterable[str] = [state for entry in entries for state in entry.get("state", ())]
    except (AttributeError, TypeError) as error:
        raise senseless("ip -j neighbour", f"printed no neighbours: {error}") from error
    return not _THERE.isdisjoint(states)


def _version(route: Route) -> int | None:
    """The IP version of a default route over a gateway."""
    if route.destination != "default" or route.gateway is None:
        return None
    return ip_address(route.gateway).version


def _answers(run: Runner, route: Route) -> bool:
    assert route.gateway is not None
    try:
        if run(ping(route.gateway, route.interface), check=False, timeout=_PING_SECONDS).code == 0:
            return True
    except CommandError:
        pass  # not installed, or stuck: the kernel knows something too
    shown = run(show_neighbour(route.gateway, route.interface), check=False)
    return shown.code == 0 and parse_neighbour(shown.stdout)
