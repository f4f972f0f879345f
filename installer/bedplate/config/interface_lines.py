"""Comments and further lines of a stanza, which reach /etc/network/interfaces as they stand.

ifupdown2 does more with that file than read its lines: it takes a backslash for a line that goes
on, and hands the whole file to the template engine mako, which runs what is in `${…}` and `<%…>` as
Python. Neither may come in by a text.
"""

from __future__ import annotations

import re

from bedplate.config.findings import Findings, shown
from bedplate.config.names import wrong_with_line
from bedplate.model.interfaces import Option

COMMANDS = frozenset({"pre-up", "up", "post-up", "pre-down", "down", "post-down"})

_KEY = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9 ,.:/=@+_-]+", re.ASCII)
_TEMPLATE = re.compile(r"\$\{|<%|%>")
# What begins something else than an option of the stanza above it (interfaces(5)).
_KEYWORD = re.compile(
    r"(iface|auto|source|source-directory|mapping|vlan|inherits|template|rename"
    r"|allow(-.*)?|no-auto-down|no-scripts)"
)
_STATED_ELSEWHERE = {
    "address": "address",
    "netmask": "address",
    "gateway": "gateway",
    "mtu": "mtu",
    "bridge-ports": "bridge.ports",
    "bridge-stp": "bridge.stp",
    "bridge-fd": "bridge.fd",
    "bridge-vlan-aware": "bridge.vlan-aware",
    "bridge-vids": "bridge.vids",
    "bond-slaves": "bond.slaves",
    "bond-ports": "bond.slaves",
    "bond-miimon": "bond.miimon",
    "bond-updelay": "bond.updelay",
    "bond-downdelay": "bond.downdelay",
    "bond-mode": "bond.mode",
    "bond-xmit-hash-policy": "bond.xmit-hash-policy",
    "bond-lacp-rate": "bond.lacp-rate",
    "bond-min-links": "bond.min-links",
    "bond-primary": "bond.primary",
    "bond-primary-reselect": "bond.primary-reselect",
    "vlan-id": "vlan.id",
    "vlan-raw-device": "vlan.raw-device",
}


def check_comments(where: str, lines: list[str], findings: Findings) -> tuple[str, ...]:
    """The lines of a comment."""
    for here, line in findings.sound_items(where, lines):
        wrong = _wrong_with_text(line)
        if not wrong and line.startswith("#"):
            wrong = "begins with a `#`, which is written anyway"
        if wrong:
            findings.problem("invalid-value", here, wrong)
    return tuple(lines)


def check_options(where: str, lines: list[str], findings: Findings) -> tuple[Option, ...]:
    """The further lines of a stanza, those that are fine."""
    checked = (
        _check_option(here, line, findings) for here, line in findings.sound_items(where, lines)
    )
    return tuple(option for option in checked if option is not None)


def _check_option(where: str, line: str, findings: Findings) -> Option | None:
    key, _, value = line.strip().partition(" ")
    value = value.strip()
    if wrong := _wrong_with_text(line):
        findings.problem("invalid-value", where, wrong)
    elif not _KEY.fullmatch(key) or not value or _KEYWORD.fullmatch(key):
        message = f"{shown(line)} is not an option and its value, such as `bridge-ageing 300`"
        findings.problem("invalid-value", where, message)
    elif key in _STATED_ELSEWHERE:
        table = where.rpartition(".option")[0]
        hint = f"state it as {table}.{_STATED_ELSEWHERE[key]}"
        findings.problem("conflict", where, f"`{key}` has a key of its own", hint)
    elif key not in COMMANDS and not _VALUE.fullmatch(value):
        message = f"{shown(value)} is not a value that an option can have"
        hint = "only `up`, `post-up`, `down` and their like take a command"
        findings.problem("invalid-value", where, message, hint)
    else:
        return Option(key=key, value=value)
    return None


def _wrong_with_text(text: str) -> str:
    if wrong := wrong_with_line(text):
        return wrong
    if "\\" in text:
        return "contains a backslash, which ifupdown2 takes for a line that goes on"
    if _TEMPLATE.search(text):
        return "contains `${`, `<%` or `%>`, which ifupdown2 takes for a template"
    return ""
