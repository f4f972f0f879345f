"""The commands that check and activate /etc/network/interfaces, and that tell whether it works."""

from __future__ import annotations

from bedplate.render.argv import Argv

TRIAL_UNIT = "bedplate-net-trial.service"


def check_interfaces(file: str = "-") -> Argv:
    """Have ifupdown2 read a file, or its standard input, and do nothing. ifup(8)."""
    return ["ifup", "--syntax-check", "--all", "--interfaces", file]


def reload_interfaces() -> Argv:
    """Take down what the file no longer has, and bring up what it has. ifreload(8)."""
    return ["ifreload", "--all"]


def restart_interfaces() -> Argv:
    """Take everything down and up again, as a boot would do. systemctl(1)."""
    return ["systemctl", "restart", "networking.service"]


def start_trial() -> Argv:
    """Have a unit activate what waits; returns once that is done. systemctl(1)."""
    return ["systemctl", "start", TRIAL_UNIT]


def ping(address: str, interface: str) -> Argv:
    """Ask a neighbour for two signs of life, for which it has two seconds. ping(8)."""
    return ["ping", "-n", "-q", "-c", "2", "-i", "0.2", "-w", "2", "-I", interface, address]


def show_neighbour(address: str, interface: str) -> Argv:
    """What the kernel knows of a neighbour. ip-neighbour(8)."""
    return ["ip", "-j", "neighbour", "show", "to", address, "dev", interface]
