"""The gate that starts programs, with real ones: what a unit test may not do."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from bedplate.errors import CommandError
from bedplate.model.secret import Secret
from bedplate.run import (
    FileInput,
    Result,
    allow_programs,
    have,
    run,
    spawn,
    stop_programs,
    terminate_running,
)


def problem_codes(error: CommandError) -> list[str]:
    return [problem.code for problem in error.problems]


def test_what_a_program_said_comes_back() -> None:
    result = run(["sh", "-c", "cat; echo oops >&2"], stdin="ünï")
    assert result == Result(("sh", "-c", "cat; echo oops >&2"), 0, "ünï", "oops\n")


def test_a_program_gets_no_input_and_a_fixed_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_AT.UTF-8")
    monkeypatch.setenv("STRAY", "from the operator's shell")
    script = 'cat; echo "$LC_ALL $STRAY $ADDED"'
    assert run(["sh", "-c", script], env={"ADDED": "yes"}).stdout == "C.UTF-8  yes\n"


def test_failure_tells_the_command_the_code_and_the_reason() -> None:
    with pytest.raises(CommandError) as caught:
        run(["sh", "-c", "echo no such pool >&2; exit 7"])
    assert str(caught.value) == (
        "sh -c 'echo no such pool >&2; exit 7': ended with 7: no such pool"
    )


def test_an_exit_code_can_be_an_answer() -> None:
    assert run(["sh", "-c", "exit 7"], check=False).code == 7


def test_a_missing_program_is_told_from_a_failing_one() -> None:
    with pytest.raises(CommandError) as caught:
        run(["no-such-tool-anywhere"])
    assert problem_codes(caught.value) == ["tool-missing"]
    assert have("sh")
    assert not have("no-such-tool-anywhere")


def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(CommandError) as caught:
        run(["sleep", "600"], timeout=0.2)
    assert problem_codes(caught.value) == ["command-timeout"]


def test_lines_are_heard_as_they_come_and_a_carriage_return_ends_one() -> None:
    heard: list[str] = []
    result = run(["printf", "one\\n50%%\\r100%%\\rlast"], on_line=heard.append)
    assert (heard, result.stdout) == (["one", "50%", "100%", "last"], "")


def test_a_secret_reaches_the_program_and_nothing_else() -> None:
    result = run(["cat"], stdin=Secret("correct horse"))
    assert result.stdout == "correct horse"
    assert "horse" not in " ".join(result.argv)


def test_a_program_reads_a_file_and_how_far_it_is_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100)
    heard: list[int] = []

    def hear(read: int) -> None:
        heard.append(read)
        if read == 40:
            (tmp_path / "told").touch()

    # It takes a part, and no more before somebody was told so.
    script = f"head -c 40; until [ -e {tmp_path}/told ]; do sleep 0.05; done; cat"
    result = run(["sh", "-c", script], stdin=FileInput(tmp_path / "file", hear))
    assert result.stdout == "x" * 100
    assert heard == sorted(heard)
    assert {*heard} <= {0, 40, 100}
    assert 40 in heard


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        run(["cat"], stdin=FileInput(tmp_path / "gone", lambda _: None))
    [problem] = caught.value.problems
    assert (problem.code, problem.where, problem.message) == (
        "input-unreadable",
        str(tmp_path / "gone"),
        "cannot be read: No such file or directory",
    )


def test_programs_under_way_can_be_told_to_end() -> None:
    def stop(_line: str) -> None:
        terminate_running()

    result = run(["sh", "-c", "echo up; exec sleep 600"], on_line=stop, check=False)
    assert result.code == -15


def test_nothing_is_started_between_stopping_and_allowing() -> None:
    def stop(_line: str) -> None:
        stop_programs()

    try:
        result = run(["sh", "-c", "echo up; exec sleep 600"], on_line=stop, check=False)
        with pytest.raises(CommandError) as caught:
            run(["true"], check=False)
    finally:
        allow_programs()
    assert result.code == -15
    assert problem_codes(caught.value) == ["command-not-started"]
    assert run(["true"]).code == 0


def test_a_program_that_outlives_its_starter_writes_to_its_log(tmp_path: Path) -> None:
    log, fifo = tmp_path / "log", tmp_path / "fifo"
    os.mkfifo(fifo)
    spawn(["sh", "-c", f"echo hello; echo done >{fifo}"], log_to=log)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert select.select([reader], [], [], 30)[0], "it never came to its end"
    finally:
        os.close(reader)
    assert log.read_text() == "hello\n"
