"""What dpkg and apt say of packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import CommandError, FactsError
from bedplate.facts.packages import (
    parse_packages,
    parse_simulation,
    probe_reboot_wish,
    probe_set_aside,
    probe_upgrade,
    probe_was_interrupted,
)
from bedplate.model.updates import Kind, Package, PackageChange, Upgrade
from bedplate.run import Result

CAPTURES = Path(__file__).parents[2] / "captures"
REMOVED = ("gone", Kind.REMOVE, "1.0", None)
CHANGES = (
    REMOVED,
    ("extra", Kind.INSTALL, None, "0.5-2"),
    ("plain", Kind.UPGRADE, "1.0", "1.1"),
    ("hello", Kind.UPGRADE, "1:1.0-1+deb13u1", "1:1.1~rc1-1"),
    ("pinned", Kind.DOWNGRADE, "2.0", "1.5"),
)


@pytest.mark.parametrize("version", ["2.6.1", "3.0.4"])
def test_a_simulation_is_read(version: str) -> None:
    text = (CAPTURES / f"apt-get-simulate-{version}.txt").read_text()
    assert parse_simulation(text) == Upgrade(
        changes=tuple(
            PackageChange(name=name, kind=kind, old=old, new=new)
            for name, kind, old, new in CHANGES
        ),
        kept_back=("held", "stuck"),
    )


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("Inst a (1 O:s [all])", ("a", Kind.INSTALL, None, "1")),
        ("Inst libc6:i386 [1] (2 O:s [i386]) [x:amd64 ]", ("libc6:i386", Kind.UPGRADE, "1", "2")),
        ("Inst a [1] (2 O:s, P:t [amd64]) []", ("a", Kind.UPGRADE, "1", "2")),
        ("Inst a [1] (1 O:s [amd64])", ("a", Kind.UPGRADE, "1", "1")),
        ("Remv a [1]", ("a", Kind.REMOVE, "1", None)),
        ("Remv a [1] [b:amd64 ]", ("a", Kind.REMOVE, "1", None)),
        ("Purg a [1]", ("a", Kind.REMOVE, "1", None)),
        ("Conf a (1 O:s [all])", None),
        ("Installing a", None),
    ],
)
def test_lines_of_a_simulation(
    line: str, change: tuple[str, Kind, str | None, str | None] | None
) -> None:
    found = [(one.name, one.kind, one.old, one.new) for one in parse_simulation(line).changes]
    assert found == ([] if change is None else [change])


def test_nothing_to_do_is_nothing() -> None:
    text = "Calculating upgrade...\n0 upgraded, 0 newly installed, 0 to remove.\n"
    assert parse_simulation(text) == Upgrade()


def test_a_simulation_that_fails_says_what_apt_complains_of() -> None:
    def fail(argv: list[str], **_: object) -> Result:
        return Result(tuple(argv), 100, "", "E: Unmet dependencies. Try 'apt --fix-broken install'")

    with pytest.raises(CommandError) as failure:
        probe_upgrade(fail)  # type: ignore[arg-type]
    assert [problem.code for problem in failure.value.problems] == ["unmet-dependencies"]


@pytest.mark.parametrize(
    ("state", "is_there", "is_unfinished"),
    [
        ("ii ", True, False),
        ("hi ", True, False),
        ("rc ", False, False),
        ("un ", False, False),
        ("iU ", True, True),
        ("iF ", True, True),
        ("iH ", False, True),
        ("iW ", True, True),
        ("it ", True, True),
        ("iiR", True, True),
    ],
)
def test_states(state: str, is_there: bool, is_unfinished: bool) -> None:
    (package,) = parse_packages(f"a\t1\t{state}\n")
    assert package == Package(name="a", version="1", state=state)
    assert (package.is_there, package.is_unfinished) == (is_there, is_unfinished)


def test_a_line_that_makes_no_sense_is_said() -> None:
    with pytest.raises(FactsError, match="printed the line"):
        parse_packages("a 1 ii\n")


def test_what_lies_beside_configuration_files_is_found(tmp_path: Path) -> None:
    for name in ("etc/a.dpkg-dist", "etc/b/c.ucf-dist", "etc/d.dpkg-old", "etc/e"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert probe_set_aside(tmp_path) == {"/etc/a.dpkg-dist", "/etc/b/c.ucf-dist"}


def test_a_wish_for_a_restart_and_a_broken_off_dpkg_are_seen(tmp_path: Path) -> None:
    assert (probe_reboot_wish(tmp_path), probe_was_interrupted(tmp_path)) == (None, False)
    (tmp_path / "run").mkdir()
    (tmp_path / "run/reboot-required").touch()
    assert probe_reboot_wish(tmp_path) == ()
    (tmp_path / "run/reboot-required.pkgs").write_text("linux-base\nlibc6\nlinux-base\n")
    assert probe_reboot_wish(tmp_path) == ("linux-base", "libc6")
    updates = tmp_path / "var/lib/dpkg/updates"
    updates.mkdir(parents=True)
    (updates / "tmp.i").touch()
    assert not probe_was_interrupted(tmp_path)
    (updates / "0003").touch()
    assert probe_was_interrupted(tmp_path)
