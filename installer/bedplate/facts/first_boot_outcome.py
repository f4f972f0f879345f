"""How the first start of this host went."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from bedplate.facts.kernels import text_of
from bedplate.model.first_boot import OUTCOME, FirstBootOutcome


def probe_outcome(root: Path = Path("/")) -> FirstBootOutcome | None:
    """So far; `None` on a host that has begun nothing of the kind."""
    try:
        return FirstBootOutcome.model_validate_json(text_of(root, OUTCOME) or "")
    except ValidationError:
        return None
