"""What JSON Schema can say about `[metrics]`; see `bedplate.config.settings_rules`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bedplate.config import metrics_schema as m
from bedplate.config.settings_rules import SERVER, Keywords
from bedplate.config.table import Table

# No space at an end, and no control character anywhere.
_LINE: Keywords = {"pattern": r"^(?! )[^\u0000-\u001f\u007f]+(?<! )$"}
_WORD = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_NAMED: Keywords = {"propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_-]+$"}}

METRICS_KEYWORDS: Mapping[type[Table], Mapping[str, Keywords]] = {
    m.MetricsTable: {"graphite": _NAMED, "influxdb": _NAMED},
    m.GraphiteTable: {
        "server": SERVER,
        "path": {"pattern": rf"^{_WORD}(\.{_WORD})*$"},
    },
    m.InfluxDbTable: {
        "server": SERVER,
        "organization": _LINE,
        "bucket": _LINE,
        "token": _LINE,
        "api-path-prefix": {"pattern": "^[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*$"},
    },
}
"""What holds for single keys, by table."""

_OVER_HTTP: dict[str, Any] = {
    "properties": {"proto": {"enum": ["http", "https"]}},
    "required": ["proto"],
}

METRICS_CONDITIONS: Mapping[type[Table], Keywords] = {
    m.InfluxDbTable: {"if": {"required": ["token"]}, "then": _OVER_HTTP},
}
"""What holds between the keys of a table."""
