"""Whether a network is on trial on this host, and how the last trial ended."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from bedplate.errors import FactsError, Problem
from bedplate.model.network_trial import OUTCOME, TRIAL, NetworkTrial

_BOOT_ID = "proc/sys/kernel/random/boot_id"


def probe_trial(root: Path = Path("/")) -> NetworkTrial | None:
    """The trial that is on, if one is. Raises `FactsError` if its mark is none of ours."""
    try:
        text = (root / TRIAL.lstrip("/")).read_text()
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise FactsError(Problem("unreadable", TRIAL, message)) from error
    try:
        return NetworkTrial.model_validate_json(text)
    except ValidationError as error:
        message = "is not the mark of a trial that this version makes"
        hint = "see to /etc/network/interfaces by hand, then remove the mark"
        raise FactsError(Problem("trial-damaged", TRIAL, message, hint)) from error


def probe_outcome(root: Path = Path("/")) -> str | None:
    """How the last trial since the boot ended, in words."""
    try:
        return (root / OUTCOME.lstrip("/")).read_text().strip()
    except OSError:
        return None


def probe_boot(root: Path = Path("/")) -> str:
    """What tells this boot of the machine from every other one."""
    try:
        return (root / _BOOT_ID).read_text().strip()
    except OSError:
        return ""
