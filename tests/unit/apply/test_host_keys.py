"""Host keys are made early, put into the new system once, and not left anywhere else."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply.host_keys import HostKeys
from bedplate.errors import CommandError, Problem
from bedplate.run import Result


class Keygen:
    """Makes a key pair as ssh-keygen would; counts how often."""

    def __init__(self, failure: CommandError | None = None) -> None:
        self.failure = failure
        self.calls = 0

    def __call__(self, argv: Sequence[str | Path], **_: Any) -> Result:
        self.calls += 1
        if self.failure is not None:
            raise self.failure
        assert argv[:4] == ["ssh-keygen", "-q", "-A", "-f"]
        folder = Path(argv[4]) / "etc/ssh"
        for name, mode in (("ssh_host_x_key", 0o600), ("ssh_host_x_key.pub", 0o644)):
            (folder / name).write_text(f"{name} {self.calls}")
            (folder / name).chmod(mode)
        return Result(tuple(map(str, argv)), 0, "", "")


def found_in(root: Path) -> dict[str, tuple[int, str]]:
    return {
        path.relative_to(root).as_posix(): (stat.S_IMODE(path.stat().st_mode), path.read_text())
        for path in root.rglob("*")
        if path.is_file()
    }


def test_keys_that_were_begun_are_put_into_the_new_system_and_kept_nowhere_else(
    tmp_path: Path,
) -> None:
    root, memory = tmp_path / "root", tmp_path / "memory"
    keygen = Keygen()
    keys = HostKeys(keygen, memory)
    keys.begin()
    keys.begin()
    keys.put(root)
    keys.close()
    assert found_in(root) == {
        "etc/ssh/ssh_host_x_key": (0o600, "ssh_host_x_key 1"),
        "etc/ssh/ssh_host_x_key.pub": (0o644, "ssh_host_x_key.pub 1"),
    }
    assert keygen.calls == 1
    assert not memory.exists()


def test_keys_of_a_run_that_was_killed_are_not_used(tmp_path: Path) -> None:
    root, memory = tmp_path / "root", tmp_path / "memory"
    (memory / "etc/ssh").mkdir(parents=True)
    (memory / "etc/ssh/ssh_host_old_key").write_text("old")
    keys = HostKeys(Keygen(), memory)
    keys.put(root)
    keys.close()
    assert sorted(found_in(root)) == ["etc/ssh/ssh_host_x_key", "etc/ssh/ssh_host_x_key.pub"]


def test_a_failure_to_make_them_is_that_of_the_step_which_wants_them(tmp_path: Path) -> None:
    keys = HostKeys(Keygen(CommandError(Problem("x", "ssh-keygen", "failed"))), tmp_path / "memory")
    keys.begin()
    with pytest.raises(CommandError, match="ssh-keygen: failed"):
        keys.put(tmp_path / "root")
    keys.close()
    assert not (tmp_path / "memory").exists()
