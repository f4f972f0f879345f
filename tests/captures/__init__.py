"""Output of tools and pieces of disks as they were really seen, named with tool and version."""

from __future__ import annotations

import gzip
from pathlib import Path

FOLDER = Path(__file__).parent


def captured(name: str) -> str:
    """The text of a capture."""
    return (FOLDER / name).read_text()


def captured_image(name: str) -> bytes:
    """The bytes of a captured disk image (`.img.gz`)."""
    return gzip.decompress((FOLDER / name).read_bytes())
