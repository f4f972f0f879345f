"""`bedplate disk watch` at work: udev says when a disk comes, and stores are asked now and then."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyudev
import typer

from bedplate.apply.devices import settle
from bedplate.apply.disk_change import in_progress
from bedplate.apply.kernel_calls import keep_mounts_private
from bedplate.cli.changing import fresh_ids, journal, running
from bedplate.cli.disk_changing import replace_input
from bedplate.errors import BedplateError
from bedplate.facts.stores import probe_stores
from bedplate.plan.auto_replace import places_of_members, plan_automatic
from bedplate.render.disk_change_text import render_disk_change, render_done
from bedplate.run import run

# What no event tells of: a member that fails where it is, with a spare beside it.
_LOOK_SECONDS = 60.0


def watch(*, anywhere: bool) -> None:
    """Replace what is lost as soon as there is something to replace it with; does not return."""
    keep_mounts_private(run)
    monitor = pyudev.Monitor.from_netlink(pyudev.Context())
    monitor.filter_by("block", "disk")
    monitor.start()
    watcher = Watcher(anywhere)
    watcher.look_around()
    while True:
        watcher.attend()
        device = monitor.poll(timeout=_LOOK_SECONDS)
        while device is not None and device.action == "add":
            settle(run)
            watcher.look_around()
            device = monitor.poll(timeout=0)


@dataclass(slots=True)
class Watcher:
    """What was seen so far: where disks are that are well, and what was said last."""

    anywhere: bool
    places: dict[str, str] = field(default_factory=dict)
    said: str = ""

    def look_around(self) -> None:
        """Note where the disks are that hold members, for when one of them has gone."""
        self.places |= places_of_members(replace_input())

    def attend(self) -> None:
        """Replace what is to be replaced; what keeps it from being done is said once."""
        try:
            self._attend()
        except BedplateError as error:
            self._say("; ".join(str(problem) for problem in error.problems))

    def _attend(self) -> None:
        begun = in_progress(journal())
        if begun is not None:
            typer.echo("Going on with what was begun.")
            with running() as disks:
                typer.echo(render_done(disks.resume()))
        elif not any(m.is_lost for store in probe_stores(run) for _, m in store.members):
            self.said = ""
        else:
            plan = plan_automatic(replace_input(), fresh_ids(), self.places, anywhere=self.anywhere)
            if plan is not None:
                typer.echo(render_disk_change(plan))
                with running() as disks:
                    disks.start(plan)
                typer.echo(render_done(plan))

    def _say(self, what: str) -> None:
        if what != self.said:
            typer.echo(what)
            self.said = what
