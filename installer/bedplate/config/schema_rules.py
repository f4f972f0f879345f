"""What JSON Schema can say about an answer file beside the types of its values.

For editors, which mark a mistake while one types. The rules that count are those of the `check_`
functions; here is as much of them as a pattern or a condition on the presence of keys can state.
Patterns are in the part of regular expressions that JSON Schema shares with Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bedplate.config import first_boot_schema as f
from bedplate.config import hooks_schema as h
from bedplate.config import network_schema as n
from bedplate.config import repositories_schema as r
from bedplate.config import schema as s
from bedplate.config.credentials import PASSWORD_CHARACTERS
from bedplate.config.first_boot_paths import NOTHING_BELOW
from bedplate.config.metrics_rules import METRICS_CONDITIONS, METRICS_KEYWORDS
from bedplate.config.places import COUNTRIES
from bedplate.config.settings_rules import SETTINGS_CONDITIONS, SETTINGS_KEYWORDS
from bedplate.config.table import Table, kebab
from bedplate.model.hook import HOOK_POINTS
from bedplate.model.known_repository import ALIASES, REPOSITORIES

Keywords = Mapping[str, Any]

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Keywords = {"pattern": "^[0-9A-Fa-f:.]+$"}
_FINGERPRINT: Keywords = {"pattern": "^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$"}
_URL: Keywords = {"pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^/]"}
# No user, no blank, nothing that begins something else in a file of apt.
_ARCHIVE: Keywords = {
    "pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~+%/-]*)?$"
}
_WORD: Keywords = {"pattern": "^([A-Za-z0-9.][A-Za-z0-9._+~/-]*|/)$"}
_SCRIPT = {"pattern": "^#!/"}
_SCRIPTS = {**_SCRIPT, "items": {"type": "string", **_SCRIPT}}
_FILE = rf"^(?!({'|'.join(NOTHING_BELOW)})(/|$))(/(?!\.{{1,2}}(/|$))[^/]+)+$"
_UNITS = {
    "uniqueItems": True,
    "items": {
        "type": "string",
        "pattern": r"^[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]*)?"
        r"\.(service|socket|target|timer|path|mount|automount|swap)$",
    },
}
_REPOSITORIES = list(dict.fromkeys([*(one.name for one in REPOSITORIES), *ALIASES]))
_LINE: Keywords = {"minLength": 1, "pattern": r"^[^\u0000-\u001f\u007f]*$"}
_PATTERN: Keywords = {**_LINE, "not": {"pattern": r"^\s*$"}}
_TEXT: Keywords = {"minLength": 1, "pattern": r"^[^\u0000-\u001f\u007f\\]*$"}
_FILTER: Keywords = {
    "minProperties": 1,
    "propertyNames": {"pattern": "^[A-Za-z0-9_.:-]+$"},
    "additionalProperties": {"type": "string", **_LINE},
}
_MAC = "[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}"
_INTERFACE = r"[A-Za-z][A-Za-z0-9_]{0,14}(\.[1-9][0-9]{0,3})?"
_MAPPING: Keywords = {
    "propertyNames": {"pattern": f"^{_MAC}$"},
    "additionalProperties": {
        "type": "string",
        "maxLength": 15,
        "pattern": "^[A-Za-z][A-Za-z0-9_]{1,14}$",
    },
}

KEYWORDS: Mapping[type[Table], Mapping[str, Keywords]] = {
    s.GlobalTable: {
        "country": {"enum": sorted(COUNTRIES)},
        "fqdn": {
            "maxLength": 253,
            "pattern": rf"^(?![0-9]+\.){_LABEL}(\.{_LABEL})+$",
            "not": {"type": "string", "pattern": r"(^[Ll]ocalhost\.|\.example\.invalid$)"},
        },
        "mailto": {
            "pattern": rf"^[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(\.{_LABEL})*$",
            "not": {"const": "mail@example.invalid"},
        },
        "timezone": {"pattern": "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$"},
        "root-password": {**_LINE, "minLength": PASSWORD_CHARACTERS},
        "root-password-hashed": {"pattern": r"^\$(y|gy|7|2[abxy]|6|5|1)\$[!-~]+$"},
        "subscription-key": {"pattern": "^(pve[0-9]+|pbs|pmg)[cbsp]-[0-9a-f]{10}$"},
    },
    s.FqdnTable: {"domain": {"pattern": rf"^({_LABEL}(\.{_LABEL})*)?$"}},
    n.NetworkTable: {
        "cidr": {"pattern": "^[0-9A-Fa-f:.]+/([89]|[1-9][0-9]|1[0-2][0-9])$"},
        "dns": {**_ADDRESS, "minItems": 1, "items": {"type": "string", **_ADDRESS}},
        "gateway": _ADDRESS,
        "filter": _FILTER,
        "search": {"items": {"type": "string", "pattern": rf"^{_LABEL}(\.{_LABEL})*$"}},
        "interface": {"minProperties": 1, "propertyNames": {"pattern": f"^{_INTERFACE}$"}},
    },
    n.PinningTable: {"mapping": _MAPPING},
    n.InterfaceTable: {
        "mac": {"pattern": f"^{_MAC}$"},
        "filter": _FILTER,
        "address": {"items": {"type": "string", "pattern": "^[0-9A-Fa-f:.]+/[0-9.]+$"}},
        "gateway": {"maxItems": 2, "items": {"type": "string", **_ADDRESS}},
        "route": {"propertyNames": {"pattern": "^[0-9A-Fa-f:.]+/[0-9]+$"}},
        "comment": {"items": {"type": "string", **_TEXT}},
        "option": {"items": {"type": "string", **_TEXT}},
    },
    n.BridgeTable: {
        "ports": {"uniqueItems": True, "items": {"type": "string", "pattern": f"^{_INTERFACE}$"}},
        "vids": {"items": {"type": "string", "pattern": "^[1-9][0-9]{0,3}(-[1-9][0-9]{0,3})?$"}},
    },
    n.BondTable: {
        "slaves": {
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "string", "pattern": f"^{_INTERFACE}$"},
        },
        "primary": {"pattern": f"^{_INTERFACE}$"},
    },
    n.VlanTable: {"raw-device": {"pattern": f"^{_INTERFACE}$"}},
    n.RouteTable: {"via": _ADDRESS},
    n.MasqueradeTable: {"out": {"pattern": f"^{_INTERFACE}$"}},
    s.DiskSetupTable: {
        "disk-list": {"minItems": 1, "uniqueItems": True, "items": {"type": "string", **_LINE}},
        "filter": _FILTER,
    },
    s.SelectTable: {
        **dict.fromkeys(("model", "serial", "wwn", "path"), _PATTERN),
        "property": _FILTER,
    },
    s.ZfsTable: {"arc-max": {"not": {"type": "integer", "minimum": 1, "maximum": 63}}},
    s.LvmTable: {"maxroot": {"exclusiveMinimum": 0}},
    r.RepositoriesTable: {
        "enabled": {"uniqueItems": True, "items": {"type": "string", "enum": _REPOSITORIES}},
        "proxy": _ARCHIVE,
        "proxmox-key": {"pattern": r"^[A-Za-z0-9+/=\s]+$"},
        "other": {"propertyNames": {"pattern": "^[a-z0-9][a-z0-9-]{0,62}$"}},
    },
    r.MirrorTable: dict.fromkeys(("debian", "debian-security", "proxmox"), _ARCHIVE)
    | {"proxmox-enterprise": _ARCHIVE},
    r.OtherTable: {
        "url": _ARCHIVE,
        "suites": {"minItems": 1, "uniqueItems": True, "items": {"type": "string", **_WORD}},
        "components": {"uniqueItems": True, "items": {"type": "string", **_WORD}},
        "key": {"pattern": "^\\s*-----BEGIN PGP PUBLIC KEY BLOCK-----"},
        "key-fingerprint": {"pattern": r"^[0-9A-Fa-f\s:]{40,}$"},
    },
    **SETTINGS_KEYWORDS,
    **METRICS_KEYWORDS,
    s.WebhookTable: {"url": _URL, "cert-fingerprint": _FINGERPRINT, "auth-token": _LINE},
    f.FirstBootTable: {
        "url": _URL,
        "cert-fingerprint": _FINGERPRINT,
        "script": _SCRIPT,
        "files": {"propertyNames": {"pattern": _FILE}},
        "packages": {
            "uniqueItems": True,
            "items": {
                "type": "string",
                "pattern": "^[a-z0-9][a-z0-9.+-]*[a-z0-9.+](=[A-Za-z0-9.+:~-]+)?$",
            },
        },
    },
    h.HooksTable: dict.fromkeys(HOOK_POINTS, _SCRIPTS),
    f.FirstBootFileTable: {"mode": {"pattern": "^0?[0-7]{3}$"}},
    f.FirstBootUnitsTable: {"enable": _UNITS, "disable": _UNITS, "mask": _UNITS},
}
"""What holds for single keys, by table."""


def _is(key: str, value: str) -> dict[str, Any]:
    return {"properties": {key: {"const": value}}, "required": [key]}


def _has(*keys: str) -> dict[str, Any]:
    return {"required": list(keys)}


def _none_of(*keys: str) -> dict[str, Any]:
    return {"properties": dict.fromkeys(keys, False)}


_STATIC = ("cidr", "dns", "gateway")
_OTHERS_THAN = {"lvm": ("zfs", "btrfs"), "zfs": ("lvm", "btrfs"), "btrfs": ("lvm", "zfs")}
_TABLE_OF = {"ext4": "lvm", "xfs": "lvm", "zfs": "zfs", "btrfs": "btrfs"}

CONDITIONS: Mapping[type[Table], Keywords] = {
    s.GlobalTable: {"oneOf": [_has("root-password"), _has("root-password-hashed")]},
    n.NetworkTable: {
        "if": _has("interface"),
        "then": {
            "properties": {"source": {"const": "from-answer"}}
            | dict.fromkeys(("cidr", "gateway", "filter"), False)
        },
        "else": {
            "if": _is("source", "from-answer"),
            "then": _has(*_STATIC, "filter"),
            "else": _none_of(*_STATIC),
        },
    },
    s.DiskSetupTable: {
        "oneOf": [_has("disk-list"), _has("filter"), _has("select")],
        "anyOf": [_has("filesystem"), _has("layout")],
        "allOf": [
            *(
                {"if": _is("filesystem", name), "then": _none_of(*_OTHERS_THAN[table])}
                for name, table in _TABLE_OF.items()
            ),
            *(
                {
                    "if": {**_is("filesystem", name), "not": _has("layout")},
                    "then": {"properties": {name: _has("raid")}, "required": [name]},
                }
                for name in ("zfs", "btrfs")
            ),
        ],
    },
    s.SelectTable: {
        "anyOf": [
            _has(kebab(name))
            for name in s.SelectTable.model_fields
            if name not in ("count", "at_least")
        ]
    },
    f.FirstBootTable: {
        "allOf": [
            {"if": _is("source", "from-url"), "then": _has("url")},
            {"if": _is("source", "from-answer"), "then": _has("script")},
            {
                "if": {"not": _has("source")},
                "then": {
                    "anyOf": [_has("files"), _has("packages"), _has("units")],
                    "not": {"anyOf": [_has("url"), _has("cert-fingerprint"), _has("script")]},
                },
            },
            {
                "if": _is("ordering", "before-network"),
                "then": {"properties": {"packages": {"maxItems": 0}}},
            },
        ]
    },
    **SETTINGS_CONDITIONS,
    **METRICS_CONDITIONS,
}
"""What holds between the keys of a table."""
