"""Applies a plan that another machine has carried out on these disks already.

Usage: apply_again.py PLAN.json. How that ended goes to $BEDPLATE_OUT/ending.json, with the number
of sectors that were written meanwhile.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from bedplate.run import run

OUT = Path(os.environ["BEDPLATE_OUT"])


def sectors_written() -> int:
    """To all disks since the machine was started: the kernel's Documentation/block/stat.rst."""
    os.sync()
    files = Path("/sys/block").glob("ubd*/stat")
    return sum(int(file.read_text().split()[6]) for file in files)


def main(plan: str) -> None:
    run(["vgchange", "--activate", "n"])  # as in the live system, which activates nothing
    before = sectors_written()
    words = [sys.executable, "-m", "bedplate.cli.main", "apply", plan, "--yes"]
    result = run(words, check=False, env=dict(os.environ))
    said = (result.stdout + result.stderr).splitlines()
    ending = {"code": result.code, "said": said, "written": sectors_written() - before}
    (OUT / "ending.json").write_text(json.dumps(ending))


main(sys.argv[1])
