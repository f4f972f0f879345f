"""What JSON Schema can say about the tables of `bedplate.config.settings_schema`.

See `bedplate.config.schema_rules`: for editors; the rules that count are those of the `check_`
functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bedplate.config import settings_schema as s
from bedplate.config.credentials import PASSWORD_CHARACTERS
from bedplate.config.table import Table

Keywords = Mapping[str, Any]

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = rf"{_LABEL}(\.{_LABEL})*"
_ADDRESS = "[0-9A-Fa-f:.]+"
_LINE: Keywords = {"minLength": 1, "pattern": r"^[^\u0000-\u001f\u007f]*$"}
_PASSWORD: Keywords = {**_LINE, "minLength": PASSWORD_CHARACTERS}
_PASSPHRASE: Keywords = {"minLength": 8, "maxLength": 512}
_DATASET = "^[A-Za-z][A-Za-z0-9_.:-]*(/[A-Za-z0-9_.:-]+)*$"


def _each(pattern: str) -> Keywords:
    return {"uniqueItems": True, "items": {"type": "string", "pattern": f"^({pattern})$"}}


_SERVERS = _each(f"{_NAME}|{_ADDRESS}")
SERVER: Keywords = {"pattern": f"^({_NAME}|{_ADDRESS})$"}
"""Name or address of another machine."""

SETTINGS_KEYWORDS: Mapping[type[Table], Mapping[str, Keywords]] = {
    s.TimeTable: {"servers": {"minItems": 1, **_SERVERS}, "fallback-servers": _SERVERS},
    s.MailTable: {"sender": {"pattern": rf"^[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_NAME}$"}},
    s.RelayTable: {
        "host": SERVER,
        "user": {"pattern": r"^[^\u0000-\u0020\u007f:*]+$"},
        "password": _LINE,
    },
    s.ZfsSettingsTable: {
        "arc-max": {"not": {"type": "integer", "minimum": 1, "maximum": 63}},
        "arc-min": {"not": {"type": "integer", "minimum": 1, "maximum": 31}},
        "pool": {"propertyNames": {"pattern": "^(?!mirror|raidz)[A-Za-z][A-Za-z0-9_.:-]*$"}},
        "dataset": {"propertyNames": {"pattern": _DATASET}},
        "encrypted": {"propertyNames": {"pattern": "^[^/]+/[^/].*$"}},
    },
    s.EncryptedTable: {"passphrase": _PASSPHRASE},
    s.SwapTable: {"devices": _each(r"/dev/(?!zvol/|zd[0-9]|sd|nvme|vd)[A-Za-z0-9_.:@+/-]+")},
    s.NodeTable: {
        "description": {"pattern": r"^[^\u0000-\u001f\u007f\"'\\\\$`]+$"},
        "locale": {"pattern": r"^(C\.UTF-8|[a-z]{2,3}_[A-Z]{2}\.UTF-8(@[a-z]+)?)$"},
        "hosts": {
            "propertyNames": {"pattern": f"^{_ADDRESS}$", "not": {"pattern": "^127\\."}},
            "additionalProperties": {"type": "array", "minItems": 1, **_each(_NAME)},
        },
        "sysctl": {
            "propertyNames": {
                "pattern": "^[a-z][A-Za-z0-9_-]*([./][A-Za-z0-9_:*@-]+)+$",
                "not": {"const": "vm.swappiness"},
            }
        },
        "wake-on-lan": _each("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}"),
    },
    s.AdminTable: {
        "name": {"pattern": "^[a-z][a-z0-9_-]{0,31}$"},
        "full-name": {"pattern": r'^[^\u0000-\u001f\u007f:,"\\%]*$'},
        "password": _PASSWORD,
        "password-hashed": {"pattern": r"^\$(y|gy|7|2[abxy]|6|5|1)\$[!-~]+$"},
    },
}
"""What holds for single keys, by table."""


def _has(*keys: str) -> dict[str, Any]:
    return {"required": list(keys)}


def _is(key: str, value: object) -> dict[str, Any]:
    return {"properties": {key: {"const": value}}, "required": [key]}


SETTINGS_CONDITIONS: Mapping[type[Table], Keywords] = {
    s.RelayTable: {
        "dependentRequired": {"user": ["password"], "password": ["user"]},
        "not": {
            "allOf": [
                _is("security", "none"),
                {"anyOf": [_has("password"), _is("verify", True)]},
            ]
        },
    },
    s.EncryptedTable: {
        "if": _is("key", "passphrase"),
        "then": _has("passphrase"),
        "else": {"properties": {"passphrase": False}},
    },
    s.AdminTable: {
        "not": _has("password", "password-hashed"),
        "anyOf": [
            _has("password"),
            _has("password-hashed"),
            {"allOf": [_has("ssh-keys"), _is("sudo-without-password", True)]},
        ],
    },
    s.NodeTable: {
        "if": {"properties": {"ssh": _is("root-login", "no")}, "required": ["ssh"]},
        "then": _has("admin"),
    },
}
"""What holds between the keys of a table."""
