"""The frame of the command line: what is loaded, what is printed, and which code is returned."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
import typer

from bedplate import __version__
from bedplate.cli import main
from bedplate.cli.main import COMMANDS, Noun, asked_for, run_command
from bedplate.errors import (
    ApplyError,
    BedplateError,
    ExitCode,
    InterruptedRunError,
    Problem,
    RefusedError,
    UsageError,
)

TWO = [Problem("small", "disk a", "is small", "take a bigger one"), Problem("old", "", "it is old")]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """The command `facts` raises what is put into the list."""
    errors: list[BaseException] = []

    def command(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
        raise errors[0]

    monkeypatch.setattr(main, "_load", lambda _noun: command)
    return errors


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (
            RefusedError(TWO),
            ExitCode.REFUSED,
            "refused[small] disk a: is small\n    hint: take a bigger one\n"
            "refused[old] it is old\n",
        ),
        (
            UsageError(TWO[1]),
            ExitCode.USAGE,
            "error[old] it is old\n",
        ),
        (ApplyError(TWO[1]), ExitCode.FAILED, "error[old] it is old\n"),
        (InterruptedRunError(TWO[1]), ExitCode.INTERRUPTED, "error[old] it is old\n"),
        (
            KeyboardInterrupt(),
            ExitCode.INTERRUPTED,
            "error[interrupted] stopped by Ctrl-C\n",
        ),
        (
            KeyboardInterrupt("SIGTERM"),
            ExitCode.INTERRUPTED,
            "error[interrupted] stopped by SIGTERM\n",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_ends_with_its_code(
    failing: list[BaseException],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: ExitCode,
    text: str,
) -> None:
    failing.append(error)
    assert run_command(["facts"]) == code
    assert capsys.readouterr() == ("", text)


@pytest.mark.parametrize("error", [RefusedError(TWO), UsageError(TWO)])
def test_refusals_are_json_where_json_was_asked_for(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str], error: BedplateError
) -> None:
    failing.append(error)
    assert run_command(["facts", "--json"]) == error.exit_code
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == {
        "refusals": [
            {
                "code": "small",
                "where": "disk a",
                "message": "is small",
                "hint": "take a bigger one",
            },
            {"code": "old", "where": "", "message": "it is old", "hint": ""},
        ]
    }


def test_a_bug_is_kept_in_a_file(
    failing: list[BaseException],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    failing.append(ZeroDivisionError("the very line"))
    assert run_command(["facts"]) == ExitCode.FAILED
    (file,) = tmp_path.iterdir()
    assert "the very line" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    assert capsys.readouterr() == (
        "",
        "error[bug] this is a bug in bedplate: ZeroDivisionError\n"
        f"    hint: send {file} with your report\n",
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["facts"], 4),
        (["facts", "--nonsense"], ExitCode.USAGE),
        (["nonsense"], ExitCode.USAGE),
        (["--help"], ExitCode.OK),
        (["facts", "-h"], ExitCode.OK),
    ],
)
def test_codes_of_typer(
    failing: list[BaseException],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
) -> None:
    failing.append(typer.Exit(4))
    assert run_command(words) == code
    assert capsys.readouterr() != ("", "") or code == 4


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--version"]) == ExitCode.OK
    assert capsys.readouterr() == (f"bedplate {__version__}\n", "")


def test_the_help_names_every_command_and_loads_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(noun: Noun) -> None:
        raise AssertionError(f"{noun} was loaded")

    monkeypatch.setattr(main, "_load", load)
    assert run_command(["--help"]) == ExitCode.OK
    out, _ = capsys.readouterr()
    assert [word for word in COMMANDS if f" {word} " not in out] == []


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        ([], {}, None),
        (["--debug"], {}, None),
        (["--debug", "plan", "lab"], {}, "plan"),
        ([], {"_BEDPLATE_COMPLETE": "x", "COMP_WORDS": "bedplate lab u"}, "lab"),
        ([], {"_BEDPLATE_COMPLETE": "x", "_TYPER_COMPLETE_ARGS": "bedplate lab"}, "lab"),
        ([], {"_BEDPLATE_COMPLETE": "x"}, None),
    ],
)
def test_the_command_that_is_asked_for(
    words: list[str], environment: dict[str, str], expected: str | None
) -> None:
    assert asked_for(words, environment) == expected


def test_every_command_is_there() -> None:
    assert {word: type(main._load(noun)).__name__ for word, noun in COMMANDS.items()} == {
        "facts": "function",
        "plan": "function",
        "install": "function",
        "apply": "function",
        "resume": "function",
        "verify": "function",
        "doctor": "function",
        "disk": "Typer",
        "config": "Typer",
        "metrics": "Typer",
        "first-boot": "Typer",
        "node": "Typer",
        "kernel": "Typer",
        "storage": "Typer",
        "esp": "Typer",
        "repo": "Typer",
        "secure-boot": "Typer",
        "boot-tool": "Typer",
        "net": "Typer",
        "answer": "Typer",
        "lab": "Typer",
        "image": "Typer",
    }


def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "bedplate.cli.answer", raising=False)
    monkeypatch.setitem(sys.modules, "pydantic.json_schema", None)
    monkeypatch.delitem(sys.modules, "bedplate.config.json_schema", raising=False)
    assert run_command(["answer", "schema"]) == ExitCode.FAILED
    assert capsys.readouterr().err == (
        "error[module-missing] bedplate: needs the Python module `pydantic.json_schema`, "
        "which is not installed\n    hint: install the package that has it\n"
    )


class ClosedPipe:
    """A standard output that nobody reads."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError

    def fileno(self) -> int:
        return 2**20


@pytest.fixture
def _signals() -> Iterator[None]:
    """`main` sets what the whole process does on these."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_as_ctrl_c_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    signal.signal(number, signal.SIG_DFL)
    monkeypatch.setattr(main, "_load", lambda _noun: lambda: os.kill(os.getpid(), number))
    monkeypatch.setattr(sys, "argv", ["bedplate", "facts"])
    with pytest.raises(SystemExit) as end:
        main.main()
    assert end.value.code == ExitCode.INTERRUPTED
    assert capsys.readouterr() == ("", f"error[interrupted] stopped by {number.name}\n")


@pytest.mark.usefixtures("_signals")
def test_a_closed_pipe_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bedplate", "answer", "schema"])
    moved: list[tuple[int, int]] = []
    monkeypatch.setattr("os.dup2", lambda new, old: moved.append((new, old)))
    monkeypatch.setattr(sys, "stdout", ClosedPipe())
    with pytest.raises(SystemExit) as end:
        main.main()
    assert end.value.code == ExitCode.FAILED
    assert [old for _, old in moved] == [2**20]
    assert capsys.readouterr().err == ""
