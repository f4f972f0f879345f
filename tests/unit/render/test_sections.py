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
X = {"server": "x"}


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("graphite:\n\tserver x\n", [("graphite", "graphite", X)], id="without a name"),
        pytest.param("Graphite: a\n\tserver x\n", [("graphite", "a", X)], id="a capital"),
        pytest.param("graphite: a\n\tserver\tx \n", [("graphite", "a", X)], id="a tab between"),
        pytest.param("graphite: a\r\n\tserver x\r\n", [("graphite", "a", X)], id="of Windows"),
        pytest.param("my-kind: a\n  server x\n", [("my-kind", "a", X)], id="a dash in the kind"),
        pytest.param(
            "graphite: a\n\tserver x\n\tserver y\n", [("graphite", "a", X)], id="the first counts"
        ),
        pytest.param(
            "graphite: a\n\tserver x\n\n\tport 1\n",
            [("graphite", "a", X)],
            id="an empty line ends it",
        ),
        pytest.param(
            "graphite: a\n\tserver x\n# \x0cgraphite: b\n\tdisable\n",
            [("graphite", "a", {**X, "disable": ""})],
            id="a form feed ends no line",
        ),
        pytest.param("# graphite: a\n\tserver x\n", [], id="a comment"),
    ],
)
def test_what_others_may_have_written(
    text: str, expected: list[tuple[str, str, dict[str, str]]]
) -> None:
    assert [(one.kind, one.name, one.options) for one in sections_in(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "a: n\n\tx 1\n\n\tx 2\n", "a: n\n\tx 1\n\ty 3\n\n\tx 2\n", id="before its end"
        ),
        pytest.param("a: n\r\n\tx 0\r\n", "a: n\r\n\tx 1\n\ty 3\n", id="of Windows"),
        pytest.param("a: n\n\tx\t1\n", "a: n\n\tx\t1\n\ty 3\n", id="a tab between"),
        pytest.param("a: n\n\nb: m\n", "a: n\n\tx 1\n\ty 3\n\nb: m\n", id="without options"),
        pytest.param("a: n", "a: n\n\tx 1\n\ty 3\n", id="without an end"),
        pytest.param("n:\n", "n:\n\tx 1\n\ty 3\n", id="without a name"),
        pytest.param(
            "a: n\n\tx 1\n\nb: n\n\tx 2\n",
            "a: n\n\tx 1\n\nb: n\n\tx 1\n\ty 3\n",
            id="the last of that name",
        ),
    ],
)
def test_options_go_where_they_count(text: str, expected: str) -> None:
    assert with_options(text, "n", (("x", "1"), ("y", "3"))) == expected


@given(st.text(st.sampled_from("ab:# \t\r\n\x0c\u2028")))
def test_whatever_is_written_there_can_be_changed_and_put_back(text: str) -> None:
    for section in sections_in(text):
        assert with_options(text, section.name, ()) == text
        changed = with_options(text, section.name, (("key", "v"),))
        now = [one for one in sections_in(changed) if one.name == section.name][-1]
        assert now.options["key"] == "v"
        assert with_options(changed, section.name, (("key", "v"),)) == changed


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
