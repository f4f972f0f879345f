"""/etc/default/grub is a shell script: what is read of it, and what is changed in it."""

from __future__ import annotations

import pytest

from bedplate.errors import Problem, RefusedError
from bedplate.model.kernels import CmdlineFiles, TextFile
from bedplate.plan.default_grub import effective, with_value

NAME = "GRUB_CMDLINE_LINUX_DEFAULT"
FILE = "/etc/default/grub"


def files(text: str | None, **snippets: str) -> CmdlineFiles:
    return CmdlineFiles(
        default_grub=text,
        snippets=tuple(
            TextFile(path=f"/etc/default/grub.d/{name}.cfg", content=content)
            for name, content in snippets.items()
        ),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f'{NAME}="quiet splash"\n', "quiet splash"),
        (f"{NAME}='quiet splash' # as ever\n", "quiet splash"),
        (f"export {NAME}=quiet", "quiet"),
        (f"{NAME}=\n", ""),
        (f'#{NAME}="quiet"\n{NAME}_RECOVERY="x"\nMY_{NAME}=1\n', None),
        (f"{NAME}=a\n{NAME}=b\n", "b"),
        ("", None),
        (None, None),
    ],
)
def test_a_value_is_read(text: str | None, value: str | None) -> None:
    found = effective(files(text), NAME)
    assert (found and found.value) == value


def test_a_snippet_counts_more_than_the_file() -> None:
    found = effective(files(f"{NAME}=a\n", one=f"{NAME}=b\n", two="X=1\n"), NAME)
    assert found is not None
    assert (found.path, found.line, found.value) == ("/etc/default/grub.d/one.cfg", 1, "b")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f'# If you change this\nGRUB_DEFAULT=0\n{NAME}="quiet"  # mine\nGRUB_TIMEOUT=5\n',
            f'# If you change this\nGRUB_DEFAULT=0\n{NAME}="a=1 b"  # mine\nGRUB_TIMEOUT=5\n',
        ),
        (f"export {NAME}='quiet'", f'export {NAME}="a=1 b"'),
        (f"{NAME}=a\n\n{NAME}=b\n", f'{NAME}=a\n\n{NAME}="a=1 b"\n'),
        (f"if x; then\n  {NAME}=a\nfi\n{NAME}=\n", f'if x; then\n  {NAME}=a\nfi\n{NAME}="a=1 b"\n'),
        ("GRUB_DEFAULT=0\n", f'GRUB_DEFAULT=0\n{NAME}="a=1 b"\n'),
        ("GRUB_DEFAULT=0", f'GRUB_DEFAULT=0\n{NAME}="a=1 b"\n'),
        ("", f'{NAME}="a=1 b"\n'),
        ("ÄÖ\r\n\x0c\n", f'ÄÖ\r\n\x0c\n{NAME}="a=1 b"\n'),
    ],
)  # fmt: skip
def test_a_value_is_changed_and_all_else_kept(before: str, after: str) -> None:
    assert with_value(files(before), NAME, "a=1 b") == after
    assert with_value(files(after), NAME, "a=1 b") == after


@pytest.mark.parametrize(
    "line",
    [
        f'{NAME}="$OTHER quiet"',
        f'{NAME}="quiet',
        f'{NAME}="a" B="c"',
        f'{NAME}="a" command',
        f"{NAME}=`cat /x`",
        f'{NAME}="a\\"b"',
        f'{NAME}="a"$(b)',
        f"{NAME}=a\\",
        f'{NAME}+=" quiet"',
        f'  {NAME}="quiet"',
        f'{NAME}="quiet"\r',
        f"{NAME}=a;B=c",
    ],
)
def test_what_takes_a_shell_to_understand_is_not_touched(line: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        with_value(files(f"GRUB_DEFAULT=0\n{line}\n"), NAME, "a")
    assert refusal.value.problems == (
        Problem(
            "file-not-understood",
            FILE,
            f"line 2 is {line!r}, which takes a shell to understand",
            f'write it as one line {NAME}="…", or change it in an editor and run `update-grub`',
        ),
    )


def test_what_a_snippet_overrides_is_not_changed() -> None:
    with pytest.raises(RefusedError) as refusal:
        with_value(files(f"\ufffd\n{NAME}=a\n", cloud=f"\n{NAME}=b\n"), NAME, "a")
    assert refusal.value.problems == (
        Problem(
            "file-not-text",
            FILE,
            "has bytes that are not UTF-8, which would be lost",
            "remove them in an editor",
        ),
        Problem(
            "overridden",
            "/etc/default/grub.d/cloud.cfg",
            f"sets {NAME} in line 2, which counts more than {FILE}",
            "change it there and run `update-grub`, or delete the line",
        ),
    )
