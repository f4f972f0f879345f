"""Host name and network files: hostname, hosts, resolv.conf, .link files, a sysctl.

/etc/network/interfaces is a matter of its own: `bedplate.render.interfaces`.
"""

from __future__ import annotations

from bedplate.model.network import IpAddress, Network, Pin

HOSTS = "/etc/hosts"
INTERFACES = "/etc/network/interfaces"
RESOLV_CONF = "/etc/resolv.conf"
LINKS = "/etc/systemd/network"
NO_IPV6 = "/etc/sysctl.d/disable-ipv6.conf"

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


def render_hosts(hostname: str, domain: str, own: IpAddress | None) -> str:
    """/etc/hosts, hosts(5).

    With DHCP there is no address to write; 127.0.1.1 is Debian's own stand-in, so that the host's
    name resolves before the network is up.
    """
    address = own or "127.0.1.1"
    names = f"{hostname}.{domain} {hostname}" if domain else hostname
    return f"{_LOCALHOST}\n{address} {names}\n\n{_IPV6_NAMES}"


def render_resolv_conf(domain: str, network: Network) -> str:
    """/etc/resolv.conf, resolv.conf(5); with DHCP the client adds the name servers later."""
    search = " ".join(network.search) or domain
    lines = [f"search {search}"] if search else []
    lines += [f"nameserver {server}" for server in network.dns]
    return "".join(f"{line}\n" for line in lines)


def link_path(name: str) -> str:
    """Where systemd.link(5) looks for what makes a card be called `name`.

    Files are tried in the order of their names, and Debian's own begin with 73 and 99.
    """
    return f"{LINKS}/50-bedplate-{name}.link"


def render_link(pin: Pin) -> str:
    """A card's name by its MAC address; `ether`, because bridges and VLANs have the same one."""
    return f"[Match]\nMACAddress={pin.mac}\nType=ether\n\n[Link]\nName={pin.name}\n"


def render_no_ipv6() -> str:
    """What switches IPv6 off; the manual prefers it to an argument of the kernel."""
    return "net.ipv6.conf.all.disable_ipv6 = 1\nnet.ipv6.conf.default.disable_ipv6 = 1\n"
