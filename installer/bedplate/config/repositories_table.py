"""The rules for `[repositories]`: what is enabled, mirrors, proxy, keys, third parties."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence

from bedplate.config.findings import Findings, did_you_mean, shown
from bedplate.config.names import wrong_with_url
from bedplate.config.repositories_schema import MirrorTable, OtherTable, RepositoriesTable
from bedplate.model.archive_key import bare_fingerprint, is_fingerprint
from bedplate.model.invalid import key_path
from bedplate.model.known_repository import (
    ALIASES,
    CEPH_PREFIX,
    REPOSITORIES,
    Archive,
    Channel,
    KnownRepository,
)
from bedplate.model.openpgp import parse_certificates, without_armour
from bedplate.model.repository import Format
from bedplate.model.repository_options import RepositoryOptions, ThirdParty

_TABLE = "repositories"
# What goes into a file of apt: no blank ends it early, no bracket or quote begins something else.
_PLAIN_URL = re.compile(
    r"[a-z]+://(?:[\w.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?(?:/[\w.~+%/-]*)?",
    re.ASCII | re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z0-9.][A-Za-z0-9._+~/-]*|/")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_STEMS = frozenset(known.file for known in REPOSITORIES)
_KNOWN = {known.name: known for known in REPOSITORIES}


def check_repositories_table(table: RepositoriesTable, findings: Findings) -> RepositoryOptions:
    """The repositories of the host; without any `enabled` those of Debian."""
    others = (_check_other(name, other, findings) for name, other in table.other.items())
    default = RepositoryOptions()
    return RepositoryOptions(
        enabled=default.enabled if table.enabled is None else _check_enabled(table, findings),
        format=Format(table.format),
        mirrors=_check_mirrors(table.mirror or MirrorTable(), findings),
        proxy=_check_url(f"{_TABLE}.proxy", table.proxy, findings),
        proxmox_key_hex=_check_proxmox_key(table.proxmox_key, findings),
        others=tuple(other for other in others if other is not None),
    )


def _check_enabled(table: RepositoriesTable, findings: Findings) -> tuple[str, ...]:
    names: list[str] = []
    for number, written in enumerate(table.enabled or ()):
        where = f"{_TABLE}.enabled[{number}]"
        name = ALIASES.get(written, written)
        if name not in _KNOWN:
            hint = did_you_mean(written, _KNOWN) or "`bedplate repo list` shows what there is"
            findings.problem("unknown-repository", where, f"{shown(written)} is not known", hint)
        elif name in names:
            findings.problem("duplicate", where, f"{shown(written)} is there already")
        else:
            names.append(name)
    _check_together([_KNOWN[name] for name in names], findings)
    return tuple(names)


def _check_together(chosen: Sequence[KnownRepository], findings: Findings) -> None:
    """What must not be enabled at once."""
    where = f"{_TABLE}.enabled"
    channels = {(one.family, one.channel): one for one in chosen}
    for (family, channel), one in channels.items():
        other = channels.get((family, Channel.NO_SUBSCRIPTION))
        if channel is Channel.ENTERPRISE and other is not None:
            message = f"has {one.name} and {other.name}, of which one makes the other useless"
            findings.problem("conflict", where, message, "leave one of them out")
    ceph = dict.fromkeys(one.family for one in chosen if one.family.startswith(CEPH_PREFIX))
    if len(ceph) > 1:
        message = f"has {' and '.join(ceph)}, but a host has one release of Ceph"
        findings.problem("conflict", where, message, "leave the others out")


def _check_mirrors(table: MirrorTable, findings: Findings) -> dict[Archive, str]:
    given = {
        Archive.DEBIAN: table.debian,
        Archive.SECURITY: table.debian_security,
        Archive.PROXMOX: table.proxmox,
        Archive.ENTERPRISE: table.proxmox_enterprise,
    }
    checked = {
        archive: _check_url(f"{_TABLE}.mirror.{archive}", url, findings)
        for archive, url in given.items()
    }
    return {archive: url.rstrip("/") for archive, url in checked.items() if url is not None}


def _check_url(where: str, url: str | None, findings: Findings) -> str | None:
    """An address that may stand in a file of apt. Never shown: it may hold a password."""
    if url is None:
        return None
    if "@" in url.partition("://")[2].partition("/")[0]:
        message = "has a user or a password, which everybody on the host could read"
        hint = "put them into /etc/apt/auth.conf.d on the host"
        findings.problem("credentials", where, message, hint)
    elif wrong := wrong_with_url(url):
        findings.problem("invalid-value", where, wrong)
    elif not _PLAIN_URL.fullmatch(url):
        message = "has characters that an address of apt cannot have"
        hint = "letters, digits and . _ ~ + % / - are fine; no ? and no #"
        findings.problem("invalid-value", where, message, hint)
    return url


def _check_proxmox_key(text: str | None, findings: Findings) -> str | None:
    where = f"{_TABLE}.proxmox-key"
    if text is None:
        return None
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
        parse_certificates(data)
    except ValueError as error:
        # What `base64` has against a text is of no use to whoever wrote it.
        wrong = str(error) if str(error).startswith(("is ", "holds ", "ends ")) else "is not base64"
        hint = "`base64 -w0` of the file as Proxmox hands it out"
        findings.problem("invalid-value", where, wrong, hint)
        return None
    return data.hex()


def _check_other(name: str, table: OtherTable, findings: Findings) -> ThirdParty | None:
    where = (_TABLE, "other", name)
    if not _NAME.fullmatch(name):
        message = f"{shown(name)} is not a name of small letters, digits and dashes"
        findings.problem("invalid-value", key_path(where), message)
    elif name in _STEMS:
        message = f"{shown(name)} is the name of a file with known repositories"
        findings.problem("conflict", key_path(where), message, "choose another one")
    url = _check_url(key_path((*where, "url")), table.url, findings)
    suites = table.suites or []
    if table.suites == []:
        findings.problem("invalid-value", key_path((*where, "suites")), "names no suite")
    _check_words(key_path((*where, "suites")), suites, findings)
    _check_words(key_path((*where, "components")), table.components, findings)
    _check_folders(where, suites, table.components, findings)
    key = _check_key(where, table, findings)
    if url is None or key is None or not suites:
        return None
    return ThirdParty(
        name=name,
        uri=url,
        suites=tuple(suites),
        components=tuple(table.components),
        key_hex=key.hex(),
    )


def _check_words(where: str, words: Iterable[str], findings: Findings) -> None:
    seen: set[str] = set()
    for number, word in enumerate(words):
        here = f"{where}[{number}]"
        if not _WORD.fullmatch(word):
            message = f"{shown(word)} is not a word that apt takes, such as stable or main"
            findings.problem("invalid-value", here, message)
        elif word in seen:
            findings.problem("duplicate", here, f"{shown(word)} is there already")
        seen.add(word)


def _check_folders(
    where: tuple[str, ...], suites: Sequence[str], components: Sequence[str], findings: Findings
) -> None:
    """A suite that ends in a slash is a folder without components; any other one has some."""
    folders = [suite for suite in suites if suite.endswith("/")]
    here = key_path((*where, "components"))
    if folders and (components or len(folders) < len(suites)):
        message = f"{shown(folders[0])} ends in a slash, so it is a folder and has no components"
        hint = "make two tables of it"
        findings.problem("conflict", key_path((*where, "suites")), message, hint)
    elif suites and not folders and not components:
        findings.missing(here, "a suite that is no folder has components")


def _check_key(where: tuple[str, ...], table: OtherTable, findings: Findings) -> bytes | None:
    """The key in the form that gpgv reads, if it is the one that the fingerprint is of."""
    at, printed = key_path((*where, "key")), key_path((*where, "key-fingerprint"))
    wanted = table.key_fingerprint
    if wanted is not None and not is_fingerprint(wanted):
        message = f"{shown(wanted)} is not the whole fingerprint of a key (40 or 64 hex digits)"
        findings.problem("invalid-value", printed, message)
        wanted = None
    if table.key is None:
        return None
    try:
        data = without_armour(table.key.encode())
        found = [one.fingerprint for one in parse_certificates(data)]
    except ValueError as error:
        findings.problem("invalid-value", at, str(error), "it begins with -----BEGIN PGP PUBLIC")
        return None
    if wanted is not None and found != [bare_fingerprint(wanted)]:
        message = f"holds {' and '.join(found)}, but the fingerprint is {bare_fingerprint(wanted)}"
        findings.problem("wrong-key", at, message, "get the key from its owner again")
    return data
