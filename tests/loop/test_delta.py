"""What a package changes in a base system, taken from a real overlay and unpacked over the base."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bedplate.errors import ApplyError
from bedplate.image.delta import make_plain
from bedplate.image.overlay import Overlay
from bedplate.run import run

pytestmark = pytest.mark.loop

IMAGES = Path(__file__).parents[2] / "images"


def make_base(folder: Path) -> None:
    (folder / "etc/conf.d").mkdir(parents=True)
    for name in ("etc/kept", "etc/changed", "etc/conf.d/part", "etc/twin"):
        (folder / name).write_text(f"{name} of the base\n")
    (folder / "etc/other-twin").hardlink_to(folder / "etc/twin")
    (folder / "etc/link").symlink_to("kept")


def change(folder: Path, script: str) -> Overlay:
    """An overlay over a small base, in which a shell script was run."""
    make_base(folder / "base")
    overlay = Overlay(IMAGES, folder / "base", folder / "upper", folder / "scratch")
    overlay.run(run, ("sh", "-euc", f"cd {overlay.root}; {script}"), timeout=60)
    return overlay


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """Mode, and content or target, of everything below a folder."""
    return dict(_contents(folder, folder))


def _contents(folder: Path, top: Path) -> Iterator[tuple[str, tuple[int, str]]]:
    for path in sorted(folder.iterdir()):
        name, mode = str(path.relative_to(top)), path.lstat().st_mode
        if path.is_symlink():
            yield name, (mode, str(path.readlink()))
        elif path.is_dir():
            yield name, (mode, "")
            yield from _contents(path, top)
        else:
            yield name, (mode, path.read_text())


def marks(folder: Path) -> set[str]:
    paths = [folder, *folder.rglob("*")]
    return {name for path in paths for name in os.listxattr(path, follow_symlinks=False)}


def test_unpacked_over_the_base_it_is_what_the_overlay_showed(tmp_path: Path) -> None:
    script = (
        "echo new >etc/changed; chmod 600 etc/conf.d/part; mkdir -p etc/new/deeper; "
        "echo file >etc/new/deeper/file; ln -s new etc/newlink; ln -sfn changed etc/link; "
        f"cp -a . {tmp_path}/shown"
    )
    overlay = change(tmp_path, script)
    assert "trusted.overlay.origin" in marks(overlay.upper)
    make_plain(overlay.upper, overlay.lower)
    assert marks(overlay.upper) == set()
    image = tmp_path / "delta.squashfs"
    run(["mksquashfs", overlay.upper, image, "-noappend", "-no-progress"])
    run(["unsquashfs", "-force", "-no-progress", "-dest", overlay.lower, image])
    assert contents(overlay.lower) == contents(tmp_path / "shown")


@pytest.mark.parametrize(
    ("script", "path", "message"),
    [
        ("rm etc/kept", "/etc/kept", "is removed by bedplate's package"),
        ("rm -r etc/conf.d", "/etc/conf.d", "is removed by bedplate's package"),
        (
            "rm -r etc/conf.d; mkdir etc/conf.d",
            "/etc/conf.d",
            "is a folder of the base system that is removed and made anew",
        ),
        (
            "rm etc/link; echo file >etc/link",
            "/etc/link",
            "is of another kind than in the base system",
        ),
        (
            "echo changed >>etc/twin",
            "/etc/twin",
            "has other names in the base system, which do not change with it",
        ),
    ],
    ids=["file-gone", "folder-gone", "folder-anew", "link-to-file", "hard-link"],
)
def test_what_unpacking_cannot_do_is_refused(
    script: str, path: str, message: str, tmp_path: Path
) -> None:
    overlay = change(tmp_path, script)
    before = marks(overlay.upper)
    with pytest.raises(ApplyError) as caught:
        make_plain(overlay.upper, overlay.lower)
    assert [(p.code, p.where, p.message) for p in caught.value.problems] == [
        ("delta-impossible", path, message)
    ]
    assert marks(overlay.upper) == before
