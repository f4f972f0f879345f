"""Which kernels are booted: the original's rule, with its own results, and what is added to it."""

from __future__ import annotations

import pytest

from bedplate.errors import Problem
from bedplate.model.kernels import (
    BootKernel,
    DamagedLine,
    FileFact,
    HostKernels,
    KernelLists,
    KernelPackage,
)
from bedplate.model.secure_boot import SignedModule
from bedplate.plan.kernels import Reason, Selected, first_to_go, select_kernels
from tests.unit.plan.hosts import INITRAMFS, debian_host, in_boot, package, proxmox_host


def pve(versions: str) -> tuple[str, ...]:
    return tuple(f"{version}-pve" for version in versions.split())


@pytest.mark.parametrize(
    ("kernels", "series", "running", "expected"),
    [
        pytest.param(
            "6.8.4-2 6.8.8-2 6.8.12-4", "6.8", "6.8.4-2", "6.8.12-4 6.8.8-2 6.8.4-2",
            id="two newest and the running one",
        ),
        pytest.param(
            "6.8.4-2 6.8.12-4 6.11.0-1 6.11.11-1", "6.8 6.11", "6.8.12-4",
            "6.11.11-1 6.11.0-1 6.8.12-4",
            id="two newest and the newest of the series before",
        ),
        pytest.param(
            "5.15.102-1 6.2.16-20 6.8.4-2 6.8.12-4", "5.15 6.2 6.8", "6.8.12-4",
            "6.8.12-4 6.8.4-2 6.2.16-20",
            id="of three series the oldest goes",
        ),
        pytest.param("6.8.4-2 6.8.12-4 6.11.0-1", "", None, "6.11.0-1 6.8.12-4", id="no series"),
        pytest.param(
            "6.2.16-20 6.8.4-2 6.8.12-4", "6.8", None, "6.8.12-4 6.8.4-2",
            id="a series without its package does not count",
        ),
        pytest.param("6.8.4-2", "6.8 6.11", "6.8.4-2", "6.8.4-2", id="one kernel"),
        pytest.param("", "", None, "", id="none"),
    ],
)  # fmt: skip
def test_the_rule_of_the_original(
    kernels: str, series: str, running: str | None, expected: str
) -> None:
    selection = select_kernels(proxmox_host(kernels, series, running))
    assert selection.automatic == selection.boot == pve(expected)
    assert (selection.manual, selection.default) == ((), next(iter(pve(expected)), None))


def test_lists_add_kernels_that_are_not_installed() -> None:
    lists = KernelLists(manual=("5.0.15-1-pve",), pin="6.5.13-1-pve", next_boot_pin="6.8.1-1-pve")
    host = proxmox_host("5.15.102-1 6.2.16-20 6.8.4-2 6.8.12-4", "5.15 6.2 6.8", "6.8.12-4", lists)
    selection = select_kernels(host)
    assert selection.selected == (
        Selected("6.8.12-4-pve", (Reason.RUNNING, Reason.NEWEST)),
        Selected("6.8.4-2-pve", (Reason.NEWEST,)),
        Selected("6.8.1-1-pve", (Reason.NEXT_BOOT_PIN,)),
        Selected("6.5.13-1-pve", (Reason.PIN,)),
        Selected("6.2.16-20-pve", (Reason.SERIES,)),
        Selected("5.0.15-1-pve", (Reason.MANUAL,)),
    )
    assert selection.manual == ("5.0.15-1-pve",)
    assert selection.boot == pve("6.8.12-4 6.8.4-2 6.2.16-20")
    assert (selection.pin, selection.next_boot_pin) == ("6.5.13-1-pve", "6.8.1-1-pve")
    assert selection.default == "6.8.12-4-pve"
    assert selection.problems == (
        Problem(
            "kernel-missing",
            "/etc/kernel/proxmox-boot-manual-kernels",
            "names the kernel 5.0.15-1-pve, but there is no /boot/vmlinuz-5.0.15-1-pve",
            "install it, or run `bedplate kernel remove 5.0.15-1-pve`",
        ),
        Problem(
            "kernel-missing",
            "/etc/kernel/proxmox-boot-pin",
            "names the kernel 6.5.13-1-pve, but there is no /boot/vmlinuz-6.5.13-1-pve",
            "install it, or run `bedplate kernel unpin`",
        ),
        Problem(
            "kernel-missing",
            "/etc/kernel/next-boot-pin",
            "names the kernel 6.8.1-1-pve, but there is no /boot/vmlinuz-6.8.1-1-pve",
            "install it, or run `bedplate kernel unpin --next-boot`",
        ),
    )


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ("ii", True), ("hi", True), ("iU", True), ("iF", True), ("iH", True), ("it", True),
        ("rc", False), ("hc", False), ("un", False), ("in", False), ("ri", False), ("pi", False),
    ],
)  # fmt: skip
def test_packages_count_by_their_state(state: str, counts: bool) -> None:
    newest = package("proxmox-kernel-6.11.0-1-pve-signed", state)
    host = proxmox_host("6.8.4-2 6.8.8-2 6.8.12-4", others=(newest,))
    expected = "6.11.0-1 6.8.12-4" if counts else "6.8.12-4 6.8.8-2"
    assert select_kernels(host).automatic == pve(expected)


@pytest.mark.parametrize(
    "name",
    [
        "proxmox-kernel-6.11.0-1-pve-dbg",
        "proxmox-kernel-6.11.0-1-pve-signed-dbgsym",
        "linux-image-6.11.0-1-amd64-dbg",
        "linux-image-amd64-dbg",
        "linux-image-amd64",
        "proxmox-default-kernel",
        "proxmox-kernel-helper",
        "proxmox-kernel-libc-dev",
        "linux-headers-6.11.0-1-amd64",
    ],
)
def test_other_packages_are_no_kernels(name: str) -> None:
    host = proxmox_host("6.8.4-2 6.8.12-4", others=(package(name),))
    assert select_kernels(host).automatic == pve("6.8.12-4 6.8.4-2")


def test_names_of_proxmox_packages_old_and_new() -> None:
    names = ("pve-kernel-5.15.102-1-pve", "proxmox-kernel-6.8.4-2-pve", "pve-kernel-5.15")
    host = HostKernels(managed=True, packages=tuple(map(package, names)))
    assert select_kernels(host).automatic == pve("6.8.4-2 5.15.102-1")


def test_a_running_kernel_that_is_not_in_boot_is_left_out() -> None:
    host = proxmox_host("6.8.4-2 6.8.12-4").model_copy(update={"running": "6.1.0-37-amd64"})
    assert select_kernels(host).automatic == pve("6.8.12-4 6.8.4-2")


def test_the_kernel_that_is_being_installed_is_kept() -> None:
    host = proxmox_host("6.5.13-1 6.8.4-2 6.8.12-4")
    selection = select_kernels(host, installing="6.5.13-1-pve")
    assert selection.boot == pve("6.8.12-4 6.8.4-2 6.5.13-1")
    assert selection.reasons("6.5.13-1-pve") == (Reason.INSTALLING,)
    assert selection.reasons("6.2.16-20-pve") == ()


@pytest.mark.parametrize(
    ("pin", "next_boot_pin", "default"),
    [
        (None, None, "6.8.12-4-pve"),
        ("6.8.4-2-pve", None, "6.8.4-2-pve"),
        ("6.8.4-2-pve", "6.8.8-2-pve", "6.8.8-2-pve"),
        (None, "6.8.8-2-pve", "6.8.8-2-pve"),
        ("6.8.4-2-pve", "6.9.9-9-pve", "6.8.4-2-pve"),
        ("6.9.9-9-pve", None, "6.8.12-4-pve"),
    ],
)
def test_what_starts(pin: str | None, next_boot_pin: str | None, default: str) -> None:
    lists = KernelLists(pin=pin, next_boot_pin=next_boot_pin)
    host = proxmox_host("6.8.4-2 6.8.8-2 6.8.12-4", lists=lists)
    assert select_kernels(host).default == default


@pytest.mark.parametrize(
    ("kernels", "expected"),
    [
        pytest.param(
            "6.1.0-35-amd64 6.1.0-37-amd64 6.1.0-9-amd64", "6.1.0-37-amd64 6.1.0-35-amd64",
            id="order is Debian's, not the alphabet's",
        ),
        pytest.param(
            "6.1.0-37-amd64 6.12.38+deb13-amd64 6.12.48+deb13-amd64 6.1.0-35-amd64",
            "6.12.48+deb13-amd64 6.12.38+deb13-amd64 6.1.0-37-amd64",
            id="the series is read off the version",
        ),
        pytest.param(
            "6.12.38+deb13-amd64 6.12.41+deb13-amd64 6.12.48+deb13-amd64 "
            "6.12.38+deb13-cloud-amd64 6.12.41+deb13-cloud-amd64 6.12.48+deb13-cloud-amd64 "
            "6.12.38+deb13-rt-amd64-unsigned",
            "6.12.48+deb13-cloud-amd64 6.12.48+deb13-amd64 6.12.41+deb13-cloud-amd64 "
            "6.12.41+deb13-amd64 6.12.38+deb13-rt-amd64",
            id="each flavour by itself",
        ),
        pytest.param(
            "6.12~rc7-amd64 6.12.3-amd64 6.11.9-amd64 6.11.10-amd64",
            "6.12.3-amd64 6.12~rc7-amd64 6.11.10-amd64",
            id="a release candidate is older than its release",
        ),
    ],
)  # fmt: skip
def test_debians_own_kernels(kernels: str, expected: str) -> None:
    host = debian_host(kernels).model_copy(
        update={"in_boot": in_boot(*(name.removesuffix("-unsigned") for name in kernels.split()))}
    )
    selection = select_kernels(host)
    assert selection.automatic == selection.boot == tuple(expected.split())


def with_kernels(host: HostKernels, *versions: str) -> HostKernels:
    return host.model_copy(update={"in_boot": (*host.in_boot, *in_boot(*versions))})


def test_proxmox_kernels_start_before_newer_ones_of_debian() -> None:
    debian = (package("linux-image-6.12.48+deb13-amd64"), package("linux-image-amd64"))
    host = proxmox_host("6.8.4-2 6.8.12-4", others=debian)
    selection = select_kernels(with_kernels(host, "6.12.48+deb13-amd64"))
    assert selection.boot == ("6.12.48+deb13-amd64", "6.8.12-4-pve", "6.8.4-2-pve")
    assert selection.default == "6.8.12-4-pve"


def test_a_grub_that_reads_the_root_starts_the_newest_of_all() -> None:
    host = with_kernels(debian_host("6.1.0-37-amd64"), "6.16.1")
    host = host.model_copy(update={"managed": False})
    assert select_kernels(host).default == "6.16.1"
    pinned = host.model_copy(update={"lists": KernelLists(pin="6.1.0-37-amd64")})
    assert select_kernels(pinned).default == "6.1.0-37-amd64"
    assert select_kernels(HostKernels(managed=False)).default is None


def test_self_built_kernels_are_offered_but_do_not_start_by_themselves() -> None:
    host = with_kernels(
        debian_host("6.1.0-37-amd64"), "6.16.1-Test_a", "6.16.0", "6.16.2", "6.16.3-", "6.15.8"
    )
    selection = select_kernels(host)
    expected = ("6.16.2", "6.16.1-Test_a", "6.15.8", "6.1.0-37-amd64")
    assert selection.automatic == selection.boot == expected
    assert selection.default == "6.1.0-37-amd64"


def test_a_self_built_package_is_found_in_boot_under_its_capitals() -> None:
    host = HostKernels(
        managed=True,
        packages=(package("linux-image-6.16.1-test"),),
        in_boot=in_boot("6.16.1-Test"),
    )
    selection = select_kernels(host)
    assert (selection.automatic, selection.default) == (("6.16.1-Test",), "6.16.1-Test")


def test_an_installed_kernel_that_is_to_be_removed_is_not_self_built() -> None:
    leaving = package("linux-image-6.1.0-38-amd64", "ri")
    host = with_kernels(debian_host("6.1.0-37-amd64"), "6.1.0-38-amd64")
    host = host.model_copy(update={"packages": (*host.packages, leaving)})
    assert select_kernels(host).automatic == ("6.1.0-37-amd64",)


def bare(*kernels: BootKernel, packages: tuple[KernelPackage, ...]) -> HostKernels:
    return HostKernels(managed=True, packages=packages, in_boot=kernels)


def test_the_only_bootable_kernel_is_kept() -> None:
    names = [f"linux-image-6.1.0-{number}-amd64" for number in (35, 36, 37, 38)]
    host = bare(
        *in_boot("6.1.0-35-amd64", "6.1.0-36-amd64", "6.1.0-37-amd64-"),
        BootKernel(version="6.1.0-38-amd64", image=FileFact(size_bytes=0), initramfs=INITRAMFS),
        packages=tuple(map(package, names)),
    )
    selection = select_kernels(host)
    assert (selection.boot, selection.default) == (("6.1.0-36-amd64",), "6.1.0-36-amd64")
    assert selection.reasons("6.1.0-36-amd64") == (Reason.ONLY_BOOTABLE,)
    assert selection.problems == (
        Problem(
            "initramfs-missing",
            "/boot/initrd.img-6.1.0-37-amd64",
            "is not there, or empty; without it the kernel cannot find its root",
            "make it with `update-initramfs -c -k 6.1.0-37-amd64`",
        ),
        Problem(
            "kernel-empty", "/boot/vmlinuz-6.1.0-38-amd64", "is empty", "install its package again"
        ),
    )


def test_a_kernel_that_secure_boot_keeps_from_its_root_waits_for_the_key() -> None:
    names = ("6.1.0-37-amd64", "6.1.0-38-amd64")
    old, new = in_boot(*names)
    refused = SignedModule(kernel=names[1], name="zfs", serial="1f")
    new = new.model_copy(update={"refuses": (refused,)})
    host = bare(old, new, packages=tuple(package(f"linux-image-{name}") for name in names))
    selection = select_kernels(host)
    assert (selection.boot, selection.default) == (names[:1], names[0])
    assert selection.problems == (
        Problem(
            "module-refused",
            "/boot/vmlinuz-6.1.0-38-amd64",
            "would not load the module zfs, whose signer is not enrolled; Secure Boot is on, so "
            "what is on the ESPs of this kernel stays as it is",
            "`bedplate secure-boot enrol`, and confirm it at the next start",
        ),
    )


def test_a_kernel_that_lacks_what_its_root_is_on_does_not_start_by_itself() -> None:
    names = ("6.1.0-37-amd64", "6.1.0-38-amd64")
    old, new = in_boot(*names)
    new = new.model_copy(update={"lacks": ("zfs",)})
    host = bare(old, new, packages=tuple(package(f"linux-image-{name}") for name in names))
    selection = select_kernels(host)
    assert (selection.boot, selection.default) == (names[:1], names[0])
    assert selection.problems == (
        Problem(
            "module-missing",
            "/boot/vmlinuz-6.1.0-38-amd64",
            "cannot be started: it has no module zfs, which the root needs",
            "install its headers, run `dkms autoinstall -k 6.1.0-38-amd64`, remake its initramfs",
        ),
    )


def test_a_host_without_any_kernel_says_so() -> None:
    host = bare(packages=(package("linux-image-6.1.0-37-amd64"),))
    selection = select_kernels(host)
    assert (selection.automatic, selection.boot, selection.default) == (
        *(("6.1.0-37-amd64",), (), None),
    )
    assert selection.problems == (
        Problem(
            "kernel-missing",
            "/boot/vmlinuz-6.1.0-37-amd64",
            "is not there, but the kernel's package is installed",
            "install the package again",
        ),
        Problem(
            "no-bootable-kernel",
            "/boot",
            "holds no kernel with an initramfs, so nothing can be started",
            "install a kernel package, or make the initramfs with `update-initramfs -c -k all`",
        ),
    )


def test_a_damaged_line_is_a_problem_and_changes_nothing_else() -> None:
    damaged = DamagedLine(path="/etc/kernel/proxmox-boot-pin", number=1, text="../vmlinuz")
    host = debian_host("6.1.0-37-amd64", lists=KernelLists(damaged=(damaged,)))
    selection = select_kernels(host)
    assert selection.boot == ("6.1.0-37-amd64",)
    assert selection.problems == (
        Problem(
            "list-damaged",
            "/etc/kernel/proxmox-boot-pin",
            "line 1 is '../vmlinuz', which is not the version of a kernel",
            "correct the line, or run `bedplate kernel unpin`",
        ),
    )


@pytest.mark.parametrize(
    ("lists", "running", "expected"),
    [
        (KernelLists(), None, "6.2.16-20 6.8.4-2"),
        (KernelLists(), "6.2.16-20", "6.8.4-2"),
        (KernelLists(pin="6.2.16-20-pve"), None, "6.8.4-2 6.8.12-4"),
        (KernelLists(pin="6.2.16-20-pve", next_boot_pin="6.8.4-2-pve"), None, "6.8.12-4"),
        (KernelLists(manual=("5.15.1-1-pve",)), None, "6.2.16-20 6.8.4-2 5.15.1-1"),
    ],
)
def test_what_goes_first_where_room_is_short(
    lists: KernelLists, running: str | None, expected: str
) -> None:
    host = proxmox_host("5.15.1-1 6.2.16-20 6.8.4-2 6.8.12-4", "5.15 6.2 6.8", running, lists)
    assert first_to_go(select_kernels(host), host.running) == pve(expected)


def test_the_only_bootable_kernel_never_goes() -> None:
    assert first_to_go(select_kernels(debian_host("6.1.0-37-amd64")), None) == ()
