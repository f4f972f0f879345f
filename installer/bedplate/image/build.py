"""Builds every image there is, taking from the cache whatever has not changed.

    recipe ──► base tree ──┬──► base.squashfs ──────────┐
    sources ──► .deb ──────┴──► delta.squashfs ─────────┤
    base tree ──► base.zfs, a ZFS stream ───────────────┼──► manifest.json, live.iso
    recipes ──► live layer, kernel, initramfs ──────────┘

The base tree and its stream take minutes, the rest seconds. Each box is an entry of the cache.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bedplate.errors import ApplyError, Problem, RefusedError
from bedplate.events import Clock
from bedplate.facts.secure_boot import probe_module
from bedplate.image import base, deb, live, medium, stream
from bedplate.image.cache import Cache, digest_tree, key_of
from bedplate.image.delta import make_plain
from bedplate.image.overlay import Overlay
from bedplate.image.progress import Stage
from bedplate.image.recipe import BaseRecipe, LiveRecipe, read_recipe
from bedplate.image.squash import OPTIONS, squash, squash_overlay
from bedplate.image.stream import RunJob
from bedplate.model.artefacts import BASE, DELTA, MANIFEST, PIECE_BYTES, STREAM
from bedplate.model.manifest import Artefact, Manifest
from bedplate.model.secure_boot import ZFS
from bedplate.plan.files import PATHS
from bedplate.run import run

# live-boot stacks these in this order, the last on top.
MODULES = "filesystem.module"
_FORMAT = "3"
_INSTALL_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class ImageSet:
    """All artefacts of one build, in one folder; `manifest` is also there as manifest.json."""

    folder: Path
    manifest: Manifest
    key: str

    @property
    def iso(self) -> Path:
        """The installer medium."""
        return self.folder / medium.ISO


@dataclass(frozen=True, slots=True)
class _Keys:
    """The cache keys of a build, taken once: the sources may be edited while it runs."""

    base: str
    stream: str
    live: str
    deb: str
    images: str


@dataclass(frozen=True, slots=True)
class _Build:
    """What every stage needs to know."""

    source: Path
    cache: Cache
    clock: Clock
    base: BaseRecipe
    live: LiveRecipe
    keys: _Keys
    run_job: RunJob

    @property
    def images(self) -> Path:
        return self.source / "images"


def build_images(source: Path, cache: Path, clock: Clock, run_job: RunJob) -> ImageSet:
    """All images of the source folder, from the cache folder or freshly built.

    Needs root and, for what is not in the cache, the network and a machine to run a job in. Raises
    `UsageError` for a broken recipe, `RefusedError` without root, `CommandError` if a tool fails.
    """
    build = _prepare(source, cache, clock, run_job)
    key = build.keys.images
    stage = Stage(clock, "images", "images")
    entry = build.cache.entry("images", key, partial(_make_images, build))
    if not entry.fresh:
        stage.skipped()
    for kind in ("images", "deb", "live", "stream", "base"):
        build.cache.prune(kind)
    manifest = Manifest.model_validate_json((entry.folder / MANIFEST).read_text())
    return ImageSet(entry.folder, manifest, key)


def build_package(source: Path, cache: Path, clock: Clock) -> Path:
    """bedplate's own .deb of the source folder, from the cache or freshly built."""
    return _deb(source, deb.deb_key(source), Cache(cache), clock)


def _prepare(source: Path, cache: Path, clock: Clock, run_job: RunJob) -> _Build:
    recipes = source / "images"
    base_recipe = read_recipe(BaseRecipe, recipes / "base.toml")
    live_recipe = read_recipe(LiveRecipe, recipes / "live.toml")
    keys = _keys(source, base_recipe, live_recipe)
    return _Build(source, Cache(cache), clock, base_recipe, live_recipe, keys, run_job)


def _keys(source: Path, base_recipe: BaseRecipe, live_recipe: LiveRecipe) -> _Keys:
    recipes = source / "images"
    base_key = base.base_key(base_recipe, recipes / "base.d")
    stream_key = stream.stream_key(base_key, recipes)
    live_key = live.live_key(base_key, live_recipe, recipes)
    deb_key = deb.deb_key(source)
    menu = digest_tree(recipes / "grub.cfg")
    return _Keys(
        base=base_key,
        stream=stream_key,
        live=live_key,
        deb=deb_key,
        images=key_of(_FORMAT, *OPTIONS, base_key, stream_key, live_key, deb_key, menu),
    )


def _make_images(build: _Build, folder: Path) -> None:
    _require_root()
    tree = _base_tree(build)
    received = _stream(build, tree)
    layer = _live_layer(build, tree)
    package = _deb(build.source, build.keys.deb, build.cache, build.clock)
    unpacked = _pack_base(build, tree, package, folder)
    medium.link(received, folder / STREAM)
    for name in (live.LAYER, live.KERNEL, live.INITRD):
        shutil.copy(layer / name, folder / name)
    (folder / MODULES).write_text(f"{BASE}\n{live.LAYER}\n")
    _pack_medium(build, tree, layer, folder, unpacked)


def _base_tree(build: _Build) -> Path:
    stage = Stage(build.clock, "base", "base system")

    def make(folder: Path) -> None:
        base.build_base(build.base, build.images / "base.d", folder / "tree", stage, run)

    return _cached(build.cache, stage, build.keys.base, make) / "tree"


def _stream(build: _Build, tree: Path) -> Path:
    stage = Stage(build.clock, "stream", "ZFS stream of the base system")

    def make(folder: Path) -> None:
        kernel = kernel_release(tree)
        stream.build_stream(tree, kernel, build.images, folder, stage, build.run_job)

    return _cached(build.cache, stage, build.keys.stream, make) / STREAM


def _live_layer(build: _Build, tree: Path) -> Path:
    stage = Stage(build.clock, "live", "live layer")

    def make(folder: Path) -> None:
        live.build_live(
            build.base, build.live, images=build.images, tree=tree, target=folder, stage=stage
        )

    return _cached(build.cache, stage, build.keys.live, make)


def _deb(source: Path, key: str, cache: Cache, clock: Clock) -> Path:
    stage = Stage(clock, "deb", "bedplate's package")

    def make(folder: Path) -> None:
        def fetch(target: Path) -> None:
            deb.fetch_component(source, target, run)

        component = cache.entry("component", deb.component_key(source), fetch)
        deb.build_deb(source, component.folder, folder, run, key=key)

    return next(_cached(cache, stage, key, make).glob("*.deb"))


def _cached(cache: Cache, stage: Stage, key: str, make: Callable[[Path], None]) -> Path:
    """The folder of a stage's entry; the stage is reported as done or as skipped."""

    def report(folder: Path) -> None:
        stage.started()
        make(folder)
        stage.finished()

    entry = cache.entry(stage.name, key, report)
    if not entry.fresh:
        stage.skipped()
    return entry.folder


def _require_root() -> None:
    if os.geteuid() != 0:
        message = "images hold device nodes and files of other owners, which only root can make"
        raise RefusedError(Problem("not-root", "", message, "run it as root"))


def _pack_base(build: _Build, tree: Path, package: Path, folder: Path) -> int | None:
    stage = Stage(build.clock, "pack-base", BASE)
    stage.started()
    scratch = folder / "scratch"
    overlay = Overlay(build.images, tree, scratch / "upper", scratch)
    inside = overlay.upper / "tmp" / package.name
    inside.parent.mkdir(parents=True)
    inside.parent.chmod(0o1777)
    shutil.copy(package, inside)
    install = ("dpkg", "--force-unsafe-io", "--install", f"/tmp/{package.name}")
    overlay.chroot(run, install, timeout=_INSTALL_SECONDS)
    inside.unlink()
    unpacked = squash_overlay(overlay, folder / BASE, stage=stage, run=run)
    make_plain(overlay.upper, tree)
    squash(overlay.upper, folder / DELTA, stage=stage, run=run)
    shutil.rmtree(scratch)
    stage.finished()
    return unpacked


def _pack_medium(
    build: _Build, tree: Path, layer: Path, folder: Path, unpacked: int | None
) -> None:
    stage = Stage(build.clock, "medium", "installer medium")
    stage.started()
    kernel = kernel_release(tree)
    zfs = probe_module(run, kernel, ZFS, tree)
    manifest = Manifest(
        suite=build.base.suite,
        architecture=build.base.architecture,
        kernel=kernel,
        zfs_key=None if zfs is None else zfs.serial,
        stream_properties=dict(stream.PROPERTIES),
        artefacts={
            path.name: _artefact(path, unpacked if path.name == BASE else None)
            for path in sorted(folder.iterdir())
        },
        files=base.read_files(tree, PATHS),
    )
    _write(manifest, folder)
    scratch = folder / "scratch"
    image = folder / medium.ISO
    names = (*manifest.artefacts, MANIFEST)
    medium.build_medium(
        image,
        live={name: folder / name for name in names},
        boot=layer / live.BOOT,
        menu=build.images / "grub.cfg",
        scratch=scratch,
        run=run,
    )
    shutil.rmtree(scratch)
    # The medium carries the manifest of what is in it; the folder's own has the medium as well.
    everything = {**manifest.artefacts, medium.ISO: _artefact(image, None)}
    _write(manifest.model_copy(update={"artefacts": everything}), folder)
    stage.finished()


def kernel_release(tree: Path) -> str:
    """The release of the one kernel in a base tree. Raises `ApplyError` for none or several."""
    found = sorted(path.name for path in (tree / "usr/lib/modules").iterdir())
    if len(found) != 1:
        message = f"has the kernels {', '.join(found) or 'none'}; exactly one is needed"
        raise ApplyError(Problem("image-kernel", str(tree), message))
    return found[0]


def _artefact(path: Path, unpacked_bytes: int | None) -> Artefact:
    with path.open("rb") as file:
        return Artefact.of(iter(lambda: file.read(PIECE_BYTES), b""), unpacked_bytes)


def _write(manifest: Manifest, folder: Path) -> None:
    text = manifest.sealed().model_dump_json(indent=2, exclude_none=True)
    (folder / MANIFEST).write_text(text + "\n")
