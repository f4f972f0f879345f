"""What is wrong with a network is seen before it is tried, and what is right is left in peace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bedplate.model.facts import Address, NicFact
from bedplate.model.interfaces_file import parse_interfaces
from bedplate.model.network_files import LiveNetwork
from bedplate.plan.network_problems import network_problems

CAPTURES = Path(__file__).parents[2] / "captures/interfaces"
LO = "auto lo\niface lo inet loopback\n"
BRIDGE = """\
auto vmbr0
iface vmbr0 inet static
    address 192.0.2.10/24
    gateway 192.0.2.1
    bridge-ports eno1
"""
LIVE = LiveNetwork(
    nics=(
        NicFact(name="eno1", mac="52:54:00:00:00:01", physical=True),
        NicFact(name="eno2", mac="52:54:00:00:00:02", physical=True),
        NicFact(
            name="vmbr0",
            mac="52:54:00:00:00:01",
            physical=False,
            addresses=(Address(cidr="192.0.2.10/24", dynamic=False),),
        ),
    ),
    client="203.0.113.5",
    server="192.0.2.10",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A file, and the codes and places of what is wrong with it."""

    text: str
    wrong: tuple[tuple[str, str], ...] = ()
    before: str = LO + BRIDGE


def stanza(*options: str, name: str = "eno2", method: str = "inet static") -> str:
    return "\n".join((f"auto {name}", f"iface {name} {method}", *options, ""))


TOUCHED = ("connection-touched", "vmbr0")
CASES = {
    "nothing": Case(LO + BRIDGE),
    "a gateway in another network": Case(
        LO + BRIDGE.replace("2.1\n", "3.1\n"), (("gateway-unreachable", "vmbr0"), TOUCHED)
    ),
    "a gateway without an address": Case(
        LO + BRIDGE + stanza("gateway 2001:db8::1", method="inet6 static"),
        (("gateway-unreachable", "eno2"),),
    ),
    "a gateway behind a route": Case(
        LO
        + stanza(
            "address 203.0.113.9/32", "gateway 2.2.2.2", "post-up ip route add 2.2.2.2 dev eno2"
        ),
        before="",
    ),
    "a gateway at the other end": Case(
        LO + stanza("address 203.0.113.9/32", "gateway 2.2.2.2", "pointopoint 2.2.2.2"), before=""
    ),
    "a gateway on the link": Case(
        LO + stanza("address 2001:db8::9/128", "gateway fe80::1", method="inet6 static"), before=""
    ),
    "a gateway that is the host": Case(
        LO + BRIDGE.replace("2.1\n", "2.10\n"), (("gateway-self", "vmbr0"), TOUCHED)
    ),
    "a gateway that is none": Case(
        LO + BRIDGE.replace("192.0.2.1\n", "gw.example.com\n"),
        (("gateway-invalid", "vmbr0"), ("gateway-gone", "gateway"), TOUCHED),
    ),
    "two gateways": Case(
        LO + BRIDGE + stanza("address 198.51.100.2/24", "gateway 198.51.100.1"),
        (("gateway-twice", "vmbr0, eno2"),),
    ),
    "no gateway any more": Case(
        LO + BRIDGE.replace("    gateway 192.0.2.1\n", ""), (("gateway-gone", "gateway"), TOUCHED)
    ),
    "dhcp instead": Case(
        LO + "auto vmbr0\niface vmbr0 inet dhcp\n bridge-ports eno1\n",
        (("connection-lost", "vmbr0"),),
    ),
    "a port that is not there": Case(
        LO + BRIDGE.replace("eno1", "enp9s0"), (("nic-missing", "enp9s0"), TOUCHED)
    ),
    "a card that is not there": Case(
        LO + BRIDGE + stanza("address 198.51.100.2/24", name="enp9s0"), (("nic-missing", "enp9s0"),)
    ),
    "a VLAN on nothing": Case(
        LO + BRIDGE + stanza(name="enp9s0.5", method="inet manual"), (("nic-missing", "enp9s0"),)
    ),
    "what is made": Case(
        LO
        + BRIDGE
        + stanza("bond-slaves eno2", name="bond0", method="inet manual")
        + stanza("vlan-raw-device bond0", name="vlan7", method="inet manual")
        + stanza("bridge-ports bond0.9", name="vmbr9", method="inet manual")
        + stanza("pre-up ip link add dummy7 type dummy", name="dummy7", method="inet manual")
        + stanza("bridge-ports none", name="vmbr8", method="inet manual")
        + stanza("bridge-ports regex eth.*", name="vmbr7", method="inet manual")
    ),
    "an address twice": Case(
        LO + BRIDGE + stanza("address 192.0.2.10/32"), (("address-twice", "vmbr0, eno2"),)
    ),
    "a card in two bridges": Case(
        LO + BRIDGE + stanza("bridge-ports eno1", name="vmbr1", method="inet manual"),
        (("member-twice", "eno1"),),
    ),
    "an address below a bridge": Case(
        LO + BRIDGE + stanza("address 198.51.100.2/24", name="eno1"),
        (("member-address", "eno1"), TOUCHED),
    ),
    "a name that is too long": Case(
        LO + BRIDGE + "iface fifteencharacte inet manual\niface sixteencharacters inet manual\n",
        (("name-too-long", "sixteencharacters"),),
    ),
    "the bridge of this connection": Case(
        LO, (("gateway-gone", "gateway"), ("connection-lost", "vmbr0"))
    ),
    "what the older ifupdown knows": Case(
        LO + BRIDGE + "source-directory interfaces.d\n",
        (("line-unknown", "/etc/network/interfaces"),),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_named(name: str) -> None:
    case = CASES[name]
    before, after = parse_interfaces(case.before), parse_interfaces(case.text)
    found = network_problems((before,), (after,), LIVE)
    assert tuple((problem.code, problem.where) for problem in found) == case.wrong


def test_what_other_files_say_counts_too() -> None:
    main = parse_interfaces(LO + "source /etc/network/interfaces.d/*\n")
    other = parse_interfaces(BRIDGE, "/etc/network/interfaces.d/vmbr0")
    found = network_problems((main, other), (main, other), LIVE)
    assert found == ()


# Files that work for those who have them; that nobody's cards are there is another matter.
SOUND = (
    *("cloud-init", "debian-installer", "hoster-pointopoint", "hoster-routed", "hoster-vrack"),
    *(
        "open-vswitch",
        "proxmox-4",
        "proxmox-gui",
        "proxmox-installer",
        "storage-cluster",
        "umlauts",
    ),
)


@pytest.mark.parametrize("name", SOUND)
def test_files_that_work_have_nothing_wrong_with_them(name: str) -> None:
    file = parse_interfaces((CAPTURES / name).read_bytes().decode(), name)
    found = network_problems((file,), (file,), LiveNetwork())
    assert [problem for problem in found if problem.code != "line-unknown"] == []
