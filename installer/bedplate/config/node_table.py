"""The rules for `[node]`: names, kernel parameters, and who may log in."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from bedplate.config.credentials import check_ssh_keys, wrong_with_hash, wrong_with_password
from bedplate.config.findings import Findings, shown
from bedplate.config.names import (
    has_control_character,
    is_address,
    wrong_with_domain,
    wrong_with_line,
    wrong_with_locale,
    wrong_with_mac,
    wrong_with_sysctl,
    wrong_with_user,
)
from bedplate.config.settings_schema import AdminTable, NodeTable, SshTable
from bedplate.config.settings_tables import check_list
from bedplate.model.invalid import key_path
from bedplate.model.secret import Secret
from bedplate.model.settings import (
    ADMIN_PASSWORD,
    ADMIN_PASSWORD_HASHED,
    Admin,
    NodeSettings,
    SshSettings,
)

_ADMIN = "node.admin"
_SSH = "node.ssh"
_SWAPPINESS = "vm.swappiness"
# What a description must not have, because it stands in quotes: os-release(5).
_QUOTING = frozenset("\"'\\$`")


def check_node(
    table: NodeTable | None, secrets: dict[str, Secret], findings: Findings
) -> NodeSettings:
    """The settings; passwords go to `secrets`."""
    if table is None:
        return NodeSettings()
    _check_texts(table, findings)
    admin = None if table.admin is None else _check_admin(table.admin, secrets, findings)
    ssh = _check_ssh(table.ssh, admin, findings)
    _check_sysctl(table.sysctl, findings)
    macs = check_list("node.wake-on-lan", table.wake_on_lan, wrong_with_mac, findings)
    return NodeSettings(
        description=table.description,
        locale=table.locale,
        hosts=_check_hosts(table.hosts, findings),
        sysctl={name.replace("/", "."): value for name, value in table.sysctl.items()},
        wake_on_lan=tuple(mac.lower() for mac in macs),
        ssh=ssh,
        admin=admin,
    )


def _check_texts(table: NodeTable, findings: Findings) -> None:
    text, locale = table.description, table.locale
    if text is not None:
        wrong = wrong_with_line(text)
        if not wrong and set(text) & _QUOTING:
            wrong = "has a quote, a backslash, a dollar or a backtick in it"
        if wrong:
            findings.problem("invalid-value", "node.description", f"{shown(text)} {wrong}")
    if locale is not None and (wrong := wrong_with_locale(locale)):
        findings.problem("invalid-value", "node.locale", f"{shown(locale)} {wrong}")


def _check_hosts(hosts: Mapping[str, list[str]], findings: Findings) -> dict[str, tuple[str, ...]]:
    checked = {}
    for address, names in hosts.items():
        where = key_path(("node", "hosts", address))
        if not is_address(address):
            findings.problem("invalid-value", where, "is no IP address", "names go on the right")
            continue
        if ip_address(address).is_loopback:
            message = "is an address of the host itself, whose names bedplate keeps"
            findings.problem("invalid-value", where, message)
        if not names:
            findings.problem("invalid-value", where, "has no name")
        checked[str(ip_address(address))] = check_list(where, names, wrong_with_domain, findings)
    return checked


def _check_sysctl(values: Mapping[str, str], findings: Findings) -> None:
    for name, value in values.items():
        where = key_path(("node", "sysctl", name))
        if wrong := wrong_with_sysctl(name):
            findings.problem("invalid-value", where, wrong)
        elif name.replace("/", ".") == _SWAPPINESS:
            findings.problem("conflict", where, "has a key of its own", "use swap.swappiness")
        elif not findings.spoilt(where) and (wrong := wrong_with_line(value)):
            findings.problem("invalid-value", where, wrong)


def _check_ssh(table: SshTable | None, admin: Admin | None, findings: Findings) -> SshSettings:
    """Nobody is to lock himself out."""
    if table is None:
        return SshSettings()
    if table.root_login == "no" and admin is None:
        message = "would leave nobody who can log in: there is no `node.admin`"
        hint = 'add one, or use "prohibit-password"'
        findings.problem("conflict", f"{_SSH}.root-login", message, hint)
    if table.root_login == "no" and table.passwords is False and admin and not admin.ssh_keys:
        message = "would leave nobody who can log in: `node.admin` has no SSH key"
        findings.problem("conflict", f"{_SSH}.passwords", message, "add node.admin.ssh-keys")
    return SshSettings(root_login=table.root_login, passwords=table.passwords, port=table.port)


def _check_admin(table: AdminTable, secrets: dict[str, Secret], findings: Findings) -> Admin | None:
    plain, hashed = table.password, table.password_hashed
    if table.name is not None and (wrong := wrong_with_user(table.name)):
        findings.problem("invalid-value", f"{_ADMIN}.name", f"{shown(table.name)} {wrong}")
    if has_control_character(table.full_name) or set(table.full_name) & set(':,"\\%'):
        message = f"{shown(table.full_name)} has a colon, a comma, a quote or the like in it"
        findings.problem("invalid-value", f"{_ADMIN}.full-name", message)
    if plain is not None and hashed is not None:
        message = f"cannot be set at the same time as `{ADMIN_PASSWORD_HASHED}`"
        findings.problem("conflict", ADMIN_PASSWORD, message, "keep one of them")
    if plain is not None:
        if wrong := wrong_with_password(plain.reveal()):
            findings.problem("invalid-value", ADMIN_PASSWORD, wrong)
        secrets[ADMIN_PASSWORD] = plain
    if hashed is not None:
        if wrong := wrong_with_hash(hashed.reveal()):
            findings.problem("invalid-value", ADMIN_PASSWORD_HASHED, wrong)
        secrets[ADMIN_PASSWORD_HASHED] = hashed
    keys = check_ssh_keys(f"{_ADMIN}.ssh-keys", table.ssh_keys, findings)
    _check_use(table, keys, findings)
    if table.name is None:
        return None
    return Admin(
        name=table.name,
        full_name=table.full_name,
        ssh_keys=keys,
        password="hashed" if hashed is not None else "plain" if plain is not None else None,
        sudo_without_password=table.sudo_without_password,
    )


def _check_use(table: AdminTable, keys: tuple[str, ...], findings: Findings) -> None:
    """A user who can neither log in nor use sudo is of no use."""
    if table.password is not None or table.password_hashed is not None:
        return
    if findings.spoilt(ADMIN_PASSWORD) or findings.spoilt(ADMIN_PASSWORD_HASHED):
        return
    if not keys:
        message = "the user could not log in: there is no SSH key either"
        findings.missing(ADMIN_PASSWORD, message)
    elif not table.sudo_without_password:
        message = "sudo would ask for a password that there is none of"
        hint = f"add it, or {_ADMIN}.sudo-without-password = true"
        findings.missing(ADMIN_PASSWORD, message, hint)
