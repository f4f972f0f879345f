"""What the images are made of: the TOML files in `images/` as frozen values.

It knows the recipes' keys and what makes one invalid; how an image is built from one is for
`bedplate.image.base` and its neighbours.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints, ValidationError

from bedplate.errors import Problem, UsageError
from bedplate.model.invalid import key_path
from bedplate.model.value import Value

# deb-control(5), Package; apt's own syntax (`name=version`, `name/suite`) is not for recipes.
PackageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
RelativePath = Annotated[str, StringConstraints(pattern=r"^[^/.,][^,]*[^/,]$")]


class Archive(Value):
    """A Debian archive to take packages from; its suites are signed with Debian's keys."""

    uri: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    suites: tuple[Word, ...] = Field(min_length=1)
    components: tuple[Word, ...] = Field(min_length=1)

    def sources(self) -> tuple[str, ...]:
        """One-line sources, see sources.list(5)."""
        keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
        return tuple(
            f"deb [signed-by={keyring}] {self.uri} {suite} {' '.join(self.components)}"
            for suite in self.suites
        )


class DpkgPaths(Value):
    """Shell patterns of paths that dpkg leaves out, and of those it puts in all the same."""

    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()


class BaseRecipe(Value):
    """The base system: `images/base.toml`. `packages` are in groups only for the reader."""

    suite: Word
    architecture: Word
    dpkg: DpkgPaths = DpkgPaths()
    archive: tuple[Archive, ...] = Field(min_length=1)
    packages: dict[str, tuple[PackageName, ...]] = Field(min_length=1)

    def package_names(self) -> tuple[str, ...]:
        """Every package, in the recipe's order."""
        return tuple(name for group in self.packages.values() for name in group)


class LiveRecipe(Value):
    """The live layer: `images/live.toml`. `drop` are paths below / that the layer leaves out."""

    packages: tuple[PackageName, ...] = Field(min_length=1)
    drop: tuple[RelativePath, ...] = ()


AnyRecipe = TypeVar("AnyRecipe", BaseRecipe, LiveRecipe)


def parse_recipe(kind: type[AnyRecipe], text: str, where: str) -> AnyRecipe:
    """The recipe in a TOML text; `where` names the file in messages.

    Raises `UsageError` with every problem of the text.
    """
    try:
        recipe = kind.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(Problem("recipe-syntax", where, f"is not valid TOML: {error}")) from error
    except ValidationError as error:
        raise UsageError(_problems(error, where)) from error
    if twice := _listed_twice(recipe):
        raise UsageError(
            [
                Problem("recipe-duplicate", f"{where}: packages", f"{name} is listed twice")
                for name in twice
            ]
        )
    return recipe


def read_recipe(kind: type[AnyRecipe], path: Path) -> AnyRecipe:
    """The recipe in a file. Raises `UsageError` if it is missing or wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = "give the folder of bedplate's source with --source"
        raise UsageError(
            Problem("recipe-missing", str(path), "there is no such recipe", hint)
        ) from error
    return parse_recipe(kind, text, path.name)


def _listed_twice(recipe: BaseRecipe | LiveRecipe) -> list[str]:
    match recipe:
        case BaseRecipe():
            names = recipe.package_names()
        case LiveRecipe():
            names = recipe.packages
    return [name for name, times in Counter(names).items() if times > 1]


def _problems(error: ValidationError, where: str) -> list[Problem]:
    items = error.errors()
    # A list with a bad item is also reported as too short, which would send the reader astray.
    inner = {item["loc"][:length] for item in items for length in range(len(item["loc"]))}
    return [
        Problem(
            "recipe-invalid",
            f"{where}: {key_path(item['loc'])}",
            f"{item['msg']}, found {item['input']!r}",
        )
        for item in items
        if item["loc"] not in inner
    ]
