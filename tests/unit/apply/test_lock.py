"""Two runs are kept apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.apply.lock import Patience, boot_files_locked, locked
from bedplate.errors import Problem, RefusedError


def test_a_lock_is_refused_while_it_is_held_and_free_afterwards(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "lock"
    with boot_files_locked(lock):
        with pytest.raises(RefusedError) as refusal, boot_files_locked(lock):
            pytest.fail("two have the lock")
        assert refusal.value.problems == (
            Problem(
                "already-running",
                str(lock),
                "another change of what this host boots is under way on this machine",
                "wait for it to end",
            ),
        )
    with boot_files_locked(lock):
        pass


def test_a_lock_ends_with_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path / "lock", "here", "something"):
        raise KeyError
    with locked(tmp_path / "lock", "here", "something"):
        pass


def test_a_lock_is_not_put_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"), boot_files_locked(tmp_path / "lock"):
        pytest.fail("the link was followed")
    assert not (tmp_path / "elsewhere").exists()


def test_who_is_patient_gets_a_lock_when_it_becomes_free(tmp_path: Path) -> None:
    told: list[str] = []
    first = locked(tmp_path / "lock", "here", "the first")
    first.__enter__()

    def tell(message: str) -> None:
        told.append(message)
        first.__exit__(None, None, None)

    with locked(tmp_path / "lock", "here", "the first", Patience(60, tell)):
        assert told == ["the first is under way on this machine: waiting for it to end"]


def test_patience_ends(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with (
        locked(lock, "here", "the first"),
        pytest.raises(RefusedError),
        locked(lock, "here", "the first", Patience(0.01, str)),
    ):
        pytest.fail("two have the lock")
