"""Repositories in deb822 format, the `.sources` files of sources.list(5): read, changed by stanza.

python-debian keeps comments, order and white space of what is not changed; it knows nothing of apt,
whose rules about the fields are here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from bedplate.model.repository import DamagedEntry, Entry, Sources

if TYPE_CHECKING:
    from debian._deb822_repro import Deb822FileElement, Deb822ParagraphElement
    from debian._deb822_repro.parsing import Deb822Element

Field = Literal["Types", "URIs", "Suites", "Components"]

_NEEDED: tuple[Field, ...] = ("Types", "URIs", "Suites")
_ENABLED = "Enabled"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# Where a field and the option of a line are not called the same, sources.list(5).
_FIELDS = {
    "arch": "Architectures",
    "lang": "Languages",
    "target": "Targets",
    "signed-by": "Signed-By",
}
_FIELD_OF = {
    f"{option}{sign}": field + suffix
    for option, field in _FIELDS.items()
    for sign, suffix in (("", ""), ("+", "-Add"), ("-", "-Remove"))
}
_OPTION_OF = {field.lower(): option for option, field in _FIELD_OF.items()}
# apt's StringToBool; any other word leaves an entry enabled.
_NO = frozenset({"no", "false", "without", "off", "disable", "0"})


@lru_cache(maxsize=32)  # It takes milliseconds, and a command asks for the same file many times.
def parse_deb822(path: str, text: str) -> Sources:
    """The entries of a `.sources` file, and the stanzas that apt would stop at."""
    found = [one for line, _, part in _parts(_read(text)) for one in _parse(path, line, part)]
    return Sources(
        entries=tuple(one for one in found if isinstance(one, Entry)),
        damaged=tuple(one for one in found if isinstance(one, DamagedEntry)),
    )


def render_stanza(entry: Entry) -> str:
    """An entry as a stanza."""
    fields = {
        "Types": entry.types,
        # As in `cdrom:[Debian 12]/`: here a blank would end the address.
        "URIs": tuple(uri.replace(" ", "%20") for uri in entry.uris),
        "Suites": entry.suites,
        "Components": entry.components,
    }
    lines = [f"{name}: {' '.join(words)}\n" for name, words in fields.items() if words]
    lines += [_option(name, value) for name, value in entry.options.items()]
    return "".join(lines) + ("" if entry.enabled else f"{_ENABLED}: no\n")


def with_stanza_enabled(text: str, line: int, *, enabled: bool) -> str:
    """The text with the stanza that begins there put into use, or not."""

    def change(stanza: Deb822ParagraphElement) -> None:
        stanza[_ENABLED] = "yes" if enabled else "no"

    return _with_stanza(text, line, change)


def with_stanza_without(text: str, line: int, field: Field, word: str) -> str:
    """The text with one word less in a field of the stanza that begins there."""
    from debian._deb822_repro import LIST_SPACE_SEPARATED_INTERPRETATION

    def change(stanza: Deb822ParagraphElement) -> None:
        view = stanza.as_interpreted_dict_view(LIST_SPACE_SEPARATED_INTERPRETATION)
        with view[field] as words:
            words.remove(word)

    return _with_stanza(text, line, change)


def _with_stanza(text: str, line: int, change: Callable[[Deb822ParagraphElement], None]) -> str:
    """The text with a change made in one stanza; what is around it is cut off and put back."""
    from debian._deb822_repro import Deb822ParagraphElement

    start, part = next((start, part) for at, start, part in _parts(_read(text)) if at == line)
    assert isinstance(part, Deb822ParagraphElement), "the line is that of an entry"
    end = start + len(part.convert_to_text())
    change(part)
    changed = part.convert_to_text()
    # The library ends every line; the last one of a file may have had none.
    if end >= len(text) and not text.endswith("\n"):
        changed = changed.removesuffix("\n")
    return text[:start] + changed + text[end:]


def _read(text: str) -> Deb822FileElement:
    # It takes a while to load, and most commands read no stanza.
    from debian._deb822_repro import parse_deb822_file

    return parse_deb822_file(
        _LINE.findall(text),
        accept_files_with_error_tokens=True,
        accept_files_with_duplicated_fields=True,
    )


def _parts(document: Deb822FileElement) -> Iterator[tuple[int, int, Deb822Element]]:
    """Stanzas and what is none, each with its first line that is no comment and where it begins."""
    from debian._deb822_repro import Deb822ParagraphElement
    from debian._deb822_repro.parsing import Deb822ErrorElement

    line, start = 1, 0
    for part in document.iter_parts():
        text = part.convert_to_text()
        if isinstance(part, Deb822ParagraphElement | Deb822ErrorElement):
            yield line + _comment_lines(text), start, part
        line += text.count("\n")
        start += len(text)


def _comment_lines(text: str) -> int:
    lines = text.split("\n")
    return next((at for at, line in enumerate(lines) if not line.startswith("#")), 0)


def _parse(path: str, line: int, part: Deb822Element) -> Iterator[Entry | DamagedEntry]:
    from debian._deb822_repro import Deb822ParagraphElement

    if not isinstance(part, Deb822ParagraphElement):
        yield DamagedEntry(path=path, line=line, what="is neither a field nor a comment")
        return
    fields, twice = _fields(part)
    if wrong := _wrong(fields):
        yield DamagedEntry(path=path, line=line, what=wrong)
        return
    for name in twice:
        what = f"has the field {name} twice, of which apt takes the last"
        yield DamagedEntry(path=path, line=line, what=what, understood=True)
    plain = {name.lower() for name in (*_NEEDED, "Components", _ENABLED)}
    yield Entry(
        path=path,
        line=line,
        enabled=fields.get("enabled", "yes").strip().lower() not in _NO,
        types=tuple(fields["types"].split()),
        uris=tuple(fields["uris"].split()),
        suites=tuple(fields["suites"].split()),
        components=tuple(fields.get("components", "").split()),
        options={
            _OPTION_OF.get(name, name): _value(value)
            for name, value in fields.items()
            if name not in plain
        },
    )


def _fields(stanza: Deb822ParagraphElement) -> tuple[dict[str, str], list[str]]:
    """The fields by their names in small letters, and those that are there more than once."""
    fields: dict[str, str] = {}
    twice: list[str] = []
    count: Counter[str] = Counter()
    for key in stanza.keys():  # noqa: SIM118 - it is no dict
        name = str(key)
        number = count[name.lower()]
        count[name.lower()] += 1
        fields[name.lower()] = str(stanza[(name, number)] if number else stanza[name])
        twice += [name] if number == 1 else []
    return fields, twice


def _wrong(fields: Mapping[str, str]) -> str:
    """What apt has against a stanza."""
    missing = [name for name in _NEEDED if not fields.get(name.lower(), "").split()]
    if missing:
        return f"has no {' and no '.join(missing)}"
    unknown = [word for word in fields["types"].split() if word not in ("deb", "deb-src")]
    if unknown:
        return f"has the type {unknown[0]}, where deb or deb-src is needed"
    if bad := [uri for uri in fields["uris"].split() if ":" not in uri]:
        return f"has no address where one belongs, but {bad[0]}"
    folders = [suite.endswith("/") for suite in fields["suites"].split()]
    has_components = bool(fields.get("components", "").split())
    if has_components and any(folders):
        return "names components beside a folder (a suite that ends in a slash)"
    return "" if has_components or all(folders) else "names no component"


def _value(value: str) -> str:
    """The value of a field as an option has it; a key keeps its lines (deb822(5))."""
    lines = [line.strip() for line in value.strip().split("\n")]
    if lines[0].startswith("-----BEGIN"):
        return "\n".join("" if line == "." else line for line in lines)
    return ",".join(value.replace(",", " ").split())


def _option(name: str, value: str) -> str:
    field = _FIELD_OF.get(name, "-".join(part.capitalize() for part in name.split("-")))
    if "\n" not in value:
        return f"{field}: {value.replace(',', ' ')}\n"
    lines = "".join(f" {line or '.'}\n" for line in value.split("\n"))
    return f"{field}:\n{lines}"
