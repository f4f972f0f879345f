"""Answer files damaged on their way: what comes out is a request or a usage error, nothing else."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.config.answer import parse_answer
from bedplate.config.layouts import load_layouts
from bedplate.errors import UsageError
from bedplate.model.request import Request

LAYOUTS = load_layouts()
ANSWERS = tuple(
    path.read_bytes() for path in sorted(Path(__file__).parents[2].glob("golden/answers/*.toml"))
)
FRAGMENTS = (
    *(
        b"",
        b"\n",
        b"=",
        b".",
        b"[",
        b"]",
        b"{",
        b"}",
        b'"',
        b"'''",
        b"#",
        b",",
        b"\\u0000",
        b"\xff",
    ),
    *(b"[global]\n", b"[[network]]\n", b"[disk-setup.filter]\n", b"disk-setup.zfs = 1\n"),
    *(b"= []\n", b"= [1, {a = 2}]\n", b"= {}\n", b"= inf\n", b"= -1\n", b"= 1e400\n", b"= true\n"),
    *(b"= 1979-05-27\n", b"= 07:32:00\n", b'= ""\n', b"= '\x7f'\n", b"= 0xffffffffffffffffffff\n"),
)

Edit = tuple[int, int, bytes]
EDITS = st.lists(
    st.tuples(
        st.integers(0, 4000), st.integers(0, 40), st.sampled_from(FRAGMENTS) | st.binary(max_size=4)
    ),
    min_size=1,
    max_size=5,
)


def checked(data: bytes) -> Request | UsageError:
    """What the parser says; any other exception goes on to fail the test."""
    try:
        return parse_answer(data, LAYOUTS)
    except UsageError as error:
        refusal = error
    assert all(problem.code and problem.message for problem in refusal.problems)
    return refusal


def edited(data: bytes, edits: list[Edit]) -> bytes:
    """The file with some pieces replaced; places wrap around."""
    for place, length, new in edits:
        start = place % (len(data) + 1)
        data = data[:start] + new + data[start + length :]
    return data


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_are_an_answer_or_a_crash(data: bytes) -> None:
    assert isinstance(checked(data), UsageError)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(ANSWERS), EDITS)
def test_a_damaged_answer_is_read_or_refused(data: bytes, edits: list[Edit]) -> None:
    checked(edited(data, edits))


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(ANSWERS), st.data())
def test_lines_in_another_order_are_read_or_refused(answer: bytes, data: st.DataObject) -> None:
    lines = answer.splitlines(keepends=True)
    checked(b"".join(data.draw(st.lists(st.sampled_from(lines or [b""]), max_size=20))))


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS), st.integers(0, 4000))
def test_a_file_overwritten_in_part_is_read_or_refused(new: bytes, old: bytes, end: int) -> None:
    checked(new[:end] + old[end:])
