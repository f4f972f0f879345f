"""Commands on a serial console, against a shell that echoes what is typed as a terminal does."""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from bedplate.errors import CommandError
from bedplate.lab.serial import Console, render_command

Shell = Callable[[str], tuple[int, str]]
_COMMAND = re.compile(r"; eval (.*)\) </dev/null 2>&1; printf '\\nbp-%s-(\d+)-", re.DOTALL)


def _serve(end: socket.socket, shell: Shell) -> None:
    """Echo each line, then answer as `render_command` asks for."""
    with end:
        for typed in _lines(end):
            match = _COMMAND.search(typed)
            assert match is not None
            status, output = shell(match[1])
            said = output.replace("\n", "\r\n")
            number = match[2]
            answer = f"bp-begin-{number}\r\n{said}\r\nbp-end-{number}-{status}\r\n"
            end.sendall(f"{typed}\r\n{answer}# ".encode())


def _lines(end: socket.socket) -> Iterator[str]:
    pending = b""
    while piece := end.recv(65536):
        *whole, pending = (pending + piece).split(b"\r")
        yield from (line.decode() for line in whole)


@contextlib.contextmanager
def console_of(shell: Shell) -> Iterator[Console]:
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=_serve, args=(theirs, shell))
    thread.start()
    console = Console(ours, "guest")
    try:
        yield console
    finally:
        ours.shutdown(socket.SHUT_RDWR)
        console.close()
        thread.join()


@pytest.mark.parametrize("output", ["", "one\n", "one\ntwo", "\n\n", "bp-end-7-0\n"])
def test_output_is_exact(output: str) -> None:
    with console_of(lambda _command: (0, output)) as console:
        assert console.execute("anything") == (0, output)


def test_commands_follow_each_other() -> None:
    with console_of(lambda command: (0, command)) as console:
        assert [console.succeed("one"), console.succeed("two")] == ["one", "two"]


def test_status_decides() -> None:
    with console_of(lambda command: (3, "no\n") if command == "bad" else (0, "yes\n")) as console:
        assert console.fail("bad") == "no\n"
        with pytest.raises(CommandError, match="guest: `bad` ended with 3: no"):
            console.succeed("bad")
        with pytest.raises(CommandError, match="guest: `good` succeeded, and should not have: yes"):
            console.fail("good")


def test_silence_has_an_end() -> None:
    ours, theirs = socket.socketpair()
    with (
        theirs,
        contextlib.closing(Console(ours, "guest")) as console,
        pytest.raises(CommandError, match=r"not seen within 0\.05 seconds; last: nothing"),
    ):
        console.execute("true", timeout=0.05)


def test_machine_that_ends_is_told_from_one_that_is_silent() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with (
        contextlib.closing(Console(ours, "guest")) as console,
        pytest.raises(CommandError) as caught,
    ):
        console.execute("true", timeout=5)
    assert [problem.code for problem in caught.value.problems] == ["console-closed"]


def test_file_arrives_whole() -> None:
    content = bytes(range(256)) * 20
    written = bytearray()

    def shell(command: str) -> tuple[int, str]:
        if piece := re.match(r"'echo (\S+) \| base64 -d >>/run/x'", command):
            written.extend(base64.b64decode(piece[1]))
        return 0, ""

    with console_of(shell) as console:
        console.send_file(content, "/run/x")
    assert bytes(written) == content


def test_no_marker_is_in_the_line_that_is_typed() -> None:
    line = render_command("echo 'a b'", 7)
    assert line == (
        "echo bp-be''gin-7; (export TERM=dumb SYSTEMD_PAGER=cat; "
        "eval 'echo '\"'\"'a b'\"'\"'') </dev/null 2>&1; "
        "printf '\\nbp-%s-7-%s\\n' end $?"
    )
