"""A change of what a host boots is carried out as a whole, or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from bedplate.apply.host_change import apply_host_change
from bedplate.errors import ApplyError, CommandError, Problem
from bedplate.model.host_change import HostChange, HostFile
from tests.unit.facts.recorded import Recorded

PIN, GRUB, LIST = "etc/kernel/pin", "etc/default/grub", "etc/kernel/list"
CHANGE = HostChange(
    summary="",
    files=(
        HostFile(path=f"/{PIN}", content=None),
        HostFile(path=f"/{GRUB}", content="new\n"),
        HostFile(path=f"/{LIST}", content="6.1\n"),
        HostFile(path="/etc/kernel/absent", content=None),
    ),
    update_grub=True,
)
FINE = Recorded({"update-grub": ""})


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A root with two of the files."""
    for path in (PIN, GRUB):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("old\n")
        (tmp_path / path).chmod(0o600)
    return tmp_path


def files(root: Path) -> dict[str, tuple[str, int]]:
    """Text and mode of every file."""
    return {
        str(path.relative_to(root)): (path.read_text(), stat.S_IMODE(path.stat().st_mode))
        for path in root.rglob("*")
        if path.is_file()
    }


def test_files_are_written_and_removed_and_keep_their_modes(host: Path) -> None:
    apply_host_change(FINE, CHANGE, host)
    assert files(host) == {GRUB: ("new\n", 0o600), LIST: ("6.1\n", 0o644)}


def test_without_need_grub_is_left_alone(host: Path) -> None:
    apply_host_change(Recorded({}), CHANGE.model_copy(update={"update_grub": False}), host)
    assert files(host) == {GRUB: ("new\n", 0o600), LIST: ("6.1\n", 0o644)}


def test_everything_is_put_back_if_update_grub_fails(host: Path) -> None:
    before = files(host)
    failing = Recorded({"update-grub": (1, "", "syntax error")})
    with pytest.raises(CommandError, match="syntax error"):
        apply_host_change(failing, CHANGE, host)
    assert files(host) == before


def test_everything_is_put_back_if_a_file_cannot_be_written(
    host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(host)
    sync = os.fsync

    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == ".list.bedplate":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ApplyError) as error:
        apply_host_change(FINE, CHANGE, host)
    assert error.value.problems == (
        Problem("write-failed", f"/{LIST}", "could not be written: No space left on device"),
    )
    assert files(host) == before


def test_a_file_that_is_kept_elsewhere_stays_there(host: Path) -> None:
    (host / "srv").mkdir()
    (host / GRUB).rename(host / "srv/grub")
    (host / GRUB).symlink_to("../../srv/grub")
    apply_host_change(FINE, CHANGE, host)
    assert (host / GRUB).is_symlink()
    assert (host / "srv/grub").read_text() == "new\n"


def test_a_link_that_leads_out_is_not_followed(
    host: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "grub"
    elsewhere.write_text("theirs\n")
    (host / GRUB).unlink()
    (host / GRUB).symlink_to(elsewhere)
    with pytest.raises(ApplyError) as error:
        apply_host_change(FINE, CHANGE, host)
    assert error.value.problems == (
        Problem("path-leads-out", f"/{GRUB}", f"leads out of the system to {elsewhere}"),
    )
    assert (elsewhere.read_text(), (host / PIN).read_text()) == ("theirs\n", "old\n")
