"""The manifest beside the images: read, or refused with every problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.config.manifest import load_manifest
from bedplate.errors import RefusedError, UsageError
from bedplate.model.artefacts import BASE
from bedplate.model.manifest import Artefact, Manifest

MANIFEST = Manifest(
    suite="trixie",
    architecture="amd64",
    kernel="6.12.0-amd64",
    artefacts={BASE: Artefact(sha256="0" * 64, size_bytes=5)},
).sealed()


def test_a_manifest_is_read(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(MANIFEST.model_dump_json())
    assert load_manifest(tmp_path) == MANIFEST


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (None, [("manifest-unreadable", "")]),
        ("{", [("invalid-manifest", "")]),
        (
            MANIFEST.sealed()
            .model_dump_json()
            .replace("0" * 64, "0" * 63)
            .replace("amd64", "x", 1)[:-1]
            + ', "more": 1}',
            [
                ("invalid-manifest", f': artefacts."{BASE}".sha256'),
                ("invalid-manifest", ": more"),
            ],
        ),
    ],
)
def test_what_is_not_a_manifest(
    tmp_path: Path, text: str | None, codes: list[tuple[str, str]]
) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_manifest(tmp_path)
    path = f"{tmp_path}/manifest.json"
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [
        (code, path + where) for code, where in codes
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"sha256":"0', '"sha256":"1', id="a checksum"),
        pytest.param('"size_bytes":', '"size_bytes":1', id="a size"),
        pytest.param('"seal":"', '"seal_":"', id="no seal"),
    ],
)
def test_a_manifest_that_was_changed_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = MANIFEST.model_dump_json()
    assert old in text
    changed = (
        MANIFEST.model_copy(update={"seal": None}).model_dump_json() if "seal" in old else text
    )
    (tmp_path / "manifest.json").write_text(changed.replace(old, new))
    with pytest.raises(RefusedError) as caught:
        load_manifest(tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["manifest-damaged"]


def test_the_images_of_the_tests_fit_their_seal() -> None:
    """Every tier plans with them; the seal is of what a manifest says, not of keys it lacks."""
    assert load_manifest(Path(__file__).parents[2] / "captures" / "images").zfs_key is None
