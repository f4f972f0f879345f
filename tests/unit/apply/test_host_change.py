"""A change of what a host boots is carried out as a whole, or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from bedplate.apply.host_change import apply_host_change
from bedplate.errors import ApplyError, CommandError, Problem, UsageError
from bedplate.model.host_change import HostChange, HostCommand, HostFile
from bedplate.model.request import Secrets
from bedplate.model.secret import Secret
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


def test_a_link_is_made_replaced_and_taken_away_by_itself(host: Path) -> None:
    made = HostFile(path="/etc/wants/scrub.timer", link="/usr/lib/scrub.timer")
    (host / "etc/localtime").symlink_to("../usr/share/zoneinfo/UTC")
    (host / "usr/lib").mkdir(parents=True)
    (host / "usr/lib/gone").write_text("stays\n")
    (host / "etc/gone").symlink_to("../usr/lib/gone")
    files = (
        made,
        HostFile(path="/etc/localtime", link="../usr/share/zoneinfo/Europe/Vienna"),
        HostFile(path="/etc/gone"),
    )
    apply_host_change(Recorded({}), HostChange(summary="", files=files), host)
    assert (host / "etc/wants/scrub.timer").readlink() == Path("/usr/lib/scrub.timer")
    assert (host / "etc/localtime").readlink() == Path("../usr/share/zoneinfo/Europe/Vienna")
    assert not (host / "etc/gone").is_symlink()
    assert (host / "usr/lib/gone").read_text() == "stays\n"


def test_a_mode_that_is_given_counts(host: Path) -> None:
    change = HostChange(summary="", files=(HostFile(path=f"/{GRUB}", content="x\n", mode=0o640),))
    apply_host_change(Recorded({}), change, host)
    assert files(host)[GRUB] == ("x\n", 0o640)


SECRET_FILE = HostFile(path=f"/{LIST}", content="relay user:***\n", mode=0o600, secret="a.password")


def test_a_secret_is_in_the_file_and_nowhere_else(host: Path) -> None:
    change = HostChange(summary="", files=(SECRET_FILE,))
    assert "hunter2" not in change.model_dump_json()
    secrets = Secrets(by_key={"a.password": Secret("hunter2")})
    apply_host_change(Recorded({}), change, host, secrets)
    assert files(host)[LIST] == ("relay user:hunter2\n", 0o600)


def test_without_its_secret_nothing_is_begun(host: Path) -> None:
    before = files(host)
    with pytest.raises(UsageError, match=r"needs the secret `a\.password`"):
        apply_host_change(
            FINE, CHANGE.model_copy(update={"files": (*CHANGE.files, SECRET_FILE)}), host
        )
    assert files(host) == before


CHECK = HostCommand(argv=("sshd", "-t"))
SET = HostCommand(argv=("zfs", "set", "a=b"), undo=HostCommand(argv=("zfs", "inherit", "a")))
RELOAD = HostCommand(argv=("systemctl", "reload", "ssh"))
WHOLE = CHANGE.model_copy(update={"checks": (CHECK,), "commands": (SET,), "reloads": (RELOAD,)})
WHOLE_WAY = ["sshd -t", "zfs set a=b", "update-grub", "systemctl reload ssh"]
WORKING = {"sshd -t": "", "zfs set a=b": "", "zfs inherit a": "", "update-grub": ""}


def test_checks_come_before_what_no_file_does_and_reloads_last(host: Path) -> None:
    run = Recorded({**WORKING, "systemctl reload ssh": ""})
    apply_host_change(run, WHOLE, host)
    assert run.lines == WHOLE_WAY


@pytest.mark.parametrize(
    ("failing", "ran"),
    [
        ("sshd -t", ["sshd -t"]),
        ("update-grub", ["sshd -t", "zfs set a=b", "update-grub", "zfs inherit a"]),
        (
            "systemctl reload ssh",
            [*WHOLE_WAY, "zfs inherit a", "systemctl reload ssh"],
        ),
    ],
)
def test_everything_is_put_back_whichever_program_fails(
    host: Path, failing: str, ran: list[str]
) -> None:
    before = files(host)
    run = Recorded({**WORKING, "systemctl reload ssh": "", failing: (1, "", "bad option")})
    with pytest.raises(CommandError, match="bad option"):
        apply_host_change(run, WHOLE, host)
    assert files(host) == before
    assert run.lines == ran


def test_a_program_may_end_with_what_it_is_known_for(host: Path) -> None:
    check = HostCommand(argv=("smartd", "-q", "onecheck"), codes=(0, 17))
    run = Recorded({"smartd -q onecheck": (17, "", "no devices")})
    apply_host_change(run, HostChange(summary="", checks=(check,)), host)
    run = Recorded({"smartd -q onecheck": (2, "", "bad directive")})
    with pytest.raises(CommandError, match="ended with 2: bad directive"):
        apply_host_change(run, HostChange(summary="", checks=(check,)), host)


def test_what_is_no_text_is_written_byte_for_byte(host: Path) -> None:
    data = bytes(range(256))
    file = HostFile(path="/etc/apt/keyrings/test.gpg", hex=data.hex())
    apply_host_change(Recorded({}), HostChange(summary="", files=(file,)), host)
    place = host / "etc/apt/keyrings/test.gpg"
    assert (place.read_bytes(), stat.S_IMODE(place.stat().st_mode)) == (data, 0o644)
