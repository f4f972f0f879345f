"""The rules for `[first-boot]`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedplate.config.findings import Findings, shown
from bedplate.config.first_boot_paths import above_itself, wrong_with_path
from bedplate.config.first_boot_schema import FirstBootTable, FirstBootUnitsTable
from bedplate.config.names import wrong_with_fingerprint, wrong_with_url
from bedplate.config.settings_tables import check_list
from bedplate.model.first_boot import FirstBoot, FirstBootFile, FirstBootJob
from bedplate.model.invalid import key_path
from bedplate.model.program import PROGRAM_BYTES
from bedplate.units import human

_WHERE = "first-boot"
# Not with a dash at its end: apt-get(8) removes the package of that name without the dash.
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9.+-]*[a-z0-9.+](=[A-Za-z0-9.+:~-]+)?")
_UNIT = re.compile(
    r"[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]*)?"
    r"\.(service|socket|target|timer|path|mount|automount|swap)"
)
_MODE = re.compile(r"0?[0-7]{3}")
_SOURCE_KEYS = {
    "from-url": ("url", "cert-fingerprint"),
    "from-iso": (),
    "from-answer": ("script",),
    None: (),
}


def check_first_boot(table: FirstBootTable | None, findings: Findings) -> FirstBoot | None:
    """What is to be done at the first start; `None` if nothing is."""
    if table is None:
        return None
    _check_source(table, findings)
    check_pinned(_WHERE, table.url, table.cert_fingerprint, findings)
    ordering = table.ordering or "fully-up"
    if ordering == "before-network" and table.packages:
        message = "cannot be fetched before there is a network"
        hint = 'ordering = "network-online"'
        findings.problem("conflict", f"{_WHERE}.packages", message, hint)
    units = table.units or FirstBootUnitsTable()
    _check_units(units, findings)
    job = FirstBootJob(
        ordering=ordering,
        attempts=table.attempts or FirstBootJob.model_fields["attempts"].default,
        timeout_seconds=(table.timeout_minutes or 60) * 60,
        files=tuple(_files(table, findings)),
        packages=check_list(f"{_WHERE}.packages", table.packages, _wrong_with_package, findings),
        enable=tuple(units.enable),
        disable=tuple(units.disable),
        mask=tuple(units.mask),
        has_program=table.source is not None,
    )
    return FirstBoot(
        job=job,
        source=table.source,
        url=table.url,
        cert_fingerprint=table.cert_fingerprint,
        program=table.script,
    )


def check_pinned(where: str, url: str | None, fingerprint: str | None, findings: Findings) -> None:
    """An address that is fetched from or sent to, and the certificate that it has to have."""
    if url is not None and (wrong := wrong_with_url(url)):
        # Not shown: an address may hold a token.
        findings.problem("invalid-value", f"{where}.url", wrong)
    if fingerprint is not None and (wrong := wrong_with_fingerprint(fingerprint)):
        message = f"{shown(fingerprint)} {wrong}"
        findings.problem("invalid-value", f"{where}.cert-fingerprint", message)
    elif fingerprint is not None and url is not None and url.startswith("http://"):
        message = f"{where}.url is http://, where there is no certificate to compare with"
        findings.problem("conflict", f"{where}.cert-fingerprint", message, "use https://")


def _check_source(table: FirstBootTable, findings: Findings) -> None:
    source = table.source
    if source == "from-url" and table.url is None:
        findings.missing(f"{_WHERE}.url", "the executable's source is a URL, but none is given")
    if source == "from-answer" and table.script is None:
        findings.missing(f"{_WHERE}.script", "the program is to come from here")
    if table.script is not None and (wrong := wrong_with_script(table.script)):
        findings.problem("invalid-value", f"{_WHERE}.script", wrong)
    given = [key for key in ("url", "cert-fingerprint", "script") if _value(table, key) is not None]
    if source is None and not findings.spoilt(f"{_WHERE}.source"):
        units = table.units
        is_empty = not (table.files or table.packages or units or findings.spoilt_inside(_WHERE))
        if given or is_empty:
            findings.missing(f"{_WHERE}.source", "where the program of the first start comes from")
    else:
        for key in given:
            if key not in _SOURCE_KEYS[source]:
                findings.warn(f"{_WHERE}.{key}", f'has no effect with source = "{source}"')


def _value(table: FirstBootTable, key: str) -> object:
    return getattr(table, key.replace("-", "_"))


def wrong_with_script(text: str) -> str:
    """A program as a text, which the kernel has to find the interpreter of."""
    if not text.startswith("#!/"):
        return "does not begin with `#!/` and an interpreter"
    if "\0" in text:
        return "has a byte 0 in it"
    return _wrong_with_size(text)


def _files(table: FirstBootTable, findings: Findings) -> Iterator[FirstBootFile]:
    for path, file in table.files.items():
        where = key_path((_WHERE, "files", path))
        if wrong := wrong_with_path(path):
            findings.problem("invalid-value", where, f"{shown(path)} {wrong}")
        elif folder := above_itself(path, table.files):
            message = f"is in {folder}, which is to be a file itself"
            findings.problem("conflict", where, message)
        if file.content is not None and (wrong := _wrong_with_size(file.content)):
            findings.problem("invalid-value", f"{where}.content", wrong)
        mode = file.mode or "644"
        if not _MODE.fullmatch(mode):
            message = f"{shown(mode)} is not three octal digits such as 0644"
            findings.problem("invalid-value", f"{where}.mode", message)
        elif file.content is not None:
            yield FirstBootFile(path=path, content=file.content, mode=int(mode, 8))


def _wrong_with_size(text: str) -> str:
    size = len(text.encode())
    limit = human(PROGRAM_BYTES)
    return f"has {size} bytes, but may have {limit}" if size > PROGRAM_BYTES else ""


def _wrong_with_package(name: str) -> str:
    return "" if _PACKAGE.fullmatch(name) else "is no name of a Debian package"


def _check_units(units: FirstBootUnitsTable, findings: Findings) -> None:
    """Names that are some, and none that is to be enabled and also not."""

    def wrong(name: str) -> str:
        return "" if _UNIT.fullmatch(name) else "is no name of a unit such as ssh.service"

    where = f"{_WHERE}.units"
    lists = {"enable": units.enable, "disable": units.disable, "mask": units.mask}
    for key, names in lists.items():
        check_list(f"{where}.{key}", names, wrong, findings)
        for here, name in findings.sound_items(f"{where}.{key}", names):
            if key != "enable" and name in units.enable:
                findings.problem("conflict", here, f"{shown(name)} is in {where}.enable too")
