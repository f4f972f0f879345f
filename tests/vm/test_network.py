"""A network that an answer file states, on an installed host."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from testinfra.host import Host

from bedplate.model.facts import FirmwareKind
from bedplate.model.plan import RECORD, Plan
from tests.support.installed_host import check_files
from tests.support.vm import VmLab
from tests.vm.conftest import Boot

pytestmark = pytest.mark.full

# QEMU's own network is 10.0.2.0/24; its router is .2, its name server .3, and .15 is forwarded to.
NETWORK: Final = """
source = "from-answer"
dns = ["10.0.2.3", "fd00:5::53"]
search = ["lab.internal", "example.org"]
interface-name-pinning.enabled = true

[network.interface.bond0]
bond = { slaves = ["nic0"], mode = "active-backup", primary = "nic0" }

[network.interface.vmbr0]
address = ["10.0.2.15/24", "fd00:5::15/64"]
gateway = ["10.0.2.2"]
bridge = { ports = ["bond0"], vlan-aware = true, vids = ["2-4094"] }
route."198.51.100.0/24".via = "10.0.2.2"

[network.interface."vmbr0.7"]
address = ["192.0.2.7/24"]

[network.interface.vmbr1]
address = ["10.10.10.1/24"]
mtu = 1450
masquerade.out = "vmbr0"
"""


def shown(host: Host, command: str) -> Any:
    return json.loads(host.check_output(f"ip -json {command}"))


def addresses(host: Host, name: str) -> set[str]:
    (link,) = shown(host, f"address show dev {name}")
    return {f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"] if a["scope"] == "global"}


def test_a_stated_network_comes_up_on_cards_that_keep_their_names(
    vm_lab: VmLab, tmp_path: Path, boot: Boot
) -> None:
    disks = vm_lab.disks(tmp_path, 1)
    installed = vm_lab.install(
        tmp_path, "lvm-thin", disks, firmware=FirmwareKind.UEFI, name="net", network=NETWORK
    )
    with boot(installed) as booted:
        host = booted.host
        plan = Plan.model_validate_json(host.file(RECORD).content_string)
        check_files(host, plan)
        assert host.check_output("systemctl --failed --plain --no-legend") == ""
        # Named by its .link file, and a member of the bond below the bridge.
        (card,) = shown(host, "-details link show nic0")
        assert (card["master"], card["operstate"]) == ("bond0", "UP")
        (bond,) = shown(host, "-details link show bond0")
        assert bond["linkinfo"]["info_data"]["mode"] == "active-backup"
        assert bond["master"] == "vmbr0"
        assert addresses(host, "vmbr0") == {"10.0.2.15/24", "fd00:5::15/64"}
        assert addresses(host, "vmbr0.7") == {"192.0.2.7/24"}
        assert [(r["gateway"], r["dev"]) for r in shown(host, "route show default")] == [
            ("10.0.2.2", "vmbr0")
        ]
        (route,) = shown(host, "route show 198.51.100.0/24")
        assert (route["gateway"], route["dev"]) == ("10.0.2.2", "vmbr0")
        (private,) = shown(host, "link show vmbr1")
        assert private["mtu"] == 1450
        rules = host.check_output("iptables -t nat -S POSTROUTING")
        assert "-A POSTROUTING -s 10.10.10.0/24 -o vmbr0 -j MASQUERADE" in rules.splitlines()
        assert host.check_output("sysctl -n net.ipv4.ip_forward") == "1"


def test_a_host_without_ipv6_has_none(vm_lab: VmLab, tmp_path: Path, boot: Boot) -> None:
    disks = vm_lab.disks(tmp_path, 1)
    network = 'source = "from-dhcp"\nipv6 = false\ninterface-name-pinning.enabled = true\n'
    installed = vm_lab.install(
        tmp_path, "lvm-thin", disks, firmware=FirmwareKind.BIOS, name="v4", network=network
    )
    with boot(installed) as booted:
        host = booted.host
        assert host.check_output("systemctl --failed --plain --no-legend") == ""
        assert host.check_output("ip -6 address show") == ""
        (card,) = shown(host, "link show nic0")
        assert card["master"] == "vmbr0"
