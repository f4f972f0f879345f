"""The base system as a folder: everything but bedplate itself, built by mmdebstrap(1).

Minutes of work, done once for a recipe: ZFS is compiled here. The archive's state is not part of
the key, so that a recipe gives one base until somebody asks for a fresh one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bedplate.image.cache import digest_tree, key_of
from bedplate.image.overlay import run_loudly
from bedplate.image.progress import PackageProgress, Stage
from bedplate.image.recipe import BaseRecipe
from bedplate.model.manifest import BaseFile
from bedplate.run import Runner

# Compiling the zfs module takes most of it; emulated machines need patience.
_TIMEOUT_SECONDS = 3600.0


def base_key(recipe: BaseRecipe, hooks: Path) -> str:
    """The cache key of a base tree: the very command that builds it, and the files it copies."""
    command = mmdebstrap_argv(recipe, hooks=Path("hooks"), target=Path("tree"))
    return key_of(*command, digest_tree(hooks))


def build_base(recipe: BaseRecipe, hooks: Path, target: Path, stage: Stage, run: Runner) -> None:
    """Install the base system into the folder `target`; needs root and the network.

    Raises `CommandError` with what mmdebstrap said.
    """
    argv = mmdebstrap_argv(recipe, hooks=hooks, target=target)
    progress = PackageProgress(stage, begins="installing remaining packages")
    run_loudly(run, argv, timeout=_TIMEOUT_SECONDS, on_line=progress)


def read_files(tree: Path, paths: Iterable[str]) -> dict[str, BaseFile]:
    """What a base tree has at these paths of its own: texts and links, and nothing else."""
    found: dict[str, BaseFile] = {}
    for path in sorted(paths):
        place = tree / path.lstrip("/")
        if place.is_symlink():
            found[path] = BaseFile(link=str(place.readlink()))
        elif place.is_file():
            found[path] = BaseFile(content=place.read_text(encoding="utf-8"))
    return found


def mmdebstrap_argv(recipe: BaseRecipe, *, hooks: Path, target: Path) -> list[str]:
    """The command that makes the base tree. `hooks` is `images/base.d`."""
    return [
        "mmdebstrap",
        "--verbose",
        "--mode=root",
        # `important` would bring ifupdown, which ifupdown2 conflicts with.
        "--variant=minbase",
        "--format=directory",
        f"--architectures={recipe.architecture}",
        f"--include={','.join(recipe.package_names())}",
        '--aptopt=APT::Install-Recommends "false"',
        "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in recipe.dpkg.exclude),
        *(f"--dpkgopt=path-include={pattern}" for pattern in recipe.dpkg.include),
        # Before any package: the initramfs is made by their triggers with this configuration.
        f"--setup-hook=copy-in '{hooks}/early/etc' /",
        f"--customize-hook=copy-in '{hooks}/customize.sh' /tmp",
        '--customize-hook=chroot "$1" sh /tmp/customize.sh',
        recipe.suite,
        str(target),
        *(line for archive in recipe.archive for line in archive.sources()),
    ]
