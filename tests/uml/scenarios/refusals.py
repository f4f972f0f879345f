"""Puts disks to use and lets `bedplate install` refuse them; reports how each command ended.

Usage: refusals.py prepare|refuse ROWS.json. A row is a command line, and what to do before and
after it, in shell. What came of them goes to $BEDPLATE_OUT/endings.json. Nothing is written to a
disk but by `prepare`: uses are read-only where they can be.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from bedplate.run import run

OUT = Path(os.environ["BEDPLATE_OUT"])
PROBLEM = re.compile(r"(?:refused|error)\[(?P<code>\S+)\] (?P<where>.+?): ")

PREPARE = """
set -e
mkfs.ext4 -q "$mounted"
mkswap -q "$swap"
pvcreate -q "$guests" && vgcreate -q guests "$guests" && lvcreate -q -L 1G -n data guests
vgchange -q -an guests
"""
USE = """
set -e
mkdir /run/data && mount -o ro "$mounted" /run/data
swapon "$swap"
vgchange -q -ay guests
udevadm settle
"""


def shell(script: str) -> None:
    run(["sh", "-c", script], env=dict(os.environ))


def problems(said: str) -> list[list[str]]:
    lines = [line for line in said.splitlines() if not line.startswith("    hint: ")]
    found = [(line, PROBLEM.match(line)) for line in lines]
    return [[match["code"], match["where"]] if match else ["?", line] for line, match in found]


def refuse(rows: dict[str, dict[str, str]]) -> dict[str, object]:
    endings: dict[str, object] = {}
    for name, row in rows.items():
        Path("/run/answer.toml").write_text(row["answer"])
        shell(row["before"])
        words = [*row["prefix"].split(), sys.executable, "-m", "bedplate.cli.main", "install"]
        words += ["/run/answer.toml", "--yes", "--images", "tests/captures/images"]
        result = run(words, check=False, env=dict(os.environ))
        shell(row["after"])
        endings[name] = {"code": result.code, "problems": problems(result.stderr)}
    return endings


if sys.argv[1] == "prepare":
    shell(PREPARE)
else:
    shell(USE)
    endings = refuse(json.loads(Path(sys.argv[2]).read_text()))
    (OUT / "endings.json").write_text(json.dumps(endings))
