"""What a person may type by mistake on a host that has lost a disk, and the exit code of each.

Usage: wrong_disk.py prepare|type. There are a disk of a btrfs-raid1 that has lost the other one, a
blank one that is too small, and two that something else is on; `prepare` puts it there, `type` has
everything mounted so that nothing writes, and types. Exit codes and messages go to
$BEDPLATE_OUT/report.json.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path

from bedplate.cli.main import run_command
from bedplate.facts.stores import probe_stores
from bedplate.run import run

HEALTHY, SMALL, MOUNTED, GROUPED = os.environ["BEDPLATE_DISKS"].split()
AT, ELSEWHERE, IN_GROUP = Path("/srv/data"), Path("/srv/elsewhere"), Path("/srv/group")
VOLUME = Path("/dev/other/volume")


def prepare() -> None:
    run(["mkfs.ext4", "-q", MOUNTED])
    run(["vgcreate", "other", GROUPED])
    run(["lvcreate", "--yes", "--extents", "100%FREE", "--name", "volume", "other"])
    run(["mkfs.ext4", "-q", VOLUME])


def mount() -> None:
    AT.mkdir(parents=True)
    ELSEWHERE.mkdir()
    IN_GROUP.mkdir()
    run(["partx", "--add", HEALTHY], check=False)
    run(["udevadm", "settle"])
    run(["mount", "-o", "ro,degraded", f"{HEALTHY}-part3", AT])
    run(["mount", "-o", "ro,noload", MOUNTED, ELSEWHERE])
    run(["vgchange", "--activate", "y", "other"])
    run(["mount", "-o", "ro,noload", VOLUME, IN_GROUP])


def typed(*words: str) -> tuple[int, str]:
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        code = run_command(["disk", *words, "--yes"])
    return code, said.getvalue()


def main(act: str) -> None:
    if act == "prepare":
        prepare()
        return
    mount()
    (store,) = probe_stores(run)
    names = {"LOST": f"{store.name}:2", "HEALTHY": HEALTHY, "SMALL": SMALL}
    names |= {"MOUNTED": MOUNTED, "GROUPED": GROUPED}
    asked = [line.split() for line in os.environ["BEDPLATE_TYPED"].split(";")]
    found = {" ".join(words): typed(*(names.get(w, w) for w in words)) for words in asked}
    (Path(os.environ["BEDPLATE_OUT"]) / "report.json").write_text(json.dumps(found))


main(*sys.argv[1:])
