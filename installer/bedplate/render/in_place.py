"""Files that others write too, with some of their lines changed and all else as it was.

Each function takes the whole text, "" for a file that is not there, and returns the whole text.
What is so already is left exactly as it is: a second time changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

_SECTION = re.compile(r"\s*\[(?P<name>[^\]]*)\]\s*")


def with_section_value(text: str, section: str, key: str, value: str) -> str:
    """A key of a section of a file in systemd's syntax, systemd.syntax(7).

    Assigned more than once, the lists that are there would be added up: one line remains.
    """
    lines = _lines(text)
    start, end = _section(lines, section)
    if start is None:
        gap = [""] if lines and lines[-1] else []
        return _text([*lines, *gap, f"[{section}]", f"{key}={value}"], text)
    active = re.compile(rf"\s*{re.escape(key)}\s*=")
    hinted = re.compile(rf"\s*[#;]\s*{re.escape(key)}\s*=")
    inside = _with_line(lines[start:end], f"{key}={value}", active.match, hinted.match)
    return _text([*lines[:start], *inside, *lines[end:]], text)


def with_assignment(text: str, name: str, value: str) -> str:
    """A variable of a file that a shell reads, such as zed.rc; `value` has no quotes in it."""
    active = re.compile(rf"\s*(export\s+)?{re.escape(name)}=")
    hinted = re.compile(rf"\s*#\s*{re.escape(name)}=")
    line = f'{name}="{value}"'
    return _text(_with_line(_lines(text), line, active.match, hinted.match), text)


def with_parameters(text: str, values: Mapping[str, str]) -> str:
    """Parameters of Postfix's main.cf; postconf(5) has lines that go on in the next one."""
    entries = _entries(_lines(text))
    for name, value in values.items():
        active = re.compile(rf"{re.escape(name)}\s*=\s*(?P<value>.*)", re.DOTALL)
        found = [entry for entry in entries if active.match("\n".join(entry))]
        match = active.match("\n".join(found[-1])) if found else None
        if len(found) == 1 and match is not None and match["value"].split() == value.split():
            continue
        entries = _with_entry(entries, [f"{name} = {value}"], found)
    return _text([line for entry in entries for line in entry], text)


def with_alias(text: str, name: str, address: str) -> str:
    """Where mail to a local name goes, aliases(5)."""
    entries = _entries(_lines(text))
    active = re.compile(rf"\"?{re.escape(name)}\"?\s*:\s*(?P<value>.*)", re.DOTALL | re.IGNORECASE)
    found = [entry for entry in entries if active.match("\n".join(entry))]
    match = active.match("\n".join(found[0])) if len(found) == 1 else None
    if match is not None and match["value"].strip() == address:
        return text
    entries = _with_entry(entries, [f"{name}: {address}"], found)
    return _text([line for entry in entries for line in entry], text)


def with_module_options(text: str, module: str, options: Mapping[str, str | None]) -> str:
    """Options of a kernel module, modprobe.d(5); `None` takes one away."""
    mine = re.compile(rf"\s*options\s+{re.escape(module)}\s+(?P<words>.*)")
    lines, found = [], dict.fromkeys(options, "")
    for line in _lines(text):
        match = mine.fullmatch(line)
        if match is None:
            lines.append(line)
            continue
        words = match["words"].split()
        stale = {
            w for w in words if (o := w.partition("="))[0] in options and o[2] != options[o[0]]
        }
        found |= {w.partition("=")[0]: w for w in words if w.partition("=")[0] in options}
        if not stale:
            lines.append(line)
        elif kept := [word for word in words if word not in stale]:
            lines.append(f"options {module} {' '.join(kept)}")
        for word in stale:
            found[word.partition("=")[0]] = ""
    missing = [f"{k}={v}" for k, v in options.items() if v is not None and not found[k]]
    return _text([*lines, f"options {module} {' '.join(missing)}"] if missing else lines, text)


def with_settings(text: str, values: Mapping[str, str], separator: str = " = ") -> str:
    """Keys of a file of ours with a key and its value on each line (sysctl.d, sshd_config.d)."""
    lines = _lines(text)
    for key, value in values.items():
        active = re.compile(rf"\s*{re.escape(key)}(\s|=)", re.IGNORECASE)
        lines = _with_line(lines, f"{key}{separator}{value}", active.match, lambda _: None)
    return _text(lines, text)


def with_hosts(text: str, hosts: Mapping[str, Sequence[str]]) -> str:
    """Names by address, hosts(5): one line for each of these addresses."""
    lines = _lines(text)
    for address, names in hosts.items():
        wanted = [address, *names]

        def is_of(line: str, address: str = address) -> bool:
            return line.partition("#")[0].split()[:1] == [address]

        same = [line for line in lines if is_of(line)]
        if len(same) == 1 and same[0].partition("#")[0].split() == wanted:
            continue
        lines = _with_line(lines, " ".join(wanted), is_of, lambda _: False)
    return _text(lines, text)


def with_resolver(text: str, search: Sequence[str], dns: Sequence[str]) -> str:
    """Domains and name servers, resolv.conf(5); what is empty stays as it was."""
    lines = _lines(text)
    if search:
        line = f"search {' '.join(search)}"
        lines = _with_line(lines, line, re.compile(r"(search|domain)\s").match, lambda _: None)
    if dns:
        wanted = [f"nameserver {address}" for address in dns]
        if [line for line in lines if line.startswith("nameserver")] != wanted:
            lines = [line for line in lines if not line.startswith("nameserver")] + wanted
    return _text(lines, text)


def with_lines(text: str, wanted: Iterable[str]) -> str:
    """Lines that have to be there, white space aside; those that are missing come last."""
    lines = _lines(text)
    there = {" ".join(line.split()) for line in lines}
    missing = [line for line in wanted if " ".join(line.split()) not in there]
    return _text([*lines, *dict.fromkeys(missing)], text)


def _lines(text: str) -> list[str]:
    return text.split("\n")[: -1 if text.endswith("\n") or not text else None]


def _text(lines: Sequence[str], before: str) -> str:
    """The lines as a text; `before` itself, if there is no other line in it."""
    return before if list(lines) == _lines(before) else "".join(f"{line}\n" for line in lines)


def _section(lines: Sequence[str], name: str) -> tuple[int | None, int]:
    """Where the lines of a section begin and end, the blank ones behind them left out."""
    start: int | None = None
    end = len(lines)
    for number, line in enumerate(lines):
        match = _SECTION.fullmatch(line)
        if match is None:
            continue
        if start is not None:
            end = number
            break
        if match["name"] == name:
            start = number + 1
    while start is not None and end > start and not lines[end - 1].strip():
        end -= 1
    return start, end


def _with_line(
    lines: Sequence[str],
    wanted: str,
    is_active: Callable[[str], object],
    is_hint: Callable[[str], object],
) -> list[str]:
    """One active line, where the first was, else below the comment that shows it, else last."""
    active = [number for number, line in enumerate(lines) if is_active(line)]
    if active:
        rest = [line for number, line in enumerate(lines) if number not in active[1:]]
        return [*rest[: active[0]], wanted, *rest[active[0] + 1 :]]
    hints = [number for number, line in enumerate(lines) if is_hint(line)]
    place = hints[0] + 1 if hints else len(lines)
    return [*lines[:place], wanted, *lines[place:]]


def _entries(lines: Sequence[str]) -> list[list[str]]:
    """Lines with those that continue them: which begin with white space and are not blank."""
    entries: list[list[str]] = []
    for line in lines:
        goes_on = line[:1].isspace() and line.strip() and entries and entries[-1][0].strip()
        if goes_on and not entries[-1][0].startswith("#"):
            entries[-1].append(line)
        else:
            entries.append([line])
    return entries


def _with_entry(
    entries: Sequence[list[str]], wanted: list[str], found: Sequence[list[str]]
) -> list[list[str]]:
    """One entry where the first of those that were `found` is, else at the end."""
    if not found:
        return [*entries, wanted]
    first = next(number for number, entry in enumerate(entries) if entry is found[0])
    kept = [entry for entry in entries[first:] if not any(entry is one for one in found)]
    return [*entries[:first], wanted, *kept]
