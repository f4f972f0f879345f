"""The packages of this host, and what apt would do to them."""

from __future__ import annotations

import re
from pathlib import Path

from bedplate.errors import CommandError, Problem
from bedplate.facts.tools import senseless
from bedplate.model.apt_message import Severity, parse_messages
from bedplate.model.updates import Package, PackageChange, Upgrade
from bedplate.render import apt_argv
from bedplate.run import Runner

_FORMAT = "--showformat=${binary:Package}\\t${Version}\\t${db:Status-Abbrev}\\n"
_INSTALL = re.compile(r"Inst (?P<name>\S+) (?:\[(?P<old>[^]]+)\] )?\((?P<new>\S+)[ )].*")
_REMOVE = re.compile(r"(?:Remv|Purg) (?P<name>\S+) \[(?P<old>[^]]+)\].*")
_KEPT_BACK = "The following packages have been kept back:"
# What dpkg and ucf call the new version of a file that they left as it was.
_SET_ASIDE = (".dpkg-dist", ".dpkg-new", ".ucf-dist")


def probe_packages(run: Runner) -> tuple[Package, ...]:
    """All packages that dpkg knows, by name. Raises `CommandError` if dpkg fails."""
    return parse_packages(run(["dpkg-query", "--show", _FORMAT]).stdout)


def parse_packages(text: str) -> tuple[Package, ...]:
    """Tab-separated names, versions and states. Raises `FactsError` for any other line."""
    packages = []
    for line in text.splitlines():
        match line.split("\t"):
            case [name, version, state]:
                packages.append(Package(name=name, version=version, state=state))
            case _:
                raise senseless("dpkg-query", f"printed the line {line!r}")
    return tuple(packages)


def probe_was_interrupted(root: Path = Path("/")) -> bool:
    """Whether dpkg was ended in the middle of writing what it did: it then refuses everything."""
    return any(root.joinpath("var/lib/dpkg/updates").glob("[0-9]*"))


def probe_upgrade(run: Runner) -> Upgrade:
    """What an upgrade would do now. Raises `CommandError` with what apt complains of."""
    result = run(apt_argv.simulate_upgrade(), check=False)
    if result.code != 0:
        said = [m for m in parse_messages(result.stderr) if m.severity is Severity.ERROR]
        message = f"ended with {result.code}"
        unsaid = Problem("command-failed", " ".join(result.argv), message)
        raise CommandError([m.problem() for m in said] or [unsaid])
    return parse_simulation(result.stdout)


def parse_simulation(text: str) -> Upgrade:
    """What `apt-get --simulate` prints, apt-get(8)."""
    changes: dict[str, PackageChange] = {}
    for line in text.splitlines():
        if found := _INSTALL.fullmatch(line):
            name = found["name"]
            changes[name] = PackageChange.between(name, found["old"], found["new"])
        elif found := _REMOVE.fullmatch(line):
            name = found["name"]
            changes[name] = PackageChange.between(name, found["old"], None)
    return Upgrade(changes=tuple(changes.values()), kept_back=_kept_back(text))


def _kept_back(text: str) -> tuple[str, ...]:
    names: list[str] = []
    is_list = False
    for line in text.splitlines():
        if is_list and line.startswith("  "):
            names += line.split()
        is_list = line == _KEPT_BACK or (is_list and line.startswith("  "))
    return tuple(names)


def probe_set_aside(root: Path = Path("/")) -> frozenset[str]:
    """New versions of configuration files that lie beside those that somebody has changed."""
    return frozenset(
        f"/{path.relative_to(root)}"
        for path in root.joinpath("etc").rglob("*")
        if path.name.endswith(_SET_ASIDE)
    )


def probe_reboot_wish(root: Path = Path("/")) -> tuple[str, ...] | None:
    """Packages that want the host to be restarted, as they noted it; `None` if none does."""
    note = root / "run/reboot-required"
    if not note.exists():
        return None
    packages = note.with_name("reboot-required.pkgs")
    lines = packages.read_text().split() if packages.exists() else []
    return tuple(dict.fromkeys(lines))
