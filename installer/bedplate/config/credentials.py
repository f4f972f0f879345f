"""Rules for what lets somebody in: password, password hash, SSH public key.

Like `bedplate.config.names`, with one difference: nothing here repeats what it was given.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

from bedplate.config.findings import Findings
from bedplate.config.names import has_control_character

PASSWORD_CHARACTERS = 8
# crypt(3) takes 512 bytes with the NUL that ends them.
PASSWORD_BYTES = 511

# Prefixes, alphabets and lengths as in crypt(5).
_SALT = r"[./0-9A-Za-z]"
_HASHES = re.compile(
    "|".join(
        (
            rf"\$y\${_SALT}+\${_SALT}{{0,86}}\${_SALT}{{43}}",
            rf"\$gy\${_SALT}+\${_SALT}{{0,86}}\${_SALT}{{43}}",
            rf"\$7\${_SALT}{{11,97}}\${_SALT}{{43}}",
            rf"\$2[abxy]\$[0-9]{{2}}\${_SALT}{{53}}",
            rf"\$6\$(rounds=[1-9][0-9]+\$)?[!-#%-9;-~]{{1,16}}\${_SALT}{{86}}",
            rf"\$5\$(rounds=[1-9][0-9]+\$)?[!-#%-9;-~]{{1,16}}\${_SALT}{{43}}",
            rf"\$1\$[!-#%-9;-~]{{1,8}}\${_SALT}{{22}}",
        )
    )
)

_KEY_TYPES = frozenset(
    {
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    }
)
_KEY_OPTIONS = re.compile(r'(?:[^\s"]|"(?:\\.|[^"\\])*")+\s+')


def wrong_with_password(text: str) -> str:
    """A plain password, as `chpasswd` can take it: one line."""
    if len(text) < PASSWORD_CHARACTERS:
        return f"must be at least {PASSWORD_CHARACTERS} characters long"
    if len(text.encode()) > PASSWORD_BYTES:
        return f"must be at most {PASSWORD_BYTES} bytes long"
    if has_control_character(text):
        return "contains a line break or another control character"
    return ""


def wrong_with_hash(text: str) -> str:
    """A hashed password that can be logged in with."""
    return "" if _HASHES.fullmatch(text) else "is not a password hash as crypt(5) describes it"


def wrong_with_ssh_key(text: str) -> str:
    """One line of an authorized_keys file (sshd(8)), options included."""
    if has_control_character(text):
        return "contains a line break or another control character: one key is one line"
    words = text.split()
    if words and words[0] not in _KEY_TYPES:
        words = _KEY_OPTIONS.sub("", text.strip(), count=1).split()
    if not words or words[0] not in _KEY_TYPES:
        return f"is not a public key of a known type ({', '.join(sorted(_KEY_TYPES))})"
    if len(words) < 2:
        return "ends after the type of the key"
    return "" if _holds_key(words[0], words[1]) else f"is not a whole {words[0]} key in base64"


def _holds_key(kind: str, text: str) -> bool:
    """Whether base64 holds a key of that kind: fields with lengths, the kind first (RFC 4253)."""
    try:
        rest = base64.b64decode(text, validate=True)
    except ValueError:  # not base64, or not even ASCII
        return False
    fields = []
    while rest:
        size = int.from_bytes(rest[:4], "big")
        if len(rest) < 4 + size:
            return False
        fields.append(rest[4 : 4 + size])
        rest = rest[4 + size :]
    return len(fields) >= 2 and fields[0] == kind.encode()


def check_ssh_keys(where: str, given: Sequence[str], findings: Findings) -> tuple[str, ...]:
    """The public keys, without the line ends that people paste along with them."""
    keys = tuple(key.strip() for key in given)
    for number, key in enumerate(keys):
        here = f"{where}[{number}]"
        if not findings.spoilt(here) and (wrong := wrong_with_ssh_key(key)):
            findings.problem("invalid-value", here, wrong)
    return keys
