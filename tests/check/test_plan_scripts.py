"""The scripts that `bedplate plan --script` prints, judged by shellcheck(1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.run import have, run

SCRIPTS = sorted((Path(__file__).parents[1] / "golden" / "plans").glob("*.sh"))


@pytest.mark.skipif(not have("shellcheck"), reason="shellcheck is not installed")
def test_shellcheck_has_nothing_to_say() -> None:
    assert SCRIPTS
    result = run(["shellcheck", *SCRIPTS], check=False)
    assert (result.code, result.stdout) == (0, "")
