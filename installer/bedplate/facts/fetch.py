"""Fetches a file into memory, never more of it than was agreed: over HTTP, or from a folder.

It goes the way that apt would go, through the same proxy and with the same login. What it brings is
trusted by nobody yet.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypedDict
from urllib.parse import unquote, urlsplit, urlunsplit

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import make_headers

from bedplate.errors import FactsError, Problem
from bedplate.facts.apt_config import AptAccess
from bedplate.units import human

log = logging.getLogger(__name__)

TOO_LARGE = "too-large"
"""The code of a problem with a file that goes on after what was agreed."""

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
_OBJECT = re.compile(r"^(<[^>]*>|\w+\(host=[^)]*\)): ")
_ABSENT = frozenset({404, 410})
_REDIRECTS = 5
_ATTEMPTS = 2

Fetch: TypeAlias = Callable[[str, int], bytes | None]
"""What is at an address, of at most so many bytes; `None` if there is nothing."""


class _Pinned(TypedDict, total=False):
    """What urllib3 is told of the certificate that a server has to have."""

    cert_reqs: str
    assert_fingerprint: str


def fetcher(access: AptAccess, fingerprint: str | None = None) -> Fetch:
    """How to fetch from here.

    With the `fingerprint` of a certificate (SHA-256, hex) a server has to have that one, and
    nobody else has to vouch for it. What is returned raises `FactsError` if an address cannot be
    reached, or has too much.
    """
    pinned: _Pinned = {}
    if fingerprint is not None:
        pinned = {"cert_reqs": "CERT_NONE", "assert_fingerprint": fingerprint}

    def fetch(url: str, limit_bytes: int) -> bytes | None:
        log.debug("fetch %s", without_login(url))
        scheme = urlsplit(url).scheme
        if scheme in ("http", "https"):
            return _from_web(url, limit_bytes, access, pinned)
        if scheme in ("", "file", "copy"):
            return _from_file(url, limit_bytes)
        raise _failed(url, f"is fetched by `{scheme}`, which is none of http, https and file")

    return fetch


def without_login(url: str) -> str:
    """An address as it may be shown."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _from_file(url: str, limit_bytes: int) -> bytes | None:
    place = Path(unquote(urlsplit(url).path))
    try:
        with place.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _failed(url, f"cannot be read: {error.strerror}") from error
    return _bounded(url, data, limit_bytes)


def _from_web(url: str, limit_bytes: int, access: AptAccess, pinned: _Pinned) -> bytes | None:
    retries = urllib3.Retry(_ATTEMPTS, redirect=_REDIRECTS, status=0)
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    try:
        with _pool(url, access, pinned) as pool:
            answer = pool.request(
                "GET",
                without_login(url),
                headers=_headers(url, access),
                preload_content=False,
                retries=retries,
                timeout=timeout,
            )
            try:
                if answer.status in _ABSENT:
                    return None
                if answer.status != 200:
                    raise _refused(url, answer.status)
                data = answer.read(limit_bytes + 1, decode_content=False)
            finally:
                answer.release_conn()
    except HTTPError as error:
        raise _failed(url, f"cannot be fetched: {_reason(error)}") from error
    return _bounded(url, data, limit_bytes)


def _pool(url: str, access: AptAccess, pinned: _Pinned) -> urllib3.PoolManager:
    proxy = access.proxy(url)
    if proxy is None:
        return urllib3.PoolManager(num_pools=1, **pinned)
    if urlsplit(proxy).scheme not in ("http", "https"):
        message = f"is reached through {without_login(proxy)}, which is no HTTP proxy"
        raise _failed(url, message)
    login = urlsplit(proxy)
    words = f"{login.username}:{login.password or ''}" if login.username else None
    headers = make_headers(proxy_basic_auth=words) if words else None
    return urllib3.ProxyManager(without_login(proxy), proxy_headers=headers, num_pools=1, **pinned)


def _headers(url: str, access: AptAccess) -> dict[str, str]:
    parts = urlsplit(url)
    login = access.login(url)
    words = None
    if parts.username:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    elif login is not None:
        words = f"{login.user}:{login.password.reveal()}"
    return dict(make_headers(basic_auth=words, user_agent="bedplate", disable_cache=True))


def _bounded(url: str, data: bytes, limit_bytes: int) -> bytes:
    if len(data) > limit_bytes:
        message = f"is larger than the {human(limit_bytes)} that such a file may have"
        raise FactsError(Problem(TOO_LARGE, without_login(url), message))
    return data


def _refused(url: str, status: int) -> FactsError:
    if status in (401, 403):
        message = f"is not for everybody: the server answers with {status}"
        hint = "it needs a login: a repository's is a subscription key, or in /etc/apt/auth.conf.d"
        return _failed(url, message, hint)
    return _failed(url, f"cannot be fetched: the server answers with {status}")


def _reason(error: HTTPError) -> str:
    """What went wrong, without the address, the object and its place in memory."""
    deeper = getattr(error, "reason", None)
    text = str(deeper if isinstance(deeper, Exception) else error)
    return _OBJECT.sub("", text) or type(error).__name__


def _failed(url: str, message: str, hint: str = "") -> FactsError:
    return FactsError(Problem("not-fetched", without_login(url), message, hint))
