"""`make bench`: the speed of what operators wait for, against the work that cannot be avoided.

Ratios are taken in one run on one machine, in turns; the median of the pairs counts. Names on the
command line choose among the measurements. Ends with 4 if a figure is over its limit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache

from bedplate.errors import ExitCode
from bedplate.events import Clock, PlainLines
from bedplate.image.cache import default_cache
from tests.bench.figure import Figure
from tests.bench.installing import measure_install
from tests.bench.looking import measure_facts
from tests.bench.partitioning import measure_partitioning
from tests.bench.peers import measure_beside_fai, measure_beside_repart
from tests.bench.planning import measure_growth, measure_many_disks, measure_script_growth
from tests.bench.repeating import measure_second_apply
from tests.bench.replacing import measure_replacement
from tests.bench.starting import measure_plan, measure_resume
from tests.bench.syncing import measure_four_esps, measure_idle_sync
from tests.support.vm import VmLab


@cache
def _lab() -> VmLab:
    return VmLab(default_cache(), Clock((PlainLines(sys.stderr),)), cpus=2)


MEASUREMENTS: dict[str, Callable[[], Figure]] = {
    "plan": measure_plan,
    "many-disks": measure_many_disks,
    "growth": measure_growth,
    "script-growth": measure_script_growth,
    "partitioning": measure_partitioning,
    "beside-repart": measure_beside_repart,
    "beside-fai": measure_beside_fai,
    "idle-sync": measure_idle_sync,
    "four-esps": measure_four_esps,
    "facts": lambda: measure_facts(_lab()),
    "resume": lambda: measure_resume(_lab()),
    "second-apply": lambda: measure_second_apply(_lab()),
    "replace": lambda: measure_replacement(_lab()),
    "install": lambda: measure_install(_lab()),
}


def main(chosen: list[str]) -> int:
    """Measure, print a figure as soon as it is there, and say whether all were kept."""
    figures: list[Figure] = []
    for name in chosen or MEASUREMENTS:
        figures.append(MEASUREMENTS[name]())
        sys.stdout.write(f"{figures[-1]}\n")
        sys.stdout.flush()
    return ExitCode.OK if all(figure.kept for figure in figures) else ExitCode.DIFFERS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
