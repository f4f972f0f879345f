"""The network of an installed host is changed over SSH: a wrong change goes back by itself.

QEMU's own network is 10.0.2.0/24, its router .2, and connections are forwarded to .15.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from testinfra.host import Host

from bedplate.errors import ExitCode
from bedplate.lab.disks import overlay
from bedplate.model.facts import FirmwareKind
from bedplate.model.network_files import INTERFACES, NEW_INTERFACES
from bedplate.model.network_trial import OUTCOME, REJECTED, TRIAL
from tests.support.vm import Booted
from tests.vm.conftest import Boot, Hosts

CONNECTION_LOST = 255  # ssh(1)
GATEWAY = "10.0.2.2"
STATIC = "inet static\n        address 10.0.2.15/24\n        gateway 10.0.2.2"
WRONG = {
    "the address of another network": "inet static\n        address 192.0.2.7/24\n"
    "        gateway 192.0.2.1",
    "no gateway": "inet static\n        address 10.0.2.15/24",
}
NOTHING = f"{INTERFACES} says already what it is to say: nothing to do."
# Until the unit that watches has ended; `wait` is of the shell.
OVER = "timeout 180 sh -c 'while systemctl is-active --quiet bedplate-net-trial; do sleep 1; done'"


@pytest.mark.full
@pytest.mark.xdist_group("lvm-thin")
def test_a_wrong_network_goes_back_by_itself_and_a_right_one_stays(
    hosts: Hosts, boot: Boot, tmp_path: Path
) -> None:
    first = hosts.install("lvm-thin", FirmwareKind.UEFI)
    installed = replace(first, disks=(overlay(first.disks[0], tmp_path),))
    with boot(installed, snapshot=False) as booted:
        here = booted.host
        old = here.file(INTERFACES).content_string
        assert "iface vmbr0 inet dhcp" in old
        for stanza in WRONG.values():
            goes_back(booted, old, old.replace("inet dhcp", stanza))
        right = old.replace("inet dhcp", STATIC)
        stays(here, right)

        more = right.replace("10.0.2.15/24\n", "10.0.2.15/24\n        address 10.0.2.77/24\n")
        put(here, more)
        here.check_output("bedplate net apply --yes --confirm-within 3600")
        assert "10.0.2.77" in here.check_output("ip address show dev vmbr0")
        booted.machine.crash()
    with boot(installed, snapshot=False) as booted:
        here = booted.host
        assert here.file(INTERFACES).content_string == right
        assert here.file(REJECTED).content_string == more
        assert not here.file(TRIAL).exists
        assert "was started anew" in here.file(OUTCOME).content_string
        assert "10.0.2.77" not in here.check_output("ip address show dev vmbr0")
        assert here.check_output("systemctl --failed --plain --no-legend") == ""
        assert here.check_output("bedplate net plan") == NOTHING


def goes_back(booted: Booted, old: str, new: str) -> None:
    """A wrong change: the host is reached again once it has gone back.

    The connection in which it was made may have been given up by then.
    """
    host = booted.host
    put(host, new)
    assert host.run("bedplate net plan").rc == ExitCode.DIFFERS
    done = host.run("bedplate net apply --yes --confirm-within 60")
    assert done.rc in (0, CONNECTION_LOST), done.stderr
    booted.wait_for_ssh(timeout=300)
    host.check_output(OVER)
    assert host.file(INTERFACES).content_string == old
    assert host.file(REJECTED).content_string == new
    assert not host.file(TRIAL).exists
    assert "the gateway did not answer" in host.file(OUTCOME).content_string
    host.check_output("ping -c 1 -W 5 %s", GATEWAY)


def stays(host: Host, new: str) -> None:
    """A right change, confirmed in a connection of its own, and found to be there already."""
    put(host, new)
    host.check_output("bedplate net apply --yes --confirm-within 300")
    host.check_output("bedplate net confirm")
    assert host.file(INTERFACES).content_string == new
    assert not host.file(NEW_INTERFACES).exists
    assert host.check_output("ip -4 route show default").split()[2] == GATEWAY
    assert host.check_output("bedplate net apply --yes") == NOTHING
    assert host.run("bedplate net confirm").rc == ExitCode.REFUSED


def put(host: Host, text: str) -> None:
    """Have a file wait beside the one in use, as an editor or the GUI would leave it."""
    host.check_output("printf %%s %s > %s", text, NEW_INTERFACES)
