"""The JSON Schema of the answer file, for editors that complete and check as one types."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from bedplate.config.schema import AnswerFile, kebab


class _TomlSchema(GenerateJsonSchema):
    """TOML has no null: an absent key is absent, and what must be there is said in `required`."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        result = super().model_schema(schema)
        if required := schema["cls"].REQUIRED:
            result["required"] = [kebab(name) for name in required]
        return result

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        return {"$schema": self.schema_dialect, **super().generate(schema, mode)}


def answer_schema() -> dict[str, Any]:
    """The schema as a JSON-able value (JSON Schema 2020-12)."""
    return AnswerFile.model_json_schema(schema_generator=_TomlSchema)
