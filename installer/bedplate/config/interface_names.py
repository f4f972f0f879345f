"""Names of interfaces, after the manual's conventions: the name of an interface tells its kind.

`vmbr0` is a bridge, `vmbr0v5` one for a single VLAN, `bond0` a bond, `eno1.5` the VLAN 5 of `eno1`.
Every other name is that of a card, unless a table says that it is a VLAN.
"""

from __future__ import annotations

import re
from typing import Literal

from bedplate.config.names import wrong_with_line
from bedplate.model.invalid import key_path
from bedplate.model.network import INTERFACE_CHARACTERS

Kind = Literal["card", "bridge", "bond", "vlan"]

LARGEST_BRIDGE = 4094
LARGEST_VLAN = 4094
SMALLEST_VLAN = 1

_NUMBER = "(?:0|[1-9][0-9]*)"
_BRIDGE = re.compile(rf"vmbr(?P<number>{_NUMBER})(?:v(?P<vlan>[1-9][0-9]*))?", re.ASCII)
_BOND = re.compile(rf"bond{_NUMBER}", re.ASCII)
_VLAN = re.compile(r"(?P<device>[^.]+)\.(?P<id>[1-9][0-9]*)", re.ASCII)
_VLAN_BY_NUMBER = re.compile(r"vlan(?P<id>[0-9]+)", re.ASCII)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
# The loopback interface, the kernel's names for all interfaces, and what ifupdown2 takes for a
# word of its own in a list of ports.
_RESERVED = frozenset({"lo", "all", "default", "none", "glob", "regex"})


def place_of(name: str, *keys: str | int) -> str:
    """The key path of an interface's table, or of something in it."""
    return key_path(("network", "interface", name, *keys))


def kind_of(name: str) -> Kind:
    """What an interface is, going by its name."""
    if "." in name:
        return "vlan"
    if name.startswith("vmbr"):
        return "bridge"
    return "bond" if re.match("bond[0-9]", name) else "card"


def vlan_of(name: str) -> tuple[str, int] | None:
    """The device and the tag of a VLAN whose name tells both: `eno1.5`."""
    match = _VLAN.fullmatch(name)
    return None if match is None else (match["device"], int(match["id"]))


def wrong_with_name(name: str, kind: Kind) -> str:
    """Why an interface of this kind cannot have this name, or ""."""
    if wrong := wrong_with_line(name):
        return wrong
    if len(name) > INTERFACE_CHARACTERS:
        return f"has {len(name)} characters, but the kernel takes {INTERFACE_CHARACTERS} at most"
    if name in _RESERVED:
        return "is a word that no interface can be called by"
    return {
        "bridge": _wrong_with_bridge,
        "bond": _wrong_with_bond,
        "vlan": _wrong_with_vlan,
        "card": _wrong_with_card,
    }[kind](name)


def wrong_with_tag(tag: int) -> str:
    """Why a VLAN cannot have this number, or ""."""
    if SMALLEST_VLAN <= tag <= LARGEST_VLAN:
        return ""
    return f"has the VLAN {tag}, but there are {SMALLEST_VLAN} to {LARGEST_VLAN}"


def wrong_with_free_name(name: str, tag: int) -> str:
    """Why a VLAN with this tag cannot have a name that does not tell its device, or ""."""
    if kind_of(name) != "card":
        return "is the name of something else than a VLAN"
    if wrong := wrong_with_name(name, "card"):
        return wrong
    match = _VLAN_BY_NUMBER.fullmatch(name)
    if match is not None and match["id"] != str(tag):
        return f"tells another VLAN than its tag {tag}"
    return ""


def _wrong_with_bridge(name: str) -> str:
    match = _BRIDGE.fullmatch(name)
    if match is None:
        return "is not the name of a bridge, such as vmbr0 (or vmbr0v5 for its VLAN 5)"
    if int(match["number"]) > LARGEST_BRIDGE:
        return f"is not the name of a bridge: there are vmbr0 to vmbr{LARGEST_BRIDGE}"
    return wrong_with_tag(int(match["vlan"])) if match["vlan"] else ""


def _wrong_with_bond(name: str) -> str:
    return "" if _BOND.fullmatch(name) else "is not the name of a bond, such as bond0"


def _wrong_with_vlan(name: str) -> str:
    found = vlan_of(name)
    if found is None:
        return "is not the name of a VLAN, such as eno1.5"
    device, tag = found
    return wrong_with_name(device, kind_of(device)) or wrong_with_tag(tag)


def _wrong_with_card(name: str) -> str:
    return "" if _WORD.fullmatch(name) else "is not the name of an interface, such as eno1"
