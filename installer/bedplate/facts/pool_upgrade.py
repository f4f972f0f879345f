"""Which features of a pool are not enabled, and which kernels may have to import it."""

from __future__ import annotations

from pathlib import Path

from bedplate.errors import FactsError, Problem
from bedplate.facts.kernels import is_managed, text_of
from bedplate.facts.mounts import probe_mounts
from bedplate.facts.tools import ask
from bedplate.model.pool_upgrade import PoolFeatures
from bedplate.run import Runner

_FEATURE = "feature@"
_IMAGE = "vmlinuz-"
_LOADED = "/sys/module/zfs/version"


def probe_pool_features(run: Runner, pool: str, root: Path = Path("/")) -> PoolFeatures:
    """The pool. Raises `MissingTool` without ZFS, `FactsError` if there is no such pool."""
    argv = ["zpool", "get", "-H", "-o", "property,value", "all", pool]
    found = ask(run, argv, check=False)
    if found.code:
        hint = "`zpool list` has those that are imported"
        raise FactsError(Problem("pool-not-found", pool, "is no pool of this host", hint))
    kernels = [
        path.name.removeprefix(_IMAGE) for path in sorted((root / "boot").glob(f"{_IMAGE}*"))
    ]
    versions = {kernel: _version(run, kernel, root) for kernel in kernels}
    return PoolFeatures(
        pool=pool,
        disabled=parse_disabled(found.stdout),
        holds_boot=_holds(root, pool, "/boot"),
        esp_sync=is_managed(root),
        zfs=(text_of(root, _LOADED) or "").strip(),
        modules={kernel: version for kernel, version in versions.items() if version is not None},
    )


def parse_disabled(text: str) -> tuple[str, ...]:
    """The features that `zpool get` says are disabled."""
    rows = (line.split("\t") for line in text.splitlines())
    return tuple(
        name.removeprefix(_FEATURE)
        for name, value, *_ in rows
        if name.startswith(_FEATURE) and value == "disabled"
    )


def _version(run: Runner, kernel: str, root: Path) -> str | None:
    """The version of a kernel's zfs module, if it has one."""
    argv = ["modinfo", "-b", str(root), "-k", kernel, "--field", "version", "zfs"]
    found = ask(run, argv, check=False)
    return found.stdout.strip() or None if found.code == 0 else None


def _holds(root: Path, pool: str, folder: str) -> bool:
    above = [one for one in probe_mounts(root) if Path(folder).is_relative_to(one.target)]
    nearest = max(above, key=lambda one: len(Path(one.target).parts), default=None)
    return nearest is not None and nearest.source.split("/")[0] == pool and nearest.kind == "zfs"
