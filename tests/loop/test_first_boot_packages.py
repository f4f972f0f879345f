"""Packages of a first boot, from a signed archive: apt and dpkg themselves, in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bedplate.apply.first_boot import FirstBootRun
from bedplate.model.first_boot import JOB, FirstBootJob, FirstBootOutcome
from tests.support.apt_host import AptHost
from tests.support.archive import Archive, Package, served, signing_keys

OLD = Package("mailer", "1.0", files={"/usr/share/mailer": "old\n"})
PACKAGES = (
    OLD,
    Package("hello", "1.0", files={"/usr/share/hello": "1.0\n"}),
    Package("hellos", "1.0", files={"/usr/share/hellos": "1.0\n"}),
    Package("other-mailer", "1.0", fields={"Conflicts": "mailer"}),
)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[AptHost]:
    """A host that has a mailer, and an archive with another one."""
    archive, made = Archive(tmp_path / "archive"), AptHost(tmp_path / "host").make()
    with signing_keys() as make_key, served(archive.root) as server:
        key = make_key("key")
        archive.publish(key, components={"main": PACKAGES})
        made.add_source(f"deb [signed-by={{}}] {server.url} trixie main", key.public)
        made.run(["apt-get", "update"])
        made.run(["apt-get", "install", "--yes", OLD.name])
        yield made


def first_boot(host: AptHost, *packages: str) -> FirstBootOutcome:
    job = host.root / JOB[1:]
    job.parent.mkdir(parents=True)
    stated = FirstBootJob(ordering="fully-up", packages=packages)
    job.write_text(stated.model_dump_json())
    return FirstBootRun(host.run, print, host.root).start(None)


def installed(host: AptHost) -> str:
    return host.run(["dpkg-query", "--show"]).stdout


def test_packages_are_installed(host: AptHost) -> None:
    assert first_boot(host, "hello", "hellos=1.0").state == "done"
    assert installed(host) == "hello\t1.0\nhellos\t1.0\nmailer\t1.0\n"


@pytest.mark.parametrize(
    ("packages", "said"),
    [
        (("hello", "no-such-package"), "Unable to locate package no-such-package"),
        (("hello.",), "Unable to locate package hello."),  # no regular expression
        (("hello=2.0",), "Version '2.0' for 'hello' was not found"),
        (("hello", "other-mailer"), "Packages need to be removed but remove is disabled"),
    ],
    ids=["missing", "pattern", "version", "removes"],
)
def test_what_cannot_be_had_is_said_and_nothing_is_changed(
    packages: tuple[str, ...], said: str, host: AptHost
) -> None:
    outcome = first_boot(host, *packages)
    assert (outcome.state, outcome.attempts, outcome.done) == ("failed", 1, ())
    assert said in outcome.said
    assert installed(host) == "mailer\t1.0\n"
