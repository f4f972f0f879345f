"""Sections with options: what others wrote stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.render.sections import sections_in, with_options

TEXT = """\
# a comment
graphite: a
    server one
\t# between
\tport 1

influxdb: b
\tserver two"""


@pytest.mark.parametrize("name", ["a", "b"])
def test_options_that_are_so_already_change_nothing(name: str) -> None:
    (section,) = (one for one in sections_in(TEXT) if one.name == name)
    assert with_options(TEXT, name, section.options.items()) == TEXT


def test_a_changed_option_stays_where_it_is_and_a_new_one_comes_last() -> None:
    changed = with_options(TEXT, "a", (("server", "other"), ("mtu", "9000")))
    assert changed == TEXT.replace("    server one", "\tserver other").replace(
        "\tport 1\n", "\tport 1\n\tmtu 9000\n"
    )
    assert with_options(TEXT, "b", (("port", "3"),)) == TEXT + "\n\tport 3\n"


WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)


@given(
    st.dictionaries(WORDS, st.dictionaries(WORDS, WORDS, max_size=4), min_size=1, max_size=4),
    st.dictionaries(WORDS, WORDS, max_size=3),
    st.data(),
)
def test_only_the_stated_options_of_one_section_change(
    there: dict[str, dict[str, str]], wanted: dict[str, str], data: st.DataObject
) -> None:
    text = "\n".join(
        f"graphite: {name}\n" + "".join(f"\t{key} {value}\n" for key, value in options.items())
        for name, options in there.items()
    )
    name = data.draw(st.sampled_from(sorted(there)))
    changed = with_options(text, name, wanted.items())
    there[name] = there[name] | wanted
    assert {one.name: dict(one.options) for one in sections_in(changed)} == there
    assert with_options(changed, name, wanted.items()) == changed
