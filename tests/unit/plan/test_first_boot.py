"""What a first boot and hooks are in a plan, and what is said of how a first boot went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.errors import Problem
from bedplate.model.diagnosis import Diagnosis
from bedplate.model.esp import EspFacts
from bedplate.model.esp_sync import SyncPlan
from bedplate.model.first_boot import FirstBoot, FirstBootJob, FirstBootOutcome, Ordering
from bedplate.model.hook import Hook
from bedplate.model.plan import FilePlan
from bedplate.model.step import Phase, RunHook
from bedplate.plan.doctor import DoctorInput, diagnose
from bedplate.plan.first_boot import first_boot_files
from bedplate.plan.hooks import plan_hooks

FOLDER = "/var/lib/bedplate/first-boot"
AT = 1_700_000_000.0
WHEN = "2023-11-14 22:13:20 UTC"


def pending(ordering: Ordering) -> FilePlan:
    return FilePlan(path=f"{FOLDER}/pending-{ordering}", mode=0o600, content="")


@pytest.mark.parametrize("ordering", ["before-network", "network-online", "fully-up"])
@pytest.mark.parametrize(
    ("program", "file"),
    [
        ({}, ()),
        (
            {"program": "#!/bin/sh\n"},
            (FilePlan(path=f"{FOLDER}/program", mode=0o700, content="#!/bin/sh\n"),),
        ),
        (
            {"program_hex": "7f454c46ff"},
            (FilePlan(path=f"{FOLDER}/program", mode=0o700, hex="7f454c46ff"),),
        ),
    ],
    ids=["none", "text", "binary"],
)
def test_a_host_is_given_its_job_and_the_mark_of_its_point(
    ordering: Ordering, program: dict[str, str], file: tuple[FilePlan, ...]
) -> None:
    job = FirstBootJob(ordering=ordering, has_program=bool(program), packages=("htop",))
    asked = FirstBoot(job=job, **program)
    files = tuple(first_boot_files(asked))
    assert files[1:] == (pending(ordering), *file)
    assert (files[0].path, files[0].mode) == (f"{FOLDER}/job.json", 0o600)
    assert FirstBootJob.model_validate_json(files[0].content) == job


def test_a_host_without_one_is_given_nothing() -> None:
    assert tuple(first_boot_files(None)) == ()


def test_hooks_of_a_point_are_steps_in_their_order_text_or_not() -> None:
    hooks = (
        Hook(point="after-unpack", name="hooks/after-unpack/1", hex="7f454c46ff"),
        Hook(point="before-unpack", name="hooks/before-unpack/1", text="#!/bin/sh\n"),
        Hook(point="after-unpack", name="hooks.after-unpack[0]", text="#!/x", timeout_seconds=5),
    )
    assert tuple(plan_hooks(hooks, "after-unpack")) == (
        RunHook(
            id="run-hook:after-unpack:hooks/after-unpack/1",
            phase=Phase.UNPACK,
            summary="Run hooks/after-unpack/1",
            point="after-unpack",
            name="hooks/after-unpack/1",
            hex="7f454c46ff",
            sha256="a73538745e50a5ebb1e9e748c2b67dce1ca3da76722534f7420b0a87b1c825ad",
            timeout_seconds=600,
        ),
        RunHook(
            id="run-hook:after-unpack:hooks.after-unpack[0]",
            phase=Phase.UNPACK,
            summary="Run hooks.after-unpack[0]",
            point="after-unpack",
            name="hooks.after-unpack[0]",
            text="#!/x",
            sha256="762ac883f2ec2e632f009a13cd1c9cd1396a10a63bef9819e531c42a60ff0c3d",
            timeout_seconds=5,
        ),
    )


def diagnosis(found: FirstBootOutcome | None) -> Diagnosis:
    """What the doctor says of a host about which there is nothing else to say."""
    nothing = DoctorInput(pools=(), volume_groups=(), esps=EspFacts(), sync=SyncPlan())
    return diagnose(replace(nothing, first_boot=found))


def failed(message: str, hint: str) -> tuple[Problem, ...]:
    return (Problem("first-boot-failed", "the first boot", message, hint),)


SEE = f"see {FOLDER}/log; `bedplate first-boot run --again` tries what is left"


@pytest.mark.parametrize(
    ("found", "problems", "notes"),
    [
        (None, (), ()),
        (FirstBootOutcome(state="waiting"), (), ("First boot: has not begun.",)),
        (
            FirstBootOutcome(state="running", attempts=1, at=AT),
            (),
            (f"First boot: under way, or broken off (1 attempt, {WHEN}).",),
        ),
        (
            FirstBootOutcome(state="done", attempts=2, began=AT - 9, at=AT),
            (),
            (f"First boot: done (2 attempts, {WHEN}, the last took 9 s).",),
        ),
        (
            FirstBootOutcome(state="failed", attempts=1, said="no luck", at=AT),
            failed("of this host has failed 1 time(s): no luck", SEE),
            (),
        ),
        (
            FirstBootOutcome(state="given-up", attempts=3, said="no luck", at=AT),
            failed("of this host has failed 3 time(s): no luck", SEE),
            (),
        ),
        (
            FirstBootOutcome(state="unreadable", said="no JSON"),
            failed(
                "is not known to have been done: no JSON",
                f"remove {FOLDER}/outcome.json; `bedplate first-boot run --again` then does all "
                "of it anew",
            ),
            (),
        ),
    ],
    ids=lambda value: getattr(value, "state", None),
)
def test_the_doctor_says_how_it_went(
    found: FirstBootOutcome | None, problems: tuple[Problem, ...], notes: tuple[str, ...]
) -> None:
    given = diagnosis(found)
    assert given.problems == (*diagnosis(None).problems, *problems)
    assert given.notes == notes
