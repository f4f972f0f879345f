"""QEMU's monitor, one command after the other.

A thin synchronous face of `qemu.qmp`: the event loop runs only while somebody waits. Events that
arrive meanwhile are kept, so a caller can give a command and then wait for what comes of it.
The commands are those of the QEMU QMP Reference Manual.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TypeVar

from qemu.qmp import EventListener, ExecuteError, Message, QMPClient, QMPError

from bedplate.errors import CommandError, Problem

T = TypeVar("T")

COMMAND_SECONDS = 60.0


class Monitor:
    """A connection to the monitor of one machine."""

    def __init__(self, loop: asyncio.AbstractEventLoop, client: QMPClient) -> None:
        self._loop = loop
        self._client = client
        self._events = EventListener()
        client.register_listener(self._events)

    @classmethod
    def connect(cls, socket: Path) -> Monitor | None:
        """The monitor behind a socket, or `None` while nobody answers there."""
        loop = asyncio.new_event_loop()
        monitor = cls(loop, QMPClient("bedplate"))
        try:
            loop.run_until_complete(asyncio.wait_for(monitor._client.connect(str(socket)), 10.0))
        except (QMPError, OSError, TimeoutError):
            loop.close()
            return None
        return monitor

    def execute(
        self,
        command: str,
        arguments: Mapping[str, object] | None = None,
        *,
        timeout: float = COMMAND_SECONDS,
    ) -> object:
        """What the machine returns for a command; `CommandError` if it refuses or is gone."""
        return self._wait(self._client.execute(command, dict(arguments or {})), timeout, command)

    def human(self, line: str) -> str:
        """What the human monitor prints for a line, where QMP has no command of its own."""
        return str(self.execute("human-monitor-command", {"command-line": line}))

    def disk_reads(self) -> int:
        """How often the guest has read from its disks so far."""
        found = self.execute("query-blockstats")
        assert isinstance(found, list)
        return sum(int(device["stats"]["rd_operations"]) for device in found)

    def wait_event(
        self,
        name: str,
        matches: Callable[[Mapping[str, object]], bool] = lambda _data: True,
        *,
        timeout: float,
    ) -> Mapping[str, object]:
        """The data of the next event of that name which `matches`; older ones are passed over."""
        return self._wait(self._next_event(name, matches), timeout, f"event {name}")

    def forget_events(self) -> None:
        """Drop the events seen so far, before a command whose event is to be waited for."""
        self._events.clear()

    def quit(self) -> None:
        """Ask QEMU to end. It may be gone before it has answered."""
        try:
            self._loop.run_until_complete(
                asyncio.wait_for(self._client.execute("quit"), COMMAND_SECONDS)
            )
        except (QMPError, OSError, TimeoutError):
            return

    def close(self) -> None:
        """Hang up; the machine goes on."""
        if self._loop.is_closed():
            return
        try:
            self._loop.run_until_complete(self._client.disconnect())
        except (QMPError, OSError, EOFError):
            pass  # the other end was first
        finally:
            self._loop.close()

    async def _next_event(
        self, name: str, matches: Callable[[Mapping[str, object]], bool]
    ) -> Mapping[str, object]:
        while True:
            event = await self._events.get()
            if event["event"] == name and matches(_data(event)):
                return _data(event)

    def _wait(self, work: Coroutine[object, object, T], timeout: float, what: str) -> T:
        try:
            return self._loop.run_until_complete(asyncio.wait_for(work, timeout))
        except ExecuteError as error:
            raise _failed(what, f"the machine refused: {error}") from error
        except TimeoutError as error:
            raise _failed(what, f"no answer within {timeout:g} seconds") from error
        except (QMPError, OSError) as error:
            raise _failed(what, f"the machine is gone: {error}") from error


def _data(event: Message) -> Mapping[str, object]:
    data = event.get("data", {})
    assert isinstance(data, dict)
    return data


def _failed(what: str, message: str) -> CommandError:
    return CommandError(Problem("monitor-failed", f"qmp {what}", message))
