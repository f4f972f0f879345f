"""The package, really built: what is in it and what it asks for."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bedplate.image.deb import build_deb
from bedplate.run import run

ROOT = Path(__file__).parents[2]
# What other programs call, and the guard in the place of one of them.
HOOKS = {
    "/etc/grub.d/000_bedplate",
    "/etc/initramfs/post-update.d/zz-bedplate",
    "/etc/kernel/postinst.d/zz-bedplate",
    "/etc/kernel/postrm.d/zz-bedplate",
    "/etc/mdadm/mdadm.conf.d/bedplate.conf",
    "/etc/smartmontools/run.d/20bedplate",
    "/etc/zfs/zed.d/statechange-bedplate.sh",
    "/usr/lib/systemd/system/bedplate-auto-replace.service",
    "/usr/lib/systemd/system/bedplate-boot-done.service",
    "/usr/lib/systemd/system/bedplate-doctor.path",
    "/usr/lib/systemd/system/bedplate-doctor.service",
    "/usr/lib/systemd/system/bedplate-doctor.timer",
    "/usr/lib/systemd/system/bedplate-esp-sync.service",
    "/usr/lib/systemd/system/bedplate-first-boot-before-network.service",
    "/usr/lib/systemd/system/bedplate-first-boot-fully-up.service",
    "/usr/lib/systemd/system/bedplate-first-boot-network-online.service",
    "/usr/lib/systemd/system/bedplate-metrics.service",
    "/usr/lib/systemd/system/bedplate-metrics.timer",
    "/usr/lib/systemd/system/bedplate-net-restore.service",
    "/usr/lib/systemd/system/bedplate-net-trial.service",
    "/usr/lib/systemd/system/multi-user.target.wants/bedplate-first-boot-fully-up.service",
    "/usr/lib/systemd/system/multi-user.target.wants/bedplate-first-boot-network-online.service",
    "/usr/lib/systemd/system/networking.service.d/50-bedplate.conf",
    "/usr/lib/systemd/system/networking.service.wants/bedplate-first-boot-before-network.service",
    "/usr/lib/systemd/system/multi-user.target.wants/bedplate-boot-done.service",
    "/usr/lib/systemd/system/networking.service.wants/bedplate-net-restore.service",
    "/usr/lib/systemd/system/paths.target.wants/bedplate-doctor.path",
    "/usr/lib/systemd/system/postfix.service.d/50-bedplate.conf",
    "/usr/lib/systemd/system/timers.target.wants/bedplate-doctor.timer",
    "/usr/lib/systemd/system/timers.target.wants/bedplate-metrics.timer",
    "/usr/lib/udev/rules.d/95-bedplate.rules",
    "/usr/sbin/grub-install",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """bedplate's package as Debian would build it: without the component for Debian 12."""
    return build_deb(ROOT, None, tmp_path_factory.mktemp("deb"), run)


@pytest.fixture(scope="module")
def paths(package: Path) -> set[str]:
    """Every path in the package that is not a folder, from its root."""
    listing = run(["dpkg-deb", "--contents", package]).stdout.splitlines()
    names = {line.split()[5].removeprefix(".") for line in listing}
    return {name for name in names if not name.endswith("/")}


def test_every_source_file_is_in_the_package(paths: set[str]) -> None:
    modules = {
        f"/usr/lib/bedplate/{path.relative_to(ROOT / 'installer')}"
        for path in (ROOT / "installer" / "bedplate").rglob("*.py")
    }
    layouts = {f"/usr/share/bedplate/layouts/{p.name}" for p in (ROOT / "layouts").glob("*.toml")}
    assert modules
    assert layouts
    assert modules | layouts <= paths
    assert "/usr/bin/bedplate" in paths


def test_blkinfo_is_carried_for_us_alone(paths: set[str]) -> None:
    carried = {path for path in paths if "blkinfo" in path}
    folder = "/usr/lib/bedplate/vendor/blkinfo"
    names = ("__init__", "diskstats", "errors", "filters", "wrappers")
    assert carried == {f"{folder}/{name}.py" for name in names}


def test_nothing_is_installed_where_other_programs_would_find_it(paths: set[str]) -> None:
    own = re.compile(
        r"/usr/(bin/bedplate$|(lib|share)/bedplate/|share/doc/bedplate/|share/man/man1/bedplate"
        r"|share/lintian/overrides/bedplate$|share/python3/runtime.d/bedplate.rtupdate$)"
    )
    assert {path for path in paths if not own.match(path)} == HOOKS


def test_hooks_can_be_called(package: Path, tmp_path: Path) -> None:
    run(["dpkg-deb", "--extract", package, tmp_path])
    data = (".service", ".timer", ".path", ".rules", ".conf")
    scripts = [path for path in HOOKS if not path.endswith(data)]
    called = [
        *scripts,
        *(f"/usr/lib/bedplate/hooks/{name}" for name in ("esp-sync", "storage-event")),
    ]
    assert [os.access(tmp_path / path[1:], os.X_OK) for path in called] == [True] * len(called)


def test_no_disk_is_replaced_by_itself_unless_somebody_says_so(
    package: Path, tmp_path: Path
) -> None:
    run(["dpkg-deb", "--control", package, tmp_path])
    scripts = [path.read_text() for path in tmp_path.glob("*inst")]
    assert scripts
    assert not any("auto-replace" in text for text in scripts)


def test_no_bytecode_and_no_compiled_module_is_shipped(paths: set[str]) -> None:
    assert {path for path in paths if path.endswith((".pyc", ".so"))} == set()


def test_its_modules_are_compiled_on_the_machine(package: Path, tmp_path: Path) -> None:
    run(["dpkg-deb", "--control", package, tmp_path / "control"])
    assert (
        "py3compile -p bedplate:amd64 /usr/lib/bedplate\n"
        in (tmp_path / "control" / "postinst").read_text()
    )
