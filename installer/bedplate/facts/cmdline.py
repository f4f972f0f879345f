"""Where a host's kernel command line comes from, and whether the root that one names is there."""

from __future__ import annotations

from pathlib import Path

from bedplate.facts.kernels import text_of
from bedplate.facts.tools import MissingTool, ask
from bedplate.model.boot_files import DEFAULT_GRUB, DEFAULT_GRUB_FOLDER, KERNEL_CMDLINE
from bedplate.model.kernels import CmdlineFiles, RootTarget, TextFile
from bedplate.run import Runner

_PLACES = {
    "UUID=": "/dev/disk/by-uuid/",
    "PARTUUID=": "/dev/disk/by-partuuid/",
    "LABEL=": "/dev/disk/by-label/",
    "PARTLABEL=": "/dev/disk/by-partlabel/",
}
_DATASET = "ZFS="


def probe_cmdline_files(root: Path = Path("/")) -> CmdlineFiles:
    """Every file that a command line comes from, below `root`."""
    folder = root / DEFAULT_GRUB_FOLDER[1:]
    # update-grub reads them as the shell sorts `*.cfg` in the C locale.
    names = sorted(path.name for path in folder.glob("*.cfg") if not path.name.startswith("."))
    paths = [f"{DEFAULT_GRUB_FOLDER}/{name}" for name in names]
    return CmdlineFiles(
        kernel_cmdline=text_of(root, KERNEL_CMDLINE),
        default_grub=text_of(root, DEFAULT_GRUB),
        snippets=tuple(
            TextFile(path=path, content=content)
            for path in paths
            if (content := text_of(root, path)) is not None
        ),
        running=(text_of(root, "/proc/cmdline") or "").strip(),
    )


def probe_root_target(run: Runner, value: str, root: Path = Path("/")) -> RootTarget:
    """What the value of `root=` stands for, and whether it is there now."""
    if value.startswith(_DATASET):
        return _dataset(run, value)
    prefix, equals, name = value.partition("=")
    if value.startswith("/dev/"):
        place = value
    elif folder := _PLACES.get(prefix + equals):
        # The kernel takes a PARTUUID in either case, udev writes it in the lower one.
        place = folder + (name.lower() if prefix == "PARTUUID" else name)
    else:
        return RootTarget(value=value, place=None, exists=False)
    return RootTarget(value=value, place=place, exists=(root / place[1:]).is_block_device())


def _dataset(run: Runner, value: str) -> RootTarget:
    name = value.removeprefix(_DATASET)
    try:
        argv = ["zfs", "list", "-H", "-o", "name", "-t", "filesystem", name]
        exists = bool(name) and ask(run, argv, check=False).code == 0
    except MissingTool:
        exists = False
    return RootTarget(value=value, place=f"dataset {name}", exists=exists)
