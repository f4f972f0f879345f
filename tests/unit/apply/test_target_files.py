"""Files of the new system: where they land, their modes, and what must not happen."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply.boot import fill_esp
from bedplate.apply.files import extend_initramfs, inside, run_in_root, write_files
from bedplate.cli.installing import check_secrets
from bedplate.errors import ApplyError, CommandError, UsageError
from bedplate.model.plan import FilePlan, Plan
from bedplate.model.request import Secrets
from bedplate.model.secret import Secret
from bedplate.model.step import EspCopy, EspText, FillEsp, Phase, RunInRoot
from bedplate.render.initramfs import render_archive
from bedplate.run import Result
from tests.support.plans import plan_of


def test_files_are_written_with_their_mode_and_links_replace_links(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/localtime").symlink_to("/usr/share/zoneinfo/UTC")
    plan = plan_of(
        files=(
            FilePlan(path="/etc/hostid", hex="0102fffe"),
            FilePlan(path="/root/.ssh/authorized_keys", mode=0o600, content="key\n"),
            FilePlan(path="/etc/localtime", link="../usr/share/zoneinfo/Europe/Vienna"),
        )
    )
    write_files(plan, tmp_path)
    keys = tmp_path / "root/.ssh/authorized_keys"
    assert (tmp_path / "etc/hostid").read_bytes() == b"\x01\x02\xff\xfe"
    assert (keys.read_text(), stat.S_IMODE(keys.stat().st_mode)) == ("key\n", 0o600)
    assert (tmp_path / "etc/localtime").readlink() == Path("../usr/share/zoneinfo/Europe/Vienna")
    assert sorted(path.name for path in (tmp_path / "etc").iterdir()) == ["hostid", "localtime"]
    record = tmp_path / "var/lib/bedplate/installed.json"
    assert Plan.model_validate_json(record.read_text()) == plan
    assert stat.S_IMODE(record.stat().st_mode) == 0o600


SECRETS = Secrets(by_key={"mail.relay.password": Secret("hunter2")})
LOGIN = FilePlan(
    path="/etc/postfix/sasl_passwd",
    mode=0o600,
    content="[smtp.example.com]:587 host:***\n",
    secret="mail.relay.password",
)


def test_a_secret_is_in_its_file_and_in_no_record(tmp_path: Path) -> None:
    write_files(plan_of(files=(LOGIN,)), tmp_path, SECRETS)
    login = tmp_path / "etc/postfix/sasl_passwd"
    assert login.read_text() == "[smtp.example.com]:587 host:hunter2\n"
    assert stat.S_IMODE(login.stat().st_mode) == 0o600
    assert "hunter2" not in (tmp_path / "var/lib/bedplate/installed.json").read_text()


def test_a_program_of_the_new_system_reads_a_secret_and_may_know_better(tmp_path: Path) -> None:
    step = RunInRoot(
        id="run-in-root:1:chpasswd",
        phase=Phase.CONFIGURE,
        summary="",
        argv=("chpasswd",),
        text="ada:***\n",
        secret="mail.relay.password",
        codes=(0, 9),
    )
    read: list[object] = []

    def run(argv: Sequence[str | Path], **options: Any) -> Result:
        read.append(options["stdin"])
        return Result(tuple(map(str, argv)), codes.pop(0), "", "no such user")

    codes = [0, 9, 1]
    run_in_root(run, step, tmp_path, SECRETS)
    run_in_root(run, step, tmp_path, SECRETS)
    assert read == [Secret("ada:hunter2\n")] * 2
    with pytest.raises(CommandError, match="ended with 1: no such user"):
        run_in_root(run, step, tmp_path, SECRETS)


def test_what_needs_a_secret_says_which(tmp_path: Path) -> None:
    plan = plan_of(files=(LOGIN,))
    with pytest.raises(UsageError, match=r"needs the secret `mail\.relay\.password`"):
        write_files(plan, tmp_path)
    with pytest.raises(UsageError, match=r"/etc/postfix/sasl_passwd needs the secret"):
        check_secrets(plan, Secrets(), "plan.json")
    check_secrets(plan, SECRETS, "plan.json")


def test_a_link_in_the_new_system_cannot_lead_a_file_out_of_it(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "etc").symlink_to(tmp_path)
    with pytest.raises(ApplyError, match="leads out of the new system"):
        write_files(plan_of(files=(FilePlan(path="/etc/passwd", content="x"),)), root)
    assert not (tmp_path / "passwd").exists()


def test_the_hosts_files_follow_the_initramfs_at_an_aligned_place(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hostid").write_bytes(b"\x01\x02\x03\x04")
    (tmp_path / "etc/hostid").chmod(0o644)
    (tmp_path / "initrd.img").write_bytes(b"x" * 700)
    extend_initramfs(tmp_path, "/initrd.img", ("/etc/hostid",))
    archive = render_archive({"/etc/hostid": (0o644, b"\x01\x02\x03\x04")})
    assert (tmp_path / "initrd.img").read_bytes() == b"x" * 700 + bytes(1024 - 700) + archive


def test_an_esp_gets_its_copies_and_texts_and_no_half_files(tmp_path: Path) -> None:
    root, esp = tmp_path / "root", tmp_path / "esp"
    (root / "boot").mkdir(parents=True)
    esp.mkdir()
    (root / "boot/vmlinuz-6.12").write_bytes(b"kernel" * 1_000_000)
    step = FillEsp(
        id="fill",
        phase=Phase.BOOT,
        summary="",
        disk="one",
        partition_guid="g",
        copies=(EspCopy(source="/boot/vmlinuz-6.12", path="EFI/proxmox/6.12/vmlinuz-6.12"),),
        texts=(EspText(path="loader/loader.conf", content="timeout 3\n"),),
    )
    fill_esp(step, root, esp)
    fill_esp(step, root, esp)
    found = {str(p.relative_to(esp)): p.read_bytes() for p in esp.rglob("*") if p.is_file()}
    assert found == {
        "EFI/proxmox/6.12/vmlinuz-6.12": b"kernel" * 1_000_000,
        "loader/loader.conf": b"timeout 3\n",
    }


def test_an_absolute_path_stays_below_the_root(tmp_path: Path) -> None:
    assert inside(tmp_path, "/boot/grub") == tmp_path / "boot/grub"
