"""A plan as a shell script that does the same without bedplate: to be read, or run by hand.

The script is one section for each phase and one comment for each step. What bedplate does beyond
it is left out: resuming, doing things side by side, reading every table back with libparted.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from bedplate.model import step as s
from bedplate.model.plan import Plan
from bedplate.render.boot_argv import ESP_MOUNT_OPTIONS
from bedplate.render.plan_script_steps import commands, release
from bedplate.render.plan_shell import comment, expanded, words
from bedplate.units import human

IMAGES = "/run/live/medium/live"
_RULE = 78
_NEEDS: Mapping[type, tuple[str, ...]] = {
    s.RenameVolumeGroup: ("vgrename",),
    s.RenamePool: ("zpool",),
    s.ExportPool: ("zpool",),
    s.SwapOff: ("swapoff",),
    s.CloseMappings: ("dmsetup",),
    s.StopArray: ("mdadm",),
    s.ClearDisk: ("wipefs",),
    s.PartitionDisk: ("sfdisk",),
    s.FormatEsp: ("mkfs.vfat",),
    s.FormatSwap: ("mkswap",),
    s.CreatePool: ("zpool", "zfs"),
    s.CreateArray: ("mdadm",),
    s.CreateVolumeGroup: ("pvcreate", "vgcreate", "vgchange"),
    s.CreateVolume: ("lvcreate",),
    s.CreateBtrfs: ("mkfs.btrfs", "btrfs"),
    s.UnpackBase: ("unsquashfs",),
    s.ReceiveBase: ("zfs", "zpool"),
    s.MakeHostKeys: ("ssh-keygen",),
    s.ExtendInitramfs: ("cpio",),
    s.FillEsp: ("cmp",),
    s.InstallBiosGrub: ("grub-install",),
    s.RunHook: ("timeout",),
    s.MarkInstalled: ("fatlabel",),
}

_MOUNT_ESP = words("mount", *ESP_MOUNT_OPTIONS, expanded("1"), expanded("2"))
_FUNCTIONS = (
    r"""
fail() { echo "$0: $*" >&2; exit 1; }

# DISK BYTES SECTOR-SIZE: it is there, and it is the planned one.
check_disk() {
    [ -b "$1" ] || fail "$1 is not there"
    [ "$(blockdev --getsize64 "$1")" = "$2" ] || fail "$1 does not have the planned $2 bytes"
    [ "$(blockdev --getss "$1")" = "$3" ] || fail "$1 does not have sectors of $3 bytes"
}

# DISK: nothing uses it.
check_free() {
    mounts=$(lsblk --noheadings --raw --output MOUNTPOINT "$1" | tr -d '[:space:]')
    [ -z "$mounts" ] || fail "$1 is mounted, or swap: see lsblk"
    others=$(lsblk --noheadings --raw --output TYPE "$1" | sed '1d;/^part$/d')
    [ -z "$others" ] || fail "$1 is used by LVM, md, dm-crypt or the like: see lsblk"
}

# DEVICE: have bcache close it, and wait until it has.
stop_cache() {
    folder=/sys/class/block/$(basename "$(realpath "$1")")/bcache
    for switch in "$folder/stop" "$folder/set/stop"; do
        if [ -e "$switch" ]; then
            echo 1 >"$switch"
            break
        fi
    done
    for _ in $(seq 600); do
        [ -e "$folder" ] || return 0
        sleep 0.1
    done
    fail "$1 is still held by bcache: see dmesg"
}

# DISK START BYTES: zero the first and the last MiB of a part of a disk, where file systems, LVM,
# md, LUKS and ZFS are recognised by.
zero_edges() {
    edge=1048576
    if [ "$3" -lt "$edge" ]; then edge=$3; fi
    for offset in "$2" $(($2 + $3 - edge)); do
        dd if=/dev/zero of="$1" bs=64K count="$edge" seek="$offset" iflag=count_bytes \
            oflag=seek_bytes conv=notrunc,fsync status=none
    done
}

# DISK: have the kernel read a new table, and udev make the links of the partitions.
read_table() {
    partx --update "$1"
    udevadm settle --timeout=60
}

# FILE: write standard input to a file, under a temporary name first.
write() {
    mkdir -p "$(dirname "$1")"
    (umask 077 && cat >"$1.part")
    mv -fT "$1.part" "$1"
}

# MODE PATH: write standard input to a file of the new system.
put() {
    write "$ROOT$2"
    chmod "$1" "$ROOT$2"
}

# TARGET PATH: make a symbolic link in the new system.
put_link() {
    mkdir -p "$(dirname "$ROOT$2")"
    ln -sfnT "$1" "$ROOT$2"
}

# PARTITION FOLDER: mount an ESP, if it is not mounted yet.
mount_esp() {
    mkdir -p "$2"
"""
    f'    mountpoint -q "$2" || {_MOUNT_ESP}\n'
    r"""}

# PATH FILE: copy a file of the new system to an ESP, and compare it.
copy() {
    mkdir -p "$(dirname "$2")"
    cp "$ROOT$1" "$2.part"
    sync "$2.part"
    cmp "$ROOT$1" "$2.part"
    mv -fT "$2.part" "$2"
}

# WHAT: ask for a secret twice, print it.
ask_secret() {
    read -rsp "$1: " first </dev/tty
    echo >/dev/tty
    read -rsp "Once more: " second </dev/tty
    echo >/dev/tty
    [ -n "$first" ] || fail "an empty $1 is none"
    [ "$first" = "$second" ] || fail "what was typed differs"
    printf '%s\n' "$first"
}

# USER: ask for a password, print what chpasswd reads.
ask_password() {
    ask_secret "password of $1 on the new system" | sed "s/^/$1:/"
}

# DATASET: ask for a passphrase, print what zfs reads.
ask_passphrase() {
    ask_secret "passphrase of $1"
}

# KEY: print standard input with the secret of that key in place of ***.
fill_secret() {
    secret=$(ask_secret "$1")
    while IFS= read -r line; do
        case $line in
            *\*\*\**) printf '%s\n' "${line%%\*\*\**}$secret${line#*\*\*\*}" ;;
            *) printf '%s\n' "$line" ;;
        esac
    done
}

# FILE: make a key that nobody but root can read.
make_key() {
    mkdir -p "$(dirname "$1")"
    chmod 700 "$(dirname "$1")"
    (umask 077 && head -c 32 /dev/urandom >"$1")
    sync "$1"
}
"""
).lstrip()


def render_script(plan: Plan) -> str:
    """The script, for bash; it asks before it destroys anything, and for the root password."""
    sections = [
        _section(phase.value) + _around(plan, phase, "\n".join(_step(plan, step) for step in steps))
        for phase, steps in groupby(plan.steps, key=lambda step: step.phase)
    ]
    parts = [_head(plan), _settings(plan), _FUNCTIONS, release(plan), _before(plan), *sections]
    return "\n".join(parts) + "\necho 'Done.'\n"


def _head(plan: Plan) -> str:
    """What the script is, and what it destroys, as comments."""
    what = (
        f"{plan.layout} for {plan.hostname}, without bedplate: the commands of a plan, to be run "
        "as root on the machine that the plan was made for, from a live system that has the "
        "programs named below. It stops at the first command that fails."
    )
    lost = (line for step in plan.steps for line in _lost(step.destroys))
    warnings = "".join(comment(f"Note: {warning}") for warning in plan.warnings)
    title = comment("EVERYTHING ON THESE DISKS WILL BE DESTROYED:")
    return f"#!/bin/bash\n{comment(what)}#\n{title}{''.join(lost)}{warnings}"


def _lost(destroys: tuple[str, ...]) -> list[str]:
    return [comment(line if number == 0 else f"- {line}") for number, line in enumerate(destroys)]


def _settings(plan: Plan) -> str:
    """Where things are; everything that may have to be changed by hand."""
    lines = [
        "set -eu -o pipefail",
        "export LC_ALL=C.UTF-8",
        "umask 022",
        "",
        "# Where the base system is, and where the new system is mounted meanwhile.",
        f"IMAGES=${{IMAGES:-{IMAGES}}}",
        "WORK=/run/bedplate",
        "ROOT=$WORK/root",
        "",
    ]
    for number, disk in enumerate(plan.disks, start=1):
        path = disk.id if disk.id.startswith("/") else f"/dev/disk/by-id/{disk.id}"
        where = comment(f"{human(disk.size_bytes)}, was {disk.path}").rstrip()
        lines.append(f"DISK{number}={words(path)}  {where}")
    return "\n".join(lines) + "\n"


def _before(plan: Plan) -> str:
    """The checks that come before everything, and the question."""
    lines = [
        "# Nothing is touched before all of this holds.",
        '[ "$(id -u)" = 0 ] || fail "must be run by root"',
        f"for program in {' '.join(_programs(plan))}; do",
        '    command -v "$program" >/dev/null || fail "$program is not installed"',
        "done",
    ]
    for number, disk in enumerate(plan.disks, start=1):
        size = (str(disk.size_bytes), str(disk.sector_size))
        lines.append(words("check_disk", expanded(f"DISK{number}"), *size))
    if not _releases(plan):
        lines += _check_free(plan)
    disks = " ".join(f'"$DISK{number}"' for number in range(1, len(plan.disks) + 1))
    lines += [
        f"lsblk --output PATH,SIZE,MODEL,SERIAL,FSTYPE,LABEL {disks}",
        "read -rp 'Everything on these disks will be destroyed. Type yes to go on: ' answer",
        '[ "$answer" = yes ] || fail "nothing was done"',
    ]
    return "\n".join(lines) + "\n"


def _releases(plan: Plan) -> bool:
    return any(step.phase is s.Phase.RELEASE for step in plan.steps)


def _check_free(plan: Plan) -> list[str]:
    return [f'check_free "$DISK{number}"' for number in range(1, len(plan.disks) + 1)]


def _around(plan: Plan, phase: s.Phase, text: str) -> str:
    """The commands of a phase; udev is kept from undoing what is let go of until all is wiped."""
    if not _releases(plan) or phase not in {s.Phase.RELEASE, s.Phase.CLEAR}:
        return text
    numbers = range(1, len(plan.disks) + 1)
    if phase is s.Phase.CLEAR:
        unlock = [f"exec {{LOCK{number}}}<&-" for number in numbers]
        return "\n".join([*_check_free(plan), "", text, *unlock]) + "\n"
    why = comment("Locked, so that udev does not start again what is stopped here.")
    lock = [f'exec {{LOCK{n}}}<"$DISK{n}" && flock "$LOCK{n}"' for n in numbers]
    return why + "\n".join([*lock, "", text])


def _section(name: str) -> str:
    rule = "-" * (_RULE - len(name))
    return f"# ---- {name} {rule}\necho {words(f'== {name}')}\n\n"


def _step(plan: Plan, step: s.Step) -> str:
    return comment(step.summary) + "".join(
        command if command.endswith("\n") else f"{command}\n" for command in commands(plan, step)
    )


def _programs(plan: Plan) -> list[str]:
    """What the commands need beside the GNU core utilities; a missing one is found first."""
    found = {"blockdev", "lsblk", "partx", "udevadm"}
    if _releases(plan):
        found.add("flock")
    for step in plan.steps:
        found |= set(_NEEDS.get(type(step), ()))
        if isinstance(step, s.FormatVolume):
            found.add("mkswap" if step.filesystem == "swap" else f"mkfs.{step.filesystem}")
    return sorted(found)
