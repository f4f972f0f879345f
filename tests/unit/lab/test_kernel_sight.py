"""What shows from outside that a machine runs a kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.lab.kernel_sight import find_kernel, is_kernel_running
from bedplate.lab.trial import last_words
from bedplate.units import MIB

BANNER = b"Linux version 6.12.117+deb13-amd64 (debian-kernel@lists.debian.org) (gcc-14) #1 SMP\n"
FORMATS = b"\x016Command line: %s\n\0\x015Linux version %s (%s) %s\n\0"
CMDLINE = b"Command line: BOOT_IMAGE=/x root=ZFS=rpool/ROOT/pve-1 \0"


@pytest.mark.parametrize(
    ("line", "runs"),
    [
        ("RIP=ffffffff81a2b3c4 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=0", True),
        ("RIP=ffffa0c01234abcd RFL=00000246", True),
        ("RIP=000000007e1a2b3c RFL=00000246", False),
        ("EIP=0000fff0 EFL=00000002", False),
        ("RIP=000000000100a000 RFL=2\nCPU#1\nRIP=ffffffff81000000 RFL=2", True),
    ],
)
def test_a_kernel_is_where_its_addresses_are(line: str, runs: bool) -> None:
    assert (
        is_kernel_running(f"\nCPU#0\nRAX=0000000000000000 RBX=ffffffff00000000\n{line}\n") == runs
    )


def test_messages_are_found_wherever_they_are_in_memory(tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    for place in (0, 8 * MIB - 20, 20 * MIB):
        memory.write_bytes(FORMATS + bytes(place) + BANNER + bytes(MIB) + CMDLINE)
        assert find_kernel(memory) == (
            "6.12.117+deb13-amd64",
            "BOOT_IMAGE=/x root=ZFS=rpool/ROOT/pve-1",
        )


def test_the_end_of_a_message_is_there_twice(tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    memory.write_bytes(BANNER + b"Command line: root=/dev/sda1 console=ttyS0,11520000\n\0\2")
    found = find_kernel(memory)
    assert found == ("6.12.117+deb13-amd64", "root=/dev/sda1 console=ttyS0,115200")


@pytest.mark.parametrize("content", [b"", FORMATS, FORMATS + BANNER, FORMATS + CMDLINE])
def test_a_kernel_that_was_only_loaded_has_said_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "memory").write_bytes(content)
    assert find_kernel(tmp_path / "memory") is None


@pytest.mark.parametrize(
    ("console", "words"),
    [
        ("", None),
        ("\x1b[2J\x1b[01;01H\x1b[=3h\r\n", None),
        (
            "BdsDxe: loading Boot0001\r\n\x1b[2J\x1b[0m>>Start PXE over IPv4.\r\n\x1b[1;1H \r\n",
            ">>Start PXE over IPv4.",
        ),
        (
            "executed automatically in 0s.      \x1b[1;1H      Booting `Debian GNU/Linux'\x1b[m  ",
            "Booting `Debian GNU/Linux'",
        ),
    ],
)
def test_the_last_words_of_a_console(console: str, words: str | None) -> None:
    assert last_words(console) == words
