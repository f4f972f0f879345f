"""What apt on this host reads its repositories from, as sources.list(5) says."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from bedplate.errors import FactsError, Problem
from bedplate.facts.apt_config import AptAccess, probe_apt_access
from bedplate.facts.kernels import text_of
from bedplate.model.host_sources import HostSources
from bedplate.model.repository import MAIN_LIST, PARTS, SourcesFile, without_credentials
from bedplate.render.sources import parse_sources
from bedplate.run import Runner

_NAME = re.compile(r"[A-Za-z0-9_:-][A-Za-z0-9_:.-]*\.(?:list|sources)")
# apt's Dir::Ignore-Files-Silently, and files that nothing takes for sources.
_SILENT = re.compile(r".*(?:~|\.(?:disabled|bak|dpkg-[a-z]+|save|orig|distUpgrade))|\..*")
_CODENAME = re.compile(r"^VERSION_CODENAME=[\"']?([A-Za-z0-9_.-]+)", re.MULTILINE)
_PROXY = re.compile(r"acquire::[a-z]+::proxy(?:::.*)?")


def probe_host_sources(run: Runner, today: date, root: Path = Path("/")) -> HostSources:
    """Every file that apt reads, and what else decides whether they are as they should be.

    Raises `FactsError` if a file cannot be read, `CommandError` if apt is not there.
    """
    access = probe_apt_access(run, root)
    paths, ignored = _names(root)
    files = tuple(
        SourcesFile(path=path, text=text)
        for path in (MAIN_LIST, *paths)
        if (text := text_of(root, path)) is not None
    )
    entries = parse_sources(files).entries
    keyrings = {path for entry in entries for path in (entry.signed_by or "").split(",")}
    uris = {uri for entry in entries for uri in entry.uris}
    return HostSources(
        codename=parse_codename(text_of(root, "/etc/os-release") or ""),
        today=today,
        files=files,
        ignored=ignored,
        missing_keyrings=tuple(sorted(path for path in keyrings if _is_missing(root, path))),
        logged_in=tuple(sorted(uri for uri in uris if _has_login(access, uri))),
        proxies=_proxies(access),
        has_subscription=(root / "etc/subscription").exists(),
        has_pve=(root / "usr/bin/pveversion").exists(),
    )


def parse_codename(os_release: str) -> str | None:
    """The codename of the release, from os-release(5)."""
    match = _CODENAME.search(os_release)
    return match[1] if match else None


def _names(root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paths in sources.list.d in apt's order, and those that it complains of."""
    try:
        names = sorted(path.name for path in (root / PARTS[1:]).iterdir() if path.is_file())
    except FileNotFoundError:
        return (), ()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise FactsError(Problem("file-unreadable", PARTS, message)) from error
    read = tuple(f"{PARTS}/{name}" for name in names if _NAME.fullmatch(name))
    passed_over = (name for name in names if not _NAME.fullmatch(name))
    return read, tuple(f"{PARTS}/{name}" for name in passed_over if not _SILENT.fullmatch(name))


def _is_missing(root: Path, keyring: str) -> bool:
    # Signed-By takes fingerprints and whole keys as well.
    is_path = keyring.startswith("/") and "\n" not in keyring
    return is_path and not (root / keyring[1:]).is_file()


def _has_login(access: AptAccess, uri: str) -> bool:
    try:
        # A machine's path must begin as the address does, apt_auth.conf(5).
        return access.login(uri) is not None
    except ValueError:  # cdrom:[Debian 12]/ is no URL that Python takes
        return False


def _proxies(access: AptAccess) -> dict[str, str]:
    found = {name: value for name, value in access.options.items() if value}
    return {
        name: without_credentials(value) for name, value in found.items() if _PROXY.fullmatch(name)
    }
