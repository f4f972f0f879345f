"""Who reads the files that settings make: what checks them, and what has to be told of a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bedplate.model.host_change import HostCommand
from bedplate.plan import settings_files as f

# smartd(8): there is no disk that it can watch, as in most virtual machines; it read its file.
_NO_DEVICES = 17


@dataclass(frozen=True, slots=True)
class Reader:
    """The programs of a file. `tool` is the one without which nobody reads it.

    `makes` are what has to be done in a new system, too: what is in its files is made by them.
    """

    tool: str | None = None
    checks: tuple[HostCommand, ...] = ()
    makes: tuple[HostCommand, ...] = ()
    reloads: tuple[HostCommand, ...] = ()


def _run(*argv: str, codes: tuple[int, ...] = (0,)) -> HostCommand:
    return HostCommand(argv=argv, codes=codes)


def _restarted(unit: str) -> tuple[HostCommand, ...]:
    return (_run("systemctl", "try-restart", unit),)


_POSTFIX = Reader(
    tool="postfix",
    checks=(_run("postfix", "check"),),
    reloads=(_run("systemctl", "try-reload-or-restart", "postfix.service"),),
)

READERS: Mapping[str, Reader] = {
    f.TIMESYNCD: Reader(reloads=_restarted("systemd-timesyncd.service")),
    f.MAIN_CF: _POSTFIX,
    f.RELAY_LOGIN: _POSTFIX,
    f.ALIASES: Reader(tool="newaliases", makes=(_run("newaliases"),)),
    f.ZED_RC: Reader(tool="zed", reloads=_restarted("zfs-zed.service")),
    f.SMARTD_CONF: Reader(
        tool="smartd",
        checks=(_run("smartd", "-q", "onecheck", codes=(0, _NO_DEVICES)),),
        reloads=_restarted("smartmontools.service"),
    ),
    f.SYSCTL: Reader(reloads=(_run("sysctl", "--quiet", "--load", f.SYSCTL),)),
    f.SSHD_OPTIONS: Reader(
        tool="sshd",
        checks=(_run("sshd", "-t"),),
        reloads=(_run("systemctl", "try-reload-or-restart", "ssh.service"),),
    ),
    f.SUDOERS: Reader(tool="visudo", checks=(_run("visudo", "--check", "--quiet"),)),
    f.WAKE_RULES: Reader(reloads=(_run("udevadm", "control", "--reload"),)),
    f.LOCALE_GEN: Reader(makes=(_run("locale-gen"),)),
    f.KEYBOARD: Reader(reloads=(_run("setupcon", "--save-only"),)),
}
"""By path. What is not here is read when it is needed."""

INITRAMFS = _run("update-initramfs", "-u", "-k", "all")
