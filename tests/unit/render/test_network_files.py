"""hostname, hosts, resolv.conf, .link files and the sysctl, whole."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

from bedplate.model.network import HostAddress, Interface, Network, Pin
from bedplate.render.network import (
    link_path,
    render_hostname,
    render_hosts,
    render_link,
    render_no_ipv6,
    render_resolv_conf,
)

V4, V6 = ip_address("192.0.2.53"), ip_address("2001:db8::53")
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
    assert [render_hosts("host1", "example.test", own) for own in (V4, V6, None)] == [
        f"{local}192.0.2.53 {names}{IPV6_NAMES}",
        f"{local}2001:db8::53 {names}{IPV6_NAMES}",
        f"{local}127.0.1.1 {names}{IPV6_NAMES}",
    ]
    assert render_hosts("host1", "", None) == f"{local}127.0.1.1 host1\n{IPV6_NAMES}"


def interface(name: str, *addresses: str, gateway: str | None = None) -> Interface:
    return Interface(
        name=name,
        addresses=tuple(HostAddress(address=ip_interface(text)) for text in addresses),
        gateways=() if gateway is None else (ip_address(gateway),),
    )


def test_the_host_goes_by_the_address_beside_a_router() -> None:
    storage = interface("bond0", "192.0.2.7/24")
    both = interface("vmbr0", "2001:db8::2/64", "10.0.0.2/8", gateway="10.0.0.1")
    six = interface("vmbr0", "10.0.0.2/8", "2001:db8::2/64", gateway="fe80::1")
    cases = ((storage, both), (storage, six), (interface("eno1"), storage), (interface("eno1"),))
    assert [str(Network(interfaces=case).own_address()) for case in cases] == [
        "10.0.0.2",
        "2001:db8::2",
        "192.0.2.7",
        "None",
    ]


def test_resolv_conf() -> None:
    several = Network(dns=(V4, V6), search=("example.org", "example.com"))
    assert [
        render_resolv_conf("example.test", Network(dns=(V4,))),
        render_resolv_conf("", Network(dns=(V6,))),
        render_resolv_conf("example.test", Network()),
        render_resolv_conf("", Network()),
        render_resolv_conf("example.test", several),
    ] == [
        "search example.test\nnameserver 192.0.2.53\n",
        "nameserver 2001:db8::53\n",
        "search example.test\n",
        "",
        "search example.org example.com\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n",
    ]


def test_a_card_is_named_by_its_address() -> None:
    pin = Pin(mac="52:54:00:12:34:56", name="nic0", current="enp1s0")
    assert link_path(pin.name) == "/etc/systemd/network/50-bedplate-nic0.link"
    assert render_link(pin) == (
        "[Match]\nMACAddress=52:54:00:12:34:56\nType=ether\n\n[Link]\nName=nic0\n"
    )


def test_ipv6_is_switched_off_as_the_manual_says() -> None:
    assert render_no_ipv6() == (
        "net.ipv6.conf.all.disable_ipv6 = 1\nnet.ipv6.conf.default.disable_ipv6 = 1\n"
    )
