"""What `bedplate repo enable` and `disable` change: one entry of one file, and nothing else in it.

An entry is switched where it stands, in the format of its file. What is only part of a stanza or a
line is taken out of it. A repository that no file names gets a stanza of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.errors import Problem, RefusedError, UsageError
from bedplate.model.host_change import HostChange, HostFile
from bedplate.model.host_sources import HostSources
from bedplate.model.known_repository import (
    ALIASES,
    REPOSITORIES,
    KnownRepository,
    repositories_of,
)
from bedplate.model.repository import PARTS, Entry, Format, SourcesFile
from bedplate.plan.repositories import Picture, find_known, identify, keyring_of
from bedplate.render.deb822 import Field
from bedplate.render.sources import (
    converted,
    converted_path,
    parse_sources,
    with_enabled,
    with_entry,
    without_word,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a command names: a known repository, or the entry at a place."""

    name: str
    known: KnownRepository | None = None
    place: str | None = None

    def targets_of(self, entry: Entry) -> tuple[int, ...]:
        """Which of an entry's targets are meant, by their numbers."""
        if self.known is None:
            return tuple(range(len(identify(entry)))) if entry.place == self.place else ()
        return tuple(n for n, one in enumerate(identify(entry)) if one.known == self.known)


def find_wanted(host: HostSources, name: str) -> Wanted:
    """What a name means on this host: `pve-enterprise`, or `FILE:LINE` as a listing has it.

    Raises `RefusedError` if there is none for the host's release, `UsageError` if there is none.
    """
    if (known := find_known(name, host.codename)) is not None:
        return Wanted(known.name, known=known)
    entries = parse_sources(host.files).entries
    places = [entry.place for entry in entries if name in (entry.place, _short(entry))]
    if len(places) == 1:
        return Wanted(places[0], place=places[0])
    plain = ALIASES.get(name, name)
    releases = [one.codename for one in REPOSITORIES if one.name == plain]
    if releases:
        offered = ", ".join(repositories_of(host.codename or "")) or "none that is known"
        message = f"is for {', '.join(releases)}, but this host is {host.codename or 'unknown'}"
        raise RefusedError(
            Problem("not-for-this-release", name, message, f"this release has {offered}")
        )
    message = "is no known repository, nor an entry of a file"
    hint = "`bedplate repo list` shows the names of all"
    raise UsageError(Problem("unknown-repository", name, message, hint))


def plan_enable(host: HostSources, wanted: Wanted, *, convert: bool = False) -> HostChange:
    """Have apt use a repository; a new one from the mirror that others of its archive are from.

    Raises `RefusedError` with what is in the way.
    """
    entries = [entry for entry in parse_sources(host.files).entries if wanted.targets_of(entry)]
    used = [entry for entry in entries if entry.enabled and "deb" in entry.types]
    if used:
        # Whether the file is to be converted is a question of its own.
        return _converting(host, used[0], f"{wanted.name} is enabled already", convert)
    whole = [entry for entry in entries if "deb" in entry.types and _is_whole(entry, wanted)]
    if whole:
        entry = whole[0]
        file = with_enabled(_file(host, entry), entry, enabled=True)
        return _change(host, file, f"{wanted.name} is enabled in {entry.path}", convert)
    assert wanted.known is not None, "an entry that is at a place is all of it"
    new = _new_entry(wanted.known, _mirror(host, wanted.known))
    path = f"{PARTS}/{wanted.known.file}.sources"
    present = host.file(path) or SourcesFile(path=path, text="")
    made = with_entry(_editable(present), new)
    return _change(host, made, f"{wanted.name} is enabled in {path}", convert=False)


def plan_disable(host: HostSources, wanted: Wanted, *, convert: bool = False) -> HostChange:
    """Have apt no longer use a repository, in whichever files it is named.

    Raises `RefusedError` if a stanza cannot be left with what is not meant.
    """
    files = {file.path: file for file in host.files}
    used = [
        entry
        for entry in parse_sources(host.files).entries
        if entry.enabled and wanted.targets_of(entry)
    ]
    if not used:
        return HostChange(summary=f"{wanted.name} is not enabled; nothing is changed.")
    problems: list[Problem] = []
    # From the end on: what is changed further down moves no line above it.
    for entry in reversed(used):
        file = _editable(files[entry.path], entry)
        changed = _without(file, entry, wanted)
        if changed is None:
            problems.append(_inseparable(entry, wanted))
        else:
            files[entry.path] = changed
    if problems:
        raise RefusedError(tuple(reversed(problems)))
    paths = list(dict.fromkeys(entry.path for entry in used))
    changes = [_change(host, files[path], "", convert) for path in paths]
    return HostChange(
        summary=f"{wanted.name} is disabled in {', '.join(paths)}.",
        files=tuple(file for change in changes for file in change.files),
    )


def after(host: HostSources, change: HostChange) -> HostSources:
    """The host as it would be with a change of its files."""
    texts = {file.path: file.text for file in host.files}
    for file in change.files:
        if file.content is None:
            texts.pop(file.path, None)
        elif file.path.endswith((".list", ".sources")):
            texts[file.path] = file.content
    files = (SourcesFile(path=path, text=text) for path, text in texts.items())
    return host.model_copy(update={"files": tuple(sorted(files, key=_apt_order))})


def _apt_order(file: SourcesFile) -> tuple[bool, str]:
    return (file.path.startswith(f"{PARTS}/"), file.path)


def _short(entry: Entry) -> str:
    return entry.place.rpartition("/")[2]


def _is_whole(entry: Entry, wanted: Wanted) -> bool:
    """Whether nothing but what is wanted would be switched with an entry."""
    return len(wanted.targets_of(entry)) == len(identify(entry))


def _mirror(host: HostSources, known: KnownRepository) -> str | None:
    """Where the host has an archive from; `None` if it has nothing of it yet."""
    for one in Picture.of(host).used:
        if one.known is not None and one.known.archive is known.archive:
            return one.target.uri.rstrip("/").removesuffix(f"/{one.known.folder}")
    return None


def _new_entry(known: KnownRepository, base: str | None) -> Entry:
    return Entry(
        uris=(known.uri(base),),
        suites=(known.suite,),
        components=known.components,
        options={"signed-by": keyring_of(known)},
    )


def _without(file: SourcesFile, entry: Entry, wanted: Wanted) -> SourcesFile | None:
    """The file without what is wanted; `None` if that is no whole word of one field."""
    if _is_whole(entry, wanted):
        return with_enabled(file, entry, enabled=False)
    meant = set(wanted.targets_of(entry))
    every = list(entry.targets())
    words: tuple[tuple[Field, str, tuple[str, ...]], ...] = (
        ("Components", "component", entry.components),
        ("Suites", "suite", entry.suites),
        ("URIs", "uri", entry.uris),
        ("Types", "type", entry.types),
    )
    for field, attribute, listed in words:
        for word in listed:
            same = {n for n, one in enumerate(every) if getattr(one, attribute) == word}
            if same == meant:
                return without_word(file, entry, field, word)
    return None


def _inseparable(entry: Entry, wanted: Wanted) -> Problem:
    message = f"names {wanted.name} together with others, in a way that cannot be taken apart"
    hint = "make two stanzas of it, one for each"
    return Problem("inseparable", entry.place, message, hint)


def _change(host: HostSources, file: SourcesFile, done: str, convert: bool) -> HostChange:
    if not convert or file.format is Format.DEB822:
        return HostChange(summary=f"{done}.", files=(HostFile(path=file.path, content=file.text),))
    made = _convert(host, file)
    return HostChange(
        summary=f"{done}; {file.path} has become {made.path}.",
        files=(
            HostFile(path=made.path, content=made.text),
            HostFile(path=file.path, content=None),
        ),
    )


def _converting(host: HostSources, entry: Entry, done: str, convert: bool) -> HostChange:
    file = host.file(entry.path)
    assert file is not None, "an entry is in a file"
    if not convert or file.format is Format.DEB822:
        return HostChange(summary=f"{done}; nothing is changed.")
    return _change(host, _editable(file), done, convert)


def _convert(host: HostSources, file: SourcesFile) -> SourcesFile:
    """The file as one of stanzas; raises `RefusedError` if it cannot be made into one."""
    problems = [
        Problem("not-converted", f"{one.path}:{one.line}", one.what, "correct or delete it first")
        for one in parse_sources([file]).damaged
    ]
    if host.file(converted_path(file.path)) is not None:
        message = "is there already, so the lines cannot be put into a file of that name"
        problems.append(
            Problem("not-converted", converted_path(file.path), message, "move it out of the way")
        )
    if problems:
        raise RefusedError(problems)
    return converted(file)


def _file(host: HostSources, entry: Entry) -> SourcesFile:
    file = host.file(entry.path)
    assert file is not None, "an entry is in a file"
    return _editable(file, entry)


def _editable(file: SourcesFile, entry: Entry | None = None) -> SourcesFile:
    """The file, if it can be changed there and stay as it is elsewhere, byte by byte."""
    for damaged in parse_sources([file]).damaged:
        if entry is not None and damaged.line == entry.line:
            raise RefusedError(
                Problem("damaged-entry", entry.place, damaged.what, "correct it first")
            )
    if "\ufffd" in file.text:
        message = "is not UTF-8 throughout, so it cannot be changed without changing that too"
        raise RefusedError(Problem("not-text", file.path, message, "correct it first"))
    return file
