"""`ip -j address` and `ip -j route`, from a machine with a bridge, a lease and odd routes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bedplate.errors import FactsError
from bedplate.facts.net import NetDevice, parse_addresses, parse_routes
from bedplate.model.facts import Address, NicFact, Route
from tests.captures import captured

DEVICES = {"nic0": NetDevice(True, "igb", {"ID_NET_NAME_PATH": "enp1s0"})}


def test_interfaces() -> None:
    assert parse_addresses(captured("ip-address-6.1.0.json"), DEVICES) == (
        NicFact(
            name="nic0",
            mac="52:54:00:00:00:01",
            physical=True,
            driver="igb",
            up=True,
            properties={"ID_NET_NAME_PATH": "enp1s0"},
        ),
        NicFact(
            name="nic1",
            mac="52:54:00:00:00:02",
            physical=False,
            up=True,
            addresses=(Address(cidr="198.51.100.9/25", dynamic=True),),
        ),
        NicFact(
            name="vmbr0",
            mac="0e:d4:3d:e9:ed:f4",
            physical=False,
            addresses=(Address(cidr="192.0.2.7/24"), Address(cidr="2001:db8::7/64")),
        ),
    )


def test_a_member_of_a_bond_keeps_its_own_address() -> None:
    text = (
        '[{"ifname": "eno1", "flags": ["SLAVE"], "link_type": "ether", "addr_info": [],'
        ' "address": "52:54:00:00:00:aa", "permaddr": "52:54:00:00:00:01"}]'
    )
    nic = NicFact(name="eno1", mac="52:54:00:00:00:01", physical=False)
    assert parse_addresses(text, {}) == (nic,)


@pytest.mark.parametrize(
    ("name", "routes"),
    [
        pytest.param(
            "ip-route-6.1.0.json",
            (
                Route(destination="default", gateway="192.0.2.1", interface="vmbr0"),
                Route(destination="192.0.2.0/24", interface="vmbr0"),
                Route(destination="198.51.100.0/25", interface="nic1"),
                Route(destination="203.0.113.0/24", gateway="192.0.2.2", interface="vmbr0"),
                Route(destination="203.0.113.0/24", gateway="198.51.100.1", interface="nic1"),
            ),
            id="ipv4",
        ),
        pytest.param(
            "ip-6-route-6.1.0.json",
            (
                Route(destination="2001:db8::/64", interface="vmbr0"),
                Route(destination="default", gateway="fe80::1", interface="vmbr0"),
            ),
            id="ipv6",
        ),
    ],
)
def test_routes(name: str, routes: tuple[Route, ...]) -> None:
    assert parse_routes(captured(name)) == routes


def test_no_route_at_all() -> None:
    assert parse_routes("") == ()


@pytest.mark.parametrize(
    "parse",
    [
        pytest.param(lambda text: parse_addresses(text, {}), id="addresses"),
        pytest.param(parse_routes, id="routes"),
    ],
)
@pytest.mark.parametrize("text", ["1: lo: <LOOPBACK>", '[{"flags": []}]', "[1]", "7"])
def test_other_output_is_refused(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(FactsError, match="ip -j"):
        parse(text)
