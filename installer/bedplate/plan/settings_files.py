"""The files that settings make, from the texts that are there: the base system's or a host's own.

An installation and `bedplate config` both ask here. A file that is right already is not among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedplate.model.host_change import HostFile
from bedplate.model.metric_server import STATUS_CFG, MetricEntry, token_path
from bedplate.model.secret import MASK
from bedplate.model.settings import (
    RELAY_PASSWORD,
    ZFS_OPTIONS,
    MailSettings,
    Settings,
    TimeSettings,
)
from bedplate.plan.arc import arc_options
from bedplate.render import in_place
from bedplate.render import settings_text as text_of
from bedplate.render.status_cfg import with_servers
from bedplate.render.system import KEYBOARDS

TIMESYNCD = "/etc/systemd/timesyncd.conf"
ALIASES = "/etc/aliases"
MAIN_CF = "/etc/postfix/main.cf"
RELAY_LOGIN = text_of.RELAY_LOGIN
ZED_RC = "/etc/zfs/zed.d/zed.rc"
SMARTD_CONF = "/etc/smartd.conf"
SYSCTL = "/etc/sysctl.d/50-bedplate.conf"
SSHD_OPTIONS = "/etc/ssh/sshd_config.d/50-bedplate.conf"
ROOT_KEYS = "/root/.ssh/authorized_keys"
SUDOERS = "/etc/sudoers.d/bedplate-admin"
WAKE_RULES = "/etc/udev/rules.d/85-bedplate-wake-on-lan.rules"
MACHINE_INFO = "/etc/machine-info"
HOSTS = "/etc/hosts"
RESOLV_CONF = "/etc/resolv.conf"
LOCALE_GEN = "/etc/locale.gen"
LOCALE_CONF = "/etc/locale.conf"
KEYBOARD = "/etc/default/keyboard"
LOCALTIME = "/etc/localtime"
ADMIN_KEYS_FOLDER = "/etc/ssh/authorized_keys"

CHANGED_IN_PLACE = (
    TIMESYNCD, ALIASES, MAIN_CF, RELAY_LOGIN, ZED_RC, SMARTD_CONF, ZFS_OPTIONS, SYSCTL,
    SSHD_OPTIONS, ROOT_KEYS, SUDOERS, WAKE_RULES, MACHINE_INFO, HOSTS, RESOLV_CONF, LOCALE_GEN,
    LOCALE_CONF, KEYBOARD, STATUS_CFG,
)  # fmt: skip
"""Whose texts have to be known; a file of an administrator's keys is beside them."""

_PRIVATE = 0o600
_SHARED_BY_PMXCFS = 0o640
_SUDOERS_MODE = 0o440
_ZONES = "../usr/share/zoneinfo"
_KEY_FILES = f".ssh/authorized_keys .ssh/authorized_keys2 {ADMIN_KEYS_FOLDER}/%u"
_BUILT_IN_LOCALE = "C.UTF-8"

Texts = Mapping[str, str]


def admin_keys_path(name: str) -> str:
    """The file with the SSH keys of an administrator; nobody but root may write to it."""
    return f"{ADMIN_KEYS_FOLDER}/{name}"


def settings_files(
    settings: Settings, texts: Texts, links: Mapping[str, str], memory_bytes: int
) -> Iterator[HostFile]:
    """The files that are to be otherwise than `texts` and `links` say, by path, that they are."""
    wanted = (
        *_time(settings.time, texts),
        *_mail(settings.mail, texts),
        *_smart(settings, texts),
        *_zfs(settings, texts, memory_bytes),
        *_kernel(settings, texts),
        *_access(settings, texts),
        *_names(settings, texts),
        *_language(settings, texts),
        *_metrics(settings.metrics, texts),
    )
    for file in wanted:
        there = links.get(file.path) if file.link is not None else texts.get(file.path)
        if (file.content if file.link is None else file.link) != there:
            yield file
    if settings.timezone is not None:
        yield from _timezone(settings.timezone, links)


def _time(time: TimeSettings, texts: Texts) -> Iterator[HostFile]:
    text = before = texts.get(TIMESYNCD, "")
    for key, servers in (("NTP", time.servers), ("FallbackNTP", time.fallback_servers)):
        if servers:
            text = in_place.with_section_value(text, "Time", key, " ".join(servers))
    if text != before:
        yield HostFile(path=TIMESYNCD, content=text)


def _mail(mail: MailSettings, texts: Texts) -> Iterator[HostFile]:
    if mail.root is not None:
        aliases = in_place.with_alias(texts.get(ALIASES, ""), "root", mail.root)
        yield HostFile(path=ALIASES, content=aliases)
    if mail.root is not None and ZED_RC in texts:
        # ZED writes to root, and root's alias is where that goes: one address in one place.
        zed = in_place.with_assignment(texts[ZED_RC], "ZED_EMAIL_ADDR", "root")
        yield HostFile(path=ZED_RC, content=zed, mode=_PRIVATE)
    if parameters := text_of.mail_parameters(mail):
        main = in_place.with_parameters(texts.get(MAIN_CF, ""), parameters)
        yield HostFile(path=MAIN_CF, content=main)
    if mail.relay is not None and mail.relay.user is not None:
        login = text_of.render_relay_login(mail.relay)
        yield HostFile(path=RELAY_LOGIN, content=login, mode=_PRIVATE, secret=RELAY_PASSWORD)


def _smart(settings: Settings, texts: Texts) -> Iterator[HostFile]:
    smart = settings.smart
    if smart.self_tests is not None or smart.temperature is not None:
        line = text_of.render_device_scan(smart)
        content = text_of.with_device_scan(texts.get(SMARTD_CONF, ""), line)
        yield HostFile(path=SMARTD_CONF, content=content)


def _zfs(settings: Settings, texts: Texts, memory_bytes: int) -> Iterator[HostFile]:
    zfs = settings.zfs
    if zfs.arc_max_mib is not None or zfs.arc_min_mib is not None:
        options = arc_options(memory_bytes, zfs)
        content = in_place.with_module_options(texts.get(ZFS_OPTIONS, ""), "zfs", options)
        yield HostFile(path=ZFS_OPTIONS, content=content)


def _kernel(settings: Settings, texts: Texts) -> Iterator[HostFile]:
    values = dict(settings.node.sysctl)
    if settings.swap.swappiness is not None:
        values["vm.swappiness"] = str(settings.swap.swappiness)
    if values:
        content = in_place.with_settings(texts.get(SYSCTL, ""), values)
        yield HostFile(path=SYSCTL, content=content)


def _access(settings: Settings, texts: Texts) -> Iterator[HostFile]:
    ssh, admin = settings.node.ssh, settings.node.admin
    options: dict[str, str] = {}
    if ssh.root_login is not None:
        options["PermitRootLogin"] = ssh.root_login
    if ssh.passwords is not None:
        options["PasswordAuthentication"] = "yes" if ssh.passwords else "no"
    if ssh.port is not None:
        options["Port"] = str(ssh.port)
    if admin is not None and admin.ssh_keys:
        options["AuthorizedKeysFile"] = _KEY_FILES
        path = admin_keys_path(admin.name)
        yield HostFile(path=path, content="".join(f"{key}\n" for key in admin.ssh_keys))
    if options:
        content = in_place.with_settings(texts.get(SSHD_OPTIONS, ""), options, " ")
        yield HostFile(path=SSHD_OPTIONS, content=content)
    if settings.root_ssh_keys:
        content = in_place.with_lines(texts.get(ROOT_KEYS, ""), settings.root_ssh_keys)
        yield HostFile(path=ROOT_KEYS, content=content, mode=_PRIVATE)
    if admin is not None and admin.sudo_without_password:
        sudoers = text_of.render_sudoers(admin)
        yield HostFile(path=SUDOERS, content=sudoers, mode=_SUDOERS_MODE)
    elif admin is not None:
        yield HostFile(path=SUDOERS)


def _names(settings: Settings, texts: Texts) -> Iterator[HostFile]:
    node = settings.node
    if node.hosts:
        yield HostFile(path=HOSTS, content=in_place.with_hosts(texts.get(HOSTS, ""), node.hosts))
    if settings.dns or settings.search:
        before = texts.get(RESOLV_CONF, "")
        resolver = in_place.with_resolver(before, settings.search, settings.dns)
        yield HostFile(path=RESOLV_CONF, content=resolver)
    if node.description is not None:
        content = in_place.with_assignment(
            texts.get(MACHINE_INFO, ""), "PRETTY_HOSTNAME", node.description
        )
        yield HostFile(path=MACHINE_INFO, content=content)
    if node.wake_on_lan:
        yield HostFile(path=WAKE_RULES, content=text_of.render_wake_rules(node.wake_on_lan))


def _language(settings: Settings, texts: Texts) -> Iterator[HostFile]:
    locale = settings.node.locale
    if locale is not None:
        if locale != _BUILT_IN_LOCALE:
            line = f"{locale} UTF-8"
            yield HostFile(
                path=LOCALE_GEN, content=in_place.with_lines(texts.get(LOCALE_GEN, ""), [line])
            )
        content = in_place.with_settings(texts.get(LOCALE_CONF, ""), {"LANG": locale}, "=")
        yield HostFile(path=LOCALE_CONF, content=content)
    if settings.keyboard is not None:
        found = KEYBOARDS[settings.keyboard]
        content = texts.get(KEYBOARD, "")
        for name, value in (("XKBLAYOUT", found.layout), ("XKBVARIANT", found.variant)):
            content = in_place.with_assignment(content, name, value)
        yield HostFile(path=KEYBOARD, content=content)


def _metrics(entries: tuple[MetricEntry, ...], texts: Texts) -> Iterator[HostFile]:
    if entries:
        content = with_servers(texts.get(STATUS_CFG, ""), entries)
        # pmxcfs takes no other mode; one that is there keeps its own.
        mode = None if STATUS_CFG in texts else _SHARED_BY_PMXCFS
        yield HostFile(path=STATUS_CFG, content=content, mode=mode)
    for entry in entries:
        if entry.has_token:
            path = token_path(entry.name)
            yield HostFile(path=path, content=MASK, mode=_PRIVATE, secret=entry.secret)


def _timezone(timezone: str, links: Mapping[str, str]) -> Iterator[HostFile]:
    """Wherever the link leads from, it is the name of the zone that counts."""
    if not links.get(LOCALTIME, "").endswith(f"/zoneinfo/{timezone}"):
        yield HostFile(path=LOCALTIME, link=f"{_ZONES}/{timezone}")
