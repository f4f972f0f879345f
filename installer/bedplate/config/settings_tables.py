"""The rules for `[time]`, `[mail]`, `[smart]` and `[swap]`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bedplate.config.findings import Findings, shown
from bedplate.config.names import (
    has_control_character,
    is_address,
    wrong_with_device,
    wrong_with_mail,
    wrong_with_server,
    wrong_with_value,
)
from bedplate.config.settings_schema import (
    MailTable,
    RelayTable,
    SmartTable,
    SwapTable,
    TimeTable,
)
from bedplate.model.secret import Secret
from bedplate.model.settings import (
    RELAY_PASSWORD,
    MailSettings,
    Relay,
    RelaySecurity,
    SmartSettings,
    SwapSettings,
    TimeSettings,
)

PORTS = {RelaySecurity.TLS: 465, RelaySecurity.STARTTLS: 587, RelaySecurity.NONE: 25}
_RELAY = "mail.relay"


def check_list(
    where: str,
    values: Sequence[str] | None,
    wrong_with: Callable[[str], str],
    findings: Findings,
) -> tuple[str, ...]:
    """The values of a list, each of which must be fine, and none there twice."""
    listed = tuple(values or ())
    seen: set[str] = set()
    for here, value in findings.sound_items(where, listed):
        if wrong := wrong_with(value):
            findings.problem("invalid-value", here, f"{shown(value)} {wrong}")
        elif value in seen:
            findings.problem("duplicate", here, f"{shown(value)} is listed twice")
        seen.add(value)
    return listed


def check_time(table: TimeTable | None, findings: Findings) -> TimeSettings:
    """The time servers."""
    if table is None:
        return TimeSettings()
    if table.servers == []:
        message = "is empty: the host would not know whom to ask for the time"
        findings.problem("invalid-value", "time.servers", message, "leave it out for Debian's own")
    fallback = "time.fallback-servers"
    return TimeSettings(
        servers=check_list("time.servers", table.servers, wrong_with_server, findings),
        fallback_servers=check_list(fallback, table.fallback_servers, wrong_with_server, findings),
    )


def check_mail(
    table: MailTable | None, mailto: str | None, secrets: dict[str, Secret], findings: Findings
) -> MailSettings:
    """The way of mail; a password goes to `secrets`."""
    if table is None:
        return MailSettings(root=mailto)
    if table.sender is not None and (wrong := wrong_with_mail(table.sender)):
        findings.problem("invalid-value", "mail.sender", f"{shown(table.sender)} {wrong}")
    relay = None if table.relay is None else _check_relay(table.relay, secrets, findings)
    return MailSettings(root=mailto, sender=table.sender, relay=relay)


def _check_relay(table: RelayTable, secrets: dict[str, Secret], findings: Findings) -> Relay | None:
    host = table.host
    if host is not None and (wrong := wrong_with_server(host)):
        findings.problem("invalid-value", f"{_RELAY}.host", f"{shown(host)} {wrong}")
    security = RelaySecurity(table.security)
    _check_login(table, security, secrets, findings)
    if security is RelaySecurity.NONE and "verify" in table.model_fields_set and table.verify:
        message = 'there is no certificate to verify with security = "none"'
        findings.problem("conflict", f"{_RELAY}.verify", message)
    if host is None:
        return None
    if security is not RelaySecurity.NONE and table.verify and is_address(host):
        message = "is an address, which certificates are seldom for: mail may stay in the queue"
        findings.warn(f"{_RELAY}.host", message)
    return Relay(
        host=host,
        port=table.port or PORTS[security],
        security=security,
        verify=table.verify and security is not RelaySecurity.NONE,
        user=table.user,
    )


def _check_login(
    table: RelayTable, security: RelaySecurity, secrets: dict[str, Secret], findings: Findings
) -> None:
    """User and password, which stand in one line of a file, with a colon between them."""
    user, password = table.user, table.password
    if user is not None and (not user or has_control_character(user) or set(user) & set(" :*")):
        message = f"{shown(user)} is empty, or has a space, a colon, a star or a line break in it"
        findings.problem("invalid-value", f"{_RELAY}.user", message)
    if password is not None:
        if wrong := wrong_with_value(password.reveal()):
            findings.problem("invalid-value", RELAY_PASSWORD, wrong)
        secrets[RELAY_PASSWORD] = password
    if user is not None and password is None:
        findings.missing(RELAY_PASSWORD, f"the password of {shown(user)}")
    if user is None and password is not None and not findings.spoilt(f"{_RELAY}.user"):
        findings.missing(f"{_RELAY}.user", "who logs in with the password")
    if password is not None and security is RelaySecurity.NONE:
        message = 'would cross the network in the clear: security is "none"'
        hint = 'use "starttls" or "tls", or leave user and password out'
        findings.problem("conflict", RELAY_PASSWORD, message, hint)


def check_smart(table: SmartTable | None) -> SmartSettings:
    """How smartd watches."""
    if table is None:
        return SmartSettings()
    return SmartSettings(self_tests=table.self_tests, temperature=table.temperature)


def check_swap_devices(table: SwapTable | None, findings: Findings) -> SwapSettings:
    """What is swapped to; a volume of a pool cannot be."""
    if table is None:
        return SwapSettings()
    devices = check_list("swap.devices", table.devices, _wrong_with_swap, findings)
    return SwapSettings(swappiness=table.swappiness, devices=devices)


def _wrong_with_swap(path: str) -> str:
    if path.startswith(("/dev/zvol/", "/dev/zd")):
        return (
            "is a volume of a ZFS pool: swapping to one can block the host, because ZFS needs "
            "memory to write it; use a partition of a disk"
        )
    if path.startswith("/dev/sd") or path.startswith("/dev/nvme") or path.startswith("/dev/vd"):
        return "may be another disk after the next start; use its name in /dev/disk/by-id"
    return wrong_with_device(path)
