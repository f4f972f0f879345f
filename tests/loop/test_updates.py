"""A host is brought up to date from a signed archive: apt and dpkg themselves, in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from bedplate.cli.repo_updating import How, Updated, update, upgrade
from bedplate.errors import CommandError, Problem, RefusedError
from bedplate.model.diagnosis import Diagnosis
from tests.support.apt_host import AptHost
from tests.support.archive import Archive, Package, Served, SigningKey, served, signing_keys

CONF = "/etc/hello.conf"
OLD = Package(
    "hello",
    "1.0",
    files={CONF: "old\n", "/usr/share/hello/a": "old\n", "DEBIAN/conffiles": f"{CONF}\n"},
)
NEW = Package("hello", "1.1", files={**OLD.files, CONF: "new\n", "/usr/share/hello/a": "new\n"})
HEALTHY = Diagnosis(disks=(), problems=())


@dataclass(slots=True)
class Scene:
    """A host with `hello` in version 1.0, and the archive that it is from."""

    archive: Archive
    server: Served
    keys: tuple[SigningKey, SigningKey]
    apt: AptHost
    looks: list[str] = field(default_factory=list)

    @property
    def host(self) -> Updated:
        def examine() -> Diagnosis:
            self.looks.append("esps")
            return HEALTHY

        return Updated(run=self.apt.run, root=self.apt.root, examine=examine)

    def publish(self, *packages: Package, wrong_key: bool = False, **how: datetime) -> None:
        self.archive.publish(self.keys[wrong_key], components={"main": packages}, **how)  # type: ignore[arg-type]

    def update(self, *, as_json: bool = False) -> None:
        update(self.host, as_json=as_json)

    def upgrade(
        self, *, dry_run: bool = False, as_json: bool = False, yes: bool = True, force: bool = False
    ) -> None:
        upgrade(self.host, How(dry_run, as_json, yes, force))

    def version(self, name: str = "hello") -> str:
        shown = self.apt.run(["dpkg-query", "--show", "--showformat=${Version}", name], check=False)
        return shown.stdout

    def text(self, path: str) -> str:
        return (self.apt.root / path[1:]).read_text()

    def install(self, *names: str) -> None:
        self.apt.run(["apt-get", "install", "--yes", *names])


@pytest.fixture(scope="module")
def keys() -> Iterator[tuple[SigningKey, SigningKey]]:
    with signing_keys() as make_key:
        yield make_key("right"), make_key("wrong")


@pytest.fixture
def scene(tmp_path: Path, keys: tuple[SigningKey, SigningKey]) -> Iterator[Scene]:
    archive = Archive(tmp_path / "archive")
    archive.root.mkdir()
    with ExitStack() as stack:
        server = stack.enter_context(served(archive.root))
        made = Scene(archive, server, keys, AptHost(tmp_path / "host").make())
        made.apt.add_source(f"deb [signed-by={{}}] {server.url} trixie main", keys[0].public)
        made.publish(OLD)
        made.apt.run(["apt-get", "update"])
        made.install("hello")
        yield made


def test_a_host_is_brought_up_to_date_once(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.publish(NEW)
    scene.update()
    assert "Packages: 1 to upgrade." in capsys.readouterr().out.splitlines()
    scene.upgrade()
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "upgrade    hello  1.0 -> 1.1"
    assert said[-3:-1] == ["upgrade    hello  1.0 -> 1.1", "No restart is due."]
    assert (scene.version(), scene.text("/usr/share/hello/a")) == ("1.1", "new\n")
    assert scene.looks == ["esps"]

    scene.upgrade()
    assert capsys.readouterr().out == "Every package is up to date: nothing to do.\n"
    assert scene.looks == ["esps"]


def test_a_plan_changes_nothing(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.publish(NEW)
    scene.update(as_json=True)
    change = {"name": "hello", "kind": "upgrade", "old": "1.0", "new": "1.1"}
    planned = {"changes": [change], "kept_back": []}
    assert json.loads(capsys.readouterr().out) == {"warnings": [], "upgrade": planned}
    scene.upgrade(as_json=True, yes=False)
    assert json.loads(capsys.readouterr().out) == {"upgrade": planned}
    scene.upgrade(dry_run=True)
    assert capsys.readouterr().out.startswith("upgrade    hello  1.0 -> 1.1\n")
    assert scene.version() == "1.0"

    scene.upgrade(as_json=True)
    assert json.loads(capsys.readouterr().out) == {
        "upgrade": planned,
        "changed": [change],
        "reboot": [],
        "set_aside": [],
        "diagnosis": HEALTHY.model_dump(mode="json"),
    }


def test_nobody_there_to_agree_means_no(scene: Scene) -> None:
    scene.publish(NEW)
    scene.update()
    with pytest.raises(RefusedError, match="nobody is there to confirm"):
        scene.upgrade(yes=False)
    assert scene.version() == "1.0"


def test_a_file_that_was_changed_here_stays(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    (scene.apt.root / CONF[1:]).write_text("mine\n")
    scene.publish(NEW)
    scene.update()
    scene.upgrade()
    assert (scene.text(CONF), scene.text(f"{CONF}.dpkg-dist")) == ("mine\n", "new\n")
    assert f"lies beside it: {CONF}.dpkg-dist\n" in capsys.readouterr().out


def test_a_file_that_nobody_changed_becomes_the_new_one(scene: Scene) -> None:
    scene.publish(NEW)
    scene.update()
    scene.upgrade()
    assert scene.text(CONF) == "new\n"


def test_what_the_host_stands_on_is_not_removed_unless_somebody_insists(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.publish(OLD, Package("proxmox-ve", "8.0"))
    scene.update()
    scene.install("proxmox-ve")
    scene.publish(Package("hello", "1.1", fields={"Conflicts": "proxmox-ve"}))
    scene.update()
    with pytest.raises(RefusedError, match="proxmox-ve: would be removed, and is what makes it a"):
        scene.upgrade()
    capsys.readouterr()
    with pytest.raises(RefusedError):
        scene.upgrade(as_json=True, yes=False)
    assert capsys.readouterr().out == ""
    assert (scene.version(), scene.version("proxmox-ve")) == ("1.0", "8.0")
    scene.upgrade(force=True)
    assert scene.version() == "1.1"
    assert "installed" not in scene.apt.run(["dpkg-query", "--list", "proxmox-ve"]).stdout


def test_a_package_that_is_not_what_was_signed_for_is_not_installed(scene: Scene) -> None:
    scene.publish(NEW)
    scene.update()
    (package,) = scene.archive.root.rglob("hello_1.1_all.deb")
    package.write_bytes(package.read_bytes()[:-1] + b"x")
    with pytest.raises(CommandError) as failure:
        scene.upgrade()
    assert {problem.code for problem in failure.value.problems} >= {"tampered"}
    assert (scene.version(), scene.text("/usr/share/hello/a")) == ("1.0", "old\n")


def test_what_dpkg_has_not_finished_is_named_and_nothing_is_begun(scene: Scene) -> None:
    scene.publish(NEW, Package("broken", "1.0"))
    scene.update()
    (deb,) = scene.archive.root.rglob("broken_1.0_all.deb")
    scene.apt.run(["dpkg", f"--root={scene.apt.root}", "--unpack", deb])
    with pytest.raises(RefusedError) as refusal:
        scene.upgrade()
    (problem,) = refusal.value.problems
    assert (problem.code, problem.message) == ("dpkg-unfinished", "has not finished with broken")
    assert "dpkg --configure -a" in problem.hint
    scene.apt.run(["dpkg", f"--root={scene.apt.root}", "--configure", "-a"])
    scene.upgrade()
    assert scene.version() == "1.1"


def test_dpkg_ended_in_the_middle_is_named(scene: Scene) -> None:
    (scene.apt.root / "var/lib/dpkg/updates/0001").write_text("")
    with pytest.raises(RefusedError, match="was ended in the middle of its work"):
        scene.upgrade()


def test_a_failure_while_installing_names_the_package_and_what_to_do(scene: Scene) -> None:
    # In a folder, dpkg looks for the script's shell inside, and does not find one.
    scene.publish(Package("hello", "1.1", scripts={"postinst": "#!/bin/sh\nexit 0\n"}))
    scene.update()
    with pytest.raises(CommandError) as failure:
        scene.upgrade()
    problems = {problem.code: problem for problem in failure.value.problems}
    assert list(problems) == ["package-failed", "dpkg-failed", "dpkg-unfinished"]
    assert problems["package-failed"].where == "hello"
    assert "/var/log/apt/term.log" in problems["package-failed"].hint
    assert problems["dpkg-unfinished"].message == "has not finished with hello"


LONG_AGO = {
    "date": datetime(2020, 1, 1, tzinfo=UTC),
    "valid_until": datetime(2020, 1, 8, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("wrong_key", "how", "code"),
    [
        (True, {}, "no-key"),
        (False, LONG_AGO, "expired"),
        (False, {"date": datetime.now(UTC) + timedelta(days=2)}, "from-the-future"),
    ],
    ids=["wrong-key", "expired", "future"],
)
def test_lists_that_cannot_be_trusted_are_named(
    scene: Scene, wrong_key: bool, how: dict[str, datetime], code: str
) -> None:
    scene.publish(NEW, wrong_key=wrong_key, **how)
    with pytest.raises(CommandError) as failure:
        scene.update()
    assert code in {problem.code for problem in failure.value.problems}
    assert scene.version() == "1.0"


def test_an_archive_that_is_gone_is_an_error(scene: Scene) -> None:
    for path in sorted(scene.archive.suite("trixie").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    with pytest.raises(CommandError) as failure:
        scene.update()
    assert [problem.code for problem in failure.value.problems] == ["not-there"]


def test_a_kernel_that_is_newer_than_the_running_one_asks_for_a_restart(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    boot = scene.apt.root / "boot"
    boot.mkdir()
    (scene.apt.root / "proc/sys/kernel").mkdir(parents=True)
    (scene.apt.root / "proc/sys/kernel/osrelease").write_text("6.12.1-amd64\n")
    for version in ("6.12.1-amd64", "6.12.9-amd64"):
        (boot / f"vmlinuz-{version}").write_text("kernel")
        (boot / f"initrd.img-{version}").write_text("initramfs")
    scene.publish(NEW)
    scene.update()
    scene.upgrade()
    scene.upgrade()
    due = "A restart is due: the kernel 6.12.1-amd64 runs, and 6.12.9-amd64 would start."
    # As long as it is due, also where there is nothing to upgrade.
    assert capsys.readouterr().out.splitlines().count(due) == 2


def test_a_boot_disk_that_needs_something_is_said_by_the_exit_code(scene: Scene) -> None:
    scene.publish(NEW)
    scene.update()
    ill = Diagnosis(disks=(), problems=(Problem("pool-degraded", "rpool", "is DEGRADED"),))
    host = Updated(run=scene.apt.run, root=scene.apt.root, examine=lambda: ill)
    with pytest.raises(typer.Exit) as ending:
        upgrade(host, How(yes=True))
    assert ending.value.exit_code == 4
