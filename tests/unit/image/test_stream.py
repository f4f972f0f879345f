"""The base's ZFS stream, as far as it can be told without a machine that makes it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bedplate.errors import ApplyError
from bedplate.events import Clock, Event
from bedplate.image import stream
from bedplate.image.progress import Stage
from bedplate.image.stream import Drive, Job, build_stream, stream_key
from bedplate.lab.job import job_argv
from bedplate.lab.machine import Acceleration

IMAGES = Path(__file__).parents[3] / "images"
KERNEL = "6.12.0-amd64"


def make_tree(folder: Path) -> Path:
    (folder / "boot").mkdir(parents=True)
    (folder / f"boot/vmlinuz-{KERNEL}").write_bytes(b"kernel")
    (folder / f"boot/initrd.img-{KERNEL}").write_bytes(b"initrd")
    return folder


def pack_nothing(_folder: Path, image: Path, **_options: object) -> None:
    image.write_bytes(b"squashfs")


def build(folder: Path, lines: list[str], seen: list[Job], heard: list[Event]) -> Path:
    """Build a stream with a machine that says these lines."""

    def run_job(job: Job, on_line: Callable[[str], None]) -> None:
        seen.append(job)
        assert job.initrd.read_bytes().startswith(b"initrd".ljust(512, b"\0") + b"070701")
        assert (IMAGES / "make-stream.sh").read_bytes() in job.initrd.read_bytes()
        with job.drives[2].path.open("r+b") as file:
            file.write(b"the stream")
        for line in lines:
            on_line(line)

    target = folder / "target"
    target.mkdir()
    stage = Stage(Clock((heard.append,)), "stream", "ZFS stream")
    build_stream(make_tree(folder / "tree"), KERNEL, IMAGES, target, stage, run_job)
    return target


def test_the_stream_is_as_long_as_the_machine_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "squash", pack_nothing)
    seen: list[Job] = []
    heard: list[Event] = []
    lines = ["", "50", "noise 7%", "100", "bedplate-stream 10", ""]
    target = build(tmp_path, lines, seen, heard)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        "base.zfs": b"the stream"
    }
    assert [event.done for event in heard] == [0.375, 0.75]
    [job] = seen
    scratch = target / "scratch"
    assert job == Job(
        kernel=tmp_path / f"tree/boot/vmlinuz-{KERNEL}",
        initrd=scratch / "initrd",
        cmdline="console=ttyS0 quiet loglevel=4 panic=-1 rdinit=/make-stream -- "
        "acltype=posix compression=lz4 dnodesize=auto xattr=sa",
        drives=(
            Drive(scratch / "base", read_only=True),
            Drive(scratch / "pool"),
            Drive(target / "base.zfs"),
        ),
    )


def test_a_machine_that_ends_too_soon_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "squash", pack_nothing)
    with pytest.raises(ApplyError) as caught:
        build(tmp_path, ["17", "cannot create 'stream': no such device"], [], [])
    [problem] = caught.value.problems
    assert (problem.code, problem.where, problem.message) == (
        "stream-not-made",
        "base.zfs",
        "the machine that makes it ended too soon; it said:\n"
        "cannot create 'stream': no such device",
    )


def test_a_stream_is_kept_until_its_base_or_the_way_it_is_made_changes(tmp_path: Path) -> None:
    images = shutil.copytree(IMAGES, tmp_path / "images")
    key = stream_key("base", images)
    assert stream_key("base", IMAGES) == key  # where the checkout is does not matter
    assert stream_key("another", images) != key
    (images / "make-stream.sh").write_text("true\n")
    assert stream_key("base", images) != key


def test_the_machine_of_a_job_is_this_command() -> None:
    job = Job(Path("/k"), Path("/i"), "console=ttyS0", (Drive(Path("/b"), read_only=True),))
    assert job_argv(job, Acceleration.TCG) == [
        *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"),
        *("-no-reboot", "-machine", "q35", "-m", "2G", "-smp", "1"),
        *("-accel", "tcg,thread=multi", "-cpu", "max,erms=off,fsrm=off"),
        *("-kernel", Path("/k"), "-initrd", Path("/i"), "-append", "console=ttyS0"),
        *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
        "-blockdev",
        '{"node-name": "drive0", "driver": "raw", "read-only": true, "cache": {"no-flush": true},'
        ' "file": {"driver": "file", "filename": "/b", "cache": {"no-flush": true},'
        ' "read-only": true}}',
        *("-device", "virtio-blk-pci,drive=drive0"),
    ]
