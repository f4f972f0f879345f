"""What is wanted is brought into files of others: what changes, and that nothing else does."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

import pytest

from bedplate.model.interfaces import Stanza
from bedplate.model.interfaces_file import InterfacesFile, parse_interfaces
from bedplate.plan.interfaces_merge import merge_interfaces, wrong_with_merge
from tests.support.golden import compare

TESTS = Path(__file__).parents[2]
CAPTURES = TESTS / "captures/interfaces"
GOLDEN = TESTS / "golden/interfaces/merged"


@dataclass(frozen=True, slots=True)
class Case:
    """A file, what is wanted of it and what was asked for before, in the words of such files."""

    file: str
    wanted: str
    before: str = ""


BRIDGE = """\
auto vmbr0
iface vmbr0 inet static
    address 192.0.2.10/24
    gateway 192.0.2.1
    bridge-ports eno1
    bridge-stp off
    bridge-fd 0
"""
BOND_BRIDGE = BRIDGE.replace("eno1", "bond0")

CASES = {
    "another-address": Case("proxmox-gui", BOND_BRIDGE.replace("2.10/24", "2.99/25")),
    "another-address-with-netmask": Case("proxmox-4", BRIDGE.replace("2.10/24", "2.99/25")),
    "the-same-in-other-words": Case("proxmox-4", BRIDGE.replace("eno1", "eth0")),
    "another-gateway-over-two-lines": Case(
        "continued", BRIDGE.replace("2.1\n", "2.3\n").replace("eno1", "eno3 eno2 eno1")
    ),
    "a-second-address": Case(
        "proxmox-installer",
        BRIDGE.replace("eno1", "nic0").replace(
            "    gateway", "    address 198.51.100.9/24\n    gateway"
        ),
    ),
    "from-static-to-dhcp": Case(
        "proxmox-gui",
        "auto vmbr0\niface vmbr0 inet dhcp\n bridge-ports bond0\n bridge-stp off\n bridge-fd 0\n",
    ),
    "from-bridge-to-plain": Case(
        "hoster-routed",
        "auto vmbr0\niface vmbr0 inet static\n address 203.0.113.9/32\n gateway 203.0.113.254\n",
    ),
    "ipv6-beside-ipv4": Case(
        "proxmox-installer",
        BRIDGE.replace("eno1", "nic0")
        + "iface vmbr0 inet6 static\n    address 2001:db8::9/64\n    gateway 2001:db8::1\n",
    ),
    "ipv4-alone-leaves-ipv6": Case(
        "cloud-init", "iface eth0 inet static\n address 203.0.113.21/24\n"
    ),
    "ipv6-that-was-asked-for-goes": Case(
        "cloud-init",
        "iface eth0 inet static\n address 203.0.113.20/24\n gateway 203.0.113.1\n mtu 1500\n",
        before="auto eth0\niface eth0 inet static\n address 203.0.113.20/24\n"
        "iface eth0 inet6 static\n address 2001:db8:20::1/64\n gateway fe80::1\n",
    ),
    "a-new-bond": Case(
        "proxmox-installer",
        "iface nic0 inet manual\n\niface nic1 inet manual\n"
        "auto bond0\niface bond0 inet manual\n bond-slaves nic0 nic1\n bond-mode active-backup\n"
        + BRIDGE.replace("eno1", "bond0"),
    ),
    "a-bond-that-was-asked-for-goes": Case(
        "proxmox-gui",
        BRIDGE,
        before="auto bond0\niface bond0 inet manual\n bond-slaves eno1 eno2\n" + BRIDGE,
    ),
    "a-card-that-was-merely-named-stays": Case(
        "proxmox-installer",
        BRIDGE.replace("eno1", "nic0"),
        before="iface nic0 inet manual\niface nic1 inet manual\n" + BRIDGE,
    ),
    "masquerading-ends": Case(
        "hoster-routed",
        "auto vmbr1\niface vmbr1 inet static\n address 10.0.0.1/24\n bridge-ports none\n"
        " bridge-stp off\n bridge-fd 0\n",
        before="auto vmbr1\niface vmbr1 inet static\n address 10.0.0.1/24\n bridge-ports none\n"
        " post-up echo 1 > /proc/sys/net/ipv4/ip_forward\n"
        " post-up iptables -t nat -A POSTROUTING -s '10.0.0.0/24' -o vmbr0 -j MASQUERADE\n"
        " post-down iptables -t nat -D POSTROUTING -s '10.0.0.0/24' -o vmbr0 -j MASQUERADE\n",
    ),
    "masquerading-of-another-network": Case(
        "hoster-routed",
        "auto vmbr1\niface vmbr1 inet static\n address 10.9.0.1/24\n bridge-ports none\n"
        " post-up iptables -t nat -A POSTROUTING -s '10.9.0.0/24' -o vmbr0 -j MASQUERADE\n",
        before="auto vmbr1\niface vmbr1 inet static\n address 10.0.0.1/24\n bridge-ports none\n"
        " post-up iptables -t nat -A POSTROUTING -s '10.0.0.0/24' -o vmbr0 -j MASQUERADE\n",
    ),
    "a-route-more": Case(
        "storage-cluster",
        "auto bond1.77\niface bond1.77 inet static\n address 10.10.77.11/24\n mtu 9000\n"
        " post-up ip route replace 10.30.0.0/16 via 10.10.77.1 dev bond1.77\n",
    ),
    "modes-by-number": Case(
        "switch",
        "auto bond1\niface bond1 inet manual\n bond-slaves swp2 swp1\n bond-mode 802.3ad\n",
    ),
    "both-families-in-one-stanza": Case(
        "switch",
        "auto vlan10\niface vlan10 inet static\n address 192.0.2.2/24\n vlan-id 10\n"
        " vlan-raw-device bridge\niface vlan10 inet6 static\n address 2001:db8:10::1/64\n",
    ),
    "addresses-in-several-stanzas": Case(
        "aliases", "auto eth0\niface eth0 inet static\n address 192.0.2.9/24\n gateway 192.0.2.1\n"
    ),
    "no-longer-at-boot": Case(
        "aliases",
        "iface eth0:1 inet static\n address 192.0.2.4/32\n",
        before="auto eth0:1\niface eth0:1 inet static\n address 192.0.2.4/32\n",
    ),
    "now-at-boot": Case(
        "debian-installer",
        "auto ens18\niface ens18 inet static\n address 192.0.2.30/24\n gateway 192.0.2.1\n",
    ),
    "from-hotplug-to-a-bridge": Case(
        "debian-installer",
        "iface ens18 inet manual\n\n" + BRIDGE.replace("eno1", "ens18").replace("2.10", "2.30"),
    ),
    "open-vswitch-stays": Case("open-vswitch", "iface eno9 inet manual\n"),
    "beside-a-template": Case("template", "auto eno2\niface eno2 inet dhcp\n"),
    "at-the-end-without-newline": Case("no-newline", "iface ens4 inet manual\n"),
    "an-option-at-the-end-without-newline": Case(
        "no-newline",
        "auto ens3\niface ens3 inet static\n address 192.0.2.3/24\n gateway 192.0.2.1\n mtu 9000\n",
    ),
    "into-nothing": Case("empty", "auto lo\niface lo inet loopback\n\n" + BRIDGE),
    "windows-line-ends": Case("windows", BRIDGE.replace("2.10", "2.77").replace("eno1", "nic0")),
    "by-hand": Case("by-hand", BRIDGE.replace("2.10", "2.77")),
    "pointopoint-goes-with-the-address": Case(
        "hoster-pointopoint",
        "auto enp0s31f6\niface enp0s31f6 inet static\n address 198.51.100.78/26\n"
        " gateway 198.51.100.65\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_changes_and_nothing_else_does(name: str) -> None:
    case = CASES[name]
    old = read(case.file)
    wanted, before = stanzas(case.wanted), stanzas(case.before)
    new = merge_interfaces(old, wanted, before)
    compare(GOLDEN / f"{name}.diff", diff(old.text, new))
    assert merge_interfaces(parse_interfaces(new), wanted, wanted) == new


def test_what_a_file_says_changes_nothing_in_it() -> None:
    for path in CAPTURES.iterdir():
        file = read(path.name)
        assert merge_interfaces(file, file.stanzas(), file.stanzas()) == file.text, path


WRONG = {
    "made by a template": ("template", "iface vmbr0 inet manual\n", "interface-templated"),
    "one of a template's names": ("template", "iface vmbr102 inet manual\n", "interface-templated"),
    "one of a range": ("switch", "iface swp3 inet manual\n", "interface-templated"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_a_template_makes_is_not_rewritten(name: str) -> None:
    file, wanted, code = WRONG[name]
    (problem,) = wrong_with_merge(read(file), stanzas(wanted))
    assert problem.code == code


def test_what_another_file_describes_is_not_described_twice() -> None:
    wanted = stanzas("auto lo\niface lo inet loopback\n" + BRIDGE)
    other = read("proxmox-installer")
    (problem,) = wrong_with_merge(read("debian-cloud"), wanted, (other,))
    assert (problem.code, problem.where) == ("interface-elsewhere", other.path)
    assert problem.message.startswith("describes vmbr0")


def read(name: str) -> InterfacesFile:
    return parse_interfaces((CAPTURES / name).read_bytes().decode(), name)


def stanzas(text: str) -> tuple[Stanza, ...]:
    return parse_interfaces(text).stanzas()


def diff(old: str, new: str) -> str:
    """The difference, with line ends that are not those of this system made visible."""
    lines = unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), n=2)
    shown = (line.replace("\r", "^M") for line in lines)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ no end of line\n" for line in shown
    )
