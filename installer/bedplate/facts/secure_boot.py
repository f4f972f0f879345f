"""Who signed the modules of this machine, and whose signature counts: modinfo(8), mokutil(1)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from bedplate.facts.tools import ask, senseless
from bedplate.model.secure_boot import Certificate, ModuleTrust, SignedModule
from bedplate.run import Runner

_OF_THE_IMAGE = "/usr/share/bedplate/image-modules.der"
_OF_DKMS = "/var/lib/dkms/mok.pub"

# OpenSSL writes a long number on a line of its own, and a short one beside its name.
_SERIAL = re.compile(r"^ *Serial Number:(?:\s+([0-9a-f]{2}(?::[0-9a-f]{2})+)$| (\d+) \(0x)", re.M)
_OPENSSL_SERIAL = re.compile(r"serial=([0-9A-F]+)\s*")
_DKMS_CERTIFICATE = "mok_certificate="
_BUILT_IN = "(builtin)"
_NOTHING = " is empty"


def parse_key_list(text: str) -> tuple[str, ...]:
    """The keys of what mokutil prints as a list."""
    return tuple(_hex(match[1] or f"{int(match[2]):x}") for match in _SERIAL.finditer(text))


def parse_serial(text: str) -> str:
    """The key of what `openssl x509 -noout -serial` prints. Raises `FactsError`."""
    match = _OPENSSL_SERIAL.fullmatch(text)
    if match is None:
        raise senseless("openssl x509", f"printed {text!r}, which is no serial number")
    return _hex(match[1])


def parse_sig_key(text: str) -> str | None:
    """The key of what `modinfo --field sig_key` prints, if the module is signed."""
    return _hex(text.strip()) if text.strip() else None


def parse_dkms_certificate(texts: Iterable[str]) -> str | None:
    """The certificate that dkms signs with by its configuration, of which the last word counts.

    dkms(8), `mok_certificate`. One that is another one for each kernel (`$kernelver`) is not known.
    """
    words = [word for text in texts for line in text.splitlines() for word in _words(line)[:1]]
    named = [word for word in words if word.startswith(_DKMS_CERTIFICATE)]
    path = named[-1].removeprefix(_DKMS_CERTIFICATE) if named else ""
    return path if path.startswith("/") and "$" not in path else None


def probe_module_trust(
    run: Runner,
    kernels: Iterable[str],
    modules: Iterable[str],
    root: Path = Path("/"),
    *,
    always_keys: bool = False,
) -> ModuleTrust:
    """What there is to know of these modules of these kernels, on a machine started by UEFI.

    A kernel need not have them all. Where every one of them is the kernel's own, keys are asked for
    only if somebody wants them (`always_keys`). Raises `MissingTool`, and `CommandError` if the
    keys cannot be read: that is not the same as having none.
    """
    wanted = [(kernel, module) for kernel in kernels for module in modules]
    found = tuple(filter(None, (probe_module(run, *one, root) for one in wanted)))
    if not always_keys and all(module.is_own for module in found):
        return ModuleTrust(modules=found)
    return probe_keys(run).model_copy(update={"modules": found})


def probe_keys(run: Runner) -> ModuleTrust:
    """The keys of this machine. Raises as `probe_module_trust` does."""
    return ModuleTrust(
        enrolled=_keys(run, "--list-enrolled"),
        firmware=_keys(run, "--db"),
        staged=_keys(run, "--list-new"),
    )


def probe_module(
    run: Runner, kernel: str, name: str, root: Path = Path("/")
) -> SignedModule | None:
    """What is known of a module of the kernel, if that has it."""
    place = ["--basedir", str(root), "--set-version", kernel]
    found = ask(run, ["modinfo", *place, "--field", "filename", name], check=False)
    if found.code != 0:
        return None
    if found.stdout.strip() == _BUILT_IN:
        return SignedModule(kernel=kernel, name=name, is_own=True)
    serial = parse_sig_key(ask(run, ["modinfo", *place, "--field", "sig_key", name]).stdout)
    is_own = serial is not None and serial == _signer_of_its_own(run, kernel, root)
    return SignedModule(kernel=kernel, name=name, serial=serial, is_own=is_own)


def probe_certificates(run: Runner, root: Path = Path("/")) -> Iterator[Certificate]:
    """Those of the modules that came with an installation and of those that dkms builds.

    Raises `MissingTool`, and `CommandError` for one that is none.
    """
    for path in (_OF_THE_IMAGE, _probe_dkms_certificate(root)):
        file = root / path[1:]
        if file.exists():
            argv = ["openssl", "x509", "-inform", "DER", "-in", str(file), "-noout", "-serial"]
            yield Certificate(path=path, serial=parse_serial(ask(run, argv).stdout))


def _probe_dkms_certificate(root: Path) -> str:
    folder = root / "etc/dkms"
    files = [folder / "framework.conf", *sorted((folder / "framework.conf.d").glob("*.conf"))]
    texts = (file.read_text(errors="replace") for file in files if file.is_file())
    return parse_dkms_certificate(texts) or _OF_DKMS


def _words(line: str) -> list[str]:
    """The words of a line of shell; of one that is not whole by itself, none."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return []


def _signer_of_its_own(run: Runner, kernel: str, root: Path) -> str | None:
    """Who signed the modules that came with a kernel: `modules.order` names no others."""
    folder = root / "lib/modules" / kernel
    order = folder / "modules.order"
    for line in order.read_text().splitlines() if order.exists() else ():
        # The list does not say how a module is compressed.
        files = sorted((folder / line).parent.glob(f"{Path(line).name}*"))
        if files:
            argv = ["modinfo", "--field", "sig_key", str(files[0])]
            return parse_sig_key(ask(run, argv, check=False).stdout)
    return None


def _keys(run: Runner, which: str) -> tuple[str, ...]:
    listed = ask(run, ["mokutil", which], check=False)
    if listed.code != 0 and _NOTHING not in listed.stdout + listed.stderr:
        ask(run, ["mokutil", which])  # fails again, and is told as any program that fails
    return parse_key_list(listed.stdout)


def _hex(text: str) -> str:
    """Serial numbers differ in case, colons and leading zeros from tool to tool."""
    return text.replace(":", "").lower().lstrip("0") or "0"
