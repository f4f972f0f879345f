"""Whether the gateways answer, by what ping, ip and ifupdown2 said."""

from __future__ import annotations

import json

import pytest

from bedplate.errors import CommandError, FactsError, Problem
from bedplate.facts.ifupdown import parse_check
from bedplate.facts.interfaces import parse_connection
from bedplate.facts.reach import parse_neighbour, probe_reachable
from bedplate.model.network_files import IfupdownCheck
from tests.unit.facts.recorded import Answer, Recorded

ROUTES = {
    "ip -j -4 route": json.dumps([{"dst": "default", "gateway": "192.0.2.1", "dev": "vmbr0"}]),
    "ip -j -6 route": json.dumps(
        [
            {"dst": "2001:db8::/64", "dev": "vmbr0"},
            {"dst": "default", "gateway": "fe80::1", "dev": "vmbr0"},
        ]
    ),
}
PING = "ping -n -q -c 2 -i 0.2 -w 2 -I vmbr0"
NEIGHBOUR = "ip -j neighbour show to 192.0.2.1 dev vmbr0"
MISSING = CommandError(Problem("tool-missing", "ping", "is not installed"))
ANSWERS: dict[str, tuple[dict[str, Answer], tuple[int, ...]]] = {
    "both answer": ({f"{PING} 192.0.2.1": "", f"{PING} fe80::1": ""}, (4, 6)),
    "one is a neighbour that answers no ping": (
        {
            f"{PING} 192.0.2.1": (1, "", ""),
            NEIGHBOUR: '[{"dst":"192.0.2.1","lladdr":"52:54:00:00:00:01","state":["REACHABLE"]}]',
            f"{PING} fe80::1": "",
        },
        (4, 6),
    ),
    "one is gone": (
        {
            f"{PING} 192.0.2.1": (1, "", ""),
            NEIGHBOUR: '[{"dst":"192.0.2.1","state":["FAILED"]}]',
            f"{PING} fe80::1": "",
        },
        (6,),
    ),
    "ping is not installed": (
        {
            f"{PING} 192.0.2.1": MISSING,
            NEIGHBOUR: '[{"dst":"192.0.2.1","state":["STALE"]}]',
            f"{PING} fe80::1": MISSING,
            "ip -j neighbour show to fe80::1 dev vmbr0": (1, "", "no such device"),
        },
        (),
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_gateway_answers_or_does_not(case: str) -> None:
    answers, families = ANSWERS[case]
    assert probe_reachable(Recorded({**ROUTES, **answers})) == families


def test_a_host_without_routes_reaches_nobody() -> None:
    assert probe_reachable(Recorded({"ip -j -4 route": "[]", "ip -j -6 route": "[]"})) == ()


@pytest.mark.parametrize("text", ["{", '["x"]', "[1]"])
def test_what_is_no_neighbour_is_said_to_be_none(text: str) -> None:
    with pytest.raises(FactsError):
        parse_neighbour(text)


CHECKS = {
    "clean": (0, "", IfupdownCheck(code=0)),
    "a bridge without ports": (
        1,
        'warning: vmbr1: bridge-ports: invalid value "none": valid attribute values: '
        "['<interface-list>']\n",
        IfupdownCheck(code=1),
    ),
    "an error": (
        1,
        "error: None: line7: iface eth0: invalid syntax 'foo'\n",
        IfupdownCheck(
            code=1,
            errors=("error: /etc/network/interfaces: line7: iface eth0: invalid syntax 'foo'",),
            clean=False,
        ),
    ),
    "a warning about a value": (
        1,
        'warning: eth0: bond-mode: invalid value "77": valid attribute values: []\n',
        IfupdownCheck(
            code=1,
            warnings=('warning: eth0: bond-mode: invalid value "77": valid attribute values: []',),
        ),
    ),
    "a warning about a line": (
        1,
        "warning: None: line1: averyveryverylong: interface name too long\n",
        IfupdownCheck(
            code=1,
            warnings=(
                "warning: /etc/network/interfaces: line1: averyveryverylong: "
                "interface name too long",
            ),
            clean=False,
        ),
    ),
    "silence": (
        1,
        "",
        IfupdownCheck(code=1, errors=("error: it ended with 1 and did not say why",), clean=False),
    ),
}


@pytest.mark.parametrize("case", CHECKS)
def test_what_ifupdown2_says_is_understood(case: str) -> None:
    code, text, check = CHECKS[case]
    assert parse_check(code, text) == check


CONNECTIONS = {
    "203.0.113.5 50000 192.0.2.10 22": ("203.0.113.5", "192.0.2.10"),
    "fe80::1%vmbr0 50000 fe80::2%vmbr0 22": ("fe80::1", "fe80::2"),
    "::ffff:203.0.113.5 50000 ::ffff:192.0.2.10 22": ("203.0.113.5", "192.0.2.10"),
    "": (None, None),
}


@pytest.mark.parametrize("text", CONNECTIONS)
def test_both_ends_of_a_connection_are_known(text: str) -> None:
    assert parse_connection(text) == CONNECTIONS[text]
