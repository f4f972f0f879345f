"""Whether a file with keys is the key that it should be, and what becomes of it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem, RefusedError
from bedplate.model.archive_key import ArchiveKey, KeyFile
from bedplate.model.host_change import HostFile


def judge_key(key: ArchiveKey, found: KeyFile) -> tuple[Problem, ...]:
    """Everything that speaks against a file being the key."""
    return (*_judge_digest(key, found), *_judge_fingerprints(key, found))


def _judge_digest(key: ArchiveKey, found: KeyFile) -> Iterator[Problem]:
    if key.digest is not None and found.hex_of(key.digest) != key.digest.hex:
        name = key.digest.algorithm.upper()
        message = (
            f"is not the key for {key.name}: its {name} is {found.hex_of(key.digest)}, and should"
            f" be {key.digest.hex}"
        )
        yield Problem("wrong-digest", found.where, message, "nothing was installed")


def _judge_fingerprints(key: ArchiveKey, found: KeyFile) -> Iterator[Problem]:
    if not key.fingerprints:
        return
    there = tuple(certificate.fingerprint for certificate in found.certificates)
    for missing in (one for one in key.fingerprints if one not in there):
        message = f"does not have the key {missing}; it has {', '.join(there)}"
        yield Problem("wrong-key", found.where, message, "nothing was installed")
    for other in (one for one in there if one not in key.fingerprints):
        message = f"has the key {other}, too, which nobody named: apt would trust it as well"
        hint = "name its fingerprint, or take it out of the file"
        yield Problem("further-key", found.where, message, hint)


def plan_keyring(
    key: ArchiveKey, there: KeyFile | None, *, is_package_owned: bool, fetched: KeyFile | None
) -> HostFile | None:
    """The keyring to be written; `None` if the host has it.

    Raises `RefusedError` if what was fetched is not the key, or something else is in its place.
    """
    assert key.digest is not None or key.fingerprints, "a key that anything is"
    if there is not None:
        if is_package_owned:
            return None
        if problems := judge_key(key, there):
            hint = "move it away, if nothing needs it"
            raise RefusedError([Problem(p.code, p.where, p.message, hint) for p in problems])
        return None
    assert fetched is not None, "a key that is not there is fetched"
    if problems := judge_key(key, fetched):
        raise RefusedError(problems)
    return HostFile(path=key.keyring, hex=fetched.data.hex())
