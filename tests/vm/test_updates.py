"""An installed host is told of an archive, and brought up to date from it.

Archives are made by the test, and served on the loopback interface of the machine that the host is
emulated on; the host has it at 10.0.2.2. One stands in for Debian's, as a mirror behind a proxy.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from bedplate.errors import ExitCode
from bedplate.model.archive_key import DEBIAN_KEYRING
from tests.support.archive import Archive, Package, SigningKey, served, signing_keys
from tests.support.vm import Installed
from tests.vm.conftest import Boot

DEBIAN = {
    "http://deb.debian.org/debian": ("trixie", "trixie-updates"),
    "http://security.debian.org/debian-security": ("trixie-security",),
}
COMPONENTS = ("main", "contrib", "non-free-firmware")
GATEWAY = "10.0.2.2"
SOURCES = "/etc/apt/sources.list.d/test.sources"
KEYRING = "/etc/apt/keyrings/test.gpg"
CONF = "/etc/hello-bedplate.conf"
OLD = Package("hello-bedplate", "1.0", files={CONF: "old\n", "DEBIAN/conffiles": f"{CONF}\n"})
NEW = Package(
    "hello-bedplate",
    "1.1",
    files={**OLD.files, CONF: "new\n"},
    scripts={"postinst": "#!/bin/sh -e\ntouch /run/reboot-required\n"},
)


@pytest.mark.full
@pytest.mark.xdist_group("zfs-mirror")
def test_a_host_is_brought_up_to_date_from_an_archive_it_was_told_of(
    mirror: Installed, boot: Boot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("archives")
    archive = Archive(root / "test")
    with signing_keys() as make_key, served(root) as server, boot(mirror) as booted:
        here = booted.host
        right, wrong, debian = make_key("right"), make_key("wrong"), make_key("debian")
        url = f"http://{GATEWAY}:{server.server_port}"

        stand_in_for_debian(root, debian)
        put(here, DEBIAN_KEYRING, debian.public)
        put(here, "/etc/apt/apt.conf.d/90proxy", f'Acquire::http::Proxy "{url}";\n'.encode())
        nothing_new = {"warnings": [], "upgrade": {"changes": [], "kept_back": []}}
        assert told(here, "bedplate repo update --json") == nothing_new
        assert {path.rpartition("/dists/")[0] for path in server.asked} == set(DEBIAN)
        assert here.check_output("apt-get update 2>&1 | grep '^[EW]:' || echo well") == "well"

        archive.publish(right, components={"main": [OLD]})
        put(here, KEYRING, wrong.public)
        stanza = f"URIs: {url}/test\nSuites: trixie\nComponents: main\nSigned-By: {KEYRING}\n"
        put(here, SOURCES, f"Types: deb\nEnabled: no\n{stanza}".encode())
        enable = f"bedplate repo enable {SOURCES}:1 --yes"
        refused = here.run(enable)
        assert (refused.rc, "bad-signature" in refused.stderr) == (ExitCode.REFUSED, True), refused
        assert "Enabled: no" in here.file(SOURCES).content_string
        put(here, KEYRING, right.public)
        here.check_output(enable)
        assert told(here, "bedplate repo update --json") == nothing_new
        here.check_output("apt-get install --yes %s", OLD.name)
        here.check_output("echo mine >%s", CONF)

        archive.publish(right, components={"main": [NEW]})
        change = {"name": NEW.name, "kind": "upgrade", "old": "1.0", "new": "1.1"}
        assert told(here, "bedplate repo update --json")["upgrade"]["changes"] == [change]
        done = told(here, "bedplate repo upgrade --yes --json")
        assert done["changed"] == [change]
        assert done["set_aside"] == [f"{CONF}.dpkg-dist"]
        assert done["reboot"] == ["a package asks for it"]
        assert len(done["diagnosis"]["disks"]) == len(mirror.disks)
        assert here.file(CONF).content_string == "mine\n"
        again = here.check_output("bedplate repo upgrade --yes")
        assert again.splitlines()[0] == "Every package is up to date: nothing to do."

        # Whoever holds the key does not vouch for what the mirror has now.
        archive.publish(right, components={"main": [NEW, Package("other", "1.0")]})
        packages = archive.package_list("trixie", "main", ".xz")
        packages.write_bytes(packages.read_bytes()[:-1] + b"x")
        archive.package_list("trixie", "main").unlink()
        failed = here.run("bedplate repo update")
        assert (failed.rc, "tampered" in failed.stderr) == (ExitCode.FAILED, True), failed


def stand_in_for_debian(root: Path, key: SigningKey) -> None:
    """Every suite that an installed host has a source for, without a package."""
    for uri, suites in DEBIAN.items():
        for suite in suites:
            archive = Archive(root / uri.rpartition("/")[2])
            archive.publish(key, suite=suite, components=dict.fromkeys(COMPONENTS, ()))


def told(host: Host, command: str) -> Any:
    """What a command prints as JSON."""
    return json.loads(host.check_output(command))


def put(host: Host, path: str, data: bytes) -> None:
    """Write a file on the host."""
    coded = base64.b64encode(data).decode()
    host.check_output(f"mkdir -p {Path(path).parent} && echo {coded} | base64 --decode >{path}")
