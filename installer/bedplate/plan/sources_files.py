"""The files of a new host that say where packages come from, and through which proxy.

What would make every update fail is written, but disabled: an archive whose key the host does not
have yet, and one that asks for a subscription.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from itertools import groupby

from bedplate.errors import Problem
from bedplate.model.archive_key import OPERATOR_KEYRINGS, RELEASE_KEYS
from bedplate.model.host_sources import HostSources
from bedplate.model.known_repository import (
    RELEASES,
    REPOSITORIES,
    Channel,
    KnownRepository,
    repositories_of,
)
from bedplate.model.plan import FilePlan
from bedplate.model.repository import MAIN_LIST, PARTS, PROXY_CONF, Entry, Format, SourcesFile
from bedplate.model.repository_options import RepositoryOptions, ThirdParty
from bedplate.plan.repositories import DEBIAN, keyring_of
from bedplate.plan.repository_check import check_repositories
from bedplate.render.sources import render_entry
from bedplate.render.sources_list import MAIN_FILES, render_main_list

_STEMS = sorted({known.file for known in REPOSITORIES})
_SUFFIXES = {Format.ONE_LINE: "list", Format.DEB822: "sources"}
SOURCES_PATHS = frozenset(
    {
        MAIN_LIST,
        PROXY_CONF,
        *(f"{PARTS}/{stem}.{suffix}" for stem in _STEMS for suffix in _SUFFIXES.values()),
        *(key.keyring for key in RELEASE_KEYS.values()),
    }
)
"""Where the files may be; those of third parties are beside them, under names of their own."""

# It is not known when the plan is carried out, and a release that is too old is no surprise then.
_SOME_DAY = date.min


def plan_sources(options: RepositoryOptions, codename: str) -> Iterator[FilePlan]:
    """Every file; nothing speaks against the options any more."""
    by_file = _entries(options, codename)
    if options.format is Format.ONE_LINE:
        main = [pair for stem in MAIN_FILES for pair in by_file.pop(stem, [])]
        yield FilePlan(path=MAIN_LIST, content=render_main_list(main))
    else:
        # The base system may bring one; the same archive twice makes apt complain at every run.
        yield FilePlan(path=MAIN_LIST, content="# See sources.list.d.\n")
    for stem, pairs in by_file.items():
        yield _file(stem, [entry for _, entry in pairs], options.format)
    for other in options.others:
        yield _file(other.name, [_third_party(other)], options.format)
        yield FilePlan(path=_keyring(other), hex=other.key_hex)
    if options.proxmox_key_hex is not None:
        yield FilePlan(path=RELEASE_KEYS[codename].keyring, hex=options.proxmox_key_hex)
    if options.proxy is not None:
        yield FilePlan(path=PROXY_CONF, content=_proxy(options.proxy))


def refuse_repositories(options: RepositoryOptions, codename: str) -> Iterator[Problem]:
    """What the release to be installed does not have, and a key that is not its archive's."""
    offered = repositories_of(codename)
    for number, name in enumerate(options.enabled):
        if name not in offered:
            releases = dict.fromkeys(one.codename for one in REPOSITORIES if one.name == name)
            message = f"{name} is for {', '.join(releases)}, but the base system is {codename}"
            hint = f"this release has {', '.join(offered)}"
            where = f"repositories.enabled[{number}]"
            yield Problem("not-for-this-release", where, message, hint)
    if options.proxmox_key_hex is not None:
        yield from _refuse_key(options.proxmox_key_hex, codename)


def fitting_release(options: RepositoryOptions) -> str:
    """The newest release that nothing of the options speaks against, or else the newest."""
    newest_first = list(reversed(RELEASES))
    fitting = (name for name in newest_first if not any(refuse_repositories(options, name)))
    return next(fitting, newest_first[0])


def warn_repositories(options: RepositoryOptions, codename: str) -> Iterator[str]:
    """What is written disabled, and what `repo check` would say of the rest."""
    for name in options.enabled:
        known = repositories_of(codename)[name]
        if why := _disabled_because(known, options):
            yield f"repositories.enabled: {name} is written, but disabled: {why}"
    texts = {file.path: file.content for file in plan_sources(options, codename)}
    sources = sorted(path for path in texts if path.startswith(PARTS) or path == MAIN_LIST)
    files = tuple(SourcesFile(path=path, text=texts[path]) for path in sources)
    host = HostSources(codename=codename, today=_SOME_DAY, files=files)
    for problem in check_repositories(host).problems:
        yield f"repositories: {problem.where}: {problem.message}"


def _refuse_key(key_hex: str, codename: str) -> Iterator[Problem]:
    key = RELEASE_KEYS[codename]
    assert key.digest is not None, "Proxmox publishes the checksum of each"
    found = hashlib.new(key.digest.algorithm, bytes.fromhex(key_hex)).hexdigest()
    if found != key.digest.hex:
        message = (
            f"has the {key.digest.algorithm} {found[:16]}…, but the key for {codename} has "
            f"{key.digest.hex[:16]}…"
        )
        yield Problem("wrong-key", "repositories.proxmox-key", message, f"it is {key.source}")


_Named = tuple[str, Entry]


def _entries(options: RepositoryOptions, codename: str) -> dict[str, list[_Named]]:
    """What is to be in each file, by its stem, in the order of the answer."""
    offered = repositories_of(codename)
    found: dict[str, list[_Named]] = {}
    for name in options.enabled:
        known = offered[name]
        found.setdefault(known.file, []).append((name, _entry(known, options)))
    return found


def _entry(known: KnownRepository, options: RepositoryOptions) -> Entry:
    return Entry(
        enabled=not _disabled_because(known, options),
        uris=(known.uri(options.mirrors.get(known.archive)),),
        suites=(known.suite,),
        components=known.components,
        options={"signed-by": keyring_of(known)},
    )


def _disabled_because(known: KnownRepository, options: RepositoryOptions) -> str:
    enable = f"`bedplate repo enable {known.name}`"
    if known.channel is Channel.ENTERPRISE:
        return f"it needs a subscription key; set that on the host, then {enable}"
    if known.family != DEBIAN and options.proxmox_key_hex is None:
        return f"its key is not in the base system; {enable} on the host fetches and checks it"
    return ""


def _third_party(other: ThirdParty) -> Entry:
    return Entry(
        uris=(other.uri,),
        suites=other.suites,
        components=other.components,
        options={"signed-by": _keyring(other)},
    )


def _keyring(other: ThirdParty) -> str:
    return str(OPERATOR_KEYRINGS / f"{other.name}.gpg")


def _file(stem: str, entries: list[Entry], form: Format) -> FilePlan:
    parts = [render_entry(entry, form) for entry in merged(entries)]
    between = "\n" if form is Format.DEB822 else ""
    return FilePlan(path=f"{PARTS}/{stem}.{_SUFFIXES[form]}", content=between.join(parts))


def merged(entries: list[Entry]) -> list[Entry]:
    """Entries that follow each other and differ only in the suite, as one."""
    found: list[Entry] = []
    for _, same in groupby(entries, lambda entry: entry.model_dump(exclude={"suites"})):
        group = list(same)
        suites = tuple(suite for entry in group for suite in entry.suites)
        found.append(group[0].model_copy(update={"suites": suites}))
    return found


def _proxy(proxy: str) -> str:
    """apt.conf(5), apt-transport-http(1); https goes through the same one."""
    return "".join(f'Acquire::{scheme}::Proxy "{proxy}";\n' for scheme in ("http", "https"))
