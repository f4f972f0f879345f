"""Names that cards get for good, and cards that an answer file means."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import Problem
from bedplate.model.facts import Facts, NicFact
from bedplate.model.network import Bridge, Interface, Network
from bedplate.model.request import CardChoice, DhcpNetwork, StatedNetwork
from bedplate.plan.network import plan_network, warn_network
from bedplate.plan.pins import plan_pins, refuse_pins
from tests.unit.plan import builders

MACS = tuple(f"52:54:00:00:00:{number:02X}" for number in range(8))
NAMES = ("nic0", "nic1", "nic2", "nic7", "eno1", "eno2", "lan0", "enp1s0f0", "wan")


def machine(*cards: NicFact) -> Facts:
    return builders.machine().model_copy(update={"nics": cards})


def card(name: str, mac: str, *, physical: bool = True) -> NicFact:
    return NicFact(name=name, mac=mac, physical=physical)


@st.composite
def machines(draw: st.DrawFn) -> Facts:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
    macs = draw(st.permutations(MACS))
    return machine(*(card(name, mac) for name, mac in zip(names, macs, strict=False)))


MAPPINGS = st.dictionaries(
    st.sampled_from([mac.lower() for mac in MACS]), st.sampled_from(NAMES), max_size=4
).filter(lambda mapping: len(set(mapping.values())) == len(mapping))


@given(facts=machines(), mapping=MAPPINGS)
def test_every_card_gets_one_name_and_keeps_it(facts: Facts, mapping: dict[str, str]) -> None:
    pins = plan_pins(mapping, facts)
    names = {pin.mac: pin.name for pin in pins}
    assert [pin.mac for pin in pins if mapping.get(pin.mac, pin.name) != pin.name] == []
    assert sorted(pin.current for pin in pins) == sorted(nic.name for nic in facts.nics)
    assert len(set(names.values())) == len(facts.nics)
    assert list(refuse_pins(pins, facts)) == []

    renamed = [nic.model_copy(update={"name": names[nic.mac.lower()]}) for nic in facts.nics]
    after = plan_pins(mapping, machine(*renamed))
    assert {pin.mac: pin.name for pin in after} == names
    assert all(pin.name == pin.current for pin in after)


def test_without_pinning_no_card_is_named() -> None:
    assert plan_pins(None, machine(card("eno1", MACS[0]))) == ()


def test_what_is_no_ethernet_card_is_not_pinned_and_keeps_its_name() -> None:
    infiniband = card("ib0", "80:00:02:08:fe:80:00:00:00:00:00:00:ec:0d:9a:03:00:78:36:12")
    facts = machine(card("eno1", MACS[0]), infiniband, card("vmbr0", MACS[0], physical=False))
    pins = plan_pins({}, facts)
    assert [(pin.current, pin.name) for pin in pins] == [("eno1", "nic0")]
    taken = plan_pins({MACS[0].lower(): "ib0"}, facts)
    assert [problem.code for problem in refuse_pins(taken, facts)] == ["pin-name-taken"]


def stated(*interfaces: Interface, **cards: CardChoice) -> StatedNetwork:
    return StatedNetwork(interfaces=interfaces, cards=cards)


def plain(name: str) -> Interface:
    return Interface(name=name, ipv4="manual")


def names_in(found: Network | tuple[Problem, ...]) -> list[str]:
    assert isinstance(found, Network)
    return [interface.name for interface in found.interfaces]


def test_a_card_is_found_by_its_new_name_before_its_old_one() -> None:
    facts = machine(card("eno1", MACS[0]), card("eno2", MACS[1]))
    swapped = {MACS[0].lower(): "eno2", MACS[1].lower(): "eno1"}
    wanted = stated(plain("eno1")).model_copy(update={"pinned": swapped})
    network = plan_network(wanted, facts)
    assert names_in(network) == ["eno1", "eno2"]
    assert isinstance(network, Network)
    assert {pin.current: pin.name for pin in network.pins} == {"eno1": "eno2", "eno2": "eno1"}


def test_a_mac_address_means_hardware_and_not_the_bridge_that_has_it_too() -> None:
    facts = machine(card("bond0", MACS[0], physical=False), card("eno2", MACS[0]))
    by_mac = CardChoice(mac=MACS[0].lower())
    assert names_in(plan_network(stated(plain("lan"), lan=by_mac), facts)) == ["eno2"]


def test_what_is_no_hardware_can_be_named() -> None:
    facts = machine(card("dummy0", MACS[0], physical=False))
    bridge = Interface(name="vmbr0", link=Bridge(ports=("dummy0",)), ipv4="manual")
    network = plan_network(stated(plain("dummy0"), bridge), facts)
    assert names_in(network) == ["dummy0", "vmbr0"]


def test_mac_addresses_without_a_card_are_told() -> None:
    facts = machine(card("eno1", MACS[0]))
    wanted = DhcpNetwork(pinned={MACS[0].lower(): "lan0", MACS[1].lower(): "lan1"})
    (warning,) = warn_network(wanted, facts)
    assert "no card has the MAC address 52:54:00:00:00:01" in warning
