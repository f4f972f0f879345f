"""What an installation makes of settings: files over those that it has anyway, and commands.

The same functions as on a running host make the files, from the base system's texts. What is about
things that are not there yet, other pools and swap devices, is left to `bedplate config apply`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bedplate.model.facts import Facts
from bedplate.model.host_change import HostCommand, HostFile
from bedplate.model.invalid import key_path
from bedplate.model.layout import Layout, ZfsLayout
from bedplate.model.manifest import Manifest
from bedplate.model.plan import FilePlan, Storage, ZfsStorage
from bedplate.model.request import Request, ZfsOptions
from bedplate.model.settings import (
    ARC_KEY_OF_THE_ORIGINAL,
    SCRUB_PROPERTY,
    PoolSettings,
    ZfsSettings,
)
from bedplate.plan.settings_access import make_admin, set_admin_password
from bedplate.plan.settings_files import ALIASES, LOCALE_GEN, MAIN_CF, settings_files
from bedplate.plan.settings_readers import READERS
from bedplate.plan.settings_zfs import scrub_files
from bedplate.render import in_place
from bedplate.render.settings_text import host_mail_parameters

_LATER = "is not acted on by an installation: `bedplate config apply` does on the running host"
_MODE = 0o644


@dataclass(frozen=True, slots=True)
class NewHost:
    """What settings of a new host depend on."""

    request: Request
    facts: Facts
    manifest: Manifest
    storage: Storage


def arc_of(request: Request) -> ZfsSettings:
    """The limits of the ARC, wherever in the answer file they stand."""
    zfs = request.settings.zfs
    if zfs.arc_max_mib is not None:
        return zfs
    stated = {"arc_max_mib": request.zfs.arc_max_mib, "arc_key": ARC_KEY_OF_THE_ORIGINAL}
    return zfs.model_copy(update=stated)


def zfs_options(request: Request, layout: Layout) -> ZfsOptions:
    """The options of the pool with what `[zfs]` says of the layout's datasets."""
    options = request.zfs
    if not isinstance(layout.storage, ZfsLayout):
        return options
    datasets = dict(options.datasets)
    for dataset in layout.storage.datasets:
        said = request.settings.zfs.datasets.get(f"{layout.storage.pool}/{dataset.name}")
        if said is not None:
            datasets[dataset.name] = datasets.get(dataset.name, {}) | said
    return options.model_copy(update={"datasets": datasets})


def with_pool_settings(storage: ZfsStorage, zfs: ZfsSettings) -> ZfsStorage:
    """The pool with what `[zfs]` says of it and of its root dataset."""
    pool = zfs.pools.get(storage.pool, PoolSettings())
    trim = {} if pool.autotrim is None else {"autotrim": "on" if pool.autotrim else "off"}
    own = zfs.datasets.get(storage.pool, {})
    scrub = {} if pool.scrub is None else {SCRUB_PROPERTY: "disable"}
    return storage.model_copy(
        update={"pool_properties": trim, "properties": storage.properties | own | scrub}
    )


def installed_files(given: NewHost, planned: Mapping[str, FilePlan]) -> Iterator[FilePlan]:
    """The files that settings make, which take the place of those `planned` at the same path."""
    settings = given.request.settings
    base = given.manifest.files
    texts = {path: file.content for path, file in base.items() if file.link is None}
    links = {path: file.link for path, file in base.items() if file.link is not None}
    texts |= {path: file.content for path, file in planned.items() if file.link is None}
    links |= {path: file.link for path, file in planned.items() if file.link is not None}
    if MAIN_CF in base:
        name = None if given.request.hostname_from_dhcp else given.request.fqdn
        texts[MAIN_CF] = in_place.with_parameters(texts[MAIN_CF], host_mail_parameters(name))
        yield FilePlan(path=MAIN_CF, content=texts[MAIN_CF])
    for file in settings_files(settings, texts, links, given.facts.memory_bytes):
        yield _planned(file, planned)
    if isinstance(given.storage, ZfsStorage):
        pool = settings.zfs.pools.get(given.storage.pool, PoolSettings())
        if pool.scrub is not None:
            timers = scrub_files(given.storage.pool, pool.scrub)
            yield from (_planned(file, planned) for file in timers if file.link is not None)


def installed_commands(given: NewHost, files: Mapping[str, FilePlan]) -> Iterator[HostCommand]:
    """What has to be done in the new system once its files are there."""
    if ALIASES in files and MAIN_CF in given.manifest.files:
        yield from READERS[ALIASES].makes
    if LOCALE_GEN in files:
        yield from READERS[LOCALE_GEN].makes
    admin = given.request.settings.node.admin
    if admin is not None:
        yield make_admin(admin)
        if (command := set_admin_password(admin)) is not None:
            yield command


def warn_later(given: NewHost) -> Iterator[str]:
    """What comes of nothing until the host runs."""
    zfs, swap = given.request.settings.zfs, given.request.settings.swap
    pool = given.storage.pool if isinstance(given.storage, ZfsStorage) else None
    there = set() if pool is None else {pool}
    if isinstance(given.storage, ZfsStorage):
        there |= {dataset.name for dataset in given.storage.datasets}
    for kind, names in (
        ("pool", [name for name in zfs.pools if name != pool]),
        ("dataset", [name for name in zfs.datasets if name not in there]),
        ("encrypted", [dataset.name for dataset in zfs.encrypted]),
    ):
        for name in names:
            yield f"{key_path(('zfs', kind, name))} {_LATER}."
    if swap.devices:
        yield f"swap.devices {_LATER}."


def _planned(file: HostFile, planned: Mapping[str, FilePlan]) -> FilePlan:
    before = planned.get(file.path)
    mode = _MODE if before is None else before.mode
    return FilePlan(
        path=file.path,
        mode=mode if file.mode is None else file.mode,
        content=file.content or "",
        link=file.link,
        secret=file.secret,
    )
