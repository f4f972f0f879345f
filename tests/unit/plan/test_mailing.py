"""A mail about what is new, a reminder of what stays, and one when it is over."""

from __future__ import annotations

import pytest

from bedplate.errors import Problem
from bedplate.model.diagnosis import Diagnosis
from bedplate.model.mailed import Mailed, digest_of
from bedplate.plan.mailing import is_due

HOUR = 3600.0
NOW = 1_800_000_000.0
WELL = Diagnosis()
ILL = Diagnosis(problems=(Problem("pool-degraded", "rpool", "is DEGRADED"),))
WORSE = Diagnosis(problems=(*ILL.problems, Problem("pool-degraded", "tank", "is DEGRADED")))


def sent(found: Diagnosis, hours_ago: float) -> Mailed:
    return Mailed(digest=digest_of(found), at=NOW - hours_ago * HOUR)


@pytest.mark.parametrize(
    ("found", "before", "due"),
    [
        (WELL, None, False),
        (ILL, None, True),
        (ILL, sent(ILL, 1), False),
        (ILL, sent(ILL, 23), False),
        (ILL, sent(ILL, 24), True),
        (WORSE, sent(ILL, 1), True),
        (WELL, sent(ILL, 1), True),
        (ILL, sent(ILL, -1), True),
    ],
    ids=[
        "all is well",
        "something new",
        "an hour later",
        "almost a day later",
        "a day later",
        "something else",
        "all is well again",
        "the clock was set back",
    ],
)
def test_when_a_mail_is_due(found: Diagnosis, before: Mailed | None, due: bool) -> None:
    assert is_due(found, before, NOW) is due
