"""LVM volume groups and their volumes, from one `lvm fullreport` (lvmreport(7)).

Of the volumes that LVM has for itself, in brackets, only the size of the spare metadata is kept.
"""

from __future__ import annotations

from typing import Any

from bedplate.facts.tools import ask, parse_json, senseless
from bedplate.model.facts import LogicalVolumeFact, VolumeGroupFact
from bedplate.run import Runner

_COLUMNS = {
    "vg": "vg_name,vg_uuid,vg_size,vg_free,vg_extent_size,vg_missing_pv_count",
    "pv": "pv_name,pv_missing",
    "lv": "lv_name,lv_uuid,lv_size,lv_layout,lv_active,lv_metadata_size,lv_tags"
    ",pool_lv,data_percent,metadata_percent",
    # These two cannot be switched off; one column each keeps them short.
    "pvseg": "pvseg_start",
    "seg": "seg_start",
}
_REPORT = (
    *("lvm", "fullreport", "--all", "--reportformat", "json", "--units", "b", "--nosuffix"),
    *(word for kind, fields in _COLUMNS.items() for word in ("--configreport", kind, "-o", fields)),
)
_COMMAND = "lvm fullreport"
_HIDDEN = "["
_SPARE = "_pmspare]"


def parse_fullreport(text: str) -> tuple[VolumeGroupFact, ...]:
    """Volume groups by name, from `lvm fullreport` in JSON; PVs that belong to none are left out.

    Raises `FactsError` if it is not such a report.
    """
    report = parse_json(text, _COMMAND)
    if report is None:
        return ()
    try:
        groups = [_group(entry) for entry in report["report"] if entry.get("vg")]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise senseless(_COMMAND, f"printed a report without a usable {error}") from error
    return tuple(sorted(groups, key=lambda group: (group.name, group.uuid)))


def probe_volume_groups(run: Runner) -> tuple[VolumeGroupFact, ...]:
    """Every volume group that LVM sees.

    Raises `MissingTool` if lvm is not installed, `CommandError` or `FactsError` if it fails.
    """
    return parse_fullreport(ask(run, _REPORT).stdout)


def _group(entry: dict[str, Any]) -> VolumeGroupFact:
    group = entry["vg"][0]
    return VolumeGroupFact(
        name=group["vg_name"],
        uuid=group["vg_uuid"],
        size_bytes=int(group["vg_size"]),
        free_bytes=int(group["vg_free"]),
        extent_bytes=int(group["vg_extent_size"]),
        pvs=tuple(sorted(pv["pv_name"] for pv in entry["pv"] if not pv["pv_missing"])),
        missing_pvs=int(group["vg_missing_pv_count"]),
        volumes=tuple(
            _volume(volume) for volume in entry["lv"] if not volume["lv_name"].startswith(_HIDDEN)
        ),
        spare_bytes=sum(
            int(volume["lv_size"]) for volume in entry["lv"] if volume["lv_name"].endswith(_SPARE)
        ),
    )


def _volume(volume: dict[str, str]) -> LogicalVolumeFact:
    metadata, is_pool = volume["lv_metadata_size"], "pool" in volume["lv_layout"]
    return LogicalVolumeFact(
        name=volume["lv_name"],
        uuid=volume["lv_uuid"],
        size_bytes=int(volume["lv_size"]),
        kind=volume["lv_layout"],
        active=volume["lv_active"] == "active",
        metadata_size_bytes=int(metadata) if metadata else None,
        tags=tuple(tag for tag in volume["lv_tags"].split(",") if tag),
        pool=volume.get("pool_lv") or None,
        data_percent=_percent(volume.get("data_percent")) if is_pool else None,
        metadata_percent=_percent(volume.get("metadata_percent")) if is_pool else None,
    )


def _percent(text: str | None) -> float | None:
    return float(text) if text else None
