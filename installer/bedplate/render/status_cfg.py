"""/etc/pve/status.cfg: a section for each server that points are sent to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bedplate.model.metric_server import GRAPHITE_PORT, INFLUXDB_PORT, MetricEntry, MetricKind
from bedplate.render.sections import render_section, sections_in, with_options, with_sections

_PORTS: Mapping[MetricKind, int] = {"graphite": GRAPHITE_PORT, "influxdb": INFLUXDB_PORT}


def with_servers(text: str, entries: Iterable[MetricEntry]) -> str:
    """The text with these servers: with a section for each, in which what is stated is so."""
    there = {section.name for section in sections_in(text)}
    new: list[str] = []
    for entry in entries:
        if entry.name in there:
            text = with_options(text, entry.name, entry.options)
        else:
            new.append(render_section(entry.kind, entry.name, _with_port(entry)))
    return with_sections(text, new) if new else text


def _with_port(entry: MetricEntry) -> Iterator[tuple[str, str]]:
    """The original does not read a section without a port; it comes right behind the server."""
    stated = dict(entry.options)
    port = stated.pop("port", str(_PORTS[entry.kind]))
    yield "server", stated.pop("server", "")
    yield "port", port
    yield from stated.items()
