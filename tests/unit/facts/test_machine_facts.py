"""Tools that are missing, silent or senseless."""

from __future__ import annotations

import pytest

from bedplate.errors import BedplateError, CommandError, FactsError, Problem
from bedplate.facts import machine
from bedplate.facts.lvm import probe_volume_groups
from bedplate.facts.net import probe_routes
from bedplate.facts.tools import MissingTool
from bedplate.model.facts import Route
from tests.unit.facts.recorded import Recorded


def missing(tool: str) -> BedplateError:
    return CommandError(Problem("tool-missing", tool, "is not installed"))


class EveryToolMissing(Recorded):
    """A machine with none of the optional tools."""

    def __call__(self, argv, **_options):  # type: ignore[no-untyped-def]
        raise missing(str(argv[0]))


def test_missing_tools_are_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "probe_disk_facts", lambda _run, include_loop: ())
    monkeypatch.setattr(machine, "have", lambda tool: tool not in ("sfdisk", "zpool"))
    facts = machine.probe_facts(EveryToolMissing({}))
    assert facts.missing_tools == ("ip", "lvm", "sfdisk", "zpool")
    found = (facts.pools, facts.volume_groups, facts.nics, facts.routes)
    assert found == ((), (), (), ())


def test_a_tool_that_fails_is_not_a_missing_tool() -> None:
    run = Recorded({"ip -j -4 route": (1, "", "Cannot open netlink socket")})
    with pytest.raises(CommandError, match="netlink"):
        probe_routes(run)


def test_routes_of_both_families() -> None:
    run = Recorded(
        {
            "ip -j -4 route": '[{"dst": "default", "gateway": "192.0.2.1", "dev": "e"}]',
            "ip -j -6 route": '[{"dst": "default", "gateway": "fe80::1", "dev": "e"}]',
        }
    )
    assert probe_routes(run) == (
        Route(destination="default", gateway="192.0.2.1", interface="e"),
        Route(destination="default", gateway="fe80::1", interface="e"),
    )


def test_senseless_output_names_its_command() -> None:
    with pytest.raises(FactsError, match="ip -j -4 route"):
        probe_routes(Recorded({"ip -j -4 route": "default via 192.0.2.1"}))


def test_no_lvm() -> None:
    with pytest.raises(MissingTool, match="lvm"):
        probe_volume_groups(EveryToolMissing({}))
