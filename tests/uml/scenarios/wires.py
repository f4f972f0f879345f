"""Cables, switches and guests for a host with the cards eno1 to eno3, made of network namespaces.

The host is the machine itself. Its cards are ends of cables; the other ends, port1 to port3, are in
the namespace `net`, where a switch is what a test makes it. Whoever is in there has the gateway's
addresses. A guest is a namespace with one cable to a bridge of the host.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedplate.run import run

CARDS = (1, 2, 3)
INTERFACES = Path("/etc/network/interfaces")


@dataclass(frozen=True, slots=True)
class Switch:
    """What the ports are joined in: a bridge, or a bond in 802.3ad. With a `tag`, in that VLAN.

    `addresses` are on it, so that it is the gateway as well.
    """

    addresses: tuple[str, ...]
    ports: tuple[int, ...] = (1,)
    lacp: bool = False
    tag: int | None = None
    routes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest at a bridge of the host, its address and its gateway; `tag` is its VLAN there."""

    bridge: str
    address: str
    gateway: str | None = None
    tag: int | None = None


def plug_in() -> None:
    """Lay a cable to each card."""
    ip("netns", "add", "net")
    for number in CARDS:
        peer = ["type", "veth", "peer", "name", f"port{number}", "netns", "net"]
        ip("link", "add", f"eno{number}", *peer)
    ip("-n", "net", "link", "set", "lo", "up")


def switch_on(switch: Switch) -> None:
    """Join the ports, and give the switch its addresses."""
    kind = ["bond", "mode", "802.3ad", "miimon", "100"] if switch.lacp else ["bridge"]
    ip("-n", "net", "link", "add", "switch", "type", *kind)
    for number in switch.ports:
        ip("-n", "net", "link", "set", f"port{number}", "master", "switch")
        if not switch.lacp:
            ip("-n", "net", "link", "set", f"port{number}", "up")
    ip("-n", "net", "link", "set", "switch", "up")
    name = "switch"
    if switch.tag is not None:
        name = f"switch.{switch.tag}"
        vlan = ["type", "vlan", "id", str(switch.tag)]
        ip("-n", "net", "link", "add", "link", "switch", "name", name, *vlan)
        ip("-n", "net", "link", "set", name, "up")
    for address in switch.addresses:
        nodad = ["nodad"] if ":" in address else []
        ip("-n", "net", "address", "add", address, "dev", name, *nodad)
    for route in switch.routes:
        ip("-n", "net", "route", "add", *route.split(), "dev", name)


def plug_guest(guest: Guest) -> None:
    """Connect a guest to a bridge, as a virtual machine would be."""
    ip("netns", "add", "guest")
    ip("link", "add", "tap0", "type", "veth", "peer", "name", "eth0", "netns", "guest")
    ip("link", "set", "tap0", "master", guest.bridge, "up")
    if guest.tag is not None:
        vid = ["vid", str(guest.tag), "pvid", "untagged"]
        run(["bridge", "vlan", "add", "dev", "tap0", *vid])
    ip("-n", "guest", "link", "set", "eth0", "up")
    nodad = ["nodad"] if ":" in guest.address else []
    ip("-n", "guest", "address", "add", guest.address, "dev", "eth0", *nodad)
    if guest.gateway is not None:
        ip("-n", "guest", "route", "add", "default", "via", guest.gateway)


def bring_up(text: str) -> str:
    """Have ifupdown2 check a file, and bring up what is in it; returns what it says about that."""
    INTERFACES.parent.joinpath("interfaces.d").mkdir(exist_ok=True)
    INTERFACES.write_text(text)
    checked = run(["ifup", "--syntax-check", "--all"], check=False)
    assert "error" not in checked.stderr, checked.stderr
    return run(["ifup", "--all"]).stderr


def reaches(address: str, *, namespace: str | None = None, seconds: float = 30.0) -> bool:
    """Whether an address answers within some time: links negotiate, and addresses are probed."""
    inside = [] if namespace is None else ["ip", "netns", "exec", namespace]
    ping = [*inside, "ping", "-n", "-q", "-c", "1", "-w", "2", address]
    return within(seconds, lambda: run(ping, check=False).code == 0)


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether something comes true; each look at it takes a moment of its own."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
    return True


def ip(*words: str) -> str:
    """Run ip(8)."""
    argv: Sequence[str] = ["ip", *words]
    return run(argv).stdout
