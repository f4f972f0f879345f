"""The operator's own programs in an installation: real processes, and the medium's folder."""

from __future__ import annotations

import json
import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply.hooks import Hooks
from bedplate.apply.interrupt import interruptible
from bedplate.errors import ApplyError, FactsError, InterruptedRunError
from bedplate.facts.medium_hooks import hooks_of_medium
from bedplate.model.facts import Facts
from bedplate.model.hook import HOOK_BYTES, HookPoint
from bedplate.model.plan import Plan
from bedplate.model.step import Phase, RunHook
from bedplate.run import run

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


def assert_ended(pid: int) -> None:
    """A process was killed, if it has not quite ended yet."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        ready, _, _ = select.select([handle], [], [], 30)
        os.close(handle)
        assert ready


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
    put(tmp_path, "hooks/after-unpack/2-large", SCRIPT.encode() + bytes(HOOK_BYTES))
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
