"""Hands certificates to shim, which asks at the next boot whether they are to be enrolled."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence

from bedplate.model.secret import Secret
from bedplate.model.secure_boot import Certificate
from bedplate.run import Runner


def stage_enrolment(run: Runner, certificates: Sequence[Certificate], password: Secret) -> None:
    """Stage them; whoever confirms that at the machine has to know the password.

    Only a hash of it is kept in the firmware, and in no file that stays. mokutil leaves out what it
    finds elsewhere, and calls that a success: see `not_staged`. Raises `CommandError`.
    """
    # Neither does the password show among the arguments of a process: mokutil's own hash would.
    hashed = run(["openssl", "passwd", "-6", "-stdin"], stdin=password).stdout
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(hashed)
        file.flush()
        files = [one.path for one in certificates]
        run(["mokutil", "--import", *files, "--hash-file", file.name])
