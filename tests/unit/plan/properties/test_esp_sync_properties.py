"""Whatever is on an ESP, however little room it has: no moment of a sync leaves it unbootable."""

from __future__ import annotations

from functools import partial

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bedplate.errors import Problem
from bedplate.model.esp import EspFact, EspFile
from bedplate.model.esp_sync import Lane
from bedplate.plan.esp_sync import plan_sync
from bedplate.units import KIB, MIB
from tests.unit.plan.esps import (
    CLUSTER,
    GRUB,
    SYSTEMD,
    A,
    B,
    C,
    D,
    asked,
    blank,
    bootable,
    carried_out,
    moments,
)

# What the original leaves, what broken runs leave, loaders of either kind, and somebody else's.
OTHERS = (
    f"vmlinuz-{A}",
    f"initrd.img-{A}",
    f"vmlinuz-{C}",
    f"initrd.img-{C}",
    f"EFI/proxmox/{B}/vmlinuz-{B}.bedplate-new",
    f"loader/entries/proxmox-{D}.conf",
    "EFI/proxmox/grubx64.efi",
    "EFI/systemd/systemd-bootx64.efi",
    "EFI/BOOT/BOOTX64.EFI",
    "EFI/Microsoft/Boot/bootmgfw.efi",
)
LOADERS = st.sampled_from([(), SYSTEMD, GRUB, (*SYSTEMD, *GRUB)])
KERNELS = st.sets(st.sampled_from([A, B, C, D]), min_size=1)
EDITIONS = st.dictionaries(st.sampled_from([A, B, C, D]), st.integers(1, 2))


def synced_once(esp: EspFact, kernels: set[str], edition: dict[str, int]) -> EspFact:
    """The ESP after a sync, or as it is if that could not be done."""
    plan = plan_sync(asked([esp], kernels, edition=edition))
    return carried_out(esp, plan.lanes[0].steps) if plan.lanes else esp


def crowded(esp: EspFact, free_bytes: int) -> EspFact:
    """The ESP with a file of somebody else's that leaves at most so much free."""
    size = max(0, esp.free_bytes - free_bytes) // CLUSTER * CLUSTER
    return with_file(esp, "somebody/else.img", size)


def with_file(esp: EspFact, path: str, size_bytes: int) -> EspFact:
    """The ESP with a file that no sync wrote, or as it is if there is no room."""
    if size_bytes > esp.free_bytes:
        return esp
    file = EspFile(path=path, size_bytes=size_bytes, sha256="else")
    free = esp.free_bytes - size_bytes
    return esp.model_copy(update={"files": (*esp.files, file), "free_bytes": free})


@st.composite
def esps(draw: st.DrawFn) -> EspFact:
    """An ESP that was synced before, for other kernels, with anything from no to much room."""
    esp = blank(size_bytes=draw(st.sampled_from([256, 300, 512, 1024])) * MIB)
    for _ in range(draw(st.integers(0, 2))):
        esp = synced_once(esp, draw(KERNELS), draw(EDITIONS))
    for path in draw(st.sets(st.sampled_from(OTHERS))):
        if not any(file.path == path for file in esp.files):
            esp = with_file(esp, path, draw(st.integers(0, 30)) * MIB)
    if draw(st.booleans()):
        esp = crowded(esp, draw(st.integers(0, 100 * MIB // KIB)) * KIB)
    return esp


@settings(max_examples=300, deadline=None)
@given(esp=esps(), kernels=KERNELS, edition=EDITIONS, data=st.data())
def test_an_esp_stays_bootable_and_a_second_sync_does_nothing(
    esp: EspFact, kernels: set[str], edition: dict[str, int], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(sorted(kernels)))
    spare = tuple(order[: data.draw(st.integers(0, len(order) - 1))])
    ask = partial(
        asked,
        kernels=kernels,
        edition=edition,
        spare=spare,
        loaders=data.draw(LOADERS),
        secure_boot=data.draw(st.booleans()),
    )
    plan = plan_sync(ask([esp]))
    if not plan.lanes:
        assert "esp-full" in [problem.code for problem in plan.problems]
        return
    (lane,) = plan.lanes
    check_every_moment(esp, lane)
    after = carried_out(esp, lane.steps)
    assert bootable(after) == set(lane.kernels) == kernels - set(lane.left_out)
    assert foreign(after) == foreign(esp)
    assert plan_sync(ask([after])).lanes[0].steps == ()


def foreign(esp: EspFact) -> list[EspFile]:
    return [file for file in esp.files if file.path.startswith(("somebody/", "EFI/Microsoft/"))]


def check_every_moment(esp: EspFact, lane: Lane) -> None:
    could_boot = bool(bootable(esp))
    for step in lane.steps:
        for now in moments(esp, step):
            assert bootable(now) or not could_boot, step.summary
            could_boot = could_boot or bool(bootable(now))
        esp = carried_out(esp, [step])
        assert esp.free_bytes >= 0


# GRUB's menu without kernels that go, which was only written where there was room, took some.
FULL = blank(
    size_bytes=256 * MIB,
    free_bytes=0,
    files=(
        *(
            EspFile(path=name, size_bytes=MIB, sha256="else")
            for name in (f"vmlinuz-{A}", f"initrd.img-{A}", f"vmlinuz-{C}")
        ),
        EspFile(path="somebody/else.img", size_bytes=252 * MIB, sha256="else"),
    ),
)


@settings(deadline=None)
@given(esp=esps(), kernels=KERNELS)
@example(esp=FULL, kernels={A})
def test_what_is_missing_would_be_enough(esp: EspFact, kernels: set[str]) -> None:
    """The number of bytes that a problem tells is what the ESP lacks, and no less."""
    plan = plan_sync(asked([esp], kernels))
    for problem in plan.problems:
        roomier = esp.model_copy(update={"free_bytes": esp.free_bytes + told_bytes(problem)})
        assert plan_sync(asked([roomier], kernels)).problems == ()


def told_bytes(problem: Problem) -> int:
    return int(problem.message.partition("(")[2].partition(" bytes")[0])
