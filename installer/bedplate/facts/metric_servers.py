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
    # One that was written with an editor has a line feed at its end.
    return parse_status_cfg(text, {name: Secret(t.strip()) for name, t in tokens.items() if t})


def parse_status_cfg(text: str, tokens: Mapping[str, Secret]) -> Found:
    """The sections of a text; those of kinds that are not known here are somebody else's."""
    servers: list[MetricServer] = []
    problems: list[Problem] = []
    for section in {one.name: one for one in sections_in(text)}.values():
        if section.kind not in _KINDS:
            continue
        token = tokens.get(section.name)
        if token is not None and not token.reveal().isprintable():
            message = f"{token_path(section.name)}: has a control character in it"
            problems.append(Problem("server-unclear", _place(section), message))
            continue
        try:
            servers.append(_server(section, token))
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
    return [
        Problem(
            "server-unclear", _place(section), f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
        )
        for one in error.errors()
    ]


def _place(section: Section) -> str:
    return f"{STATUS_CFG}: {section.kind} {section.name}"
