"""The rules for `[metrics]`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bedplate.config.findings import Findings, shown
from bedplate.config.metrics_schema import GraphiteTable, InfluxDbTable, MetricsTable
from bedplate.config.names import wrong_with_server, wrong_with_value
from bedplate.config.table import kebab
from bedplate.model.invalid import key_path
from bedplate.model.metric_server import MetricEntry
from bedplate.model.secret import Secret

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]+")
# Other paths the original does not take from status.cfg.
_WORD = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_PATH = re.compile(rf"{_WORD}(\.{_WORD})*")
_PREFIX = re.compile(r"[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*")
# What status.cfg says in another word, and what does not stand in it.
_CALLED = {"proto": "influxdbproto"}
_NOT_THERE = frozenset({"token"})
_OF_HTTP = ("organization", "bucket", "timeout", "max-body-size", "api-path-prefix")
_WITHOUT_EFFECT = {
    "udp": (*_OF_HTTP, "verify-certificate"),
    "http": ("mtu", "verify-certificate"),
    "https": ("mtu",),
}


def check_metrics(
    table: MetricsTable | None, secrets: dict[str, Secret], findings: Findings
) -> tuple[MetricEntry, ...]:
    """The servers that points are sent to; tokens go to `secrets`."""
    if table is None:
        return ()
    entries: list[MetricEntry] = []
    for name, graphite in table.graphite.items():
        where = key_path(("metrics", "graphite", name))
        _check_server(where, name, graphite, findings)
        _check_graphite(where, graphite, findings)
        options = tuple(_options(graphite, {}))
        entries.append(MetricEntry(kind="graphite", name=name, options=options))
    for name, influx in table.influxdb.items():
        where = key_path(("metrics", "influxdb", name))
        _check_server(where, name, influx, findings)
        if name in table.graphite:
            message = f"{shown(name)} is the name of a Graphite server, too"
            findings.problem("duplicate", where, message, "every server needs a name of its own")
        entries.append(_influx_entry(where, name, influx, secrets, findings))
    return tuple(entries)


def _check_server(
    where: str, name: str, table: GraphiteTable | InfluxDbTable, findings: Findings
) -> None:
    if not _NAME.fullmatch(name):
        message = f"{shown(name)} is no name for a server: a letter, then letters, digits, _ and -"
        findings.problem("invalid-value", where, message)
    if table.server is not None and (wrong := wrong_with_server(table.server)):
        findings.problem("invalid-value", f"{where}.server", f"{shown(table.server)} {wrong}")


def _check_graphite(where: str, table: GraphiteTable, findings: Findings) -> None:
    if table.path is not None and not _PATH.fullmatch(table.path):
        message = f"{shown(table.path)} is not words of letters, digits and inner dashes"
        findings.problem("invalid-value", f"{where}.path", message, "with dots between them")
    proto = table.proto or "udp"
    _warn_without_effect(
        where, table, proto, ("timeout",) if proto == "udp" else ("mtu",), findings
    )


def _warn_without_effect(
    where: str,
    table: GraphiteTable | InfluxDbTable,
    proto: str,
    keys: Iterable[str],
    findings: Findings,
) -> None:
    for key in keys:
        if getattr(table, key.replace("-", "_")) is not None:
            findings.warn(f"{where}.{key}", f'has no effect with proto = "{proto}"')


def _influx_entry(
    where: str, name: str, table: InfluxDbTable, secrets: dict[str, Secret], findings: Findings
) -> MetricEntry:
    proto = table.proto or "udp"
    for key, text in (("organization", table.organization), ("bucket", table.bucket)):
        if text is not None and (wrong := wrong_with_value(text)):
            findings.problem("invalid-value", f"{where}.{key}", f"{shown(text)} {wrong}")
    prefix = table.api_path_prefix
    if prefix is not None and not _PREFIX.fullmatch(prefix):
        message = f"{shown(prefix)} is no path on a server, without a slash at its ends"
        findings.problem("invalid-value", f"{where}.api-path-prefix", message)
    _warn_without_effect(where, table, proto, _WITHOUT_EFFECT[proto], findings)
    entry = MetricEntry(
        kind="influxdb",
        name=name,
        options=tuple(_options(table, _CALLED)),
        has_token=table.token is not None,
    )
    _check_token(entry, proto, table.token, findings)
    if table.token is not None:
        secrets[entry.secret] = table.token
    return entry


def _check_token(entry: MetricEntry, proto: str, token: Secret | None, findings: Findings) -> None:
    if token is None:
        if proto != "udp":
            message = "none is given: only InfluxDB 1.8 takes points without one"
            findings.warn(entry.secret, message)
        return
    text = token.reveal()
    if wrong := wrong_with_value(text):
        findings.problem("invalid-value", entry.secret, wrong)
    if proto == "udp":
        hint = f'`proto = "https"` in {entry.key}'
        findings.problem("conflict", entry.secret, "is not sent over UDP", hint)
    elif proto == "http":
        message = 'crosses the network in the clear: proto = "https" would not let it'
        findings.warn(entry.secret, message)


def _options(
    table: GraphiteTable | InfluxDbTable, called: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """What is stated, in the words of status.cfg."""
    for name in type(table).model_fields:
        value = getattr(table, name)
        if value is not None and name not in _NOT_THERE:
            yield called.get(name, kebab(name)), _text(value)


def _text(value: str | int) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
