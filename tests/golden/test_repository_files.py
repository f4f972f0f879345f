"""What an answer file's repositories become on a new host: every file, and every warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.model.known_repository import RELEASES, Archive, repositories_of
from bedplate.model.plan import FilePlan
from bedplate.model.repository import Format
from bedplate.model.repository_options import RepositoryOptions, ThirdParty
from bedplate.plan.sources_files import (
    fitting_release,
    plan_sources,
    refuse_repositories,
    warn_repositories,
)
from tests.support.golden import compare

HERE = Path(__file__).parent / "repositories" / "installed"
DEBIAN = ("debian", "debian-updates", "debian-security")
MANUAL = RepositoryOptions(
    enabled=(*DEBIAN, "pve-enterprise", "pve-no-subscription", "ceph-octopus"),
    format=Format.ONE_LINE,
    mirrors={Archive.DEBIAN: "http://ftp.debian.org/debian"},
    proxmox_key_hex="99",
)
DOCKER = ThirdParty(
    name="docker",
    uri="https://download.docker.com/linux/debian",
    suites=("trixie",),
    components=("stable", "test"),
    key_hex="9901",
)
FLAT = ThirdParty(
    name="house", uri="http://house.example.com/apt", suites=("./", "more/"), key_hex="9902"
)
MIRRORS = {
    Archive.DEBIAN: "https://mirror.example.com/debian",
    Archive.SECURITY: "https://mirror.example.com/debian-security",
    Archive.PROXMOX: "http://mirror.example.com/proxmox",
    Archive.ENTERPRISE: "https://mirror.example.com/enterprise",
}
CASES: dict[str, tuple[RepositoryOptions, str]] = {
    "default": (RepositoryOptions(), "trixie"),
    "default-bookworm": (RepositoryOptions(), "bookworm"),
    "default-one-line": (RepositoryOptions(format=Format.ONE_LINE), "trixie"),
    "manual-buster": (MANUAL, "buster"),
    "backports": (RepositoryOptions(enabled=(*DEBIAN, "debian-backports")), "trixie"),
    "debian-alone": (RepositoryOptions(enabled=("debian",)), "trixie"),
    "nothing": (RepositoryOptions(enabled=()), "trixie"),
    "proxy": (RepositoryOptions(proxy="http://proxy.example.com:3128"), "trixie"),
    "third-parties": (RepositoryOptions(others=(DOCKER, FLAT)), "trixie"),
    "third-parties-one-line": (
        RepositoryOptions(others=(DOCKER, FLAT), format=Format.ONE_LINE),
        "trixie",
    ),
    "proxmox-without-its-key": (
        RepositoryOptions(enabled=(*DEBIAN, "pve-no-subscription", "ceph-squid-test")),
        "trixie",
    ),
    "proxmox-with-its-key": (
        RepositoryOptions(
            enabled=(*DEBIAN, "pve-no-subscription", "ceph-squid-no-subscription"),
            proxmox_key_hex="99",
        ),
        "trixie",
    ),
    "mirrors-of-everything": (
        RepositoryOptions(
            enabled=(*DEBIAN, "pve-enterprise", "pve-test", "ceph-tentacle-no-subscription"),
            mirrors=MIRRORS,
            proxmox_key_hex="99",
        ),
        "trixie",
    ),
}


def shown(file: FilePlan) -> str:
    content = file.content if file.hex is None else f"(in hexadecimal) {file.hex}\n"
    return f"== {file.path} ==\n{content}"


@pytest.mark.parametrize("name", CASES)
def test_files(name: str) -> None:
    options, codename = CASES[name]
    files = sorted(plan_sources(options, codename), key=lambda file: file.path)
    assert len({file.path for file in files}) == len(files)
    warnings = [f"warning: {text}\n" for text in warn_repositories(options, codename)]
    compare(HERE / f"{name}.txt", "\n".join((*map(shown, files), "".join(warnings))))


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("codename", RELEASES)
def test_everything_that_a_release_has_at_once(codename: str, form: Format) -> None:
    options = RepositoryOptions(
        enabled=tuple(repositories_of(codename)), format=form, proxmox_key_hex="99"
    )
    files = sorted(plan_sources(options, codename), key=lambda file: file.path)
    compare(HERE / f"everything-{codename}-{form}.txt", "\n".join(map(shown, files)))


def test_a_release_that_fits_is_found() -> None:
    assert fitting_release(RepositoryOptions()) == "trixie"
    assert fitting_release(RepositoryOptions(enabled=("ceph-reef-test",))) == "bookworm"
    assert fitting_release(RepositoryOptions(enabled=("ceph-luminous",))) == "buster"
    assert fitting_release(RepositoryOptions(enabled=("ceph-luminous", "pve-x"))) == "trixie"


def test_what_the_release_does_not_have_is_refused() -> None:
    options = RepositoryOptions(
        enabled=("debian", "ceph-reef-test", "ceph-nautilus"), proxmox_key_hex="99"
    )
    found = list(refuse_repositories(options, "trixie"))
    compare(HERE / "refused.txt", "".join(f"[{one.code}] {one}\n" for one in found))
