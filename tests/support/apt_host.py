"""A host for apt and dpkg in a folder: sources, lists and packages of its own, and no other files.

Programs are run as they are on a real host. It is their environment that leads apt and dpkg there,
so what runs them cannot tell. Packages with maintainer scripts would need a chroot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedplate.run import DEADLINE_SECONDS, Input, Result, run

_FOLDERS = (
    "etc/apt/apt.conf.d",
    "etc/apt/keyrings",
    "etc/apt/preferences.d",
    "etc/apt/sources.list.d",
    "var/cache/apt/archives/partial",
    "var/lib/apt/lists/partial",
    "var/lib/dpkg/info",
    "var/lib/dpkg/updates",
    "var/log/apt",
)
_CONFIGURATION = """Dir "{root}/";
APT::Architecture "amd64";
APT::Sandbox::User "root";
Acquire::Retries "0";
DPkg::Options {{ "--root={root}"; }};
"""


@dataclass(frozen=True, slots=True)
class AptHost:
    """The folder, once `make` has been called; `run` is a `Runner` on that host."""

    root: Path

    def make(self) -> AptHost:
        """Make the folders and an empty database of packages."""
        for folder in _FOLDERS:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for name in ("status", "available"):
            (self.root / "var/lib/dpkg" / name).touch()
        self._configuration.write_text(_CONFIGURATION.format(root=self.root))
        return self

    @property
    def _configuration(self) -> Path:
        return self.root / "apt.conf"

    def add_source(self, line: str, keyring: bytes) -> None:
        """A one-line source, with `{}` for the path of its keyring."""
        place = self.root / "etc/apt/keyrings/test.gpg"
        place.write_bytes(keyring)
        with (self.root / "etc/apt/sources.list").open("a") as file:
            file.write(line.format(place) + "\n")

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        stdin: Input = None,
        check: bool = True,
        timeout: float = DEADLINE_SECONDS,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        """As `bedplate.run.run`."""
        database = self.root / "var/lib/dpkg"
        led = {"APT_CONFIG": str(self._configuration), "DPKG_ADMINDIR": str(database)}
        return run(
            argv,
            stdin=stdin,
            check=check,
            timeout=timeout,
            env={**led, **(env or {})},
            cwd=cwd,
            on_line=on_line,
        )
