"""Rules for single texts that end up in configuration files: names, addresses, properties.

Each function returns what is wrong as the rest of a sentence about the value, or "" if it is fine.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

FQDN_CHARACTERS = 253
LABEL_CHARACTERS = 63
INTERFACE_CHARACTERS = 15

_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
# The e-mail address of HTML (WHATWG HTML, "valid e-mail address"), as browsers check it.
_MAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+"
    r"@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)
_MAIL_PLACEHOLDER = "mail@example.invalid"
_DOMAIN_PLACEHOLDER = "example.invalid"
_SUBSCRIPTION = re.compile(r"(pve[0-9]+|pbs|pmg)[cbsp]-[0-9a-f]{10}", re.ASCII)
_PROPERTY = re.compile(r"[A-Za-z0-9_.:-]+")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.IGNORECASE)
# Without the `.` and `:` that the original lets pass: a VLAN and an alias are called so.
_INTERFACE = re.compile(r"[a-z][a-z0-9_]+", re.IGNORECASE | re.ASCII)
_FINGERPRINT = re.compile(r"[0-9a-f]{2}(:?[0-9a-f]{2}){31}", re.IGNORECASE)


def has_control_character(text: str) -> bool:
    """Whether a text has line breaks (those of Unicode, too) or other control characters."""
    return any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text)


def wrong_with_line(text: str) -> str:
    """A text that must fit on one line and say something."""
    if not text.strip():
        return "is empty"
    if has_control_character(text):
        return "contains a line break or another control character"
    return ""


def wrong_with_domain(text: str) -> str:
    """A domain name of one label or more."""
    if len(text) > FQDN_CHARACTERS:
        return f"has {len(text)} characters, but may have {FQDN_CHARACTERS}"
    for label in text.split("."):
        if not label:
            return "has an empty part between two dots, or at an end"
        if len(label) > LABEL_CHARACTERS:
            return f"has a part of {len(label)} characters, but a part may have {LABEL_CHARACTERS}"
        if not _LABEL.fullmatch(label):
            return "may only have letters, digits and, inside a part, dashes"
    return ""


def wrong_with_fqdn(text: str) -> str:
    """A host name with its domain (hostname(7), RFC 1123 section 2.1)."""
    if problem := wrong_with_domain(text):
        return problem
    host, _, domain = text.partition(".")
    if not domain:
        return "has no domain: a name such as host.example.com is needed"
    if host.isdigit():
        return "begins with a number: a host name needs a letter"
    if host.lower() == "localhost":
        return "calls the host localhost, which is what every machine calls itself"
    if f".{domain.lower()}".endswith(f".{_DOMAIN_PLACEHOLDER}"):
        return "is in the placeholder domain: the host's own domain is needed"
    return ""


def wrong_with_mail(text: str) -> str:
    """An e-mail address that is not the placeholder."""
    if text == _MAIL_PLACEHOLDER:
        return "is the placeholder: an address that somebody reads is needed"
    return "" if _MAIL.fullmatch(text) else "is not an e-mail address"


def wrong_with_subscription(text: str) -> str:
    """A subscription key."""
    return "" if _SUBSCRIPTION.fullmatch(text) else "is not a key such as pve2c-0123456789"


def wrong_with_filter(name: str, pattern: str) -> str:
    """A udev property name and the glob for its value."""
    if not _PROPERTY.fullmatch(name):
        return "is not the name of a udev property such as ID_SERIAL"
    problem = wrong_with_line(pattern)
    return f"has a pattern that {problem}" if problem else ""


def wrong_with_mac(text: str) -> str:
    """A MAC address."""
    return "" if _MAC.fullmatch(text) else "is not a MAC address such as 52:54:00:12:34:56"


def wrong_with_interface(text: str) -> str:
    """A name for a network interface (systemd.link(5), IFNAMSIZ)."""
    if len(text) > INTERFACE_CHARACTERS:
        return f"has {len(text)} characters, but may have {INTERFACE_CHARACTERS}"
    return "" if _INTERFACE.fullmatch(text) else "is not an interface name such as nic0"


def wrong_with_fingerprint(text: str) -> str:
    """A SHA-256 in hexadecimal digits, with or without colons."""
    return "" if _FINGERPRINT.fullmatch(text) else "is not a SHA-256 fingerprint (64 hex digits)"


def wrong_with_url(text: str) -> str:
    """An address that can be fetched over HTTP."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    return "" if usable and not wrong_with_line(text) else "is not an http:// or https:// address"
