"""What every table of the answer file has in common, and the types of single values.

Every key may be absent as far as these models are concerned, so that the rest of a file can still
be judged when one value is wrong; `REQUIRED` names those that must be there, and
`bedplate.config.shape` holds a file to it.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.functional_validators import PlainValidator
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticCustomError

from bedplate.model.secret import Secret

Filter = dict[str, str]


def kebab(name: str) -> str:
    """The key of a field: `root_password` is `root-password`, `global_` is `global`."""
    return name.strip("_").replace("_", "-")


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _secret(value: object) -> Secret:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "not a text")
    return Secret(value)


SecretText = Annotated[Secret, PlainValidator(_secret), WithJsonSchema({"type": "string"})]
LowerCase = BeforeValidator(_lower)


class Table(BaseModel):
    """A table of the file. It knows all of its keys and keeps the types of TOML apart."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=kebab,
        # pydantic would otherwise quote a password of the wrong type in its message.
        hide_input_in_errors=True,
        defer_build=True,
    )

    REQUIRED: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        assert set(cls.REQUIRED) <= set(cls.model_fields), f"{cls.__name__} requires what it lacks"
