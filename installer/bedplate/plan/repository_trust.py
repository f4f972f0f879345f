"""Findings about what keeps others from putting words into a repository's mouth, or listening."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem
from bedplate.model.archive_key import DEBIAN_KEYRING
from bedplate.model.known_repository import RELEASES
from bedplate.model.repository import without_credentials
from bedplate.plan.repositories import Identity, Picture, is_medium, is_plain_http, keyring_of

_YES = frozenset({"yes", "true", "with", "on", "enable", "1"})
_SWITCHES = {
    "trusted": "has packages taken without looking at their signature",
    "allow-insecure": "lets a Release without a signature pass",
    "allow-weak": "lets checksums pass that can be forged",
    "allow-downgrade-to-insecure": "lets a Release lose its signature",
}


def keyring_missing(picture: Picture) -> Iterator[Problem]:
    """Keyrings that an entry names and the host does not have."""
    for entry, found in picture.entries():
        for path in (entry.signed_by or "").split(","):
            if path in picture.host.missing_keyrings:
                hint = _key_hint(found, path)
                message = f"is to be signed by {path}, which is not there"
                yield Problem("keyring-missing", entry.place, message, hint)


def unsigned_by_anybody(picture: Picture) -> Iterator[Problem]:
    """Entries that any key which apt trusts could sign for."""
    release = RELEASES.get(picture.host.codename or "")
    for entry, found in picture.entries():
        is_bare = entry.signed_by is None and not _is_on(entry.options.get("trusted"))
        if not is_bare or is_medium(entry):
            continue
        if all(one.family is None for one in found):
            message = "names no key, so whoever has any key that apt trusts can sign for it"
            hint = "add Signed-By (signed-by in a line) with the keyring of its owner"
            yield Problem("no-signed-by", entry.place, message, hint)
        elif release is not None and release.wants_signed_by:
            message = f"names no key, of which apt complains in {release.codename}"
            known = next((one.known for one in found if one.known), None)
            keyring = "its keyring" if known is None else keyring_of(known)
            hint = f"add Signed-By: {keyring} (signed-by in a line)"
            yield Problem("no-signed-by", entry.place, message, hint)


def unverified(picture: Picture) -> Iterator[Problem]:
    """Entries that switch apt's verification off."""
    for entry, _ in picture.entries():
        for option, what in _SWITCHES.items():
            if _is_on(entry.options.get(option)):
                hint = "take the option out, and name the owner's key instead"
                yield Problem("unverified", entry.place, f"has {option}, which {what}", hint)


def plain_http(picture: Picture) -> Iterator[Problem]:
    """Third parties over http: everybody on the way sees what is fetched, and can hold it back."""
    for entry, found in picture.entries():
        uris = dict.fromkeys(
            one.target.uri for one in found if one.family is None and is_plain_http(one.target.uri)
        )
        for uri in map(without_credentials, uris):
            message = f"fetches {uri} without encryption, from a third party"
            yield Problem("plain-http", entry.place, message, "use https://, if it has that")


def with_credentials(picture: Picture) -> Iterator[Problem]:
    """Passwords in a file that everybody on the host can read; disabled entries have them too."""
    for entry in picture.sources.entries:
        for uri in entry.uris:
            if (shown := without_credentials(uri)) != uri:
                message = f"has a user and perhaps a password in {shown}, for everybody to read"
                hint = "put them into /etc/apt/auth.conf.d, apt_auth.conf(5)"
                yield Problem("credentials-in-uri", entry.place, message, hint)


def _key_hint(found: tuple[Identity, ...], path: str) -> str:
    known = next((one.known for one in found if one.known), None)
    if path == DEBIAN_KEYRING:
        return "install the package debian-archive-keyring"
    if known is not None and keyring_of(known) == path:
        return f"`bedplate repo enable {known.name}` fetches and checks it"
    return "put the key there, or name the one that is"


def _is_on(value: str | None) -> bool:
    return (value or "").strip().lower() in _YES
