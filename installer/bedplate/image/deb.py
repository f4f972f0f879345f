"""bedplate's own Debian package, built from a source folder.

The build happens in a copy, so the source folder stays clean, and it uses no network: what Debian
12 has too old is fetched before, as a component of the source
(see docs/decisions/0003-deb-on-debian-12.md).
"""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

from bedplate.errors import ApplyError, Problem, UsageError
from bedplate.image.cache import digest_tree, key_of
from bedplate.run import Runner

# What goes into the source package. Read-mes do not: an edit there is no new base system.
SOURCES = ("LICENSE", "debian", "hooks", "images", "installer", "layouts", "pyproject.toml")
REQUIREMENTS = Path("debian/bookworm/requirements.txt")
COMPONENT = Path("debian/bookworm/modules")
# Debian 12's Python, for which the component's one compiled module is.
_TARGET = (
    *("--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "abi3"),
    *("--platform", "manylinux2014_x86_64", "--only-binary", ":all:"),
)
_FETCH_SECONDS = 300.0
_BUILD_SECONDS = 600.0


def deb_key(source: Path) -> str:
    """The cache key of the package built from a source folder: everything that goes into it."""
    return key_of(*(f"{path.name}:{digest_tree(path)}" for path in _present(source)))


def component_key(source: Path) -> str:
    """The cache key of the fetched component: its pinned versions and checksums."""
    return key_of((source / REQUIREMENTS).read_text(), *_TARGET)


def fetch_component(source: Path, target: Path, run: Runner) -> None:
    """Unpack the pinned wheels into the folder `target`; pip checks them against their SHA-256.

    Raises `CommandError` if one cannot be had or is not what was pinned.
    """
    wheels = target / "wheels"
    fetch = (sys.executable, "-m", "pip", "--quiet", "download", "--require-hashes", "--no-deps")
    requirements = source / REQUIREMENTS
    argv = (*fetch, *_TARGET, "--dest", wheels, "--requirement", requirements)
    run(argv, timeout=_FETCH_SECONDS)
    for wheel in sorted(wheels.iterdir()):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target)
    shutil.rmtree(wheels)


def build_deb(
    source: Path, component: Path | None, target: Path, run: Runner, *, key: str | None = None
) -> Path:
    """Build the package into the folder `target`; returns its path.

    Without `component` the package is what Debian itself would build, for Debian 13 and later.
    With `key`, what is built must have that `deb_key`. Raises `UsageError` if `source` is not
    bedplate's source, `ApplyError` if it changed meanwhile, `CommandError` if the build fails.
    """
    if not (source / "debian" / "control").is_file():
        raise UsageError(
            Problem(
                "not-a-source-folder",
                str(source),
                "has no debian/control, so no package can be built from it",
                "run this from a checkout of bedplate, or name one with --source",
            )
        )
    tree = target / "build" / "bedplate"
    tree.mkdir(parents=True)
    for path in _present(source):
        _copy(path, tree / path.name)
    if key is not None and deb_key(tree) != key:
        message = "was edited while the package was being built from it"
        raise ApplyError(Problem("source-changed", str(source), message, "run it again"))
    if component is not None:
        shutil.copytree(component, tree / COMPONENT)
    run(
        ("dpkg-buildpackage", "--build=binary", "--unsigned-changes", "--no-check-builddeps"),
        cwd=tree,
        timeout=_BUILD_SECONDS,
    )
    built = list(tree.parent.glob("bedplate_*.deb"))
    if len(built) != 1:
        message = f"dpkg-buildpackage left {len(built)} packages, one was expected"
        raise ApplyError(Problem("deb-missing", str(tree.parent), message))
    package = built[0].rename(target / built[0].name)
    shutil.rmtree(tree.parent)
    return package


def _present(source: Path) -> list[Path]:
    return [source / name for name in SOURCES if (source / name).exists()]


def _copy(path: Path, target: Path) -> None:
    """Copy what `cache.walk` counts, so that the key and the package cannot disagree."""
    if path.is_dir():
        ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "*~", "*.swp")
        shutil.copytree(path, target, symlinks=True, ignore=ignore)
    else:
        shutil.copy(path, target)
