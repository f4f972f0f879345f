"""A small signed package archive: made by the test itself, and served where only this machine is.

Keys are real keys of GnuPG, packages are built by dpkg-deb, and what is served is what apt would
fetch. A test that wants something wrong with it changes a file, or publishes with other words.
"""

from __future__ import annotations

import contextlib
import hashlib
import lzma
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from bedplate.run import run
from tests.support.serving import serving

LOOPBACK = "127.0.0.1"
ARCHITECTURE = "amd64"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair in a keyring of GnuPG; `public` is what an archive hands out, not armoured."""

    home: Path
    fingerprint: str
    public: bytes

    @property
    def armoured(self) -> str:
        """The same in letters, as in files called `.asc`."""
        return self._gpg("--armor", "--export", self.fingerprint)

    def sign(self, release: Path, *, digest: str = "SHA512") -> None:
        """Put `InRelease` and `Release.gpg` beside a Release file."""
        words = ("--yes", "--digest-algo", digest, "--local-user", self.fingerprint)
        inline, detached = release.with_name("InRelease"), release.with_name("Release.gpg")
        self._gpg(*words, "--output", str(inline), "--clearsign", str(release))
        self._gpg(*words, "--output", str(detached), "--armor", "--detach-sign", str(release))

    def _gpg(self, *words: str) -> str:
        return run(["gpg", "--homedir", self.home, "--batch", "--quiet", *words]).stdout


@dataclass(frozen=True, slots=True)
class KeyMaker:
    """Makes keys that need no passphrase, in one keyring."""

    home: Path

    def __call__(self, name: str = "archive", *, expire: str = "never") -> SigningKey:
        gpg: tuple[str | Path, ...] = ("gpg", "--homedir", self.home, "--batch", "--quiet")
        alone = ("--pinentry-mode", "loopback", "--passphrase", "")
        user = f"{name} <{name}@example.com>"
        run([*gpg, *alone, "--quick-generate-key", user, "ed25519", "sign", expire])
        listed = run([*gpg, "--with-colons", "--list-keys", f"={user}"]).stdout
        fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line[:4] == "fpr:")
        public = self.home / "public.gpg"
        run([*gpg, "--yes", "--output", public, "--export", fingerprint])
        return SigningKey(self.home, fingerprint, public.read_bytes())


@contextlib.contextmanager
def signing_keys() -> Iterator[KeyMaker]:
    """A way to make keys. The agent that GnuPG starts for them is ended with the block."""
    # Below /tmp: the name of the agent's socket has room for about 100 characters.
    with tempfile.TemporaryDirectory(prefix="bedplate-gpg-", ignore_cleanup_errors=True) as folder:
        try:
            yield KeyMaker(Path(folder))
        finally:
            run(["gpgconf", "--homedir", folder, "--kill", "all"])


@dataclass(frozen=True, slots=True)
class Package:
    """A package to be built: what its control file says, its files, and its maintainer scripts."""

    name: str
    version: str
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)

    @property
    def control(self) -> str:
        """The stanza that is in the package, and in the list of packages too."""
        lines = {
            "Package": self.name,
            "Version": self.version,
            "Architecture": "all",
            "Maintainer": "nobody <nobody@example.com>",
            "Description": "made by a test",
            **self.fields,
        }
        return "".join(f"{name}: {value}\n" for name, value in lines.items())

    def build(self, place: Path) -> None:
        """Make the .deb."""
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder)
            # dpkg-deb insists that others may read what it packs.
            tree.chmod(0o755)
            inside = {"DEBIAN/control": self.control}
            inside |= {f"DEBIAN/{name}": text for name, text in self.scripts.items()}
            inside |= {path.lstrip("/"): text for path, text in self.files.items()}
            for path, text in inside.items():
                (tree / path).parent.mkdir(parents=True, exist_ok=True)
                (tree / path).write_text(text)
                (tree / path).chmod(0o755 if path.startswith("DEBIAN/p") else 0o644)
            run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, place])


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder that apt can install from, once something has been published in it."""

    root: Path

    def publish(
        self,
        key: SigningKey,
        *,
        suite: str = "trixie",
        codename: str | None = None,
        components: Mapping[str, Sequence[Package]],
        date: datetime | None = None,
        valid_until: datetime | None = None,
        digest: str = "SHA512",
        sums: str = "SHA256",
        label: str = "Test",
    ) -> None:
        """Write and sign a suite; what was there of it before is replaced.

        `digest` is what the signature is made over, `sums` the kind of checksums in the Release.
        """
        folder = self.suite(suite)
        lists: list[Path] = []
        for component, packages in components.items():
            lists += self._write_list(folder / component, packages)
        now = datetime.now(UTC)
        lines = {
            "Origin": label,
            "Label": label,
            "Suite": suite,
            "Codename": suite if codename is None else codename,
            "Date": stamp(date or now),
            **({"Valid-Until": stamp(valid_until)} if valid_until is not None else {}),
            "Architectures": ARCHITECTURE,
            "Components": " ".join(components),
        }
        text = "".join(f"{name}: {value}\n" for name, value in lines.items())
        made = {path.relative_to(folder): path.read_bytes() for path in lists}
        listed = [
            f" {hashlib.new(sums, data).hexdigest()} {len(data)} {path}\n"
            for path, data in made.items()
        ]
        release = folder / "Release"
        release.write_text(f"{text}{'MD5Sum' if sums == 'MD5' else sums}:\n{''.join(listed)}")
        key.sign(release, digest=digest)

    def suite(self, suite: str) -> Path:
        """The folder that has a suite's Release."""
        folder = self.root / "dists" / suite
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def package_list(self, suite: str, component: str, suffix: str = "") -> Path:
        """A component's list of packages; `suffix` is how it is compressed, such as `.xz`."""
        return self.suite(suite) / component / f"binary-{ARCHITECTURE}" / f"Packages{suffix}"

    def _write_list(self, folder: Path, packages: Sequence[Package]) -> Iterator[Path]:
        text = "\n".join(self._add(package) for package in packages)
        plain = folder / f"binary-{ARCHITECTURE}" / "Packages"
        plain.parent.mkdir(parents=True, exist_ok=True)
        plain.write_text(text)
        packed = plain.with_name("Packages.xz")
        packed.write_bytes(lzma.compress(text.encode()))
        yield from (plain, packed)

    def _add(self, package: Package) -> str:
        """Build a package into the pool; returns its stanza in the list."""
        place = self.root / "pool" / f"{package.name}_{package.version}_all.deb"
        place.parent.mkdir(parents=True, exist_ok=True)
        package.build(place)
        data = place.read_bytes()
        return (
            f"{package.control}Filename: {place.relative_to(self.root)}\nSize: {len(data)}\n"
            f"SHA256: {hashlib.sha256(data).hexdigest()}\n"
        )


class Served(ThreadingHTTPServer):
    """A folder on the loopback interface; `asked` is what was asked for, in order.

    `logins` are the users and passwords that came with it, as they were sent.
    """

    def __init__(self, root: Path) -> None:
        self.asked: list[str] = []
        self.logins: list[str | None] = []
        super().__init__((LOOPBACK, 0), partial(_Handler, directory=str(root)))

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{LOOPBACK}:{self.server_port}"


@contextlib.contextmanager
def served(root: Path) -> Iterator[Served]:
    """Serve a folder for the length of the block.

    It also stands in for any host that is asked for through it as a proxy: only the path counts.
    """
    with Served(root) as server, serving(server):
        yield server


class _Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Served)
        self.server.asked.append(self.path)
        self.server.logins.append(self.headers["Authorization"])
        # A file of the same second counts as the same; a test publishes twice in one.
        del self.headers["If-Modified-Since"]
        # Who is not to read more than was agreed hangs up.
        with contextlib.suppress(ConnectionError):
            super().do_GET()

    def translate_path(self, path: str) -> str:
        return super().translate_path(urlsplit(path).path)

    def log_message(self, *_: object) -> None:
        pass


def stamp(moment: datetime) -> str:
    """A moment as Release files write it."""
    return moment.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S UTC")
