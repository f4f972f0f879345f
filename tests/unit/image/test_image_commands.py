"""The commands that build images, as they are run, and what their cache keys depend on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bedplate.image.base import base_key, mmdebstrap_argv
from bedplate.image.deb import component_key, deb_key
from bedplate.image.live import CMDLINE, live_key
from bedplate.image.medium import xorriso_argv
from bedplate.image.recipe import Archive, BaseRecipe, DpkgPaths, LiveRecipe

ROOT = Path(__file__).parents[3]
IMAGES = ROOT / "images"
RECIPE = BaseRecipe(
    suite="trixie",
    architecture="amd64",
    dpkg=DpkgPaths(exclude=("/usr/share/doc/*",), include=("/usr/share/doc/*/copyright",)),
    archive=(Archive(uri="http://a/debian", suites=("trixie",), components=("main", "contrib")),),
    packages={"one": ("udev",), "two": ("lvm2", "mdadm")},
)
LIVE = LiveRecipe(packages=("live-boot",), drop=("var/cache",))


def test_the_base_is_made_by_this_command() -> None:
    argv = mmdebstrap_argv(RECIPE, hooks=Path("/i/base.d"), target=Path("/c/tree"))
    assert argv == [
        *("mmdebstrap", "--verbose", "--mode=root", "--variant=minbase", "--format=directory"),
        *("--architectures=amd64", "--include=udev,lvm2,mdadm"),
        *('--aptopt=APT::Install-Recommends "false"', "--dpkgopt=force-unsafe-io"),
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        "--setup-hook=copy-in '/i/base.d/early/etc' /",
        "--customize-hook=copy-in '/i/base.d/customize.sh' /tmp",
        '--customize-hook=chroot "$1" sh /tmp/customize.sh',
        *("trixie", "/c/tree"),
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
        " http://a/debian trixie main contrib",
    ]


def test_a_base_is_kept_until_its_recipe_or_its_files_change(tmp_path: Path) -> None:
    hooks = shutil.copytree(IMAGES / "base.d", tmp_path / "elsewhere" / "base.d")
    key = base_key(RECIPE, IMAGES / "base.d")
    assert base_key(RECIPE, hooks) == key  # where the checkout is does not matter
    other = RECIPE.model_copy(update={"suite": "forky"})
    assert base_key(other, hooks) != key
    (hooks / "customize.sh").write_text("true\n")
    assert base_key(RECIPE, hooks) != key


def test_the_live_layer_depends_on_the_base_and_not_on_the_sources(tmp_path: Path) -> None:
    images = shutil.copytree(IMAGES, tmp_path / "images")
    key = live_key("base", LIVE, images)
    assert live_key("base", LIVE, IMAGES) == key
    assert live_key("another", LIVE, images) != key
    assert live_key("base", LIVE.model_copy(update={"drop": ()}), images) != key
    (images / "live.d" / "modules").write_text("zfs\n")
    assert live_key("base", LIVE, images) != key


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("installer/bedplate/module.py", True),
        ("layouts/new.toml", True),
        ("debian/rules", True),
        ("README.md", False),
        ("tests/unit/test_new.py", False),
    ],
)
def test_the_package_depends_on_what_is_in_it(path: str, changes: bool, tmp_path: Path) -> None:
    for folder in ("installer/bedplate", "layouts", "debian", "tests/unit"):
        (tmp_path / folder).mkdir(parents=True)
    key = deb_key(tmp_path)
    (tmp_path / path).write_text("new\n")
    assert (deb_key(tmp_path) != key) is changes


def test_the_component_depends_on_the_pinned_versions(tmp_path: Path) -> None:
    requirements = tmp_path / "debian" / "bookworm" / "requirements.txt"
    requirements.parent.mkdir(parents=True)
    requirements.write_text("typer==0.15.2 --hash=sha256:00\n")
    key = component_key(tmp_path)
    requirements.write_text("typer==0.15.3 --hash=sha256:01\n")
    assert component_key(tmp_path) != key


def test_the_medium_is_made_by_this_command() -> None:
    assert xorriso_argv(Path("/t"), Path("/b"), Path("/live.iso")) == [
        *("xorriso", "-as", "mkisofs", "-quiet", "-rational-rock", "-joliet"),
        *("-volid", "BEDPLATE", "-b", "boot/grub/eltorito.img", "-no-emul-boot"),
        *("-boot-load-size", "4", "-boot-info-table", "--grub2-boot-info"),
        *("--grub2-mbr", "/b/boot_hybrid.img", "-append_partition", "2", "0xef", "/b/efi.img"),
        *("-appended_part_as_gpt", "-eltorito-alt-boot"),
        *("-e", "--interval:appended_partition_2:all::", "-no-emul-boot"),
        *("-o", "/live.iso", "/t"),
    ]


def test_the_boot_menu_starts_the_live_system_as_the_lab_does() -> None:
    starts = [
        line.split()
        for line in (IMAGES / "grub.cfg").read_text().splitlines()
        if line.strip().startswith("linux ")
    ]
    quiet, noisy = starts
    consoles = ["console=ttyS0,115200", "console=tty0"]
    assert quiet == ["linux", "/live/vmlinuz", *CMDLINE.split(), *consoles]
    assert set(quiet) - set(noisy) == {"quiet", "loglevel=3"}
