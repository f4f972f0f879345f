"""`bedplate kernel …` as an administrator meets it, on hosts below a temporary folder."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from bedplate.apply.lock import boot_files_locked
from bedplate.cli import kernel, kernel_cmdline
from bedplate.cli.host_changing import Host
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from tests.support.golden import compare
from tests.unit.facts.recorded import Recorded

GOLDEN = Path(__file__).parents[2] / "golden" / "kernels"
LIST = "etc/kernel/proxmox-boot-manual-kernels"
ESPS = {
    "etc/kernel/proxmox-boot-uuids": "1A2B-3C4D\n5E6F-7A8B\n",
    "etc/kernel/cmdline": "root=ZFS=rpool/ROOT/pve-1 boot=zfs\n",
}
GRUB = {
    "etc/default/grub": '# Mine\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n',
    "boot/grub/grub.cfg": "".join(
        (
            "submenu 'Advanced' $menuentry_id_option 'gnulinux-advanced-8e95' {\n",
            *(
                f"\tmenuentry 'Linux {version}' $menuentry_id_option "
                f"'gnulinux-{version}-advanced-8e95' {{\n\t}}\n"
                for version in ("6.8.12-4-pve", "6.8.8-2-pve")
            ),
            "}\n",
        )
    ),
}


@dataclass(frozen=True, slots=True)
class Story:
    """What was typed on a host and what came of it, for a golden file."""

    root: Path
    capsys: pytest.CaptureFixture[str]
    told: list[str]

    def type(self, *words: str) -> int:
        """Run a command; returns its exit code."""
        before = files(self.root)
        code = run_command(["kernel", *words])
        said = self.capsys.readouterr()
        shown = " ".join(f"'{word}'" if " " in word else word for word in words)
        self.told.append(f"# bedplate kernel {shown}\n{said.out}{said.err}")
        if code:
            self.told.append(f"(exit code {code:d})\n")
        now = files(self.root)
        for path in sorted(before.keys() | now.keys()):
            if before.get(path) != now.get(path):
                self.told.extend((f"--- /{path}\n", now.get(path, "(removed)\n")))
        self.told.append("\n")
        return code

    def judge(self, name: str) -> None:
        """Compare everything with the golden file."""
        compare(GOLDEN / f"{name}.txt", "".join(self.told).replace(str(self.root), ""))


def files(root: Path) -> Mapping[str, str]:
    """Every file below /etc and /var/lib/bedplate."""
    folders = (root / "etc", root / "var/lib/bedplate")
    found = sorted(path for folder in folders for path in folder.rglob("*"))
    return {str(path.relative_to(root)): path.read_text() for path in found if path.is_file()}


def _sync() -> None:
    typer.echo("(the ESPs are synced)")


@pytest.fixture
def story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Story:
    """A host with four kernels and no way to boot them yet."""
    root = tmp_path / "root"
    versions = ("6.8.4-2-pve", "6.8.8-2-pve", "6.8.12-4-pve")
    packages = [f"proxmox-kernel-{version}-signed\t1\tii \n" for version in versions]
    put(root, {f"boot/vmlinuz-{version}": "x" * 900 for version in versions})
    put(root, {f"boot/initrd.img-{version}": "x" * 9000 for version in versions})
    put(root, {"boot/vmlinuz-6.1.0-37-amd64": "x"})
    put(root, {"proc/sys/kernel/osrelease": "6.8.4-2-pve\n", "proc/cmdline": "root=/dev/x ro\n"})
    form = r"'--showformat=${Package}\t${Version}\t${db:Status-Abbrev}\n'"
    run = Recorded(
        {
            f"dpkg-query --admindir={root}/var/lib/dpkg --show {form}": "".join(packages),
            "update-grub": "",
            "systemctl start --no-block bedplate-esp-sync.service": (1, "", "started"),
            "zfs list -H -o name -t filesystem rpool/ROOT/pve-1": "rpool/ROOT/pve-1\n",
            "zfs list -H -o name -t filesystem rpool/ROOT/pve-2": (1, "", "does not exist"),
        }
    )
    for module in (kernel, kernel_cmdline):
        monkeypatch.setattr(module, "HOST", Host(run, root, tmp_path / "lock", _sync))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return Story(root, capsys, [])


def put(root: Path, contents: Mapping[str, str]) -> None:
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


def test_a_host_with_synced_esps(story: Story) -> None:
    put(story.root, ESPS)
    commands = (
        "list",
        "add 6.8.4-2-pve",
        "add 6.8.4-2-pve",
        "pin 6.8.8-2-pve",
        "pin 6.8.4-2-pve --next-boot",
        "list",
        "unpin",
        "unpin",
        "unpin --next-boot",
        "remove 6.8.4-2-pve",
        "list",
    )
    assert {story.type(*command.split()) for command in commands} == {ExitCode.OK}
    assert story.type("cmdline", "show") == ExitCode.OK
    assert story.type("cmdline", "set", "root=ZFS=rpool/ROOT/pve-1 boot=zfs quiet") == ExitCode.OK
    assert story.type("cmdline", "show") == ExitCode.OK
    story.judge("synced")


def test_a_pin_for_one_boot_ends_once_the_host_is_up(story: Story) -> None:
    put(story.root, ESPS)
    (story.root / "var/lib/bedplate").mkdir(parents=True)
    assert story.type("pin", "6.8.4-2-pve", "--next-boot") == ExitCode.OK
    assert story.type("booted") == ExitCode.OK
    assert story.type("booted") == ExitCode.OK
    assert story.type("list") == ExitCode.OK
    story.judge("booted")


def test_a_start_under_secure_boot_may_have_enrolled_the_key_of_a_kernel(story: Story) -> None:
    (story.root / "var/lib/bedplate").mkdir(parents=True)
    variable = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
    put(story.root, {**ESPS, variable: "\6\0\0\0\0", "proc/self/mountinfo": ""})
    assert story.type("booted") == ExitCode.OK
    put(story.root, {variable: "\6\0\0\0\1"})
    # The runner has the command fail, so that it is seen here that it was given.
    assert story.type("booted") == ExitCode.FAILED
    assert story.told[-3].endswith("bedplate-esp-sync.service: started\n")


def test_a_host_that_grub_reads(story: Story) -> None:
    put(story.root, GRUB)
    commands = (
        "add 6.8.4-2-pve",
        "pin 6.8.8-2-pve",
        "pin 6.8.12-4-pve --next-boot",
        "unpin --next-boot",
        "unpin",
        "cmdline show",
    )
    assert {story.type(*command.split()) for command in commands} == {ExitCode.OK}
    assert story.type("cmdline", "set", "iommu=pt quiet") == ExitCode.OK
    assert story.type("cmdline", "show") == ExitCode.OK
    assert story.type("pin", "6.8.4-2-pve") == ExitCode.REFUSED
    story.judge("grub")


def test_what_is_refused_changes_nothing(story: Story) -> None:
    put(
        story.root,
        {**ESPS, LIST: "6.8.4-2-pve\nthe good one\n", "etc/kernel/proxmox-boot-pin": "?\n"},
    )
    put(story.root, {"etc/kernel/next-boot-pin": "6.9.9-9-pve\n"})
    before = files(story.root)
    for code, command in (
        (ExitCode.DIFFERS, "list"),
        (ExitCode.REFUSED, "add 6.9.9-9-pve"),
        (ExitCode.REFUSED, "remove 6.8.12-4-pve"),
        (ExitCode.REFUSED, "pin 6.1.0-37-amd64"),
        (ExitCode.USAGE, "pin vmlinuz"),
    ):
        assert story.type(*command.split()) == code
    for line in ("quiet", "root=ZFS=rpool/ROOT/pve-2", "root=UUID=8e95 a=$b", "root=/dev/y\nquiet"):
        assert story.type("cmdline", "set", line) == ExitCode.REFUSED
    assert files(story.root) == before
    story.judge("refused")


def test_a_host_that_nothing_boots(story: Story) -> None:
    assert story.type("pin", "6.8.8-2-pve") == ExitCode.REFUSED
    assert story.type("cmdline", "show") == ExitCode.DIFFERS
    assert story.type("cmdline", "set", "quiet") == ExitCode.REFUSED
    story.judge("unmanaged")


def test_only_root_changes_what_is_booted(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    put(story.root, ESPS)
    assert story.type("list") == ExitCode.OK
    assert story.type("pin", "6.8.8-2-pve") == ExitCode.REFUSED
    assert "only root can change what this host boots" in story.told[-3]
    assert files(story.root) == ESPS


def test_two_changes_are_kept_apart(story: Story, tmp_path: Path) -> None:
    put(story.root, ESPS)
    with boot_files_locked(tmp_path / "lock"):
        assert story.type("pin", "6.8.8-2-pve") == ExitCode.REFUSED
    assert files(story.root) == ESPS
    assert story.type("pin", "6.8.8-2-pve") == ExitCode.OK


def test_programs_get_json(story: Story) -> None:
    put(story.root, {**ESPS, "etc/kernel/proxmox-boot-pin": "6.8.8-2-pve\n"})
    put(story.root, {LIST: "5.0.15-1-pve\n"})
    assert run_command(["kernel", "list", "--json"]) == ExitCode.DIFFERS
    assert json.loads(story.capsys.readouterr().out) == {
        "managed": True,
        "running": "6.8.4-2-pve",
        "good_boot": None,
        "default": "6.8.8-2-pve",
        "pin": "6.8.8-2-pve",
        "next_boot_pin": None,
        "manual": ["5.0.15-1-pve"],
        "automatic": ["6.8.12-4-pve", "6.8.8-2-pve", "6.8.4-2-pve"],
        "boot": ["6.8.12-4-pve", "6.8.8-2-pve", "6.8.4-2-pve"],
        "kernels": [
            {"version": "6.8.12-4-pve", "size_bytes": 9900, "reasons": ["newest"]},
            {"version": "6.8.8-2-pve", "size_bytes": 9900, "reasons": ["pin", "newest"]},
            {"version": "6.8.4-2-pve", "size_bytes": 9900, "reasons": ["running"]},
            {"version": "6.1.0-37-amd64", "size_bytes": 1, "reasons": []},
            {"version": "5.0.15-1-pve", "size_bytes": 0, "reasons": ["manual"]},
        ],
        "problems": [
            {
                "code": "kernel-missing",
                "where": "/etc/kernel/proxmox-boot-manual-kernels",
                "message": "names the kernel 5.0.15-1-pve, but there is no "
                "/boot/vmlinuz-5.0.15-1-pve",
                "hint": "install it, or run `bedplate kernel remove 5.0.15-1-pve`",
            }
        ],
    }


def test_programs_get_the_command_line_as_json(story: Story) -> None:
    put(story.root, {**ESPS, **GRUB})
    assert run_command(["kernel", "cmdline", "show", "--json"]) == ExitCode.OK
    line = "root=ZFS=rpool/ROOT/pve-1 boot=zfs"
    assert json.loads(story.capsys.readouterr().out) == {
        "managed": True,
        "cmdline": line,
        "source": "/etc/kernel/cmdline",
        "places": [
            {"path": "/etc/kernel/cmdline", "cmdline": line, "used": True},
            {"path": "/etc/default/grub", "cmdline": "quiet", "used": False},
            {"path": "/proc/cmdline", "cmdline": "root=/dev/x ro", "used": False},
        ],
        "problems": [],
    }


def test_a_terminal_gets_tables_that_fit(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    put(story.root, {**ESPS, "etc/kernel/cmdline": "root=/dev/x " + "a=1 " * 60})
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    run_command(["kernel", "cmdline", "show"])
    run_command(["kernel", "list"])
    plain = re.sub(r"\x1b\[[0-9;]*m", "", story.capsys.readouterr().out)
    assert max(map(len, plain.splitlines())) <= 60
