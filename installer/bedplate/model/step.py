"""The closed set of things an install can do to a machine, as data.

A step names what it acts on by the plan's stable identities (disk id, partition GUID, volume name);
`bedplate.apply` looks the rest up in the plan it belongs to. `destroys` lists, for people, what is
gone once the step has run. Neighbouring steps that touch different things may run side by side.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from bedplate.model.hook import HookPoint
from bedplate.model.program import bytes_of
from bedplate.model.value import Value


class Phase(StrEnum):
    """The parts of a run, in order; progress is shown and time is taken by them."""

    CHECK = "check"
    RELEASE = "release"
    CLEAR = "clear"
    PARTITION = "partition"
    STORAGE = "storage"
    UNPACK = "unpack"
    CONFIGURE = "configure"
    BOOT = "boot"
    FINISH = "finish"


class WorkStep(Value):
    """What all steps say of themselves."""

    id: str
    phase: Phase
    summary: str
    destroys: tuple[str, ...] = ()


class VerifyArtefact(WorkStep):
    """Compare an artefact with the manifest, before anything is written.

    `pieces` are the checksums of its pieces, see `bedplate.model.manifest.Artefact`.
    """

    kind: Literal["verify-artefact"] = "verify-artefact"
    artefact: str
    sha256: str
    size_bytes: int
    pieces: tuple[str, ...]


class RenameVolumeGroup(WorkStep):
    """Give a volume group on other disks, known by its UUID, another name."""

    kind: Literal["rename-volume-group"] = "rename-volume-group"
    uuid: str
    name: str


class RenamePool(WorkStep):
    """Give a pool on other disks, known by its guid and not imported, another name."""

    kind: Literal["rename-pool"] = "rename-pool"
    guid: str
    name: str


class Unmount(WorkStep):
    """Unmount a file system that lies on the plan's disks."""

    kind: Literal["unmount"] = "unmount"
    at: str


class ExportPool(WorkStep):
    """Export a pool that lies on the plan's disks; its file systems are unmounted with it."""

    kind: Literal["export-pool"] = "export-pool"
    pool: str
    guid: str


class SwapOff(WorkStep):
    """Stop swapping to a device on the plan's disks."""

    kind: Literal["swap-off"] = "swap-off"
    device: str


class CloseMappings(WorkStep):
    """Take devices off the device mapper, in this order: open LUKS devices, LVM volumes."""

    kind: Literal["close-mappings"] = "close-mappings"
    names: tuple[str, ...]


class StopArray(WorkStep):
    """Stop an md array."""

    kind: Literal["stop-array"] = "stop-array"
    device: str


class StopCache(WorkStep):
    """Have bcache let go of a device that it caches, or caches on."""

    kind: Literal["stop-cache"] = "stop-cache"
    device: str


class ClearDisk(WorkStep):
    """Make a disk and everything that was on it unrecognisable, when nothing uses it any more."""

    kind: Literal["clear-disk"] = "clear-disk"
    disk: str


class PartitionDisk(WorkStep):
    """Write the whole partition table of a disk in one go."""

    kind: Literal["partition-disk"] = "partition-disk"
    disk: str


class FormatEsp(WorkStep):
    """Make a FAT32 file system with a known volume id on an ESP."""

    kind: Literal["format-esp"] = "format-esp"
    disk: str
    partition_guid: str
    fat_id: str


class FormatSwap(WorkStep):
    """Make swap space with a known UUID on a partition."""

    kind: Literal["format-swap"] = "format-swap"
    disk: str
    partition_guid: str
    uuid: str


class CreatePool(WorkStep):
    """Create the plan's ZFS pool and these of its datasets; without `datasets` all of them.

    A passphrase is handed to apply beside the plan, never in it; a key file is made on the way.
    """

    kind: Literal["create-pool"] = "create-pool"
    datasets: tuple[str, ...] | None = None


class CreateArray(WorkStep):
    """Make the plan's md array of its members; its first synchronisation is left to the host."""

    kind: Literal["create-array"] = "create-array"


class CreateVolumeGroup(WorkStep):
    """Make the plan's PVs and the volume group on them."""

    kind: Literal["create-volume-group"] = "create-volume-group"


class CreateVolume(WorkStep):
    """Create one logical volume of the plan."""

    kind: Literal["create-volume"] = "create-volume"
    volume: str


class FormatVolume(WorkStep):
    """Make a file system or swap space with a known UUID on a logical volume."""

    kind: Literal["format-volume"] = "format-volume"
    volume: str
    filesystem: Literal["ext4", "xfs", "swap"]
    uuid: str


class CreateBtrfs(WorkStep):
    """Make the plan's btrfs with its planned UUID, and its subvolumes."""

    kind: Literal["create-btrfs"] = "create-btrfs"


class UnpackBase(WorkStep):
    """Extract the base system, or what is newer than a received one, into the mounted root."""

    kind: Literal["unpack-base"] = "unpack-base"
    artefact: str


class ReceiveBase(WorkStep):
    """Receive the base system as the pool's root dataset, and create `datasets` after it."""

    kind: Literal["receive-base"] = "receive-base"
    artefact: str
    datasets: tuple[str, ...]


class WriteFiles(WorkStep):
    """Write the plan's files and links into the mounted root."""

    kind: Literal["write-files"] = "write-files"


class SetPassword(WorkStep):
    """Set a user's password; the value is handed to apply beside the plan, never in it."""

    kind: Literal["set-password"] = "set-password"
    user: str


class RunInRoot(WorkStep):
    """Run a program of the new system in there; it reads `text`, and ends with one of `codes`.

    `secret` is the key, in the answer file, of a value that stands as `***` in the text.
    """

    kind: Literal["run-in-root"] = "run-in-root"
    argv: tuple[str, ...]
    text: str = ""
    secret: str | None = None
    codes: tuple[int, ...] = (0,)


class MakeHostKeys(WorkStep):
    """Generate the SSH host keys of the new system."""

    kind: Literal["make-host-keys"] = "make-host-keys"


class ExtendInitramfs(WorkStep):
    """Append a small archive with this host's own files to the initramfs.

    What is below /etc/initramfs-tools/scripts goes to /scripts, as mkinitramfs(8) has it.
    """

    kind: Literal["extend-initramfs"] = "extend-initramfs"
    initrd: str
    paths: tuple[str, ...]


class EspCopy(Value):
    """A file to copy from the root file system (`source`) to an ESP (`path`, relative)."""

    source: str
    path: str


class EspText(Value):
    """A file with planned content on an ESP."""

    path: str
    content: str


class FillEsp(WorkStep):
    """Put kernel, initramfs, loaders and their configuration on an ESP."""

    kind: Literal["fill-esp"] = "fill-esp"
    disk: str
    partition_guid: str
    copies: tuple[EspCopy, ...]
    texts: tuple[EspText, ...]


class InstallBiosGrub(WorkStep):
    """Put GRUB for BIOS on a disk; it reads the rest from its ESP or from the root's /boot."""

    kind: Literal["install-bios-grub"] = "install-bios-grub"
    disk: str
    partition_guid: str
    reads: Literal["esp", "root"]


class AddBootEntry(WorkStep):
    """Tell the firmware of a boot loader on an ESP; a firmware that refuses is only a warning."""

    kind: Literal["add-boot-entry"] = "add-boot-entry"
    disk: str
    partition_guid: str
    label: str
    loader: str


class RunHook(WorkStep):
    """Run a program of the operator's; of one that is no text, `hex` are the bytes.

    Only a program with this `sha256` is run. It reads the plan and the facts of the machine as JSON
    on its standard input.
    """

    kind: Literal["run-hook"] = "run-hook"
    point: HookPoint
    name: str
    text: str = ""
    hex: str | None = None
    sha256: str
    timeout_seconds: int

    def data(self) -> bytes:
        """The program, byte for byte."""
        return bytes_of(self.text, self.hex)


class FinishStorage(WorkStep):
    """Check what the storage holds where that cannot be seen later, and let go of it."""

    kind: Literal["finish-storage"] = "finish-storage"


class MarkInstalled(WorkStep):
    """Label an ESP with the mark of the plan, see `Plan.mark`; it is only done when all else is."""

    kind: Literal["mark-installed"] = "mark-installed"
    disk: str
    partition_guid: str


ReleaseStep = (
    RenameVolumeGroup
    | RenamePool
    | Unmount
    | ExportPool
    | SwapOff
    | CloseMappings
    | StopArray
    | StopCache
)
"""What makes earlier contents let go, before any disk is cleared."""

Step = Annotated[
    VerifyArtefact
    | ReleaseStep
    | ClearDisk
    | PartitionDisk
    | FormatEsp
    | FormatSwap
    | CreatePool
    | CreateArray
    | CreateVolumeGroup
    | CreateVolume
    | FormatVolume
    | CreateBtrfs
    | UnpackBase
    | ReceiveBase
    | WriteFiles
    | SetPassword
    | RunInRoot
    | MakeHostKeys
    | ExtendInitramfs
    | FillEsp
    | InstallBiosGrub
    | AddBootEntry
    | RunHook
    | FinishStorage
    | MarkInstalled,
    Field(discriminator="kind"),
]
