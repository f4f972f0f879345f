"""Whatever a file looks like: it comes out as it was, and only what is wanted changes."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bedplate.model.interfaces import Family, Option, Stanza
from bedplate.model.interfaces_file import InterfacesFile, LineKind, parse_interfaces
from bedplate.plan.interfaces_merge import merge_interfaces
from bedplate.plan.stanza_items import items_of

NAMES = ("eno1", "eno2", "bond0", "vmbr0", "vmbr0.5", "eth0:1")
OPTIONS = (
    "address 192.0.2.10/24",
    "address 192.0.2.10",
    "netmask 255.255.255.0",
    "broadcast 192.0.2.255",
    "address 2001:db8::7/64",
    "gateway 192.0.2.1",
    "bridge-ports eno1 eno2",
    "bridge_ports none",
    "bridge_stp off",
    "bridge-fd 0",
    "bond-mode 4",
    "mtu 9000",
    "up ip route add 198.51.100.0/24 via 192.0.2.3 || true",
    "post-up echo '100%' ${IFACE}",
    "ovs_type OVSBridge",
    "hwaddress ether 02:00:00:00:00:01",
)
OTHERS = (
    "",
    "   ",
    "# a comment",
    "\t#indented",
    "source /etc/network/interfaces.d/*",
    "source-directory interfaces.d",
    "mapping eth0\n  script /bin/true\n  map HOME eth0-home",
    "auto eno1 eno2",
    "auto\tvmbr0",
    "allow-hotplug eno2",
    "allow-ovs vmbr0",
    "no-auto-down eno1",
    "vlan 30\n  address 192.0.2.129/25",
    "hello",
)

indents = st.sampled_from(("", " ", "    ", "\t", "        "))
gaps = st.sampled_from((" ", "  ", "\t", " \\\n   "))
families = st.sampled_from(("inet", "inet6"))


@st.composite
def stanza_texts(draw: st.DrawFn) -> str:
    name, family = draw(st.sampled_from(NAMES)), draw(families)
    method = draw(st.sampled_from(("static", "manual", "dhcp")))
    indent = draw(indents)
    lines = [f"iface {name} {family} {method}"]
    for option in draw(st.lists(st.sampled_from(OPTIONS), max_size=5)):
        key, _, value = option.partition(" ")
        lines.append(f"{indent}{key}{draw(gaps)}{value}{draw(st.sampled_from(('', ' ')))}")
        if draw(st.booleans()) and draw(st.booleans()):
            lines.append(f"{indent}# about {key}")
    return "\n".join(lines)


@st.composite
def files(draw: st.DrawFn) -> InterfacesFile:
    parts = draw(st.lists(st.one_of(stanza_texts(), st.sampled_from(OTHERS)), max_size=8))
    text = draw(st.sampled_from(("\n", "\n\n"))).join(parts)
    text += draw(st.sampled_from(("", "\n", "\n\n")))
    return parse_interfaces(text.replace("\n", draw(st.sampled_from(("\n", "\n", "\r\n")))))


@st.composite
def wanted_stanzas(draw: st.DrawFn) -> Stanza:
    family: Family = draw(st.sampled_from(("inet", "inet6")))
    address = {"inet": "198.51.100.9/24", "inet6": "2001:db8:9::9/64"}[family]
    options = [Option(key="address", value=address)] if draw(st.booleans()) else []
    if draw(st.booleans()):
        options.append(Option(key="bridge-ports", value=draw(st.sampled_from(("none", "eno1")))))
        options.append(Option(key="bridge-stp", value="off"))
    if draw(st.booleans()):
        options.append(Option(key="post-up", value="echo 1 > /proc/sys/net/ipv4/ip_forward"))
    return Stanza(
        name=draw(st.sampled_from(NAMES)),
        family=family,
        method="static" if draw(st.booleans()) else "manual",
        auto=draw(st.booleans()),
        options=tuple(options),
    )


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab #\\\n\r\t%<>${}iface auto")))
def test_any_text_comes_out_as_it_was(text: str) -> None:
    assert parse_interfaces(text).text == text


@settings(deadline=None)
@given(st.lists(st.sampled_from((*OTHERS, "%for a in b:", "%endfor", "<%", "%>", "iface a"))))
def test_templates_come_out_as_they_were(parts: list[str]) -> None:
    text = "\n".join(parts)
    assert parse_interfaces(text).text == text


@settings(deadline=None)
@given(files())
def test_what_a_file_says_changes_nothing_in_it(file: InterfacesFile) -> None:
    assert file.text == "".join(line.raw for line in file.lines)
    assert merge_interfaces(file, file.stanzas()) == file.text
    assert merge_interfaces(file, file.stanzas(), file.stanzas()) == file.text


@settings(deadline=None)
@given(files(), wanted_stanzas())
def test_only_the_stanzas_of_that_interface_change(file: InterfacesFile, wanted: Stanza) -> None:
    old, new = file, parse_interfaces(merge_interfaces(file, (wanted,)))
    assert _without(new, wanted.name, LineKind.COMMENT) == _without(
        old, wanted.name, LineKind.COMMENT
    )
    comments = iter(line.raw.strip() for line in new.lines if line.kind is LineKind.COMMENT)
    assert all(comment in comments for comment in _comments_elsewhere(old, wanted.name))


@settings(deadline=None)
@given(files(), wanted_stanzas())
@example(
    parse_interfaces("iface eno2 inet static\naddress 2001:db8::7/64\nnetmask 255.255.255.0\n"),
    Stanza(
        name="eno2",
        family="inet6",
        method="manual",
        auto=False,
        options=(Option(key="address", value="2001:db8:9::9/64"),),
    ),
)
def test_it_says_what_is_wanted_and_then_it_stays(file: InterfacesFile, wanted: Stanza) -> None:
    text = merge_interfaces(file, (wanted,))
    new = parse_interfaces(text)
    assert merge_interfaces(new, (wanted,)) == text
    assert merge_interfaces(new, (wanted,), (wanted,)) == text
    said = [item.says for s in new.sections_of(wanted.name) for item in items_of(s.options)]
    assert {item.says for item in items_of(wanted.options)} <= set(said)
    addresses = {says for says in said if says[0] == "address" and _family(says) == wanted.family}
    assert addresses == {i.says for i in items_of(wanted.options) if i.key == "address"}
    assert new.starts(wanted.name) or not wanted.auto


@settings(deadline=None)
@given(files(), wanted_stanzas())
def test_what_is_added_can_be_taken_out_again(file: InterfacesFile, wanted: Stanza) -> None:
    fresh = wanted.model_copy(update={"name": "vmbr77", "options": (*wanted.options, MTU)})
    text = merge_interfaces(file, (fresh,))
    again = merge_interfaces(parse_interfaces(text), (), (fresh,))
    assert _words(again) == _words(file.text)


MTU = Option(key="mtu", value="9000")


def _without(file: InterfacesFile, name: str, kind: LineKind | None = None) -> list[str]:
    """What a file says, but for the stanzas of an interface, and the lines of a kind."""
    lines = set(range(len(file.lines)))
    for section in file.sections:
        if section.name == name:
            lines -= set(range(section.first, section.last + 1))
    texts = (file.lines[number] for number in sorted(lines))
    said = (line for line in texts if line.text and line.kind is not kind)
    return [line.raw.rstrip("\r\n") for line in said if line.words != ("auto", name)]


def _comments_elsewhere(file: InterfacesFile, name: str) -> list[str]:
    """The comments that are neither in a stanza of an interface nor right below one."""
    lines = set(range(len(file.lines)))
    for section in file.sections:
        if section.name == name:
            end = section.last + 1
            while end < len(file.lines) and file.lines[end].kind is LineKind.COMMENT:
                end += 1
            lines -= set(range(section.first, end))
    texts = (file.lines[number] for number in sorted(lines))
    return [line.raw.strip() for line in texts if line.kind is LineKind.COMMENT]


def _words(text: str) -> list[str]:
    return [line.rstrip("\r\n") for line in text.splitlines() if line.strip()]


def _family(says: tuple[str, str]) -> Family:
    return "inet6" if ":" in says[1] else "inet"
