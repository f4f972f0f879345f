"""What apt complains of, by names: its messages, and what to do about those that are known.

apt has no form of its messages for programs. So their words are kept, and a code and a hint are put
beside those that are met again and again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from bedplate.errors import Problem
from bedplate.model.value import Value


class Severity(StrEnum):
    """How much a message matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class AptMessage(Value):
    """A message of apt; `code` is a stable word for what it is about."""

    severity: Severity
    code: str
    text: str
    hint: str = ""

    def problem(self) -> Problem:
        """The message as one of our own."""
        return Problem(self.code, "apt", self.text, self.hint)


# apt-get has letters; apt 3 has words where it is called `apt`.
_BEGIN = re.compile(r"(?P<letter>[EWN]|Error|Warning|Notice): (?P<text>.*)")
_SEVERITIES = {"E": Severity.ERROR, "W": Severity.WARNING, "N": Severity.NOTICE}
_CLOCK = "the archive or its mirror is not looked after, or the clock of this host is wrong"
_MIRROR = "try again in a while: a mirror may be half updated; if it stays, do not trust it"
_NETWORK = "is the address right, and has this host a way there? a proxy may be needed"
_CHECK = "`bedplate repo check` says which entries are wrong"
# The first that fits counts.
_KNOWN = (
    (r"NO_PUBKEY|public key is not available|Missing key", "no-key",
     "the archive's key is not in the keyring that its entry names"),
    (r"Failed to parse keyring|keyring .* (not|unsupported)", "bad-keyring",
     "the keyring that its entry names is not there, or is none"),
    (r"is not bound|not considered secure", "weak-key",
     "the archive's owner has to renew the key; see what `sqv` says of it"),
    (r"Could not get lock|Unable to acquire the dpkg frontend lock|Unable to lock", "locked",
     "another program is at it; wait for its end, and do not remove the lock"),
    (r"dpkg was interrupted", "dpkg-interrupted", "run `dpkg --configure -a`"),
    (r"[Uu]nmet dependencies|held broken packages|Broken packages", "unmet-dependencies",
     "`apt-get --fix-broken install` shows what would mend it"),
    (r"free space|No space left on device", "no-space",
     "`apt-get clean` removes packages that were fetched before"),
    (r"is expired|Expired", "expired", _CLOCK),
    (r"is not valid yet", "from-the-future", "is the clock of this host right?"),
    (r"Hash Sum mismatch|unexpected size|Writing more data than expected|Clearsigned file isn't",
     "tampered", _MIRROR),
    (r"is not signed|no longer signed", "not-signed",
     "nobody vouches for what is in it; see `bedplate repo check`"),
    (r"\b40[13]\s|Unauthorized|Forbidden", "not-for-you",
     "it needs a subscription key, or a login in /etc/apt/auth.conf.d; without one, disable it"),
    (r"(does not have|no longer has) a Release file|\b404\s", "not-there",
     "has the archive a suite of that name? `bedplate repo check` says what fits this host"),
    (r"Could not resolve|Temporary failure resolving|[Cc]onnection |Could not connect"
     r"|Cannot initiate the connection|Network is unreachable|timed out", "not-reached", _NETWORK),
    (r"Conflicting values set for option", "conflicting-entries", _CHECK),
    (r"configured multiple times", "doubled-entries", _CHECK),
    (r"Malformed|Unable to parse|list of sources could not be read", "damaged-entry", _CHECK),
    (r"doesn't have the component|doesn't support architecture", "nothing-to-fetch", _CHECK),
    (r"changed its '", "release-changed",
     "if that is meant, `apt-get update --allow-releaseinfo-change` accepts it"),
    (r"Unable to fetch some archives", "not-fetched", "run the same command again"),
    (r"Essential packages were removed", "essential-removed", "nothing was changed"),
    (r"without --allow-downgrades|remove is disabled", "not-planned",
     "something has changed since the plan was shown; run the same command again"),
    (r"^Some index files failed", "lists-incomplete", ""),
    (r"Sub-process .*dpkg .*returned an error", "dpkg-failed", "see /var/log/apt/term.log"),
)  # fmt: skip
# Said after something that says more.
_FOLLOWS = frozenset({"lists-incomplete"})
_SOURCES_FOLLOW = "The list of sources could not be read."


def parse_messages(text: str) -> tuple[AptMessage, ...]:
    """The messages on apt-get's standard error, each once, in their order.

    Lines that are set in go on with the one before; only the first counts for its name.
    """
    found = tuple(dict.fromkeys(_message(*one) for one in _texts(text)))
    errors = [one for one in found if one.severity is Severity.ERROR]
    said = [one for one in errors if not _is_follow_up(one)]
    return tuple(one for one in found if not (said and _is_follow_up(one)))


def _is_follow_up(message: AptMessage) -> bool:
    return message.code in _FOLLOWS or message.text == _SOURCES_FOLLOW


def _texts(text: str) -> Iterator[tuple[Severity, list[str]]]:
    current: tuple[Severity, list[str]] | None = None
    for line in text.splitlines():
        begin = _BEGIN.fullmatch(line)
        if begin is not None:
            if current is not None:
                yield current
            current = (_SEVERITIES[begin["letter"][0]], [begin["text"].strip()])
        elif current is not None and line.startswith(" ") and line.strip():
            current[1].append(line.strip())
        elif current is not None and line.strip():
            yield current
            current = None
    if current is not None:
        yield current


def _message(severity: Severity, lines: list[str]) -> AptMessage:
    text = re.sub(r"\s+", " ", lines[0])
    for pattern, code, hint in _KNOWN:
        if re.search(pattern, text):
            return AptMessage(severity=severity, code=code, text=text, hint=hint)
    more = "; ".join((text, *lines[1:]))
    return AptMessage(severity=severity, code=f"apt-{severity}", text=more)
