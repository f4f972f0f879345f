"""What holds for the repositories of any host: they can be judged, and become what is wanted."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.errors import RefusedError
from bedplate.model.host_change import HostChange
from bedplate.model.host_sources import HostSources
from bedplate.model.known_repository import RELEASES, repositories_of
from bedplate.model.repository import PARTS, SourcesFile
from bedplate.plan.repository_change import Wanted, after, find_wanted, plan_disable, plan_enable
from bedplate.plan.repository_check import check_repositories
from bedplate.render.sources import parse_sources
from tests.golden.test_repositories import NAMES, read
from tests.unit.render.test_sources_properties import files

CODENAMES = st.sampled_from([*RELEASES, "forky", None])
ODD = st.text("deb \n\t#[]=\"'-srchtp:/xTyURISutComnl@%\x0b\x85") | st.text()
GIVEN = st.sampled_from([read(name) for name in NAMES])


def numbered(found: list[SourcesFile]) -> tuple[SourcesFile, ...]:
    """The same files under names that differ."""
    named = (
        file.model_copy(update={"path": file.path.replace("/sources.list.d/", f"{_PART}{n}-")})
        for n, file in enumerate(found)
    )
    return tuple(sorted(named, key=lambda file: file.path))


_PART = "/sources.list.d/"
TEXTS = st.builds(
    SourcesFile, path=st.sampled_from([f"{PARTS}/odd.list", f"{PARTS}/odd.sources"]), text=ODD
)
HOSTS = st.builds(
    HostSources,
    codename=CODENAMES,
    today=st.dates(date(2019, 1, 1), date(2040, 1, 1)),
    files=st.lists(files() | TEXTS | GIVEN, max_size=3).map(numbered),
)


# Reading stanzas takes milliseconds each, and more on a busy machine.
few = settings(max_examples=40, deadline=None)


def used(host: HostSources, wanted: Wanted) -> bool:
    """Whether apt would fetch packages of it."""
    return any(
        entry.enabled and "deb" in entry.types and wanted.targets_of(entry)
        for entry in parse_sources(host.files).entries
    )


def told_apart(host: HostSources, change: HostChange) -> bool:
    """Whether all files but those of the change are as they were."""
    changed = {file.path for file in change.files}
    then = {file.path: file.text for file in after(host, change).files}
    return all(then[file.path] == file.text for file in host.files if file.path not in changed)


@few
@given(HOSTS)
def test_every_host_can_be_judged(host: HostSources) -> None:
    found = check_repositories(host)
    assert all(problem.where and problem.hint for problem in found.problems)
    told = [(one.where, one.code, one.message) for one in (*found.problems, *found.notes)]
    assert len(told) == len(set(told))


@few
@given(HOSTS, st.data())
def test_what_is_known_is_enabled_and_disabled_once(host: HostSources, data: st.DataObject) -> None:
    names = list(repositories_of(host.codename or ""))
    if not names:
        return
    wanted = find_wanted(host, data.draw(st.sampled_from(names)))
    for plan, is_used in ((plan_enable, True), (plan_disable, False)):
        try:
            change = plan(host, wanted)
        except RefusedError:
            return
        assert told_apart(host, change)
        host = after(host, change)
        assert used(host, wanted) is is_used
        assert plan(host, wanted).is_nothing


@few
@given(HOSTS, st.data())
def test_an_entry_is_switched_by_its_place(host: HostSources, data: st.DataObject) -> None:
    entries = parse_sources(host.files).entries
    if not entries:
        return
    entry = data.draw(st.sampled_from(entries))
    wanted = Wanted(entry.place, place=entry.place)
    try:
        change = plan_disable(host, wanted)
    except RefusedError:
        return
    then = after(host, change)
    switched = [one for one in parse_sources(then.files).entries if one.place == entry.place]
    assert [one.enabled for one in switched] == [False]
    assert plan_disable(then, wanted).is_nothing
