"""hostname, hosts, interfaces and resolv.conf, whole."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

from bedplate.model.request import DhcpNetwork, StaticNetwork
from bedplate.render.network import (
    render_hostname,
    render_hosts,
    render_interfaces,
    render_resolv_conf,
)

DHCP = DhcpNetwork()
V4 = StaticNetwork(
    address=ip_interface("192.0.2.21/24"),
    gateway=ip_address("192.0.2.1"),
    dns=ip_address("192.0.2.53"),
    nic_filters={},
)
V6 = StaticNetwork(
    address=ip_interface("2001:db8::21/64"),
    gateway=ip_address("2001:db8::1"),
    dns=ip_address("2001:db8::53"),
    nic_filters={},
)
IPV6_NAMES = """
# The following lines are desirable for IPv6 capable hosts
::1     ip6-localhost ip6-loopback
fe00::0 ip6-localnet
ff00::0 ip6-mcastprefix
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
ff02::3 ip6-allhosts
"""


def test_hostname() -> None:
    assert render_hostname("host1") == "host1\n"


def test_hosts() -> None:
    local = "127.0.0.1 localhost.localdomain localhost\n"
    names = "host1.example.test host1\n"
    assert [render_hosts("host1", "example.test", net) for net in (V4, V6, DHCP)] == [
        f"{local}192.0.2.21 {names}{IPV6_NAMES}",
        f"{local}2001:db8::21 {names}{IPV6_NAMES}",
        f"{local}127.0.1.1 {names}{IPV6_NAMES}",
    ]
    assert render_hosts("host1", "", DHCP) == f"{local}127.0.1.1 host1\n{IPV6_NAMES}"


def test_interfaces_with_a_static_address() -> None:
    assert render_interfaces("eno1", ("eno2", "wan0"), V4) == (
        "auto lo\n"
        "iface lo inet loopback\n"
        "\n"
        "iface eno1 inet manual\n"
        "\n"
        "auto vmbr0\n"
        "iface vmbr0 inet static\n"
        "        address 192.0.2.21/24\n"
        "        gateway 192.0.2.1\n"
        "        bridge-ports eno1\n"
        "        bridge-stp off\n"
        "        bridge-fd 0\n"
        "\n"
        "iface eno2 inet manual\n"
        "\n"
        "iface wan0 inet manual\n"
        "\n"
        "source /etc/network/interfaces.d/*\n"
    )


def test_interfaces_with_ipv6() -> None:
    assert render_interfaces("eno1", (), V6) == (
        "auto lo\n"
        "iface lo inet loopback\n"
        "\n"
        "iface eno1 inet6 manual\n"
        "\n"
        "auto vmbr0\n"
        "iface vmbr0 inet6 static\n"
        "        address 2001:db8::21/64\n"
        "        gateway 2001:db8::1\n"
        "        bridge-ports eno1\n"
        "        bridge-stp off\n"
        "        bridge-fd 0\n"
        "\n"
        "source /etc/network/interfaces.d/*\n"
    )


def test_interfaces_with_dhcp() -> None:
    assert render_interfaces("ens3", (), DHCP) == (
        "auto lo\n"
        "iface lo inet loopback\n"
        "\n"
        "iface ens3 inet manual\n"
        "\n"
        "auto vmbr0\n"
        "iface vmbr0 inet dhcp\n"
        "        bridge-ports ens3\n"
        "        bridge-stp off\n"
        "        bridge-fd 0\n"
        "\n"
        "source /etc/network/interfaces.d/*\n"
    )


def test_resolv_conf() -> None:
    assert [
        render_resolv_conf("example.test", V4),
        render_resolv_conf("", V6),
        render_resolv_conf("example.test", DHCP),
        render_resolv_conf("", DHCP),
    ] == [
        "search example.test\nnameserver 192.0.2.53\n",
        "nameserver 2001:db8::53\n",
        "search example.test\n",
        "",
    ]
