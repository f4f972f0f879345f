"""Network interfaces, addresses and routes, from `ip -j` (ip-address(8), ip-route(8)) and udev.

Left out because no plan could use them: the loopback interface, link-local addresses, and routes
that only say that a network is directly attached to an interface with such an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyudev

from bedplate.facts.block import lasting_properties
from bedplate.facts.tools import ask, parse_json, senseless
from bedplate.model.facts import Address, NicFact, Route
from bedplate.run import Runner

_ADDRESSES = ("ip", "-j", "address")
_ROUTES = (("ip", "-j", "-4", "route"), ("ip", "-j", "-6", "route"))


@dataclass(frozen=True, slots=True)
class NetDevice:
    """What kernel and udev say about an interface; `physical` if there is hardware behind it."""

    physical: bool
    driver: str | None
    properties: Mapping[str, str]


def parse_addresses(text: str, devices: Mapping[str, NetDevice]) -> tuple[NicFact, ...]:
    """Interfaces by name, from `ip -j address`. Raises `FactsError` if it is not that."""
    command = " ".join(_ADDRESSES)
    links = parse_json(text, command) or []
    try:
        nics = [_nic(link, devices) for link in links if link.get("link_type") != "loopback"]
    except (KeyError, TypeError, AttributeError) as error:
        raise senseless(command, f"printed an interface without a usable {error}") from error
    return tuple(sorted(nics, key=lambda nic: nic.name))


def parse_routes(text: str, command: str = "ip -j route") -> tuple[Route, ...]:
    """Routes of the main table, from `ip -j route`; a multipath route gives one for each hop.

    Raises `FactsError` if it is not that.
    """
    entries = parse_json(text, command) or []
    try:
        return tuple(route for entry in entries for route in _routes(entry))
    except (KeyError, TypeError, AttributeError) as error:
        raise senseless(command, f"printed a route without a usable {error}") from error


def probe_nics(run: Runner) -> tuple[NicFact, ...]:
    """Every interface but the loopback one.

    Raises `MissingTool` if ip is not installed, `CommandError` or `FactsError` if it fails.
    """
    return parse_addresses(ask(run, _ADDRESSES).stdout, probe_net_devices())


def probe_routes(run: Runner) -> tuple[Route, ...]:
    """Routes of both families, IPv4 first.

    Raises `MissingTool` if ip is not installed, `CommandError` or `FactsError` if it fails.
    """
    return tuple(
        route
        for command in _ROUTES
        for route in parse_routes(ask(run, command).stdout, " ".join(command))
    )


def probe_net_devices() -> dict[str, NetDevice]:
    """The interfaces in the platform's database, by name."""
    return {
        device.sys_name: _net_device(device)
        for device in pyudev.Context().list_devices(subsystem="net")
    }


def _net_device(device: pyudev.Device) -> NetDevice:
    hardware = device.parent
    # Only an interface with hardware has a parent; that of a virtio one is its virtio device.
    driver = None if hardware is None else hardware.driver
    return NetDevice(hardware is not None, driver, lasting_properties(dict(device.properties)))


def _nic(link: Mapping[str, Any], devices: Mapping[str, NetDevice]) -> NicFact:
    name = link["ifname"]
    device = devices.get(name, NetDevice(False, None, {}))
    return NicFact(
        name=name,
        # A member of a bond wears the bond's address; its own is the permanent one.
        mac=link.get("permaddr") or link.get("address", ""),
        physical=device.physical,
        driver=device.driver,
        up="LOWER_UP" in link["flags"] and "NO-CARRIER" not in link["flags"],
        addresses=tuple(
            Address(cidr=f"{info['local']}/{info['prefixlen']}", dynamic=info.get("dynamic", False))
            for info in link["addr_info"]
            if info["scope"] == "global"
        ),
        properties=dict(device.properties),
    )


def _routes(entry: Mapping[str, Any]) -> Iterator[Route]:
    destination = entry["dst"]
    if entry.get("type", "unicast") != "unicast" or destination.startswith("fe80:"):
        return
    for hop in entry.get("nexthops", (entry,)):
        gateway = hop.get("gateway") or hop.get("via", {}).get("host")
        yield Route(destination=destination, gateway=gateway, interface=hop["dev"])
