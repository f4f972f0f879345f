"""The answer file of a lab machine: what `bedplate install` is told inside it. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from bedplate.errors import Problem, UsageError
from bedplate.lab.machine import Disk
from bedplate.model.secret import Secret

# What chooses disks; the lab's own disks take its place.
_CHOOSING = ("disk-list", "filter", "filter-match", "select", "disk_list", "filter_match")


def plan_answer(
    name: str,
    layout: str,
    disks: Sequence[Disk],
    keys: Sequence[str],
    password: Secret,
    *,
    special: int = 0,
) -> Secret:
    """The answer file of a machine that gets its network from QEMU's own DHCP server.

    The last `special` disks are those of the layout's special device.
    """
    setup: dict[str, Any] = {"layout": layout}
    _put_disks(setup, disks, special)
    return _render(
        {
            "global": {
                "country": "us",
                "fqdn": f"{name}.lab.internal",
                "keyboard": "en-us",
                "mailto": "root@lab.internal",
                "timezone": "UTC",
                "root-password": password.reveal(),
                "root-ssh-keys": list(keys),
            },
            "network": {"source": "from-dhcp"},
            "disk-setup": setup,
        }
    )


def plan_answer_from(text: str, disks: Sequence[Disk], keys: Sequence[str]) -> Secret:
    """The operator's own answer file, with the lab's disks and SSH keys in it.

    Where it has a special device, the last disks are that one's: as many as it names, or two.

    Raises `UsageError` if it is not TOML; what it says is judged by the installer.
    """
    try:
        answer = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(Problem("answer-not-toml", "--answer", str(error))) from error
    machine = answer.setdefault("global", {})
    spelling = "root_ssh_keys" if "root_ssh_keys" in machine else "root-ssh-keys"
    machine[spelling] = [*machine.get(spelling, []), *keys]
    setup = answer.setdefault("disk-setup", {})
    table = setup.get("special", {})
    named = table.get("disk-list", table.get("disk_list", ("", "")))
    _put_disks(setup, disks, len(named) if "special" in setup else 0)
    return _render(answer)


def _put_disks(setup: dict[str, Any], disks: Sequence[Disk], special: int) -> None:
    data = len(disks) - special
    tables = [(setup, disks[:data])]
    if special:
        tables.append((setup.setdefault("special", {}), disks[data:]))
    for table, its_disks in tables:
        for key in _CHOOSING:
            table.pop(key, None)
        table["disk-list"] = [disk.by_id for disk in its_disks]


def _render(answer: Mapping[str, Any]) -> Secret:
    return Secret("".join(f"{line}\n" for line in _lines(answer, ())))


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """TOML lines of a table: its own keys first, then the tables in it."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    lines = [f"[{'.'.join(map(_key, path))}]"] if path else []
    lines += [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += _lines(value, (*path, key))
    return lines


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _string(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case str():
            return _string(value)
        case _:
            # An answer file has no dates; a table inside a list is none of its shapes either.
            message = f"{value!r} is not a value that an answer file can have"
            raise UsageError(Problem("answer-value", "--answer", message))


def _string(text: str) -> str:
    """A TOML basic string. JSON's escapes are a subset of TOML's; DEL is TOML's only extra."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
