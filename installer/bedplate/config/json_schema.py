"""The JSON Schema of the answer file, for editors that complete and check as one types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from bedplate.config.schema import AnswerFile, DiskSetupTable
from bedplate.config.schema_rules import CONDITIONS, KEYWORDS
from bedplate.config.table import kebab
from bedplate.model.layout import Layout


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
        table = schema["cls"]
        if required := table.REQUIRED:
            result["required"] = [kebab(name) for name in required]
        for key, keywords in KEYWORDS.get(table, {}).items():
            result["properties"][key].update(keywords)
        result.update(CONDITIONS.get(table, {}))
        return result

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        return {"$schema": self.schema_dialect, **super().generate(schema, mode)}


def answer_schema(layouts: Sequence[Layout]) -> dict[str, Any]:
    """The schema as a JSON-able value (JSON Schema 2020-12), for files that use these layouts."""
    schema = AnswerFile.model_json_schema(schema_generator=_TomlSchema)
    disk_setup = schema["$defs"][DiskSetupTable.__name__]["properties"]
    disk_setup["layout"]["enum"] = [layout.name for layout in layouts]
    return schema
