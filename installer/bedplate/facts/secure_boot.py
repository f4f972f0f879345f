"""Who signed the modules of this machine, and whose signature counts: modinfo(8), mokutil(1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from bedplate.facts.tools import ask, senseless
from bedplate.model.secure_boot import Certificate, ModuleTrust, SignedModule
from bedplate.run import Runner

CERTIFICATES = ("/usr/share/bedplate/image-modules.der", "/var/lib/dkms/mok.pub")
"""Of the modules that came with an installation, and of those that dkms builds on the host."""

# OpenSSL writes a long number on a line of its own, and a short one beside its name.
_SERIAL = re.compile(r"^ *Serial Number:(?:\s+([0-9a-f]{2}(?::[0-9a-f]{2})+)$| (\d+) \(0x)", re.M)
_OPENSSL_SERIAL = re.compile(r"serial=([0-9A-F]+)\s*")


def parse_key_list(text: str) -> tuple[str, ...]:
    """The keys of what `mokutil --list-enrolled` or `--list-new` prints."""
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


def probe_module_trust(
    run: Runner, kernels: Iterable[str], modules: Iterable[str], root: Path = Path("/")
) -> ModuleTrust:
    """What there is to know of these modules of these kernels, on a machine started by UEFI.

    A kernel need not have them all.

    Raises `MissingTool`, and `CommandError` if one of the tools fails.
    """
    wanted = [(kernel, module) for kernel in kernels for module in modules]
    return ModuleTrust(
        enrolled=parse_key_list(_mokutil(run, "--list-enrolled")),
        staged=parse_key_list(_mokutil(run, "--list-new")),
        certificates=tuple(probe_certificates(run, root)),
        modules=tuple(filter(None, (_probe_module(run, *one, root) for one in wanted))),
    )


def probe_certificates(run: Runner, root: Path = Path("/")) -> Iterator[Certificate]:
    """Those that the host has."""
    for path in CERTIFICATES:
        file = root / path[1:]
        if file.exists():
            argv = ["openssl", "x509", "-inform", "DER", "-in", str(file), "-noout", "-serial"]
            yield Certificate(path=path, serial=parse_serial(ask(run, argv).stdout))


def _probe_module(run: Runner, kernel: str, name: str, root: Path) -> SignedModule | None:
    """What is known of a module that a kernel has."""
    place = ["--basedir", str(root), "--set-version", kernel]
    found = ask(run, ["modinfo", *place, "--field", "sig_key", name], check=False)
    if found.code != 0:
        return None
    serial = parse_sig_key(found.stdout)
    own = _signer_of_its_own(run, kernel, root)
    is_own = serial is not None and serial == own
    return SignedModule(kernel=kernel, name=name, serial=serial, is_own=is_own)


def _signer_of_its_own(run: Runner, kernel: str, root: Path) -> str | None:
    folder = root / "lib/modules" / kernel / "kernel"
    one = next(folder.rglob("*.ko*"), None)
    if one is None:
        return None
    return parse_sig_key(ask(run, ["modinfo", "--field", "sig_key", str(one)], check=False).stdout)


def _mokutil(run: Runner, which: str) -> str:
    """A list of keys; where the firmware has none, mokutil may say so or nothing at all."""
    return ask(run, ["mokutil", which], check=False).stdout


def _hex(text: str) -> str:
    """Serial numbers differ in case, colons and leading zeros from tool to tool."""
    return text.replace(":", "").lower().lstrip("0") or "0"
