"""Answer file and recorded machine in, the whole plan or every refusal out.

A case is an answer file in `plans/` or `refusals/` whose first line names the machine in
`tests/captures/machines`. Its plan, or its list of refusals, lies beside it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bedplate.config.answer import parse_answer
from bedplate.config.layouts import load_layout, load_layouts
from bedplate.errors import RefusedError
from bedplate.model.artefacts import BASE, DELTA, STREAM
from bedplate.model.facts import Facts
from bedplate.model.manifest import Artefact, BaseFile, Manifest
from bedplate.model.plan import Plan
from bedplate.plan.files import NAMED_AFTER, PATHS
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.render.plan_files import render_files
from bedplate.render.plan_page import WIDTH
from bedplate.render.plan_schema import plan_schema
from bedplate.render.plan_script import render_script
from bedplate.render.plan_svg import render_plan_svg
from bedplate.render.plan_text import render_plan
from bedplate.units import MIB
from tests.support.golden import compare

HERE = Path(__file__).parent
MACHINES = HERE.parent / "captures" / "machines"
MANIFEST = Manifest(
    suite="trixie",
    architecture="amd64",
    kernel="6.12.107+deb13-amd64",
    artefacts={
        BASE: Artefact(sha256="ab" * 32, size_bytes=310 * MIB, unpacked_bytes=1100 * MIB),
        STREAM: Artefact(sha256="cd" * 32, size_bytes=440 * MIB),
        DELTA: Artefact(sha256="ef" * 32, size_bytes=4 * MIB),
    },
    stream_properties={"compression": "lz4", "dnodesize": "auto", "xattr": "sa"},
    files={
        "/etc/aliases": BaseFile(content="# See man 5 aliases for format\npostmaster:    root\n"),
        "/etc/default/locale": BaseFile(link="../locale.conf"),
        "/etc/fstab": BaseFile(content="# UNCONFIGURED FSTAB FOR BASE SYSTEM\n"),
        "/etc/hosts": BaseFile(
            content="127.0.0.1\tlocalhost\n"
            "::1\t\tlocalhost ip6-localhost ip6-loopback\n"
            "ff02::1\t\tip6-allnodes\n"
            "ff02::2\t\tip6-allrouters\n\n"
        ),
        "/etc/locale.gen": BaseFile(content="en_US.UTF-8 UTF-8\n"),
        "/etc/locale.conf": BaseFile(content="LANG=en_US.UTF-8\n"),
        "/etc/localtime": BaseFile(link="/usr/share/zoneinfo/Etc/UTC"),
        "/etc/machine-id": BaseFile(),
        "/etc/network/interfaces": BaseFile(
            content="# interfaces(5) file used by ifup(8) and ifdown(8)\n"
            "auto lo\niface lo inet loopback\n"
        ),
        "/etc/postfix/main.cf": BaseFile(
            content="compatibility_level = 3.9\n\n"
            "# Where mail appears to come from.\nmyorigin = $myhostname\n"
            "mydestination = $myhostname, localhost.$mydomain, localhost\n"
            "relayhost =\nmynetworks = 127.0.0.0/8\n    [::1]/128\n"
            "alias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\n"
        ),
        "/etc/smartd.conf": BaseFile(
            content="# The word DEVICESCAN will cause any remaining lines to be ignored.\n"
            "DEVICESCAN -d removable -n standby -m root -M exec "
            "/usr/share/smartmontools/smartd-runner\n"
        ),
        "/etc/systemd/timesyncd.conf": BaseFile(
            content="# See timesyncd.conf(5) for details.\n\n"
            "[Time]\n#NTP=\n#FallbackNTP=0.debian.pool.ntp.org\n#ConnectionRetrySec=30\n"
        ),
        "/etc/vconsole.conf": BaseFile(link="default/keyboard"),
        "/etc/zfs/zed.d/zed.rc": BaseFile(
            content="# Email will only be sent if ZED_EMAIL_ADDR is defined.\n"
            '#ZED_EMAIL_ADDR="root"\n\nZED_NOTIFY_INTERVAL_SECS=3600\n'
        ),
    },
)
PASSWORD = "never-in-a-plan"
# One of each storage, firmware and sector size, one that destroys something, one of a machine where
# that is in use, and each ZFS option.
PICTURED = (
    *("btrfs-raid1-uefi-512", "demo", "lvm-mirror-uefi-512", "lvm-thin-bios-512"),
    *("zfs-mirror-uefi-4kn", "second-install", "leftovers"),
    *("special-fast-disks", "swap-and-key-file", "passphrase-of-the-root"),
    "settings",
    *("hooks", "programs-of-the-operator"),
)


def cases(folder: str) -> list[str]:
    return sorted(path.stem for path in (HERE / folder).glob("*.toml"))


def plan_of(answer: Path) -> Plan:
    text = answer.read_text(encoding="utf-8")
    machine = text.partition("\n")[0].removeprefix("# machine: ")
    request = parse_answer(text.encode(), load_layouts())
    facts = Facts.model_validate_json((MACHINES / f"{machine}.json").read_bytes())
    return plan_install(request, load_layout(request.layout), facts, MANIFEST, Ids(b"golden"))


@pytest.mark.parametrize("name", cases("plans"))
def test_plan(name: str) -> None:
    answer = HERE / "plans" / f"{name}.toml"
    plan = plan_of(answer)
    text = plan.model_dump_json(indent=2) + "\n"
    compare(answer.with_suffix(".json"), text)
    assert Plan.model_validate_json(text) == plan
    assert PASSWORD in answer.read_text(encoding="utf-8")
    assert PASSWORD not in text


@pytest.mark.parametrize("name", cases("plans"))
def test_plan_for_people(name: str) -> None:
    answer = HERE / "plans" / f"{name}.toml"
    text = render_plan(plan_of(answer))
    compare(answer.with_suffix(".txt"), text)
    assert max(map(len, text.splitlines())) <= WIDTH


@pytest.mark.parametrize("name", PICTURED)
def test_plan_as_picture(name: str) -> None:
    answer = HERE / "plans" / f"{name}.toml"
    compare(answer.with_suffix(".svg"), render_plan_svg(plan_of(answer)))


@pytest.mark.parametrize("name", PICTURED)
def test_plan_as_script(name: str) -> None:
    """That it parses is for `tests/check` to say, which looks at every script in the checkout."""
    answer = HERE / "plans" / f"{name}.toml"
    script = render_script(plan_of(answer))
    compare(answer.with_suffix(".sh"), script)
    assert PASSWORD not in script


@pytest.mark.parametrize("name", cases("refusals"))
def test_refusals(name: str) -> None:
    answer = HERE / "refusals" / f"{name}.toml"
    with pytest.raises(RefusedError) as caught:
        plan_of(answer)
    refusals = [
        {"code": p.code, "where": p.where, "message": p.message, "hint": p.hint}
        for p in caught.value.problems
    ]
    compare(answer.with_suffix(".json"), json.dumps({"refusals": refusals}, indent=2) + "\n")


def test_the_plans_cover_both_layouts_under_both_firmwares() -> None:
    assert {name for name in cases("plans") if name.startswith(("zfs-mirror-", "lvm-thin-"))} >= {
        f"{layout}-{rest}"
        for layout in ("zfs-mirror", "lvm-thin")
        for rest in ("bios-512", "uefi-512", "uefi-4kn")
    }


def test_the_documented_schema_is_the_plans() -> None:
    schema = plan_schema()
    compare(HERE.parents[1] / "docs" / "plan-schema.json", json.dumps(schema, indent=2) + "\n")
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", cases("plans"))
def test_every_plan_fits_the_schema(name: str) -> None:
    plan = plan_of(HERE / "plans" / f"{name}.toml")
    Draft202012Validator(plan_schema()).validate(json.loads(plan.model_dump_json()))


@pytest.mark.parametrize("name", cases("plans"))
def test_an_image_build_looks_at_every_place_that_a_plan_has_a_file_for(name: str) -> None:
    plan = plan_of(HERE / "plans" / f"{name}.toml")
    others = {file.path for file in plan.files} - PATHS
    assert [path for path in others if not path.startswith(NAMED_AFTER)] == []


@pytest.mark.parametrize("name", PICTURED)
def test_files_of_a_plan(name: str) -> None:
    answer = HERE / "plans" / f"{name}.toml"
    compare(answer.with_suffix(".diff"), render_files(plan_of(answer)))


def test_every_code_of_a_refusal_is_documented() -> None:
    documented = (HERE.parents[1] / "docs" / "plan-format.md").read_text(encoding="utf-8")
    codes = {
        refusal["code"]
        for path in (HERE / "refusals").glob("*.json")
        for refusal in json.loads(path.read_text(encoding="utf-8"))["refusals"]
    }
    assert codes
    assert not {code for code in codes if f"`{code}`" not in documented}
