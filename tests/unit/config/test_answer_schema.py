"""The JSON Schema of the answer file, and that the manual describes every key in it."""

from __future__ import annotations

from pathlib import Path

from bedplate.config.json_schema import answer_schema
from bedplate.config.schema import AnswerFile, DisksTable, SpecialTable, Table, kebab
from bedplate.config.shape import tables_in

MANUAL = Path(__file__).parents[3] / "docs" / "answer-file.md"


def test_required_keys_and_tables_are_named_as_in_the_file() -> None:
    schema = answer_schema()
    assert schema["required"] == ["global", "network", "disk-setup"]
    assert list(schema["properties"]) == [
        "global",
        "network",
        "disk-setup",
        "post-installation-webhook",
        "first-boot",
    ]
    assert schema["$defs"]["GlobalTable"]["required"] == [
        "country",
        "fqdn",
        "keyboard",
        "mailto",
        "timezone",
    ]


def test_no_value_may_be_null() -> None:
    assert "null" not in str(answer_schema())


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
        below = [key for inner in tables_in(field.annotation) for key in keys(inner, f"{here}.")]
        found += below or [here]
    return found


def test_the_manual_has_every_key() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    assert [key for key in keys(AnswerFile) if f"| `{key}` |" not in text] == []
