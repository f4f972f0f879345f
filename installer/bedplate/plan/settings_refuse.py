"""What of the settings cannot be so on this host: everything, before anything is done."""

from __future__ import annotations

from collections.abc import Container, Iterator

from bedplate.errors import Problem
from bedplate.model.host_settings import FoundDevice, HostSettings
from bedplate.model.invalid import key_path
from bedplate.model.metric_server import STATUS_CFG, MetricEntry
from bedplate.model.settings import MailSettings, Settings, SwapSettings, ZfsSettings
from bedplate.plan.arc import refuse_arc
from bedplate.render.sections import sections_in

# What a text that is not UTF-8 has in it after it was read.
_NO_TEXT = "\ufffd"
_ZVOL = "/dev/zd"
_MAGIC = "g"


def refuse_settings(settings: Settings, host: HostSettings) -> Iterator[Problem]:
    """Every reason, each with the key that is to be changed."""
    yield from _texts(host)
    yield from _mail(settings.mail, host)
    yield from refuse_arc(host.memory_bytes, settings.zfs)
    yield from _pools(settings.zfs, host)
    yield from _swap(settings.swap, host)
    yield from refuse_sysctls(settings, host.sysctls)
    yield from _cards(settings, host)
    yield from _metrics(settings.metrics, host)


def _texts(host: HostSettings) -> Iterator[Problem]:
    for path, text in host.texts.items():
        if _NO_TEXT in text:
            message = "has bytes that are not UTF-8, which would be lost"
            yield Problem("file-not-text", path, message, "remove them in an editor")


def _mail(mail: MailSettings, host: HostSettings) -> Iterator[Problem]:
    if (mail.relay is not None or mail.sender is not None) and "postfix" not in host.tools:
        where = "mail.sender" if mail.relay is None else "mail.relay"
        message = "is for Postfix, which is not installed here"
        yield Problem("tool-missing", where, message, "install the package postfix")


def _pools(zfs: ZfsSettings, host: HostSettings) -> Iterator[Problem]:
    for name in zfs.pools:
        if name not in host.pools:
            where = key_path(("zfs", "pool", name))
            message = "this host has no such pool imported"
            yield Problem("pool-not-found", where, message, "`zpool list` has those it has")
    for name, properties in zfs.datasets.items():
        where = key_path(("zfs", "dataset", name))
        found = host.datasets.get(name)
        if found is None:
            hint = "`zfs list` has those it has"
            yield Problem("dataset-not-found", where, "this host has no such dataset", hint)
            continue
        for key in properties:
            if ":" not in key and key not in found.properties:
                message = f"{name} has no such property in this version of ZFS"
                yield Problem("property-unknown", key_path(("zfs", "dataset", name, key)), message)
    for dataset in zfs.encrypted:
        found = host.datasets.get(dataset.name)
        where = key_path(("zfs", "encrypted", dataset.name))
        if found is not None and found.properties["encryption"].value == "off":
            message = "is there and is not encrypted, which can only be said when it is created"
            hint = "name another one, and move the data into it with zfs-send(8)"
            yield Problem("dataset-not-encrypted", where, message, hint)


def _swap(swap: SwapSettings, host: HostSettings) -> Iterator[Problem]:
    for number, path in enumerate(swap.devices):
        where = key_path(("swap", "devices", number))
        found = host.devices.get(path)
        if found is None:
            yield Problem("device-not-found", where, f"this host has no device {path}")
        else:
            yield from _unfit(where, path, found)


def _unfit(where: str, path: str, found: FoundDevice) -> Iterator[Problem]:
    if found.path.startswith(_ZVOL):
        message = (
            f"{path} is a volume of a ZFS pool: swapping to one can block the host, because ZFS "
            "needs memory to write it"
        )
        yield Problem("swap-on-zvol", where, message, "use a partition of a disk")
    elif found.fstype is not None and found.fstype != "swap":
        message = f"{path} has something on it: {found.fstype}"
        hint = f"if nobody needs it, wipe it with `wipefs --all {path}`"
        yield Problem("device-in-use", where, message, hint)
    elif found.fstype is None and found.in_use:
        yield Problem("device-in-use", where, f"{path} is mounted")


def refuse_sysctls(settings: Settings, known: Container[str]) -> Iterator[Problem]:
    """Parameters that are none of those that are `known` to the kernel."""
    for name in settings.node.sysctl:
        if name not in known:
            message = "this kernel has no such parameter"
            hint = "`sysctl --all` has those it has; some are there once a module is loaded"
            yield Problem("sysctl-unknown", key_path(("node", "sysctl", name)), message, hint)


def _cards(settings: Settings, host: HostSettings) -> Iterator[Problem]:
    cards = {card.mac: card for card in host.cards}
    for number, mac in enumerate(settings.node.wake_on_lan):
        where = key_path(("node", "wake-on-lan", number))
        card = cards.get(mac)
        if card is None:
            listed = ", ".join(f"{one.mac} ({one.name})" for one in host.cards)
            hint = f"it has {listed}" if listed else ""
            yield Problem("card-not-found", where, f"this host has no card {mac}", hint)
        elif _MAGIC not in card.can_wake_on:
            message = f"{card.name} ({mac}) cannot be woken by a magic packet, or its driver cannot"
            hint = "look for Wake-on-LAN in the firmware's setup"
            yield Problem("card-cannot-wake", where, message, hint)


def _metrics(entries: tuple[MetricEntry, ...], host: HostSettings) -> Iterator[Problem]:
    """A name belongs to one server, of whatever kind."""
    kinds = {one.name: one.kind for one in sections_in(host.texts.get(STATUS_CFG, ""))}
    for entry in entries:
        if kinds.get(entry.name, entry.kind) != entry.kind:
            message = f"is the name of a server of the kind {kinds[entry.name]} in {STATUS_CFG}"
            yield Problem("name-in-use", entry.key, message, "choose another one")
