"""What a running host has of what settings are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import FactsError
from bedplate.facts.clock import parse_clock
from bedplate.facts.host_settings import (
    parse_module_options,
    parse_properties,
    probe_arc,
    probe_host_settings,
)
from bedplate.facts.mail import parse_deliveries, parse_queue
from bedplate.facts.wake import parse_wake
from bedplate.model.health import Clock, Delivery, QueuedMail
from bedplate.model.host_settings import FoundDataset, FoundProperty, Paths
from bedplate.model.secret import Secret
from bedplate.model.settings import (
    Admin,
    NodeSettings,
    PoolSettings,
    Settings,
    ZfsSettings,
)
from tests.unit.facts.recorded import Recorded

CAPTURES = Path(__file__).parents[2] / "captures"


def test_properties_know_where_they_were_set() -> None:
    text = "compression\tzstd\tlocal\nrecordsize\t128K\tdefault\natime\toff\tinherited from rpool\n"
    assert parse_properties(text) == FoundDataset(
        properties={
            "compression": FoundProperty(value="zstd", is_local=True),
            "recordsize": FoundProperty(value="128K", is_local=False),
            "atime": FoundProperty(value="off", is_local=False),
        }
    )


def test_what_wakes_a_card() -> None:
    assert parse_wake((CAPTURES / "ethtool-e1000-6.1.txt").read_text()) == ("umbg", "d")
    assert parse_wake("Settings for ens3:\n\tSpeed: Unknown!\n") == ("d", "d")


@pytest.mark.parametrize(
    ("shown", "server", "expected"),
    [
        (
            "NTPSynchronized=yes\n",
            "ServerName=ntp1.example.com\nServerAddress=10.0.0.1\n",
            Clock(synchronized=True, server="ntp1.example.com", address="10.0.0.1"),
        ),
        ("NTPSynchronized=no\n", "ServerName=\nServerAddress=\n", Clock(synchronized=False)),
        ("NTPSynchronized=yes\n", "", Clock(synchronized=True)),
    ],
)
def test_clock(shown: str, server: str, expected: Clock) -> None:
    assert parse_clock(shown, server) == expected


QUEUED = (
    '{"queue_name": "deferred", "queue_id": "4bX1", "arrival_time": 1, "message_size": 10, '
    '"sender": "root@host", "recipients": [{"address": "a@example.com", "delay_reason": '
    '"connect to smtp.example.com[192.0.2.1]:25: Connection refused"}]}\n'
    '{"queue_name": "active", "queue_id": "4bX2", "recipients": [{"address": "b@example.com"}]}\n'
)


def test_queue() -> None:
    refused = "connect to smtp.example.com[192.0.2.1]:25: Connection refused"
    assert parse_queue(QUEUED) == (
        QueuedMail(queue_id="4bX1", queue="deferred", reasons={"a@example.com": refused}),
        QueuedMail(queue_id="4bX2", queue="active", reasons={"b@example.com": ""}),
    )
    assert parse_queue("") == ()


def test_what_became_of_a_mail_under_every_queue_id_that_it_had() -> None:
    log = (CAPTURES / "postfix-3.10.txt").read_text()
    assert parse_deliveries(log, "<test.1@host1.example.com>") == (
        Delivery(to="root@host1.example.com", status="sent", reason="forwarded as 8BE6E27A140"),
        Delivery(
            to="admin@example.com",
            status="bounced",
            reason="host smtp.example.com[192.0.2.25] said: 554 5.7.1 Sender refused "
            "(in reply to MAIL FROM command)",
        ),
    )
    assert [one.status for one in parse_deliveries(log, "<other.1@host1.example.com>")] == [
        "deferred"
    ]
    assert parse_deliveries("-- No entries --\n", "<test.1@host1.example.com>") == ()


@pytest.mark.parametrize("text", ["Mail queue is empty\n", "[]\n", '{"queue_id": "4bX1"}\n'])
def test_a_queue_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(FactsError, match="postqueue -j"):
        parse_queue(text)


def test_options_of_a_module() -> None:
    text = "# options zfs a=0\noptions zfs a=1 b=2\noptions spl a=3\noptions zfs a=4 flag\n"
    assert parse_module_options(text, "zfs") == {"a": "4", "b": "2"}


FILES = {
    "etc/aliases": "root: ada\n",
    "etc/postfix/sasl_passwd": "[smtp.example.com]:587 host:hunter2\n",
    "etc/passwd": "root:x:0:0::/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/bash\n",
    "etc/group": "sudo:x:27:ada,bob\nadm:x:4:bob\nada:x:1000:\n",
    "etc/shadow": "root:*:1::::::\nada:$6$salt$hash:1::::::\n",
    "etc/modprobe.d/zfs.conf": "options zfs zfs_arc_max=5\n",
    "proc/meminfo": "MemTotal:       1048576 kB\n",
    "proc/self/mountinfo": "22 1 0:20 / / rw,relatime shared:1 - zfs rpool/ROOT/pve-1 rw\n",
    "proc/sys/vm/dirty_ratio": "20\n",
    "proc/sys/net/ipv4/conf/eno1.5/forwarding": "1\n",
    "sys/module/zfs/parameters/zfs_arc_max": "4\n",
    "usr/sbin/postfix": "",
    "usr/bin/newaliases": "",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "etc/localtime").symlink_to("/usr/share/zoneinfo/UTC")
    return tmp_path


def test_only_what_is_named_is_looked_at(root: Path) -> None:
    sysctl = {"vm.dirty_ratio": "1", "net.ipv4.conf.eno1/5.forwarding": "0", "vm.nonsense": "1"}
    settings = Settings(
        zfs=ZfsSettings(
            pools={"rpool": PoolSettings(autotrim=True)}, datasets={"tank/x": {"atime": "off"}}
        ),
        node=NodeSettings(sysctl=sysctl, admin=Admin(name="ada")),
    )
    get = "get -H -o property,value,source"
    run = Recorded(
        {
            f"zpool {get} autotrim rpool": "autotrim\toff\tdefault\n",
            f"zfs {get} org.debian:periodic-scrub rpool": "org.debian:periodic-scrub\t-\t-\n",
            f"zfs {get} atime tank/x": (1, "", "cannot open 'tank/x': dataset does not exist"),
        }
    )
    paths = Paths(
        texts=("/etc/aliases", "/etc/gone"),
        links=("/etc/localtime", "/etc/aliases"),
        keys=("/etc/zfs/keys/a.key",),
        private=("/etc/postfix/sasl_passwd",),
    )
    found = probe_host_settings(run, settings, paths, root)
    assert found.texts == {"/etc/aliases": "root: ada\n"}
    assert found.links == {"/etc/localtime": "/usr/share/zoneinfo/UTC"}
    assert found.private == {
        "/etc/postfix/sasl_passwd": Secret("[smtp.example.com]:587 host:hunter2\n")
    }
    assert "hunter2" not in repr(found) + found.model_dump_json()
    assert (found.memory_bytes, found.root_on_zfs) == (2**30, True)
    assert list(found.pools) == ["rpool"]
    assert list(found.datasets) == ["rpool"]
    assert found.sysctls == {"vm.dirty_ratio": "20", "net.ipv4.conf.eno1/5.forwarding": "1"}
    assert found.users == {"ada": ("sudo",)}
    assert found.hashes == {"ada": Secret("$6$salt$hash")}
    assert (found.tools, found.keys, found.cards) == (("newaliases", "postfix"), (), ())


def test_limits_of_the_arc_as_stated_and_as_they_are(root: Path) -> None:
    assert probe_arc(root) == ({"zfs_arc_max": "5"}, {"zfs_arc_max": "4"})
