"""The commands by which a host is given packages at its first start."""

from __future__ import annotations

from bedplate.render import apt_argv

PATIENT = ("-o", "DPkg::Lock::Timeout=600")


def test_lists_are_fetched_as_far_as_they_can_be() -> None:
    assert apt_argv.update_what_can_be() == ("apt-get", "update", *PATIENT)


def test_packages_are_installed_and_nothing_is_removed_for_them() -> None:
    assert apt_argv.install(["htop", "tmux=3.5a-3"]) == (
        *("apt-get", "install", "--yes", "--no-remove", "-o", "APT::Cmd::Pattern-Only=true"),
        *PATIENT,
        *("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"),
        *("--", "htop", "tmux=3.5a-3"),
    )


def test_what_was_cut_off_is_finished_without_a_question() -> None:
    assert apt_argv.finish_interrupted() == (
        *("dpkg", "--force-confdef", "--force-confold", "--configure", "--pending"),
    )
