"""Has ifupdown2 read files, and tells what it has against each, or what it understands.

Usage: check_files.py errors|options FILE...  The answer is in $BEDPLATE_OUT/found.json, by path.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

from bedplate.facts.ifupdown import probe_check
from bedplate.model.interfaces_file import parse_interfaces
from bedplate.run import run


def errors(path: str) -> tuple[str, ...]:
    """What ifupdown2 has against a file."""
    return probe_check(run, Path(path).read_bytes().decode()).errors


def options(path: str) -> dict[str, dict[str, list[str]]]:
    """What is said with each option of each interface, by ifupdown2's own reading of the file."""
    sections = parse_interfaces(Path(path).read_bytes().decode()).sections
    names = sorted({section.name.partition(":")[0] for section in sections})
    if not names:
        return {}
    shown = run(["ifquery", "--format", "json", "--interfaces", path, *names], check=False).stdout
    found: dict[str, dict[str, list[str]]] = {}
    for described in json.loads(shown):
        said = found.setdefault(described["name"], defaultdict(list))
        for key, value in described.get("config", {}).items():
            said[key].extend(value if isinstance(value, list) else [value])
    return found


LOOKS = {"errors": errors, "options": options}


def main(what: str, paths: list[str]) -> None:
    found = {path: LOOKS[what](path) for path in paths}
    (Path(os.environ["BEDPLATE_OUT"]) / "found.json").write_text(json.dumps(found))


main(sys.argv[1], sys.argv[2:])
