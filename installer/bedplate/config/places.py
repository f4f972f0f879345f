"""Countries and time zones that an answer file may name."""

from __future__ import annotations

import functools
import zoneinfo
from pathlib import Path

from bedplate.errors import Problem, UsageError

# ISO 3166-1 alpha-2, all officially assigned codes, in lower case as the answer file has them.
_COUNTRIES = """
    ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br
    bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz
    ec ee eg eh er es et fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw
    gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky
    kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv
    mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py
    qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg
    th tj tk tl tm tn to tr tt tv tw tz ua ug um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm
    zw
    """
COUNTRIES = frozenset(_COUNTRIES.split())

_OFFSETS = tuple(f"Etc/GMT{hours:+d}" for hours in range(-14, 13))
_ALWAYS = frozenset({"UTC", "Etc/UTC", "Etc/GMT", *_OFFSETS})


@functools.cache
def timezones() -> frozenset[str]:
    """Time zones that a host can have: those of a country, UTC and fixed offsets.

    Names that are only kept for old times' sake (`US/Pacific`, `CET`) are left out: in Debian 13
    they are in a package of their own, `tzdata-legacy`, which an installed host does not have.

    Raises `UsageError` if this machine has no time zone database to compare with.
    """
    for folder in zoneinfo.TZPATH:
        table = Path(folder) / "zone.tab"
        if table.is_file():
            return _ALWAYS | parse_zone_tab(table.read_text(encoding="utf-8"))
    message = "the time zone database of this machine is missing"
    raise UsageError(Problem("tool-missing", "zone.tab", message, "install the package `tzdata`"))


def parse_zone_tab(text: str) -> frozenset[str]:
    """The zone names of tzdata's zone.tab: the third column."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return frozenset(line.split("\t")[2] for line in lines)
