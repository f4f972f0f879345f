"""Every reason why a request must not be carried out on a machine, all of them at once.

Each rule is a small function from what was asked and what was found to problems; nothing here
changes a plan. What depends on the disks that hold something already is in `refuse_used`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bedplate.errors import Problem
from bedplate.model.artefacts import BASE
from bedplate.model.facts import ZFS_MODULE, DiskFact, Facts, FirmwareKind
from bedplate.model.layout import BtrfsLayout, BtrfsProfile, Layout, LvmLayout, Raid, ZfsLayout
from bedplate.model.manifest import Manifest
from bedplate.model.plan import Role
from bedplate.model.request import Request
from bedplate.plan.compound import refuse_compound, refuse_second_paths
from bedplate.plan.groups import Group
from bedplate.plan.partitions import SECTOR_SIZES, os_size_bytes
from bedplate.plan.refuse_module import explains_missing
from bedplate.plan.refuse_used import RELEASE_TOOLS
from bedplate.units import GIB, MIB, human

HARD_LIMIT_BYTES = 2 * GIB
SOFT_LIMIT_BYTES = 8 * GIB
SMALLEST_MAIN_BYTES = 512 * MIB

_MKSWAP = "mkswap"
# The last two are asked whether Secure Boot lets a kernel load the module.
_ZFS_TOOLS = frozenset({"zpool", "zfs", "zdb", ZFS_MODULE, "modinfo", "mokutil"})
_LVM_TOOLS = frozenset(
    {
        *("lvm", "vgs", "pvcreate", "vgcreate", "vgchange", "vgremove"),
        *("lvs", "lvcreate", "lvremove", _MKSWAP),
    }
)
_MD_TOOLS = frozenset({"mdadm"})
_BTRFS_TOOLS = frozenset({"mkfs.btrfs", "btrfs"})
_MKFS_OF = {"ext4": "mkfs.ext4", "xfs": "mkfs.xfs"}
_MKFS = frozenset(_MKFS_OF.values())


def refuse_machine(request: Request, layout: Layout, facts: Facts) -> Iterator[Problem]:
    """What is wrong with the machine itself, whichever disks are chosen."""
    explained = explains_missing(facts)
    for tool in facts.missing_tools:
        if tool not in explained and _is_needed(tool, request, layout):
            yield Problem(
                "tool-missing",
                tool,
                "is not installed, and the installation needs it",
                f"install the package that has `{tool}`",
            )


def refuse_manifest(manifest: Manifest) -> Iterator[Problem]:
    """What is missing from the image build that is to be installed."""
    if BASE not in manifest.artefacts:
        yield Problem(
            "artefact-missing",
            "manifest",
            f"lists no {BASE}, which is what an installation unpacks",
            "build the images again: `bedplate image build`",
        )


def refuse_disks(group: Group, request: Request, layout: Layout, facts: Facts) -> Iterator[Problem]:
    """What is wrong with the disks of a group taken for themselves."""
    if group.choice.asked is not None:
        yield from _number(group, group.choice.asked)
    yield from _equal_sizes(group)
    yield from refuse_second_paths(group.disks, facts)
    for disk in group.disks:
        if disk.error is not None:
            yield _unreadable(disk, disk.error)
        yield from refuse_compound(disk)
        yield from _size(disk, group, request.accept_small_disk)
        yield from _behind(disk, group)
        yield from _sectors(disk, request, layout, facts)


def _is_needed(tool: str, request: Request, layout: Layout) -> bool:
    """Whether the request needs a tool; those of the other kinds of storage it does not.

    Nor does it need those for what is on the disks: see `refuse_release_tools`.
    """
    if tool in RELEASE_TOOLS - _MD_TOOLS:
        return False
    match layout.storage:
        case ZfsLayout():
            swap = {_MKSWAP} if request.zfs.swapsize_bytes else set()
            return tool not in (_LVM_TOOLS | _MD_TOOLS | _BTRFS_TOOLS | _MKFS) - swap
        case LvmLayout(filesystem=filesystem, array=array):
            foreign = _ZFS_TOOLS | _BTRFS_TOOLS | (_MKFS - {_MKFS_OF[filesystem]})
            return tool not in (foreign | _MD_TOOLS if array is None else foreign)
        case BtrfsLayout():
            return tool not in _ZFS_TOOLS | _LVM_TOOLS | _MD_TOOLS | _MKFS
        case other:
            assert_never(other)


def _number(group: Group, asked: int) -> Iterator[Problem]:
    minimum, maximum = group.rule.minimum, group.rule.maximum
    even = group.raid in (Raid.RAID10, BtrfsProfile.RAID10)
    if minimum <= asked <= (maximum or asked) and not (even and asked % 2):
        return
    needed = f"exactly {minimum}" if minimum == maximum else f"at least {minimum}"
    if maximum is not None and minimum < maximum:
        needed = f"{minimum} to {maximum}"
    noun = "disk" if maximum == 1 else "disks"
    yield Problem(
        "disk-count",
        group.key,
        f"the {group.what} takes {needed} {noun}{' (an even number)' if even else ''}, "
        f"and {asked} {'was' if asked == 1 else 'were'} chosen",
        "name as many disks as the layout takes, or choose another layout",
    )


def _unreadable(disk: DiskFact, error: str) -> Problem:
    return Problem(
        "disk-unreadable",
        disk.id,
        f"{disk.describe()} could not be read: {error}",
        "look at `smartctl -a` and the kernel log, and choose a sound disk",
    )


def _equal_sizes(group: Group) -> Iterator[Problem]:
    tolerance = group.rule.tolerance_percent
    if tolerance is None or not group.disks:
        return
    for first, other in group.pairs:
        wanted, there = (group.use.used_bytes(disk.size_bytes) for disk in (first, other))
        if abs(wanted - there) * 100 > wanted * tolerance:
            yield Problem(
                "disk-unequal",
                other.id,
                f"{human(there)} of {other.describe()} are to be used, and {human(wanted)} of "
                f"{first.path}; they may differ by {tolerance} % of the first",
                "choose disks of one size, or limit what is used of them with hdsize",
            )


def _size(disk: DiskFact, group: Group, accept_small: bool) -> Iterator[Problem]:
    hdsize, used = group.use.hdsize_bytes, group.use.used_bytes(disk.size_bytes)
    what = f"{disk.describe()} has {human(disk.size_bytes)}"
    if hdsize is not None and hdsize > disk.size_bytes:
        yield Problem(
            "hdsize-too-large",
            disk.id,
            f"{what}, and hdsize asks for {human(hdsize)} of it",
            "leave hdsize out to use the whole disk",
        )
    choose = "choose a larger disk"
    if used < disk.size_bytes:
        choose += " or hdsize" if hdsize is not None else ", or leave less of it free"
    if used < HARD_LIMIT_BYTES:
        yield Problem(
            "disk-too-small",
            disk.id,
            f"{what}, of which {human(used)} are to be used; a host needs "
            f"{human(HARD_LIMIT_BYTES)} at the very least",
            choose,
        )
    elif used < SOFT_LIMIT_BYTES and not accept_small:
        yield Problem(
            "disk-small",
            disk.id,
            f"{what}, of which {human(used)} are to be used; less than "
            f"{human(SOFT_LIMIT_BYTES)} is too little for most uses",
            f"{choose}, or set disk-setup.accept-small-disk = true",
        )


def _behind(disk: DiskFact, group: Group) -> Iterator[Problem]:
    """The original's rule for swap, for all that is taken from the main partition of a disk."""
    used, behind = group.use.used_bytes(disk.size_bytes), group.use.behind
    # With a large ESP on the little that hdsize leaves, half of it would be too much.
    room = os_size_bytes(disk.size_bytes, used) - SMALLEST_MAIN_BYTES
    most = max(min(used // 2, room), 0)
    if used < HARD_LIMIT_BYTES or group.use.behind_bytes <= most:
        return
    parts = " and ".join(f"{human(size)} of {role}" for role, size in behind.items())
    yield Problem(
        "swap-too-large" if {*behind} == {Role.SWAP} else "parts-too-large",
        disk.id,
        f"{parts} are too much for the {human(used)} to be used of {disk.describe()}",
        f"ask for {human(most)} at most",
    )


def refuse_sectors(disk: DiskFact) -> Iterator[Problem]:
    """Sectors of a size that nothing here was made for."""
    if disk.sector_size not in SECTOR_SIZES:
        yield Problem(
            "sector-size",
            disk.id,
            f"{disk.describe()} has logical sectors of {disk.sector_size} bytes; "
            "512 and 4096 are supported",
            "reformat the disk with another sector size (sg_format, nvme format)",
        )


def _sectors(disk: DiskFact, request: Request, layout: Layout, facts: Facts) -> Iterator[Problem]:
    if disk.sector_size not in SECTOR_SIZES:
        yield from refuse_sectors(disk)
        return
    if disk.sector_size != SECTOR_SIZES[0] and facts.firmware.kind is FirmwareKind.BIOS:
        yield Problem(
            "4kn-bios",
            disk.id,
            f"{disk.describe()} has logical sectors of {disk.sector_size} bytes, and no BIOS can "
            "start a system from such a disk",
            "start the machine in UEFI mode, or choose a disk with 512-byte sectors",
        )
    is_zfs = isinstance(layout.storage, ZfsLayout)
    if is_zfs and 2**request.zfs.ashift < disk.sector_size:
        yield Problem(
            "ashift-too-small",
            "disk-setup.zfs.ashift",
            f"ashift {request.zfs.ashift} means blocks of {2**request.zfs.ashift} bytes, and the "
            f"sectors of {disk.describe()} have {disk.sector_size}",
            "use ashift 12",
        )
