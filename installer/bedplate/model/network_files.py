"""What a running host says of its network in files, and how that is to change."""

from __future__ import annotations

from typing import Literal

from bedplate.errors import Problem
from bedplate.model.facts import NicFact, Route
from bedplate.model.interfaces import Stanza
from bedplate.model.interfaces_file import InterfacesFile
from bedplate.model.value import Value

INTERFACES = "/etc/network/interfaces"
NEW_INTERFACES = "/etc/network/interfaces.new"
ASKED = "/var/lib/bedplate/network.json"
"""What an answer file asked for when the network was last changed by one: the stanzas."""


class NetworkFiles(Value):
    """The file that is in use and the one that waits beside it, each with those that it includes.

    `asked` is what an answer file last asked for.
    """

    interfaces: InterfacesFile
    sourced: tuple[InterfacesFile, ...] = ()
    new: InterfacesFile | None = None
    new_sourced: tuple[InterfacesFile, ...] = ()
    asked: tuple[Stanza, ...] = ()


class LiveNetwork(Value):
    """What there is at the moment: interfaces and routes, and the addresses of this connection.

    `client` is who is connected over SSH, `server` the address of the host that is spoken to.
    """

    nics: tuple[NicFact, ...] = ()
    routes: tuple[Route, ...] = ()
    client: str | None = None
    server: str | None = None


class InterfaceChange(Value):
    """What becomes of an interface in the file."""

    name: str
    change: Literal["added", "changed", "removed"]


class NetworkChange(Value):
    """The file that is in use, before and after, and what that is going to do.

    `problems` are what is wrong with the network afterwards, as far as that can be seen before.
    `asked` is what is to be remembered as asked for; `None` if no answer file asked.
    """

    before: str
    after: str
    interfaces: tuple[InterfaceChange, ...] = ()
    problems: tuple[Problem, ...] = ()
    asked: tuple[Stanza, ...] | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether the file says already what it is to say."""
        return self.before == self.after


class IfupdownCheck(Value):
    """What ifupdown2 says of a file, and what its check ended with.

    Of a `clean` one ifreload has nothing to say either, so that it ends with 0 if all goes well.
    """

    code: int
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    clean: bool = True
