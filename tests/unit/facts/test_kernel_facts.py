"""What is read of a host's kernels: packages, /boot, lists, GRUB's menu."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import BedplateError, CommandError, FactsError, Problem
from bedplate.facts.kernels import (
    parse_grub_menu,
    parse_kernel_list,
    parse_kernel_packages,
    parse_pin,
    probe_boot_kernels,
    probe_grub_menu,
    probe_host_kernels,
    probe_kernel_packages,
)
from bedplate.model.kernels import (
    BootKernel,
    DamagedLine,
    FileFact,
    GrubEntry,
    HostKernels,
    KernelLists,
    KernelPackage,
)
from tests.captures import captured
from tests.unit.facts.recorded import Answer, Recorded

IMAGE = KernelPackage(name="linux-image-6.12.117+deb13-amd64", version="6.12.117-1", state="ii")
META = KernelPackage(name="linux-image-amd64", version="6.12.117-1", state="ii")


def query(root: Path) -> str:
    form = r"'--showformat=${Package}\t${Version}\t${db:Status-Abbrev}\n'"
    return f"dpkg-query --admindir={root}/var/lib/dpkg --show {form}"


def put(root: Path, **files: str) -> None:
    for name, content in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)


def test_the_kernel_packages_of_debian_13() -> None:
    assert parse_kernel_packages(captured("dpkg-query-1.22.22.txt")) == (IMAGE, META)


@pytest.mark.parametrize(
    ("line", "state"),
    [("6.8.4-2\trc ", "rc"), ("6.8.4-2\thi ", "hi"), ("\tun ", "un"), ("6.8.4-2\tiHR", "iH")],
)
def test_a_package_has_the_state_that_dpkg_says(line: str, state: str) -> None:
    name = "proxmox-kernel-6.8.4-2-pve-signed"
    (package,) = parse_kernel_packages(f"{name}\t{line}\nproxmox-ve\t8\tii \n")
    assert package == KernelPackage(name=name, version=line.split("\t")[0], state=state)


@pytest.mark.parametrize("line", ["linux-image-amd64", "linux-image-amd64\t6.1\tx", "a\tb\tii \td"])
def test_other_output_makes_no_sense(line: str) -> None:
    with pytest.raises(FactsError) as error:
        parse_kernel_packages(f"{line}\n")
    assert error.value.problems == (
        Problem(
            "output-not-understood",
            "dpkg-query",
            f"printed the line {line!r}",
            "the tool may be of a version that bedplate does not know",
        ),
    )


MISSING = Problem("tool-missing", "dpkg-query", "is not installed", "install it")
BROKEN = Problem("command-failed", "dpkg-query", "parsing file '/var/lib/dpkg/status' near line 3")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            CommandError(MISSING),
            FactsError(
                Problem(
                    "tool-missing",
                    "dpkg-query",
                    "is not installed, so the kernel packages are not known",
                    "this works on Debian and what is made of it",
                )
            ),
        ),
        (CommandError(BROKEN), CommandError(BROKEN)),
    ],
)
def test_dpkg_that_does_not_answer(answer: Answer, expected: BedplateError) -> None:
    with pytest.raises(type(expected)) as error:
        probe_kernel_packages(Recorded({query(Path("/")).replace("//", "/"): answer}))
    assert error.value.problems == expected.problems


LIST = "/etc/kernel/x"


@pytest.mark.parametrize(
    ("text", "versions", "damaged"),
    [
        ("", (), ()),
        ("6.8.4-2-pve\n5.0.15-1-pve\n", ("6.8.4-2-pve", "5.0.15-1-pve"), ()),
        ("6.8.4-2-pve", ("6.8.4-2-pve",), ()),
        ("\n  6.8.4-2-pve \r\n\n", ("6.8.4-2-pve",), ()),
        (
            "6.8.4-2-pve\n# mine\n../x\n6.1 6.2\n-6\n\0\n6.12.48+deb13-amd64",
            ("6.8.4-2-pve", "6.12.48+deb13-amd64"),
            ((2, "# mine"), (3, "../x"), (4, "6.1 6.2"), (5, "-6"), (6, "\0")),
        ),
        ("6.16.1-Test_a~rc1\n\x0b6.8\x0c\n", ("6.16.1-Test_a~rc1", "6.8"), ()),
    ],
)
def test_lists(text: str, versions: tuple[str, ...], damaged: tuple[tuple[int, str], ...]) -> None:
    lines = tuple(DamagedLine(path=LIST, number=number, text=word) for number, word in damaged)
    assert parse_kernel_list(LIST, text) == (versions, lines)


@pytest.mark.parametrize(
    ("text", "version", "damaged"),
    [
        ("", None, ()),
        ("\n", None, ()),
        ("6.8.4-2-pve\n", "6.8.4-2-pve", ()),
        ("6.8.4-2-pve\n6.8.8-2-pve\n/\n", "6.8.4-2-pve", ()),
        ("the new one\n6.8.8-2-pve\n", None, ("the new one",)),
    ],
)
def test_a_pin_is_the_first_line(text: str, version: str | None, damaged: tuple[str, ...]) -> None:
    lines = tuple(DamagedLine(path=LIST, number=1, text=word) for word in damaged)
    assert parse_pin(LIST, text) == (version, lines)


UUID = "8e95de24-fb96-4d9c-a4ad-5a0c3bdf0a4f"
FLAT = """\
menuentry 'Debian GNU/Linux, with Linux 6.1.0-37-amd64' --class debian \
$menuentry_id_option 'gnulinux-6.1.0-37-amd64-advanced-/dev/mapper/pve-root' {
}
"""


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        (
            captured("grub-mkconfig-2.12.cfg"),
            {
                version: f"gnulinux-advanced-{UUID}>gnulinux-{version}-advanced-{UUID}"
                for version in ("6.12.117+deb13-amd64", "6.12.100+deb13-amd64")
            },
        ),
        (FLAT, {"6.1.0-37-amd64": "gnulinux-6.1.0-37-amd64-advanced-/dev/mapper/pve-root"}),
        ("\nmenuentry 'Debian, with Linux 6.1.0-37-amd64' --class debian {\n}\n", {}),
        ("", {}),
    ],
)
def test_grubs_menu(text: str, entries: dict[str, str]) -> None:
    expected = tuple(GrubEntry(kernel=kernel, id=menu_id) for kernel, menu_id in entries.items())
    assert parse_grub_menu(text) == expected


def test_grubs_menu_is_that_of_the_root(tmp_path: Path) -> None:
    assert probe_grub_menu(tmp_path) == ()
    put(tmp_path, **{"boot/grub/grub.cfg": FLAT})
    assert probe_grub_menu(tmp_path) == parse_grub_menu(FLAT)


@pytest.mark.parametrize(
    "leftover",
    [
        "vmlinuz-6.1.0-37-amd64.old", "vmlinuz-6.1.0-37-amd64.dpkg-new", "vmlinuz-6.1.bak",
        "vmlinuz-", "vmlinuz-old", "vmlinuz", "vmlinuz-6.1 copy", "initrd.img-6.1.0-37-amd64",
        "config-6.1.0-37-amd64", "System.map-6.1.0-37-amd64",
    ],
)  # fmt: skip
def test_copies_and_other_files_are_no_kernels(tmp_path: Path, leftover: str) -> None:
    put(tmp_path, **{f"boot/{leftover}": "x"})
    assert probe_boot_kernels(tmp_path) == ()


def test_links_count_if_they_lead_to_a_file(tmp_path: Path) -> None:
    put(tmp_path, **{"srv/kernel": "12345"})
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/vmlinuz-6.1").symlink_to("../srv/kernel")
    (tmp_path / "boot/vmlinuz-6.2").symlink_to("../srv/nothing")
    (tmp_path / "boot/vmlinuz-6.3").mkdir()
    assert probe_boot_kernels(tmp_path) == (
        BootKernel(version="6.1", image=FileFact(size_bytes=5)),
    )


def test_a_kernel_and_its_initramfs(tmp_path: Path) -> None:
    put(tmp_path, **{"boot/vmlinuz-6.1": "kernel", "boot/initrd.img-6.1": "files"})
    assert probe_boot_kernels(tmp_path) == (
        BootKernel(version="6.1", image=FileFact(size_bytes=6), initramfs=FileFact(size_bytes=5)),
    )


def test_a_whole_host(tmp_path: Path) -> None:
    put(
        tmp_path,
        **{
            "boot/vmlinuz-6.12.117+deb13-amd64": "kernel",
            "proc/sys/kernel/osrelease": "6.12.117+deb13-amd64\n",
            "etc/kernel/proxmox-boot-uuids": "",
            "etc/kernel/proxmox-boot-manual-kernels": "6.1.0-37-amd64\nx\n",
            "etc/kernel/proxmox-boot-pin": "6.1.0-35-amd64\n",
            "etc/kernel/next-boot-pin": "?\n",
        },
    )
    run = Recorded({query(tmp_path): captured("dpkg-query-1.22.22.txt")})
    expected = HostKernels(
        managed=True,
        packages=(IMAGE, META),
        in_boot=(BootKernel(version="6.12.117+deb13-amd64", image=FileFact(size_bytes=6)),),
        running="6.12.117+deb13-amd64",
        lists=KernelLists(
            manual=("6.1.0-37-amd64",),
            pin="6.1.0-35-amd64",
            damaged=(
                DamagedLine(path="/etc/kernel/proxmox-boot-manual-kernels", number=2, text="x"),
                DamagedLine(path="/etc/kernel/next-boot-pin", number=1, text="?"),
            ),
        ),
    )
    assert probe_host_kernels(run, tmp_path, environment={}) == expected
    building = probe_host_kernels(run, tmp_path, environment={"SOURCE_DATE_EPOCH": "0"})
    assert building == expected.model_copy(update={"running": None})


def test_a_host_without_anything(tmp_path: Path) -> None:
    run = Recorded({query(tmp_path): ""})
    assert probe_host_kernels(run, tmp_path, environment={}) == HostKernels(managed=False)


def test_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "etc/kernel/proxmox-boot-pin").mkdir(parents=True)
    with pytest.raises(FactsError) as error:
        probe_host_kernels(Recorded({query(tmp_path): ""}), tmp_path, environment={})
    assert error.value.problems == (
        Problem(
            "file-unreadable", "/etc/kernel/proxmox-boot-pin", "cannot be read: Is a directory"
        ),
    )


@pytest.mark.parametrize(
    ("root", "modules", "lacks"),
    [
        ("zfs", {"modules.dep": "updates/dkms/zfs.ko.xz: updates/dkms/spl.ko.xz\n"}, ()),
        ("zfs", {"modules.dep": "", "modules.builtin": "kernel/zfs/zfs.ko\n"}, ()),
        ("zfs", {"modules.dep": "extra/azfs.ko: extra/zfs.ko\nextra/spl.ko:\n"}, ("zfs",)),
        ("zfs", {}, ("zfs",)),
        ("ext4", {}, ()),
    ],
    ids=["built on the host", "built in", "only named by others", "nothing", "a root on ext4"],
)
def test_a_kernel_needs_what_its_root_is_on(
    tmp_path: Path, root: str, modules: dict[str, str], lacks: tuple[str, ...]
) -> None:
    table = f"22 1 0:18 / / rw - {root} rpool/ROOT/pve-1 rw\n24 22 0:19 / /srv rw - zfs tank rw\n"
    put(tmp_path, **{"boot/vmlinuz-6.1": "kernel", "proc/self/mountinfo": table})
    put(tmp_path, **{f"lib/modules/6.1/{name}": text for name, text in modules.items()})
    (kernel,) = probe_boot_kernels(tmp_path)
    assert kernel.lacks == lacks
    (running,) = probe_boot_kernels(tmp_path, "6.1")
    assert running.lacks == ()
