"""What `bedplate config` would do: an answer file and a host in, the whole difference out.

A case is an answer file in `configuration/` whose first line names one of `hosts`. What would be
done lies beside it as `.diff`, or why nothing is as `.refusals`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.config.layouts import load_layouts
from bedplate.config.settings import parse_settings
from bedplate.errors import RefusedError
from bedplate.model.host_change import HostChange
from bedplate.model.host_settings import HostSettings
from bedplate.model.secret import filled
from bedplate.model.settings import Settings
from bedplate.plan.settings_change import plan_settings
from bedplate.plan.settings_files import settings_files
from bedplate.render.settings_diff import render_settings_diff
from tests.golden.hosts import HOSTS, PASSWORD
from tests.support import golden

HERE = Path(__file__).parent / "configuration"
CASES = sorted(path.stem for path in HERE.glob("*.toml"))
_HOST = "# host: "


def case(name: str) -> tuple[Settings, HostSettings]:
    """The settings of a case, and its host."""
    text = (HERE / f"{name}.toml").read_text(encoding="utf-8")
    settings, _ = parse_settings(text.encode(), load_layouts())
    return settings, HOSTS[text.partition("\n")[0].removeprefix(_HOST)]


def shown(change: HostChange, host: HostSettings) -> str:
    """What people get to see, with the whole of what is run."""
    diff = render_settings_diff(change, host.texts, host.links)
    undo = "".join(
        f"undo   {' '.join(command.undo.argv)}\n" for command in change.commands if command.undo
    )
    return "".join((diff, undo, f"\n{change.summary}\n"))


@pytest.mark.parametrize("name", CASES)
def test_configuration(name: str) -> None:
    settings, host = case(name)
    planned, refused = HERE / f"{name}.diff", HERE / f"{name}.refusals"
    try:
        change = plan_settings(settings, host)
    except RefusedError as error:
        golden.absent(planned)
        golden.compare(refused, "".join(f"[{p.code}] {p}\n" for p in error.problems))
    else:
        golden.absent(refused)
        golden.compare(planned, shown(change, host))
        assert PASSWORD not in change.model_dump_json()


@pytest.mark.parametrize("name", CASES)
def test_files_that_are_as_planned_are_not_planned_again(name: str) -> None:
    settings, host = case(name)
    once = {
        file.path: file
        for file in settings_files(settings, host.texts, host.links, host.memory_bytes)
    }
    texts = host.texts | {path: file.content for path, file in once.items() if file.content}
    links = host.links | {path: file.link for path, file in once.items() if file.link}
    again = settings_files(settings, texts, links, host.memory_bytes)
    assert list(again) == []


def test_a_secret_is_shown_nowhere() -> None:
    settings, host = case("mail-relay-login")
    change = plan_settings(settings, host)
    (file,) = [file for file in change.files if file.secret is not None]
    assert file.content is not None
    assert file.secret is not None
    text = filled(file.content, settings.secrets[file.secret])
    assert text.reveal() == f"[smtp.example.com]:587 host1:{PASSWORD}\n"
    assert PASSWORD not in shown(change, host) + repr(change) + repr(settings)


def test_no_golden_file_is_of_a_case_that_is_gone() -> None:
    assert {path.stem for path in HERE.iterdir()} == set(CASES)
