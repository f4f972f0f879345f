"""How apt reaches an archive: its proxies and its logins."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import FactsError
from bedplate.facts.apt_config import AptAccess, parse_apt_config, probe_apt_access
from bedplate.facts.fetch import fetcher, without_login
from bedplate.run import Result

DUMP = """Acquire=
Acquire::http=
Acquire::http::Proxy=http://proxy.example:3128
Acquire::http::Proxy::mirror.example=DIRECT
Acquire::HTTPS::Proxy::other.example=http://other-proxy.example:8080/
Acquire::Languages::=en=de
"""
AUTH = """machine enterprise.proxmox.com/debian/pve
 login pve2c-0123456789
 password 0123456789abcdef
machine http://plain.example login one password two
machine both.example:8443 login a password b
"""


def probe(tmp_path: Path, auth: str = AUTH) -> AptAccess:
    """What is found on a host with that configuration."""
    folder = tmp_path / "etc/apt/auth.conf.d"
    folder.mkdir(parents=True)
    (folder / "pve.conf").write_text(auth)
    (folder / "ignored").write_text("machine ignored.example login a password b\n")

    def say(argv: list[str], **_: object) -> Result:
        assert argv[0] == "apt-config"
        return Result(tuple(argv), 0, DUMP, "")

    return probe_apt_access(say, tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://deb.debian.org/debian/", "http://proxy.example:3128"),
        ("http://mirror.example/debian/", None),
        ("https://deb.debian.org/debian/", None),
        ("https://other.example/debian/", "http://other-proxy.example:8080/"),
    ],
)
def test_the_proxy_of_a_host_counts_before_that_of_all(url: str, proxy: str | None) -> None:
    assert AptAccess(options=dict(parse_apt_config(DUMP))).proxy(url) == proxy


@pytest.mark.parametrize(
    ("url", "user"),
    [
        ("https://enterprise.proxmox.com/debian/pve/dists/trixie/InRelease", "pve2c-0123456789"),
        ("https://enterprise.proxmox.com/debian/ceph-squid/dists/trixie/InRelease", None),
        ("http://enterprise.proxmox.com/debian/pve/dists/trixie/InRelease", None),
        ("http://plain.example/debian", "one"),
        ("https://plain.example/debian", None),
        ("https://both.example:8443/", "a"),
        ("https://both.example/", None),
        ("https://ignored.example/", None),
    ],
)
def test_a_login_goes_where_it_belongs_and_nowhere_else(
    url: str, user: str | None, tmp_path: Path
) -> None:
    login = probe(tmp_path).login(url)
    assert (None if login is None else login.user) == user


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    access = probe(tmp_path)
    assert len(access.logins) == 3
    assert "0123456789abcdef" not in repr(access) + access.model_dump_json()


def test_a_file_that_makes_no_sense_is_named_without_its_words(tmp_path: Path) -> None:
    with pytest.raises(FactsError) as error:
        probe(tmp_path, "machine a.example login b password c topsecret\n")
    assert "pve.conf" in str(error.value)
    assert "topsecret" not in str(error.value)


def test_an_address_is_shown_without_its_login() -> None:
    assert without_login("https://me:secret@a.example:1/b?c") == "https://a.example:1/b?c"
    assert without_login("/srv/key.asc") == "/srv/key.asc"


def test_files_are_read_from_folders_too(tmp_path: Path) -> None:
    fetch = fetcher(AptAccess())
    (tmp_path / "a file").write_bytes(b"12345")
    assert fetch(f"file://{tmp_path}/a%20file", 5) == b"12345"
    assert fetch(f"{tmp_path}/nothing", 5) is None
    for url, message in (
        (f"{tmp_path}/a%20file", "is larger than the 4 B"),
        (str(tmp_path), "cannot be read: Is a directory"),
        ("cdrom:[Debian]/", "is fetched by `cdrom`"),
    ):
        with pytest.raises(FactsError, match=message):
            fetch(url, 4)
