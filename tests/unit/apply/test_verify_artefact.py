"""An artefact is extracted only if it is the one that the manifest lists."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from pathlib import Path

import pytest

from bedplate.apply.artefacts import Artefacts
from bedplate.apply.unpack import verify_artefact
from bedplate.errors import RefusedError
from bedplate.model.artefacts import PIECE_BYTES, piece_digest
from bedplate.model.manifest import Artefact
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


def test_a_piece_has_the_checksum_that_sha512sum_prints() -> None:
    # printf 'a piece' | sha512sum
    printed = (
        "e57a483a0560bfbd0cec555e6000505e2ac96d8fbacda7c7429afce3a8ec53aa"
        "97b3fdb39e7fbe11330b5049886d342d1cc4f390725be6ddae2114ebaa7b3c66"
    )
    assert piece_digest(b"a piece") == printed


def test_the_right_file_is_accepted_and_progress_reaches_the_end(tmp_path: Path) -> None:
    (tmp_path / "base.squashfs").write_bytes(CONTENT)
    heard: list[float] = []
    verify_artefact(step_for(CONTENT), Artefacts(tmp_path), heard.append)
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
        verify_artefact(step_for(CONTENT), Artefacts(tmp_path), lambda _: None)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_manifest_that_says_too_little_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "base.squashfs").write_bytes(CONTENT)
    step = step_for(CONTENT)
    short = step.model_copy(update={"pieces": step.pieces[:-1]})
    with pytest.raises(RefusedError, match="checksums for 2 pieces only"):
        verify_artefact(short, Artefacts(tmp_path), lambda _: None)


def test_checksums_that_were_begun_before_are_those_of_the_whole_file(tmp_path: Path) -> None:
    (tmp_path / "base.squashfs").write_bytes(CONTENT)
    with Artefacts(tmp_path) as artefacts:
        artefacts.want(["base.squashfs"])
        verify_artefact(step_for(CONTENT), artefacts, lambda _: None)


def test_a_file_that_grew_after_its_checksums_were_begun_is_refused(tmp_path: Path) -> None:
    (tmp_path / "base.squashfs").write_bytes(CONTENT[:PIECE_BYTES])
    with Artefacts(tmp_path) as artefacts:
        artefacts.want(["base.squashfs"])
        with (tmp_path / "base.squashfs").open("ab") as file:
            file.write(CONTENT[PIECE_BYTES:])
        with pytest.raises(RefusedError, match="differs from the manifest in the MiB from 32 on"):
            verify_artefact(step_for(CONTENT), artefacts, lambda _: None)


def test_checksums_of_what_is_not_there_are_none(tmp_path: Path) -> None:
    with Artefacts(tmp_path) as artefacts:
        artefacts.want(["base.squashfs"])
        assert list(artefacts.digests("base.squashfs")) == []


def test_checksums_that_nobody_wants_any_more_are_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guess was wrong: what is wanted instead does not wait for all of what was guessed."""
    first, go_on = threading.Event(), threading.Event()
    taken: list[str] = []

    def take(path: Path, _offset: int) -> str:
        taken.append(path.name)
        first.set()
        assert go_on.wait(60.0)
        return path.name

    monkeypatch.setattr("bedplate.apply.artefacts._digest_at", take)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    for name, pieces in (("guessed", 3), ("wanted", 2)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(pieces * PIECE_BYTES)
    with Artefacts(tmp_path) as artefacts:
        artefacts.want(["guessed"])
        assert first.wait(60.0)
        artefacts.want(["wanted"])
        artefacts.want(["wanted"])
        go_on.set()
        assert list(artefacts.digests("wanted")) == ["wanted", "wanted"]
    assert taken == ["guessed", "wanted", "wanted"]


def test_a_medium_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> str:
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "base.squashfs").write_bytes(CONTENT)
    monkeypatch.setattr("bedplate.apply.artefacts._digest_at", fails)
    with pytest.raises(RefusedError, match="cannot be read: Input/output error"):
        verify_artefact(step_for(CONTENT), Artefacts(tmp_path), lambda _: None)
