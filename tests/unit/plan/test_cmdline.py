"""The kernel command line: which one counts, and which one may be set."""

from __future__ import annotations

import pytest

from bedplate.errors import Problem, RefusedError
from bedplate.model.host_change import HostChange, HostFile
from bedplate.model.kernels import CmdlineFiles, RootTarget
from bedplate.plan.cmdline import (
    Cmdline,
    grub_cmdline,
    nothing_boots_it,
    plan_cmdline,
    root_of,
    synced_cmdline,
)

FILE = "/etc/kernel/cmdline"
ZFS = "root=ZFS=rpool/ROOT/pve-1 boot=zfs"
THERE = RootTarget(value="/dev/x", place="/dev/x", exists=True)
NO_ROOT = Problem(
    "cmdline-root",
    FILE,
    "has no root=, so the host would not start",
    "add it, as in root=ZFS=rpool/ROOT/pve-1 or root=UUID=…",
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            CmdlineFiles(kernel_cmdline=f"{ZFS} quiet\n", running="root=/dev/other"),
            Cmdline(f"{ZFS} quiet", FILE),
            id="the file",
        ),
        pytest.param(
            CmdlineFiles(running=rf"initrd=\EFI\x\initrd.img {ZFS} BOOT_IMAGE=/vmlinuz quiet"),
            Cmdline(f"{ZFS} quiet", "/proc/cmdline"),
            id="no file: what runs, without what the loader said",
        ),
        pytest.param(
            CmdlineFiles(kernel_cmdline=f"  {ZFS}\t\n\nquiet\n"),
            Cmdline(
                ZFS,
                FILE,
                (
                    Problem(
                        "cmdline-lines",
                        FILE,
                        "only its first line counts",
                        "write everything into the first line",
                    ),
                ),
            ),
            id="more lines",
        ),
        pytest.param(
            CmdlineFiles(kernel_cmdline="\n", running=ZFS),
            Cmdline("", FILE, (NO_ROOT,)),
            id="empty",
        ),
        pytest.param(
            CmdlineFiles(kernel_cmdline="quiet a=$b\n"),
            Cmdline(
                "quiet a=$b",
                FILE,
                (
                    Problem(
                        "cmdline-characters",
                        FILE,
                        "has 'a=$b', with characters that boot loaders take for their own",
                        "leave them out",
                    ),
                    NO_ROOT,
                ),
            ),
            id="not fit",
        ),
    ],
)  # fmt: skip
def test_what_synced_esps_get(files: CmdlineFiles, expected: Cmdline) -> None:
    assert synced_cmdline(files) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="console=ttyS0"\n',
         "console=ttyS0 quiet"),
        ('GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n', "quiet"),
        ('GRUB_CMDLINE_LINUX_DEFAULT="$A"\n', 'GRUB_CMDLINE_LINUX_DEFAULT="$A"'),
        ("", ""),
    ],
)  # fmt: skip
def test_what_update_grub_adds(text: str, expected: str) -> None:
    assert grub_cmdline(CmdlineFiles(default_grub=text)) == Cmdline(expected, "/etc/default/grub")


def test_a_host_that_nothing_boots() -> None:
    assert grub_cmdline(CmdlineFiles()) == Cmdline("", "/etc/default/grub", (nothing_boots_it(),))


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("quiet", None),
        (f"quiet {ZFS}", "ZFS=rpool/ROOT/pve-1"),
        ("root=a root=b", "b"),
        ("root=", ""),
    ],
)
def test_the_root_of_a_line(text: str, root: str | None) -> None:
    assert root_of(text) == root


def test_the_line_of_a_host_with_synced_esps() -> None:
    files = CmdlineFiles(kernel_cmdline="root=/dev/x\n", default_grub="A=b\n")
    assert plan_cmdline(files, " root=/dev/x  quiet ", THERE, managed=True) == HostChange(
        summary="From the next boot on kernels get: root=/dev/x quiet",
        files=(HostFile(path=FILE, content="root=/dev/x quiet\n"),),
    )
    assert plan_cmdline(files, "root=/dev/x", THERE, managed=True) == HostChange(
        summary="The command line is like that already."
    )


def test_the_line_of_a_host_that_grub_reads() -> None:
    files = CmdlineFiles(default_grub='A=b\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\n')
    assert plan_cmdline(files, "iommu=pt quiet", None, managed=False) == HostChange(
        summary="From the next boot on kernels get: iommu=pt quiet",
        files=(
            HostFile(
                path="/etc/default/grub",
                content='A=b\nGRUB_CMDLINE_LINUX_DEFAULT="iommu=pt quiet"\n',
            ),
        ),
        update_grub=True,
    )
    assert plan_cmdline(files, "quiet", None, managed=False) == HostChange(
        summary="The command line is like that already."
    )


def refusal(text: str, target: RootTarget | None, *, managed: bool) -> list[tuple[str, str, str]]:
    with pytest.raises(RefusedError) as error:
        plan_cmdline(CmdlineFiles(), text, target, managed=managed)
    return [(problem.code, problem.where, problem.message) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("text", "target", "managed", "expected"),
    [
        (
            "quiet\na=$(b) c='d'",
            None,
            True,
            [
                ("cmdline-lines", "cmdline", "is more than one line"),
                (
                    "cmdline-characters",
                    "cmdline",
                    "has 'a=$(b)', \"c='d'\", with characters that boot loaders take for their own",
                ),
                ("cmdline-root", "cmdline", "has no root=, so the host would not start"),
            ],
        ),
        ("", None, True, [("cmdline-root", "cmdline", NO_ROOT.message)]),
        (
            "root=/dev/x root=/dev/y",
            THERE,
            False,
            [("cmdline-root", "cmdline", "names more than one root: root=/dev/x, root=/dev/y")],
        ),
        (
            "root=UUID=1",
            RootTarget(value="UUID=1", place="/dev/disk/by-uuid/1", exists=False),
            True,
            [
                (
                    "root-not-found",
                    "root=UUID=1",
                    "does not exist: this host has no /dev/disk/by-uuid/1",
                )
            ],
        ),
        (
            "root=8:1",
            RootTarget(value="8:1", place=None, exists=False),
            False,
            [
                (
                    "root-unknown",
                    "root=8:1",
                    "is of no kind that can be looked up: ZFS=, UUID=, PARTUUID=, LABEL=, "
                    "PARTLABEL=, /dev/…",
                )
            ],
        ),
        (
            "quiet",
            None,
            False,
            [
                (
                    "not-managed",
                    "/etc/default/grub",
                    "is not there, and neither is /etc/kernel/proxmox-boot-uuids: nothing tells "
                    "how this host boots",
                )
            ],
        ),
    ],
)
def test_a_line_that_is_refused(
    text: str, target: RootTarget | None, managed: bool, expected: list[tuple[str, str, str]]
) -> None:
    assert refusal(text, target, managed=managed) == expected
