"""Which keys are to be enrolled, and what is to be mended first."""

from __future__ import annotations

import pytest

from bedplate.errors import RefusedError
from bedplate.model.facts import Firmware, FirmwareKind
from bedplate.model.secure_boot import Certificate, ModuleTrust, SignedModule
from bedplate.plan.enrolment import not_staged, plan_enrolment, refused_modules, unknown_signers

SHIM = "5a"
IMAGE = Certificate(path="/image.der", serial="1")
DKMS = Certificate(path="/dkms.der", serial="2")
UEFI = Firmware(kind=FirmwareKind.UEFI, secure_boot=True, checks_modules=True, nvram_writable=True)


def trust(*enrolled: str, staged: tuple[str, ...] = (), zfs: str | None = "1") -> ModuleTrust:
    return ModuleTrust(
        enrolled=(SHIM, *enrolled),
        staged=staged,
        modules=(SignedModule(kernel="6.1", name="zfs", serial=zfs),),
    )


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        (trust(), (IMAGE, DKMS)),
        (trust("1"), (DKMS,)),
        (trust(staged=("2",)), (IMAGE,)),
        (trust("1", staged=("2",)), ()),
        (trust("1", "2"), ()),
    ],
)
def test_what_is_neither_enrolled_nor_staged_is_staged(
    given: ModuleTrust, chosen: tuple[Certificate, ...]
) -> None:
    assert plan_enrolment(UEFI, given, (IMAGE, DKMS)) == chosen


@pytest.mark.parametrize(
    ("firmware", "given", "code"),
    [
        (Firmware(kind=FirmwareKind.BIOS), ModuleTrust(), "no-secure-boot"),
        (UEFI.model_copy(update={"nvram_writable": False}), trust(), "nvram-read-only"),
        (UEFI, ModuleTrust(), "no-shim"),
    ],
)
def test_keys_are_not_staged_where_nobody_would_read_them(
    firmware: Firmware, given: ModuleTrust, code: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        plan_enrolment(firmware, given, (IMAGE,))
    assert [problem.code for problem in refused.value.problems] == [code]


def test_what_the_firmware_has_not_kept_is_not_called_staged() -> None:
    after = trust(staged=("2",))
    assert [problem.where for problem in not_staged((IMAGE, DKMS), after)] == ["/image.der"]


@pytest.mark.parametrize(
    ("given", "refused", "unknown"),
    [
        (trust("1"), [], []),
        (trust().model_copy(update={"firmware": ("1",)}), [], []),
        (trust(), ["module-refused"], []),
        (trust(zfs="3"), ["module-refused"], ["signer-unknown"]),
        (trust(zfs=None), ["module-unsigned"], ["signer-unknown"]),
    ],
)
def test_a_module_that_no_kernel_loads_is_told_with_the_way_out(
    given: ModuleTrust, refused: list[str], unknown: list[str]
) -> None:
    assert [problem.code for problem in refused_modules(given, ["zfs"])] == refused
    assert [problem.code for problem in unknown_signers(given, (IMAGE, DKMS))] == unknown
    assert refused_modules(given, []) == ()
