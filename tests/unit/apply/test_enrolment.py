"""How keys are handed to shim: what is said to openssl and mokutil."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bedplate.apply.enrolment import stage_enrolment
from bedplate.model.secret import Secret
from bedplate.model.secure_boot import Certificate
from bedplate.run import Result

IMAGE = Certificate(path="/image.der", serial="1f")
PASSWORD = Secret("12345678")


class Firmware:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.imported: list[tuple[str, ...]] = []
        self.hashes: list[str] = []

    def run(self, argv: Sequence[str | Path], *, stdin: object = None, **_options: Any) -> Result:
        words, out = tuple(map(str, argv)), ""
        assert PASSWORD.reveal() not in " ".join(words)
        if words[0] == "openssl":
            assert (words, stdin) == (("openssl", "passwd", "-6", "-stdin"), PASSWORD)
            out = "$6$salt$hash\n"
        else:
            assert words[1] == "--import"
            self.imported.append(words[2:-2])
            assert words[-2] == "--hash-file"
            self.hashes.append(Path(words[-1]).read_text())
        return Result(argv=words, code=0, stdout=out, stderr="")


def test_the_firmware_gets_the_certificate_and_a_hash_of_the_password() -> None:
    firmware = Firmware()
    stage_enrolment(firmware.run, [IMAGE], PASSWORD)
    assert (firmware.imported, firmware.hashes) == ([("/image.der",)], ["$6$salt$hash\n"])
