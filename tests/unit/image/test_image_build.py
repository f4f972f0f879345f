"""Building all images, as far as it can be told without building any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bedplate.errors import ApplyError, Problem, RefusedError, UsageError
from bedplate.events import Clock, Event, What
from bedplate.image import build
from bedplate.image.build import ImageSet, build_images, kernel_release
from bedplate.image.deb import build_deb
from bedplate.model.manifest import Artefact, Manifest
from bedplate.run import run

ROOT = Path(__file__).parents[3]
MANIFEST = Manifest(
    suite="trixie",
    architecture="amd64",
    kernel="6.12.117+deb13-amd64",
    artefacts={"base.squashfs": Artefact(sha256="0" * 64, size_bytes=3, unpacked_bytes=9)},
).sealed()


def no_job(_job: object, _on_line: object) -> None:
    pytest.fail("no machine is needed")


def put_manifest(_build: object, folder: Path) -> None:
    (folder / "manifest.json").write_text(MANIFEST.model_dump_json())


def test_unchanged_images_come_from_the_cache_without_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Event] = []
    with monkeypatch.context() as patch:
        patch.setattr(build, "_make_images", put_manifest)
        first = build_images(ROOT, tmp_path, Clock((heard.append,)), no_job)
    assert heard == []
    assert build_images(ROOT, tmp_path, Clock((heard.append,)), no_job) == first
    assert first == ImageSet(tmp_path / "images" / first.key, MANIFEST, first.key)
    assert first.iso == first.folder / "live.iso"
    assert [(event.what, event.text) for event in heard] == [
        (What.STEP_SKIPPED, "images: in the cache")
    ]


def test_only_root_can_build_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(RefusedError) as caught:
        build_images(ROOT, tmp_path, Clock(()), no_job)
    assert [problem.code for problem in caught.value.problems] == ["not-root"]
    assert list((tmp_path / "images").iterdir()) == []


def test_a_folder_without_recipes_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        build_images(tmp_path, tmp_path / "cache", Clock(()), no_job)
    [problem] = caught.value.problems
    assert (problem.code, problem.where) == (
        "recipe-missing",
        str(tmp_path / "images" / "base.toml"),
    )


def test_a_folder_without_packaging_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        build_deb(tmp_path, None, tmp_path / "target", run)
    assert caught.value.problems == (
        Problem(
            "not-a-source-folder",
            str(tmp_path),
            "has no debian/control, so no package can be built from it",
            "run this from a checkout of bedplate, or name one with --source",
        ),
    )


def test_a_source_that_changed_since_its_key_was_taken_is_not_built(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "debian").mkdir(parents=True)
    (source / "debian" / "control").write_text("Source: bedplate\n")
    with pytest.raises(ApplyError) as caught:
        build_deb(source, None, tmp_path / "target", run, key="of an earlier state")
    assert [problem.code for problem in caught.value.problems] == ["source-changed"]


@pytest.mark.parametrize(
    ("kernels", "message"),
    [
        ([], "has the kernels none; exactly one is needed"),
        (["6.1", "6.12"], "has the kernels 6.1, 6.12; exactly one is needed"),
    ],
)
def test_a_base_has_exactly_one_kernel(kernels: list[str], message: str, tmp_path: Path) -> None:
    modules = tmp_path / "usr" / "lib" / "modules"
    for folder in (modules, *(modules / name for name in kernels)):
        folder.mkdir(parents=True, exist_ok=True)
    with pytest.raises(ApplyError) as caught:
        kernel_release(tmp_path)
    assert [problem.message for problem in caught.value.problems] == [message]


def test_the_kernel_of_a_base_is_read_from_its_modules(tmp_path: Path) -> None:
    (tmp_path / "usr" / "lib" / "modules" / "6.12.117+deb13-amd64").mkdir(parents=True)
    assert kernel_release(tmp_path) == "6.12.117+deb13-amd64"
