"""Files of interfaces(5) that others wrote are read as ifupdown2 reads them, without loss."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bedplate.model.interfaces_file import InterfacesFile, LineKind, parse_interfaces, spread
from tests.support.golden import compare

TESTS = Path(__file__).parents[2]
FILES = sorted((TESTS / "captures/interfaces").iterdir())
GOLDEN = TESTS / "golden/interfaces/parsed"


def read(path: Path) -> InterfacesFile:
    return parse_interfaces(path.read_bytes().decode(), str(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_understood_and_comes_out_as_it_was(path: Path) -> None:
    file = read(path)
    assert file.text.encode() == path.read_bytes()
    compare(GOLDEN / f"{path.name}.txt", "".join(_told(file)))


def _told(file: InterfacesFile) -> Iterator[str]:
    for section in file.sections:
        words = [section.name, section.family or "-", section.method or "-"]
        words += ["auto"] if file.starts(section.name) else []
        words += ["fixed"] if section.fixed else []
        yield f"{' '.join(words)} (lines {section.first} to {section.last})\n"
        for option in section.options:
            yield f"    {option.key} = {option.value}\n"
    for number, line in enumerate(file.lines):
        if line.kind in (LineKind.ALLOW, LineKind.SOURCE, LineKind.TEMPLATE, LineKind.OTHER):
            yield f"{number}: {line.kind}: {line.text}\n"


NAMES = {
    "eth0": ("eth0",),
    "swp[1-3]": ("swp1", "swp2", "swp3"),
    "swp[1-2].100": ("swp1.100", "swp2.100"),
    "swp1.[9-10]": ("swp1.9", "swp1.10"),
    "a[1-": ("a[1-",),
    "a[2-1]": (),
}


@pytest.mark.parametrize("word", NAMES)
def test_a_range_stands_for_several_interfaces(word: str) -> None:
    assert spread(word) == NAMES[word]


CONTINUED = {
    "at the end of a line": ("auto a\\\n b\n", ["auto a b"]),
    "with white space behind it": ("auto a\\ \t\n b\n", ["auto a b"]),
    "over a blank line": ("auto a\\\n\n b\n", ["auto a b"]),
    "at the beginning of a line": ("auto a\n\\b\n", ["auto a b"]),
    "within a line": ("auto a\\b\n", ["auto a b"]),
    "at the end of a comment": ("# a\\\nauto b\n", ["# a auto b"]),
    "at the end of the file": ("auto a\\", ["auto a"]),
    "with Windows' line ends": ("auto a\\\r\n b\r\nauto c\r\n", ["auto a b", "auto c"]),
}


@pytest.mark.parametrize("case", CONTINUED)
def test_a_backslash_continues_a_line(case: str) -> None:
    text, wanted = CONTINUED[case]
    file = parse_interfaces(text)
    assert [line.text for line in file.lines] == wanted
    assert file.text == text
