"""Whose signature counts on this machine, and who signed its modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import CommandError, FactsError
from bedplate.facts.kernels import probe_host_kernels
from bedplate.facts.secure_boot import (
    parse_dkms_certificate,
    parse_key_list,
    parse_serial,
    parse_sig_key,
    probe_certificates,
    probe_keys,
    probe_module_trust,
)
from bedplate.model.secure_boot import Certificate, SignedModule
from tests.captures import captured
from tests.unit.facts.recorded import Answer, Recorded

DEBIAN = "ed54a1d5af8748948d9f8932ee9c7c34"
DKMS = "680ed48ad08c956c8950e4cddfc89a85887bfe33"
KERNEL = "1bf8"
MODINFO_DKMS = "68:0E:D4:8A:D0:8C:95:6C:89:50:E4:CD:DF:C8:9A:85:88:7B:FE:33\n"
LISTED = f"    Data:\n        Serial Number:\n            {MODINFO_DKMS.lower()}"


def test_shim_always_enrols_the_key_of_who_made_it() -> None:
    assert parse_key_list(captured("mokutil-list-enrolled-0.7.2.txt")) == (DEBIAN,)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ()),
        ("MokListRT is empty\n", ()),
        (LISTED, (DKMS,)),
        ("        Serial Number: 4096 (0x1000)\n" + LISTED, ("1000", DKMS)),
        ("        Serial Number:\n            00:9f:02\n", ("9f02",)),
    ],
)
def test_lists_of_keys(text: str, keys: tuple[str, ...]) -> None:
    assert parse_key_list(text) == keys


def test_one_key_is_the_same_whichever_tool_prints_it() -> None:
    assert parse_sig_key(MODINFO_DKMS) == DKMS
    assert parse_serial(f"serial={DKMS.upper()}\n") == DKMS
    assert parse_sig_key("00:9F:02\n") == parse_serial("serial=9F02\n") == "9f02"
    assert parse_sig_key("\n") is None
    with pytest.raises(FactsError, match="no serial number"):
        parse_serial("unable to load certificate\n")


def answers(root: Path, **signers: str) -> dict[str, Answer]:
    """What the tools say of zfs, by kernel; `-` is a kernel without it, `+` one with it inside."""
    table: dict[str, Answer] = {
        "mokutil --list-enrolled": captured("mokutil-list-enrolled-0.7.2.txt"),
        "mokutil --list-new": LISTED,
        "mokutil --db": (255, "", "db is empty"),
    }
    for kernel, key in signers.items():
        place = f"modinfo --basedir {root} --set-version {kernel} --field"
        path = "(builtin)" if key == "+" else f"/lib/modules/{kernel}/updates/dkms/zfs.ko"
        table |= {
            f"{place} filename zfs": (1, "", "not found") if key == "-" else f"{path}\n",
            f"{place} sig_key zfs": key,
            f"modinfo --field sig_key {root}/lib/modules/{kernel}/kernel/fs/fat.ko.xz": "1B:F8\n",
        }
    return table


def make_host(root: Path, *kernels: str) -> None:
    """Kernels whose list of modules begins with one that is not there any more."""
    for kernel in kernels:
        folder = root / "lib/modules" / kernel
        (folder / "kernel/fs").mkdir(parents=True)
        (folder / "kernel/fs/fat.ko.xz").touch()
        (folder / "modules.order").write_text("kernel/fs/gone.ko\nkernel/fs/fat.ko\n")


def test_modules_have_the_signers_that_modinfo_names(tmp_path: Path) -> None:
    make_host(tmp_path, "own", "dkms", "bare", "inside")
    run = Recorded(
        answers(tmp_path, own="1B:F8\n", dkms=MODINFO_DKMS, bare="\n", none="-", inside="+")
    )
    kernels = ["own", "dkms", "bare", "none", "inside"]
    trust = probe_module_trust(run, kernels, ["zfs"], tmp_path)
    assert (trust.enrolled, trust.firmware, trust.staged) == ((DEBIAN,), (), (DKMS,))
    assert trust.modules == (
        SignedModule(kernel="own", name="zfs", serial=KERNEL, is_own=True),
        SignedModule(kernel="dkms", name="zfs", serial=DKMS),
        SignedModule(kernel="bare", name="zfs"),
        SignedModule(kernel="inside", name="zfs", is_own=True),
    )
    assert [trust.takes(module) for module in trust.modules] == [True, False, False, True]


def test_keys_are_asked_for_only_if_they_matter(tmp_path: Path) -> None:
    make_host(tmp_path, "own")
    of_modinfo = {
        line: answer
        for line, answer in answers(tmp_path, own="1B:F8\n").items()
        if line.startswith("modinfo")
    }
    assert probe_module_trust(Recorded(of_modinfo), ["own"], ["zfs"], tmp_path).enrolled == ()
    run = Recorded(answers(tmp_path, own="1B:F8\n"))
    trust = probe_module_trust(run, ["own"], ["zfs"], tmp_path, always_keys=True)
    assert trust.enrolled == (DEBIAN,)


def test_keys_that_cannot_be_read_are_not_the_same_as_none() -> None:
    failing: dict[str, Answer] = {
        **answers(Path("/")),
        "mokutil --list-enrolled": (255, "", "Failed to read MokListRT: Input/output error"),
    }
    with pytest.raises(CommandError, match="Input/output error"):
        probe_keys(Recorded(failing))


def test_the_certificates_of_a_host(tmp_path: Path) -> None:
    (tmp_path / "var/lib/dkms").mkdir(parents=True)
    (tmp_path / "var/lib/dkms/mok.pub").touch()
    ask = f"openssl x509 -inform DER -in {tmp_path}/var/lib/dkms/mok.pub -noout -serial"
    run = Recorded({ask: f"serial={DKMS.upper()}\n"})
    assert [*probe_certificates(run, tmp_path)] == [
        Certificate(path="/var/lib/dkms/mok.pub", serial=DKMS)
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], None),
        (["# mok_certificate=/var/lib/dkms/mok.pub\n"], None),
        (["mok_certificate=/etc/keys/own.der\n"], "/etc/keys/own.der"),
        (["x=1\n  mok_certificate='/a b.der'  # ours\n"], "/a b.der"),
        (['mok_certificate="/a.der"\n', "mok_certificate=/b.der\n"], "/b.der"),
        (["mok_certificate=/keys/$kernelver.der\n"], None),
        (["mok_certificate=own.der\n"], None),
        (['mok_certificate="/a.der\n'], None),
        (["mok_certificate=/a.der # ours\n"], "/a.der"),
    ],
)
def test_the_certificate_that_dkms_is_told_to_sign_with(
    texts: list[str], expected: str | None
) -> None:
    assert parse_dkms_certificate(texts) == expected


def test_a_certificate_of_the_administrators_own_takes_the_place_of_that_of_dkms(
    tmp_path: Path,
) -> None:
    for name in ("var/lib/dkms/mok.pub", "etc/keys/own.der"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    settings = tmp_path / "etc/dkms/framework.conf.d/own.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("mok_certificate=/etc/keys/own.der\n")
    ask = f"openssl x509 -inform DER -in {tmp_path}/etc/keys/own.der -noout -serial"
    run = Recorded({ask: f"serial={DKMS.upper()}\n"})
    assert [*probe_certificates(run, tmp_path)] == [
        Certificate(path="/etc/keys/own.der", serial=DKMS)
    ]


def test_every_kernel_whose_module_secure_boot_refuses_is_not_bootable(tmp_path: Path) -> None:
    """The one that runs as well: its module may have been built again since it was loaded."""
    make_host(tmp_path, "6.0-old", "6.1-new")
    both = ("6.0-old", "6.1-new")
    files = {
        "proc/self/mountinfo": "1 0 0:1 / / rw - zfs rpool/ROOT/pve-1 rw\n",
        "proc/sys/kernel/osrelease": "6.0-old\n",
        "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c": "\6\0\0\0\1",
        **{f"boot/vmlinuz-{kernel}": "x" for kernel in both},
        **{f"boot/initrd.img-{kernel}": "x" for kernel in both},
        **{f"lib/modules/{kernel}/modules.dep": "updates/dkms/zfs.ko:\n" for kernel in both},
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    packages = r"'--showformat=${Package}\t${Version}\t${db:Status-Abbrev}\n'"
    query = f"dpkg-query --admindir={tmp_path}/var/lib/dpkg --show {packages}"
    table = answers(tmp_path, **{"6.0-old": MODINFO_DKMS, "6.1-new": "1B:F8\n"}) | {query: ""}
    old, new = probe_host_kernels(Recorded(table), tmp_path, environment={}).in_boot
    assert [module.name for module in old.refuses] == ["zfs"]
    assert (old.is_bootable, new.refuses, new.is_bootable) == (False, (), True)
    # Shim was told not to insist: nobody asks any more.
    shim = tmp_path / "sys/firmware/efi/efivars/MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23"
    shim.write_bytes(b"\6\0\0\0\1")
    found = probe_host_kernels(Recorded({query: ""}), tmp_path, environment={}).in_boot
    assert [kernel.is_bootable for kernel in found] == [True, True]
