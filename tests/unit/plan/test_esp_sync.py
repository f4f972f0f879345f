"""What a sync does to ESPs of all sorts: whole lanes, in words, and what is on them afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bedplate.errors import ExitCode, RefusedError
from bedplate.model.esp import EspFact, EspFile
from bedplate.model.esp_sync import Lane, PutFiles
from bedplate.plan.esp_sync import SyncInput, plan_sync
from bedplate.units import MIB
from tests.unit.plan.esps import (
    CMDLINE,
    GRUB,
    INITRD_BYTES,
    KERNEL_BYTES,
    SYSTEMD,
    A,
    B,
    C,
    asked,
    blank,
    bootable,
    carried_out,
    summaries,
)

ONE_KERNEL = KERNEL_BYTES + INITRD_BYTES


def lane_of(given: SyncInput) -> Lane:
    plan = plan_sync(given)
    assert plan.problems == ()
    (lane,) = plan.lanes
    return lane


def synced(*kernels: str, esp: EspFact | None = None) -> EspFact:
    """An ESP that has these kernels and nothing to be done to it."""
    esp = esp or blank()
    return carried_out(esp, lane_of(asked([esp], kernels)).steps)


def texts(lane: Lane) -> dict[str, str]:
    """Every text that a lane writes."""
    files = [f for step in lane.steps if isinstance(step, PutFiles) for f in step.files]
    return {file.path: file.content for file in files if file.content is not None}


def with_files(esp: EspFact, *names: str, size_bytes: int = MIB) -> EspFact:
    files = tuple(EspFile(path=name, size_bytes=size_bytes, sha256=f"own {name}") for name in names)
    free = esp.free_bytes - len(names) * size_bytes
    return esp.model_copy(update={"files": (*esp.files, *files), "free_bytes": free})


def test_a_blank_esp_gets_everything_kernels_first() -> None:
    lane = lane_of(asked([blank()], [A, B]))
    assert summaries(lane) == [
        f"kernels: Write the kernel {B} (60 MiB)",
        f"kernels: Write the kernel {A} (60 MiB)",
        "loaders: Write loaders for UEFI: EFI/systemd/systemd-bootx64.efi, EFI/BOOT/BOOTX64.EFI",
        "menus: Write menus: loader/loader.conf, "
        f"loader/entries/proxmox-{B}.conf, loader/entries/proxmox-{A}.conf, grub/grub.cfg",
    ]
    assert lane.kernels == (B, A)
    assert bootable(carried_out(blank(), lane.steps)) == {A, B}


@pytest.mark.parametrize("loaders", [SYSTEMD, GRUB, (*SYSTEMD, *GRUB)])
def test_an_esp_in_sync_has_nothing_to_be_done(loaders: tuple[str, ...]) -> None:
    esps = [blank(1), blank(2)]
    plan = plan_sync(asked(esps, [A, B], loaders=loaders))
    done = [carried_out(esp, lane.steps) for esp, lane in zip(esps, plan.lanes, strict=True)]
    again = plan_sync(asked(done, [A, B], loaders=loaders))
    assert again.problems == ()
    assert [lane.steps for lane in again.lanes] == [(), ()]
    assert [lane.is_in_sync for lane in again.lanes] == [True, True]


def test_a_new_kernel_comes_before_an_old_one_goes() -> None:
    lane = lane_of(asked([synced(A, B)], [B, C]))
    old = f"EFI/proxmox/{A}"
    assert summaries(lane) == [
        f"kernels: Write the kernel {C} (60 MiB)",
        f"menus: Write menus: loader/entries/proxmox-{C}.conf, grub/grub.cfg",
        f"stale-entries: Remove entries of old kernels: loader/entries/proxmox-{A}.conf",
        f"stale-files: Remove old kernels: {old}/vmlinuz-{A}, {old}/initrd.img-{A}",
    ]


def test_a_new_initramfs_replaces_the_old_one() -> None:
    lane = lane_of(asked([synced(A)], [A], edition={A: 1}))
    (step,) = lane.steps
    assert isinstance(step, PutFiles)
    assert [file.path for file in step.files] == [f"EFI/proxmox/{A}/initrd.img-{A}"]


def test_a_pin_is_written_into_both_menus_and_the_operators_lines_stay() -> None:
    esp = synced(A, B).model_copy(update={"loader_conf": "timeout 9\ndefault proxmox-*\n"})
    pinned = texts(lane_of(asked([esp], [A, B], pin=A)))
    assert pinned["loader/loader.conf"] == f"timeout 9\ndefault proxmox-{A}.conf\n"
    assert pinned["grub/grub.cfg"].startswith(f"set default=proxmox-{A}\n")
    assert pinned.keys() == {"loader/loader.conf", "grub/grub.cfg"}


def test_another_command_line_changes_menus_only() -> None:
    lane = lane_of(asked([synced(A)], [A], cmdline=f"{CMDLINE} console=ttyS0,115200"))
    assert texts(lane).keys() == {f"loader/entries/proxmox-{A}.conf", "grub/grub.cfg"}
    assert "serial --unit=0 --speed=115200\n" in texts(lane)["grub/grub.cfg"]


def test_unknown_files_stay() -> None:
    names = ("EFI/Microsoft/Boot/bootmgfw.efi", "vmlinuz-linux", "notes.txt", "EFI/proxmox/x/y")
    lane = lane_of(asked([with_files(synced(A, B), *names)], [B]))
    left = carried_out(with_files(synced(A, B), *names), lane.steps)
    assert {file.path for file in left.files} >= set(names)
    assert bootable(left) == {B}


def test_what_a_broken_run_left_goes_first() -> None:
    esp = with_files(synced(A), f"EFI/proxmox/{A}/initrd.img-{A}.bedplate-new")
    assert summaries(lane_of(asked([esp], [A]))) == [
        "make-room: Remove what a broken run left behind"
    ]


def test_case_does_not_matter_on_fat() -> None:
    esp = synced(A)
    shouted = tuple(file.model_copy(update={"path": file.path.upper()}) for file in esp.files)
    assert lane_of(asked([esp.model_copy(update={"files": shouted})], [A])).steps == ()


def originals_grub_esp(*kernels: str) -> EspFact:
    """As the original makes them for GRUB: kernels at the top, its own menu."""
    names = [f"{kind}-{kernel}" for kernel in kernels for kind in ("vmlinuz", "initrd.img")]
    files = with_files(blank(), "grub/grub.cfg", "grub/i386-pc/core.img", "EFI/proxmox/grubx64.efi")
    return with_files(files, *names, size_bytes=ONE_KERNEL // 2)


def test_an_esp_of_the_original_for_grub_is_taken_over() -> None:
    lane = lane_of(asked([originals_grub_esp(A, B)], [A, B], loaders=(*SYSTEMD, *GRUB)))
    assert summaries(lane)[-1] == (
        f"stale-files: Remove old kernels: vmlinuz-{A}, initrd.img-{A}, vmlinuz-{B}, initrd.img-{B}"
    )
    after = carried_out(originals_grub_esp(A, B), lane.steps)
    assert bootable(after) == {A, B}
    paths = {file.path for file in after.files}
    assert paths >= {"EFI/BOOT/BOOTX64.EFI", "EFI/proxmox/grubx64.efi", "grub/i386-pc/core.img"}
    assert "EFI/systemd/systemd-bootx64.efi" not in paths


def test_an_esp_of_the_original_for_systemd_boot_needs_only_what_differs() -> None:
    full = synced(A)
    ours = {"grub/grub.cfg"}
    theirs = full.model_copy(
        update={"files": tuple(f for f in full.files if f.path not in ours), "loader_conf": None}
    )
    assert texts(lane_of(asked([theirs], [A]))).keys() == ours


def test_both_loaders_are_kept_where_both_are() -> None:
    """An entry of the firmware may still point to either of them."""
    esps = [synced(A), with_files(blank(2), "EFI/proxmox/grubx64.efi")]
    plan = plan_sync(asked(esps, [A], loaders=(*SYSTEMD, *GRUB)))
    (first, second) = (carried_out(e, lane.steps) for e, lane in zip(esps, plan.lanes, strict=True))
    loader = {file.path: file.sha256 for file in first.files}
    assert loader["EFI/BOOT/BOOTX64.EFI"] == GRUB[0]
    assert loader["EFI/systemd/systemd-bootx64.efi"] == SYSTEMD[0]
    assert f"loader/entries/proxmox-{A}.conf" in loader
    assert not any(file.path.startswith("loader/") for file in second.files)


def test_loaders_that_somebody_signed_himself_are_not_replaced() -> None:
    esp = with_files(blank(), "EFI/systemd/systemd-bootx64.efi", "EFI/BOOT/BOOTX64.EFI")
    every = (*SYSTEMD, *GRUB)
    lane = lane_of(asked([esp], [A], loaders=every, secure_boot=True))
    assert lane.notes == ("has loaders that are not shim's, left as they are under Secure Boot",)
    assert not any(step.stage == "loaders" for step in lane.steps)
    after = carried_out(esp, lane.steps)
    assert lane_of(asked([after], [A], loaders=every, secure_boot=True)).steps == ()


def test_secure_boot_needs_shim_on_every_esp() -> None:
    lane = lane_of(asked([blank()], [A], loaders=(*SYSTEMD, *GRUB), secure_boot=True))
    paths = {file.path for file in carried_out(blank(), lane.steps).files}
    assert paths >= {"EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/grubx64.efi", "EFI/proxmox/shimx64.efi"}


def test_a_selected_kernel_that_the_host_lacks_stays_where_it_is() -> None:
    lane = lane_of(asked([synced(A, B)], [B], selected=[A]))
    assert lane.steps == ()
    assert lane.kernels == (B, A)


def test_an_unclean_file_system_is_mended_before_anything_else() -> None:
    lane = lane_of(asked([blank(unclean=True)], [A]))
    assert summaries(lane) == ["mend: Mend the file system, which was not unmounted properly"]
    assert lane.is_to_be_mended


def room_for(esp: EspFact, free_bytes: int) -> EspFact:
    """The ESP with a file of somebody else's that leaves so much free."""
    return with_files(esp, "filler", size_bytes=esp.free_bytes - free_bytes)


@dataclass(frozen=True, slots=True)
class Tight:
    """An ESP with little room: which stages its steps are of, and what is on it in the end."""

    esp: Callable[[], EspFact]
    wanted: tuple[str, ...]
    stages: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    edition: tuple[str, ...] = ()


TIGHT = {
    "room for one more": Tight(
        lambda: room_for(synced(A), ONE_KERNEL + MIB),
        (A, B),
        ("kernels", "menus"),
        spare=(A,),
    ),
    "the old one has to go first, out of both menus": Tight(
        lambda: room_for(synced(A, B), MIB),
        (B, C),
        ("make-room", "make-room", "make-room", "kernels", "menus"),
    ),
    "only the older of two may be missed for a moment": Tight(
        lambda: room_for(synced(A, B), MIB),
        (A, B),
        ("make-room", "make-room", "make-room", "kernels", "kernels", "menus"),
        spare=(A,),
        edition=(B,),
    ),
    "no room for all that is wanted": Tight(
        lambda: room_for(synced(A, B), MIB),
        (A, B, C),
        ("make-room", "make-room", "make-room", "kernels", "menus"),
        spare=(A, B),
        left_out=(A,),
    ),
    "brim-full": Tight(
        lambda: room_for(synced(A, B), 0),
        (B,),
        ("make-room", "make-room", "make-room"),
    ),
    "brim-full of what is of no use": Tight(
        lambda: room_for(with_files(blank(), f"vmlinuz-{A}", size_bytes=2 * ONE_KERNEL), 0),
        (B,),
        ("make-room", "kernels", "loaders", "menus"),
    ),
}


@pytest.mark.parametrize("row", TIGHT.values(), ids=TIGHT)
def test_where_room_is_short_old_kernels_go_first(row: Tight) -> None:
    esp = row.esp()
    given = asked([esp], row.wanted, spare=row.spare, edition=dict.fromkeys(row.edition, 1))
    lane = lane_of(given)
    assert tuple(step.stage for step in lane.steps) == row.stages
    after = carried_out(esp, lane.steps)
    assert bootable(after) == set(row.wanted) - set(row.left_out) == set(lane.kernels)
    assert lane.left_out == row.left_out
    again = asked([after], row.wanted, spare=row.spare, edition=dict.fromkeys(row.edition, 1))
    assert lane_of(again).steps == ()


def test_an_esp_without_room_is_left_alone_and_the_bytes_are_told() -> None:
    plan = plan_sync(asked([room_for(synced(A), 10 * MIB), blank(2)], [A], edition={A: 1}))
    (problem,) = plan.problems
    assert (problem.code, problem.where) == (
        "esp-full",
        "/dev/sda2 (Model 1, serial S1, /dev/sda)",
    )
    assert problem.message == (
        "40 MiB (41943040 bytes) are missing for the kernels and loaders of this host; "
        "10 MiB of 1 GiB are free, and nothing more may go"
    )
    assert "the largest other file is filler of 951 MiB" in problem.hint
    assert [lane.path for lane in plan.lanes] == ["/dev/sdb2"]


@pytest.mark.parametrize(
    ("cmdline", "warned"), [("root=ZFS=tank/ROOT/x boot=zfs", True), ("root=UUID=1 ro", False)]
)
def test_a_host_without_a_list_is_refused(cmdline: str, warned: bool) -> None:
    given = asked([blank()], [A])
    facts = given.facts.model_copy(update={"listed": None})
    with pytest.raises(RefusedError) as error:
        plan_sync(SyncInput(facts, given.selection, (), cmdline))
    assert error.value.exit_code is ExitCode.REFUSED
    (problem,) = error.value.problems
    assert problem.code == "not-managed"
    assert ("after `zpool upgrade tank` it might not start any more" in problem.message) is warned


def test_a_host_without_kernels_is_refused() -> None:
    with pytest.raises(RefusedError, match="has no kernel with an initramfs"):
        plan_sync(asked([synced(A)], []))


def test_an_esp_that_is_about_to_be_listed_is_synced_too() -> None:
    given = asked([synced(A), blank(2)], [A], listed=["0001-AAAA"], adding="0002-AAAA")
    assert [lane.is_in_sync for lane in plan_sync(given).lanes] == [True, False]


def test_a_host_without_loaders_says_so_and_syncs_the_rest() -> None:
    plan = plan_sync(asked([blank()], [A], loaders=()))
    assert [problem.code for problem in plan.problems] == ["loader-missing"]
    assert [lane.kernels for lane in plan.lanes] == [(A,)]
