"""A host that is nothing but files and a runner: what its network does follows from the files.

The machine has a card `eno1`; a gateway answers if the active file has it, and ifupdown2 says what
a test wants it to.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bedplate.cli.net_trial import NetworkHost, attend
from bedplate.errors import BedplateError, CommandError, Problem
from bedplate.model.network_files import INTERFACES
from bedplate.run import DEADLINE_SECONDS, Input, Result

GATEWAY = "192.0.2.1"
_READY_SECONDS = 60.0


@dataclass(slots=True)
class Unit:
    """bedplate-net-trial.service without a systemd: the unit runs in a thread of this program."""

    place: Path
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, host: NetworkHost) -> int:
        """Start it, and return once it says that it is started; 1 if it fails before."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(str(self.place))
            ear.settimeout(_READY_SECONDS)
            os.environ["NOTIFY_SOCKET"] = str(self.place)
            thread = threading.Thread(target=self._run, args=(host,), daemon=True)
            self.threads.append(thread)
            thread.start()
            try:
                said = ear.recv(100)
            finally:
                del os.environ["NOTIFY_SOCKET"]
                self.place.unlink()
        return int(said != b"READY=1")

    def wait(self, seconds: float = _READY_SECONDS) -> None:
        """Wait until it does not run any more."""
        for thread in self.threads:
            thread.join(seconds)
            assert not thread.is_alive(), "the watcher does not end"

    def _run(self, host: NetworkHost) -> None:
        try:
            attend(host)
        except BedplateError:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as voice:
                voice.sendto(b"FAILED", str(self.place))


@dataclass(slots=True)
class FakeNetwork:
    """The runner. `active` is the text that was last activated, `done` what changed it.

    ifupdown2 has something against a file with the word `bad` in it.
    """

    root: Path
    unit: Unit
    active: str = ""
    reload_code: int = 0
    done: list[str] = field(default_factory=list)
    host: NetworkHost | None = None
    cards: tuple[str, ...] = ("eno1",)

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
    ) -> Result:
        words = tuple(map(str, argv))
        code, stdout, stderr = self._answer(words, stdin)
        if check and code:
            raise CommandError(Problem("command-failed", " ".join(words), f"ended with {code}"))
        return Result(words, code, stdout, stderr)

    def _answer(self, words: tuple[str, ...], stdin: Input) -> tuple[int, str, str]:
        match words:
            case ("ip", "-j", "address"):
                return 0, json.dumps(self._links()), ""
            case ("ip", "-j", "-4", "route"):
                return 0, json.dumps(self._routes()), ""
            case ("ip", "-j", "-6", "route"):
                return 0, "[]", ""
            case ("ip", "-j", "neighbour", *_):
                return 0, "[]", ""
            case ("ping", *_, address):
                return int(address != GATEWAY), "", ""
            case ("ifup", "--syntax-check", *_, file):
                text = stdin if file == "-" else (self.root / file.lstrip("/")).read_text()
                assert isinstance(text, str)
                return (1, "", "error: None: line3: bad\n") if "bad" in text else (0, "", "")
            case ("ifreload", "--all"):
                return self._reload()
            case ("systemctl", "start", _):
                assert self.host is not None
                return self.unit.start(self.host), "", ""
            case ("systemctl", "restart", "networking.service"):
                return self._reload()
            case _:
                raise AssertionError(f"nobody expected {words}")

    def _links(self) -> list[dict[str, object]]:
        there = [{"family": "inet", "local": "192.0.2.10", "prefixlen": 24, "scope": "global"}]
        names = (*self.cards, "vmbr0")
        return [
            {
                "ifname": name,
                "flags": ["UP", "LOWER_UP"],
                "link_type": "ether",
                "address": f"52:54:00:00:00:0{number}",
                "addr_info": there if name == "vmbr0" else [],
            }
            for number, name in enumerate(names)
        ]

    def _routes(self) -> list[dict[str, object]]:
        words = self.active.split()
        if "gateway" not in words:
            return []
        return [{"dst": "default", "gateway": words[words.index("gateway") + 1], "dev": "vmbr0"}]

    def _reload(self) -> tuple[int, str, str]:
        self.active = (self.root / INTERFACES.lstrip("/")).read_text()
        self.done.append("ifreload")
        return self.reload_code, "", ""
