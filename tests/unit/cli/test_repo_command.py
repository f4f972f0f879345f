"""`bedplate repo …` as an administrator meets it, on hosts below a temporary folder.

Whether keys and Releases are right is another test's business: here it is just said.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bedplate.cli import repo, repo_changing
from bedplate.cli.host_changing import Host
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode, Problem, RefusedError
from bedplate.model.archive import Suite
from bedplate.model.archive_key import ArchiveKey
from bedplate.model.host_change import HostFile
from tests.golden.test_repository_check import DEBIAN_13, DEBIAN_RING, LINES
from tests.support.golden import compare
from tests.unit.facts.recorded import Recorded

GOLDEN = Path(__file__).parents[2] / "golden" / "repositories" / "stories"
MAIN = "etc/apt/sources.list"
PARTS = "etc/apt/sources.list.d"
ENTERPRISE = "deb https://enterprise.proxmox.com/debian/pve bookworm pve-enterprise\n"
RING = "/usr/share/keyrings/proxmox-archive-keyring.gpg"


@dataclass(frozen=True, slots=True)
class Story:
    """What was typed on a host and what came of it, for a golden file."""

    root: Path
    capsys: pytest.CaptureFixture[str]
    told: list[str]

    def put(self, codename: str, contents: Mapping[str, str]) -> None:
        """Make it a host of that release, with these files."""
        for path, text in {"etc/os-release": f"VERSION_CODENAME={codename}\n", **contents}.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(text.encode("latin-1"))

    def type(self, *words: str) -> int:
        """Run a command; returns its exit code."""
        before = self.files()
        code = run_command(["repo", *words])
        said = self.capsys.readouterr()
        self.told.append(f"# bedplate repo {' '.join(words)}\n{said.out}{said.err}")
        self.told.extend([f"(exit code {code:d})\n"] if code else [])
        now = self.files()
        changed = [path for path in sorted({*before, *now}) if before.get(path) != now.get(path)]
        self.told.extend(f"(/{path}{'' if path in now else ' is gone'})\n" for path in changed)
        self.told.append("\n")
        return code

    def files(self) -> dict[str, bytes]:
        """Every file of the host."""
        found = (path for path in sorted(self.root.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes() for path in found}

    def judge(self, name: str) -> None:
        """Compare everything with the golden file, and how the files ended up."""
        for path, data in self.files().items():
            if path.endswith((".list", ".sources")):
                self.told.append(f"== /{path} ==\n{data.decode(errors='replace')}")
        compare(GOLDEN / f"{name}.txt", "".join(self.told))


@pytest.fixture
def story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Story:
    """A host without any file yet, on which every archive is signed as it should be."""
    root = tmp_path / "root"
    for path in (DEBIAN_RING, "/a.gpg"):
        (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (root / path[1:]).touch()
    run = Recorded(
        {
            "apt-config dump --format %f=%v%n Acquire": (
                "Acquire=\nAcquire::http::Proxy=http://me:word@proxy.example.com:3128\n"
            ),
            "dpkg --print-architecture": "amd64\n",
        }
    )
    told: list[str] = []

    def trusted(_: object, suites: Sequence[Suite], key: ArchiveKey) -> tuple[HostFile, ...]:
        told.extend(f"(verified: {suite.uri} {suite.suite}, with its key)\n" for suite in suites)
        there = (root / key.keyring[1:]).exists()
        return () if there else (HostFile(path=key.keyring, hex="9901"),)

    def signed_by(_: object, suites: Sequence[Suite], keyring: str) -> None:
        told.extend(f"(verified: {suite.uri} {suite.suite}, {keyring})\n" for suite in suites)
        if any("bad" in suite.uri for suite in suites):
            raise RefusedError(Problem("bad-signature", suites[0].uri, "is signed by nobody"))

    monkeypatch.setattr(repo, "HOST", Host(run, root, tmp_path / "lock"))
    monkeypatch.setattr(repo, "_today", lambda: date(2026, 3, 1))
    monkeypatch.setattr(repo_changing, "require_trusted", trusted)
    monkeypatch.setattr(repo_changing, "require_signed_by", signed_by)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return Story(root, capsys, told)


def test_a_host_with_lines(story: Story) -> None:
    story.put(
        "bookworm", {MAIN: LINES["bookworm"], f"{PARTS}/pve-enterprise.list": f"{ENTERPRISE}# end"}
    )
    assert story.type("list") == ExitCode.OK
    assert story.type("check") == ExitCode.DIFFERS
    for command in (
        "disable pve-enterprise --yes",
        "disable pve-enterprise --yes",
        "enable pve-no-subscription --yes",
        "enable pve-no-subscription --yes",
        "enable pve-enterprise --dry-run",
        "disable debian-updates --yes",
        "enable debian-updates --yes",
        "enable debian-updates --convert --yes",
        "disable moved-from-main.sources:6 --yes",
        "list",
    ):
        assert story.type(*command.split()) == ExitCode.OK
    assert story.type("check") == ExitCode.OK
    story.judge("lines")


def test_a_host_with_stanzas(story: Story) -> None:
    story.put("trixie", {f"{PARTS}/debian.sources": f"# Kept.\n{DEBIAN_13}"})
    for command in (
        "enable pvetest --yes",
        "enable pve-test --yes",
        "enable ceph-squid-no-subscription --yes",
        "enable ceph-tentacle-no-subscription --yes",
        "disable debian-updates --yes",
        "disable debian-updates --yes",
        "enable debian-updates --yes",
        "disable debian-security --dry-run",
    ):
        assert story.type(*command.split()) == ExitCode.OK
    assert story.type("check") == ExitCode.DIFFERS
    story.judge("stanzas")


def test_what_is_new_comes_from_the_mirror_that_is_in_use(story: Story) -> None:
    mirrored = DEBIAN_13.replace("deb.debian.org", "mirror.example.com").replace("Signed", "signed")
    pve = (
        "Types: deb\nURIs: https://mirror.example.com/px/pve/\nSuites: trixie\n"
        f"Components: pve-no-subscription\nSigned-By: {RING}\n"
    )
    story.put("trixie", {f"{PARTS}/debian.sources": mirrored, f"{PARTS}/proxmox.sources": pve})
    for name in ("debian-backports", "ceph-squid-no-subscription", "ceph-squid-enterprise"):
        assert story.type("enable", name, "--yes") == ExitCode.OK
    story.judge("mirror")


def test_a_key_that_has_gone_is_fetched_again(story: Story) -> None:
    pve = (
        "Types: deb\nURIs: http://download.proxmox.com/debian/pve\nSuites: trixie\n"
        f"Components: pve-no-subscription\nSigned-By: {RING}\n"
    )
    story.put("trixie", {f"{PARTS}/debian.sources": DEBIAN_13, f"{PARTS}/proxmox.sources": pve})
    assert story.type("check") == ExitCode.DIFFERS
    assert story.type("enable", "pve-no-subscription", "--yes") == ExitCode.OK
    assert story.type("enable", "pve-no-subscription", "--yes") == ExitCode.OK
    assert story.type("check") == ExitCode.OK
    story.judge("key")


def test_what_is_refused(story: Story) -> None:
    both = (
        "Types: deb\nURIs: https://a.example.com/pve https://b.example.com/pve\n"
        "Suites: trixie bookworm\nComponents: pve-no-subscription pve-enterprise\n"
    )
    story.put(
        "trixie",
        {
            MAIN: "deb [signed-by=/a.gpg] https://bad.example.com/apt stable main # off\n",
            f"{PARTS}/debian.sources": DEBIAN_13,
            f"{PARTS}/both.sources": both,
            f"{PARTS}/odd.list": (
                "# deb [signed-by=/a.gpg] https://odd.example.com/apt stable main # caf\xe9\n"
                "# deb https://odd.example.com/other stable main\n"
            ),
            f"{PARTS}/bad.list": "# deb [signed-by=/a.gpg] http://bad.example.com/ ./\n",
            f"{PARTS}/bad.sources": "",
            f"{PARTS}/twice.sources": (
                "Types: deb\nURIs: https://a.example.com\nURIs: https://b.example.com\n"
                "Suites: stable\nComponents: main\nSigned-By: /a.gpg\n"
            ),
            f"{PARTS}/torn.list": "# deb [signed-by=/a.gpg] http://a.example.com/ ./\nrpm\n",
        },
    )
    before = story.files()
    for command, code in (
        ("enable nonesuch --yes", ExitCode.USAGE),
        ("enable ceph-reef-test --yes", ExitCode.REFUSED),
        ("disable both.sources:9 --yes", ExitCode.USAGE),
        ("disable pve-enterprise --yes", ExitCode.REFUSED),
        ("enable odd.list:1 --yes", ExitCode.REFUSED),
        ("enable odd.list:2 --yes", ExitCode.REFUSED),
        ("enable bad.list:1 --yes", ExitCode.REFUSED),
        ("enable bad.list:1 --convert --yes", ExitCode.REFUSED),
        ("enable torn.list:1 --convert --yes", ExitCode.REFUSED),
        ("disable twice.sources:1 --yes", ExitCode.REFUSED),
        ("disable sources.list:1", ExitCode.REFUSED),
    ):
        assert story.type(*command.split()) == code
    assert story.files() == before
    story.judge("refused")


def test_it_is_for_root(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    story.put("trixie", {f"{PARTS}/debian.sources": DEBIAN_13})
    assert story.type("disable", "debian", "--yes") == ExitCode.REFUSED
    assert story.type("check") == ExitCode.OK


def test_json(story: Story) -> None:
    uri = "https://me:word@x.example.com/apt"
    story.put("trixie", {f"{PARTS}/x.list": f"deb [trusted=yes] {uri} stable main\n"})
    assert run_command(["repo", "list", "--json"]) == ExitCode.OK
    listed = json.loads(story.capsys.readouterr().out)
    assert listed["codename"] == "trixie"
    assert listed["proxies"] == {"acquire::http::proxy": "http://***@proxy.example.com:3128"}
    assert listed["entries"] == [
        {
            "names": ["/etc/apt/sources.list.d/x.list:1"],
            "path": "/etc/apt/sources.list.d/x.list",
            "line": 1,
            "enabled": True,
            "types": ["deb"],
            "uris": ["https://***@x.example.com/apt"],
            "suites": ["stable"],
            "components": ["main"],
            "options": {"trusted": "yes"},
        }
    ]
    assert "pve-no-subscription" in listed["not_in_any_file"]
    assert run_command(["repo", "check", "--json"]) == ExitCode.DIFFERS
    found = json.loads(story.capsys.readouterr().out)
    codes = {problem["code"] for problem in found["problems"]}
    assert codes == {"no-debian", "unverified", "credentials-in-uri"}
    assert [note["code"] for note in found["notes"]] == ["unknown-repository"]
