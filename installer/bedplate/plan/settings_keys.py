"""Datasets with a key of their own on a running host, and what unlocks them at each start."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.model.host_change import HostChange, HostCommand, HostFile
from bedplate.model.host_settings import HostSettings
from bedplate.model.secret import MASK
from bedplate.model.settings import EncryptedDataset, ZfsSettings
from bedplate.plan.zfs import CIPHER, KEY_FOLDER
from bedplate.render.system import render_key_unit, render_phrase_unit

_UNITS = "/etc/systemd/system"
# What keyformat=raw takes, zfs-load-key(8).
_KEY_BYTES = 32


def key_file(name: str) -> str:
    """Where the key of a dataset is."""
    return f"{KEY_FOLDER}/{_flat(name)}.key"


def key_units(dataset: EncryptedDataset) -> Iterator[HostFile]:
    """The unit that unlocks a dataset at each start, and the link that has it started.

    A key in a file is there before file systems are mounted. A passphrase is waited for by a unit
    that nothing else waits for, so that a host whose passphrase nobody types is up all the same.
    """
    unit = f"bedplate-load-key-{_flat(dataset.name)}.service"
    if dataset.key == "file":
        content = render_key_unit(dataset.name, key_file(dataset.name))
        wanted_by = "zfs-mount.service"
    else:
        content, wanted_by = render_phrase_unit(dataset.name), "multi-user.target"
    yield HostFile(path=f"{_UNITS}/{unit}", content=content)
    yield HostFile(path=f"{_UNITS}/{wanted_by}.wants/{unit}", link=f"../{unit}")


def key_change(zfs: ZfsSettings, host: HostSettings) -> HostChange:
    """What is missing of datasets, keys and units. A key file that is there is never replaced."""
    files = tuple(
        file
        for dataset in zfs.encrypted
        for file in key_units(dataset)
        if (host.texts.get(file.path), host.links.get(file.path)) != (file.content, file.link)
    )
    commands = tuple(
        command
        for dataset in zfs.encrypted
        if dataset.name not in host.datasets
        for command in _create(dataset, host)
    )
    reload = HostCommand(argv=("systemctl", "daemon-reload"))
    return HostChange(
        summary="", files=files, commands=commands, reloads=(reload,) if files else ()
    )


def _create(dataset: EncryptedDataset, host: HostSettings) -> Iterator[HostCommand]:
    undo = HostCommand(argv=("zfs", "destroy", dataset.name))
    create = ("zfs", "create", "-o", f"encryption={CIPHER}")
    if dataset.key == "passphrase":
        options = ("-o", "keyformat=passphrase", "-o", "keylocation=prompt")
        yield HostCommand(
            argv=(*create, *options, dataset.name),
            text=f"{MASK}\n",
            secret=dataset.secret,
            undo=undo,
        )
        return
    file = key_file(dataset.name)
    if file not in host.keys:
        yield HostCommand(argv=("install", "--directory", "--mode=0700", KEY_FOLDER))
        remove = HostCommand(argv=("rm", "--force", file))
        yield HostCommand(argv=("install", "--mode=0600", "/dev/null", file), undo=remove)
        count = (f"bs={_KEY_BYTES}", "count=1", "conv=notrunc,fsync", "status=none")
        yield HostCommand(argv=("dd", "if=/dev/urandom", f"of={file}", *count))
    options = ("-o", "keyformat=raw", "-o", f"keylocation=file://{file}")
    yield HostCommand(argv=(*create, *options, dataset.name), undo=undo)


def _flat(name: str) -> str:
    return name.replace("/", "-").replace(":", "-")
