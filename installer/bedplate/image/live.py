"""The live layer: what stands over the base system while it installs, and what starts it.

The result is a folder with `live.squashfs`, `vmlinuz`, `initrd.img` and, in `boot/`, the boot
images of a medium. None of it depends on bedplate's own sources, so it is built once for a recipe.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from bedplate.image.cache import digest_file, digest_tree, key_of
from bedplate.image.overlay import CHROOT_SCRIPT, OVERLAY_SCRIPT, Overlay
from bedplate.image.progress import PackageProgress, Stage
from bedplate.image.recipe import BaseRecipe, LiveRecipe
from bedplate.image.squash import squash
from bedplate.run import Runner, run

LAYER = "live.squashfs"
KERNEL = "vmlinuz"
INITRD = "initrd.img"
BOOT = "boot"

# Kernel parameters of the live system; images/grub.cfg has them too. systemd loads and verifies a
# BPF program for the `bpf` security module, seconds of work on an emulated CPU that guards nothing
# here; lockdown stays for Secure Boot. live-boot shall write no fstab and configure no network.
CMDLINE = "boot=live quiet loglevel=3 lsm=capability,lockdown nofstab nonetworking"

_FORMAT = "1"
_APT_SECONDS = 900.0
_CUSTOMIZE_SECONDS = 900.0
_ESP_KIB = 8192


def live_key(base: str, recipe: LiveRecipe, images: Path) -> str:
    """The cache key of a live layer over the base tree with the key `base`."""
    return key_of(
        _FORMAT,
        base,
        recipe.model_dump_json(),
        digest_tree(images / "live.d"),
        *(digest_file(images / script) for script in (OVERLAY_SCRIPT, CHROOT_SCRIPT)),
    )


def build_live(
    base: BaseRecipe, live: LiveRecipe, *, images: Path, tree: Path, target: Path, stage: Stage
) -> None:
    """Build the layer over the base `tree` into the folder `target`. Raises `CommandError`."""
    scratch = target / "scratch"
    overlay = Overlay(images, tree, target / "upper", scratch)
    shutil.copytree(images / "live.d", overlay.upper / "tmp" / "live.d")
    (overlay.upper / "tmp").chmod(0o1777)
    _install_packages(overlay, base, live, stage, run)
    stage.progress(None, "initramfs and boot images")
    customize = ("sh", "/tmp/live.d/customize.sh")
    overlay.chroot(run, customize, timeout=_CUSTOMIZE_SECONDS)
    _take_out(overlay.upper / "boot" / "medium", target)
    for path in live.drop:
        _remove(overlay.upper / path)
    squash(overlay.upper, target / LAYER, stage=stage, run=run)
    shutil.rmtree(overlay.upper)
    shutil.rmtree(scratch)


def _install_packages(
    overlay: Overlay, base: BaseRecipe, live: LiveRecipe, stage: Stage, run: Runner
) -> None:
    apt = overlay.upper / "etc" / "apt"
    apt.mkdir(parents=True)
    lines = [line for archive in base.archive for line in archive.sources()]
    (apt / "sources.list").write_text("\n".join(lines) + "\n")
    # Followed, not copied as a link: on many machines it points into a /run we do not share.
    shutil.copyfile("/etc/resolv.conf", overlay.upper / "etc" / "resolv.conf")
    overlay.chroot(run, ("apt-get", "update"), timeout=_APT_SECONDS)
    install = ("apt-get", "install", "--yes", "--no-install-recommends", *live.packages)
    overlay.chroot(run, install, timeout=_APT_SECONDS, on_line=PackageProgress(stage))


def _take_out(medium: Path, target: Path) -> None:
    for name in (KERNEL, INITRD):
        (medium / name).rename(target / name)
    boot = target / BOOT
    boot.mkdir()
    for name in ("eltorito.img", "boot_hybrid.img"):
        (medium / name).rename(boot / name)
    _make_esp(medium / "efi", boot / "efi.img")


def _make_esp(files: Path, image: Path) -> None:
    """A FAT image with the loaders under /EFI/BOOT; mtools(1), since it needs no mount."""
    run(["mkfs.vfat", "-C", "-n", "BEDPLATE", image, str(_ESP_KIB)])
    run(["mmd", "-i", image, "::/EFI", "::/EFI/BOOT"])
    for file in sorted(files.iterdir()):
        run(["mcopy", "-i", image, file, f"::/EFI/BOOT/{file.name.upper()}"])


def _remove(path: Path) -> None:
    """Delete a file, a link, a folder or an overlay's whiteout; nothing there is fine too."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
