"""Programs that an answer file holds as texts."""

from __future__ import annotations

import pytest

from bedplate.config.first_boot_table import wrong_with_script
from bedplate.model.program import PROGRAM_BYTES

HEAD = "#!/bin/sh\n"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (HEAD, ""),
        (HEAD + "#" * (PROGRAM_BYTES - len(HEAD)), ""),
        (HEAD + "#" * (PROGRAM_BYTES - len(HEAD) + 1), "has 1048577 bytes, but may have 1 MiB"),
        (HEAD + "ü" * (PROGRAM_BYTES // 2), "has 1048586 bytes, but may have 1 MiB"),
        ("\n" + HEAD, "does not begin with `#!/` and an interpreter"),
        (HEAD + "\0", "has a byte 0 in it"),
    ],
    ids=["small", "largest", "too-large", "too-large-in-bytes", "line-before", "zero"],
)
def test_a_script(text: str, wrong: str) -> None:
    assert wrong_with_script(text) == wrong
