"""Metrics in the words of Graphite, InfluxDB and Prometheus."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.model.metric import Metric, Sample
from bedplate.render.metric_lines import (
    graphite_lines,
    influx_lines,
    packets,
    render_prometheus,
)
from tests.support.metric_formats import parse_graphite, parse_influx, parse_prometheus

AT = 1_700_000_000
ODD = (
    'wwn-0x5000.c500, "a=b" \\',
    "a\nb",
    "back\\slash",
    "ümlaut/ß",
    "=,",
)


def metric(*labels: tuple[str, str], value: float = 1) -> Metric:
    """One with a single sample."""
    return Metric(
        name="disk_temperature_celsius",
        help="Temperature of a disk.",
        samples=(Sample(labels=labels, value=value),),
    )


def test_a_line_of_graphite() -> None:
    lines = list(graphite_lines([metric(("disk", "ata-X_1.5"), value=37)], "site.pve", "pve1", AT))
    assert lines == [
        "site.pve.nodes.pve1.bedplate.disk_temperature_celsius.ata-X_1_5 37 1700000000\n"
    ]


def test_a_line_of_influxdb() -> None:
    lines = list(influx_lines([metric(("disk", "a b,c=d"), value=37)], "pve1", AT))
    assert lines == [
        "bedplate_disk_temperature_celsius,object=nodes,host=pve1,disk=a\\ b\\,c\\=d value=37"
        " 1700000000000000000\n"
    ]


def test_a_text_of_prometheus() -> None:
    assert render_prometheus([metric(("disk", 'a"\\\n'), value=0.5)]) == (
        "# HELP bedplate_disk_temperature_celsius Temperature of a disk.\n"
        "# TYPE bedplate_disk_temperature_celsius gauge\n"
        'bedplate_disk_temperature_celsius{disk="a\\"\\\\\\n"} 0.5\n'
    )


@pytest.mark.parametrize("text", ODD)
def test_whatever_a_disk_is_called_a_point_stays_one_point(text: str) -> None:
    one = metric(("disk", text), ("condition", "well"), value=2)
    (graphite,) = parse_graphite("".join(graphite_lines([one], "proxmox", "pve1", AT)))
    assert graphite[1:] == (2.0, AT)
    (influx,) = parse_influx("".join(influx_lines([one], "pve1", AT)))
    assert (influx.fields, influx.at) == ({"value": 2.0}, AT * 10**9)
    assert influx.tags["condition"] == "well"
    (sample,) = parse_prometheus(render_prometheus([one]))
    assert sample.labels == {"disk": text, "condition": "well"}


@given(st.text(max_size=30))
def test_any_text_at_all_is_one_value(text: str) -> None:
    one = metric(("disk", text), ("state", "x"), value=3)
    assert len(parse_graphite("".join(graphite_lines([one], "p", "h", AT)))) == 1
    (influx,) = parse_influx("".join(influx_lines([one], "h", AT)))
    assert influx.tags["state"] == "x"
    (sample,) = parse_prometheus(render_prometheus([one]))
    assert sample.labels["disk"] == text


@given(
    st.lists(st.text(st.characters(codec="ascii", exclude_characters="\n"), max_size=30)),
    st.integers(1, 80),
)
def test_pieces_are_whole_lines_in_order_and_no_larger_than_they_may_be(
    texts: list[str], limit: int
) -> None:
    lines = [f"{text}\n" for text in texts]
    pieces = list(packets(lines, limit))
    assert b"".join(pieces).decode() == "".join(lines)
    for piece in pieces:
        assert piece.endswith(b"\n")
        assert len(piece) <= limit or piece.count(b"\n") == 1
