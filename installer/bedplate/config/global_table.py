"""The rules for `[global]`: who the host is, and who may log in to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bedplate.config.credentials import check_ssh_keys, wrong_with_hash, wrong_with_password
from bedplate.config.findings import Findings, did_you_mean, shown
from bedplate.config.names import (
    wrong_with_domain,
    wrong_with_fqdn,
    wrong_with_mail,
    wrong_with_subscription,
)
from bedplate.config.places import COUNTRIES, timezones
from bedplate.config.schema import FqdnTable, GlobalTable
from bedplate.model.request import RootPassword

# Debian's dhclient-script names a host from its lease as long as it is called this.
UNNAMED_HOST = "localhost"

_PLAIN = "global.root-password"
_HASHED = "global.root-password-hashed"


@dataclass(frozen=True, slots=True)
class Host:
    """`[global]` in order. With `named_by_dhcp` the host name is a stand-in."""

    hostname: str
    domain: str
    named_by_dhcp: bool
    country: str
    keyboard: str
    timezone: str
    mailto: str
    root_password: RootPassword
    root_ssh_keys: tuple[str, ...]
    reboot_mode: Literal["reboot", "power-off"]


def check_global(table: GlobalTable, findings: Findings) -> Host | None:
    """The host, or `None` if a problem was noted that leaves a part of it open."""
    check_global_texts(table, findings)
    name = _check_name(table, findings)
    password = _check_password(table, findings)
    keys = check_root_ssh_keys(table, findings)
    if (
        name is None
        or password is None
        or table.country is None
        or table.keyboard is None
        or table.timezone is None
        or table.mailto is None
    ):
        return None
    hostname, domain = name
    return Host(
        hostname=hostname,
        domain=domain,
        named_by_dhcp=isinstance(table.fqdn, FqdnTable),
        country=table.country,
        keyboard=table.keyboard,
        timezone=table.timezone,
        mailto=table.mailto,
        root_password=password,
        root_ssh_keys=keys,
        reboot_mode=table.reboot_mode,
    )


def check_global_texts(table: GlobalTable, findings: Findings) -> None:
    """Country, time zone, mail address, subscription key."""
    country, timezone = table.country, table.timezone
    if country is not None and country not in COUNTRIES:
        hint = "ISO 3166 has two letters for each country, here in lower case"
        message = f"country code {shown(country)} is not valid"
        findings.problem("invalid-value", "global.country", message, hint)
    if timezone is not None and timezone not in timezones():
        message = f"timezone {shown(timezone)} is not valid"
        hint = did_you_mean(timezone, timezones())
        findings.problem("invalid-value", "global.timezone", message, hint)
    if table.mailto is not None and (wrong := wrong_with_mail(table.mailto)):
        findings.problem("invalid-value", "global.mailto", f"{shown(table.mailto)} {wrong}")
    key = table.subscription_key
    if key is not None and (wrong := wrong_with_subscription(key)):
        # Not shown: it is worth money.
        findings.problem("invalid-value", "global.subscription-key", wrong)


def _check_name(table: GlobalTable, findings: Findings) -> tuple[str, str] | None:
    """Host name and domain."""
    match table.fqdn:
        case None:
            return None
        case str() as fqdn:
            if wrong := wrong_with_fqdn(fqdn):
                findings.problem("invalid-value", "global.fqdn", f"{shown(fqdn)} {wrong}")
                return None
            hostname, _, domain = fqdn.partition(".")
            return hostname, domain
        case FqdnTable():
            domain = table.fqdn.domain or ""
            if domain and (wrong := wrong_with_domain(domain)):
                findings.problem("invalid-value", "global.fqdn.domain", f"{shown(domain)} {wrong}")
                return None
            return UNNAMED_HOST, domain


def _check_password(table: GlobalTable, findings: Findings) -> RootPassword | None:
    """Exactly one of the two ways to give root's password."""
    plain, hashed = table.root_password, table.root_password_hashed
    if plain is not None and hashed is not None:
        message = f"cannot be set at the same time as `{_HASHED}`"
        findings.problem("conflict", _PLAIN, message, "keep one of them")
    if plain is not None and (wrong := wrong_with_password(plain.reveal())):
        findings.problem("invalid-value", _PLAIN, wrong)
    if hashed is not None and (wrong := wrong_with_hash(hashed.reveal())):
        hint = "`mkpasswd` of package whois makes one"
        findings.problem("invalid-value", _HASHED, wrong, hint)
    if hashed is not None:
        return RootPassword(text=hashed, hashed=True)
    if plain is not None:
        return RootPassword(text=plain, hashed=False)
    if not findings.spoilt(_HASHED):
        findings.missing(_PLAIN, "root's password", f"one of this and `{_HASHED}` must be set")
    return None


def check_root_ssh_keys(table: GlobalTable, findings: Findings) -> tuple[str, ...]:
    """The public keys that may log in as root."""
    return check_ssh_keys("global.root-ssh-keys", table.root_ssh_keys, findings)
