"""`[network]` of the answer file as it is written.

Five keys are the original's: a bridge with one address, or with DHCP, over one card, and names for
cards. The rest is bedplate's own and states a whole network, an interface by an interface.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from bedplate.config.table import Filter, Table
from bedplate.model.network import BondMode, HashPolicy

Mtu = Annotated[int, Field(ge=552, le=9216)]
VlanId = Annotated[int, Field(ge=1, le=4094)]
Milliseconds = Annotated[int, Field(ge=0, le=65535)]


def _list_form(value: object) -> str:
    return "list" if isinstance(value, list) else "text"


TextOrList = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[str], Tag("list")], Discriminator(_list_form)
]


class PinningTable(Table):
    """`network.interface-name-pinning`."""

    REQUIRED = ("enabled",)

    enabled: bool | None = Field(None, description="whether interface names are pinned")
    mapping: dict[str, str] = Field({}, description="MAC address to interface name")


class BridgeTable(Table):
    """`network.interface.NAME.bridge`."""

    ports: list[str] = Field([], description="interfaces that are its ports")
    stp: bool = Field(False, description="whether it speaks the spanning tree protocol")
    fd: int = Field(0, ge=0, le=255, description="seconds before a port forwards")
    vlan_aware: bool = Field(False, description="whether each guest can have a VLAN of its own")
    vids: list[str] = Field([], description="VLANs that pass, such as 5 or 10-20")


class BondTable(Table):
    """`network.interface.NAME.bond`."""

    REQUIRED = ("slaves", "mode")

    slaves: list[str] | None = Field(None, description="cards that it is made of")
    mode: BondMode | None = Field(None, description="how they share the work")
    # ifupdown2 takes 255 at most.
    miimon: int = Field(100, ge=1, le=255, description="milliseconds between looks at the links")
    updelay: Milliseconds | None = Field(
        None, description="milliseconds before a link that came is used"
    )
    downdelay: Milliseconds | None = Field(
        None, description="milliseconds before a link that went is given up"
    )
    xmit_hash_policy: HashPolicy | None = Field(
        None, description="what of a packet decides on the card it leaves by"
    )
    lacp_rate: Literal["slow", "fast"] | None = Field(
        None, description="a LACP packet every 30 seconds, or every second"
    )
    min_links: int | None = Field(
        None, ge=0, le=255, description="links that have to be up for the bond to be"
    )
    primary: str | None = Field(None, description="the card that is used whenever it works")
    primary_reselect: Literal["always", "better", "failure"] | None = Field(
        None, description="when the bond goes back to its primary card"
    )


class VlanTable(Table):
    """`network.interface.NAME.vlan`, for a VLAN whose name does not say it all."""

    id: VlanId | None = Field(None, description="the tag")
    raw_device: str | None = Field(
        None, description="the interface that carries the tagged packets"
    )


class RouteTable(Table):
    """`network.interface.NAME.route."192.0.2.0/24"`."""

    via: str | None = Field(None, description="address of the router")
    metric: int | None = Field(None, ge=0, le=2**32 - 1, description="the lower one is preferred")


class MasqueradeTable(Table):
    """`network.interface.NAME.masquerade`."""

    REQUIRED = ("out",)

    out: str | None = Field(None, description="the interface by which packets leave")
    zone: int | None = Field(
        None, ge=1, le=65535, description="conntrack zone of guests behind the firewall"
    )


class InterfaceTable(Table):
    """`network.interface.NAME`: one interface of the host."""

    mac: str | None = Field(None, description="MAC address of the card that is meant")
    filter: Filter | None = Field(None, description="udev property to glob, to choose the card")
    bridge: BridgeTable | None = Field(None, description="what makes it a bridge")
    bond: BondTable | None = Field(None, description="what makes it a bond")
    vlan: VlanTable | None = Field(None, description="what makes it a VLAN")
    ipv4: Literal["static", "dhcp", "manual"] | None = Field(
        None, description="where its IPv4 address comes from"
    )
    ipv6: Literal["static", "dhcp", "auto", "manual"] | None = Field(
        None, description="where its IPv6 address comes from"
    )
    address: list[str] = Field([], description="addresses with prefix length or netmask")
    gateway: list[str] = Field([], description="the default router, one for each family")
    route: dict[str, RouteTable] = Field({}, description="a route by its destination")
    mtu: Mtu | None = Field(None, description="largest packet in bytes")
    auto: bool | None = Field(None, description="whether it comes up with the host")
    forward: bool = Field(False, description="whether the host passes packets on")
    proxy_arp: bool = Field(False, description="whether it answers for what it can reach elsewhere")
    masquerade: MasqueradeTable | None = Field(None, description="a private network behind it")
    comment: list[str] = Field([], description="lines that explain it, in the file")
    option: list[str] = Field([], description="further lines of its stanza")


class NetworkTable(Table):
    """`[network]`: the network of the host."""

    REQUIRED = ("source",)

    source: Literal["from-dhcp", "from-answer"] | None = Field(
        None, description="where the address comes from, `from-dhcp` or `from-answer`"
    )
    cidr: str | None = Field(None, description="address with its prefix length, 192.0.2.7/24")
    dns: TextOrList | None = Field(None, description="address of the name server, or of several")
    gateway: str | None = Field(None, description="address of the router")
    filter: Filter | None = Field(None, description="udev property to glob, to choose the NIC")
    interface_name_pinning: PinningTable | None = Field(None, description="stable NIC names")
    search: list[str] | None = Field(None, description="domains in which short names are looked up")
    ipv6: bool = Field(True, description="whether the host has IPv6 at all")
    interfaces_d: bool = Field(
        True, description="whether files in /etc/network/interfaces.d belong to the network"
    )
    interface: dict[str, InterfaceTable] = Field({}, description="an interface by its name")
