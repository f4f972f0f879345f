"""The files that make a host's network what it is to be."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.model.network import Network
from bedplate.model.plan import FilePlan
from bedplate.render.interfaces import render_interfaces
from bedplate.render.network import (
    HOSTS,
    INTERFACES,
    NO_IPV6,
    RESOLV_CONF,
    link_path,
    render_hosts,
    render_link,
    render_no_ipv6,
    render_resolv_conf,
)

NETWORK_PATHS = frozenset({HOSTS, INTERFACES, NO_IPV6, RESOLV_CONF})
"""Every one of them but the `.link` files, whose names are those of the cards."""


def plan_network_files(hostname: str, domain: str, network: Network) -> Iterator[FilePlan]:
    """The files of a host with this name."""
    yield FilePlan(path=HOSTS, content=render_hosts(hostname, domain, network.own_address()))
    yield FilePlan(path=INTERFACES, content=render_interfaces(network))
    resolv_conf = render_resolv_conf(domain, network)
    if resolv_conf:
        yield FilePlan(path=RESOLV_CONF, content=resolv_conf)
    if not network.ipv6:
        yield FilePlan(path=NO_IPV6, content=render_no_ipv6())
    for pin in network.pins:
        yield FilePlan(path=link_path(pin.name), content=render_link(pin))
