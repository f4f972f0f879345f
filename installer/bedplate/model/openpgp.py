"""Which keys are in a file: OpenPGP's framing (RFC 9580), and nothing of its cryptography.

What a signature is worth is gpgv's to say. But gpgv cannot list a keyring, an installed host has
no gpg, and gpg knows no keys of version 6. A fingerprint is a checksum over a packet: it is taken
here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

from bedplate.model.archive_key import Certificate, KeyFile

_PUBLIC_KEY, _PUBLIC_SUBKEY = 6, 14
_SECRET_KEY, _SECRET_SUBKEY = 5, 7
# What a certificate is made of beside keys: signatures, trust, user ids, attributes, padding.
_BESIDE_KEYS = frozenset({2, 12, 13, 17, 21})
_ARMOUR = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t\r]*\n(?:[^\n]*: [^\n]*\n)*"
    rb"(?P<body>[A-Za-z0-9+/=\s]*?)(?:\n=[A-Za-z0-9+/]{4})?\s*"
    rb"-----END PGP PUBLIC KEY BLOCK-----"
)
_NO_KEYS = "is not a file with keys of OpenPGP"
_CUT_OFF = "ends in the middle of a key"
_KEYBOX_MAGIC, _KEYBOX_MAGIC_AT = b"KBXf", 8


def read_key_file(where: str, data: bytes) -> KeyFile:
    """The keys in a file, which messages call `where`.

    Raises `ValueError` with the rest of a sentence about a file that is none of public keys.
    """
    bare = without_armour(data)
    return KeyFile(
        where=where,
        sha256=hashlib.sha256(data).hexdigest(),
        sha512=hashlib.sha512(data).hexdigest(),
        data=bare,
        certificates=parse_certificates(bare),
    )


def without_armour(data: bytes) -> bytes:
    """The packets in a file, whether they were written in letters or not. Raises `ValueError`."""
    if data[_KEYBOX_MAGIC_AT:][: len(_KEYBOX_MAGIC)] == _KEYBOX_MAGIC:
        raise ValueError("is a keybox of GnuPG, which apt does not read; export the key from it")
    if b"-----BEGIN PGP PRIVATE KEY BLOCK" in data:
        raise ValueError("holds a secret key, which nobody but its owner may have")
    if b"-----BEGIN PGP" not in data:
        return data
    blocks = [match["body"] for match in _ARMOUR.finditer(data)]
    if not blocks:
        raise ValueError("begins as a key in letters, and does not go on as one")
    try:
        return b"".join(base64.b64decode(b"".join(body.split()), validate=True) for body in blocks)
    except binascii.Error:
        raise ValueError("begins as a key in letters, and is not in base64") from None


def parse_certificates(data: bytes) -> tuple[Certificate, ...]:
    """The public keys in a file without armour.

    Raises `ValueError` with the rest of a sentence about a file that holds something else.
    """
    keys: list[tuple[int, str, list[str]]] = []
    for tag, body in _packets(data):
        if tag in (_SECRET_KEY, _SECRET_SUBKEY):
            raise ValueError("holds a secret key, which nobody but its owner may have")
        if tag == _PUBLIC_KEY:
            keys.append((body[0] if body else 0, _fingerprint(body), []))
        elif not keys:
            raise ValueError("does not begin with a public key")
        elif tag == _PUBLIC_SUBKEY:
            keys[-1][2].append(_fingerprint(body))
        elif tag not in _BESIDE_KEYS:
            raise ValueError(f"holds something that is no public key (a packet of type {tag})")
    if not keys:
        raise ValueError("is empty")
    return tuple(
        Certificate(version=version, fingerprint=fingerprint, subkeys=tuple(subkeys))
        for version, fingerprint, subkeys in keys
    )


def _fingerprint(body: bytes) -> str:
    """RFC 9580 section 5.5.4."""
    match body[:1]:
        case b"\4":
            packet = b"\x99" + len(body).to_bytes(2, "big") + body
            return hashlib.sha1(packet, usedforsecurity=False).hexdigest().upper()
        case b"\6":
            packet = b"\x9b" + len(body).to_bytes(4, "big") + body
            return hashlib.sha256(packet).hexdigest().upper()
        case other:
            version = other[0] if other else 0
            raise ValueError(f"holds a key of version {version}; those of 4 and 6 are known")


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of each packet, RFC 9580 section 4.2."""
    at = 0
    while at < len(data):
        tag, size, start = _header(data, at)
        at = start + size
        if at > len(data):
            raise ValueError(_CUT_OFF)
        yield tag, data[start:at]


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Type and size of the packet there, and where its content begins.

    Only data comes in pieces, or without a size; keys do not.
    """
    first = data[at]
    if first & 0xC0 == 0xC0:
        size, start = _new_size(data, at + 1)
        return first & 0x3F, size, start
    octets = 1 << (first & 3)
    if not first & 0x80 or octets > 4:
        raise ValueError(_NO_KEYS)
    return (first >> 2) & 0x0F, _number(data, at + 1, octets), at + 1 + octets


def _new_size(data: bytes, at: int) -> tuple[int, int]:
    first = _number(data, at, 1)
    if first < 192:
        return first, at + 1
    if first < 224:
        return ((first - 192) << 8) + _number(data, at + 1, 1) + 192, at + 2
    if first < 255:
        raise ValueError(_NO_KEYS)
    return _number(data, at + 1, 4), at + 5


def _number(data: bytes, at: int, octets: int) -> int:
    field = data[at : at + octets]
    if len(field) < octets:
        raise ValueError(_CUT_OFF)
    return int.from_bytes(field, "big")
