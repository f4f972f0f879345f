"""How apt on this machine reaches an archive: through which proxy, and as whom.

`auth.conf` holds passwords: they are `Secret` from here on.
"""

from __future__ import annotations

import netrc
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field

from bedplate.errors import FactsError, Problem
from bedplate.model.secret import Secret
from bedplate.model.value import Value
from bedplate.run import Runner

_AUTH = Path("/etc/apt/auth.conf")
_DIRECT = "DIRECT"


class Login(Value):
    """Who apt says it is; `machine` is a host, with a path and a scheme where it needs to be."""

    machine: str
    user: str
    password: Secret


class AptAccess(Value):
    """What apt's configuration says about fetching, as far as it matters here."""

    options: dict[str, str] = Field(default_factory=dict)
    logins: tuple[Login, ...] = ()

    def proxy(self, url: str) -> str | None:
        """The proxy for an address, apt-transport-http(1); one for its host counts first."""
        parts = urlsplit(url)
        name = f"acquire::{parts.scheme}::proxy"
        found = self.options.get(f"{name}::{parts.hostname}", self.options.get(name, ""))
        return None if found in ("", _DIRECT) else found

    def login(self, url: str) -> Login | None:
        """Who to be there, apt_auth.conf(5); without a scheme, only where nobody can listen."""
        parts = urlsplit(url)
        for login in self.logins:
            scheme, _, place = login.machine.rpartition("://")
            host, slash, path = place.partition("/")
            if (
                parts.scheme == (scheme or "https")
                and host in (parts.hostname, parts.netloc.rpartition("@")[2])
                and (not slash or parts.path.startswith(f"/{path}"))
            ):
                return login
        return None


def probe_apt_access(run: Runner, root: Path = Path("/")) -> AptAccess:
    """What apt would use. Raises `FactsError` if its logins make no sense."""
    text = run(["apt-config", "dump", "--format", "%f=%v%n", "Acquire"]).stdout
    main = root / str(_AUTH).lstrip("/")
    files = [main, *sorted(main.with_name("auth.conf.d").glob("*.conf"))]
    logins = [login for file in files if file.is_file() for login in _logins(file)]
    return AptAccess(options=parse_apt_config(text), logins=tuple(logins))


def parse_apt_config(text: str) -> Mapping[str, str]:
    """The options that `apt-config dump` prints, by their names in small letters."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name.lower(): value for name, value in pairs}


def _logins(file: Path) -> Iterator[Login]:
    try:
        hosts = netrc.netrc(str(file)).hosts
    except netrc.NetrcParseError as error:
        # Its message names a word of the file, which may be a password.
        message = f"does not say who logs in where: line {error.lineno} makes no sense"
        raise FactsError(
            Problem("bad-auth-conf", str(file), message, "see apt_auth.conf(5)")
        ) from None
    for machine, (user, _, password) in hosts.items():
        if machine != "default":
            yield Login(machine=machine, user=user, password=Secret(password))
