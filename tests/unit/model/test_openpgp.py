"""Which keys are in a file, whatever the file is."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.model.archive_key import Certificate
from bedplate.model.openpgp import parse_certificates, without_armour

# The sample certificate of version 6 in RFC 9580, appendix A.3, and the fingerprints that it has.
V6 = """-----BEGIN PGP PUBLIC KEY BLOCK-----

xioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laPCsQYf
GwoAAABCBYJjh3/jAwsJBwUVCg4IDAIWAAKbAwIeCSIhBssYbE8GCaaX5NUt+mxy
KwwfHifBilZwj2Ul7Ce62azJBScJAgcCAAAAAK0oIBA+LX0ifsDm185Ecds2v8lw
gyU2kCcUmKfvBXbAf6rhRYWzuQOwEn7E/aLwIwRaLsdry0+VcallHhSu4RN6HWaE
QsiPlR4zxP/TP7mhfVEe7XWPxtnMUMtf15OyA51YBM4qBmOHf+MZAAAAIIaTJINn
+eUBXbki+PSAld2nhJh/LVmFsS+60WyvXkQ1wpsGGBsKAAAALAWCY4d/4wKbDCIh
BssYbE8GCaaX5NUt+mxyKwwfHifBilZwj2Ul7Ce62azJAAAAAAQBIKbpGG2dWTX8
j+VjFM21J0hqWlEg+bdiojWnKfA5AQpWUWtnNwDEM0g12vYxoWM8Y81W+bHBw805
I8kWVkXU6vFOi+HWvv/ira7ofJu16NnoUkhclkUrk0mXubZvyl4GBg==
-----END PGP PUBLIC KEY BLOCK-----
"""
V6_CERTIFICATE = Certificate(
    version=6,
    fingerprint="CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9",
    subkeys=("12C83F1E706F6308FE151A417743A1F033790E93E9978488D1DB378DA9930885",),
)
# A body of version 4: made on 1 January 1970, Ed25519. Its fingerprint is a SHA-1 over the packet.
V4_BODY = bytes.fromhex("0400000000" + "16" + "00")


def old(tag: int, body: bytes) -> bytes:
    """A packet in the old format, with a size of two octets."""
    return bytes([0x80 | tag << 2 | 1]) + len(body).to_bytes(2, "big") + body


def new(tag: int, body: bytes, size: bytes) -> bytes:
    """A packet in the new format, with its size as it is given."""
    return bytes([0xC0 | tag]) + size + body


def test_a_key_of_version_6_has_the_fingerprint_of_its_standard() -> None:
    assert parse_certificates(without_armour(V6.encode())) == (V6_CERTIFICATE,)


def test_headers_and_the_checksum_of_the_armour_may_be_there() -> None:
    with_more = V6.replace("\n\n", "\nVersion: 1\nComment: none\n\n", 1)
    with_more = with_more.replace("BGg==\n", "BGg==\n=abcd\n").replace("\n", "\r\n")
    assert without_armour(with_more.encode()) == without_armour(V6.encode())


def test_several_blocks_of_armour_are_several_keys() -> None:
    assert parse_certificates(without_armour((V6 + V6).encode())) == (V6_CERTIFICATE,) * 2


@pytest.mark.parametrize("size", [b"\x07", b"\xff\x00\x00\x00\x07"], ids=["1", "5"])
def test_the_size_of_a_packet_is_written_in_many_ways(size: bytes) -> None:
    (plain,) = parse_certificates(old(6, V4_BODY))
    assert parse_certificates(new(6, V4_BODY, size)) == (plain,)
    assert plain.version == 4
    assert len(plain.fingerprint) == 40


def test_a_size_of_two_octets_begins_at_192() -> None:
    body = V4_BODY + bytes(300 - len(V4_BODY))
    size = bytes([192 + ((300 - 192) >> 8), (300 - 192) & 0xFF])
    assert parse_certificates(new(6, body, size)) == parse_certificates(old(6, body))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"hello\n", "is not a file with keys of OpenPGP"),
        (b"\0" * 8 + b"KBXf" + b"\0" * 20, "is a keybox of GnuPG"),
        (old(5, V4_BODY), "holds a secret key"),
        (old(6, V4_BODY) + old(7, V4_BODY), "holds a secret key"),
        (b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "holds a secret key"),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nabc", "does not go on as one"),
        (V6.replace("xioG", "xio").encode(), "is not in base64"),
        (old(2, b"signature"), "does not begin with a public key"),
        (old(6, V4_BODY) + old(11, b"text"), "holds something that is no public key"),
        (old(6, b"\3" + V4_BODY[1:]), "holds a key of version 3"),
        (old(6, V4_BODY)[:-1], "ends in the middle of a key"),
        (old(6, V4_BODY)[:2], "ends in the middle of a key"),
        (bytes([0xC6, 0xFF, 0]), "ends in the middle of a key"),
        (bytes([0xC6, 0xE1]) + V4_BODY, "is not a file with keys of OpenPGP"),
        (bytes([0x80 | 6 << 2 | 3]) + V4_BODY, "is not a file with keys of OpenPGP"),
    ],
)
def test_what_is_no_file_of_public_keys_is_said(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_certificates(without_armour(data))


@given(st.binary(max_size=200) | st.binary(max_size=60).map(base64.b64encode))
def test_whatever_a_file_holds_it_is_keys_or_a_sentence(data: bytes) -> None:
    for form in (data, V6.encode()[: len(data)] + data):
        assert keys_or_sentence(form)


def keys_or_sentence(data: bytes) -> tuple[Certificate, ...] | str:
    """What is in a file, or why nothing is."""
    try:
        return parse_certificates(without_armour(data))
    except ValueError as error:
        return str(error)
