"""An artefact is extracted only if it is the one that the manifest lists."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bedplate.apply.unpack import verify_artefact
from bedplate.errors import RefusedError
from bedplate.model.manifest import PIECE_BYTES, Artefact, piece_digest
from bedplate.model.step import Phase, VerifyArtefact

CONTENT = b"squashfs" * (2 * PIECE_BYTES // 8) + b"end"


def step_for(content: bytes) -> VerifyArtefact:
    pieces = (content[at : at + PIECE_BYTES] for at in range(0, len(content), PIECE_BYTES))
    artefact = Artefact.of(pieces)
    assert artefact.sha256 == hashlib.sha256(content).hexdigest()
    return VerifyArtefact(
        id="verify",
        phase=Phase.CHECK,
        summary="",
        artefact="base.squashfs",
        sha256=artefact.sha256,
        size_bytes=artefact.size_bytes,
        pieces=artefact.pieces,
    )


def test_a_piece_has_the_checksum_that_b2sum_prints() -> None:
    # printf 'a piece' | b2sum --length=256
    printed = "c20eff3dc8e983f5818a97a4b3e763f8067690057e6f5657fa25407c38d7d9bd"
    assert piece_digest(b"a piece") == printed


def test_the_right_file_is_accepted_and_progress_reaches_the_end(tmp_path: Path) -> None:
    (tmp_path / "base.squashfs").write_bytes(CONTENT)
    heard: list[float] = []
    verify_artefact(step_for(CONTENT), tmp_path, heard.append)
    assert heard[-1] == 1.0


@pytest.mark.parametrize(
    ("on_disk", "code"),
    [
        pytest.param(None, "artefact-missing", id="missing"),
        pytest.param(CONTENT[:-1], "artefact-damaged", id="cut short"),
        pytest.param(CONTENT[:-1] + b"D", "artefact-damaged", id="last byte changed"),
        pytest.param(b"S" + CONTENT[1:], "artefact-damaged", id="first byte changed"),
    ],
)
def test_any_other_file_is_refused(tmp_path: Path, on_disk: bytes | None, code: str) -> None:
    if on_disk is not None:
        (tmp_path / "base.squashfs").write_bytes(on_disk)
    with pytest.raises(RefusedError) as caught:
        verify_artefact(step_for(CONTENT), tmp_path, lambda _: None)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_manifest_that_says_too_little_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "base.squashfs").write_bytes(CONTENT)
    step = step_for(CONTENT)
    short = step.model_copy(update={"pieces": step.pieces[:-1]})
    with pytest.raises(RefusedError, match="checksums for 2 pieces only"):
        verify_artefact(short, tmp_path, lambda _: None)
