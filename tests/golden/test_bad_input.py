"""Requests that must not be carried out, and how they end: exit code, then every reason at once.

Each layout is asked for with too few disks, too many, too small and unequal ones; the other cases
are rows. What an answer file or a snapshot is refused for comes before what a machine is. Cases on
recorded machines are in `refusals/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bedplate.config.answer import parse_answer
from bedplate.config.layouts import load_layout, load_layouts
from bedplate.errors import BedplateError
from bedplate.facts.saved import load_facts
from bedplate.model.facts import Facts, FirmwareKind
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.units import GIB
from tests.golden.test_layouts import machine
from tests.golden.test_plans import MANIFEST
from tests.support.golden import compare

HERE = Path(__file__).parent / "bad-input"
FINE = {
    "global.keyboard": '"de"',
    "global.country": '"at"',
    "global.fqdn": '"host.example.com"',
    "global.mailto": '"root@example.com"',
    "global.timezone": '"Europe/Vienna"',
    "global.root-password": '"correct horse"',
    "network.source": '"from-dhcp"',
}
SATA = {"disk-setup.filter.ID_BUS": '"ata"'}
EXT4 = {"disk-setup.filesystem": '"ext4"'}
ONE = EXT4 | {"disk-setup.disk-list": '["sda"]'}


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked for, and on how many disks; `sizes` are those that are not 200 GiB, in GiB."""

    asked: dict[str, str]
    disks: int = 4
    sizes: tuple[tuple[int, int], ...] = ()
    torn: Callable[[bytes], bytes] = lambda data: data


def zfs(raid: str, names: str) -> dict[str, str]:
    listed = ", ".join(f'"sd{name}"' for name in names)
    return {
        "disk-setup.filesystem": '"zfs"',
        "disk-setup.zfs.raid": f'"{raid}"',
        "disk-setup.disk-list": f"[{listed}]",
    }


def layout_cases() -> Iterator[tuple[str, Case]]:
    for layout in load_layouts():
        name, most = layout.name, layout.disks.maximum
        fewest = layout.disks.minimum
        asked = {"disk-setup.layout": f'"{name}"'}
        listed = ", ".join(f'"DISK_{number}"' for number in range(fewest))
        named = asked | {"disk-setup.disk-list": f"[{listed}]"}
        few = ", ".join(f'"DISK_{number}"' for number in range(fewest - 1))
        yield f"{name}-too-few", Case(asked | {"disk-setup.disk-list": f"[{few}]"})
        if fewest > 1:
            yield f"{name}-too-few-match", Case(asked | SATA, disks=fewest - 1)
        if most is not None:
            many = ", ".join(f'"DISK_{number}"' for number in range(most + 1))
            yield f"{name}-too-many", Case(asked | {"disk-setup.disk-list": f"[{many}]"})
        last = fewest - 1
        yield f"{name}-too-small", Case(named, disks=fewest, sizes=((0, 1), (last, 1)))
        if layout.disks.tolerance_percent is not None:
            yield f"{name}-unequal", Case(named, disks=fewest, sizes=((last, 150),))


ROWS: dict[str, Case] = {
    # --- how many, and which ---
    "raid10-of-five-named": Case(zfs("raid10", "abcde"), disks=6),
    "raid10-of-five-matched": Case(
        {"disk-setup.filesystem": '"zfs"', "disk-setup.zfs.raid": '"raid10"'} | SATA, disks=5
    ),
    "raid10-pairs-unequal": Case(zfs("raid10", "abcd"), sizes=((1, 100), (3, 150))),
    "raid1-of-one-matched": Case(
        {
            "disk-setup.filesystem": '"zfs"',
            "disk-setup.zfs.raid": '"raid1"',
            "disk-setup.select.max-size": "60",
        },
        sizes=((2, 50),),
    ),
    "filter-matches-nothing": Case(EXT4 | {"disk-setup.filter.ID_MODEL": '"SAMSUNG*"'}),
    "filter-all-needs-the-property": Case(
        EXT4
        | {"disk-setup.layout": '"lvm-thin"', "disk-setup.filter-match": '"all"'}
        | SATA
        | {"disk-setup.filter.ID_USB_DRIVER": '"usb-storage"'}
    ),
    "select-matches-nothing": Case(EXT4 | {"disk-setup.select.transport": '["nvme"]'}),
    "select-matches-too-much": Case(EXT4 | {"disk-setup.select.model": '"DISK*"'}),
    "select-counts-too-many": Case(
        zfs("raid1", "")
        | {"disk-setup.disk-list": "", "disk-setup.select.model": '"DISK*"'}
        | {"disk-setup.select.count": "2"}
    ),
    "select-counts-too-few": Case(
        {"disk-setup.layout": '"zfs-mirror"', "disk-setup.select.min-size": "100"}
        | {"disk-setup.select.at-least": "3"},
        sizes=((0, 50), (1, 50)),
    ),
    "no-such-disk": Case(zfs("raid1", "ax") | {"disk-setup.disk-list": '["DISK_0", "DISK_7"]'}),
    "one-disk-by-two-names": Case(
        zfs("raid1", "ab") | {"disk-setup.disk-list": '["DISK_0", "/dev/sda"]'}
    ),
    # --- sizes that do not fit ---
    "hdsize-above-the-smaller-disk": Case(
        zfs("raid1", "ab") | {"disk-setup.zfs.hdsize": "150"}, sizes=((1, 100),)
    ),
    "hdsize-above-every-disk": Case(ONE | {"disk-setup.lvm.hdsize": "500"}),
    "hdsize-below-eight": Case(ONE | {"disk-setup.lvm.hdsize": "4"}),
    "swap-above-half-the-disk": Case(ONE | {"disk-setup.lvm.swapsize": "120"}),
    "root-below-the-base": Case(ONE | {"disk-setup.lvm.maxroot": "1"}),
    "swap-leaves-no-root": Case(
        ONE | {"disk-setup.lvm.hdsize": "8", "disk-setup.lvm.swapsize": "4"}
        | {"disk-setup.lvm.maxroot": "0.5"}
    ),
    "ashift-below-the-sector": Case(zfs("raid1", "ab") | {"disk-setup.zfs.ashift": "8"}),
    # --- options that contradict each other ---
    "two-ways-to-choose": Case(ONE | SATA | {"disk-setup.select.count": "1"}),
    "two-passwords": Case(ONE | {"global.root-password-hashed": '"$6$salt$x"'}),
    "layout-and-other-filesystem": Case(ONE | {"disk-setup.layout": '"zfs-raidz1"'}),
    "layout-and-other-raid": Case(zfs("raid1", "ab") | {"disk-setup.layout": '"zfs-stripe"'}),
    "tables-of-other-filesystems": Case(
        ONE | {"disk-setup.zfs.ashift": "12", "disk-setup.btrfs.raid": '"raid1"'}
    ),
    "address-beside-dhcp": Case(ONE | {"network.cidr": '"192.0.2.7/24"'}),
    "address-without-the-rest": Case(ONE | {"network.source": '"from-answer"'}),
    "free-space-above-hdsize": Case(
        ONE | {"disk-setup.lvm.hdsize": "50", "disk-setup.lvm.minfree": "60"}
    ),
    "fewest-above-exactly": Case(
        EXT4 | {"disk-setup.select.model": '"DISK"'}
        | {"disk-setup.select.at-least": "3", "disk-setup.select.count": "2"}
    ),
    "repositories-of-other-releases": Case(
        ONE
        | {"repositories.enabled": '["debian", "ceph-reef-test"]'}
        | {
            "repositories.proxmox-key": '"xioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34l'
            'aM="'
        }
    ),
    # --- unknown keys and words ---
    "unknown-keys": Case(
        ONE
        | {"disk-setup.lvm.swap-size": "4", "disk-setup.disk-lst": '["sdb"]'}
        | {"global.root-pasword": '"correct horse"', "netwrok.dns": '"192.0.2.1"'}
    ),
    "unknown-words": Case(
        ONE
        | {"disk-setup.filesystem": '"ext3"', "global.keyboard": '"en"', "global.country": '"uk"'}
    ),
    "unknown-layout": Case(
        {"disk-setup.layout": '"zfs-miror"', "disk-setup.disk-list": '["sda", "sdb"]'}
    ),
    "values-of-other-types": Case(
        ONE | {"disk-setup.lvm.hdsize": '"50G"', "global.reboot-on-error": "1"}
        | {"disk-setup.accept-small-disk": '"yes"'}
    ),
    "everything-wrong-with-the-machine": Case(
        zfs("raid10", "abcdex") | {"disk-setup.zfs.hdsize": "150"}
        | {"network.filter.ID_NET_NAME_MAC": '"*001122334455"'},
        disks=5,
        sizes=((0, 1), (1, 100), (2, 4)),
    ),
    # --- saved machines ---
    "facts-truncated": Case(ONE, torn=lambda data: data[:500]),
    "facts-empty": Case(ONE, torn=lambda _: b""),
    "facts-of-another-version": Case(
        ONE, torn=lambda data: data.replace(b'"version":1', b'"version":2')
    ),
    "facts-without-a-version": Case(ONE, torn=lambda data: data.replace(b'"version":1,', b"")),
    "facts-of-something-else": Case(ONE, torn=lambda _: b'["disks"]'),
    "facts-with-wrong-values": Case(
        ONE,
        torn=lambda data: data.replace(b'"sector_size":512', b'"sector_size":"many"')
        .replace(b'"path":"/dev/sda",', b"")
        .replace(b'"memory_bytes"', b'"memory"'),
    ),
    "facts-not-text": Case(ONE, torn=lambda data: b"\xff\xfe" + data),
}  # fmt: skip
CASES = dict(layout_cases()) | ROWS


def facts_of(case: Case) -> Facts:
    """Blank disks of one model, with the bus that udev names."""
    facts = machine(case.disks, FirmwareKind.UEFI, 512)
    sizes = dict(case.sizes)
    disks = (
        disk.model_copy(
            update={
                "size_bytes": sizes.get(number, 200) * GIB,
                "properties": {"ID_BUS": "ata", "ID_MODEL": "DISK"},
            }
        )
        for number, disk in enumerate(facts.disks)
    )
    return facts.model_copy(update={"disks": tuple(disks)})


def ending(case: Case, saved: Path) -> str:
    """How `bedplate plan` would end."""
    values = {key: value for key, value in (FINE | case.asked).items() if value}
    text = "".join(f"{key} = {value}\n" for key, value in values.items())
    saved.write_bytes(case.torn(facts_of(case).model_dump_json().encode()))
    try:
        request = parse_answer(text.encode(), load_layouts())
        layout = load_layout(request.layout)
        plan_install(request, layout, load_facts(saved), MANIFEST, Ids(b"golden"))
    except BedplateError as error:
        lines = "".join(f"[{problem.code}] {problem}\n" for problem in error.problems)
        return f"exit code {error.exit_code:d}\n{lines}"
    return "planned\n"


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = ending(CASES[name], Path("facts.json"))
    assert ended != "planned\n"
    compare(HERE / f"{name}.txt", ended)


def test_no_golden_file_is_of_a_case_that_is_gone() -> None:
    assert {path.stem for path in HERE.iterdir()} == set(CASES)
