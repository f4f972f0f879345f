"""How a lab machine is reached over SSH, with a key and a list of host keys of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bedplate.run import run

HOST: Final = "127.0.0.1"


def key_file(folder: Path) -> Path:
    """The private key that opens the machine that lives in `folder`."""
    return folder / "id_ed25519"


def make_key(folder: Path, comment: str) -> str:
    """Make the machine's key pair; returns the public key's line."""
    key = key_file(folder)
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", key])
    return key.with_suffix(".pub").read_text().strip()


def ssh_options(folder: Path) -> tuple[str, ...]:
    """Options with which nothing of the user's own SSH configuration is used or changed.

    A machine that has not said anything for five minutes is given up, and the command fails.
    """
    return (
        *("-F", "/dev/null", "-i", str(key_file(folder)), "-o", "IdentitiesOnly=yes"),
        *("-o", f"UserKnownHostsFile={folder / 'known_hosts'}"),
        *("-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=ERROR"),
        *("-o", "ServerAliveInterval=30", "-o", "ServerAliveCountMax=10"),
    )


def ssh_argv(folder: Path, port: int, command: Sequence[str] = ()) -> tuple[str, ...]:
    """The command that logs in as root, or runs a command as root."""
    return ("ssh", *ssh_options(folder), "-p", str(port), f"root@{HOST}", *command)
