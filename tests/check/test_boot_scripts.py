"""Shell scripts that are carried as text, for the initramfs of a host, judged by shellcheck(1)."""

from __future__ import annotations

import pytest

from bedplate.render.btrfs_boot import render_script
from bedplate.run import have, run


def test_the_script_parses() -> None:
    run(["sh", "-n"], stdin=render_script())


@pytest.mark.skipif(not have("shellcheck"), reason="shellcheck is not installed")
def test_shellcheck_has_nothing_to_say() -> None:
    result = run(["shellcheck", "--shell=sh", "-"], stdin=render_script(), check=False)
    assert (result.code, result.stdout) == (0, "")
