"""The change that makes a running host as its settings say, or every reason why it cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bedplate.errors import RefusedError
from bedplate.model.host_change import HostChange, HostCommand, HostFile
from bedplate.model.host_settings import HostSettings
from bedplate.model.secret import Secret, filled
from bedplate.model.settings import ZFS_OPTIONS, Settings
from bedplate.plan.settings_access import access_commands
from bedplate.plan.settings_files import settings_files
from bedplate.plan.settings_keys import key_change
from bedplate.plan.settings_readers import INITRAMFS, READERS, Reader
from bedplate.plan.settings_refuse import refuse_settings
from bedplate.plan.settings_swap import swap_change
from bedplate.plan.settings_zfs import arc_commands, scrub_change, zfs_commands


def plan_settings(settings: Settings, host: HostSettings) -> HostChange:
    """What is different, and nothing else; no file and no command if all is as it should be.

    Raises `RefusedError` with everything that cannot be so on this host.
    """
    problems = tuple(refuse_settings(settings, host))
    if problems:
        raise RefusedError(problems)
    swap, scrub = swap_change(settings.swap, host), scrub_change(settings.zfs, host)
    keys = key_change(settings.zfs, host)
    written = settings_files(settings, host.texts, host.links, host.memory_bytes)
    files = (
        *(file for file in written if not _is_there(file, host, settings.secrets)),
        *swap.files,
        *scrub.files,
        *keys.files,
    )
    paths = [file.path for file in files]
    commands = (
        *keys.commands,
        *zfs_commands(settings.zfs, host),
        *(arc_commands(settings.zfs, host) if ZFS_OPTIONS in paths else ()),
        *swap.commands,
        *access_commands(settings, host),
    )
    return HostChange(
        summary=_summary(len(files), len(commands)),
        files=files,
        checks=_each_once(check for path in paths for check in _readers(path, host).checks),
        commands=commands,
        reloads=(
            *_each_once(one for path in paths for one in _readers(path, host).makes),
            *_each_once(one for path in paths for one in _readers(path, host).reloads),
            *swap.reloads,
            *scrub.reloads,
            *keys.reloads,
            # Last, for it takes minutes: with it every ESP gets the limits of the ARC.
            *((INITRAMFS,) if ZFS_OPTIONS in paths and host.root_on_zfs else ()),
        ),
    )


def _is_there(file: HostFile, host: HostSettings, secrets: Mapping[str, Secret]) -> bool:
    """Whether a file that holds a secret is the one that is there."""
    there = host.private.get(file.path)
    if file.secret is None or file.content is None or there is None:
        return False
    return there == filled(file.content, secrets[file.secret])


def _readers(path: str, host: HostSettings) -> Reader:
    """Who reads a file on this host: nobody, if the program that would is not installed."""
    reader = READERS.get(path, Reader())
    is_missing = reader.tool is not None and reader.tool not in host.tools
    return Reader() if is_missing else reader


def _each_once(commands: Iterable[HostCommand]) -> tuple[HostCommand, ...]:
    return tuple(dict.fromkeys(commands))


def _summary(files: int, commands: int) -> str:
    if not files and not commands:
        return "The host is set up like that already: nothing to do."
    counts = [(files, "file"), (commands, "command")]
    said = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count]
    return f"The host is set up as the answer file says ({' and '.join(said)})."
