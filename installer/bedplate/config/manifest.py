"""The manifest beside the built images: which files belong together, and their checksums."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from bedplate.config.findings import key_path
from bedplate.errors import Problem, UsageError
from bedplate.model.manifest import Manifest

MANIFEST = "manifest.json"


def load_manifest(folder: Path) -> Manifest:
    """The manifest in a folder of images.

    Raises `UsageError` if it is missing or is not one, with every problem.
    """
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        hint = "name the folder of the built images with --images"
        raise UsageError(Problem("manifest-unreadable", str(path), message, hint)) from error
    except ValidationError as error:
        raise UsageError(
            [
                Problem("invalid-manifest", f"{path}: {key_path(item['loc'])}", item["msg"])
                for item in error.errors(include_url=False)
            ]
        ) from None
