"""The network of an answer file on a small machine: the files that come of it, or what is wrong.

A case is a file in `network/`, whose first line names the cards of the machine, in the order of
their MAC addresses and places on the bus. Beside it is either

* `.interfaces`, the whole /etc/network/interfaces, with `.others`: warnings and the other files, or
* `.problems`: why the file is invalid, or why this machine cannot have such a network.

What begins with `manual-` states an example of the manual; `manual/` has the text as printed there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bedplate.config.answer import parse_network
from bedplate.config.json_schema import answer_schema
from bedplate.config.layouts import load_layouts
from bedplate.errors import Problem, UsageError
from bedplate.model.facts import Facts, Firmware, FirmwareKind, NicFact
from bedplate.plan.network import plan_network, warn_network
from bedplate.plan.network_files import plan_network_files
from bedplate.render.network import HOSTS, INTERFACES
from tests.support import golden

HERE = Path(__file__).parent / "network"
DOCUMENT = Path(__file__).parents[2] / "docs" / "network.md"
CASES = sorted(path.stem for path in HERE.glob("*.toml"))
FINE = [name for name in CASES if (HERE / f"{name}.interfaces").exists()]
MANUAL = sorted(path.stem for path in (HERE / "manual").iterdir())
# Old spellings of keys are accepted, but not what an editor should propose.
WITH_OLD_SPELLINGS = ("snake-case",)
SCHEMA = answer_schema(load_layouts())
VALIDATOR = Draft202012Validator({"$ref": "#/$defs/NetworkTable", "$defs": SCHEMA["$defs"]})


def machine(text: str) -> Facts:
    """The machine of a case."""
    first = text.partition("\n")[0]
    words = first.removeprefix("# cards:").split()
    return Facts(
        firmware=Firmware(kind=FirmwareKind.UEFI),
        memory_bytes=2**33,
        nics=tuple(_card(number, *word.split("=")) for number, word in enumerate(words, start=1)),
    )


def _card(number: int, name: str, mac: str | None = None) -> NicFact:
    properties = {"INTERFACE": name, "ID_PATH": f"pci-0000:{number:02x}:00.0"}
    address = mac or f"52:54:00:00:00:{number:02x}"
    return NicFact(name=name, mac=address, physical=True, properties=properties)


def listed(problems: Sequence[Problem]) -> str:
    return "".join(f"[{problem.code}] {problem}\n" for problem in problems)


@pytest.mark.parametrize("name", CASES)
def test_network(name: str) -> None:
    stated, others = HERE / f"{name}.interfaces", HERE / f"{name}.others"
    problems = HERE / f"{name}.problems"
    text = (HERE / f"{name}.toml").read_text(encoding="utf-8")
    facts = machine(text)
    try:
        answer = parse_network(text.encode())
        network = plan_network(answer.network, facts)
        refusals = network if isinstance(network, tuple) else ()
    except UsageError as error:
        refusals = tuple(error.problems)
    if refusals:
        golden.absent(stated)
        golden.absent(others)
        golden.compare(problems, listed(refusals))
        return
    assert not isinstance(network, tuple)
    golden.absent(problems)
    files = {file.path: file.content for file in plan_network_files("host", "lan.test", network)}
    golden.compare(stated, files.pop(INTERFACES) or "")
    warnings = (*answer.warnings, *warn_network(answer.network, facts))
    files[HOSTS] = (files[HOSTS] or "").splitlines()[1] + "\n"
    parts = [f"warning: {warning}\n" for warning in warnings]
    parts += [f"{path}:\n{content}" for path, content in sorted(files.items())]
    golden.compare(others, "\n".join(parts))


def documented() -> list[str]:
    """The networks that the manual page of this project shows."""
    return re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("tables", documented())
def test_a_documented_network_is_one(tables: str) -> None:
    text = f'[network]\nsource = "from-answer"\ndns = "192.0.2.53"\n{tables}'
    answer = parse_network(text.encode())
    network = plan_network(answer.network, machine("# cards: eno1 eno2\n"))
    assert not isinstance(network, tuple), listed(network)
    assert network.own_address() is not None
    assert answer.warnings == ()


def words(text: str) -> list[list[str]]:
    """The lines that say something, white space aside."""
    return [line.split() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("name", MANUAL)
def test_an_example_of_the_manual_comes_out_as_printed(name: str) -> None:
    printed = (HERE / "manual" / f"{name}.txt").read_text(encoding="utf-8")
    written = (HERE / f"manual-{name}.interfaces").read_text(encoding="utf-8")
    assert words(written) == words(printed)


def test_every_case_about_the_manual_has_its_text() -> None:
    assert [f"manual-{name}" for name in MANUAL] == [n for n in CASES if n.startswith("manual-")]
    assert len(MANUAL) == 9


@pytest.mark.parametrize("name", [name for name in FINE if name not in WITH_OLD_SPELLINGS])
def test_what_is_valid_fits_the_schema(name: str) -> None:
    text = (HERE / f"{name}.toml").read_text(encoding="utf-8")
    VALIDATOR.validate(tomllib.loads(text)["network"])


@pytest.mark.parametrize("name", FINE)
def test_no_line_is_more_than_it_was_meant_to_be(name: str) -> None:
    """ifupdown2 evaluates templates and joins lines that end in a backslash."""
    written = (HERE / f"{name}.interfaces").read_text(encoding="utf-8")
    assert not re.search(r"\\|\$\{|<%|^\s*%|^\s*##", written, re.MULTILINE)
