"""Programs of the operator: from the medium, during an install, and at the first start of the host.

The medium is the one that is built, with two more things in its root.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bedplate.errors import ExitCode
from bedplate.image.medium import with_additions
from bedplate.lab.answer import plan_answer
from bedplate.lab.disks import overlay
from bedplate.lab.provision import ANSWER, IMAGES
from bedplate.model.facts import FirmwareKind
from bedplate.run import run
from tests.support.vm import PASSWORD, Installed, VmLab
from tests.vm.conftest import Boot, LiveMachine

pytestmark = pytest.mark.full

HOOK = '#!/bin/sh\ngrep -q after-unpack && echo "$BEDPLATE_POINT" >"$BEDPLATE_ROOT/etc/marked"\n'
# At the first start it cannot do what it is for.
PROGRAM = "#!/bin/sh\nping -c 1 -W 5 10.0.2.2 || exit 2\n[ -e /root/tried ] && exit 0\n" + (
    "touch /root/tried\necho not yet\nexit 7\n"
)
ASKED = """
[first-boot]
source = "from-iso"
ordering = "network-online"
units.enable = ["fstrim.timer"]
files."/etc/motd".content = "hello from the answer file\\n"

[hooks]
before-final-check = ["#!/bin/sh\\ntest -s \\"$BEDPLATE_ROOT/etc/marked\\"\\n"]
"""
# In the new system, and not of a mind to let go of it.
FAILING = '''
[hooks]
after-unpack = """
#!/bin/sh
cd "$BEDPLATE_ROOT" && mount --bind /dev dev && sleep 1000 &
sleep 1
echo out of luck
exit 3
"""
'''


def medium(lab: VmLab, folder: Path) -> Path:
    """The medium with a hook and a program for the first start."""
    hook, program = folder / "hooks" / "after-unpack" / "10-mark", folder / "program"
    hook.parent.mkdir(parents=True)
    for place, text in ((hook, HOOK), (program, PROGRAM)):
        place.write_text(text)
        place.chmod(0o755)
    made = folder / "medium.iso"
    additions = {"hooks": folder / "hooks", "proxmox-first-boot": program}
    with_additions(lab.images.iso, made, additions, run)
    return made


def test_programs_of_the_medium_run_in_the_install_and_once_on_the_host(
    vm_lab: VmLab, boot: Boot, tmp_path: Path
) -> None:
    disks = vm_lab.disks(tmp_path, 1)
    image = medium(vm_lab, tmp_path)
    folder = tmp_path / "host"
    folder.mkdir()
    with vm_lab.from_stick(tmp_path / "live", disks, image=image) as machine:
        vm_lab.install_in(machine, folder, "zfs-single", disks, name="first", extra=ASKED)
    host = Installed("first", FirmwareKind.UEFI, disks, folder)
    installed = replace(host, disks=(overlay(disks[0], tmp_path),))
    with boot(installed, snapshot=False, keep_variables=False) as booted:
        here = booted.host
        here.run("systemctl is-system-running --wait")
        assert here.file("/etc/marked").content_string == "after-unpack\n"
        status = here.run("bedplate first-boot status")
        assert status.rc == ExitCode.DIFFERS
        assert "ended with 7; it said last:" in status.stdout
        unit = "bedplate-first-boot-network-online.service"
        assert "not yet" in here.check_output(f"journalctl --unit {unit} --output cat")
        assert "Done: files, units." in status.stdout
        found = here.run("bedplate doctor")
        assert found.rc == ExitCode.DIFFERS
        assert "first boot of this host has failed 1 time(s)" in found.stdout
        assert here.file("/etc/motd").content_string == "hello from the answer file\n"
        assert here.check_output("systemctl is-enabled fstrim.timer") == "enabled"
        here.check_output("echo mine >/etc/motd; sync")
        booted.machine.crash()
    with boot(installed, snapshot=False, keep_variables=False) as booted:
        here = booted.host
        assert here.check_output("systemctl is-system-running --wait || true") == "running"
        assert "First boot: done (2 attempts" in here.check_output("bedplate first-boot status")
        assert here.file("/etc/motd").content_string == "mine\n"
        outcome = json.loads(here.check_output("bedplate first-boot status --json"))
        assert (outcome["state"], outcome["exit_code"]) == ("done", 0)
        assert outcome["done"] == ["files", "units", "program"]
        # This firmware knows nothing of the install, which the doctor may find too.
        found = json.loads(here.run("bedplate doctor --json").stdout)
        assert "first-boot-failed" not in {problem["code"] for problem in found["problems"]}
        assert any(note.startswith("First boot: done") for note in found["notes"])
        again = here.check_output("systemctl show -P ConditionResult bedplate-first-boot-fully-up")
        assert again == "no"


def test_a_hook_that_fails_ends_the_install_cleanly(live_machine: LiveMachine) -> None:
    machine = live_machine(2)
    answer = plan_answer("hook", "zfs-mirror", machine.spec.disks, [], PASSWORD).reveal()
    machine.succeed("mkdir -p -m 0700 /run/bedplate")
    machine.console.send_file((answer + FAILING).encode(), ANSWER)
    said = machine.fail(f"bedplate install {ANSWER} --yes --images {IMAGES}", timeout=900)
    assert "hooks.after-unpack: ended with 3; it said last: out of luck" in said
    assert machine.succeed("zpool list -H; findmnt --noheadings /run/bedplate/root; true") == ""
    machine.fail("grep -q ' /run/bedplate/root' /proc/mounts")
    assert "out of luck" in machine.succeed("cat /var/lib/bedplate/hooks/log")
