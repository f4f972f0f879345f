"""A root dataset that is received: what is run for it, afresh and after a broken run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.apply.root import Root
from bedplate.apply.unpack import stream_of
from bedplate.errors import CommandError
from bedplate.model.plan import Plan
from bedplate.model.step import CreatePool, ReceiveBase
from bedplate.run import FileInput
from tests.unit.apply.noting import Log

PLANS = Path(__file__).parents[2] / "golden" / "plans"
STREAM = FileInput(Path("/images/base.zfs"), lambda _: None)
LIST = "zfs list -H -o name -r rpool"
ROOT, DATA, VZ = "rpool/ROOT/pve-1", "rpool/data", "rpool/var-lib-vz"


def plan_of(name: str) -> tuple[Plan, CreatePool, ReceiveBase]:
    plan = Plan.model_validate_json((PLANS / f"{name}.json").read_bytes())
    creates = next(step for step in plan.steps if isinstance(step, CreatePool))
    receives = next(step for step in plan.steps if isinstance(step, ReceiveBase))
    return plan, creates, receives


def received(key: Path) -> list[tuple[str, object]]:
    properties = "mountpoint=/srv/data -o recordsize=1M -o 'com.example:backup=daily and weekly'"
    encrypted = f"encryption=aes-256-gcm -o keyformat=raw -o keylocation=file://{key}"
    return [
        (f"zfs receive -u -o mountpoint=/ {ROOT}@received", STREAM),
        (f"zfs destroy {ROOT}@received", None),
        (f"zfs mount {ROOT}", None),
        (f"zpool set bootfs={ROOT} rpool", None),
        (f"zfs create -o {properties} -o {encrypted} {DATA}", None),
        (f"zfs set keylocation=file:///etc/zfs/keys/rpool-data.key {DATA}", None),
        (f"zfs create -o mountpoint=/var/lib/vz {VZ}", None),
    ]


def test_a_fresh_pool_gets_the_root_from_the_stream_and_what_lies_in_it_afterwards(
    tmp_path: Path,
) -> None:
    plan, creates, receives = plan_of("swap-and-key-file")
    log = Log()
    root = Root(plan, log, tmp_path)
    root.create_pool(creates.datasets)
    assert log.of("zfs", "zpool set") == [("zfs create rpool/ROOT", None)]
    log.ran.clear()
    root.receive(STREAM, receives.datasets)
    key = tmp_path / "etc/zfs/keys/rpool-data.key"
    assert log.ran == received(key)
    log.ran.clear()
    assert root.opened() == tmp_path
    assert log.ran == []


@pytest.mark.parametrize(
    ("there", "destroyed"),
    [
        (("rpool", "rpool/ROOT"), ()),
        (("rpool", "rpool/ROOT", ROOT), (ROOT,)),
        (("rpool", "rpool/ROOT", ROOT, DATA, VZ), (VZ, DATA, ROOT)),
    ],
    ids=["nothing", "the-root", "everything"],
)
def test_what_an_earlier_run_left_is_destroyed_and_received_anew(
    there: tuple[str, ...], destroyed: tuple[str, ...], tmp_path: Path
) -> None:
    plan, _, receives = plan_of("swap-and-key-file")
    log = Log({LIST: "".join(f"{name}\n" for name in there)})
    Root(plan, log, tmp_path).receive(STREAM, receives.datasets)
    key = tmp_path / "etc/zfs/keys/rpool-data.key"
    assert log.ran[0][0].startswith("zpool import -f -N ")  # nothing is mounted
    assert log.ran[1:] == [
        (LIST, None),
        *((f"zfs destroy -r {name}", None) for name in destroyed),
        *received(key),
    ]


def test_the_pool_is_let_go_of_when_the_stream_is_refused(tmp_path: Path) -> None:
    plan, creates, receives = plan_of("zfs-mirror-uefi-512")
    log = Log(fails="zfs receive")
    root = Root(plan, log, tmp_path)
    root.create_pool(creates.datasets)
    with pytest.raises(CommandError):
        root.receive(STREAM, receives.datasets)
    root.close()
    assert [line for line, _ in log.ran[-2:]] == [
        "zpool list -H -o name rpool",
        "zpool export rpool",
    ]


@pytest.mark.parametrize(("read", "done"), [(0, 0.0), (25, 0.25), (100, 1.0), (101, 1.0)])
def test_progress_is_the_share_of_the_stream_that_was_read(
    read: int, done: float, tmp_path: Path
) -> None:
    image = tmp_path / "base.zfs"
    image.write_bytes(bytes(100))
    told: list[float] = []
    stream_of(image, told.append).heard(read)
    assert told == [done]
