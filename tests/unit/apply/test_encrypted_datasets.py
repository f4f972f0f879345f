"""Datasets with a key: what is run for them, what a key file is like, and where no secret goes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bedplate.apply.root import Root
from bedplate.cli.installing import check_secrets
from bedplate.errors import BedplateError, UsageError
from bedplate.model.plan import Plan
from bedplate.model.request import RootPassword, Secrets
from bedplate.model.secret import Secret
from tests.unit.apply.noting import Log

PLANS = Path(__file__).parents[2] / "golden" / "plans"
PHRASE = Secret("never-in-a-plan, this one")


def plan_of(name: str) -> Plan:
    return Plan.model_validate_json((PLANS / f"{name}.json").read_bytes())


def create(log: Log, plan: Plan, root: Path, passphrase: Secret | None) -> None:
    Root(plan, log, root, passphrase).create_pool(None)


def reopen(log: Log, plan: Plan, root: Path, passphrase: Secret | None) -> None:
    Root(plan, log, root, passphrase).opened()


def test_a_key_file_is_roots_alone_and_zfs_looks_for_it_where_it_will_be(tmp_path: Path) -> None:
    plan = plan_of("swap-and-key-file")
    log = Log()
    create(log, plan, tmp_path, None)
    key = tmp_path / "etc/zfs/keys/rpool-data.key"
    assert len(key.read_bytes()) == 32
    assert [stat.S_IMODE(path.stat().st_mode) for path in (key, key.parent)] == [0o600, 0o700]
    properties = "mountpoint=/srv/data -o recordsize=1M -o 'com.example:backup=daily and weekly'"
    encrypted = f"encryption=aes-256-gcm -o keyformat=raw -o keylocation=file://{key}"
    assert log.of("zfs") == [
        ("zfs create rpool/ROOT", None),
        ("zfs create -o mountpoint=/ rpool/ROOT/pve-1", None),
        (f"zfs create -o {properties} -o {encrypted} rpool/data", None),
        ("zfs set keylocation=file:///etc/zfs/keys/rpool-data.key rpool/data", None),
        ("zfs create -o mountpoint=/var/lib/vz rpool/var-lib-vz", None),
    ]
    again = Log()
    before = key.read_bytes()
    create(again, plan, tmp_path, None)
    assert key.read_bytes() != before  # the pool is new, so its key is
    opened = Log()
    reopen(opened, plan, tmp_path, None)
    assert opened.of("zfs") == [
        ("zfs mount rpool/ROOT/pve-1", None),
        (f"zfs load-key -L file://{key} rpool/data", None),
        ("zfs mount rpool/data", None),
        ("zfs mount rpool/var-lib-vz", None),
    ]


def test_a_passphrase_is_read_from_standard_input_only(tmp_path: Path) -> None:
    plan = plan_of("passphrase-of-the-root")
    log = Log()
    create(log, plan, tmp_path, PHRASE)
    key = "-o encryption=aes-256-gcm -o keyformat=passphrase -o keylocation=prompt"
    assert log.of("zfs")[:2] == [
        (f"zfs create {key} rpool/ROOT", PHRASE),
        ("zfs create -o mountpoint=/ rpool/ROOT/pve-1", None),
    ]
    opened = Log()
    reopen(opened, plan, tmp_path, PHRASE)
    assert opened.of("zfs")[:2] == [
        ("zfs load-key rpool/ROOT", PHRASE),
        ("zfs mount rpool/ROOT/pve-1", None),
    ]
    lines = [line for line, _ in (*log.ran, *opened.ran)]
    assert not [line for line in lines if PHRASE.reveal() in line]


def test_without_the_passphrase_nothing_is_begun(tmp_path: Path) -> None:
    plan = plan_of("passphrase-of-the-root")
    log = Log()
    with pytest.raises(UsageError) as creating:
        create(log, plan, tmp_path, None)
    with pytest.raises(UsageError) as opening:
        reopen(log, plan, tmp_path, None)
    for caught in (creating, opening):
        assert [(p.code, p.where) for p in caught.value.problems] == [
            ("passphrase-needed", "rpool/ROOT")
        ]
    assert log.ran == []


@pytest.mark.parametrize(
    ("name", "secrets", "codes"),
    [
        ("passphrase-of-the-root", Secrets(), ["password-needed", "passphrase-needed"]),
        ("passphrase-of-the-root", Secrets(passphrase=PHRASE), ["password-needed"]),
        ("swap-and-key-file", Secrets(), ["password-needed"]),
        ("lvm-thin-bios-512", Secrets(), ["password-needed"]),
        (
            "passphrase-of-the-root",
            Secrets(passphrase=PHRASE, root_password=RootPassword(text=PHRASE, hashed=False)),
            [],
        ),
    ],
)
def test_a_saved_plan_is_refused_without_its_secrets(
    name: str, secrets: Secrets, codes: list[str]
) -> None:
    plan = Plan.model_validate_json((PLANS / f"{name}.json").read_bytes())
    found: list[str] = []
    try:
        check_secrets(plan, secrets, "plan.json")
    except BedplateError as error:
        found = [problem.code for problem in error.problems]
    assert found == codes
