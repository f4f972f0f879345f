"""Progress of a build, from what the tools print."""

from __future__ import annotations

import pytest

from bedplate.events import Clock, Event, What
from bedplate.image.progress import PackageProgress, SquashProgress, Stage, parse_unpacked_bytes


class Heard:
    """A sink that remembers events without their times."""

    def __init__(self) -> None:
        self.events: list[tuple[What, str, float | None]] = []

    def __call__(self, event: Event) -> None:
        self.events.append((event.what, event.text, event.done))


def stage(heard: Heard) -> Stage:
    return Stage(Clock((heard,)), "base", "base system")


def test_packages_are_counted_twice() -> None:
    heard = Heard()
    progress = PackageProgress(stage(heard), begins="installing remaining")
    for line in (
        "0 upgraded, 90 newly installed, 0 to remove and 0 not upgraded.",
        "Unpacking libc6:amd64 (2.41-12) ...",
        "I: installing remaining packages inside the chroot...",
        "0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.",
        "Get:1 http://deb.debian.org/debian trixie/main amd64 dash amd64 0.5.12-12 [98.5 kB]",
        "ca-certificates: 150 added, 5528 newly installed",
        "Unpacking dash (0.5.12-12) ...",
        "Unpacking zfs-dkms (2.3.9-0+deb13u1) ...",
        "Setting up dash (0.5.12-12) ...",
        "Building initial module zfs/2.3.9 for 6.12.117+deb13-amd64",
        "Setting up zfs-dkms (2.3.9-0+deb13u1) ...",
    ):
        progress(line)
    assert heard.events == [
        (What.STEP_PROGRESS, "Unpacking dash (0.5.12-12)", 0.25),
        (What.STEP_PROGRESS, "Unpacking zfs-dkms (2.3.9-0+deb13u1)", 0.5),
        (What.STEP_PROGRESS, "Setting up dash (0.5.12-12)", 0.75),
        (What.STEP_PROGRESS, "Building initial module zfs/2.3.9 for 6.12.117+deb13-amd64", 0.75),
        (What.STEP_PROGRESS, "Setting up zfs-dkms (2.3.9-0+deb13u1)", 1.0),
    ]


def test_a_squashfs_is_followed_by_whole_percents() -> None:
    heard = Heard()
    progress = SquashProgress(stage(heard))
    for line in (
        "Creating 4.0 filesystem on live.squashfs, block size 131072.",
        "[|                                                            ]     0/53000   0%",
        "[/                                                            ]   100/53000   0%",
        "[===========================/                                 ] 26500/53000  50%",
        "\t46.51% of uncompressed filesystem size (901670.17 Kbytes)",
    ):
        progress(line)
    assert heard.events == [(What.STEP_PROGRESS, "", 0.0), (What.STEP_PROGRESS, "", 0.5)]
    assert progress.unpacked_bytes == 923310254


@pytest.mark.parametrize("line", ["", "Filesystem size 419415.26 Kbytes (409.59 Mbytes)"])
def test_other_lines_say_nothing_of_the_size(line: str) -> None:
    assert parse_unpacked_bytes(line) is None


def test_a_stage_in_the_cache_is_skipped_and_says_so() -> None:
    heard = Heard()
    stage(heard).skipped()
    assert heard.events == [(What.STEP_SKIPPED, "base system: in the cache", None)]
