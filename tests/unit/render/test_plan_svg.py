"""The picture of a plan: nothing overlaps or leaves it, whatever the disks are called."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from bedplate.config.layouts import load_layout
from bedplate.model.facts import FirmwareKind
from bedplate.model.plan import Plan
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.render.plan_svg import render_plan_svg
from bedplate.render.svg import CHARACTER
from tests.golden.test_layouts import machine, request
from tests.golden.test_plans import MANIFEST

PLANS = Path(__file__).parents[2] / "golden" / "plans"
SVG = "{http://www.w3.org/2000/svg}"
GOLDEN = [path.stem for path in sorted(PLANS.glob("*.svg"))]
BUILT = [("zfs-raidz1", 3), ("zfs-raid10", 40), ("zfs-stripe", 9), ("zfs-single", 1)]


class Area(NamedTuple):
    """What a text or a bar covers."""

    left: float
    top: float
    right: float
    bottom: float
    what: str


def built(layout: str, disks: int) -> Plan:
    facts = machine(disks, FirmwareKind.UEFI, 512)
    return plan_install(request(layout, facts), load_layout(layout), facts, MANIFEST, Ids(b"svg"))


def golden(name: str) -> Plan:
    return Plan.model_validate_json((PLANS / f"{name}.json").read_bytes())


def texts(root: ET.Element) -> list[Area]:
    found = []
    for element in root.iter(f"{SVG}text"):
        words = "".join(element.itertext())
        x, y = float(element.attrib["x"]), float(element.attrib["y"])
        width = len(words) * CHARACTER
        found.append(Area(x, y - 12, x + width, y + 4, words))
    return found


def boxes(root: ET.Element) -> list[Area]:
    found = []
    for element in root.iter(f"{SVG}rect"):
        if element.attrib["class"].startswith("part "):
            x, y, width, height = (float(element.attrib[n]) for n in ("x", "y", "width", "height"))
            found.append(Area(x, y, x + width, y + height, element.attrib["class"]))
    return found


def overlap(one: Area, other: Area) -> bool:
    beside = one.right <= other.left or other.right <= one.left
    return not beside and one.top < other.bottom and other.top < one.bottom


def within(inner: Area, outer: Area) -> bool:
    across = outer.left <= inner.left and inner.right <= outer.right
    return across and outer.top <= inner.top and inner.bottom <= outer.bottom


def check(plan: Plan) -> ET.Element:
    root = ET.fromstring(render_plan_svg(plan))
    page = Area(0, 0, float(root.attrib["width"]), float(root.attrib["height"]), "page")
    words, bars = texts(root), boxes(root)
    assert bars
    assert [area for area in (*words, *bars) if not within(area, page)] == []
    for areas in (words, bars):
        assert [pair for pair in combinations(areas, 2) if overlap(*pair)] == []
    halved = [(t, b) for t in words for b in bars if overlap(t, b) and not within(t, b)]
    assert halved == []
    return root


@pytest.mark.parametrize("name", GOLDEN)
def test_a_golden_plan_is_legible(name: str) -> None:
    check(golden(name))


@pytest.mark.parametrize(("layout", "disks"), BUILT)
def test_a_plan_of_few_or_many_disks_is_legible(layout: str, disks: int) -> None:
    root = check(built(layout, disks))
    named = " ".join(area.what for area in texts(root))
    # No disk is left out, although no more than two kinds of them are drawn.
    assert [d.path for d in built(layout, disks).disks if d.path not in named] == []
    assert len({area.top for area in boxes(root)}) <= 3


def test_it_loads_nothing_and_runs_nothing() -> None:
    picture = render_plan_svg(golden("demo"))
    root = ET.fromstring(picture)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags == {"svg", "title", "desc", "style", "rect", "path", "text", "tspan"}
    assert [root.attrib[name] for name in ("role", "aria-labelledby")] == [
        "img",
        "title description",
    ]
    assert [word for word in ("href", "url(", "@import", "@font-face") if word in picture] == []
    assert picture.count("http") == 1  # the namespace


def test_strange_names_are_text_and_nothing_else() -> None:
    plan = golden("second-install")
    hostile = "<script>&\x07\x1b[31m" + "x" * 300
    steps = tuple(
        step.model_copy(update={"destroys": (hostile, hostile)}) if step.destroys else step
        for step in plan.steps
    )
    root = check(plan.model_copy(update={"steps": steps, "hostname": "h" * 250}))
    assert list(root.iter(f"{SVG}script")) == []
    lost = [area.what for area in texts(root) if "script" in area.what]
    assert [words[:22] for words in lost] == [
        "<script>&\ufffd\ufffd[31mxxxxxxx",
        "- <script>&\ufffd\ufffd[31mxxxxx",
    ]
