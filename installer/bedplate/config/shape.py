"""From TOML text to the tables of `bedplate.config.schema`, with everything that does not fit.

A value of the wrong type is reported and then left out, so that the rules about the other values
still get to see those. Old spellings of keys with `_` for `-` are accepted.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bedplate.config.findings import Findings, did_you_mean, shown
from bedplate.config.network_schema import NetworkTable
from bedplate.config.schema import AnswerFile, DiskSetupTable, GlobalTable
from bedplate.config.table import Table, kebab
from bedplate.errors import Problem, UsageError
from bedplate.model.invalid import key_path

Path = tuple[str | int, ...]

Paths = frozenset[tuple[str, ...]]
T = TypeVar("T", bound=Table)

ANY = "*"
# The tables whose keys an installation needs, and a host that is there does not.
NEEDED_TO_INSTALL = (AnswerFile, GlobalTable, NetworkTable, DiskSetupTable)


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """A kind of file: its tables, and what people call it.

    The keys of the `free` tables, and of those in them, are the machine's words and not ours. So
    are the keys of the `named` ones; the tables behind them are ours. `ANY` stands for any key.
    """

    root: type[T]
    title: str
    free: Paths
    named: Paths

    def keeps_keys_of(self, path: Path) -> bool:
        """Whether the keys of the table at a path are no words of ours."""
        above = (path[:depth] for depth in range(len(path) + 1))
        return _is_one_of(self.named, path) or any(_is_one_of(self.free, one) for one in above)


# Free are udev properties, MAC addresses, pools, datasets and their properties, addresses, kernel
# parameters; named are interfaces, destinations, repositories, files of the first boot and servers.
ANSWER = Form(
    root=AnswerFile,
    title="an answer file",
    free=frozenset(
        {
            ("network", "filter"),
            ("network", "interface-name-pinning", "mapping"),
            ("network", "interface", ANY, "filter"),
            ("disk-setup", "filter"),
            ("disk-setup", "select", "property"),
            ("disk-setup", "special", "filter"),
            ("disk-setup", "special", "select", "property"),
            ("disk-setup", "zfs", "dataset"),
            ("zfs", "dataset"),
            ("node", "hosts"),
            ("node", "sysctl"),
        }
    ),
    named=frozenset(
        {
            ("network", "interface"),
            ("network", "interface", ANY, "route"),
            ("repositories", "other"),
            ("first-boot", "files"),
            ("metrics", "graphite"),
            ("metrics", "influxdb"),
            ("zfs", "pool"),
            ("zfs", "encrypted"),
        }
    ),
)
_POSITION = re.compile(r"(?P<message>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|.*)\)")
_DEEPEST = 100
_NEEDED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
}
_FOUND: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "a text"),
    (list, "a list"),
    (dict, "a table"),
)


def parse_toml(text: str) -> dict[str, Any]:
    """The keys and values of a TOML text. Raises `UsageError` with line and column."""
    try:
        tables = tomllib.loads(text)
        # A dotted key makes tables without nesting the parser: what comes later would be too deep.
        if _is_deeper(tables, _DEEPEST):
            raise RecursionError
        return tables
    except RecursionError:
        problem = Problem("broken-toml", "", "the file nests values too deeply to be read")
    except ValueError as error:
        problem = _broken(str(error), text)
    raise UsageError(problem) from None


def check_shape(
    data: Mapping[str, Any], form: Form[T], findings: Findings, *, complete: bool = True
) -> T:
    """The tables of a file, without what had to be reported.

    One that need not be `complete` may lack what an installation cannot do without.
    """
    values = _with_current_keys(data, (), form, findings)
    blanked: set[Path] = set()
    while True:
        try:
            tables = form.root.model_validate(values)
            break
        except ValidationError as error:
            _report_and_drop(error.errors(include_url=False), values, blanked, form, findings)
    _report_missing(tables, (), findings, () if complete else NEEDED_TO_INSTALL)
    return tables


def _is_deeper(value: object, levels: int) -> bool:
    if levels < 0:
        return True
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_is_deeper(item, levels - 1) for item in inside)


def _broken(message: str, text: str) -> Problem:
    match = _POSITION.fullmatch(message)
    lines = text.split("\n")
    line, column = str(len(lines)), str(len(lines[-1]) + 1)
    if match is not None:
        message = match["message"]
        line, column = match["line"] or line, match["column"] or column
    where = f"line {line}, column {column}"
    return Problem("broken-toml", where, f"this is not TOML: {message}")


def _with_current_keys(
    data: Mapping[str, Any], path: Path, form: Form[T], findings: Findings
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    keeps = form.keeps_keys_of(path)
    for old, value in data.items():
        key = old if keeps else old.replace("_", "-")
        here = (*path, key)
        if key in values:
            findings.problem("duplicate-key", key_path(here), "is given twice, with `-` and `_`")
        is_table = type(value) is dict
        values[key] = _with_current_keys(value, here, form, findings) if is_table else value
    return values


def _is_one_of(tables: Paths, path: Path) -> bool:
    return any(
        len(table) == len(path)
        and all(want in (ANY, part) for want, part in zip(table, path, strict=True))
        for table in tables
    )


def _report_and_drop(
    errors: list[ErrorDetails],
    values: dict[str, Any],
    blanked: set[Path],
    form: Form[T],
    findings: Findings,
) -> None:
    # What was reported before is still wrong as a blank: then its list goes without a word.
    paths = [_real_path(error["loc"], values) for error in errors]
    for path in {path[:-1] for path in paths if path in blanked}:
        _drop(values, path, blanked)
    for error in (error for error, path in zip(errors, paths, strict=True) if path not in blanked):
        path = _real_path(error["loc"], values)
        if error["type"] == "extra_forbidden":
            findings.problems.append(_unknown_key(path, form))
        else:
            describe: _Describe = _DESCRIBE.get(error["type"], _wrong_type)
            findings.problems.append(describe(path, error, _at(path, values)))
        _drop(values, path, blanked)


def _real_path(location: Path, values: dict[str, Any]) -> Path:
    """The location without the tags of unions, which pydantic mixes in."""
    path: list[str | int] = []
    here: Any = values
    for part in location:
        in_table = isinstance(here, dict) and part in here
        in_list = isinstance(here, list) and isinstance(part, int)
        if in_table or in_list:
            here = here[part]
            path.append(part)
    return tuple(path)


def _drop(values: dict[str, Any], path: Path, blanked: set[Path]) -> None:
    here: Any = values
    for part in path[:-1]:
        here = here[part]
    if isinstance(here, dict):
        del here[path[-1]]
    else:
        here[path[-1]] = ""  # an item of a list: the others keep their numbers
        blanked.add(path)


def _at(path: Path, values: dict[str, Any]) -> Any:
    here: Any = values
    for part in path:
        here = here[part]
    return here


def _unknown_key(path: Path, form: Form[T]) -> Problem:
    known = [kebab(name) for name in _table_at(path[:-1], form.root).model_fields]
    where = key_path(path)
    place = f"`{key_path(path[:-1])}`" if path[:-1] else form.title
    message = f"{place} has no such key"
    return Problem("unknown-key", where, message, did_you_mean(str(path[-1]), known))


def _unknown_word(path: Path, error: ErrorDetails, value: object) -> Problem:
    expected = error.get("ctx", {})["expected"]
    known = re.findall(r"'([^']*)'", expected)
    if not isinstance(value, str):
        return _wrong_type(path, {**error, "type": "string_type"}, value)
    message = f"{shown(value)} is not valid"
    return Problem("invalid-value", key_path(path), message, did_you_mean(value, known))


def _out_of_range(path: Path, error: ErrorDetails, value: object) -> Problem:
    context = error.get("ctx", {})
    limits = (("at least", context.get("ge")), ("at most", context.get("le")))
    limit = " and ".join(f"{word} {bound:g}" for word, bound in limits if bound is not None)
    message = f"is {shown(value)}, but must be {limit or 'a finite number'}"
    return Problem("out-of-range", key_path(path), message)


def _wrong_type(path: Path, error: ErrorDetails, value: object) -> Problem:
    found = next((name for kind, name in _FOUND if isinstance(value, kind)), "a date or time")
    needed = _NEEDED[error["type"]]
    # The value stays out of the message: it may be a password.
    return Problem("wrong-type", key_path(path), f"is {found}, but must be {needed}")


_Describe = Callable[[Path, ErrorDetails, Any], Problem]
_DESCRIBE: dict[str, _Describe] = {
    "literal_error": _unknown_word,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
    "finite_number": _out_of_range,
}


def _table_at(path: Path, table: type[Table]) -> type[Table]:
    """The model of the table at a path from another one."""
    parts = iter(path)
    for part in parts:
        field = next(f for name, f in table.model_fields.items() if kebab(name) == part)
        table = tables_in(field.annotation)[0]
        if holds_named(field.annotation):
            next(parts)
    return table


def holds_named(annotation: Any) -> bool:
    """Whether a field is a table of tables, each under a name of its own."""
    return get_origin(annotation) is dict and bool(tables_in(annotation))


def tables_in(annotation: Any) -> list[type[Table]]:
    """The tables that a field may hold, also under names."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return [annotation]
    parts = getattr(annotation, "__args__", ())
    return [table for part in parts for table in tables_in(part)]


def _report_missing(
    table: Table, path: Path, findings: Findings, spared: tuple[type[Table], ...]
) -> None:
    required = () if isinstance(table, spared) else table.REQUIRED
    for name, field in type(table).model_fields.items():
        here = (*path, kebab(name))
        value = getattr(table, name)
        for inside, one in _tables_of(value):
            _report_missing(one, (*here, *inside), findings, spared)
        if value is None and name in required:
            findings.missing(key_path(here), field.description or "it must be there")


def _tables_of(value: object) -> list[tuple[Path, Table]]:
    """The tables in the value of a key, with their names where they have any."""
    if isinstance(value, Table):
        return [((), value)]
    if isinstance(value, dict):
        return [((name,), one) for name, one in value.items() if isinstance(one, Table)]
    return []
