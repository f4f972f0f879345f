"""Brings up networks of the golden files with ifupdown2, and sends packets from end to end.

Usage: bring_up.py CASE
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from bedplate.run import run
from tests.uml.scenarios.wires import (
    Guest,
    Switch,
    bring_up,
    ip,
    plug_guest,
    plug_in,
    reaches,
    switch_on,
    within,
)

GOLDEN = Path(__file__).parents[2] / "golden/network"


@dataclass(frozen=True, slots=True)
class Case:
    """What a network is connected to, what the host reaches, and what a guest on it does.

    With `one_of_two`, the host still does when the cable of its first card is cut.
    """

    switch: Switch
    host: tuple[str, ...]
    guest: Guest | None = None
    guest_reaches: str | None = None
    one_of_two: str | None = None


LAN = Switch(addresses=("10.10.10.1/24",))
TAGGED = Switch(addresses=("10.10.10.1/24",), tag=5)
HOSTER = Switch(addresses=("198.51.100.1/24",))
CASES = {
    "manual-default-bridge": Case(
        Switch(addresses=("192.168.10.1/24",)),
        ("192.168.10.1",),
        Guest("vmbr0", "192.168.10.99/24"),
        "192.168.10.1",
    ),
    # The hoster sends what is for the guests to the one card, and asks who has their addresses.
    "manual-routed": Case(
        Switch(addresses=("198.51.100.1/24",), routes=("203.0.113.16/29",)),
        ("198.51.100.1",),
        Guest("vmbr0", "203.0.113.18/29", gateway="203.0.113.17"),
        "198.51.100.1",
    ),
    # Nobody out there knows a way to 10.10.10.0/24.
    "manual-masquerade": Case(
        HOSTER,
        ("198.51.100.1",),
        Guest("vmbr0", "10.10.10.9/24", gateway="10.10.10.1"),
        "198.51.100.1",
    ),
    "manual-masquerade-conntrack": Case(
        HOSTER,
        ("198.51.100.1",),
        Guest("vmbr0", "10.10.10.9/24", gateway="10.10.10.1"),
        "198.51.100.1",
    ),
    "manual-bond-fixed-address": Case(
        Switch(addresses=("192.168.1.1/24",), ports=(1, 2), lacp=True),
        ("192.168.1.1",),
        one_of_two="802.3ad",
    ),
    "manual-bond-as-port": Case(
        Switch(addresses=("10.10.10.1/24",), ports=(1, 2), lacp=True),
        ("10.10.10.1",),
        Guest("vmbr0", "10.10.10.99/24"),
        "10.10.10.1",
        one_of_two="802.3ad",
    ),
    "manual-vlan-traditional": Case(
        TAGGED, ("10.10.10.1",), Guest("vmbr0v5", "10.10.10.99/24"), "10.10.10.1"
    ),
    "manual-vlan-aware": Case(
        TAGGED, ("10.10.10.1",), Guest("vmbr0", "10.10.10.99/24", tag=5), "10.10.10.1"
    ),
    "manual-vlan-on-bond": Case(
        Switch(addresses=("10.10.10.1/24",), ports=(1, 2), lacp=True, tag=5),
        ("10.10.10.1",),
        Guest("vmbr0v5", "10.10.10.99/24"),
        "10.10.10.1",
        one_of_two="802.3ad",
    ),
    "bond-active-backup": Case(
        Switch(addresses=("192.0.2.1/24",), ports=(1, 2)),
        ("192.0.2.1",),
        Guest("vmbr0", "192.0.2.99/24"),
        "192.0.2.1",
        one_of_two="active-backup",
    ),
    "vlan-by-raw-device": Case(Switch(addresses=("192.0.2.1/24",), tag=5), ("192.0.2.1",)),
    "vlan-aware-on-bond": Case(
        Switch(addresses=("192.0.2.1/24",), ports=(1, 2), lacp=True, tag=5),
        ("192.0.2.1",),
        Guest("vmbr0", "192.0.2.99/24", tag=5),
        "192.0.2.1",
        one_of_two="802.3ad",
    ),
    "dual-stack": Case(
        Switch(addresses=("192.0.2.1/24", "2001:db8::1/64")),
        ("192.0.2.1", "2001:db8::1"),
        Guest("vmbr0", "2001:db8::99/64"),
        "2001:db8::1",
    ),
    "routed-dual-stack": Case(
        Switch(
            addresses=("198.51.100.1/24", "fe80::1/64", "2001:db8:ff::1/128"),
            routes=("203.0.113.16/29",),
        ),
        ("198.51.100.1", "2001:db8:ff::1"),
        Guest("vmbr0", "203.0.113.18/29", gateway="203.0.113.17"),
        "198.51.100.1",
    ),
}


def main(name: str) -> None:
    case = CASES[name]
    plug_in()
    switch_on(case.switch)
    if any(address.startswith("fe80") for address in case.switch.addresses):
        ip("-n", "net", "-6", "route", "add", "2001:db8::5", "dev", "switch")
    text = (GOLDEN / f"{name}.interfaces").read_text()
    if name == "manual-vlan-aware":
        # Debian's ifupdown2 gives ports no VLANs but these; the original's has a default.
        text = text.rstrip("\n") + "\n        bridge-vids 2-4094\n"
    said = bring_up(text)
    assert not any(line.startswith("error") for line in said.splitlines()), said
    for address in case.host:
        assert reaches(address), f"the host does not reach {address}\n{_state()}"
    if case.guest is not None and case.guest_reaches is not None:
        plug_guest(case.guest)
        there = reaches(case.guest_reaches, namespace="guest")
        assert there, f"the guest does not reach {case.guest_reaches}\n{_state()}"
    if case.one_of_two is not None:
        _cut_a_cable(case)


def _cut_a_cable(case: Case) -> None:
    bond = Path("/sys/class/net/bond0/bonding")
    assert (bond / "mode").read_text().split()[0] == case.one_of_two
    if case.one_of_two == "802.3ad":
        both = within(60, lambda: (bond / "ad_num_ports").read_text().strip() == "2")
        assert both, f"the switch did not take both cables\n{_state()}"
    ip("-n", "net", "link", "set", "port1", "down")
    assert reaches(case.host[0]), f"one cable is not enough\n{_state()}"


def _state() -> str:
    shown = (
        run(["ip", *words.split()], check=False).stdout
        for words in ("-d address", "route", "-6 route", "neighbour", "-n net -d address")
    )
    return "\n".join((*shown, run(["iptables", "-t", "nat", "-S"], check=False).stdout))


if __name__ == "__main__":
    main(sys.argv[1])
    sys.stdout.write(json.dumps({"case": sys.argv[1]}))
