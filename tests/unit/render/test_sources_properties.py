"""What holds for every file with repositories, whoever wrote it: only what is meant changes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.model.repository import PARTS, Entry, Format, SourcesFile
from bedplate.render.sources import (
    converted,
    parse_sources,
    render_entry,
    with_enabled,
    with_entry,
    without_word,
)

WORD = st.text("abcxyz019.-+/_", min_size=1, max_size=8).map(lambda text: f"w{text}".rstrip("/"))
WORDS = st.lists(WORD, min_size=1, max_size=3, unique=True).map(tuple)
URI = st.builds("{}://{}.example.com/{}".format, st.sampled_from(["http", "https"]), WORD, WORD)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "arch": st.just("amd64"),
        "signed-by": st.just("/etc/apt/keyrings/some.gpg"),
        "trusted": st.just("yes"),
    },
)
# No text of these is an entry; apt takes only the end of a line for one, and so do we.
COMMENT = st.sampled_from(
    ["# words, as people write them", "#", "# deb lines follow", "#\x0b\x85\u2028 odd", "#\tdeb x"]
)
GARBAGE = st.sampled_from(["rpm x y z", "deb", "deb http://no.components", "  [", "Types", ": x"])
GAP = st.sampled_from(["\n", "  \n", "\t\n"])
# Reading stanzas takes milliseconds each, and more on a busy machine.
few = settings(max_examples=60, deadline=None)


def entries(*, several: bool) -> st.SearchStrategy[Entry]:
    """Entries; only a stanza may name several types, addresses and suites."""
    most = 3 if several else 1
    return st.builds(
        Entry,
        enabled=st.booleans(),
        types=st.lists(st.sampled_from(["deb", "deb-src"]), min_size=1, max_size=most, unique=True),
        uris=st.lists(URI, min_size=1, max_size=most, unique=True).map(tuple),
        suites=st.lists(WORD, min_size=1, max_size=most, unique=True).map(tuple),
        components=WORDS,
        options=OPTIONS,
    )


@st.composite
def files(draw: st.DrawFn, *, forms: tuple[Format, ...] = tuple(Format)) -> SourcesFile:
    form = draw(st.sampled_from(forms))
    is_deb822 = form is Format.DEB822
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 5))):
        parts += draw(st.lists(GAP | COMMENT.map("{}\n".format), max_size=3))
        if draw(st.integers(0, 5)) == 0:
            parts += [draw(GARBAGE), "\n"]
        parts.append(render_entry(draw(entries(several=is_deb822)), form))
        parts += ["\n"] if is_deb822 else []
    text = "".join(parts)
    text = draw(st.sampled_from([text, text.rstrip("\n")]))
    return SourcesFile(path=f"{PARTS}/some.{'sources' if is_deb822 else 'list'}", text=text)


def said(file: SourcesFile) -> list[Entry]:
    """The entries, without where they stand."""
    return [one.model_copy(update={"line": 0}) for one in parse_sources([file]).entries]


def kept_lines(before: str, after: str) -> bool:
    """Whether `after` has every line of `before`, in order, but for one block of them."""
    old, new = before.split("\n"), after.split("\n")
    head = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    ends = zip(reversed(old[head:]), reversed(new[head:]), strict=False)
    tail = next((n for n, (a, b) in enumerate(ends) if a != b), min(len(old), len(new)) - head)
    return len(old) - head - tail <= 1 and len(new) - head - tail <= 1


@few
@given(files(), st.data())
def test_only_the_entry_concerned_is_switched(file: SourcesFile, data: st.DataObject) -> None:
    found = parse_sources([file]).entries
    at = data.draw(st.integers(0, len(found) - 1)) if found else 0
    for entry in found[at : at + 1]:
        changed = with_enabled(file, entry, enabled=not entry.enabled)
        expected = said(file)
        expected[at] = expected[at].model_copy(update={"enabled": not entry.enabled})
        assert said(changed) == expected
        assert kept_lines(file.text, changed.text)


@few
@given(files(forms=(Format.ONE_LINE,)), st.data())
def test_a_line_switched_off_and_on_is_what_it_was(file: SourcesFile, data: st.DataObject) -> None:
    found = [entry for entry in parse_sources([file]).entries if entry.enabled]
    for entry in found[:1]:
        off = with_enabled(file, entry, enabled=False)
        assert with_enabled(off, entry, enabled=True) == file


@few
@given(files(), st.data())
def test_only_the_word_concerned_goes(file: SourcesFile, data: st.DataObject) -> None:
    found = parse_sources([file]).entries
    for at, entry in enumerate(found):
        if len(entry.components) > 1:
            word = data.draw(st.sampled_from(entry.components))
            changed = without_word(file, entry, "Components", word)
            expected = said(file)
            left = tuple(one for one in entry.components if one != word)
            expected[at] = expected[at].model_copy(update={"components": left})
            assert said(changed) == expected
            assert kept_lines(file.text, changed.text)


@few
@given(files(), entries(several=False))
def test_what_is_added_stands_behind_what_was_there(file: SourcesFile, entry: Entry) -> None:
    made = with_entry(file, entry)
    assert made.text.startswith(file.text)
    assert said(made)[:-1] == said(file)
    added = entry.model_copy(update={"path": file.path, "line": 0})
    assert said(made)[-1].model_dump() == Entry.model_validate(added.model_dump()).model_dump()


@few
@given(files(forms=(Format.ONE_LINE,)))
def test_a_converted_file_says_the_same(file: SourcesFile) -> None:
    before = parse_sources([file])
    if before.damaged:
        return
    after = parse_sources([converted(file)])
    assert not after.damaged
    assert [one.model_dump(exclude={"path", "line"}) for one in after.entries] == [
        one.model_dump(exclude={"path", "line"}) for one in before.entries
    ]


@few
@given(st.text("deb \n\t#[]=\"'-srchtp:/xTyURISutComnl\x0b\x85\u2028") | st.text())
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    for name in ("odd.list", "odd.sources"):
        file = SourcesFile(path=f"{PARTS}/{name}", text=text)
        for entry in parse_sources([file]).entries:
            same = with_enabled(file, entry, enabled=entry.enabled)
            if file.format is Format.ONE_LINE and entry.enabled:
                assert same == file
