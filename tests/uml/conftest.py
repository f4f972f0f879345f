"""The machine for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.uml import Uml


@pytest.fixture
def uml(tmp_path: Path) -> Uml:
    """A user-mode-linux machine without disks."""
    return Uml(tmp_path)
