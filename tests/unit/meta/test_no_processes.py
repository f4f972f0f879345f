"""The unit tier really is cut off from other programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.run import replace_this_process, run, spawn


def test_the_gate_is_closed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"a unit test called subprocess\.Popen"):
        run(["true"])
    with pytest.raises(AssertionError, match=r"a unit test called subprocess\.Popen"):
        spawn(["true"], log_to=tmp_path / "log")
    with pytest.raises(AssertionError, match=r"a unit test called os\.execvp"):
        replace_this_process(["true"])
