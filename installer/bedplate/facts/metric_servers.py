"""The servers that /etc/pve/status.cfg has, as far as they can be used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bedplate.errors import Problem
from bedplate.facts.kernels import text_of
from bedplate.model.metric_server import (
    STATUS_CFG,
    Graphite,
    InfluxDb,
    MetricServer,
    token_path,
)
from bedplate.model.secret import Secret
from bedplate.render.sections import Section, sections_in

_KINDS: Mapping[str, type[Graphite] | type[InfluxDb]] = {"graphite": Graphite, "influxdb": InfluxDb}
_CALLED = {"influxdbproto": "proto"}
_TRUE = {"1", "yes", "on", "true"}

Found = tuple[tuple[MetricServer, ...], tuple[Problem, ...]]


def probe_metric_servers(root: Path = Path("/")) -> Found:
    """The servers with their tokens, and what is wrong with sections that cannot be used."""
    text = text_of(root, STATUS_CFG) or ""
    names = [section.name for section in sections_in(text)]
    tokens = {name: text_of(root, token_path(name)) for name in names if "/" not in name}
    return parse_status_cfg(text, {name: Secret(t) for name, t in tokens.items() if t})


def parse_status_cfg(text: str, tokens: Mapping[str, Secret]) -> Found:
    """The sections of a text; those of kinds that are not known here are somebody else's."""
    servers: list[MetricServer] = []
    problems: list[Problem] = []
    for section in sections_in(text):
        if section.kind in _KINDS:
            try:
                servers.append(_server(section, tokens.get(section.name)))
            except ValidationError as error:
                problems += _wrong(section, error)
    return tuple(servers), tuple(problems)


def _server(section: Section, token: Secret | None) -> MetricServer:
    kind = _KINDS[section.kind]
    named = {_CALLED.get(key, key.replace("-", "_")): v for key, v in section.options.items()}
    known: dict[str, Any] = {key: v for key, v in named.items() if key in kind.model_fields}
    for key in ("disable", "verify_certificate"):
        if key in known:
            known[key] = known[key].lower() in _TRUE
    if kind is InfluxDb:
        known["token"] = token
    return kind.model_validate({**known, "name": section.name})


def _wrong(section: Section, error: ValidationError) -> list[Problem]:
    where = f"{STATUS_CFG}: {section.kind} {section.name}"
    return [
        Problem("server-unclear", where, f"{'.'.join(map(str, one['loc']))}: {one['msg']}")
        for one in error.errors()
    ]
