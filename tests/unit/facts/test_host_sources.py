"""What apt reads on a host: which files, in which order, and what decides about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from bedplate.errors import CommandError, FactsError, Problem
from bedplate.facts.host_sources import parse_codename, probe_host_sources
from bedplate.model.host_sources import HostSources
from bedplate.model.repository import MAIN_LIST, PARTS
from tests.unit.facts.recorded import Recorded

TODAY = date(2026, 3, 1)
DUMP = "apt-config dump --format %f=%v%n Acquire"
CONFIG = """Acquire=
Acquire::http::Proxy=http://me:word@proxy.example.com:3128
Acquire::http::Proxy::mirror.example.com=DIRECT
Acquire::https::Proxy=
Acquire::Languages::=en
"""
ENTERPRISE = "https://enterprise.proxmox.com/debian"


def probe(root: Path, contents: Mapping[str, str], config: str = "") -> HostSources:
    for path, text in contents.items():
        (root / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (root / path.lstrip("/")).write_text(text)
    return probe_host_sources(Recorded({DUMP: config}), TODAY, root)


def test_a_host_without_anything(tmp_path: Path) -> None:
    assert probe(tmp_path, {}) == HostSources(codename=None, today=TODAY)


def test_files_are_read_in_the_order_of_apt(tmp_path: Path) -> None:
    names = ("b.list", "a.sources", "B.list", "10:x.list", "a-b.c_d.sources")
    found = probe(tmp_path, {MAIN_LIST: "", **{f"{PARTS}/{name}": "" for name in names}})
    ordered = ("10:x.list", "B.list", "a-b.c_d.sources", "a.sources", "b.list")
    assert [file.path for file in found.files] == [
        MAIN_LIST,
        *(f"{PARTS}/{name}" for name in ordered),
    ]
    assert found.ignored == ()


def test_what_apt_passes_over_is_told_unless_it_is_meant(tmp_path: Path) -> None:
    odd = ("a b.list", "docker.list.off", "no-suffix", "ü.list", "x.source")
    meant = ("a.list~", "b.disabled", "c.list.bak", "d.list.dpkg-old", "e.save", "f.distUpgrade")
    names = (*odd, *meant, ".hidden.list", "g.list.orig")
    (tmp_path / PARTS[1:] / "folder.list").mkdir(parents=True)
    found = probe(tmp_path, {f"{PARTS}/{name}": "deb x\n" for name in names})
    assert found.files == ()
    assert found.ignored == tuple(f"{PARTS}/{name}" for name in sorted(odd))


def test_keyrings_that_are_named_and_not_there(tmp_path: Path) -> None:
    lines = (
        "deb [signed-by=/there.gpg] http://a.example.com s main\n"
        "deb [signed-by=/gone.gpg,/there.gpg] http://a.example.com s main\n"
        "deb [signed-by=0123456789ABCDEF] http://a.example.com s main\n"
        "# deb [signed-by=/off.gpg] http://a.example.com s main\n"
    )
    whole = "Types: deb\nURIs: http://b\nSuites: ./\nSigned-By:\n -----BEGIN PGP X-----\n .\n"
    found = probe(
        tmp_path, {MAIN_LIST: lines, f"{PARTS}/key.sources": whole, "/there.gpg": "a key"}
    )
    assert found.missing_keyrings == ("/gone.gpg", "/off.gpg")


def test_logins_and_proxies_are_known_and_no_password_is(tmp_path: Path) -> None:
    lines = (
        f"deb {ENTERPRISE}/pve bookworm pve-enterprise\n"
        f"deb {ENTERPRISE}/ceph-squid bookworm enterprise\n"
        "deb cdrom:[Debian GNU/Linux 12]/ bookworm main\n"
    )
    auth = "machine enterprise.proxmox.com/debian/pve login pve2c-0123456789 password secret\n"
    found = probe(
        tmp_path,
        {
            MAIN_LIST: lines,
            "/etc/apt/auth.conf.d/pve.conf": auth,
            "/etc/subscription": "pve2c-0123456789\n",
            "/usr/bin/pveversion": "",
        },
        CONFIG,
    )
    assert found.logged_in == (f"{ENTERPRISE}/pve",)
    assert found.proxies == {
        "acquire::http::proxy": "http://***@proxy.example.com:3128",
        "acquire::http::proxy::mirror.example.com": "DIRECT",
    }
    assert found.has_subscription
    assert found.has_pve
    assert "secret" not in found.model_dump_json()


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / PARTS[1:]).mkdir(parents=True)
    (tmp_path / MAIN_LIST[1:]).mkdir()
    with pytest.raises(FactsError, match=MAIN_LIST):
        probe(tmp_path, {})


def test_without_apt_nothing_can_be_said(tmp_path: Path) -> None:
    missing = CommandError(Problem("tool-missing", "apt-config", "is not installed"))
    with pytest.raises(CommandError, match="apt-config"):
        probe_host_sources(Recorded({DUMP: missing}), TODAY, tmp_path)


@pytest.mark.parametrize(
    ("text", "codename"),
    [
        ('ID=debian\nVERSION_CODENAME=trixie\nX="y"\n', "trixie"),
        ('VERSION_CODENAME="bookworm"\n', "bookworm"),
        ("VERSION_CODENAME='buster'\n", "buster"),
        ("NOT_VERSION_CODENAME=buster\n", None),
        ("VERSION_CODENAME=\n", None),
        ("", None),
    ],
)
def test_the_codename_is_that_of_os_release(text: str, codename: str | None) -> None:
    assert parse_codename(text) == codename
