"""Networks as the installation and `bedplate net` write them, brought up by ifupdown2 itself.

It is Debian's own, unpacked into the machine's throw-away root. Cables, switches and guests are
made of network namespaces: see scenarios/wires.py.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bedplate.model.interfaces_file import parse_interfaces
from tests.support.uml import Uml
from tests.support.uml.ifupdown2 import with_ifupdown2
from tests.support.uml.machine import CHECKOUT
from tests.uml.scenarios.bring_up import CASES

SCENARIOS = "tests/uml/scenarios"
GOLDEN = CHECKOUT / "tests/golden/network"
CAPTURES = CHECKOUT / "tests/captures/interfaces"
# Templates need a library that is not here, VRFs and nonsense stop it, and what only the older
# ifupdown knows is an option of the stanza above for it, and for bedplate nothing of that.
BEYOND_IT = {"template", "switch", "nonsense", "laptop", "storage-cluster"}


def python(scenario: str, *words: str | Path) -> str:
    """A job that runs a scenario beside ifupdown2."""
    argv = shlex.join([sys.executable, f"{SCENARIOS}/{scenario}.py", *map(str, words)])
    return with_ifupdown2(f"exec {argv}")


@pytest.mark.parametrize("case", CASES)
def test_a_network_carries_packets_from_end_to_end(case: str, uml: Uml) -> None:
    uml.run_shell(python("bring_up", case), deadline=240)


def test_every_file_that_is_written_is_one_that_ifupdown2_takes(uml: Uml) -> None:
    files = sorted(GOLDEN.glob("*.interfaces"))
    assert found(uml, "errors", files) == {str(path): [] for path in files}


def test_files_of_others_are_read_as_ifupdown2_reads_them(uml: Uml) -> None:
    files = [path for path in sorted(CAPTURES.iterdir()) if path.name not in BEYOND_IT]
    assert found(uml, "options", files) == {str(path): understood(path) for path in files}


def found(uml: Uml, what: str, files: Sequence[Path]) -> object:
    """What ifupdown2 says of files."""
    result = uml.run_shell(python("check_files", what, *files), deadline=600)
    return json.loads((result.out / "found.json").read_text())


def understood(path: Path) -> dict[str, dict[str, list[str]]]:
    """What bedplate makes of a file, as ifupdown2 puts it."""
    found: dict[str, dict[str, list[str]]] = {}
    for section in parse_interfaces(path.read_bytes().decode()).sections:
        options = found.setdefault(section.name.partition(":")[0], {})
        for option in section.options:
            options.setdefault(option.key, []).append(option.value.replace("$IFACE", section.name))
    return found


def test_a_changed_network_goes_back_by_itself_and_a_right_one_stays(uml: Uml) -> None:
    result = uml.run_shell(python("net_trial"), deadline=600)
    told = json.loads((result.out / "told.json").read_text())
    assert told == {
        "the address of another network": "gateway",
        "a port that leads nowhere": "gateway",
        "no gateway": "gateway",
        "a bond of cards that are not there": "gateway",
        "a bridge that is gone": "gateway",
    }
