"""What holds for the selection of kernels on any host, however odd."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bedplate.model.kernels import (
    BootKernel,
    FileFact,
    HostKernels,
    KernelLists,
    KernelPackage,
)
from bedplate.plan.kernel_packages import age_key
from bedplate.plan.kernels import first_to_go, select_kernels

VERSIONS = (
    *("6.2.16-20-pve", "6.8.4-2-pve", "6.8.8-2-pve", "6.8.12-4-pve", "6.11.0-1-pve"),
    *("6.1.0-9-amd64", "6.1.0-37-amd64", "6.12.48+deb13-amd64", "6.12.48+deb13-cloud-amd64"),
    *("6.16.1-Test_a", "6.16.1"),
)
versions = st.sampled_from(VERSIONS)
packages = st.builds(
    KernelPackage,
    name=st.sampled_from(
        [
            *(f"proxmox-kernel-{one}-signed" for one in VERSIONS if one.endswith("-pve")),
            *(f"linux-image-{one.lower()}" for one in VERSIONS if not one.endswith("-pve")),
            *("proxmox-kernel-6.8", "proxmox-kernel-6.11", "linux-image-amd64"),
        ]
    ),
    version=st.just("1"),
    state=st.sampled_from(["ii", "hi", "rc", "ri", "iU", "un"]),
)
files = st.builds(FileFact, size_bytes=st.sampled_from([0, 1]))
kernels = st.builds(
    BootKernel, version=versions, image=files, initramfs=st.one_of(st.none(), files)
)
hosts = st.builds(
    HostKernels,
    managed=st.just(True),
    packages=st.lists(packages, unique_by=lambda one: one.name).map(tuple),
    in_boot=st.lists(kernels, unique_by=lambda one: one.version).map(tuple),
    running=st.one_of(st.none(), versions),
    lists=st.builds(
        KernelLists,
        manual=st.lists(versions).map(tuple),
        pin=st.one_of(st.none(), versions),
        next_boot_pin=st.one_of(st.none(), versions),
    ),
)


@given(hosts, st.one_of(st.none(), versions))
def test_what_can_be_booted_is_booted(host: HostKernels, installing: str | None) -> None:
    selection = select_kernels(host, installing)
    bootable = {kernel.version for kernel in host.in_boot if kernel.is_bootable}
    assert {*selection.boot} <= bootable
    assert bool(selection.boot) == bool(bootable)
    assert (selection.default in selection.boot) == bool(bootable)
    wanted = {*host.lists.manual, host.lists.pin, host.lists.next_boot_pin, installing}
    assert (wanted | {host.running}) & bootable <= {*selection.boot}
    assert wanted - {None} <= {one.version for one in selection.selected}


@given(hosts)
def test_the_newest_comes_first_and_each_once(host: HostKernels) -> None:
    selection = select_kernels(host)
    for listed in (
        [one.version for one in selection.selected],
        selection.boot,
        selection.manual,
        selection.automatic,
    ):
        assert list(listed) == sorted(set(listed), key=age_key, reverse=True)
    assert all(one.reasons for one in selection.selected)


@given(hosts)
def test_the_order_in_which_facts_come_does_not_matter(host: HostKernels) -> None:
    turned = host.model_copy(
        update={"packages": host.packages[::-1], "in_boot": host.in_boot[::-1]}
    )
    assert select_kernels(turned) == select_kernels(host)


@given(hosts)
def test_what_goes_leaves_what_starts(host: HostKernels) -> None:
    selection = select_kernels(host)
    going = first_to_go(selection, host.running)
    left = {*selection.boot} - {*going}
    assert {*going} <= {*selection.boot}
    assert bool(left) == bool(selection.boot)
    kept = {host.running, selection.default, selection.pin, selection.next_boot_pin}
    assert left == kept & {*selection.boot}


@given(hosts)
def test_a_host_that_lacks_nothing_has_no_problem(host: HostKernels) -> None:
    selection = select_kernels(host)
    whole = all(one.version in selection.boot for one in selection.selected)
    assert (not selection.problems) == (whole and bool(selection.boot))
