"""User-mode-linux machines: a real kernel as a process, for what the host's own cannot do."""

from tests.support.uml.machine import GAVE_UP, Uml, UmlResult, find_obstacle

__all__ = ["GAVE_UP", "Uml", "UmlResult", "find_obstacle"]
