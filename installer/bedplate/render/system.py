"""Small files of a new host: fstab, locale, keyboard, module options, SSH."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bedplate.model.plan import Array, BtrfsStorage, LvmStorage, Storage

LOCALE = "en_US.UTF-8"

_FSTAB_HEADER = "# <file system> <mount point> <type> <options> <dump> <pass>\n"
_ROOT_OPTIONS = {"ext4": "errors=remount-ro", "xfs": "defaults"}
_SWAP_OPTIONS = "sw,nofail"
# The manual's value for servers: to swap late, and guests' memory last.
_SWAPPINESS = 10


@dataclass(frozen=True, slots=True)
class Keyboard:
    """Layout and variant as xkeyboard-config(7) names them."""

    layout: str
    variant: str = ""


_NO_DEAD_KEYS = "nodeadkeys"
KEYBOARDS = {
    "de": Keyboard("de", _NO_DEAD_KEYS),
    "de-ch": Keyboard("ch", "de_nodeadkeys"),
    "dk": Keyboard("dk", _NO_DEAD_KEYS),
    "en-gb": Keyboard("gb"),
    "en-us": Keyboard("us"),
    "es": Keyboard("es", _NO_DEAD_KEYS),
    "fi": Keyboard("fi", _NO_DEAD_KEYS),
    "fr": Keyboard("fr", _NO_DEAD_KEYS),
    "fr-be": Keyboard("be", _NO_DEAD_KEYS),
    "fr-ca": Keyboard("ca", "fr-legacy"),
    "fr-ch": Keyboard("ch", "fr_nodeadkeys"),
    "hu": Keyboard("hu"),
    "is": Keyboard("is"),
    "it": Keyboard("it", _NO_DEAD_KEYS),
    "jp": Keyboard("jp"),
    "lt": Keyboard("lt", "std"),
    "mk": Keyboard("mk", _NO_DEAD_KEYS),
    "nl": Keyboard("nl"),
    "no": Keyboard("no", _NO_DEAD_KEYS),
    "pl": Keyboard("pl"),
    "pt": Keyboard("pt", _NO_DEAD_KEYS),
    "pt-br": Keyboard("br", _NO_DEAD_KEYS),
    "se": Keyboard("se", _NO_DEAD_KEYS),
    "si": Keyboard("si"),
    "tr": Keyboard("tr"),
}


def render_fstab(storage: Storage, swap_ids: Iterable[str] = ()) -> str:
    """/etc/fstab, fstab(5). ZFS mounts its own; no ESP is ever listed (decision 0002).

    `swap_ids` are the UUIDs of swap partitions. Whichever of them are there are used: a dead disk
    must not keep a host from starting, systemd.mount(5).
    """
    lines = []
    if isinstance(storage, LvmStorage):
        for volume in storage.volumes:
            device = f"/dev/{storage.vg}/{volume.name}"
            if volume.filesystem == "swap":
                lines.append(f"{device} none swap sw 0 0")
            elif volume.filesystem is not None:
                options = _ROOT_OPTIONS[volume.filesystem]
                lines.append(f"{device} / {volume.filesystem} {options} 0 1")
    elif isinstance(storage, BtrfsStorage):
        options = ",".join(("defaults", *storage.options))
        # Never checked at boot: fsck.btrfs(8) does nothing, and would wait for the device first.
        lines.append(f"UUID={storage.uuid} / btrfs {options} 0 0")
    lines += [f"UUID={uuid} none swap {_SWAP_OPTIONS} 0 0" for uuid in swap_ids]
    lines.append("proc /proc proc defaults 0 0")
    return _FSTAB_HEADER + "".join(f"{line}\n" for line in lines)


def render_locale() -> str:
    """/etc/locale.conf, locale.conf(5)."""
    return f"LANG={LOCALE}\n"


def render_keyboard(keyboard: str) -> str:
    """/etc/default/keyboard, keyboard(5), for one of the answer file's keyboards."""
    found = KEYBOARDS[keyboard]
    return (
        'XKBMODEL="pc105"\n'
        f'XKBLAYOUT="{found.layout}"\n'
        f'XKBVARIANT="{found.variant}"\n'
        'XKBOPTIONS=""\n'
        'BACKSPACE="guess"\n'
    )


def render_mdadm_conf(array: Array) -> str:
    """/etc/mdadm/mdadm.conf, mdadm.conf(5): the array has its name because this file says so.

    The name is not asked of the superblock, nor whose host that was made on. Without an address the
    monitor would not start.
    """
    return (
        "# Other arrays need not be listed: they are assembled from their superblocks.\n"
        "HOMEHOST <system>\n"
        "MAILADDR root\n"
        f"{_array_line(array)}"
    )


def with_array(mdadm_conf: str, array: Array) -> str:
    """The text of a host's mdadm.conf, which may be none at all, with an array more."""
    if not mdadm_conf.strip():
        return render_mdadm_conf(array)
    return f"{mdadm_conf.rstrip()}\n{_array_line(array)}"


def _array_line(array: Array) -> str:
    digits = array.uuid.replace("-", "")
    uuid = ":".join(digits[start : start + 8] for start in range(0, len(digits), 8))
    return f"ARRAY /dev/md/{array.name} metadata=1.2 UUID={uuid}\n"


def render_swappiness() -> str:
    """A snippet for sysctl.d(5): how soon the kernel swaps."""
    return f"vm.swappiness = {_SWAPPINESS}\n"


def render_key_unit(dataset: str, key_file: str) -> str:
    """A unit that loads the key of a dataset before file systems are mounted, systemd.service(5).

    Where the file was taken away, or the key is there already, it is skipped and does not fail.
    """
    return (
        "[Unit]\n"
        f"Description=Load the key of {dataset}\n"
        "Documentation=man:zfs-load-key(8)\n"
        "DefaultDependencies=no\n"
        "After=zfs-import.target systemd-remount-fs.service\n"
        "Before=zfs-mount.service\n"
        f"ConditionPathExists={key_file}\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        "RemainAfterExit=yes\n"
        f"{_condition(dataset)}"
        f"ExecStart=/usr/sbin/zfs load-key {dataset}\n"
    )


def render_phrase_unit(dataset: str) -> str:
    """A unit that asks for the passphrase of a dataset until somebody has it, and mounts it then.

    On the console, or over SSH with systemd-tty-ask-password-agent(1). The start of the host goes
    on meanwhile.
    """
    return (
        "[Unit]\n"
        f"Description=Ask for the passphrase of {dataset}\n"
        "Documentation=man:zfs-load-key(8)\n"
        "After=zfs-mount.service\n"
        "\n"
        "[Service]\n"
        "Type=exec\n"
        "Restart=on-failure\n"
        "RestartSec=5\n"
        f"{_condition(dataset)}"
        "ExecStart=/bin/sh -c "
        f'\'systemd-ask-password --timeout=0 "Passphrase of {dataset}:" '
        f"| /usr/sbin/zfs load-key {dataset} && /usr/sbin/zfs mount -a'\n"
    )


def _condition(dataset: str) -> str:
    return (
        "ExecCondition=/bin/sh -c "
        f"'[ \"$$(/usr/sbin/zfs get -Ho value keystatus {dataset})\" = unavailable ]'\n"
    )


def render_sshd_options(has_keys: bool) -> str:
    """A snippet for sshd_config(5): root may log in with a password only if there is no key."""
    return f"PermitRootLogin {'prohibit-password' if has_keys else 'yes'}\n"


def render_authorized_keys(keys: Sequence[str]) -> str:
    """/root/.ssh/authorized_keys, sshd(8); each key once, in the order given."""
    return "".join(f"{key.strip()}\n" for key in dict.fromkeys(keys))


def render_boot_uuids(fat_ids: Iterable[str]) -> str:
    """/etc/kernel/proxmox-boot-uuids: the FAT ids of all synced ESPs, sorted, each once."""
    return "".join(f"{fat_id}\n" for fat_id in sorted(set(fat_ids)))
