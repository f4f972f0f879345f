"""The network of an answer file: whatever is in it, each text stays where it was put."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.config.answer import parse_answer, parse_network
from bedplate.config.layouts import load_layouts
from bedplate.errors import UsageError
from bedplate.model.facts import Facts, Firmware, FirmwareKind, NicFact
from bedplate.model.network import Network
from bedplate.model.request import StatedNetwork
from bedplate.plan.network import plan_network
from bedplate.render.interfaces import render_stanza, stanzas_of
from bedplate.render.network import render_resolv_conf
from tests.unit.config.mistakes import answer
from tests.unit.config.test_answer_fuzz import EDITS, Edit, edited

GOLDENS = Path(__file__).parents[2] / "golden" / "network"
FILES = tuple(path.read_bytes() for path in sorted(GOLDENS.glob("*.toml")))
TEMPLATE = """
[network]
source = "from-answer"
dns = [{dns}, "192.0.2.53"]
search = [{search}]

[network.interface-name-pinning]
enabled = true
mapping = {{ "52:54:00:00:00:01" = {pin} }}

[network.interface.{card}]
comment = [{comment}]
option = [{option}]

[network.interface.bond0]
bond = {{ slaves = ["eno8", {slave}], mode = "active-backup", primary = {slave} }}

[network.interface.{vlan}]
vlan = {{ id = 7, raw-device = {device} }}

[network.interface.vmbr0]
address = [{address}]
gateway = [{gateway}]
bridge = {{ ports = [{port}], vlan-aware = true, vids = [{vids}] }}
masquerade.out = {out}

[network.interface.vmbr0.route]
{route}.via = {via}
"""
FINE = {
    "dns": "2001:db8::53",
    "search": "example.com",
    "pin": "nic0",
    "card": "eno1",
    "comment": "rack 4",
    "option": "post-up true",
    "slave": "eno9",
    "vlan": "mgmt",
    "device": "bond0",
    "address": "192.0.2.7/24",
    "gateway": "192.0.2.1",
    "port": "eno7",
    "vids": "2-4094",
    "out": "bond0",
    "route": "10.0.0.0/8",
    "via": "192.0.2.254",
}
CARDS = ("eno1", "eno7", "eno8", "eno9")
SMUGGLED = st.sampled_from(
    (
        *("\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00", "\t"),
        *("\\", "${1}", "<%", "%>", "#", "##", "% if", ";", "|", "$(id)", "`id`", "&", ">", '"'),
        *("auto eno2", "iface eno2 inet dhcp", "source /x", " ", ".5", "vmbr1", "eno1", "bond0"),
    )
)
TEXTS = st.lists(SMUGGLED | st.text(max_size=3), min_size=1, max_size=4).map("".join)


def quoted(text: str) -> str:
    """A TOML text, whatever is in it."""
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


def stated(values: dict[str, str]) -> bytes:
    return TEMPLATE.format(**{key: quoted(text) for key, text in values.items()}).encode()


def machine(*names: str) -> Facts:
    nics = tuple(
        NicFact(name=name, mac=f"52:54:00:00:01:{number:02x}", physical=True)
        for number, name in enumerate(dict.fromkeys(names))
    )
    return Facts(firmware=Firmware(kind=FirmwareKind.UEFI), memory_bytes=2**33, nics=nics)


def planned(values: dict[str, str]) -> Network | None:
    """The network on a machine that has every card that is asked for, if it can be had."""
    try:
        network = parse_network(stated(values)).network
    except UsageError:
        return None
    found = plan_network(network, machine(*CARDS, *values.values()))
    return None if isinstance(found, tuple) else found


def test_the_template_is_a_network() -> None:
    network = planned(FINE)
    assert network is not None
    assert network.dns == (ip_address("2001:db8::53"), ip_address("192.0.2.53"))


@settings(max_examples=400, deadline=None)
@given(
    key=st.sampled_from(sorted(FINE)),
    text=TEXTS,
    place=st.sampled_from(("alone", "before", "after")),
)
def test_no_text_becomes_more_than_one_word_or_line(key: str, text: str, place: str) -> None:
    whole = {"alone": text, "before": text + FINE[key], "after": FINE[key] + text}[place]
    network = planned({**FINE, key: whole})
    if network is None:
        return  # refused, which is as good
    assert not re.search(r"[\\\r\v\f\x1c-\x1e\x85\u2028\u2029\x00]|\$\{|<%|%>", written(network))
    resolv_conf = render_resolv_conf("lan.test", network)
    assert [line.split(" ")[0] for line in resolv_conf.splitlines()] == [
        "search",
        *("nameserver" for _ in network.dns),
    ]


def written(network: Network) -> str:
    """The text of all stanzas, each of which has been seen to have its own lines and no more."""
    text = ""
    for stanza in stanzas_of(network):
        rendered = render_stanza(stanza)
        lines = rendered.splitlines()
        head = len(lines) - len(stanza.options)
        assert head == stanza.auto + len(stanza.comments) + 1
        assert all(line.startswith("#") for line in lines[int(stanza.auto) : head - 1])
        assert lines[head - 1].split() == ["iface", stanza.name, stanza.family, stanza.method]
        for line, option in zip(lines[head:], stanza.options, strict=True):
            assert line.split(None, 1) == [option.key, option.value]
            assert option.key not in ("iface", "auto", "source", "mapping")
        text += rendered
    return text


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FILES), EDITS)
def test_a_damaged_file_is_read_or_refused(data: bytes, edits: list[Edit]) -> None:
    try:
        network = parse_network(edited(data, edits)).network
    except UsageError:
        return
    found = plan_network(network, machine(*CARDS, "eno2", "eno3"))
    if isinstance(found, Network):
        written(found)


def test_the_network_is_read_from_a_whole_file_or_from_a_file_of_its_own() -> None:
    table = (GOLDENS / "dual-stack.toml").read_bytes()
    alone = parse_network(table)
    whole = parse_network(answer({"network.source": None}) + table)
    assert (alone.network, alone.domain) == (whole.network, "")
    assert whole.domain == "example.com"
    assert isinstance(alone.network, StatedNetwork)


def test_other_tables_are_not_judged_when_only_the_network_is_read() -> None:
    data = answer({"network.source": '"from-dhcp"', "global.keyboard": '"xx"', "diskk.x": "1"})
    assert parse_network(data).network.source == "from-dhcp"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "network: is missing: "),
        (b"network = 5\n", "network: is a whole number, but must be a table"),
        (b"[network]\n", "network.source: is missing: "),
    ],
)
def test_a_file_without_a_network_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_network(data)
    (found,) = caught.value.problems
    assert str(found).startswith(problem)


@pytest.mark.parametrize(
    ("table", "is_named"),
    [('ipv4 = "dhcp"', True), ('ipv6 = "dhcp"', False), ('address = ["192.0.2.7/24"]', False)],
)
def test_a_host_is_named_by_dhcp_only_where_it_asks(table: str, is_named: bool) -> None:
    data = answer(
        {
            "network.source": '"from-answer"',
            "network.interface.vmbr0": f"{{ {table} }}",
            "global.fqdn": '{ source = "from-dhcp" }',
        }
    )
    if is_named:
        assert parse_answer(data, load_layouts()).hostname_from_dhcp
        return
    with pytest.raises(UsageError) as caught:
        parse_answer(data, load_layouts())
    assert [problem.where for problem in caught.value.problems] == ["global.fqdn.source"]
