"""The network of a host: its interfaces, how each gets its addresses, and where names are resolved.

Two things are not known here: which machine it is for (names may still be those that an answer file
gives its cards, until `bedplate.plan.network` has found them), and how a file says it
(`bedplate.render.interfaces`).
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Annotated, Literal

from pydantic import Field

from bedplate.model.interfaces import Option
from bedplate.model.value import Value

IpAddress = IPv4Address | IPv6Address
IpInterface = IPv4Interface | IPv6Interface
IpNetwork = IPv4Network | IPv6Network

INTERFACE_CHARACTERS = 15
"""How long a name the kernel takes (IFNAMSIZ, less the zero at its end)."""

Method = Literal["static", "dhcp", "auto", "manual"]
BondMode = Literal[
    "balance-rr",
    "active-backup",
    "balance-xor",
    "broadcast",
    "802.3ad",
    "balance-tlb",
    "balance-alb",
]
HashPolicy = Literal["layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4"]


class HostAddress(Value):
    """An address of the host in its network; `netmask` if it is to be written with one."""

    address: IpInterface
    netmask: bool = False


class StaticRoute(Value):
    """A route beside the default one; without `via` what it leads to is on the link itself."""

    to: IpNetwork
    via: IpAddress | None = None
    metric: int | None = None


class Masquerade(Value):
    """What comes from this interface's IPv4 networks leaves `out` with the address it has.

    `zone` is the conntrack zone of what comes from guests behind a firewall bridge.
    """

    out: str
    zone: int | None = None


class Card(Value):
    """Hardware: a network card, or a port of one."""

    kind: Literal["card"] = "card"


class Bridge(Value):
    """A switch; `vids` are the VLANs that pass if it is aware of them."""

    kind: Literal["bridge"] = "bridge"
    ports: tuple[str, ...] = ()
    stp: bool = False
    forward_delay: int = 0
    vlan_aware: bool = False
    vids: tuple[str, ...] = ()


class Bond(Value):
    """Several cards as one; what is `None` is left to the driver's own default."""

    kind: Literal["bond"] = "bond"
    slaves: tuple[str, ...]
    mode: BondMode
    miimon: int | None = None
    updelay: int | None = None
    downdelay: int | None = None
    xmit_hash_policy: HashPolicy | None = None
    lacp_rate: Literal["slow", "fast"] | None = None
    min_links: int | None = None
    primary: str | None = None
    primary_reselect: Literal["always", "better", "failure"] | None = None


class Vlan(Value):
    """What another interface carries with the tag `id`."""

    kind: Literal["vlan"] = "vlan"
    id: int
    device: str


Link = Annotated[Card | Bridge | Bond | Vlan, Field(discriminator="kind")]


class Interface(Value):
    """An interface of the host. A family without a method has no stanza in the file.

    `options` are further lines of its stanza as they stand.
    """

    name: str
    link: Link = Card()
    auto: bool = False
    ipv4: Method | None = None
    ipv6: Method | None = None
    addresses: tuple[HostAddress, ...] = ()
    gateways: tuple[IpAddress, ...] = ()
    routes: tuple[StaticRoute, ...] = ()
    mtu: int | None = None
    forward: bool = False
    proxy_arp: bool = False
    masquerade: Masquerade | None = None
    options: tuple[Option, ...] = ()
    comments: tuple[str, ...] = ()

    def lower(self) -> tuple[str, ...]:
        """The interfaces that it is made of."""
        match self.link:
            case Bridge(ports=names) | Bond(slaves=names):
                return names
            case Vlan(device=device):
                return (device,)
            case Card():
                return ()


class Pin(Value):
    """A card to be called `name`, by its MAC address; `current` is what it is called now."""

    mac: str
    name: str
    current: str


class Network(Value):
    """The whole network of one machine; its interfaces in the order of the file, without `lo`.

    With `interfaces_d`, files in /etc/network/interfaces.d belong to it too.
    """

    interfaces: tuple[Interface, ...] = ()
    dns: tuple[IpAddress, ...] = ()
    search: tuple[str, ...] = ()
    pins: tuple[Pin, ...] = ()
    ipv6: bool = True
    interfaces_d: bool = True

    def own_address(self) -> IpAddress | None:
        """By which the host knows itself: the one beside a gateway, else its first; `None` if
        all of them come from elsewhere."""
        with_gateway = (each for each in self.interfaces if each.gateways)
        for interface in (*with_gateway, *self.interfaces):
            versions = {gateway.version for gateway in interface.gateways}
            held = [each.address for each in interface.addresses]
            for address in (*(a for a in held if a.version in versions), *held):
                return address.ip
        return None
