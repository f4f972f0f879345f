"""Rules for single texts that end up in configuration files: names, addresses, properties.

Each function returns what is wrong as the rest of a sentence about the value, or "" if it is fine.
"""

from __future__ import annotations

import re
import unicodedata
from ipaddress import ip_address
from urllib.parse import urlsplit

from bedplate.model.network import INTERFACE_CHARACTERS

FQDN_CHARACTERS = 253
LABEL_CHARACTERS = 63

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
# adduser.conf(5), NAME_REGEX; what useradd(8) takes is longer, and not all tools take that.
_USER = re.compile(r"[a-z][a-z0-9_-]{0,31}")
# Users and groups of base-passwd and systemd: none of them is a person.
_SYSTEM_USERS = frozenset(
    {
        *("root", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp"),
        *("proxy", "www-data", "backup", "list", "irc", "nobody", "nogroup", "sshd", "postfix"),
        *("messagebus", "adm", "tty", "disk", "sudo", "shadow", "utmp", "video", "plugdev"),
        *("staff", "users"),
    }
)
_LOCALE = re.compile(r"C\.UTF-8|[a-z]{2,3}_[A-Z]{2}(\.UTF-8)(@[a-z]+)?")
_POOL = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]*")
_NO_POOL = re.compile(r"(mirror|raidz|draid|spare|c[0-9]).*|log")
_DATASET = re.compile(r"[A-Za-z0-9_.:-]+")
_DEVICE = re.compile(r"/dev/[A-Za-z0-9_.:@+/-]+")
_SYSCTL = re.compile(r"[a-z][A-Za-z0-9_-]*([./][A-Za-z0-9_:*@-]+)+")
DATASET_CHARACTERS = 255
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


def wrong_with_value(text: str) -> str:
    """A line whose ends are seen, as the value of a setting or a secret."""
    ends = "begins or ends with a space" if text != text.strip() else ""
    return wrong_with_line(text) or ends


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


def wrong_with_server(text: str) -> str:
    """The name or the address of another machine."""
    if is_address(text):
        return ""
    if re.fullmatch(r"[0-9.]+", text) or ":" in text:
        return "is no IP address"
    return wrong_with_domain(text)


def is_address(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address, without anything around it."""
    try:
        return "%" not in str(ip_address(text))
    except ValueError:
        return False


def wrong_with_user(text: str) -> str:
    """A name for a person's account."""
    if not _USER.fullmatch(text):
        return "is no user name: at most 32 of a-z, 0-9, _ and -, a letter first"
    return "is a user or group of the system" if text in _SYSTEM_USERS else ""


def wrong_with_locale(text: str) -> str:
    """A locale with an encoding that everything on the host can read."""
    return "" if _LOCALE.fullmatch(text) else "is no locale in UTF-8 such as de_AT.UTF-8"


def wrong_with_pool(text: str) -> str:
    """The name of a pool, zpoolconcepts(7)."""
    is_name = _POOL.fullmatch(text) and not _NO_POOL.fullmatch(text)
    return "" if is_name else "is no name of a pool"


def wrong_with_dataset(text: str) -> str:
    """The full name of a dataset, pool first, zfs(8)."""
    pool, *names = text.split("/")
    if wrong := wrong_with_pool(pool):
        return wrong
    if len(text) > DATASET_CHARACTERS:
        return f"has {len(text)} characters, but may have {DATASET_CHARACTERS}"
    odd = [name for name in names if not _DATASET.fullmatch(name) or name in {".", ".."}]
    return "is no name of a dataset such as tank/data" if odd else ""


def wrong_with_device(text: str) -> str:
    """The path of a device."""
    is_path = _DEVICE.fullmatch(text) and not {"", ".", ".."} & set(text[1:].split("/"))
    return "" if is_path else "is not the path of a device below /dev"


def wrong_with_sysctl(name: str) -> str:
    """The name of a kernel parameter, sysctl.d(5)."""
    return "" if _SYSCTL.fullmatch(name) else "is not the name of a kernel parameter"
