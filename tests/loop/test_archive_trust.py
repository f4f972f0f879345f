"""An archive is believed for its key and its checksums: a real one, on the loopback interface.

GnuPG signs, gpgv checks, and the files come over HTTP. Nothing is written but by what is tested
last: a refusal has nothing to put back.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bedplate.apply.host_change import apply_host_change
from bedplate.cli.trusting import Trust, require_trusted
from bedplate.errors import FactsError, Problem, RefusedError
from bedplate.model.archive import Suite
from bedplate.model.archive_key import ArchiveKey, Digest, operator_key
from bedplate.model.host_change import HostChange, HostFile
from bedplate.run import Result, run
from tests.support.archive import Archive, Package, Served, SigningKey, served, signing_keys

HELLO = Package("hello-bedplate", "1.0")
MAIN = {"main": [HELLO]}
KEYRING = "/etc/apt/keyrings/test.gpg"


@dataclass(frozen=True, slots=True)
class Scene:
    """An archive, where it is served, two keys, and a host that knows the first one's checksum."""

    archive: Archive
    server: Served
    right: SigningKey
    wrong: SigningKey
    host: Path

    @property
    def suite(self) -> Suite:
        return Suite(
            uri=self.server.url,
            suite="trixie",
            components=("main",),
            architecture="amd64",
            where="the test",
        )

    @property
    def address(self) -> str:
        return self.server.url.removeprefix("http://")

    @property
    def key(self) -> ArchiveKey:
        return self.served_key(self.right.public)

    def served_key(self, data: bytes) -> ArchiveKey:
        """A key that is fetched from the archive, and known by its checksum."""
        self.archive.root.joinpath("key.gpg").write_bytes(data)
        digest = Digest(algorithm="sha512", hex=hashlib.sha512(self.right.public).hexdigest())
        source = f"{self.server.url}/key.gpg"
        return ArchiveKey(name="test", source=source, keyring=KEYRING, digest=digest)

    def trust(self, key: ArchiveKey | None = None, suite: Suite | None = None) -> None:
        """Enable the archive: look, think, write."""
        asked = key or self.key
        files = require_trusted(Trust(root=self.host), [suite or self.suite], asked)
        apply_host_change(run, HostChange(summary="", files=files), self.host)

    @property
    def keyring(self) -> bytes | None:
        """What the host has for a keyring."""
        place = self.host / KEYRING.lstrip("/")
        return place.read_bytes() if place.exists() else None

    def refused(self, key: ArchiveKey | None = None, suite: Suite | None = None) -> list[Problem]:
        """What speaks against the archive; the host is as it was."""
        with pytest.raises(RefusedError) as refusal:
            self.trust(key, suite)
        assert list(self.host.rglob("*")) == []
        return list(refusal.value.problems)


@pytest.fixture(scope="module")
def keys() -> Iterator[tuple[SigningKey, SigningKey]]:
    with signing_keys() as make_key:
        yield make_key("right"), make_key("wrong")


@pytest.fixture
def scene(tmp_path: Path, keys: tuple[SigningKey, SigningKey]) -> Iterator[Scene]:
    archive, host = Archive(tmp_path / "archive"), tmp_path / "host"
    archive.root.mkdir()
    host.mkdir()
    with served(archive.root) as server:
        yield Scene(archive, server, *keys, host)


def test_the_right_key_is_accepted_and_installed(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN)
    scene.trust()
    assert scene.keyring == scene.right.public
    assert (scene.host / KEYRING.lstrip("/")).stat().st_mode & 0o777 == 0o644


def test_a_second_time_nothing_is_written(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN)
    scene.trust()
    assert require_trusted(Trust(root=scene.host), [scene.suite], scene.key) == ()


def test_an_archive_with_two_files_for_its_signature_is_accepted(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN)
    (scene.archive.suite("trixie") / "InRelease").unlink()
    scene.trust()
    assert scene.keyring == scene.right.public


def test_an_archive_of_the_wrong_key_is_refused(scene: Scene) -> None:
    scene.archive.publish(scene.wrong, components=MAIN)
    (problem,) = scene.refused()
    assert (problem.code, problem.where) == ("bad-signature", "the test")
    assert problem.message == (
        f"the signature by {scene.wrong.fingerprint} is made by a key that the keyring does not"
        " have"
    )


def test_a_key_file_that_is_another_one_is_refused(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN)
    (problem,) = scene.refused(scene.served_key(scene.wrong.public))
    found, wanted = (hashlib.sha512(k.public).hexdigest() for k in (scene.wrong, scene.right))
    assert problem.code == "wrong-digest"
    assert problem.where == f"{scene.server.url}/key.gpg"
    assert problem.message == (
        f"is not the key for test: its SHA512 is {found}, and should be {wanted}"
    )


def test_an_expired_release_is_refused(scene: Scene) -> None:
    then = datetime.now(UTC).replace(microsecond=0) - timedelta(days=8)
    until = then + timedelta(days=7)
    scene.archive.publish(scene.right, components=MAIN, date=then, valid_until=until)
    (problem,) = scene.refused()
    assert (problem.code, problem.where) == ("expired", "the test")
    assert problem.message.startswith(f"its Release was valid until {until}, and it is ")


TAMPERING = {
    "shorter": lambda data: data[:-1],
    "longer": lambda data: data + bytes(2**24),
    "as long": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
}


@pytest.mark.parametrize("tampering", TAMPERING)
def test_a_tampered_package_list_is_refused(scene: Scene, tampering: str) -> None:
    scene.archive.publish(scene.right, components=MAIN)
    packages = scene.archive.package_list("trixie", "main", ".xz")
    packages.write_bytes(TAMPERING[tampering](packages.read_bytes()))
    (problem,) = scene.refused()
    assert (problem.code, problem.where) == ("tampered", "the test")
    assert problem.message.startswith("main/binary-amd64/Packages.xz has ")


def test_a_key_file_without_an_end_is_not_read_to_it(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN)
    key = scene.key
    with scene.archive.root.joinpath("key.gpg").open("ab") as file:
        file.truncate(2**40)
    with pytest.raises(FactsError, match="is larger than the 1 MiB"):
        scene.trust(key)
    assert scene.keyring is None


def test_a_release_changed_after_it_was_signed_is_refused(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN)
    signed = scene.archive.suite("trixie") / "InRelease"
    signed.write_text(signed.read_text().replace("Label: Test", "Label: Best"))
    (problem,) = scene.refused()
    assert problem.code == "bad-signature"
    assert problem.message.endswith("does not fit: the Release was changed after it was signed")


def test_words_around_what_is_signed_are_not_believed(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN, suite="trixie")
    signed = scene.archive.suite("trixie") / "InRelease"
    signed.write_text("Components: extra\n" + signed.read_text() + "Components: extra\n")
    suite = scene.suite.model_copy(update={"components": ("extra",)})
    assert [problem.code for problem in scene.refused(suite=suite)] == ["no-component", "no-index"]


def test_an_unsigned_archive_is_refused(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN)
    for name in ("InRelease", "Release.gpg"):
        (scene.archive.suite("trixie") / name).unlink()
    (problem,) = scene.refused()
    assert problem.code == "not-signed"


def test_no_archive_at_all_is_refused(scene: Scene) -> None:
    (problem,) = scene.refused()
    assert problem.code == "no-release"
    assert problem.message == f"there is no Release in {scene.server.url}/dists/trixie/"


def test_everything_that_is_wrong_with_a_release_comes_at_once(scene: Scene) -> None:
    date = datetime.now(UTC) + timedelta(days=2)
    scene.archive.publish(scene.right, components=MAIN, codename="forky", date=date, sums="MD5")
    # Served under another name than its own.
    scene.archive.suite("trixie").rename(scene.archive.root / "dists/bookworm")
    suite = scene.suite.model_copy(
        update={"suite": "bookworm", "components": ("main", "extra"), "architecture": "riscv64"}
    )
    assert [problem.code for problem in scene.refused(suite=suite)] == [
        "from-the-future",
        "other-suite",
        "no-component",
        "no-architecture",
        "no-index",
        "no-index",
    ]


def test_checksums_that_can_be_forged_are_refused(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN, sums="MD5")
    (problem,) = scene.refused()
    assert problem.code == "weak-checksum"


def test_a_key_of_the_operator_has_its_fingerprint(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN)
    place = scene.archive.root / "key.asc"
    place.write_text(scene.right.armoured)
    print_of_it = scene.right.fingerprint
    spaced = " ".join(print_of_it[i : i + 4] for i in range(0, 40, 4)).lower()
    scene.trust(operator_key("test", str(place), (spaced,)))
    # apt reads it whatever it is called, once it is not in letters any more.
    assert scene.keyring == scene.right.public


def test_a_key_that_the_operator_did_not_mean_is_refused(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN)
    place = scene.archive.root / "both.gpg"
    place.write_bytes(scene.right.public + scene.wrong.public)
    (problem,) = scene.refused(operator_key("test", str(place), (scene.right.fingerprint,)))
    assert problem.code == "further-key"
    problems = scene.refused(operator_key("test", str(place), ("A" * 40,)))
    assert [problem.code for problem in problems] == ["wrong-key", "further-key", "further-key"]


def test_a_keyring_that_is_something_else_stays_and_nothing_is_trusted(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN)
    place = scene.host / KEYRING.lstrip("/")
    place.parent.mkdir(parents=True)
    place.write_bytes(scene.wrong.public)
    with pytest.raises(RefusedError, match="is not the key for test"):
        scene.trust()
    assert place.read_bytes() == scene.wrong.public


def test_a_login_of_apt_is_sent_where_it_belongs_and_shown_nowhere(scene: Scene) -> None:
    auth = scene.host / "etc/apt/auth.conf.d/test.conf"
    auth.parent.mkdir(parents=True)
    auth.write_text(f"machine {scene.server.url}/dists login me password secret\n")
    with pytest.raises(RefusedError) as refusal:
        scene.trust()
    assert "secret" not in str(refusal.value)
    sent = dict(zip(scene.server.asked, scene.server.logins, strict=True))
    me = "Basic " + base64.b64encode(b"me:secret").decode()
    assert sent == {"/key.gpg": None, "/dists/trixie/InRelease": me, "/dists/trixie/Release": me}

    suite = scene.suite.model_copy(update={"where": "", "uri": f"http://me:secret@{scene.address}"})
    with pytest.raises(RefusedError) as refusal:
        scene.trust(suite=suite)
    assert "secret" not in str(refusal.value)
    assert scene.server.logins[-1] == me


def test_a_proxy_of_apt_is_used(scene: Scene) -> None:
    scene.archive.publish(scene.right, components=MAIN)

    def with_proxy(argv: list[str], **options: object) -> Result:
        if argv[0] == "apt-config":
            said = f"Acquire::http::Proxy={scene.server.url}\n"
            return Result(tuple(argv), 0, said, "")
        return run(argv, **options)  # type: ignore[arg-type]

    suite = scene.suite.model_copy(update={"uri": "http://download.example/debian"})
    trust = Trust(run=with_proxy, root=scene.host)  # type: ignore[arg-type]
    scene.archive.root.joinpath("debian").symlink_to(".")
    (file,) = require_trusted(trust, [suite], scene.key)
    assert file == HostFile(path=KEYRING, hex=scene.right.public.hex())
    assert "http://download.example/debian/dists/trixie/InRelease" in scene.server.asked
