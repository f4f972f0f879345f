"""A root file system that is received is the one that would have been unpacked, to the last bit.

Both are made in one live machine, from the artefacts of the images, each in a pool of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from bedplate.config.layouts import load_layout
from bedplate.image.stream import PROPERTIES
from bedplate.lab.provision import IMAGES
from bedplate.lab.vm import Machine
from bedplate.model.artefacts import BASE, DELTA, STREAM
from bedplate.model.layout import ZfsLayout
from bedplate.model.plan import Dataset
from bedplate.render import target_argv, zfs_argv
from bedplate.render.plan_shell import expanded, words
from tests.vm.conftest import LiveMachine

pytestmark = pytest.mark.full

SECONDS: Final = 900.0
RECEIVED, UNPACKED = "received", "unpacked"

# Everything that can be seen of the files below a folder, a line each, sorted by name. Files with
# several names are told by the first of them.
LOOK: Final = """\
import hashlib, os, stat, sys

top = sys.argv[1].encode()
first = {}
paths = [top]
for folder, folders, files in os.walk(top):
    paths += [os.path.join(folder, name) for name in (*folders, *files)]
for path in sorted(paths):
    found = os.lstat(path)
    name = os.path.relpath(path, top)
    row = [name, oct(found.st_mode), found.st_uid, found.st_gid, found.st_rdev, found.st_mtime_ns]
    attributes = sorted(os.listxattr(path, follow_symlinks=False))
    row += [(a, os.getxattr(path, a, follow_symlinks=False)) for a in attributes]
    if not stat.S_ISDIR(found.st_mode):
        row += [found.st_nlink, found.st_size, first.setdefault(found.st_ino, name)]
    if stat.S_ISREG(found.st_mode):
        with open(path, "rb") as file:
            row.append(hashlib.file_digest(file, "sha256").hexdigest())
    if stat.S_ISLNK(found.st_mode):
        row.append(os.readlink(path))
    print(*row)
"""


def make_pool(machine: Machine, name: str, disk: int, properties: Mapping[str, str]) -> None:
    options = " ".join(f"-O {key}={value}" for key, value in properties.items())
    node = f"/dev/disk/by-id/{machine.spec.disks[disk].by_id}"
    machine.succeed(f"zpool create -f -o cachefile=none {options} -O mountpoint=none {name} {node}")


def look(machine: Machine, name: str) -> list[str]:
    machine.succeed(f"python3 /run/look.py /run/{name} >/run/{name}.seen", timeout=SECONDS)
    return machine.succeed(f"wc -l </run/{name}.seen").split()


def shown(machine: Machine, name: str) -> list[str]:
    """The properties of a root dataset, but for what is counted, and where each comes from."""
    counted = (
        *("available", "compressratio", "createtxg", "creation", "guid", "logicalreferenced"),
        *("logicalused", "mountpoint", "name", "objsetid", "refcompressratio", "referenced"),
        *("snapshots_changed", "type", "used", "usedbychildren", "usedbydataset", "written"),
    )
    said = machine.succeed(f"zfs get -H -o property,value,source all {name}/root")
    rows = [line.replace(f"from {name}", "from the pool") for line in said.splitlines()]
    return [row for row in rows if row.split("\t")[0] not in counted]


def referenced(machine: Machine, name: str) -> int:
    return int(machine.succeed(f"zfs get -Hpo value referenced {name}/root"))


def test_a_received_root_equals_an_unpacked_one(live_machine: LiveMachine) -> None:
    machine = live_machine(2)
    storage = load_layout("zfs-mirror").storage
    assert isinstance(storage, ZfsLayout)
    properties = storage.properties | {"compression": "on", "copies": "2", "checksum": "sha256"}
    assert storage.properties.items() >= {*PROPERTIES.items()} - {("compression", "lz4")}
    for number, name in enumerate((RECEIVED, UNPACKED)):
        make_pool(machine, name, number, properties)
    ours, theirs = (
        Dataset(name=f"{name}/root", properties={"mountpoint": f"/run/{name}"})
        for name in (RECEIVED, UNPACKED)
    )
    machine.succeed(
        f"{words(*zfs_argv.receive(ours))} <{IMAGES}/{STREAM} && "
        f"{words(*zfs_argv.destroy_snapshot(ours))} && {words(*zfs_argv.mount(ours))}",
        timeout=SECONDS,
    )
    machine.succeed(words(*zfs_argv.create_dataset(theirs)))
    for image, name in ((DELTA, RECEIVED), (BASE, UNPACKED)):
        unpack = words(*target_argv.unpack(expanded("IMAGES", f"/{image}"), expanded("ROOT")))
        machine.succeed(
            f"IMAGES={IMAGES} ROOT=/run/{name}; {unpack} >/dev/null; sync", timeout=SECONDS
        )
    machine.console.send_file(LOOK.encode(), "/run/look.py")
    assert look(machine, RECEIVED) == look(machine, UNPACKED)
    assert machine.console.execute(f"diff /run/{RECEIVED}.seen /run/{UNPACKED}.seen") == (0, "")
    assert int(machine.succeed(f"wc -l </run/{RECEIVED}.seen")) > 30_000
    # And it lies on the disks like that: each block twice, with the pool's checksum.
    assert shown(machine, RECEIVED) == shown(machine, UNPACKED)
    # What is about the files is not laid out alike: 3.5 % were seen between the two.
    sizes = [referenced(machine, name) for name in (RECEIVED, UNPACKED)]
    assert abs(sizes[0] - sizes[1]) < sizes[1] // 20
    machine.succeed(f"zpool sync; zpool scrub -w {RECEIVED}", timeout=SECONDS)
    assert "No known data errors" in machine.succeed(f"zpool status {RECEIVED}")
