"""Which files, links and keys of a running host have to be looked at for its settings."""

from __future__ import annotations

from bedplate.model.host_settings import Paths
from bedplate.model.metric_server import token_path
from bedplate.model.settings import Settings
from bedplate.plan import settings_files as f
from bedplate.plan.settings_keys import key_file, key_units
from bedplate.plan.settings_zfs import timer_links
from bedplate.render.fstab import FSTAB


def paths_of(settings: Settings) -> Paths:
    """All of them."""
    units = [file for dataset in settings.zfs.encrypted for file in key_units(dataset)]
    admin = settings.node.admin
    own = () if admin is None else (f.admin_keys_path(admin.name),)
    timers = [path for name in settings.zfs.pools for path in timer_links(name)]
    shown = [path for path in f.CHANGED_IN_PLACE if path != f.RELAY_LOGIN]
    return Paths(
        texts=(*shown, *own, FSTAB, *(one.path for one in units if one.link is None)),
        links=(f.LOCALTIME, *timers, *(one.path for one in units if one.link is not None)),
        keys=tuple(key_file(one.name) for one in settings.zfs.encrypted if one.key == "file"),
        private=(
            f.RELAY_LOGIN,
            *(token_path(one.name) for one in settings.metrics if one.has_token),
        ),
    )
