"""A new host has its packages from where its answer file says, and apt complains of nothing.

Debian's archive is real, by a mirror on the loopback interface of the machine that tests; the third
party's is made here. QEMU's own network has that machine at one address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from testinfra.host import Host

from bedplate.errors import ExitCode
from bedplate.model.facts import FirmwareKind
from tests.support.archive import Archive, Package, Served, served, signing_keys
from tests.support.debian_mirror import DebianMirror, debian_mirror
from tests.support.vm import Installed, VmLab
from tests.vm.conftest import Boot

OUTSIDE = "10.0.2.2"
HELLO = Package("hello-bedplate", "1.0", files={"/usr/share/hello-bedplate/words": "hello\n"})
# What apt begins a line with that somebody should read; apt 3 writes the words out.
COMPLAINTS = ("W:", "E:", "N:", "Warning:", "Error:", "Notice:")


@dataclass(frozen=True, slots=True)
class Site:
    """A host that was installed, and where its packages come from."""

    installed: Installed
    debian: DebianMirror
    house: Served


@pytest.fixture
def site(vm_lab: VmLab, tmp_path: Path) -> Iterator[Site]:
    """A host whose answer file names mirrors, and a third party with its key."""
    archive = Archive(tmp_path / "archive")
    with (
        signing_keys() as make_key,
        debian_mirror() as debian,
        served(archive.root) as house,
    ):
        key = make_key("house")
        archive.publish(key, components={"main": [HELLO]})
        answer = (
            "[repositories]\n"
            f'mirror.debian = "http://{OUTSIDE}:{debian.server_port}/debian"\n'
            f'mirror.debian-security = "http://{OUTSIDE}:{debian.server_port}/debian-security"\n'
            "[repositories.other.house]\n"
            f'url = "http://{OUTSIDE}:{house.server_port}"\n'
            'suites = ["trixie"]\ncomponents = ["main"]\n'
            f'key-fingerprint = "{key.fingerprint}"\nkey = """\n{key.armoured}"""\n'
        )
        folder = tmp_path / "host"
        installed = vm_lab.install(
            folder,
            "lvm-thin",
            vm_lab.disks(folder, 1),
            firmware=FirmwareKind.BIOS,
            name="repositories",
            extra=answer,
        )
        yield Site(installed, debian, house)


def update(host: Host) -> str:
    """`apt-get update`, without a complaint; returns what it printed."""
    done = host.run("apt-get update")
    assert done.succeeded, done.stdout + done.stderr
    said = (done.stdout + done.stderr).splitlines()
    assert [line for line in said if line.startswith(COMPLAINTS)] == []
    return str(done.stdout)


@pytest.mark.full
def test_packages_come_from_where_the_answer_file_says(site: Site, boot: Boot) -> None:
    with boot(site.installed) as booted:
        host = booted.host
        update(host)
        for suite in ("debian/dists/trixie", "debian/dists/trixie-updates"):
            assert f"/{suite}/InRelease" in site.debian.asked
        assert "/debian-security/dists/trixie-security/InRelease" in site.debian.asked
        assert "/dists/trixie/InRelease" in site.house.asked
        host.check_output(f"apt-get install --yes {HELLO.name}")
        assert host.file("/usr/share/hello-bedplate/words").content_string == "hello\n"
        check = host.run("bedplate repo check --json")
        assert check.rc == ExitCode.DIFFERS
        found = json.loads(check.stdout)
        # The only thing that is wrong here is that a third party is asked without encryption.
        assert [problem["code"] for problem in found["problems"]] == ["plain-http"]
        enable = "bedplate repo enable debian-backports --yes"
        assert "debian-backports is enabled in" in host.check_output(enable)
        assert "nothing is changed" in host.check_output(enable)
        assert "trixie-backports" in update(host)
        disable = "bedplate repo disable house.sources:1 --yes"
        assert "is disabled in" in host.check_output(disable)
        assert "nothing is changed" in host.check_output(disable)
        assert host.run("bedplate repo check").rc == ExitCode.OK
        site.house.asked.clear()
        update(host)
        assert site.house.asked == []
