"""Writes what udev knows about the disks of the machine to $BEDPLATE_OUT/disks.json."""

from __future__ import annotations

import json
import os
from pathlib import Path

from bedplate.run import run


def size_bytes(node: str) -> int:
    return int(run(["blockdev", "--getsize64", node]).stdout)


disks = {
    name: {"node": str(Path(name).resolve()), "size_bytes": size_bytes(name)}
    for name in os.environ["BEDPLATE_DISKS"].split()
}
Path(os.environ["BEDPLATE_OUT"], "disks.json").write_text(json.dumps(disks))
