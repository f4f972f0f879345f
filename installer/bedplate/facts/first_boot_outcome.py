"""How the first start of this host went."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from bedplate.facts.kernels import text_of
from bedplate.model.first_boot import JOB, OUTCOME, FirstBootOutcome
from bedplate.model.invalid import problems_in


def probe_outcome(root: Path = Path("/")) -> FirstBootOutcome | None:
    """So far; `None` on a host that has nothing of the kind to do.

    What was written down and cannot be read is `unreadable`: it is not known what was done then.
    """
    text = text_of(root, OUTCOME)
    if text is None:
        return FirstBootOutcome(state="waiting") if (root / JOB[1:]).exists() else None
    try:
        return FirstBootOutcome.model_validate_json(text)
    except ValidationError as error:
        said = "; ".join(map(str, problems_in(error, "outcome-invalid", OUTCOME)))
        return FirstBootOutcome(state="unreadable", said=said)
