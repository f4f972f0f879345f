"""Values that must never be shown: passwords and their hashes, tokens, keys."""

from __future__ import annotations

from typing import Any, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

MASK: Final = "***"


class Secret:
    """A text that renders as `***` wherever it is printed, logged or serialised.

    Only `reveal` gives it away; its callers are the ones to read in a review.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the standard input of the one program that needs it."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            lambda value: value if isinstance(value, Secret) else Secret(value),
            core_schema.union_schema(
                [core_schema.is_instance_schema(Secret), core_schema.str_schema()]
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda _: MASK),
        )


def filled(text: str, secret: Secret) -> Secret:
    """A text in which a secret stands as `MASK`, with the secret itself."""
    return Secret(text.replace(MASK, secret.reveal()))
