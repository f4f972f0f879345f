"""Programs of the operator are put into a medium, and found in it: with xorriso itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.cli import image as image_module
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from bedplate.facts.first_boot import program_of_medium
from bedplate.facts.medium_hooks import hooks_of_medium
from bedplate.image.medium import with_additions
from bedplate.model.hook import Hook
from bedplate.run import run

HOOK = "#!/bin/sh\nexit 0\n"
PROGRAM = b"\x7fELF\xff, or so it says"


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """A medium with the folder of the images, and no way to start from it."""
    (tmp_path / "tree" / "live").mkdir(parents=True)
    (tmp_path / "tree" / "live" / "image").write_text("an image\n")
    made = tmp_path / "medium.iso"
    run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", made, tmp_path / "tree"])
    return made


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    """Two hooks, one of them by a link to the other."""
    folder = tmp_path / "mine" / "after-unpack"
    folder.mkdir(parents=True)
    (folder / "10-first").write_text(HOOK)
    (folder / "10-first").chmod(0o755)
    (folder / "20-again").symlink_to("10-first")
    return folder.parent


def test_what_is_added_is_found_beside_the_images(
    medium: Path, hooks: Path, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    program.write_bytes(PROGRAM)
    output = tmp_path / "with.iso"
    output.write_text("something older")
    with_additions(medium, output, {"hooks": hooks, "proxmox-first-boot": program}, run)
    found = tmp_path / "found"
    run(["xorriso", "-osirrox", "on", "-indev", output, "-extract", "/", found])
    assert (found / "live" / "image").read_text() == "an image\n"
    assert program_of_medium(found / "live") == PROGRAM
    assert hooks_of_medium(found / "live", 60) == tuple(
        Hook(point="after-unpack", name=f"hooks/after-unpack/{name}", text=HOOK, timeout_seconds=60)
        for name in ("10-first", "20-again")
    )


def test_a_medium_with_what_is_no_program_is_not_begun(
    hooks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object) -> None:
        raise AssertionError("built before it was looked at")

    monkeypatch.setattr(image_module, "_build", build)
    (hooks / "after-unpack" / "10-first").chmod(0o644)
    (tmp_path / "text").write_text("hello\n")
    words = ["image", "iso", "--output", str(tmp_path / "x.iso")]
    assert run_command([*words, "--hooks", str(hooks)]) == ExitCode.FAILED
    said = capsys.readouterr().err
    assert "after-unpack/10-first: is not executable" in said
    assert "after-unpack/20-again: is not executable" in said
    assert run_command([*words, "--first-boot", str(tmp_path / "text")]) == ExitCode.FAILED
    assert "is no program: neither a script" in capsys.readouterr().err
    assert run_command([*words, "--hooks", str(tmp_path / "none")]) == ExitCode.FAILED
    assert "is no folder" in capsys.readouterr().err
