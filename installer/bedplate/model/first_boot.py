"""What a new host does once, when it is started for the first time, and what became of that."""

from __future__ import annotations

from typing import Final, Literal, get_args

from pydantic import Field

from bedplate.model.value import Value

FOLDER: Final = "/var/lib/bedplate/first-boot"
JOB: Final = f"{FOLDER}/job.json"
PROGRAM: Final = f"{FOLDER}/program"
OUTCOME: Final = f"{FOLDER}/outcome.json"
LOG: Final = f"{FOLDER}/log"

Ordering = Literal["before-network", "network-online", "fully-up"]
ORDERINGS: Final[tuple[Ordering, ...]] = get_args(Ordering)


def pending(ordering: Ordering) -> str:
    """The file that is there until nothing is left to do; that ordering's unit looks for it."""
    return f"{FOLDER}/pending-{ordering}"


TO_BE_MENDED: Final = frozenset({"failed", "given-up", "unreadable"})
"""The states in which somebody has to look after it."""


class FirstBootFile(Value):
    """A file that is written at the first start."""

    path: str
    content: str
    mode: int = 0o644


class FirstBootJob(Value):
    """Everything to do, in this order: files, packages, units, and the program if there is one.

    Each is done once. If one fails, all that is left is tried again at the next start, in at most
    so many `attempts`. The program may take `timeout_seconds`.
    """

    version: Literal[1] = 1
    ordering: Ordering
    attempts: int = 3
    timeout_seconds: int = 3600
    files: tuple[FirstBootFile, ...] = ()
    packages: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    has_program: bool = False


class FirstBoot(Value):
    """What an answer file asks for. A program that it does not have itself is brought by `source`:
    its text, or, where it is none, its bytes in hexadecimal digits."""

    job: FirstBootJob
    source: Literal["from-answer", "from-iso", "from-url"] | None = None
    url: str | None = None
    cert_fingerprint: str | None = None
    program: str | None = None
    program_hex: str | None = None


class FirstBootOutcome(Value):
    """How far it has come. `done` are the parts that are; `said` is why the last one failed.

    One that is still `running` when the host is started was broken off by that. `exit_code` is the
    program's at its last end, a signal as a negative number; `None` if it did not end by itself.
    """

    state: Literal["waiting", "running", "done", "failed", "given-up", "unreadable"]
    attempts: int = 0
    done: tuple[str, ...] = ()
    said: str = ""
    exit_code: int | None = None
    began: float = Field(0.0, description="the last attempt, in seconds since the epoch")
    at: float = Field(0.0, description="the last change, in seconds since the epoch")
