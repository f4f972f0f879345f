"""The rules for VLANs: which tags a bridge lets through, and that no VLAN is there twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bedplate.config.findings import Findings, shown
from bedplate.config.interface_names import place_of, wrong_with_tag
from bedplate.model.network import Bridge, Interface, Vlan

_RANGE = re.compile(r"(?P<first>[1-9][0-9]*)(?:-(?P<last>[1-9][0-9]*))?", re.ASCII)


def check_vids(where: str, vids: Iterable[str], findings: Findings) -> None:
    """The tags and ranges of tags that a bridge lets through; each tag once."""
    seen: dict[int, str] = {}
    for here, text in findings.sound_items(where, vids):
        tags = tags_of(text)
        if not tags:
            message = f"{shown(text)} is not a VLAN or a range of them, such as 5 or 10-20"
            findings.problem("invalid-value", here, message)
        elif wrong := wrong_with_tag(tags[0]) or wrong_with_tag(tags[-1]):
            findings.problem("out-of-range", here, wrong)
        elif twice := [tag for tag in tags if tag in seen]:
            message = f"the VLAN {twice[0]} is in {seen[twice[0]]} already"
            findings.problem("duplicate", here, message)
        else:
            seen |= dict.fromkeys(tags, here)


def tags_of(text: str) -> range:
    """The tags that `5` or `10-20` means; none if it means nothing."""
    match = _RANGE.fullmatch(text)
    # A number of a thousand digits is none that `int` would like to read.
    if match is None or len(text) > len("4094-4094"):
        return range(0)
    first = int(match["first"])
    return range(first, int(match["last"] or first) + 1)


def check_vlans(interfaces: Mapping[str, Interface], findings: Findings) -> None:
    """No VLAN of a device twice, every VLAN of a bridge among those that it lets through."""
    owners: dict[tuple[str, int], str] = {}
    for name, interface in interfaces.items():
        link, where = interface.link, place_of(name)
        if not isinstance(link, Vlan):
            continue
        first = owners.setdefault((link.device, link.id), name)
        if first != name:
            message = f"is the VLAN {link.id} of {link.device}, and so is {first}"
            findings.problem("duplicate", where, message)
        below = interfaces[link.device].link if link.device in interfaces else None
        vids = below.vids if isinstance(below, Bridge) else ()
        is_tag = not wrong_with_tag(link.id)
        if vids and is_tag and all(link.id not in tags_of(text) for text in vids):
            message = f"is a VLAN of {link.device}, which lets {', '.join(vids)} through"
            findings.problem("conflict", where, message, "add it to the bridge's `vids`")
    _check_aware(interfaces, findings)


def _check_aware(interfaces: Mapping[str, Interface], findings: Findings) -> None:
    links = ((name, interface.link) for name, interface in interfaces.items())
    aware = [name for name, link in links if isinstance(link, Bridge) and link.vlan_aware]
    for name in aware[1:]:
        message = f"{aware[0]} is aware of VLANs too, and ifupdown2 takes one such bridge only"
        hint = "put the ports into one bridge, or use a bridge for each VLAN"
        findings.problem("conflict", place_of(name, "bridge", "vlan-aware"), message, hint)
