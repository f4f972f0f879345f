"""The script of a plan: words that a shell could misread, and what is done for each step."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.model.plan import FilePlan, Plan
from bedplate.render.plan_script import render_script
from bedplate.render.plan_script_steps import commands
from bedplate.render.plan_shell import comment, expanded, with_input, words

PLANS = Path(__file__).parents[2] / "golden" / "plans"


def plan(name: str) -> Plan:
    return Plan.model_validate_json((PLANS / f"{name}.json").read_bytes())


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (("echo", "plain"), "echo plain"),
        (("echo", "two words", "$HOME", "it's"), "echo 'two words' '$HOME' 'it'\"'\"'s'"),
        (("echo", expanded("ROOT")), 'echo "$ROOT"'),
        (("echo", expanded("DISK1", "-part2")), 'echo "${DISK1}-part2"'),
        (("echo", expanded("ROOT", '/a "$b`\\')), 'echo "${ROOT}/a \\"\\$b\\`\\\\"'),
    ],
)
def test_words(parts: tuple[str, ...], line: str) -> None:
    assert words(*parts) == line


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ""),
        ("one line", "# one line\n"),
        ("a model\nrm -rf /\r\x0b\u2028reboot", "# a model rm -rf /   reboot\n"),
        ("word " * 30, f"# {'word ' * 18}word\n# {'word ' * 10}word\n"),
    ],
)
def test_comment(text: str, lines: str) -> None:
    assert comment(text) == lines


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", "cat <<'END'\nEND\n"),
        (b"a $b `c`\n", "cat <<'END'\na $b `c`\nEND\n"),
        ("\tümlaut\n".encode(), "cat <<'END'\n\tümlaut\nEND\n"),
        (b"END\nEND_\n", "cat <<'END__'\nEND\nEND_\nEND__\n"),
        (b"  END {\n", "cat <<'END_'\n  END {\nEND_\n"),
        # Not to be carried as text: no line end, bytes that are no text, control characters.
        (b"END", "base64 --decode <<'END' | cat\nRU5E\nEND\n"),
        (b"\x25\xa3\x55\x06", "base64 --decode <<'END' | cat\nJaNVBg==\nEND\n"),
        (b"a\r\n", "base64 --decode <<'END' | cat\nYQ0K\nEND\n"),
        (bytes(60), f"base64 --decode <<'END' | cat\n{'A' * 76}\n{'A' * 4}\nEND\n"),
    ],
)
def test_input(data: bytes, lines: str) -> None:
    assert with_input("cat", data) == lines


@pytest.mark.parametrize(
    ("data", "script"),
    [
        pytest.param(b"a ***\n", "fill <<'END' | put\na ***\nEND\n", id="a line"),
        pytest.param(b"***", "fill <<'END' | head --bytes=-1 | put\n***\nEND\n", id="no end"),
    ],
)
def test_what_a_secret_is_filled_into_ends_as_it_should(data: bytes, script: str) -> None:
    assert with_input("fill", data, "put") == script


@pytest.mark.parametrize("name", sorted(path.stem for path in PLANS.glob("*.sh")))
def test_every_step_is_in_the_script_in_order(name: str) -> None:
    script, found = render_script(plan(name)), 0
    for step in plan(name).steps:
        lines = "".join(
            line if line.endswith("\n") else f"{line}\n" for line in commands(plan(name), step)
        )
        assert lines
        found = script.index(comment(step.summary) + lines, found) + 1


def test_nothing_of_a_plan_gets_out_of_its_place() -> None:
    evil = "x\nrm -rf /\n"
    calm = plan("second-install")
    steps = tuple(
        step.model_copy(update={"summary": evil, "destroys": (evil,)}) for step in calm.steps
    )
    files = (
        FilePlan(path="/etc/a b", content=evil),
        FilePlan(path="/etc/l", link="; rm -rf /"),
    )
    script = render_script(
        calm.model_copy(
            update={"steps": steps, "files": files, "hostname": evil, "warnings": (evil,)}
        )
    )
    assert "put 0644 '/etc/a b' <<'END'\nx\nrm -rf /\nEND\nput_link '; rm -rf /' /etc/l\n" in script
    assert script.count("\nrm -rf /") == 1


def test_disks_without_a_stable_name_are_named_by_their_path() -> None:
    calm = plan("lvm-thin-bios-512")
    text = calm.model_dump_json().replace(calm.disks[0].id, "/dev/loop0")
    script = render_script(Plan.model_validate_json(text))
    assert "\nDISK1=/dev/loop0  #" in script
    assert 'pvcreate --yes -ff --metadatasize 250k "${DISK1}p3"\n' in script
