"""What every value of the model has in common: it cannot change, and knows all of its keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value that refuses keys it does not know.

    Its validator is made when it is first wanted: no command wants them all. What follows from its
    fields may be remembered by a `functools.cached_property`, which takes no part in comparing,
    hashing or writing a value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def model_copy(self, *, update: Mapping[str, object] | None = None, deep: bool = False) -> Self:
        """A copy with some fields replaced; it remembers nothing of the original."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied
