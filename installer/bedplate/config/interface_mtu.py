"""The rules for MTUs: whoever carries packets of another interface has to carry the largest.

A bridge has the MTU of its ports, since that is what the kernel gives it; a bond hands its own to
its members.
"""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.config.findings import Findings
from bedplate.config.interface_names import place_of
from bedplate.model.network import Bond, Bridge, Interface, Vlan

USUAL_MTU = 1500


def settle_mtus(interfaces: Mapping[str, Interface], findings: Findings) -> dict[str, Interface]:
    """Check them, and give the ports of a bridge the MTU that is stated for the bridge."""
    settled = dict(interfaces)
    for name, interface in interfaces.items():
        if isinstance(interface.link, Bridge):
            _settle_ports(name, interface.link, settled, findings)
    for name, interface in settled.items():
        match interface.link:
            case Vlan(device=device) if device in settled:
                _check_vlan(interface, settled[device], settled, findings)
            case Bond(slaves=slaves):
                members = [settled[slave] for slave in slaves if slave in settled]
                _check_members(name, interface, members, findings)
            case _:
                pass
    return settled


def _settle_ports(
    name: str, bridge: Bridge, settled: dict[str, Interface], findings: Findings
) -> None:
    wanted = settled[name].mtu
    ports = [settled[port] for port in bridge.ports if port in settled]
    for port in ports:
        if wanted is not None and port.mtu is None:
            settled[port.name] = port.model_copy(update={"mtu": wanted})
        elif wanted is not None and port.mtu != wanted:
            message = f"is {wanted}, but that of its port {port.name} is {port.mtu}"
            findings.problem(
                "conflict", place_of(name, "mtu"), message, "a bridge has that of its ports"
            )
    stated = {port.mtu or USUAL_MTU for port in ports}
    if wanted is None and len(stated) > 1:
        sizes = ", ".join(f"{port.name} {port.mtu or USUAL_MTU}" for port in ports)
        message = f"the ports have different MTUs ({sizes}): the bridge gets the smallest"
        findings.warn(place_of(name, "bridge", "ports"), message)


def _check_vlan(
    vlan: Interface, device: Interface, settled: Mapping[str, Interface], findings: Findings
) -> None:
    carried = _mtu(device, settled)
    if vlan.mtu is not None and vlan.mtu > carried:
        message = f"is {vlan.mtu}, but {device.name}, which carries it, has {carried}"
        findings.problem(
            "conflict", place_of(vlan.name, "mtu"), message, f"raise that of {device.name}"
        )


def _mtu(interface: Interface, settled: Mapping[str, Interface]) -> int:
    if interface.mtu is not None:
        return interface.mtu
    if isinstance(interface.link, Bridge):
        ports = (settled[port] for port in interface.link.ports if port in settled)
        return min((port.mtu or USUAL_MTU for port in ports), default=USUAL_MTU)
    return USUAL_MTU


def _check_members(
    name: str, bond: Interface, members: list[Interface], findings: Findings
) -> None:
    for member in members:
        if member.mtu not in (None, bond.mtu):
            stated = "none" if bond.mtu is None else str(bond.mtu)
            message = f"is {member.mtu}, but that of its bond {name} is {stated}"
            hint = f"state it for {name}, which hands it to its members"
            findings.problem("conflict", place_of(member.name, "mtu"), message, hint)
