"""`bedplate esp …` as an administrator meets it; real ESPs are the business of tests/uml."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from bedplate.cli import esp
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from bedplate.model.esp import EspFact
from bedplate.model.nvram import BootEntries
from bedplate.plan.esp_sync import SyncInput, plan_sync
from tests.unit.plan.esps import A, B, asked, blank, carried_out
from tests.unit.plan.test_esp_partition import disk
from tests.unit.plan.test_esp_partition import esp as partition

COMMANDS = ("status", "sync", "format /dev/sda2", "init /dev/sda2", "clean", "adopt")
Host = Callable[[SyncInput], None]


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    """Has the commands find what they are given instead of this machine's ESPs."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(esp, "keep_mounts_private", lambda run: None)
    return lambda given: monkeypatch.setattr(esp, "look", lambda: given)


def synced(fact: EspFact, *kernels: str) -> EspFact:
    return carried_out(fact, plan_sync(asked([fact], kernels)).lanes[0].steps)


@pytest.mark.parametrize("command", COMMANDS)
def test_only_root_may(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert run_command(["esp", *command.split()]) == ExitCode.REFUSED
    assert capsys.readouterr().err.startswith("refused[not-root]")


def test_status_of_a_healthy_host(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    host(asked([synced(blank(1), A, B), synced(blank(2), A, B)], [A, B]))
    assert run_command(["esp", "status"]) == ExitCode.OK
    said = capsys.readouterr()
    assert said.err == ""
    assert [line.split() for line in said.out.splitlines()[1:]] == [
        [
            *(f"/dev/sd{letter}2", "Model", f"{number},", "serial", f"S{number},"),
            *(f"/dev/sd{letter}", f"000{number}-AAAA", "systemd-boot,", "the", "removable", "path"),
            *(f"{B},", A, "901", "MiB", "of", "1", "GiB", "in", "sync"),
        ]
        for number, letter in ((1, "a"), (2, "b"))
    ]


def test_status_of_a_host_with_trouble(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    host(asked([synced(blank(1), A)], [A, B], listed=["0001-AAAA", "0009-AAAA"]))
    assert run_command(["esp", "status"]) == ExitCode.DIFFERS
    said = capsys.readouterr()
    assert f"/dev/sda2: Write the kernel {B} (60 MiB)\n" in said.out
    assert said.err.startswith("problem[esp-missing] 0009-AAAA: 0009-AAAA is listed in ")


def test_status_for_programs(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    host(asked([synced(blank(1), A)], [A], listed=["0001-AAAA", "0009-AAAA"]))
    assert run_command(["esp", "status", "--json"]) == ExitCode.DIFFERS
    said = json.loads(capsys.readouterr().out)
    assert [(one["fat_id"], one["in_sync"]) for one in said["esps"]] == [("0001-AAAA", True)]
    assert [problem["code"] for problem in said["problems"]] == ["esp-missing"]


def test_a_firmware_without_an_entry_is_a_difference_and_is_named(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    host(asked([synced(blank(1), A)], [A], entries=BootEntries()))
    shown = (
        "firmware: Add the boot entry bedplate S1\nfirmware: Set the order of its boot entries\n"
    )
    assert run_command(["esp", "status"]) == ExitCode.DIFFERS
    assert capsys.readouterr().out.endswith(shown)
    assert run_command(["esp", "sync", "--dry-run"]) == ExitCode.OK
    assert capsys.readouterr().out.endswith(shown)
    assert run_command(["esp", "status", "--json"]) == ExitCode.DIFFERS
    nvram = json.loads(capsys.readouterr().out)["nvram"]
    assert [new["entry"]["label"] for new in nvram["add"]] == ["bedplate S1"]


def test_an_adoption_is_shown_and_needs_to_be_agreed_to(
    host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = asked([blank(mounts=("/boot/efi",))], [A])
    facts = given.facts.model_copy(update={"listed": None})
    host(replace(given, facts=facts))
    table = disk(partition(mounts=("/boot/efi",)))
    monkeypatch.setattr(esp, "probe_disk_facts", lambda run: (table,))
    monkeypatch.setattr(esp, "text_of", lambda root, path: "/dev/sda2 /boot/efi vfat rw 0 1\n")
    shown = (
        "umount /boot/efi\n"
        "write  /etc/kernel/proxmox-boot-uuids\n"
        "write  /etc/fstab\n"
        "/dev/sda2 (Model 1, serial S1, /dev/sda), "
    )
    assert run_command(["esp", "adopt", "--dry-run"]) == ExitCode.OK
    said = capsys.readouterr().out
    assert said.startswith(shown)
    assert "mounted" not in said
    assert run_command(["esp", "adopt"]) == ExitCode.REFUSED
    refused = capsys.readouterr()
    assert refused.out.startswith(shown)
    assert refused.err.startswith("refused[not-confirmed] esp adopt: nobody is there to confirm it")


def test_a_host_that_is_not_managed(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    given = asked([blank()], [A])
    facts = given.facts.model_copy(update={"listed": None})
    host(SyncInput(facts, given.selection, (), given.cmdline))
    assert run_command(["esp", "status"]) == ExitCode.REFUSED
    assert capsys.readouterr().err.startswith("refused[not-managed] this host: there is no /etc/")


def test_a_sync_is_shown_and_not_done(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    given = asked([blank()], [A])
    host(given)
    assert run_command(["esp", "sync", "--dry-run"]) == ExitCode.OK
    assert f"    Write the kernel {A} (60 MiB)\n" in capsys.readouterr().out
    assert run_command(["esp", "sync", "--json"]) == ExitCode.OK
    assert capsys.readouterr().out == plan_sync(given).model_dump_json(indent=2) + "\n"
