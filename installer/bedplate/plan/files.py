"""Every file of the new system that is not part of the base system.

No secret is among them: the root password is set by a step of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.model.boot_files import DEFAULT_GRUB, ESP_LIST, GRUB_MENU, KERNEL_CMDLINE
from bedplate.model.layout import BTRFS_REDUNDANT
from bedplate.model.metric_server import TOKENS
from bedplate.model.network import Network
from bedplate.model.plan import BtrfsStorage, FilePlan, LvmStorage, Storage, ZfsStorage
from bedplate.model.settings import ZFS_OPTIONS
from bedplate.model.storage_entry import STORAGE_CFG
from bedplate.plan.arc import arc_options
from bedplate.plan.design import Design
from bedplate.plan.first_boot import FIRST_BOOT_PATHS, first_boot_files
from bedplate.plan.network_files import NETWORK_PATHS, plan_network_files
from bedplate.plan.settings_files import ADMIN_KEYS_FOLDER, CHANGED_IN_PLACE
from bedplate.plan.settings_install import NewHost, arc_of, installed_files
from bedplate.plan.settings_zfs import TIMERS
from bedplate.plan.sources_files import SOURCES_PATHS, plan_sources
from bedplate.plan.storage_entries import entries_of_root
from bedplate.render import boot as render_boot
from bedplate.render import btrfs_boot
from bedplate.render import network as render_network
from bedplate.render import system as render_system
from bedplate.render.in_place import with_module_options
from bedplate.render.network import LINKS, link_path
from bedplate.render.storage_cfg import render_storage_cfg

HOST_ID = "/etc/hostid"
MDADM_CONF = "/etc/mdadm/mdadm.conf"
RESUME = "/etc/initramfs-tools/conf.d/resume"
SWAPPINESS = "/etc/sysctl.d/50-bedplate.conf"
KEY_UNIT = "/etc/systemd/system/bedplate-load-key.service"
KEY_UNIT_LINK = "/etc/systemd/system/zfs-mount.service.wants/bedplate-load-key.service"

PATHS = frozenset(
    {
        "/etc/default/keyboard",
        "/etc/default/locale",
        "/etc/fstab",
        "/etc/hostname",
        "/etc/locale.conf",
        "/etc/localtime",
        "/etc/machine-id",
        "/etc/ssh/sshd_config.d/50-bedplate.conf",
        "/etc/vconsole.conf",
        "/root/.ssh/authorized_keys",
        DEFAULT_GRUB,
        ESP_LIST,
        GRUB_MENU,
        HOST_ID,
        KERNEL_CMDLINE,
        KEY_UNIT,
        KEY_UNIT_LINK,
        MDADM_CONF,
        RESUME,
        STORAGE_CFG,
        SWAPPINESS,
        ZFS_OPTIONS,
        btrfs_boot.SCRIPT_PATH,
        *SOURCES_PATHS,
        *CHANGED_IN_PLACE,
        *FIRST_BOOT_PATHS,
    }
    | NETWORK_PATHS
)
"""Every place that a plan may have a file for; an image build notes what its base has there.

Beside these there are the repositories of third parties with their keys, of which no base system
has one.
"""

NAMED_AFTER = (f"{ADMIN_KEYS_FOLDER}/", f"{TIMERS}/", f"{LINKS}/", f"{TOKENS}/")
"""Folders with files named after users, pools, cards and servers, of which a base has none."""


def initramfs_files(storage: Storage, network: Network) -> tuple[str, ...]:
    """Which of the files the initramfs needs before the root file system is there.

    udev names a card where it first sees it, and that is there.
    """
    is_on_array = isinstance(storage, LvmStorage) and storage.array is not None
    array = (MDADM_CONF,) if is_on_array else ()
    script = (btrfs_boot.SCRIPT_PATH,) if _is_redundant_btrfs(storage) else ()
    links = (link_path(pin.name) for pin in network.pins)
    return (HOST_ID, ZFS_OPTIONS, *array, *script, *links)


def plan_files(given: Design) -> tuple[FilePlan, ...]:
    """The files, sorted by path; each at one of `PATHS` or in `NAMED_AFTER`, or a `.link` file."""
    basic = (
        *_identity(given),
        *plan_network_files(given.request.hostname, given.request.domain, given.network),
        *_locale(given),
        *_access(given),
        *_system(given),
        *plan_sources(given.request.repositories, given.manifest.suite),
        *_swap(given),
        *_keys(given),
        *_boot(given),
        *first_boot_files(given.request.first_boot),
    )
    files = {file.path: file for file in basic}
    host = NewHost(given.request, given.facts, given.manifest, given.storage)
    files |= {file.path: file for file in installed_files(host, files)}
    base = given.manifest.files
    return tuple(
        file.model_copy(update={"replaces": base.get(file.path)})
        for _, file in sorted(files.items())
    )


def _identity(given: Design) -> Iterator[FilePlan]:
    request, host_id = given.request, given.ids.host_id()
    yield FilePlan(path="/etc/hostname", content=render_network.render_hostname(request.hostname))
    yield FilePlan(path="/etc/machine-id", mode=0o444, content=given.ids.machine_id() + "\n")
    # gethostid(3) reads the four bytes in the machine's own order, which is little-endian here.
    yield FilePlan(path=HOST_ID, hex=bytes.fromhex(host_id)[::-1].hex())


def _locale(given: Design) -> Iterator[FilePlan]:
    yield FilePlan(path="/etc/locale.conf", content=render_system.render_locale())
    yield FilePlan(path="/etc/default/locale", link="../locale.conf")
    yield FilePlan(
        path="/etc/default/keyboard",
        content=render_system.render_keyboard(given.request.keyboard),
    )
    yield FilePlan(path="/etc/vconsole.conf", link="default/keyboard")
    yield FilePlan(path="/etc/localtime", link=f"../usr/share/zoneinfo/{given.request.timezone}")


def _access(given: Design) -> Iterator[FilePlan]:
    keys = given.request.root_ssh_keys
    if keys:
        yield FilePlan(
            path="/root/.ssh/authorized_keys",
            mode=0o600,
            content=render_system.render_authorized_keys(keys),
        )
    yield FilePlan(
        path="/etc/ssh/sshd_config.d/50-bedplate.conf",
        content=render_system.render_sshd_options(has_keys=bool(keys)),
    )


def _system(given: Design) -> Iterator[FilePlan]:
    arc = arc_options(given.facts.memory_bytes, arc_of(given.request))
    fstab = render_system.render_fstab(given.storage, tuple(given.swap_ids.values()))
    yield FilePlan(path="/etc/fstab", content=fstab)
    if isinstance(given.storage, LvmStorage) and given.storage.array is not None:
        yield FilePlan(
            path=MDADM_CONF, content=render_system.render_mdadm_conf(given.storage.array)
        )
    yield FilePlan(path=ZFS_OPTIONS, content=with_module_options("", "zfs", arc))
    # Where no pmxcfs is mounted it is a file like any other: decision 0020.
    storages = render_storage_cfg(entries_of_root(given.storage))
    yield FilePlan(path=STORAGE_CFG, content=storages)


def _swap(given: Design) -> Iterator[FilePlan]:
    """What swap beside ZFS needs: decision 0010."""
    if not given.swap_ids:
        return
    yield FilePlan(path=SWAPPINESS, content=render_system.render_swappiness())
    # Otherwise the next initramfs looks for a suspended system on one of these partitions, waits
    # for it if its disk is dead, and would resume over a pool that has been imported since.
    yield FilePlan(path=RESUME, content="RESUME=none\n")


def _keys(given: Design) -> Iterator[FilePlan]:
    """A unit that loads the key of the dataset whose key is in a file; one dataset has one."""
    datasets = given.storage.datasets if isinstance(given.storage, ZfsStorage) else ()
    for dataset in datasets:
        if dataset.key_file is not None:
            content = render_system.render_key_unit(dataset.name, dataset.key_file)
            yield FilePlan(path=KEY_UNIT, content=content)
            yield FilePlan(path=KEY_UNIT_LINK, link="../bedplate-load-key.service")


def _boot(given: Design) -> Iterator[FilePlan]:
    boot, serial = given.boot, given.arguments.serial
    if boot.esp_sync:
        yield from _boot_by_esp(given)
    elif isinstance(given.storage, LvmStorage):
        yield _root_menu(given, given.storage)
    if _is_redundant_btrfs(given.storage):
        script = btrfs_boot.render_script()
        yield FilePlan(path=btrfs_boot.SCRIPT_PATH, mode=0o755, content=script)
    # update-grub cannot tell what the root of a pool is called; any other it finds by itself.
    is_pool = isinstance(given.storage, ZfsStorage)
    arguments = boot.cmdline if is_pool else " ".join(given.arguments.kept)
    yield FilePlan(path=DEFAULT_GRUB, content=render_boot.render_default_grub(arguments, serial))


def _boot_by_esp(given: Design) -> Iterator[FilePlan]:
    """What tools on the host need to know to keep kernels on the ESPs."""
    yield FilePlan(path=KERNEL_CMDLINE, content=given.boot.cmdline + "\n")
    yield FilePlan(
        path=ESP_LIST,
        content=render_system.render_boot_uuids(tuple(given.fat_ids.values())),
    )


def _root_menu(given: Design, storage: LvmStorage) -> FilePlan:
    boot, root = given.boot, storage.volume("root")
    assert root.uuid is not None, "the root volume has a file system"
    menu = render_boot.render_root_grub_menu(
        boot.kernel, boot.cmdline, root.uuid, given.arguments.serial
    )
    return FilePlan(path=GRUB_MENU, mode=0o600, content=menu)


def _is_redundant_btrfs(storage: Storage) -> bool:
    return isinstance(storage, BtrfsStorage) and storage.data in BTRFS_REDUNDANT
