"""What an archive of packages has to offer: its signed Release, and its lists of packages.

Nothing is judged here, with one exception that keeps everybody honest: what is in a Release is read
only if gpgv found a good signature on those very bytes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from bedplate.errors import FactsError, Problem
from bedplate.facts.fetch import TOO_LARGE, Fetch, without_login
from bedplate.facts.gpgv import Checked, check_detached, check_inline
from bedplate.facts.release_file import parse_release
from bedplate.model.archive import IndexFact, IndexFile, SignatureState, SignedRelease, Suite
from bedplate.model.archive_key import KeyFile
from bedplate.model.openpgp import read_key_file
from bedplate.run import Runner
from bedplate.units import MIB

# Debian's own Release of a suite with everything in it has 0.2 MB, and its keyring 0.06.
_RELEASE_BYTES = 16 * MIB
_SIGNATURE_BYTES = 1 * MIB
_KEY_BYTES = 1 * MIB


def probe_release(run: Runner, fetch: Fetch, suite: Suite, keyring: bytes) -> SignedRelease:
    """The Release of a suite, and who of a keyring signed it.

    Raises `FactsError` if the archive cannot be reached, `CommandError` without gpgv.
    """
    signed = fetch(f"{suite.folder}InRelease", _RELEASE_BYTES)
    if signed is not None:
        return _signed(check_inline(run, keyring, signed))
    plain = fetch(f"{suite.folder}Release", _RELEASE_BYTES)
    if plain is None:
        return SignedRelease(found=False)
    signature = fetch(f"{suite.folder}Release.gpg", _SIGNATURE_BYTES)
    if signature is None:
        return SignedRelease(found=True)
    return _signed(check_detached(run, keyring, plain, signature))


def _signed(checked: Checked) -> SignedRelease:
    states = {signature.state for signature in checked.signatures}
    is_good = SignatureState.GOOD in states and SignatureState.BAD not in states
    release = parse_release(checked.text.decode(errors="replace")) if is_good else None
    return SignedRelease(found=True, signatures=checked.signatures, release=release)


def probe_index(fetch: Fetch, suite: Suite, index: IndexFile) -> IndexFact:
    """A list of packages, as far as the size in the Release goes.

    Raises `FactsError` if the archive cannot be reached.
    """
    try:
        data = fetch(f"{suite.folder}{index.path}", index.size_bytes)
    except FactsError as error:
        if error.problems[0].code != TOO_LARGE:
            raise
        return IndexFact(path=index.path, size_bytes=index.size_bytes, goes_on=True)
    if data is None:
        return IndexFact(path=index.path, size_bytes=None)
    checksum = hashlib.new(index.algorithm, data).hexdigest()
    return IndexFact(path=index.path, size_bytes=len(data), hex=checksum)


def probe_key(fetch: Fetch, source: str) -> KeyFile:
    """The keys in a file, from a path or an address.

    Raises `FactsError` if there is none, or it is no file with public keys.
    """
    where = without_login(source)
    data = fetch(source, _KEY_BYTES)
    if data is None:
        raise FactsError(Problem("no-key", where, "is not there, and a key was to be read from it"))
    return read_key(where, data)


def read_key(where: str, data: bytes) -> KeyFile:
    """The keys in a file that was read. Raises `FactsError` if there are none."""
    try:
        return read_key_file(where, data)
    except ValueError as error:
        raise FactsError(Problem("bad-key", where, str(error))) from None


def probe_keyring(path: str, root: Path = Path("/")) -> KeyFile | None:
    """A keyring that this host has. Raises `FactsError` if it cannot be read as one."""
    place = root / path.lstrip("/")
    try:
        data = place.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise FactsError(Problem("keyring-unreadable", path, message)) from error
    return read_key(path, data)


def probe_is_packaged(run: Runner, path: str) -> bool:
    """Whether a file came with a package, and is looked after by it."""
    return run(["dpkg-query", "--search", path], check=False).code == 0
