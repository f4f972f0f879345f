"""Sends a magic packet into the network."""

from __future__ import annotations

import socket
from ipaddress import IPv6Address, ip_address

from bedplate.errors import ApplyError, Problem
from bedplate.model.wake import magic_packet


def wake(mac: str, address: str, port: int) -> None:
    """Broadcast a magic packet. Whether anybody hears it cannot be seen.

    Raises `ApplyError` if it cannot be sent.
    """
    is_v6 = isinstance(ip_address(address), IPv6Address)
    with socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        try:
            sender.sendto(magic_packet(mac), (address, port))
        except OSError as error:
            message = f"cannot be sent a packet for {mac}: {error.strerror}"
            raise ApplyError(Problem("not-sent", f"{address}:{port}", message)) from error
