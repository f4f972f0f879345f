"""What must not be installed is refused by the real command, and no disk changes by a single bit.

One live machine under BIOS has disks of every unfit kind. Each row is one `bedplate install` in it,
by its exit code and by all the problems that it names. The texts themselves are goldens, and what
needs neither ZFS nor images is in `tests/uml/test_uml_refusals.py`, where it is quicker.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from bedplate.errors import ExitCode
from bedplate.lab.answer import plan_answer
from bedplate.lab.disks import create_disk
from bedplate.lab.machine import Disk
from bedplate.lab.provision import IMAGES
from bedplate.lab.vm import Machine
from bedplate.model.artefacts import BASE, DELTA, STREAM
from bedplate.model.facts import FirmwareKind
from bedplate.run import run
from bedplate.units import GIB, MIB
from tests.support.checksum import image_checksum
from tests.support.vm import PASSWORD, VmLab

pytestmark = pytest.mark.xdist_group("refusals")  # one machine for all

ANSWER = "/run/answer.toml"
FACTS = "/run/facts.json"
DAMAGED = "/run/damaged"
MEDIUM = "/run/medium"
PROBLEM = re.compile(r"(?:refused|error)\[(?P<code>\S+)\] (?P<where>.+?): ")

# The first disk, by its serial, is also how the row of a table names it.
SIZES = {
    "tiny": 1536 * MIB,
    "one": 9 * GIB,
    "two": 9 * GIB,
    "large": 12 * GIB,
    "native4k": 9 * GIB,
    "mounted": 9 * GIB,
    "swap": 9 * GIB,
    "tank1": 9 * GIB,
    "tank2": 9 * GIB,
    "guests": 9 * GIB,
}

# Read-only where it can be had, so that only an installer could change these disks.
USES = (
    f"mkdir {MEDIUM} && mount -o ro {{medium}} {MEDIUM}",
    "mkfs.ext4 -q {mounted} && mkdir /run/data && mount -o ro {mounted} /run/data",
    "sysctl -qw vm.swappiness=0 && mkswap {swap} && swapon {swap}",
    "zpool create -f -O mountpoint=none tank mirror {tank1} {tank2} && zpool export tank "
    "&& zpool import -o readonly=on -d /dev/disk/by-id tank",
    "pvcreate -q {guests} && vgcreate -q guests {guests} && lvcreate -q -L 1G -n data guests",
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a command went: its exit code, and the problems on its standard error."""

    code: int
    problems: tuple[tuple[str, str], ...]


class Refuser:
    """The machine, its disks, and the images of its disks on this side."""

    def __init__(self, machine: Machine, disks: Mapping[str, Disk]) -> None:
        self.machine = machine
        self.disks = disks

    def checksums(self) -> dict[str, str]:
        """Of all disks, once the machine has written out what it holds."""
        self.machine.succeed("sync")
        return {name: image_checksum(disk.path) for name, disk in self.disks.items()}

    def give_answer(self, layout: str, names: Sequence[str], extra: str = "") -> None:
        """Put an answer file for these disks in its place."""
        chosen = [self.disks[name] for name in names]
        text = plan_answer("host", layout, chosen, (), PASSWORD).reveal() + extra
        self.machine.console.send_file(text.encode(), ANSWER, mode=0o644)

    def call(self, command: str) -> Ending:
        """Run a command; it may show no traceback."""
        code, _ = self.machine.console.execute(f"{command} >/run/out 2>/run/err")
        said = self.machine.succeed("cat /run/err")
        assert "Traceback" not in said
        assert "this is a bug" not in said
        lines = [line for line in said.splitlines() if line and not line.startswith("    hint: ")]
        found = [(line, PROBLEM.match(line)) for line in lines]
        assert [line for line, match in found if match is None] == []
        return Ending(code, tuple((m["code"], m["where"]) for _, m in found if m))

    def named(self, problems: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Problems with the disks in them by their full names."""
        return tuple(
            (code, self.disks[where].by_id if where in self.disks else where)
            for code, where in problems
        )


@pytest.fixture(scope="module")
def refuser(vm_lab: VmLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refuser]:
    folder = tmp_path_factory.mktemp("refusals")
    disks = {name: _make(folder, name, size) for name, size in SIZES.items()}
    disks["medium"] = _make_dying_medium(folder, vm_lab.images.folder / STREAM)
    with vm_lab.live(folder, tuple(disks.values()), firmware=FirmwareKind.BIOS) as machine:
        nodes = {name: f"/dev/disk/by-id/{disk.by_id}" for name, disk in disks.items()}
        for use in USES:
            machine.succeed(use.format_map(nodes))
        machine.succeed("udevadm settle")
        yield Refuser(machine, disks)
    for disk in disks.values():
        disk.path.unlink()


def _make(folder: Path, name: str, size_bytes: int) -> Disk:
    sector_size: Literal[512, 4096] = 4096 if name == "native4k" else 512
    path = folder / f"{name}.raw"
    return create_disk(
        Disk(path=path, serial=name, sector_size=sector_size, format="raw"), size_bytes
    )


def _make_dying_medium(folder: Path, stream: Path) -> Disk:
    """A disk with the base system's stream on it, of which one bit is not what it was."""
    files = folder / "files"
    files.mkdir()
    shutil.copyfile(stream, files / STREAM)
    with (files / STREAM).open("r+b") as file:
        file.seek(stream.stat().st_size * 2 // 3)
        (byte,) = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    medium = _make(folder, "medium", GIB)
    run(["mkfs.ext4", "-q", "-d", files, medium.path])
    shutil.rmtree(files)
    return medium


def test_a_fit_pair_of_disks_is_not_refused(refuser: Refuser) -> None:
    refuser.give_answer("zfs-mirror", ["one", "two"])
    assert refuser.call(f"bedplate plan {ANSWER}") == Ending(ExitCode.OK, ())


@pytest.mark.parametrize(
    ("layout", "names", "problems"),
    [
        ("lvm-thin", ["native4k"], [("4kn-bios", "native4k")]),
        (
            "zfs-mirror",
            ["one", "tank1"],
            [("disk-in-use", "tank1"), ("disk-shared", "pool tank")],
        ),
        (
            "zfs-mirror",
            ["native4k", "tiny", "large", "mounted", "swap", "tank2", "guests"],
            [
                ("disk-unequal", "tiny"),
                ("disk-unequal", "large"),
                ("4kn-bios", "native4k"),
                ("disk-too-small", "tiny"),
                ("disk-in-use", "mounted"),
                ("disk-in-use", "tank2"),
                ("disk-shared", "pool tank"),
            ],
        ),
    ],
    ids=["4Kn-under-BIOS", "imported-pool", "all-at-once"],
)
def test_unfit_disks_are_refused(
    refuser: Refuser, layout: str, names: list[str], problems: list[tuple[str, str]]
) -> None:
    refuser.give_answer(layout, names)
    before = refuser.checksums()
    ending = refuser.call(f"bedplate install {ANSWER} --yes")
    assert sorted(ending.problems) == sorted(refuser.named(problems))
    assert ending.code == ExitCode.REFUSED
    assert refuser.checksums() == before


@pytest.mark.parametrize(
    ("damage", "layout", "code", "file", "problem"),
    [
        (f"ln -s {MEDIUM}/{STREAM} .", "zfs-mirror", 3, STREAM, "artefact-damaged"),
        (f"ln -s {IMAGES}/{STREAM} .", "zfs-mirror", 3, DELTA, "artefact-missing"),
        (f"head -c 1000000 {IMAGES}/{BASE} >{BASE}", "lvm-mirror", 3, BASE, "artefact-damaged"),
        ("true", "lvm-mirror", 3, BASE, "artefact-missing"),
        (
            "sed -i s/amd64/amd65/ manifest.json",
            "zfs-mirror",
            3,
            "manifest.json",
            "manifest-damaged",
        ),
        ("rm manifest.json", "zfs-mirror", 2, "manifest.json", "manifest-unreadable"),
    ],
    ids=["one-bit", "no-delta", "cut-short", "missing", "changed-manifest", "no-manifest"],
)
def test_damaged_images_are_refused(
    refuser: Refuser, damage: str, layout: str, code: int, file: str, problem: str
) -> None:
    machine = refuser.machine
    machine.succeed(f"rm -rf {DAMAGED} && mkdir {DAMAGED} && cp {IMAGES}/manifest.json {DAMAGED}")
    machine.succeed(f"cd {DAMAGED} && {damage}")
    refuser.give_answer(layout, ["one", "two"])
    before = refuser.checksums()
    ending = refuser.call(f"bedplate install {ANSWER} --yes --images {DAMAGED}")
    assert ending == Ending(code, ((problem, f"{DAMAGED}/{file}"),))
    assert refuser.checksums() == before


@pytest.mark.parametrize(
    ("options", "code", "problem"),
    [
        ("", 3, ("not-confirmed", "install")),
        (f"--yes --facts-must-match {FACTS}", 3, ("facts-differ", FACTS)),
        ("--yes --events /run/no/such", 2, ("events-unusable", "/run/no/such")),
    ],
    ids=["nobody-says-yes", "another-machine", "no-events"],
)
def test_what_is_called_wrongly_is_refused(
    refuser: Refuser, options: str, code: int, problem: tuple[str, str]
) -> None:
    if FACTS in options:
        refuser.machine.succeed(f"bedplate facts --save {FACTS}")
        refuser.machine.succeed(f"sed -i s/{refuser.disks['one'].by_id}/other/ {FACTS}")
    refuser.give_answer("zfs-mirror", ["one", "two"])
    before = refuser.checksums()
    assert refuser.call(f"bedplate install {ANSWER} {options}") == Ending(code, (problem,))
    assert refuser.checksums() == before


def test_every_tool_that_is_missing_is_named_before_anything_is_written(refuser: Refuser) -> None:
    tools = ("sfdisk", "unsquashfs", "zpool")
    refuser.give_answer("zfs-mirror", ["one", "two"])
    before = refuser.checksums()
    paths = [refuser.machine.succeed(f"command -v {tool}").strip() for tool in tools]
    refuser.machine.succeed(" && ".join(f"mv {path} {path}.away" for path in paths))
    try:
        ending = refuser.call(f"bedplate install {ANSWER} --yes")
    finally:
        refuser.machine.succeed(" && ".join(f"mv {path}.away {path}" for path in paths))
    assert ending == Ending(ExitCode.REFUSED, tuple(("tool-missing", tool) for tool in tools))
    assert refuser.checksums() == before
