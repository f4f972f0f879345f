"""The doctor's last word on this host, kept for those who ask often: looking takes a while."""

from __future__ import annotations

import time
from pathlib import Path

from pydantic import ValidationError

from bedplate.apply.files import put_file
from bedplate.errors import CommandError, FactsError, RefusedError
from bedplate.model.diagnosis import LAST_DIAGNOSIS, DatedDiagnosis, Diagnosis

KEPT = Path(LAST_DIAGNOSIS)
_PRIVATE = 0o600


def keep_diagnosis(found: Diagnosis) -> DatedDiagnosis:
    """Write down what the doctor found just now."""
    dated = DatedDiagnosis(at=time.time(), diagnosis=found)
    put_file(KEPT, dated.model_dump_json().encode(), _PRIVATE)
    return dated


def last_diagnosis() -> DatedDiagnosis | None:
    """What was kept since the host was started; without it the doctor looks now.

    `None` on a host whose start nobody looks after, and where the doctor cannot look: that is news
    for whoever runs it, and keeps nobody from learning how the disks are.
    """
    try:
        return DatedDiagnosis.model_validate_json(KEPT.read_text())
    except (OSError, ValidationError):
        pass
    # Only whoever comes first needs it, and it takes a while to load.
    from bedplate.cli.doctor import examine

    try:
        return keep_diagnosis(examine(boot=False))
    except (CommandError, FactsError, RefusedError):
        return None
