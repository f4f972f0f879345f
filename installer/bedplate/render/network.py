"""Host name and network files: hostname, hosts, interfaces, resolv.conf."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate.model.request import DhcpNetwork, StaticNetwork

BRIDGE = "vmbr0"

_LOCALHOST = "127.0.0.1 localhost.localdomain localhost"
_IPV6_NAMES = """\
# The following lines are desirable for IPv6 capable hosts
::1     ip6-localhost ip6-loopback
fe00::0 ip6-localnet
ff00::0 ip6-mcastprefix
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
ff02::3 ip6-allhosts
"""


def render_hostname(hostname: str) -> str:
    """/etc/hostname, hostname(5)."""
    return f"{hostname}\n"


def render_hosts(hostname: str, domain: str, network: StaticNetwork | DhcpNetwork) -> str:
    """/etc/hosts, hosts(5).

    With DHCP there is no address to write; 127.0.1.1 is Debian's own stand-in, so that the host's
    name resolves before the network is up.
    """
    address = network.address.ip if isinstance(network, StaticNetwork) else "127.0.1.1"
    names = f"{hostname}.{domain} {hostname}" if domain else hostname
    return f"{_LOCALHOST}\n{address} {names}\n\n{_IPV6_NAMES}"


def render_interfaces(
    nic: str, other_nics: Sequence[str], network: StaticNetwork | DhcpNetwork
) -> str:
    """/etc/network/interfaces, interfaces(5): the bridge over `nic`, every other card left down."""
    family = _family(network)
    ports = ["bridge-ports " + nic, "bridge-stp off", "bridge-fd 0"]
    if isinstance(network, StaticNetwork):
        method = "static"
        options = [f"address {network.address}", f"gateway {network.gateway}", *ports]
    else:
        method = "dhcp"
        options = ports
    stanzas = [
        "auto lo\niface lo inet loopback",
        f"iface {nic} {family} manual",
        "\n".join(
            [
                f"auto {BRIDGE}",
                f"iface {BRIDGE} {family} {method}",
                *(f"        {option}" for option in options),
            ]
        ),
        *(f"iface {other} {family} manual" for other in other_nics),
        "source /etc/network/interfaces.d/*",
    ]
    return "\n\n".join(stanzas) + "\n"


def render_resolv_conf(domain: str, network: StaticNetwork | DhcpNetwork) -> str:
    """/etc/resolv.conf, resolv.conf(5); with DHCP the client adds the name servers later."""
    lines = [f"search {domain}"] if domain else []
    if isinstance(network, StaticNetwork):
        lines.append(f"nameserver {network.dns}")
    return "".join(f"{line}\n" for line in lines)


def _family(network: StaticNetwork | DhcpNetwork) -> str:
    """The address family word of interfaces(5). DHCP means IPv4, as in the original."""
    is_ipv6 = isinstance(network, StaticNetwork) and network.address.version == 6
    return "inet6" if is_ipv6 else "inet"
