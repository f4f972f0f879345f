"""What all files together say of each interface, however many stanzas that takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from bedplate.model.interfaces import Option
from bedplate.model.interfaces_file import InterfacesFile, spread
from bedplate.model.value import Value
from bedplate.plan.stanza_items import COMMANDS, items_of

_VLAN_NAME = re.compile(r"(.+)\.\d+")
_NUMBERED_VLAN = re.compile(r"vlan\d+")
# Words of `bridge-ports` that are no names, and the two that have a pattern after them.
_NO_PORT = ("none", "all")
_PATTERNS = ("regex", "glob")
# An option that begins like this is about an interface that is made, not found.
_MADE = ("bridge-", "bond-", "vlan-", "ovs-", "vrf-", "vxlan-", "tunnel-", "link-type", "batman-")
_MAKING = re.compile(r"\b(ip (link|tuntap|tunnel)( -\S+)* add|brctl addbr|ip link add|wg-quick)\b")


class InterfaceView(Value):
    """An interface as all of its stanzas describe it; `methods` are pairs of family and method."""

    name: str
    starts: bool
    methods: tuple[tuple[str, str], ...]
    options: tuple[Option, ...]

    def values(self, *keys: str) -> tuple[str, ...]:
        """What is said with any of these options."""
        return tuple(option.value for option in self.options if option.key in keys)

    @property
    def commands(self) -> tuple[str, ...]:
        """What is run when it comes up or goes down."""
        return self.values(*COMMANDS)

    @property
    def addresses(self) -> tuple[IPv4Interface | IPv6Interface, ...]:
        """Its addresses, as far as they are written out and make sense."""
        meanings = (item.meaning for item in items_of(self.options) if item.key == "address")
        return tuple(address for text in meanings if (address := _address(text)) is not None)

    @property
    def is_dynamic(self) -> bool:
        """Whether it may have addresses and routes that no file tells of."""
        return any(method in ("dhcp", "dhcp6", "auto", "ppp") for _, method in self.methods)

    @property
    def members(self) -> tuple[str, ...]:
        """What is joined in a bridge or a bond."""
        return tuple(_members(self.values("bridge-ports", "bond-slaves", "bond-ports")))

    @property
    def device(self) -> str | None:
        """What a VLAN is on."""
        raw = self.values("vlan-raw-device")
        return raw[0] if raw else vlan_device(self.name)

    @property
    def is_made(self) -> bool:
        """Whether it comes into being by the file."""
        return (
            self.name == "lo"
            or self.device is not None
            or _NUMBERED_VLAN.fullmatch(self.name) is not None
            or any(option.key.startswith(_MADE) for option in self.options)
            or any(_MAKING.search(command) for command in self.commands)
        )

    @property
    def below(self) -> tuple[str, ...]:
        """What it stands on."""
        return (*self.members, *((self.device,) if self.device is not None else ()))


def vlan_device(name: str) -> str | None:
    """What a VLAN with a name such as `eno1.5` is on; `None` for every other name."""
    found = _VLAN_NAME.fullmatch(name)
    return found[1] if found else None


def view_files(files: Sequence[InterfacesFile]) -> Mapping[str, InterfaceView]:
    """The interfaces of files that belong together; those of templates are not known."""
    auto = frozenset(name for file in files for name in file.auto)
    views: dict[str, InterfaceView] = {}
    for file in files:
        for section in file.sections:
            if "${" in section.name:
                continue
            for name in spread(section.name):
                known = name.partition(":")[0]  # what is after it is a label of an address
                old = views.get(known)
                method = (section.family or "", section.method or "static")
                views[known] = InterfaceView(
                    name=known,
                    starts="all" in auto or known in auto or name in auto,
                    methods=(*(old.methods if old else ()), method),
                    options=(
                        *(old.options if old else ()),
                        *(placed.option for placed in section.options),
                    ),
                )
    return views


def stack_of(views: Mapping[str, InterfaceView], name: str) -> frozenset[str]:
    """An interface and everything that it stands on."""
    found: set[str] = set()
    todo = [name]
    while todo:
        one = todo.pop()
        if one in found:
            continue
        found.add(one)
        if one in views:
            todo.extend(views[one].below)
    return frozenset(found)


def _address(text: str) -> IPv4Interface | IPv6Interface | None:
    try:
        return ip_interface(text)
    except ValueError:
        return None


def _members(values: Sequence[str]) -> Iterator[str]:
    for value in values:
        words = iter(value.split())
        for word in words:
            if word in _PATTERNS:
                next(words, None)
            elif word not in _NO_PORT:
                yield from spread(word)
