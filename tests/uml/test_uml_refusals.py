"""What must not be installed is refused by the real command, and no disk changes by a single bit.

The quick half of `tests/vm/test_refusals.py`: all that needs no ZFS. The machine has no network
card and may lack programs, which is refused too; every row must name that beside its own problems.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from bedplate.errors import ExitCode
from bedplate.lab.answer import plan_answer
from bedplate.lab.machine import Disk
from bedplate.units import GIB, MIB
from tests.support.checksum import image_checksum
from tests.support.uml import Uml
from tests.support.vm import PASSWORD

SCENARIO = "tests/uml/scenarios/refusals.py"
SIZES = {
    "fit": 9 * GIB,
    "twin": 9 * GIB,
    "tiny": 1536 * MIB,
    "small": 4 * GIB,
    "large": 12 * GIB,
    "mounted": 9 * GIB,
    "swap": 9 * GIB,
    "guests": 9 * GIB,
}
NAMES = {name: f"scsi-0BEDPLATE_ubd{chr(ord('a') + i)}" for i, name in enumerate(SIZES)}
EVERYTHING = ("large", "tiny", "mounted", "swap", "guests")


@dataclass(frozen=True, slots=True)
class Row:
    """A command and how it must end. `problems` name a disk by its key in `SIZES`."""

    problems: tuple[tuple[str, str], ...]
    layout: str = "lvm-thin"
    disks: tuple[str, ...] = ("fit",)
    code: int = ExitCode.REFUSED
    extra: str = ""
    prefix: str = ""
    missing: str = ""

    def order(self) -> dict[str, str]:
        """The row as the scenario wants it."""
        chosen = [Disk(path=Path("/"), serial=NAMES[name]) for name in self.disks]
        answer = plan_answer("host", self.layout, chosen, (), PASSWORD).reveal() + self.extra
        tool = f"$(command -v {self.missing})" if self.missing else ""
        return {
            "answer": answer.replace("scsi-0QEMU_QEMU_HARDDISK_", ""),
            "prefix": self.prefix,
            "before": f"echo {tool} >/run/tool; mv {tool} /run/away" if tool else "true",
            "after": "mv /run/away $(cat /run/tool)" if tool else "true",
        }


ROWS = {
    "tiny": Row((("disk-too-small", "tiny"),), disks=("tiny",)),
    "tiny, accepted": Row(
        (("disk-too-small", "tiny"),), disks=("tiny",), extra="accept-small-disk = true\n"
    ),
    "small": Row((("disk-small", "small"),), disks=("small",)),
    "small, accepted": Row((), disks=("small",), extra="accept-small-disk = true\n"),
    "unequal": Row((("disk-unequal", "large"),), "zfs-mirror", ("fit", "large")),
    "mounted": Row((("disk-in-use", "mounted"),), disks=("mounted",)),
    # These are taken apart, once there is nothing else to refuse.
    "swap": Row((), disks=("swap",)),
    "volume group": Row((), disks=("guests",)),
    "everything": Row(
        (
            ("disk-unequal", "tiny"),
            ("disk-unequal", "mounted"),
            ("disk-unequal", "swap"),
            ("disk-unequal", "guests"),
            ("disk-too-small", "tiny"),
            ("disk-in-use", "mounted"),
        ),
        "zfs-mirror",
        EVERYTHING,
    ),
    "tool": Row((("tool-missing", "sfdisk"),), missing="sfdisk"),
}
# These end before the machine is looked at, or while it is.
EARLY = {
    "not root": Row(
        (("not-root", "bedplate"),), prefix="setpriv --reuid=65534 --regid=65534 --clear-groups"
    ),
    "no layout": Row((("unknown-layout", "disk-setup.layout"),), "no-such", code=ExitCode.USAGE),
    "too many": Row(
        (("disk-count", "disk-setup.disk-list"),), disks=("fit", "twin"), code=ExitCode.USAGE
    ),
    "no toml": Row((("broken-toml", "line 14, column 8"),), extra="[global\n", code=ExitCode.USAGE),
    "wrong answers": Row(
        (
            ("unknown-key", "disk-setup.colour"),
            ("disk-count", "disk-setup.disk-list"),
            ("unknown-key", "global.x"),
        ),
        "zfs-mirror",
        extra="colour = 1\n[global.x]\n",
        code=ExitCode.USAGE,
    ),
    "no wipefs": Row((("tool-missing", "wipefs"),), missing="wipefs", code=ExitCode.FAILED),
}
FIT = {"lvm-thin": Row(()), "zfs-mirror": Row((), "zfs-mirror", ("fit", "twin"))}


def test_what_cannot_be_installed_is_refused_and_nothing_is_written(
    uml: Uml, tmp_path: Path
) -> None:
    images = {name: uml.add_disk(size) for name, size in SIZES.items()}
    env = {name: f"/dev/disk/by-id/{NAMES[name]}" for name in SIZES}
    uml.run_python(SCENARIO, "prepare", env=env)
    before = {name: image_checksum(image) for name, image in images.items()}
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps({k: r.order() for k, r in (FIT | ROWS | EARLY).items()}))
    result = uml.run_python(SCENARIO, "refuse", str(rows), env=env, deadline=300)
    assert {name: image_checksum(image) for name, image in images.items()} == before
    endings = json.loads((result.out / "endings.json").read_text())
    ambient = {layout: endings[layout]["problems"] for layout in FIT}
    for problems in ambient.values():
        assert {code for code, _ in problems} <= {"nic-missing", "tool-missing"}
        assert ["nic-missing", "network"] in problems
    told = {name: (endings[name]["code"], sorted(endings[name]["problems"])) for name in ROWS}
    assert told == {
        name: (row.code, sorted([*_named(row), *ambient[row.layout]])) for name, row in ROWS.items()
    }
    early = {name: (endings[name]["code"], endings[name]["problems"]) for name in EARLY}
    assert early == {name: (row.code, _named(row)) for name, row in EARLY.items()}


def _named(row: Row) -> list[list[str]]:
    return [[code, NAMES.get(where, where)] for code, where in row.problems]


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_names_disks_that_are_there(row: Row) -> None:
    assert set(row.disks) <= set(SIZES)
