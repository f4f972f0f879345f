"""What is wanted of a network, brought into a file that somebody else may have written.

Only what differs is changed, and where it stands: comments, order, indentation and every option
that nobody asked about stay. What was asked for `before` and no longer is goes, and nothing else
does but what an interface cannot have beside the new: its addresses are those that are wanted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from bedplate.errors import Problem
from bedplate.model.interfaces import Family, Stanza
from bedplate.model.interfaces_file import InterfacesFile, Section, spread
from bedplate.model.value import Value
from bedplate.plan.interfaces_draft import Draft
from bedplate.plan.stanza_items import COMMANDS, Item, items_of

# Of these an interface has what is wanted, and nothing beside it.
_EXCLUSIVE = ("address", "gateway", "pointopoint")
# What makes an interface a bridge, a bond, a VLAN; and how all begins that is about it as one.
_KINDS = {
    "bridge-": ("bridge-ports",),
    "bond-": ("bond-slaves",),
    "vlan-": ("vlan-raw-device", "vlan-id"),
}


def merge_interfaces(
    file: InterfacesFile, wanted: Sequence[Stanza], before: Sequence[Stanza] = ()
) -> str:
    """The text of the file once it says what is `wanted`; the same text if it does already.

    `before` is what was asked for when the file was last changed like this.
    """
    draft = Draft(file)
    names = tuple(dict.fromkeys(stanza.name for stanza in wanted))
    for name in dict.fromkeys(stanza.name for stanza in before):
        if name not in names and name != "lo":
            _take_out(draft, name)
    above: Section | None = None
    for name in names:
        if name == "lo" and file.sections_of(name):
            continue  # whose addresses no answer file knows about
        interface = _Interface(
            wanted=tuple(stanza for stanza in wanted if stanza.name == name),
            before=tuple(stanza for stanza in before if stanza.name == name),
            sections=file.sections_of(name),
        )
        _bring_in(draft, interface, above)
        above = interface.sections[-1] if interface.sections else above
    return draft.text()


def wrong_with_merge(
    file: InterfacesFile, wanted: Sequence[Stanza], sourced: Iterable[InterfacesFile] = ()
) -> tuple[Problem, ...]:
    """Why what is wanted cannot be brought into the file, all reasons at once."""
    names = tuple(dict.fromkeys(stanza.name for stanza in wanted))
    made = (_made_by_template(file, name) for name in names if _is_made(file, name))
    elsewhere = (
        _elsewhere(other, name)
        for other in sourced
        for name in names
        if name != "lo" and any(name in spread(section.name) for section in other.sections)
    )
    return (*made, *elsewhere)


def _is_made(file: InterfacesFile, name: str) -> bool:
    """Whether an interface has no stanza of its own, and one that others have too."""
    fixed = [section for section in file.sections if section.fixed]
    if any(section.name == name for section in fixed):
        return True
    return not file.sections_of(name) and any(_may_be(section, name) for section in fixed)


def _may_be(section: Section, name: str) -> bool:
    """Whether a range, or an expression of a template, can have that name."""
    if "${" in section.name:
        pieces = re.split(r"\$\{[^}]*\}", section.name)
        return re.fullmatch(".+".join(map(re.escape, pieces)), name) is not None
    return name in spread(section.name)


def _made_by_template(file: InterfacesFile, name: str) -> Problem:
    message = f"makes {name} with a template, or together with other interfaces"
    hint = f"change {name} by hand there, or leave it out of the answer file"
    return Problem("interface-templated", file.path, message, hint)


def _elsewhere(file: InterfacesFile, name: str) -> Problem:
    message = f"describes {name}, and only /etc/network/interfaces is rewritten"
    hint = f"move {name} to /etc/network/interfaces, or leave it out of the answer file"
    return Problem("interface-elsewhere", file.path, message, hint)


class _Interface(Value):
    """What is wanted of an interface, what was before, and where the file speaks of it."""

    wanted: tuple[Stanza, ...]
    before: tuple[Stanza, ...]
    sections: tuple[Section, ...]

    @property
    def families(self) -> frozenset[Family]:
        """Those that are wanted."""
        return frozenset(stanza.family for stanza in self.wanted)

    def items(self) -> list[Item]:
        """All that is wanted of it."""
        return [item for stanza in self.wanted for item in items_of(stanza.options)]

    def asked(self) -> frozenset[tuple[str, str]]:
        """What was asked for before."""
        return frozenset(i.says for stanza in self.before for i in items_of(stanza.options))

    @cached_property
    def homes(self) -> tuple[Section | None, ...]:
        """Where the file says what each of the wanted stanzas does: the n-th of a family in the
        n-th; a stanza without a family is for both."""
        places: list[Section | None] = []
        for number, stanza in enumerate(self.wanted):
            earlier = sum(other.family == stanza.family for other in self.wanted[:number])
            fitting = [s for s in self.sections if s.family in (stanza.family, None)]
            places.append(next(iter(fitting[earlier:] or fitting), None))
        return tuple(places)

    @property
    def is_home(self) -> bool:
        """Whether a stanza of the file says what one of the wanted ones does."""
        return any(home is not None for home in self.homes)


def _take_out(draft: Draft, name: str) -> None:
    """Remove an interface that was asked for once; a card that is merely named stays."""
    sections = draft.file.sections_of(name)
    if all(section.method == "manual" and not section.options for section in sections):
        return
    for section in sections:
        draft.remove(section)
    draft.drop_auto(name)


def _bring_in(draft: Draft, interface: _Interface, above: Section | None) -> None:
    found = [
        (section, item) for section in interface.sections for item in items_of(section.options)
    ]
    missing = _without(interface.items(), (item for _, item in found))
    surplus = _without((item for _, item in found), interface.items())
    for section, item in found:
        if not _take_one(surplus, item):
            continue
        goes = _goes(item, interface)
        replacement = next((other for other in missing if _takes_place(other, item)), None)
        if replacement is not None and (goes or item.key not in COMMANDS):
            missing.remove(replacement)
            draft.replace(section, item, replacement)
        elif goes:
            draft.drop(section, item)
    for stanza, home in zip(interface.wanted, interface.homes, strict=True):
        mine = [item for item in items_of(stanza.options) if _take_one(missing, item)]
        if home is None:
            below = interface.sections[-1] if interface.sections else above
            starts = stanza.auto and not interface.is_home and not draft.file.starts(stanza.name)
            _add(draft, stanza, mine, below, starts=starts)
        else:
            _complete(draft, home, stanza, mine)
    _tidy(draft, interface)
    _start(draft, interface)


def _without(items: Iterable[Item], others: Iterable[Item]) -> list[Item]:
    """Those items that the others do not have, or have less often."""
    left = Counter(item.says for item in others)
    rest: list[Item] = []
    for item in items:
        if left[item.says]:
            left[item.says] -= 1
        else:
            rest.append(item)
    return rest


def _takes_place(new: Item, old: Item) -> bool:
    return new.key == old.key and (new.key not in _EXCLUSIVE or _family(new) == _family(old))


def _family(item: Item) -> Family:
    return "inet6" if ":" in item.meaning else "inet"


def _goes(item: Item, interface: _Interface) -> bool:
    """Whether something that is not wanted must not stay either."""
    if item.key in _EXCLUSIVE:
        return _family(item) in interface.families or item.says in interface.asked()
    if item.key not in COMMANDS and any(item.key == other.key for other in interface.items()):
        return True
    return item.says in interface.asked() or _is_of_other_kind(item, interface)


def _is_of_other_kind(item: Item, interface: _Interface) -> bool:
    """Whether it is about what the interface was and no longer is: a bridge, a bond, a VLAN."""
    wanted = {item.key for item in interface.items()}
    return any(
        item.key.startswith(prefix)
        and wanted.isdisjoint(kinds)
        and any(section.values(kind) for kind in kinds for section in interface.sections)
        for prefix, kinds in _KINDS.items()
    )


def _add(
    draft: Draft, stanza: Stanza, items: Iterable[Item], below: Section | None, *, starts: bool
) -> None:
    """Say it in a new stanza."""
    options = tuple(option for item in items for option in item.options)
    more = {"options": options, "auto": starts}
    draft.add(stanza.model_copy(update=more), below)


def _complete(draft: Draft, section: Section, stanza: Stanza, items: Iterable[Item]) -> None:
    """Say in a stanza what is missing in it."""
    # Without a method it is a static one, which may also have no address.
    free = section.method is None and stanza.method in ("static", "manual")
    if section.method != stanza.method and not free:
        draft.set_method(section, stanza.family, stanza.method)
    for item in items:
        draft.put(section, item)


def _take_one(items: list[Item], item: Item) -> bool:
    if item not in items:
        return False
    items.remove(item)
    return True


def _tidy(draft: Draft, interface: _Interface) -> None:
    """Stanzas beside the wanted ones go if they say nothing any more, and get no addresses."""
    given_up = {stanza.family for stanza in interface.before} - interface.families
    for section in interface.sections:
        if section in interface.homes:
            continue
        left = draft.left(section)
        methods = {s.method for s in interface.wanted if s.family == section.family}
        if section.options and not left:
            draft.remove(section)
        elif section.family in given_up and left.isdisjoint(_EXCLUSIVE):
            draft.set_method(section, section.family, "manual")
        elif methods and section.method not in methods:
            draft.set_method(section, section.family, min(methods))


def _start(draft: Draft, interface: _Interface) -> None:
    """Whether it comes up with the host; one that somebody else had come up still does."""
    home = next((home for home in interface.homes if home is not None), None)
    if home is None:
        return
    name = home.name
    wanted = any(stanza.auto for stanza in interface.wanted)
    starts = draft.file.starts(name)
    if wanted and not starts:
        draft.add_auto(home)
    elif starts and not wanted and any(stanza.auto for stanza in interface.before):
        draft.drop_auto(name)
