"""What interfaces(5) says of an interface: a stanza of /etc/network/interfaces, in its terms."""

from __future__ import annotations

from typing import Literal

from bedplate.model.value import Value

Family = Literal["inet", "inet6"]


class Option(Value):
    """A line of a stanza: `address` and `192.0.2.7/24`, `post-up` and a command."""

    key: str
    value: str


class Stanza(Value):
    """`iface NAME FAMILY METHOD` and its options in order; an option may be there several times.

    An `auto` one comes up with the host. `comments` are the lines that explain it, without their
    `#`. An interface with both families has two stanzas, of which the first is `auto`.
    """

    name: str
    family: Family = "inet"
    method: str = "manual"
    auto: bool = False
    options: tuple[Option, ...] = ()
    comments: tuple[str, ...] = ()
