"""Selecting and pinning kernels: which files change, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bedplate.errors import BedplateError, Problem, RefusedError, UsageError
from bedplate.model.host_change import HostChange, HostFile
from bedplate.model.kernels import (
    CmdlineFiles,
    DamagedLine,
    GrubEntry,
    HostKernels,
    KernelLists,
    TextFile,
)
from bedplate.plan.kernel_change import RootGrub, plan_add, plan_pin, plan_remove, plan_unpin
from tests.unit.plan.hosts import in_boot, proxmox_host

LIST = "/etc/kernel/proxmox-boot-manual-kernels"
PIN = "/etc/kernel/proxmox-boot-pin"
NEXT = "/etc/kernel/next-boot-pin"
SNIPPET = "/etc/default/grub.d/proxmox-kernel-pin.cfg"
OLD, NEW = "6.8.4-2-pve", "6.8.12-4-pve"
NO_GRUB = RootGrub()


def host(lists: KernelLists | None = None, *, managed: bool = True) -> HostKernels:
    made = proxmox_host("6.8.4-2 6.8.12-4", lists=lists)
    return made.model_copy(update={"managed": managed})


def menu_id(version: str) -> str:
    return f"gnulinux-advanced-8e95>gnulinux-{version}-advanced-8e95"


def default(version: str) -> str:
    return f'GRUB_DEFAULT="{menu_id(version)}"\n'


def grub(**snippets: str) -> RootGrub:
    return RootGrub(
        menu=tuple(GrubEntry(kernel=version, id=menu_id(version)) for version in (NEW, OLD)),
        files=CmdlineFiles(
            default_grub="GRUB_DEFAULT=0\n",
            snippets=tuple(
                TextFile(path=f"/etc/default/grub.d/{name.replace('_', '-')}.cfg", content=content)
                for name, content in sorted(snippets.items())
            ),
        ),
    )


def write(path: str, content: str | None) -> HostFile:
    return HostFile(path=path, content=content)


def test_a_kernel_is_added_at_the_end_of_the_list() -> None:
    lists = KernelLists(manual=("5.0.15-1-pve",))
    assert plan_add(host(lists), OLD) == HostChange(
        summary=f"The kernel {OLD} is kept until it is removed.",
        files=(write(LIST, f"5.0.15-1-pve\n{OLD}\n"),),
    )


def test_a_kernel_is_added_once() -> None:
    assert plan_add(host(KernelLists(manual=(OLD,))), OLD) == HostChange(
        summary=f"The kernel {OLD} is selected already."
    )


def test_a_kernel_is_removed_even_if_it_is_not_installed() -> None:
    lists = KernelLists(manual=("5.0.15-1-pve", OLD))
    assert plan_remove(host(lists), "5.0.15-1-pve") == HostChange(
        summary="The kernel 5.0.15-1-pve is no longer kept.", files=(write(LIST, f"{OLD}\n"),)
    )


@pytest.mark.parametrize(
    ("lists", "next_boot", "expected"),
    [
        (KernelLists(), False, HostChange(
            summary=f"The kernel {OLD} starts at every boot.", files=(write(PIN, f"{OLD}\n"),))),
        (KernelLists(pin=NEW), True, HostChange(
            summary=f"The kernel {OLD} starts at the next boot.",
            files=(write(NEXT, f"{OLD}\n"),))),
        (KernelLists(pin=OLD), False, HostChange(summary=f"The kernel {OLD} is pinned already.")),
        (KernelLists(damaged=(DamagedLine(path=PIN, number=1, text="?"),)), False, HostChange(
            summary=f"The kernel {OLD} starts at every boot.", files=(write(PIN, f"{OLD}\n"),))),
    ],
)  # fmt: skip
def test_pins_of_a_host_with_synced_esps(
    lists: KernelLists, next_boot: bool, expected: HostChange
) -> None:
    assert plan_pin(host(lists), OLD, NO_GRUB, next_boot=next_boot) == expected


@pytest.mark.parametrize(
    ("lists", "next_boot", "expected"),
    [
        (KernelLists(), False, HostChange(summary="No kernel is pinned.")),
        (KernelLists(pin=OLD), True, HostChange(summary="No kernel is pinned for the next boot.")),
        (KernelLists(pin=OLD), False, HostChange(
            summary="No kernel is pinned any more.", files=(write(PIN, None),))),
        (KernelLists(pin=OLD, next_boot_pin=NEW), True, HostChange(
            summary="No kernel is pinned for the next boot any more.",
            files=(write(NEXT, None),))),
        (KernelLists(damaged=(DamagedLine(path=PIN, number=1, text="?"),)), False, HostChange(
            summary="No kernel is pinned any more.", files=(write(PIN, None),))),
    ],
)  # fmt: skip
def test_pins_end_on_a_host_with_synced_esps(
    lists: KernelLists, next_boot: bool, expected: HostChange
) -> None:
    assert plan_unpin(host(lists), NO_GRUB, next_boot=next_boot) == expected


@pytest.mark.parametrize(
    ("lists", "there", "next_boot", "files"),
    [
        pytest.param(
            KernelLists(), grub(), False,
            (write(PIN, f"{OLD}\n"), write(SNIPPET, default(OLD))), id="pin"),
        pytest.param(
            KernelLists(pin=NEW), grub(proxmox_kernel_pin=default(NEW)), True,
            (write(NEXT, f"{OLD}\n"), write(SNIPPET, default(OLD))), id="for the next boot"),
        pytest.param(
            KernelLists(next_boot_pin=NEW), grub(proxmox_kernel_pin=default(NEW)), False,
            (write(PIN, f"{OLD}\n"),), id="the next boot comes first"),
        pytest.param(
            KernelLists(pin=OLD), grub(), False,
            (write(SNIPPET, default(OLD)),), id="only the snippet was gone"),
        pytest.param(
            KernelLists(pin=OLD), grub(proxmox_kernel_pin=default(OLD)), False, (), id="as it is"),
    ],
)  # fmt: skip
def test_pins_of_a_host_that_grub_reads(
    lists: KernelLists, there: RootGrub, next_boot: bool, files: tuple[HostFile, ...]
) -> None:
    change = plan_pin(host(lists, managed=False), OLD, there, next_boot=next_boot)
    assert (change.files, change.update_grub) == (files, bool(files))


@pytest.mark.parametrize(
    ("lists", "there", "next_boot", "files"),
    [
        pytest.param(
            KernelLists(pin=OLD), grub(proxmox_kernel_pin=default(OLD)), False,
            (write(PIN, None), write(SNIPPET, None)), id="the only pin"),
        pytest.param(
            KernelLists(pin=OLD, next_boot_pin=NEW), grub(proxmox_kernel_pin=default(NEW)), True,
            (write(NEXT, None), write(SNIPPET, default(OLD))), id="back to the pin"),
        pytest.param(
            KernelLists(pin="6.5.13-1-pve", next_boot_pin=NEW),
            grub(proxmox_kernel_pin=default(NEW)), True,
            (write(NEXT, None), write(SNIPPET, None)), id="back to a pin that is gone"),
        pytest.param(KernelLists(), grub(), False, (), id="none"),
    ],
)  # fmt: skip
def test_pins_end_on_a_host_that_grub_reads(
    lists: KernelLists, there: RootGrub, next_boot: bool, files: tuple[HostFile, ...]
) -> None:
    change = plan_unpin(host(lists, managed=False), there, next_boot=next_boot)
    assert (change.files, change.update_grub) == (files, bool(files))


def refusal(act: Callable[[], HostChange], kind: type[BedplateError]) -> tuple[Problem, ...]:
    with pytest.raises(kind) as error:
        act()
    return error.value.problems


UNKNOWN = Problem(
    "kernel-unknown",
    "/boot/vmlinuz-6.9.9-9-pve",
    f"is not there, so 6.9.9-9-pve cannot be booted; the kernels in /boot are: {NEW}, {OLD}",
    "install its package first",
)
DAMAGE = Problem(
    "list-damaged",
    LIST,
    "line 3 is 'mine', which is not the version of a kernel",
    "correct the line, or delete it",
)
DAMAGED = KernelLists(manual=(OLD,), damaged=(DamagedLine(path=LIST, number=3, text="mine"),))


def test_what_is_not_in_boot_is_refused_with_what_is() -> None:
    assert refusal(lambda: plan_pin(host(), "6.9.9-9-pve", NO_GRUB), RefusedError) == (UNKNOWN,)
    assert refusal(lambda: plan_add(host(DAMAGED), "6.9.9-9-pve"), RefusedError) == (
        *(DAMAGE, UNKNOWN),
    )


def test_what_has_no_initramfs_is_refused() -> None:
    bare = host().model_copy(update={"in_boot": in_boot(f"{OLD}-", NEW)})
    assert [problem.code for problem in refusal(lambda: plan_add(bare, OLD), RefusedError)] == [
        "initramfs-missing"
    ]


def test_a_damaged_list_is_not_written() -> None:
    assert refusal(lambda: plan_add(host(DAMAGED), NEW), RefusedError) == (DAMAGE,)
    assert refusal(lambda: plan_remove(host(DAMAGED), OLD), RefusedError) == (DAMAGE,)


def test_what_was_not_added_cannot_be_removed() -> None:
    lists = KernelLists(manual=(OLD, "5.0.15-1-pve"))
    assert refusal(lambda: plan_remove(host(lists), NEW), RefusedError) == (
        Problem(
            "kernel-not-listed",
            LIST,
            f"does not list {NEW}; it lists {OLD}, 5.0.15-1-pve",
            "only a kernel that was added can be removed",
        ),
    )


@pytest.mark.parametrize("word", ["", "../x", "6.8 6.9", "-6", "vmlinuz-6.8", "6.8\n"])
def test_what_is_no_version_is_a_wrong_argument(word: str) -> None:
    acts: tuple[Callable[[], HostChange], ...] = (
        lambda: plan_add(host(), word),
        lambda: plan_remove(host(), word),
        lambda: plan_pin(host(), word, NO_GRUB),
    )
    for act in acts:
        assert refusal(act, UsageError) == (
            Problem(
                "kernel-version-invalid",
                "VERSION",
                f"{word!r} is not the version of a kernel",
                "as in 6.8.12-4-pve; `bedplate kernel list` shows those of this host",
            ),
        )


@pytest.mark.parametrize(
    ("there", "problems"),
    [
        (
            RootGrub(),
            (
                Problem(
                    "not-managed",
                    "/etc/default/grub",
                    "is not there, and neither is /etc/kernel/proxmox-boot-uuids: nothing tells "
                    "how this host boots",
                    "set up ESPs with `bedplate esp init`, or install GRUB",
                ),
            ),
        ),
        (
            grub(zz="\nGRUB_DEFAULT=saved\n").model_copy(update={"menu": ()}),
            (
                Problem(
                    "not-in-menu",
                    "/boot/grub/grub.cfg",
                    f"has no entry for {OLD}, so GRUB's default cannot be set to it",
                    "run `update-grub`, then pin it again",
                ),
                Problem(
                    "overridden",
                    "/etc/default/grub.d/zz.cfg",
                    "sets GRUB_DEFAULT in line 2, which counts more than a pin",
                    "delete the line",
                ),
            ),
        ),
    ],
)
def test_a_default_that_grub_would_not_have(there: RootGrub, problems: tuple[Problem, ...]) -> None:
    act = host(managed=False)
    assert refusal(lambda: plan_pin(act, OLD, there), RefusedError) == problems


def test_a_snippet_before_the_pin_does_not_matter() -> None:
    change = plan_pin(host(managed=False), OLD, grub(aa="GRUB_DEFAULT=saved\n"))
    assert change.files == (write(PIN, f"{OLD}\n"), write(SNIPPET, default(OLD)))
