"""Graphite's, InfluxDB's and Prometheus' formats, read strictly and by their own documentation.

https://graphite.readthedocs.io/en/latest/feeding-carbon.html,
https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/,
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_GRAPHITE = re.compile(r"([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*) (-?[0-9.e+]+) (\d{1,10})")
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.e+]+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


@dataclass(frozen=True, slots=True)
class Point:
    """A point of InfluxDB; `at` in nanoseconds."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, float]
    at: int


@dataclass(frozen=True, slots=True)
class PrometheusSample:
    """A line that is no comment."""

    name: str
    labels: dict[str, str]
    value: float


def parse_graphite(text: str) -> list[tuple[str, float, int]]:
    """Name, value and time of each line."""
    found = []
    for line in _lines(text):
        match = _GRAPHITE.fullmatch(line)
        assert match is not None, line
        found.append((match[1], float(match[2]), int(match[3])))
    return found


def parse_influx(text: str) -> list[Point]:
    """The points; every field has to be a float."""
    return [_point(line) for line in _lines(text)]


def parse_prometheus(text: str) -> list[PrometheusSample]:
    """The samples; each metric's have to stand together, behind what it is."""
    known: list[str] = []
    found = []
    for line in _lines(text):
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind == "gauge"
            assert name not in known
            known.append(name)
        elif not line.startswith("# HELP "):
            match = _SAMPLE.fullmatch(line)
            assert match is not None, line
            assert match[1] == known[-1]
            found.append(PrometheusSample(match[1], _labels(match[2] or ""), float(match[3])))
    return found


def _lines(text: str) -> list[str]:
    assert text == "" or text.endswith("\n")
    return text.split("\n")[:-1]


def _labels(text: str) -> dict[str, str]:
    assert "".join(match[0] for match in _LABEL.finditer(text)) == text
    return {m[1]: _unquoted(m[2]) for m in _LABEL.finditer(text)}


def _unquoted(text: str) -> str:
    meant = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
    return re.sub(r'\\["\\n]', lambda match: meant[match[0]], text)


def _point(line: str) -> Point:
    head, fields, at = _split(line, " ")
    measurement, *tags = _split(head, ",")
    return Point(
        _plain(measurement),
        {_plain(key): _plain(value) for key, value in (_split(tag, "=") for tag in tags)},
        {key: float(value) for key, value in (_split(field, "=") for field in _split(fields, ","))},
        int(at),
    )


def _split(text: str, separator: str) -> list[str]:
    """At every separator that has no backslash before it."""
    parts = re.split(rf"(?<!\\){re.escape(separator)}", text)
    assert all(parts), text
    return parts


def _plain(text: str) -> str:
    return re.sub(r"\\([,= ])", r"\1", text)
