"""Hosts with repositories that somebody set up, and everything that `bedplate repo check` says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bedplate.cli.errors import render_problem
from bedplate.model.host_sources import HostSources
from bedplate.model.repository import MAIN_LIST, PARTS, SourcesFile
from bedplate.plan.repository_check import check_repositories
from tests.support.golden import compare

HERE = Path(__file__).parent / "repositories"
DEBIAN_RING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PROXMOX_RING = "/usr/share/keyrings/proxmox-archive-keyring.gpg"
LINES = {
    "buster": (
        "deb http://ftp.debian.org/debian buster main contrib\n"
        "deb http://ftp.debian.org/debian buster-updates main contrib\n"
        "deb http://security.debian.org/debian-security buster/updates main contrib\n"
    ),
    "bookworm": (
        "deb http://deb.debian.org/debian bookworm main contrib\n"
        "deb http://deb.debian.org/debian bookworm-updates main contrib\n"
        "deb http://security.debian.org/debian-security bookworm-security main contrib\n"
    ),
}
DEBIAN_13 = (
    "Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie trixie-updates\n"
    f"Components: main contrib non-free-firmware\nSigned-By: {DEBIAN_RING}\n"
    "\nTypes: deb\nURIs: http://security.debian.org/debian-security\nSuites: trixie-security\n"
    f"Components: main contrib non-free-firmware\nSigned-By: {DEBIAN_RING}\n"
)
ENTERPRISE = "https://enterprise.proxmox.com/debian"
DOWNLOAD = "http://download.proxmox.com/debian"


def stanza(uri: str, suite: str, component: str, *more: str, ring: str = PROXMOX_RING) -> str:
    lines = ("Types: deb", f"URIs: {uri}", f"Suites: {suite}", f"Components: {component}", *more)
    return "".join(f"{line}\n" for line in (*lines, *([f"Signed-By: {ring}"] if ring else [])))


@dataclass(frozen=True, slots=True)
class Host:
    """A host; `files` go by their names, of which a bare one is in sources.list.d."""

    files: dict[str, str]
    codename: str | None = "trixie"
    today: date = date(2026, 3, 1)
    ignored: tuple[str, ...] = ()
    missing_keyrings: tuple[str, ...] = ()
    logged_in: tuple[str, ...] = ()
    has_subscription: bool = False
    has_pve: bool = False

    def found(self) -> HostSources:
        files = (
            SourcesFile(path=name if "/" in name else f"{PARTS}/{name}", text=text)
            for name, text in self.files.items()
        )
        return HostSources(
            codename=self.codename,
            today=self.today,
            files=tuple(files),
            ignored=tuple(f"{PARTS}/{name}" for name in self.ignored),
            missing_keyrings=self.missing_keyrings,
            logged_in=self.logged_in,
            has_subscription=self.has_subscription,
            has_pve=self.has_pve,
        )


def trixie(*stanzas: str) -> dict[str, str]:
    return {
        "debian.sources": DEBIAN_13,
        **({"more.sources": "\n".join(stanzas)} if stanzas else {}),
    }


def bookworm(*lines: str) -> dict[str, str]:
    return {MAIN_LIST: LINES["bookworm"], "more.list": "".join(f"{line}\n" for line in lines)}


CASES = {
    "all-well": Host(trixie(stanza(f"{ENTERPRISE}/pve", "trixie", "pve-enterprise")), has_pve=True,
                     logged_in=(f"{ENTERPRISE}/pve",)),
    "manual-buster-in-its-time": Host(
        {MAIN_LIST: LINES["buster"],
         "pve-enterprise.list": f"deb {ENTERPRISE}/pve buster pve-enterprise\n"},
        codename="buster", today=date(2021, 1, 15), has_pve=True,
        logged_in=(f"{ENTERPRISE}/pve",),
    ),
    "manual-buster-today": Host({MAIN_LIST: LINES["buster"]}, codename="buster"),
    "bookworm-in-long-term-support": Host(bookworm(), codename="bookworm", today=date(2027, 1, 1)),
    "release-not-known": Host(trixie(), codename="forky"),
    "release-not-told": Host(trixie(), codename=None),
    "nothing-at-all": Host({}),
    "damaged": Host({"x.list": "rpm http://x.example.com stable main\n",
                     "y.sources": "Types: deb\nURIs: http://x.example.com\n"}),
    "ignored-file": Host(trixie(), ignored=("docker.list.off",)),
    "unknown": Host(trixie(stanza("https://download.docker.com/linux/debian", "trixie", "stable",
                                  ring="/etc/apt/keyrings/docker.asc"))),
    "third-party-over-http-without-key": Host(
        bookworm("deb http://packages.example.com/debian bookworm main extra",
                 "deb [trusted=yes] http://user:word@house.example.com/apt ./"),
        codename="bookworm",
    ),
    "doubled-across-formats": Host(
        {MAIN_LIST: "deb http://deb.debian.org/debian/ trixie main # here as well\n",
         "debian.sources": DEBIAN_13},
    ),
    "doubled-by-a-mirror": Host(
        trixie(stanza("https://mirror.example.com/pub/debian", "trixie", "main contrib",
                      ring=DEBIAN_RING)),
    ),
    "doubled-in-itself": Host(
        trixie(stanza(f"{DOWNLOAD}/pve http://download.proxmox.com/debian/pve/", "trixie",
                      "pve-no-subscription")),
    ),
    "third-party-doubled": Host(
        trixie(stanza("https://a.example.com/apt", "s", "main", ring="/a.gpg"),
               stanza("http://a.example.com/apt/", "s", "main", ring="/a.gpg")),
    ),
    "source-packages-are-no-doubles": Host(
        {"debian.sources": DEBIAN_13.replace("Types: deb\n", "Types: deb deb-src\n")}
    ),
    "left-from-the-last-release": Host(
        {"debian.sources": DEBIAN_13,
         "old.list": f"deb [signed-by={DEBIAN_RING}] http://deb.debian.org/debian bookworm main\n"
                     f"deb [signed-by={PROXMOX_RING}] {DOWNLOAD}/pve bookworm pvetest\n"
                     f"deb [signed-by={DEBIAN_RING}] http://security.debian.org/debian-security "
                     "buster/updates main\n"
                     "deb [signed-by=/d.asc] https://download.docker.com/linux/debian bookworm "
                     "stable\n"
                     "deb [signed-by=/p.asc] https://apt.postgresql.org/pub/repos/apt "
                     "bookworm-pgdg main\n"},
    ),
    "suites-that-move": Host(
        bookworm("deb http://deb.debian.org/debian stable main",
                 "deb http://deb.debian.org/debian testing main",
                 "deb [signed-by=/g.asc] https://dl.google.com/linux/chrome/deb stable main"),
        codename="bookworm",
    ),
    "mirror-of-everything": Host(
        {"debian.sources": DEBIAN_13.replace("deb.debian.org", "mirror.example.com/pub")
                                    .replace("security.debian.org", "mirror.example.com"),
         "proxmox.sources": stanza("http://mirror.example.com/proxmox/pve", "trixie",
                                   "pve-no-subscription")},
    ),
    "enterprise-without-key": Host(
        trixie(stanza(f"{ENTERPRISE}/pve", "trixie", "pve-enterprise"),
               stanza(f"{ENTERPRISE}/ceph-squid", "trixie", "enterprise")), has_pve=True,
    ),
    "enterprise-with-a-key-that-apt-lacks": Host(
        trixie(stanza(f"{ENTERPRISE}/pve", "trixie", "pve-enterprise")), has_subscription=True
    ),
    "enterprise-disabled-without-key": Host(
        trixie(stanza(f"{ENTERPRISE}/pve", "trixie", "pve-enterprise", "Enabled: no"),
               stanza(f"{DOWNLOAD}/pve", "trixie", "pve-no-subscription")), has_pve=True,
    ),
    "both-channels": Host(
        trixie(stanza(f"{ENTERPRISE}/pve", "trixie", "pve-enterprise"),
               stanza(f"{DOWNLOAD}/pve", "trixie", "pve-no-subscription"),
               stanza(f"{ENTERPRISE}/ceph-squid", "trixie", "enterprise"),
               stanza(f"{DOWNLOAD}/ceph-squid", "trixie", "no-subscription")),
        logged_in=(f"{ENTERPRISE}/pve", f"{ENTERPRISE}/ceph-squid"),
    ),
    "test-in-production": Host(
        trixie(stanza(f"{DOWNLOAD}/pve", "trixie", "pve-test"),
               stanza(f"{DOWNLOAD}/ceph-squid", "trixie", "test")),
    ),
    "test-by-its-old-name": Host(trixie(stanza(f"{DOWNLOAD}/pve", "trixie", "pvetest"))),
    "test-by-its-new-name": Host(
        bookworm(f"deb {DOWNLOAD}/pve bookworm pve-test pve-typo"), codename="bookworm"
    ),
    "ceph-of-another-release": Host(
        trixie(stanza(f"{DOWNLOAD}/ceph-reef", "trixie", "no-subscription"),
               stanza(f"{DOWNLOAD}/ceph-nonesuch", "trixie", "main")),
    ),
    "ceph-by-its-old-component": Host(
        trixie(stanza(f"{DOWNLOAD}/ceph-squid", "trixie", "main")),
    ),
    "two-releases-of-ceph": Host(
        trixie(stanza(f"{DOWNLOAD}/ceph-squid", "trixie", "no-subscription"),
               stanza(f"{DOWNLOAD}/ceph-tentacle", "trixie", "no-subscription")),
    ),
    "no-security-updates": Host({"debian.sources": DEBIAN_13.split("\n\n")[0] + "\n"}),
    "security-updates-disabled": Host({"debian.sources": DEBIAN_13 + "Enabled: no\n"}),
    "security-updates-commented-out": Host(
        {MAIN_LIST: LINES["bookworm"].replace("deb http://sec", "# deb http://sec")},
        codename="bookworm",
    ),
    "no-debian": Host(
        {"proxmox.sources": stanza(f"{DOWNLOAD}/pve", "trixie", "pve-no-subscription")}
    ),
    "proxmox-without-its-repository": Host(trixie(), has_pve=True),
    "key-not-there": Host(
        trixie(stanza(f"{DOWNLOAD}/pve", "trixie", "pve-no-subscription"),
               stanza("https://x.example.com/apt", "stable", "main", ring="/x.gpg")),
        missing_keyrings=(PROXMOX_RING, "/x.gpg"),
    ),
    "no-key-named": Host(
        {"debian.sources": DEBIAN_13.replace(f"Signed-By: {DEBIAN_RING}\n", ""),
         "x.sources": stanza("https://x.example.com/apt", "stable", "main", ring="")},
    ),
    "verification-switched-off": Host(
        trixie(stanza("https://x.example.com/apt", "stable", "main", "Trusted: yes",
                      "Allow-Insecure: yes", "Allow-Weak: no", "allow-downgrade-to-insecure: 1",
                      ring="/x.gpg"))
    ),
    "password-in-the-address": Host(
        trixie(stanza("https://user:word@x.example.com/apt", "stable", "main", "Enabled: no",
                      ring="/x.gpg"))
    ),
    "cdrom-left": Host(
        bookworm("deb cdrom:[Debian GNU/Linux 12.1.0 _Bookworm_]/ bookworm main"),
        codename="bookworm",
    ),
    "debian-of-today-and-tomorrow": Host(
        bookworm("deb http://deb.debian.org/debian bookworm-backports main",
                 "deb http://deb.debian.org/debian bookworm-proposed-updates main",
                 "deb http://deb.debian.org/debian sid main",
                 "deb http://deb.debian.org/debian nonesuch main"),
        codename="bookworm",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_found(name: str) -> None:
    found = check_repositories(CASES[name].found())
    lines = [render_problem(problem, "problem") for problem in found.problems]
    lines += [render_problem(note, "note") for note in found.notes]
    compare(HERE / "checks" / f"{name}.txt", "\n".join([*lines, ""]) if lines else "")
    told = [(problem.where, problem.message) for problem in (*found.problems, *found.notes)]
    assert len(told) == len(set(told)), "something is said twice"
    assert all(problem.hint for problem in found.problems), "what is to be done?"


def test_no_golden_file_is_of_a_case_that_is_gone() -> None:
    assert {path.stem for path in (HERE / "checks").iterdir()} == set(CASES)
