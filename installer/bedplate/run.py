"""The one gate through which the program starts other programs.

It takes argument lists only, never a shell line. It fixes the locale, closes standard input, sets a
deadline and logs one line that a person can paste. Failure raises unless the caller says that the
exit code is an answer. Nothing else in the package may import `subprocess`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from bedplate.errors import CommandError, Problem
from bedplate.model.secret import Secret
from bedplate.sessions import Heard, session_of

log = logging.getLogger(__name__)

DEADLINE_SECONDS = 600.0
_TAIL_CHARACTERS = 2000
_FEED_SECONDS = 0.2
_running: set[subprocess.Popen[bytes]] = set()
# What those who listen to a session are told by that it is to end.
_wakes: set[int] = set()
# Reentrant: a signal handler ends programs, and may have interrupted the main thread in here.
_running_lock = threading.RLock()
_stopping = threading.Event()


@dataclass(frozen=True, slots=True)
class Result:
    """How a program ended: its argument list, exit code and what it printed."""

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class FileInput:
    """A file for a program to read; `heard` is told now and then how many bytes it has taken."""

    path: Path
    heard: Callable[[int], None]


Input = str | bytes | Secret | FileInput | None


class Runner(Protocol):
    """Anything that runs programs the way `run` does; tests pass recorded ones."""

    def __call__(
        self,
        argv: Sequence[str | Path],
        *,
        stdin: Input = None,
        check: bool = True,
        timeout: float = DEADLINE_SECONDS,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result: ...


def run(
    argv: Sequence[str | Path],
    *,
    stdin: Input = None,
    check: bool = True,
    timeout: float = DEADLINE_SECONDS,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Result:
    """Run a program to its end.

    `env` is added to a small fixed environment. `on_line` gets every line (or carriage-return
    separated piece) of standard output as it appears; it is then not collected.

    Raises `CommandError` if the program is missing, runs past `timeout` seconds, or, with `check`,
    ends with anything but 0.
    """
    words = tuple(str(word) for word in argv)
    log.debug("%s", shlex.join(words))
    with _fed(stdin) as feed, _started(words, env=env, cwd=cwd, stdin=feed) as process:
        reader = _Reader(process, on_line)
        try:
            stdout, stderr = reader.finish(_to_bytes(stdin), timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            message = f"did not end within {timeout:g} seconds"
            raise CommandError(_problem("command-timeout", words, message)) from None
    result = Result(words, process.returncode, stdout, stderr)
    if check and result.code != 0:
        raise CommandError(_problem("command-failed", words, _ending(result)))
    return result


def run_session(
    argv: Sequence[str | Path],
    *,
    heard: Heard,
    seconds: float,
    grace_seconds: float,
    stdin: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> int | None:
    """Run a program that nothing is known of, and end with it whatever it has started.

    `heard` gets what it prints, on either output, as it comes; nobody who keeps that open is waited
    for. After `seconds`, or when programs are to be ended, its whole session is asked to end, and
    killed `grace_seconds` later. Returns its exit code, as `Result` has it; `None` if it was ended.

    Raises `CommandError` if it cannot be started, or `stdin` cannot be read.
    """
    words = tuple(str(word) for word in argv)
    log.debug("%s", shlex.join(words))
    given = None if stdin is None else FileInput(stdin, lambda _: None)
    with (
        _fed(given, without=subprocess.DEVNULL) as feed,
        _woken() as asked,
        _started(words, env=env, cwd=None, stdin=feed, stderr=subprocess.STDOUT) as process,
        session_of(process.pid, process.stdout) as session,
    ):
        try:
            in_time = session.listen(heard, seconds, (asked,))
            if not in_time:
                session.end(heard, grace_seconds)
        except BaseException:
            session.end(lambda _: None, grace_seconds)
            raise
        session.kill()
        session.hear_the_rest(heard)
        return process.wait() if in_time else None


def spawn(argv: Sequence[str | Path], *, log_to: Path) -> int:
    """Start a program that outlives this one (a lab machine); returns its process id.

    Everything it prints goes to `log_to`. Raises `CommandError` if it cannot be started.
    """
    words = tuple(str(word) for word in argv)
    log.debug("%s &", shlex.join(words))
    with log_to.open("ab") as output:
        try:
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_environment(None),
                start_new_session=True,
            )
        except OSError as error:
            raise CommandError(_cannot_start(words, error)) from error
    _reap_in_background(process)
    return process.pid


def replace_this_process(argv: Sequence[str | Path]) -> None:
    """Become another, interactive program (`ssh` to a lab machine). Does not return."""
    words = [str(word) for word in argv]
    log.debug("exec %s", shlex.join(words))
    try:
        os.execvp(words[0], words)
    except OSError as error:
        raise CommandError(_cannot_start(tuple(words), error)) from error


def terminate_running() -> None:
    """Ask every program that is running under `run`, in whichever thread, to end."""
    with _running_lock:
        for process in _running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for wake in _wakes:
            os.eventfd_write(wake, 1)


@contextlib.contextmanager
def side_by_side(threads: int | None = None) -> Iterator[ThreadPoolExecutor]:
    """Threads that run programs. An exception, such as Ctrl-C, ends the programs and is not kept
    waiting by them."""
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            terminate_running()
            raise


def stop_programs() -> None:
    """End what is running, and start nothing else, in any thread, until `allow_programs`."""
    _stopping.set()
    terminate_running()


def allow_programs() -> None:
    """Start programs again after `stop_programs`."""
    _stopping.clear()


def have(tool: str) -> bool:
    """Whether a program of that name is installed."""
    return shutil.which(tool, path=_environment(None)["PATH"]) is not None


class _Reader:
    """Feeds a process and collects its output, line by line where somebody listens."""

    def __init__(
        self, process: subprocess.Popen[bytes], on_line: Callable[[str], None] | None
    ) -> None:
        self._process = process
        self._on_line = on_line

    def finish(self, stdin: bytes | None, timeout: float) -> tuple[str, str]:
        if self._on_line is None:
            out, err = self._process.communicate(stdin, timeout)
            return _text(out), _text(err)
        assert stdin is None, "a program that is listened to gets no input"
        stderr: list[bytes] = []
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        if self._process.stdin is not None:
            self._process.stdin.close()
        threads = [
            threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True),
            threading.Thread(
                target=lambda pipe: stderr.append(pipe.read()),
                args=(self._process.stderr,),
                daemon=True,
            ),
        ]
        for thread in threads:
            thread.start()
        self._process.wait(timeout)
        for thread in threads:
            thread.join()
        return "", _text(b"".join(stderr))

    def _listen(self, pipe: IO[bytes]) -> None:
        assert self._on_line is not None
        for piece in _pieces(pipe):
            self._on_line(piece)


def _pieces(pipe: IO[bytes]) -> Iterator[str]:
    """Lines of a pipe as they come; a carriage return ends one as a new line does."""
    pending = b""
    while chunk := os.read(pipe.fileno(), 65536):
        *whole, pending = (pending + chunk).replace(b"\r", b"\n").split(b"\n")
        yield from (_text(line) for line in whole if line)
    if pending:
        yield _text(pending)


@contextlib.contextmanager
def _fed(stdin: Input, *, without: int = subprocess.PIPE) -> Iterator[int]:
    """What a process gets as its standard input: an open file, whose reading is watched, or a pipe.

    The process shares the place it has come to with us, see dup(2), so that can simply be asked.
    """
    if not isinstance(stdin, FileInput):
        yield without
        return
    try:
        opened = stdin.path.open("rb", buffering=0)
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise CommandError(Problem("input-unreadable", str(stdin.path), message)) from error
    ended = threading.Event()
    with opened as file:

        def watch() -> None:
            while not ended.wait(_FEED_SECONDS):
                stdin.heard(file.tell())

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield file.fileno()
        finally:
            ended.set()
            thread.join()


@contextlib.contextmanager
def _woken() -> Iterator[int]:
    """Something to read once programs are to end, also if that was before."""
    wake = os.eventfd(int(_stopping.is_set()))
    with _running_lock:
        _wakes.add(wake)
    try:
        yield wake
    finally:
        with _running_lock:  # nobody writes to what is closed, and another's by then
            _wakes.discard(wake)
            os.close(wake)


@contextlib.contextmanager
def _started(
    words: tuple[str, ...],
    *,
    env: Mapping[str, str] | None,
    cwd: Path | None,
    stdin: int,
    stderr: int = subprocess.PIPE,
) -> Iterator[subprocess.Popen[bytes]]:
    if _stopping.is_set():
        message = "was not started: what it is part of is being stopped"
        raise CommandError(_problem("command-not-started", words, message))
    try:
        process = subprocess.Popen(
            words,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=_environment(env),
            cwd=cwd,
            # A Ctrl-C at the terminal must reach us, not a half-done zpool: we decide who ends.
            start_new_session=True,
        )
    except OSError as error:
        raise CommandError(_cannot_start(words, error)) from error
    with _running_lock:
        _running.add(process)
    if _stopping.is_set():  # since it was looked at above
        process.terminate()
    try:
        with process:
            try:
                yield process
            except BaseException:
                process.terminate()
                raise
    finally:
        with _running_lock:
            _running.discard(process)


def _reap_in_background(process: subprocess.Popen[bytes]) -> None:
    threading.Thread(target=process.wait, daemon=True).start()


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    inherited = {k: os.environ[k] for k in ("PATH", "HOME", "TERM", "TMPDIR") if k in os.environ}
    # A plain user's PATH, and that of some services, lacks the folders of the disk tools.
    path = inherited.get("PATH", os.defpath) + ":/usr/local/sbin:/usr/sbin:/sbin"
    return {**inherited, "PATH": path, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", **(extra or {})}


def _to_bytes(stdin: Input) -> bytes | None:
    match stdin:
        case None | FileInput():
            return None
        case bytes():
            return stdin
        case str():
            return stdin.encode()
        case Secret():
            return stdin.reveal().encode()


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _ending(result: Result) -> str:
    said = (result.stderr.strip() or result.stdout.strip())[-_TAIL_CHARACTERS:]
    how = f"was ended by signal {-result.code}" if result.code < 0 else f"ended with {result.code}"
    return f"{how}: {said}" if said else how


def _problem(code: str, words: tuple[str, ...], message: str) -> Problem:
    return Problem(code, shlex.join(words), message)


def _cannot_start(words: tuple[str, ...], error: OSError) -> Problem:
    if isinstance(error, FileNotFoundError) and error.filename != os.curdir:
        hint = f"install the package that has `{words[0]}`"
        return Problem("tool-missing", words[0], "is not installed", hint)
    return _problem("command-not-started", words, f"could not be started: {error.strerror}")
