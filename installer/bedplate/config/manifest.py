"""The manifest beside the built images: which files belong together, and their checksums."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from bedplate.errors import Problem, RefusedError, UsageError
from bedplate.model.artefacts import MANIFEST
from bedplate.model.invalid import problems_in
from bedplate.model.manifest import Manifest


def load_manifest(folder: Path) -> Manifest:
    """The manifest in a folder of images.

    Raises `UsageError` if it is missing or is not one, with every problem, and `RefusedError` if
    it is not as it was when it was written.
    """
    path = folder / MANIFEST
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        hint = "name the folder of the built images with --images"
        raise UsageError(Problem("manifest-unreadable", str(path), message, hint)) from error
    except ValidationError as error:
        raise UsageError(problems_in(error, "invalid-manifest", str(path))) from None
    if manifest != manifest.sealed():
        message = "does not match its own checksum: it was changed after the images were built"
        raise RefusedError(
            Problem("manifest-damaged", str(path), message, "build or fetch it anew")
        )
    return manifest
