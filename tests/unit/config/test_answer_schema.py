"""The JSON Schema of the answer file, and that the manual describes every key in it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bedplate.config.answer import parse_answer
from bedplate.config.json_schema import answer_schema
from bedplate.config.layouts import load_layouts
from bedplate.config.schema import AnswerFile, DisksTable, SpecialTable
from bedplate.config.shape import holds_named, tables_in
from bedplate.config.table import Table, kebab
from bedplate.errors import UsageError
from tests.unit.config.mistakes import MISTAKES, answer
from tests.unit.config.test_answer_mistakes import EXPECTED as MISTAKEN

CHECKOUT = Path(__file__).parents[3]
MANUAL = CHECKOUT / "docs" / "answer-file.md"
GOLDENS = CHECKOUT / "tests" / "golden"
# Old spellings of keys and values are accepted, but not what an editor should propose.
WITH_OLD_SPELLINGS = ("btrfs", "snake-case-and-capitals")
VALID = sorted(
    path
    for path in (
        *GOLDENS.glob("plans/*.toml"),
        *GOLDENS.glob("refusals/*.toml"),
        *(p for p in GOLDENS.glob("answers/*.toml") if p.with_suffix(".json").exists()),
    )
    if path.stem not in WITH_OLD_SPELLINGS
)
SCHEMA = answer_schema(load_layouts())
VALIDATOR = Draft202012Validator(SCHEMA)
# What is wrong with these cannot be said in JSON Schema.
BEYOND_A_SCHEMA = {
    # comparisons of values, arithmetic with addresses
    *("cidr-broadcast", "cidr-family", "cidr-is-network", "cidr-loopback", "cidr-mask-long"),
    *("dns-unspecified", "gateway-broadcast", "gateway-family", "gateway-is-host"),
    *("minfree-above-hdsize", "swap-too-big", "swap-too-big-zfs", "webhook-pinned-without-tls"),
    # two spellings of one thing
    *("disk-list-duplicate", "pinning-mac-twice"),
    # one table against another
    "fqdn-table-static",
    # what a layout is, and which there are for a file system
    *("btrfs-against-its-layout", "btrfs-on-one-disk", "disks-too-few", "disks-too-many"),
    *("raid-too-few-disks", "layout-contradicts-filesystem", "layout-contradicts-raid"),
    *(
        "special-beside-mirror",
        "special-missing",
        "special-of-nothing",
        "dataset-unknown",
        "encryption-dataset-unknown",
    ),
    *("dataset-at-one-place", "encryption-root-by-file"),
    # the values of each property of a dataset
    *("dataset-over-the-system", "special-takes-all"),
    # one key against another; characters that cannot be typed; bytes instead of characters
    *("encryption-two-keys", "encryption-without-passphrase", "encryption-passphrase-lines"),
    *("encryption-passphrase-long", "encryption-passphrase-short"),
    # what is inside a key, a hash or a list of names; bytes instead of characters
    *("hash-short", "password-long", "ssh-key-base64", "ssh-key-cut", "ssh-key-lines"),
    *("ssh-key-only-type", "ssh-key-other-type", "ssh-key-private"),
    *("timezone-legacy", "timezone-typo"),
    # what is known of repositories together, and what is in a key
    *("repositories-channels", "repositories-other-folder", "repositories-other-mixed"),
    *("repositories-other-known", "repositories-other-without-components"),
    *("repositories-other-fingerprint", "repositories-proxmox-key"),
    # one key against another; names of the system
    "zfs-dataset-of-the-root",
    *("zfs-arc-crossed", "zfs-arc-twice", "node-ssh-nobody-by-key", "node-admin-system-user"),
    # the keys of one table against those of another; one list against another
    "metrics-one-name-twice",
    *("first-boot-files-within-files", "first-boot-units-in-two-lists"),
    # a `$` of Python, other than one of ECMA-262, also matches before a line break at the end
    *("fqdn-line-break", "subscription-key"),
}


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", VALID, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_valid_answer_file_fits(path: Path) -> None:
    VALIDATOR.validate(tomllib.loads(path.read_text(encoding="utf-8")))


def test_every_mistake_that_a_schema_can_express_is_one_to_it() -> None:
    fitting = {
        name
        for name, changes in MISTAKES.items()
        if VALIDATOR.is_valid(tomllib.loads(answer(changes).decode()))
    }
    assert fitting == BEYOND_A_SCHEMA


def test_required_keys_and_tables_are_named_as_in_the_file() -> None:
    assert SCHEMA["required"] == ["global", "network", "disk-setup"]
    assert list(SCHEMA["properties"]) == [
        "global",
        "network",
        "disk-setup",
        "repositories",
        "post-installation-webhook",
        "first-boot",
        "hooks",
        "time",
        "mail",
        "smart",
        "zfs",
        "swap",
        "node",
        "metrics",
    ]
    assert SCHEMA["$defs"]["GlobalTable"]["required"] == [
        "country",
        "fqdn",
        "keyboard",
        "mailto",
        "timezone",
    ]


def test_no_value_may_be_null() -> None:
    assert "null" not in str(SCHEMA)


def keys(table: type[Table], path: str = "") -> list[str]:
    """The path of every key in a table that is not a table itself.

    How disks are chosen is the same wherever they are, and described once.
    """
    found: list[str] = []
    known = DisksTable.model_fields if path and table is SpecialTable else {}
    for name, field in table.model_fields.items():
        if name in known:
            continue
        here = f"{path}{kebab(name)}"
        here += ".NAME" if holds_named(field.annotation) else ""
        below = [key for inner in tables_in(field.annotation) for key in keys(inner, f"{here}.")]
        found += below or [here]
    return found


def test_the_manual_has_every_key() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    assert [key for key in keys(AnswerFile) if f"| `{key}` |" not in text] == []


@pytest.mark.parametrize("key", keys(AnswerFile))
def test_every_key_refuses_a_value_of_another_type(key: str) -> None:
    """No key takes a date; so none goes unchecked, and the schema knows of each."""
    changes = {key: "1979-05-27"} | ({"global.fqdn": None} if ".fqdn." in key else {})
    data = answer(changes)
    assert not VALIDATOR.is_valid(tomllib.loads(data.decode()))
    with pytest.raises(UsageError) as caught:
        parse_answer(data, load_layouts())
    assert key in [problem.where for problem in caught.value.problems]


def test_every_key_has_a_golden_mistake() -> None:
    """Beyond its type: a value that somebody might write, and the sentence that answers it."""
    files = sorted((*MISTAKEN.iterdir(), *GOLDENS.glob("network/*.problems")))
    said = "".join(path.read_text(encoding="utf-8") for path in files)
    patterns = {key: key.replace("NAME", r'("[^"]+"|[\w-]+)') for key in keys(AnswerFile)}
    unmistaken = [key for key in patterns if not re.search(rf"\] {patterns[key]}[\[.:]", said)]
    assert unmistaken == []
