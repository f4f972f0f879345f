"""The operator's own programs in an installation: real processes, and the medium's folder."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply import user_program
from bedplate.apply.artefacts import Artefacts
from bedplate.apply.engine import Apply
from bedplate.apply.hooks import Hooks
from bedplate.apply.interrupt import interruptible
from bedplate.apply.journal import Journal
from bedplate.apply.mounts import mounted_below, unmount
from bedplate.apply.user_program import KEPT_BYTES
from bedplate.errors import ApplyError, FactsError, InterruptedRunError
from bedplate.events import Event, What
from bedplate.facts.medium_hooks import hooks_of_medium
from bedplate.model.facts import Facts
from bedplate.model.hook import HookPoint
from bedplate.model.plan import Plan
from bedplate.model.program import PROGRAM_BYTES
from bedplate.model.request import Secrets
from bedplate.model.step import Phase, RunHook
from bedplate.run import run
from tests.support.plans import disk_plan, plan_of
from tests.support.processes import assert_ended

HERE = Path(__file__).parents[1]
PLAN = Plan.model_validate_json((HERE / "golden" / "plans" / "hooks.json").read_bytes())
SCRIPT = "#!/bin/sh\nexit 0\n"


def step(text: str, *, seconds: int = 60, point: HookPoint = "after-unpack") -> RunHook:
    return RunHook(
        id="hook",
        phase=Phase.UNPACK,
        summary="Run a hook",
        point=point,
        name="hooks/after-unpack/10-test",
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        timeout_seconds=seconds,
    )


@pytest.fixture
def hooks(tmp_path: Path, machine: Facts) -> Hooks:
    return Hooks(run, lambda: machine, tmp_path / "hooks")


@pytest.fixture
def machine() -> Facts:
    captures = HERE / "captures" / "machines" / "demo.json"
    return Facts.model_validate_json(captures.read_bytes())


def test_it_reads_the_plan_and_the_facts_and_works_in_the_new_system(
    hooks: Hooks, machine: Facts, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    text = '#!/bin/sh\ncat >"$BEDPLATE_ROOT/seen"\necho "$BEDPLATE_POINT"\n'
    hooks.carry_out(step(text), PLAN, root)
    seen: dict[str, Any] = json.loads((root / "seen").read_text())
    assert (seen["version"], seen["point"], seen["root"]) == (1, "after-unpack", str(root))
    assert Plan.model_validate(seen["plan"]) == PLAN
    assert Facts.model_validate(seen["facts"]) == machine
    assert (hooks.folder / "log").read_text() == "after-unpack\n"
    assert sorted(path.name for path in hooks.folder.iterdir()) == ["log"]


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/sh\nexec <&-\nexit 0\n",  # reads nothing at all
        "#!/bin/sh\nhead -c 10 >/dev/null\n",
        "#!/bin/sh\nyes | head -c 5000000\n",
        "#!/bin/sh\nsleep 1000 &\nexit 0\n",  # leaves something behind that keeps its output open
    ],
    ids=["closed", "little", "flood", "daemon"],
)
def test_whatever_it_does_with_what_it_was_given_it_is_done_when_it_ends(
    text: str, hooks: Hooks
) -> None:
    hooks.carry_out(step(text.replace("&\n", "& echo $! >&2\n")), PLAN, None)
    if "sleep" in text:
        os.kill(int((hooks.folder / "log").read_text()), signal.SIGKILL)


@pytest.fixture
def new_root(tmp_path: Path) -> Iterator[Path]:
    """A file system that is mounted, with another one mounted in it."""
    root = tmp_path / "new root"
    for place in (root, root / "inner"):
        place.mkdir()
        run(["mount", "-t", "tmpfs", "none", place])
    yield root
    for place in (root / "inner", root):
        unmount(run, place)


@pytest.mark.parametrize("code", [0, 3], ids=["well", "badly"])
def test_however_it_ends_the_new_system_can_be_let_go_of(
    code: int, hooks: Hooks, new_root: Path
) -> None:
    """What it started and mounted in there is gone; what was mounted before is still there."""
    text = (
        '#!/bin/bash\ncd "$BEDPLATE_ROOT"\nmkdir -p dev a/b\nmount --bind /dev dev\n'
        "mount -t tmpfs none a\nmkdir a/b\nmount -t tmpfs none a/b\n"
        f"(trap '' TERM; cd a/b; exec sleep 1000) &\nexit {code}\n"
    )
    before = mounted_below(new_root)
    assert before == (new_root / "inner",)
    with suppress(ApplyError):
        hooks.carry_out(step(text), PLAN, new_root)
    assert mounted_below(new_root) == before
    assert (hooks.folder / "log").read_text() == ""
    for place in (new_root / "inner", new_root):
        run(["umount", place])


def test_another_program_than_the_one_that_was_planned_is_not_run(hooks: Hooks) -> None:
    changed = step(SCRIPT).model_copy(update={"text": f"{SCRIPT}# changed\n"})
    with pytest.raises(ApplyError, match="is not the program that was planned"):
        hooks.carry_out(changed, PLAN, None)
    assert not hooks.folder.exists()


def test_where_it_cannot_be_put_it_is_named(hooks: Hooks) -> None:
    hooks.folder.write_text("a file")
    with pytest.raises(ApplyError, match="cannot be run: ") as raised:
        hooks.carry_out(step(SCRIPT), PLAN, None)
    assert raised.value.problems[0].where == "hooks/after-unpack/10-test"


def test_one_that_prints_without_end_fills_no_disk(hooks: Hooks) -> None:
    with pytest.raises(ApplyError, match=r"did not end within 2 seconds; it said last: .*word"):
        hooks.carry_out(step("#!/bin/sh\nyes word\n", seconds=2), PLAN, None)
    assert (hooks.folder / "log").stat().st_size < KEPT_BYTES + 10_000


def test_one_that_fails_is_named_with_its_last_words(hooks: Hooks) -> None:
    text = "#!/bin/sh\nseq 20\necho it broke >&2\nexit 3\n"
    with pytest.raises(ApplyError) as raised:
        hooks.carry_out(step(text), PLAN, None)
    (problem,) = raised.value.problems
    assert problem.where == "hooks/after-unpack/10-test"
    assert problem.message == "ended with 3; it said last: 17 / 18 / 19 / 20 / it broke"
    assert "bedplate resume" in problem.hint


def test_before_anything_is_written_that_is_said_too(hooks: Hooks) -> None:
    with pytest.raises(ApplyError, match="ended with 1 and said nothing") as raised:
        hooks.carry_out(step("#!/bin/sh\nexit 1\n", point="before-partitioning"), PLAN, None)
    assert "nothing was written to any disk" in raised.value.problems[0].hint


def test_an_interpreter_that_is_not_there_is_an_end_like_others(hooks: Hooks) -> None:
    with pytest.raises(ApplyError, match=r"ended with 12[67]"):
        hooks.carry_out(step("#!/no/such/interpreter\n"), PLAN, None)


def test_one_that_hangs_is_ended_with_all_that_it_started(hooks: Hooks) -> None:
    text = "#!/bin/bash\ntrap '' TERM\nsleep 1000 &\necho $!\nwhile :; do sleep 1000; done\n"
    with pytest.raises(ApplyError, match="did not end within 2 seconds"):
        hooks.carry_out(step(text, seconds=2), PLAN, None)
    assert_ended(int((hooks.folder / "log").read_text()))


def test_a_signal_ends_it_and_is_the_reason(hooks: Hooks, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "begun")
    text = f"#!/bin/sh\necho $$ >{tmp_path}/begun\nexec sleep 1000\n"
    with pytest.raises(InterruptedRunError), interruptible(at_once=False), _signalled(tmp_path):
        hooks.carry_out(step(text), PLAN, None)
    assert_ended(int((tmp_path / "pid").read_text()))


def test_a_signal_ends_one_too_that_does_not_heed_it(
    hooks: Hooks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_program, "GRACE_SECONDS", 0.5)
    os.mkfifo(tmp_path / "begun")
    text = f"#!/bin/bash\ntrap '' TERM\necho $$ >{tmp_path}/begun\nwhile :; do sleep 1000; done\n"
    with pytest.raises(InterruptedRunError), interruptible(at_once=False), _signalled(tmp_path):
        hooks.carry_out(step(text), PLAN, None)
    assert_ended(int((tmp_path / "pid").read_text()))


def test_a_run_ends_at_one_that_fails_and_goes_on_behind_those_that_did_not(
    tmp_path: Path, machine: Facts
) -> None:
    ran = tmp_path / "ran"
    good = step(f"#!/bin/sh\necho good >>{ran}\n", point="before-partitioning")
    bad = step(
        f"#!/bin/sh\necho bad >>{ran}\n[ $(wc -l <{ran}) = 3 ] || {{ echo no luck; exit 9; }}\n",
        point="before-partitioning",
    )
    checks = {"phase": Phase.CHECK}
    plan = plan_of(
        good.model_copy(update={**checks, "id": "good"}),
        bad.model_copy(update={**checks, "id": "bad", "name": "hooks/bad"}),
        disks=(disk_plan("one"),),
    )
    events: list[Event] = []
    apply = Apply(
        run,
        lambda _: (),  # no disk is there any more: that is only seen before something is written
        Journal(Plan, tmp_path / "run"),
        (events.append,),
        Artefacts(tmp_path),
        look=lambda: machine,
        hooks=tmp_path / "hooks",
    )
    with pytest.raises(ApplyError, match="ended with 9; it said last: no luck"):
        apply.start(plan, Secrets())
    journal = (tmp_path / "run" / "journal.jsonl").read_text().splitlines()
    failed = [json.loads(line) for line in journal if '"step-failed"' in line]
    assert [one["step"] for one in failed] == ["bad"]
    assert "hooks/bad: ended with 9; it said last: no luck" in failed[0]["text"]
    assert "nothing was written to any disk; `bedplate resume`" in failed[0]["text"]
    apply.resume(Secrets())
    assert ran.read_text() == "good\nbad\nbad\n"
    assert [event.what for event in events if event.step == "good"][-1] is What.STEP_SKIPPED


@contextmanager
def _signalled(folder: Path) -> Iterator[None]:
    """Ctrl-C, once the hook runs."""

    def interrupt() -> None:
        (folder / "pid").write_text((folder / "begun").read_text())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    yield
    thread.join()


def put(folder: Path, name: str, data: bytes = SCRIPT.encode(), mode: int = 0o755) -> Path:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    place.chmod(mode)
    return place


def test_those_of_the_medium_come_by_point_and_name(tmp_path: Path) -> None:
    images = tmp_path / "live"
    images.mkdir()
    assert hooks_of_medium(images, 60) == ()
    put(tmp_path, "hooks/after-unpack/20-b")
    put(tmp_path, "hooks/after-unpack/10-a", b"\x7fELF\xff")
    put(tmp_path, "hooks/before-partitioning/z")
    found = hooks_of_medium(images, 60)
    assert [hook.name for hook in found] == [
        "hooks/before-partitioning/z",
        "hooks/after-unpack/10-a",
        "hooks/after-unpack/20-b",
    ]
    assert (found[1].hex, found[2].text) == ("7f454c46ff", SCRIPT)
    assert {hook.timeout_seconds for hook in found} == {60}


def test_those_beside_images_are_found_and_what_is_above_another_folder_is_nobodys(
    tmp_path: Path,
) -> None:
    images = tmp_path / "images"
    put(tmp_path, "hooks/before-partitioning/of-somebody-else")
    put(images, "hooks/before-partitioning/mine")
    found = hooks_of_medium(images, 60)
    assert [hook.name for hook in found] == ["hooks/before-partitioning/mine"]


def test_everything_in_that_folder_that_is_none_is_named(tmp_path: Path) -> None:
    images = tmp_path / "live"
    images.mkdir()
    put(tmp_path, "hooks/after-install/x")
    put(tmp_path, "hooks/before-unpack")
    put(tmp_path, "hooks/after-unpack/1-plain", mode=0o644)
    put(tmp_path, "hooks/after-unpack/2-large", SCRIPT.encode() + bytes(PROGRAM_BYTES))
    put(tmp_path, "hooks/after-unpack/3-text", b"echo hello\n")
    (tmp_path / "hooks/after-unpack/4-link").symlink_to("/bin/true")
    (tmp_path / "hooks/after-unpack/5-gone").symlink_to("nothing")
    (tmp_path / "hooks/after-unpack/6-folder").mkdir()
    with pytest.raises(FactsError) as raised:
        hooks_of_medium(images, 60)
    said = {Path(one.where).name: one.message for one in raised.value.problems}
    assert said == {
        "after-install": "is no point of an installation",
        "before-unpack": "is no folder: the programs for a point are in one of its name",
        "1-plain": "is not executable",
        "2-large": "is larger than 1 MiB",
        "3-text": "is neither a script with a `#!` line nor an ELF",
        "4-link": "is no file in that folder",
        "5-gone": "cannot be read: No such file or directory",
        "6-folder": "is no file in that folder",
    }
