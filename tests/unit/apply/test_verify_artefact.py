"""An artefact is extracted only if it is the one that the manifest lists."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bedplate.apply.unpack import verify_artefact
from bedplate.errors import RefusedError
from bedplate.model.step import Phase, VerifyArtefact

CONTENT = b"squashfs" * 100_000


def step_for(content: bytes) -> VerifyArtefact:
    return VerifyArtefact(
        id="verify",
        phase=Phase.CHECK,
        summary="",
        artefact="base.squashfs",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )


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
        pytest.param(CONTENT[:-1] + b"S", "artefact-damaged", id="one byte changed"),
    ],
)
def test_any_other_file_is_refused(tmp_path: Path, on_disk: bytes | None, code: str) -> None:
    if on_disk is not None:
        (tmp_path / "base.squashfs").write_bytes(on_disk)
    with pytest.raises(RefusedError) as caught:
        verify_artefact(step_for(CONTENT), tmp_path, lambda _: None)
    assert [problem.code for problem in caught.value.problems] == [code]
