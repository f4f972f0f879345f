"""Wrong changes of a network through `bedplate net apply`, with ifupdown2 and a real gateway.

What made each of them go back is left in $BEDPLATE_OUT/told.json. Then a right one, which stays.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from bedplate.cli import net
from bedplate.cli.main import run_command
from bedplate.cli.net_trial import NetworkHost
from bedplate.errors import CommandError, Problem
from bedplate.model.network_files import INTERFACES, NEW_INTERFACES
from bedplate.model.network_trial import OUTCOME, REJECTED, TRIAL
from bedplate.run import DEADLINE_SECONDS, Input, Result, run
from tests.support.network_host import Unit
from tests.uml.scenarios.wires import Switch, bring_up, ip, plug_in, reaches, switch_on

GATEWAY = "192.0.2.1"
GOOD = """\
# as it is
auto lo
iface lo inet loopback

iface eno1 inet manual

auto vmbr0
iface vmbr0 inet static
        address 192.0.2.10/24
        gateway 192.0.2.1
        bridge-ports eno1
        bridge-stp off
        bridge-fd 0
"""
WRONG = {
    "the address of another network": GOOD.replace("192.0.2.", "198.51.100."),
    "a port that leads nowhere": GOOD.replace("bridge-ports eno1", "bridge-ports eno3"),
    "no gateway": GOOD.replace("        gateway 192.0.2.1\n", ""),
    "a bond of cards that are not there": GOOD.replace("bridge-ports eno1", "bridge-ports bond0")
    + "\nauto bond0\niface bond0 inet manual\n        bond-slaves eno2 eno3\n"
    "        bond-mode active-backup\n",
    "a bridge that is gone": GOOD.partition("auto vmbr0")[0]
    + "auto eno3\niface eno3 inet manual\n",
}
MORE = GOOD.replace(".10/24\n", ".10/24\n        address 192.0.2.11/24\n")


@dataclass(slots=True)
class WithoutSystemd:
    """Runs programs, but for the unit that systemd would start."""

    unit: Unit
    host: NetworkHost | None = None

    def __call__(
        self,
        argv: Sequence[str | Path],
        *,
        stdin: Input = None,
        check: bool = True,
        timeout: float = DEADLINE_SECONDS,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        words = tuple(map(str, argv))
        if words[:2] == ("systemctl", "start"):
            assert self.host is not None
            code = self.unit.start(self.host)
            if check and code:
                raise CommandError(Problem("command-failed", " ".join(words), "failed"))
            return Result(words, code, "", "")
        if words[:2] == ("systemctl", "restart"):
            run(["ifdown", "--all"], check=False)
            argv = ["ifup", "--all"]
        return run(
            argv, stdin=stdin, check=check, timeout=timeout, env=env, cwd=cwd, on_line=on_line
        )


def main() -> None:
    plug_in()
    switch_on(Switch(addresses=("192.0.2.1/24",)))
    bring_up(GOOD)
    assert reaches(GATEWAY)
    unit = Unit(Path("/run/notify"))
    runner = WithoutSystemd(unit)
    runner.host = NetworkHost(run=runner)
    net.HOST = runner.host
    before = addresses()
    told = {name: tried(text, unit, before) for name, text in WRONG.items()}
    (Path(os.environ["BEDPLATE_OUT"]) / "told.json").write_text(json.dumps(told))
    stays(unit)


def tried(text: str, unit: Unit, before: object) -> str:
    """Try a wrong network; returns what made it go back."""
    Path(NEW_INTERFACES).write_text(text)
    code = run_command(["net", "apply", "--yes", "--confirm-within", "120"])
    unit.wait()
    outcome = Path(OUTCOME).read_text()
    assert Path(INTERFACES).read_text() == GOOD, outcome
    assert Path(REJECTED).read_text() == text
    assert not Path(TRIAL).exists()
    assert reaches(GATEWAY), f"{outcome}\n{ip('address')}\n{ip('route')}"
    assert addresses() == before, f"{outcome}\n{ip('address')}\n{ip('route')}"
    assert code == (0 if "gateway did not answer" in outcome else 1), outcome
    return "gateway" if code == 0 else "ifreload"


def stays(unit: Unit) -> None:
    """A right change, which is confirmed, and found to be made already."""
    Path(NEW_INTERFACES).write_text(MORE)
    assert run_command(["net", "apply", "--yes"]) == 0
    assert run_command(["net", "confirm"]) == 0
    unit.wait()
    assert reaches(GATEWAY)
    assert "192.0.2.11/24" in json.dumps(addresses())
    said = StringIO()
    with redirect_stdout(said):
        assert run_command(["net", "apply", "--yes"]) == 0
    assert "nothing to do" in said.getvalue()


def addresses() -> list[tuple[str, tuple[str, ...]]]:
    """Every interface that is up, with the addresses that it was given."""
    links = json.loads(ip("-j", "-4", "address"))
    return sorted(
        (
            link["ifname"],
            tuple(f"{info['local']}/{info['prefixlen']}" for info in link["addr_info"]),
        )
        for link in links
    )


if __name__ == "__main__":
    main()
