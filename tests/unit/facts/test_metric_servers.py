"""The servers in a status.cfg, whoever wrote it."""

from __future__ import annotations

import pytest

from bedplate.facts.metric_servers import parse_status_cfg
from bedplate.model.metric_server import Graphite, InfluxDb, MetricServer
from bedplate.model.secret import Secret

ORIGINAL = """\
graphite: rack
\tport 2003
\tserver 192.0.2.1
\tdisable 1

influxdb: central
\tport 8086
\tserver influx.example.com
\tinfluxdbproto https
\tmax-body-size 1000
\tverify-certificate 0
\tapi-path-prefix a/b

opentelemetry: new
\tserver 192.0.2.3
"""


def test_a_file_of_the_original() -> None:
    servers, problems = parse_status_cfg(ORIGINAL, {"central": Secret("t")})
    assert problems == ()
    assert servers == (
        Graphite(name="rack", server="192.0.2.1", disable=True),
        InfluxDb(
            name="central",
            server="influx.example.com",
            port=8086,
            proto="https",
            max_body_size=1000,
            verify_certificate=False,
            api_path_prefix="a/b",
            token=Secret("t"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("graphite: g\n  server h\n", (Graphite(name="g", server="h"),)),
        ("influxdb: i\n\tserver h\n\tunknown yes\n", (InfluxDb(name="i", server="h"),)),
        ("graphite: g\n\t# server a\n\tserver b\n", (Graphite(name="g", server="b"),)),
    ],
)
def test_sections(text: str, expected: tuple[MetricServer, ...]) -> None:
    assert parse_status_cfg(text, {}) == (expected, ())


def test_everything_that_makes_no_sense_is_named() -> None:
    text = "graphite: g\n\tport x\n\tproto sctp\ninfluxdb: i\n\tserver h\n\tmtu 1\n"
    servers, problems = parse_status_cfg(text, {})
    assert servers == ()
    assert [problem.where for problem in problems] == [
        *["/etc/pve/status.cfg: graphite g"] * 3,
        "/etc/pve/status.cfg: influxdb i",
    ]
    assert [problem.message.partition(":")[0] for problem in problems] == [
        "server",
        "port",
        "proto",
        "mtu",
    ]
