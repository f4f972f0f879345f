"""The administrator of a host, and the cards that wake it: what takes a command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedplate.model.host_change import HostCommand
from bedplate.model.host_settings import HostSettings
from bedplate.model.secret import MASK, Secret
from bedplate.model.settings import ADMIN_PASSWORD_HASHED, Admin, Settings

# useradd(8): there is one already, as after a run that was broken off.
_USER_EXISTS = 9
_GROUP = "sudo"
_MAGIC = "g"


def access_commands(settings: Settings, host: HostSettings) -> Iterator[HostCommand]:
    """What is missing on this host."""
    node = settings.node
    if node.admin is not None:
        yield from _admin(node.admin, settings.secrets, host)
    for card in host.cards:
        if card.mac in node.wake_on_lan and _MAGIC not in card.wakes_on:
            undo = HostCommand(argv=("ethtool", "-s", card.name, "wol", card.wakes_on))
            yield HostCommand(argv=("ethtool", "-s", card.name, "wol", _MAGIC), undo=undo)


def make_admin(admin: Admin) -> HostCommand:
    """Make the user with a home and the right to use sudo. useradd(8)."""
    comment = ("--comment", admin.full_name) if admin.full_name else ()
    return HostCommand(
        argv=(
            *("useradd", "--create-home", "--shell", "/bin/bash", "--groups", _GROUP),
            *(*comment, admin.name),
        ),
        codes=(0, _USER_EXISTS),
        undo=HostCommand(argv=("userdel", "--remove", admin.name), codes=(0, 12)),
    )


def set_admin_password(admin: Admin) -> HostCommand | None:
    """Give the user the password, if there is one to give. chpasswd(8)."""
    if admin.secret is None:
        return None
    encrypted = ("--encrypted",) if admin.password == "hashed" else ()
    text = f"{admin.name}:{MASK}\n"
    return HostCommand(argv=("chpasswd", *encrypted), text=text, secret=admin.secret)


def _admin(
    admin: Admin, secrets: Mapping[str, Secret], host: HostSettings
) -> Iterator[HostCommand]:
    """A password is set with the user, and again only where it can be told that it is another."""
    groups = host.users.get(admin.name)
    if groups is None:
        yield make_admin(admin)
        if (command := set_admin_password(admin)) is not None:
            yield command
        return
    if _GROUP not in groups:
        undo = HostCommand(argv=("gpasswd", "--delete", admin.name, _GROUP))
        yield HostCommand(argv=("gpasswd", "--add", admin.name, _GROUP), undo=undo)
    command = set_admin_password(admin)
    is_other = host.hashes.get(admin.name) != secrets.get(ADMIN_PASSWORD_HASHED)
    if command is not None and admin.password == "hashed" and is_other:
        yield command
