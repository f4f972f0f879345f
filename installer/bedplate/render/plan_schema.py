"""The JSON Schema of a plan: what programs that read `bedplate plan --json` can count on."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from bedplate.model.plan import Plan


def plan_schema() -> dict[str, Any]:
    """The schema as a JSON-able value (JSON Schema 2020-12)."""
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **Plan.model_json_schema(mode="serialization"),
    }
