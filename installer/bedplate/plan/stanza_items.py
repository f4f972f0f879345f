"""What the options of a stanza mean: which lines are one thing, and when two say the same.

An address and the netmask below it are one thing; `bridge_stp no` says what `bridge-stp off` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_interface

from bedplate.model.interfaces import Option
from bedplate.model.interfaces_file import PlacedOption
from bedplate.model.value import Value

COMMANDS = ("pre-up", "up", "post-up", "pre-down", "down", "post-down")
"""Options that may be there any number of times, each a command."""

# Parts of an address in older files, which no longer fit if it changes.
_OF_ADDRESS = ("netmask", "broadcast", "network")
_SWITCHES = ("bridge-stp", "bridge-vlan-aware", "bond-use-carrier", "address-purge")
_SWITCH = {"on": "yes", "1": "yes", "true": "yes", "off": "no", "0": "no", "false": "no"}
_BOND_MODES = dict(
    enumerate(
        (
            "balance-rr",
            "active-backup",
            "balance-xor",
            "broadcast",
            "802.3ad",
            "balance-tlb",
            "balance-alb",
        )
    )
)
_HASH_POLICIES = dict(enumerate(("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4")))
_LACP_RATES = {0: "slow", 1: "fast"}
_NUMBERED = {
    "bond-mode": _BOND_MODES,
    "bond-xmit-hash-policy": _HASH_POLICIES,
    "bond-lacp-rate": _LACP_RATES,
}
_SETS = ("bridge-ports", "bond-slaves", "bridge-vids")


class Item(Value):
    """One thing that a stanza says. `meaning` is the same where the same is meant.

    `options` are the lines that say it, `lines` their numbers where a file has them.
    """

    key: str
    meaning: str
    options: tuple[Option, ...]
    lines: tuple[int, ...] = ()

    @property
    def says(self) -> tuple[str, str]:
        """What two items that mean the same have in common."""
        return self.key, self.meaning


def items_of(options: Sequence[Option | PlacedOption]) -> tuple[Item, ...]:
    """The things that options say, in their order."""
    items: list[Item] = []
    for option in options:
        if option.key in _OF_ADDRESS and (place := _address_of(option.key, items)) is not None:
            items[place] = _joined(items[place], option)
        else:
            items.append(_item(option))
    return tuple(items)


def _address_of(key: str, items: Sequence[Item]) -> int | None:
    """The last address, unless it has one of these already."""
    places = [place for place, item in enumerate(items) if item.key == "address"]
    if not places or any(option.key == key for option in items[places[-1]].options):
        return None
    return places[-1]


def _item(option: Option | PlacedOption) -> Item:
    plain = Option(key=option.key, value=option.value)
    lines = (option.line,) if isinstance(option, PlacedOption) else ()
    return Item(key=option.key, meaning=_meaning((plain,)), options=(plain,), lines=lines)


def _joined(item: Item, option: Option | PlacedOption) -> Item:
    more = _item(option)
    options = (*item.options, *more.options)
    return Item(
        key=item.key,
        meaning=_meaning(options),
        options=options,
        lines=(*item.lines, *more.lines),
    )


def _meaning(options: tuple[Option, ...]) -> str:
    key, value = options[0].key, " ".join(options[0].value.split())
    if key == "address":
        masks = [option.value for option in options if option.key == "netmask"]
        return _address(value, masks[0] if masks else None)
    if key in _SWITCHES:
        return _SWITCH.get(value, value)
    if key in _NUMBERED and value.isdecimal():
        return _NUMBERED[key].get(int(value), value)
    return " ".join(sorted(value.split())) if key in _SETS else value


def _address(value: str, mask: str | None) -> str:
    text = value if "/" in value or mask is None else f"{value}/{mask}"
    try:
        return str(ip_interface(text))
    except ValueError:
        return text
