"""How a host is to be set up, from an answer file: for an installation, or for the host itself."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate.config.findings import Findings
from bedplate.config.global_table import check_global_texts, check_root_ssh_keys
from bedplate.config.layout_choice import choose_layout
from bedplate.config.metrics_table import check_metrics
from bedplate.config.network_schema import NetworkTable
from bedplate.config.network_table import check_dns, check_search
from bedplate.config.node_table import check_node
from bedplate.config.schema import AnswerFile, DiskSetupTable, GlobalTable
from bedplate.config.settings_tables import (
    check_mail,
    check_smart,
    check_swap_devices,
    check_time,
)
from bedplate.config.shape import ANSWER, check_shape, parse_toml
from bedplate.config.text import decode
from bedplate.config.zfs_properties import wrong_with_property
from bedplate.config.zfs_settings_table import WHEN_CREATED, check_zfs_settings
from bedplate.model.layout import Layout, ZfsLayout
from bedplate.model.secret import Secret
from bedplate.model.settings import Settings

# They stand in files of the running system that are in use: moving them is not a setting.
_FIXED = WHEN_CREATED | {"mountpoint", "canmount"}


def parse_settings(data: bytes, layouts: Sequence[Layout]) -> tuple[Settings, tuple[str, ...]]:
    """The settings in an answer file, and warnings. The file may lack what only an install needs.

    Raises `UsageError` with every problem that the file has.
    """
    findings = Findings()
    tables = check_shape(parse_toml(decode(data)), ANSWER, findings, complete=False)
    if tables.global_ is not None:
        check_global_texts(tables.global_, findings)
    keys = check_root_ssh_keys(tables.global_ or GlobalTable(), findings)
    settings = check_settings(tables, keys, findings)
    if tables.network is not None:
        settings = _with_resolver(settings, tables.network, findings)
    findings.raise_if_any()
    if tables.disk_setup is not None:
        settings = _with_root_pool(settings, tables.disk_setup, layouts)
    return settings, tuple(findings.warnings)


def check_settings(
    tables: AnswerFile, root_ssh_keys: tuple[str, ...], findings: Findings
) -> Settings:
    """The settings in the tables of an answer file; `[global]` is judged elsewhere."""
    about = tables.global_ or GlobalTable()
    secrets: dict[str, Secret] = {}
    disks = tables.disk_setup
    arc_max = disks.zfs.arc_max if disks is not None and disks.zfs is not None else None
    return Settings(
        time=check_time(tables.time, findings),
        mail=check_mail(tables.mail, about.mailto, secrets, findings),
        smart=check_smart(tables.smart),
        zfs=check_zfs_settings(tables.zfs, arc_max, secrets, findings),
        swap=check_swap_devices(tables.swap, findings),
        node=check_node(tables.node, secrets, findings),
        metrics=check_metrics(tables.metrics, secrets, findings),
        timezone=about.timezone,
        keyboard=about.keyboard,
        root_ssh_keys=root_ssh_keys,
        secrets=secrets,
    )


def _with_resolver(settings: Settings, table: NetworkTable, findings: Findings) -> Settings:
    """With the name servers and domains of the network, of which nothing else is a setting."""
    search = tuple(table.search or ())
    check_search(search, findings)
    dns = tuple(map(str, check_dns(table, findings)))
    return settings.model_copy(update={"dns": dns, "search": search})


def _with_root_pool(
    settings: Settings, table: DiskSetupTable, layouts: Sequence[Layout]
) -> Settings:
    """With what `disk-setup.zfs` says of datasets of the root pool, which `[zfs]` comes before."""
    layout = choose_layout(table, layouts, Findings())
    if table.zfs is None or layout is None or not isinstance(layout.storage, ZfsLayout):
        return settings
    pool = layout.storage.pool
    stated: dict[str, dict[str, str]] = {}
    if table.zfs.compress is not None:
        stated[pool] = {"compression": table.zfs.compress}
    if table.special is not None and table.special.small_blocks is not None:
        stated.setdefault(pool, {})["special_small_blocks"] = table.special.small_blocks
    for name, properties in table.zfs.dataset.items():
        stated[f"{pool}/{name}"] = {
            key: value
            for key, value in properties.items()
            if key not in _FIXED and not wrong_with_property(key, value, of_root=False)
        }
    names = dict.fromkeys((*stated, *settings.zfs.datasets))
    datasets = {name: stated.get(name, {}) | settings.zfs.datasets.get(name, {}) for name in names}
    return settings.model_copy(
        update={"zfs": settings.zfs.model_copy(update={"datasets": datasets})}
    )
