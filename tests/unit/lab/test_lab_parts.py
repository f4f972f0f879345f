"""The small parts of the lab: ports, disks on the command line, relayed events, snapshot keys."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from bedplate.errors import CommandError, Problem
from bedplate.events import Clock, Event, What
from bedplate.lab.attach import LEAVE, attach
from bedplate.lab.machine import Acceleration, Disk, MachineSpec
from bedplate.lab.relay import relayed
from bedplate.lab.snapshot import snapshot_key
from bedplate.lab.ssh import ssh_argv
from bedplate.lab.vm import parse_ssh_port
from bedplate.model.facts import FirmwareKind
from bedplate.units import GIB

# QEMU 7.2, `info usernet` right after the start of a machine.
USERNET = (
    "Hub -1 (net0):\r\n"
    "  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n"
    "  TCP[HOST_FORWARD]  15       127.0.0.1 39129       10.0.2.15    22     0     0\r\n"
)


def test_ssh_port() -> None:
    assert parse_ssh_port(USERNET) == 39129


def test_no_ssh_port() -> None:
    with pytest.raises(CommandError, match="no forwarded SSH port"):
        parse_ssh_port(USERNET.replace(" 22 ", " 23 "))


def _listening(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen()
    return server


def _say(server: socket.socket, *pieces: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        for piece in pieces:
            connection.sendall(piece)


def test_events_of_the_guest_are_told_with_our_clock(tmp_path: Path) -> None:
    told: list[Event] = []
    guest = (
        Event(What.RUN_STARTED, seconds=900.0),
        Event(What.STEP_PROGRESS, "unpack", "unpack-base", "half", 0.5, 901.0),
        Event(What.WARNING, text="no NVRAM", seconds=902.0),
        Event(What.RUN_DONE, seconds=903.0),
    )
    sent = "".join(event.to_json() + "\n" for event in guest).encode()
    with _listening(tmp_path / "events") as server:
        # Cut in the middle of a record, as a serial line does, and again where the machine ends.
        speaker = threading.Thread(target=_say, args=(server, sent[:70], sent[70:], b'{"what": "s'))
        speaker.start()
        with relayed(tmp_path / "events", Clock((told.append,))):
            speaker.join()
    assert [(e.what, e.phase, e.step, e.text, e.done) for e in told] == [
        (What.STEP_PROGRESS, "unpack", "unpack-base", "half", 0.5),
        (What.WARNING, "", "", "no NVRAM", None),
    ]
    assert all(event.seconds < 900 for event in told)


def test_failure_does_not_wait_for_the_guest(tmp_path: Path) -> None:
    with (
        _listening(tmp_path / "events"),
        pytest.raises(CommandError, match="boom"),
        relayed(tmp_path / "events", Clock(())),
    ):
        raise CommandError(Problem("boom", "", "boom"))


def test_no_event_port(tmp_path: Path) -> None:
    with (
        pytest.raises(CommandError, match="nobody answers: No such file"),
        relayed(tmp_path / "events", Clock(())),
    ):
        pass


def test_console_shows_what_is_printed_and_sends_what_is_typed(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def guest(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"login: ")
            heard.append(connection.recv(100))

    keyboard, typing = os.pipe()
    showing, screen = os.pipe()
    with _listening(tmp_path / "serial") as server:
        thread = threading.Thread(target=guest, args=(server,))
        thread.start()
        attaching = threading.Thread(target=attach, args=(tmp_path / "serial", keyboard, screen))
        attaching.start()
        assert os.read(showing, 100) == b"login: "
        os.write(typing, b"root\r" + LEAVE + b"never sent")
        attaching.join(10)
        thread.join(10)
    assert heard == [b"root\r"]
    for descriptor in (keyboard, typing, showing, screen):
        os.close(descriptor)


def test_ssh_uses_nothing_of_the_users_own() -> None:
    assert ssh_argv(Path("/lab/a"), 4022, ("zpool", "status")) == (
        *("ssh", "-F", "/dev/null", "-i", "/lab/a/id_ed25519", "-o", "IdentitiesOnly=yes"),
        *("-o", "UserKnownHostsFile=/lab/a/known_hosts"),
        *("-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=ERROR"),
        *("-o", "ServerAliveInterval=30", "-o", "ServerAliveCountMax=10"),
        *("-p", "4022", "root@127.0.0.1", "zpool", "status"),
    )


LIVE = MachineSpec(name="a", firmware=FirmwareKind.UEFI)
KEY = snapshot_key(LIVE, "images", Acceleration.TCG, "QEMU 7.2")


def test_snapshot_is_shared_whatever_name_and_disks_a_machine_has() -> None:
    other = LIVE.model_copy(
        update={"name": "b", "disks": (Disk(path=Path("/lab/b/0"), serial="b-0"),)}
    )
    assert snapshot_key(other, "images", Acceleration.TCG, "QEMU 7.2") == KEY


@pytest.mark.parametrize(
    ("spec", "images", "acceleration", "version"),
    [
        pytest.param(LIVE, "others", Acceleration.TCG, "QEMU 7.2", id="images"),
        pytest.param(LIVE, "images", Acceleration.KVM, "QEMU 7.2", id="acceleration"),
        pytest.param(LIVE, "images", Acceleration.TCG, "QEMU 10.0", id="QEMU"),
        pytest.param(
            LIVE.model_copy(update={"memory_bytes": GIB}),
            *("images", Acceleration.TCG, "QEMU 7.2"),
            id="memory",
        ),
        pytest.param(
            LIVE.model_copy(update={"firmware": FirmwareKind.BIOS}),
            *("images", Acceleration.TCG, "QEMU 7.2"),
            id="firmware",
        ),
    ],
)
def test_snapshot_that_would_not_fit_has_another_key(
    spec: MachineSpec, images: str, acceleration: Acceleration, version: str
) -> None:
    assert snapshot_key(spec, images, acceleration, version) != KEY
