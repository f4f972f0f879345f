"""Metrics in the words of those who take them: Graphite, InfluxDB, Prometheus.

Graphite's plaintext protocol; InfluxDB's line protocol, in which times are nanoseconds; Prometheus'
text format 0.0.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bedplate.model.metric import Metric, Sample

_PREFIX = "bedplate"
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")
_BREAKS = re.compile(r"[\r\n]+")
_SPECIAL_IN_MEASUREMENT = re.compile(r"([, ])")
_SPECIAL_IN_TAG = re.compile(r"([,= ])")


def graphite_lines(metrics: Iterable[Metric], path: str, host: str, at: int) -> Iterator[str]:
    """A line for each sample, for a time `at` in seconds; labels are parts of the name."""
    for metric in metrics:
        for sample in metric.samples:
            values = (value for _, value in sample.labels)
            parts = ("nodes", host, _PREFIX, metric.name, *values)
            name = ".".join(_NOT_IN_A_NAME.sub("_", part) or "_" for part in parts)
            yield f"{path}.{name} {sample.value} {at}\n"


def influx_lines(metrics: Iterable[Metric], host: str, at: int) -> Iterator[str]:
    """A line for each sample, for a time `at` in seconds; labels are tags."""
    for metric in metrics:
        measurement = _SPECIAL_IN_MEASUREMENT.sub(r"\\\1", f"{_PREFIX}_{metric.name}")
        for sample in metric.samples:
            tags = (("object", "nodes"), ("host", host), *sample.labels)
            labels = ",".join(f"{key}={_tag(value)}" for key, value in tags if value)
            yield f"{measurement},{labels} value={sample.value} {at}000000000\n"


def render_prometheus(metrics: Iterable[Metric]) -> str:
    """The whole text of a file for the collector that reads text files."""
    return "".join(_prometheus(metrics))


def packets(lines: Iterable[str], limit_bytes: int) -> Iterator[bytes]:
    """Lines together, in as few pieces of at most so many bytes as their order allows.

    A line is never cut: one that is longer is a piece by itself.
    """
    piece = b""
    for line in lines:
        data = line.encode()
        if piece and len(piece) + len(data) > limit_bytes:
            yield piece
            piece = b""
        piece += data
    if piece:
        yield piece


def _prometheus(metrics: Iterable[Metric]) -> Iterator[str]:
    for metric in metrics:
        name = f"{_PREFIX}_{metric.name}"
        words = metric.help.replace("\\", "\\\\").replace("\n", "\\n")
        yield f"# HELP {name} {words}\n# TYPE {name} gauge\n"
        for sample in metric.samples:
            yield f"{name}{_labels(sample)} {sample.value}\n"


def _labels(sample: Sample) -> str:
    pairs = ",".join(f'{key}="{_quoted(value)}"' for key, value in sample.labels)
    return f"{{{pairs}}}" if pairs else ""


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _tag(value: str) -> str:
    """A backslash at the end would take the comma behind it along; line breaks end a point."""
    text = _BREAKS.sub(" ", value).rstrip("\\") or "_"
    return _SPECIAL_IN_TAG.sub(r"\\\1", text)
