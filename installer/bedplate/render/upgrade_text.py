"""What people read about an upgrade of packages, before it and after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bedplate.model.updates import Kind, Outcome, PackageChange, Upgrade

UP_TO_DATE = "Every package is up to date: nothing to do."
_CONFFILES = (
    "A configuration file that was changed here stays as it is; the new one is put beside it."
)
_WORDS = {
    Kind.REMOVE: "remove",
    Kind.INSTALL: "install",
    Kind.UPGRADE: "upgrade",
    Kind.DOWNGRADE: "downgrade",
}


def render_upgrade(upgrade: Upgrade) -> str:
    """What would be done, a line for each package; what is lost comes first."""
    if not upgrade.changes:
        return "".join(f"{line}\n" for line in (*_kept_back(upgrade), UP_TO_DATE))
    lines = [*_changes(upgrade.changes), *_kept_back(upgrade), render_counts(upgrade), _CONFFILES]
    return "".join(f"{line}\n" for line in lines)


def render_counts(upgrade: Upgrade) -> str:
    """How many packages would change, in a sentence."""
    counts = [
        f"{len(found)} to {word}" for kind, word in _WORDS.items() if (found := upgrade.of(kind))
    ]
    return f"Packages: {', '.join(counts)}." if counts else UP_TO_DATE


def render_outcome(outcome: Outcome) -> str:
    """What is different now, and what is left to do."""
    lines = list(_changes(outcome.changed)) or ["No package has changed."]
    lines += [
        f"A new version of a file that was changed here lies beside it: {path}"
        for path in outcome.set_aside
    ]
    if not outcome.reboot:
        lines.append("No restart is due.")
    return "".join(f"{line}\n" for line in lines) + render_restart(outcome.reboot)


def render_restart(reasons: Sequence[str]) -> str:
    """Why the host should be restarted; empty if nothing speaks for it."""
    return "".join(f"A restart is due: {reason}.\n" for reason in reasons)


def _changes(changes: Sequence[PackageChange]) -> Iterator[str]:
    width = max((len(change.name) for change in changes), default=0)
    for kind, word in _WORDS.items():
        for change in changes:
            if change.kind is kind:
                versions = " -> ".join(v for v in (change.old, change.new) if v is not None)
                yield f"{word:<9}  {change.name:<{width}}  {versions}"


def _kept_back(upgrade: Upgrade) -> Iterator[str]:
    if upgrade.kept_back:
        yield f"Kept as they are, though newer ones exist: {', '.join(upgrade.kept_back)}."
