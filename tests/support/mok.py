"""MokManager, the program by which shim asks whether keys are to be enrolled, at a serial console.

It draws menus as on a screen of 80 by 25; the cursor is on the first line of each.
"""

from __future__ import annotations

from bedplate.lab.serial import Console

_SECONDS = 300.0
_DOWN = "\x1b[B"
_RETURN = "\r"


def confirm_enrolment(console: Console, password: str) -> None:
    """Answer every question with yes, at a machine that has just been started again."""
    console.expect("Press any key to perform MOK management", timeout=_SECONDS)
    console.send(_RETURN)
    for question, below in (
        ("Perform MOK management", "Enroll MOK"),
        (r"\[Enroll MOK\]", "Continue"),
        (r"Enroll the key\(s\)\?", "Yes"),
    ):
        console.expect(question, timeout=_SECONDS)
        console.expect(below, timeout=_SECONDS)
        console.send(_DOWN)
        console.send(_RETURN)
    console.expect("Password:", timeout=_SECONDS)
    console.send(password + _RETURN)
    console.expect("Perform MOK management", timeout=_SECONDS)
    console.expect("Reboot", timeout=_SECONDS)
    console.send(_RETURN)
