"""The manual's command in front of our own: whose words it takes, and how it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import typer

from bedplate.cli import boot_tool, esp, kernel
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode, Problem, RefusedError
from bedplate.model.esp import UuidList

Called = list[tuple[str, tuple[object, ...]]]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Called:
    """What is called of our own commands; none of them does anything."""
    calls: Called = []

    def stub(name: str) -> Callable[..., None]:
        return lambda *words, **options: calls.append((name, (*words, *options.values())))

    for module, name in (
        (esp, "format_command"),
        (esp, "init_command"),
        (esp, "clean_command"),
        (boot_tool, "sync_now"),
        (kernel, "add_command"),
        (kernel, "remove_command"),
        (kernel, "pin_command"),
        (kernel, "unpin_command"),
    ):
        monkeypatch.setattr(module, name, stub(name))
    return calls


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("format /dev/sda2", ("format_command", ("/dev/sda2", False))),
        ("format /dev/sda2 --force", ("format_command", ("/dev/sda2", True))),
        ("init /dev/sda2", ("init_command", ("/dev/sda2",))),
        ("init /dev/sda2 grub", ("init_command", ("/dev/sda2",))),
        ("refresh", ("sync_now", ())),
        ("refresh --hook zz-proxmox-boot", ("sync_now", ())),
        ("reinit", ("sync_now", ())),
        ("clean --dry-run", ("clean_command", (True, True))),
        ("kernel add 6.8.1-1-pve", ("add_command", ("6.8.1-1-pve",))),
        ("kernels remove 6.8.1-1-pve", ("remove_command", ("6.8.1-1-pve",))),
        ("kernel pin 6.8.1-1-pve --next-boot", ("pin_command", ("6.8.1-1-pve", True))),
        ("kernel unpin", ("unpin_command", (False,))),
    ],
)
def test_its_words(words: str, call: tuple[str, tuple[object, ...]], called: Called) -> None:
    assert run_command(["boot-tool", *words.split()]) == 0
    assert called == [call]


def test_a_loader_that_nobody_knows(called: Called) -> None:
    assert run_command(["boot-tool", "init", "/dev/sda2", "lilo"]) == ExitCode.USAGE
    assert called == []


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        (typer.Exit(ExitCode.DIFFERS), 0),
        (typer.Exit(ExitCode.REFUSED), 1),
        (RefusedError(Problem("not-managed", "this host", "has no list")), 1),
    ],
)
def test_how_it_ends(ends: Exception, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def end() -> None:
        raise ends

    monkeypatch.setattr(boot_tool, "sync_now", end)
    assert run_command(["boot-tool", "refresh"]) == code


@pytest.mark.parametrize(("listed", "code"), [(None, 2), (UuidList(), 0)])
def test_status_tells_scripts_whether_the_host_is_managed(
    listed: UuidList | None, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boot_tool, "probe_uuid_list", lambda: listed)
    assert run_command(["boot-tool", "status", "--quiet"]) == code
