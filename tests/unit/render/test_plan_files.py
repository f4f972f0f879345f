"""Every kind of file that a plan can have, as a diff."""

from __future__ import annotations

import pytest

from bedplate.model.manifest import BaseFile
from bedplate.model.plan import FilePlan
from bedplate.render.plan_files import render_files
from tests.support.plans import plan_of

CASES: dict[str, tuple[FilePlan, str]] = {
    "new": (
        FilePlan(path="/etc/a", content="one\n"),
        "/etc/a: new, mode 0644\n--- /dev/null\n+++ /etc/a\n@@ -0,0 +1 @@\n+one\n",
    ),
    "new and empty": (
        FilePlan(path="/etc/a", mode=0o600),
        "/etc/a: new, mode 0600\n",
    ),
    "the same": (
        FilePlan(path="/etc/a", content="one\n", replaces=BaseFile(content="one\n")),
        "/etc/a: same, mode 0644\n",
    ),
    "without a line break at the end": (
        FilePlan(path="/etc/a", content="two\n", replaces=BaseFile(content="one")),
        "/etc/a: replaced, mode 0644\n--- /etc/a (base system)\n+++ /etc/a\n@@ -1 +1 @@\n"
        "-one\n\\ No newline at end of file\n+two\n",
    ),
    "not text": (
        FilePlan(path="/etc/a", hex="00ff", replaces=BaseFile(content="")),
        "/etc/a: replaced, mode 0644\nBinary file /etc/a: 2 B, in hexadecimal 00ff\n",
    ),
    "a link that leads elsewhere": (
        FilePlan(path="/etc/a", link="c", replaces=BaseFile(link="b")),
        "/etc/a: replaced, link\n--- /etc/a (base system)\n+++ /etc/a\n@@ -1 +1 @@\n--> b\n+-> c\n",
    ),
    "a link in place of a file": (
        FilePlan(path="/etc/a", link="c", replaces=BaseFile(content="c")),
        "/etc/a: replaced, link\n--- /etc/a (base system)\n+++ /etc/a\n@@ -1 +1 @@\n"
        "-c\n\\ No newline at end of file\n+-> c\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_shown_with_what_becomes_of_it(name: str) -> None:
    file, expected = CASES[name]
    assert render_files(plan_of(files=(file,))) == expected
