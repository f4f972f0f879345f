"""What an answer file says of time, mail, ZFS, SSH and the rest, read back by those who use it.

A host is installed with it, is then as the same file says, and is changed by another one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from testinfra.host import Host

from bedplate.errors import ExitCode
from bedplate.model.facts import FirmwareKind
from bedplate.model.host_change import HostChange
from bedplate.model.plan import RECORD, Plan
from tests.support.installed_host import check_storage
from tests.support.metric_formats import parse_prometheus
from tests.support.metric_servers import Heard, http_server, tcp_server, udp_server
from tests.support.servers import SEEN_BY_GUESTS, Mailbox, mail_server, time_server
from tests.support.vm import PASSWORD, VmLab

pytestmark = pytest.mark.full

MAC: Final = "52:54:00:77:77:77"
# QEMU's other cards have no power management, and their drivers then let nothing wake them.
CARD: Final = ("-netdev", "user,id=net1", "-device", f"vmxnet3,netdev=net1,mac={MAC}")
USER: Final = "host1@example.com"
RELAY_PASSWORD: Final = "a relay's secret"
PASSPHRASE: Final = "a dataset's secret"
TOKEN: Final = "a token's secret=="
ADMIN_PASSWORD: Final = "an admin's secret"
SETTINGS: Final = f"""
[time]
servers = ["{SEEN_BY_GUESTS}"]

[mail]
sender = "{USER}"

[mail.relay]
host = "{SEEN_BY_GUESTS}"
port = %d
verify = false
user = "{USER}"
password = "{RELAY_PASSWORD}"

[smart]
self-tests = true
temperature = 60

[zfs]
arc-max = 300
pool.rpool.autotrim = true
pool.rpool.scrub = "weekly"
dataset."rpool/data".compression = "zstd-3"

[swap]
swappiness = 10

[node]
description = "rack 1, second from below"
locale = "de_AT.UTF-8"
hosts."192.0.2.9" = ["nas.example.com", "nas"]
sysctl."vm.dirty_ratio" = 11
wake-on-lan = ["{MAC}"]

[metrics.graphite.line]
server = "{SEEN_BY_GUESTS}"
port = %d
proto = "tcp"
timeout = 10

[metrics.graphite.packets]
server = "{SEEN_BY_GUESTS}"
port = %d
mtu = 600

[metrics.influxdb.api]
server = "{SEEN_BY_GUESTS}"
port = %d
proto = "http"
bucket = "hosts"
token = "{TOKEN}"
timeout = 30

[node.ssh]
root-login = "prohibit-password"
passwords = false

[node.admin]
name = "ada"
full-name = "Ada Admin"
password = "{ADMIN_PASSWORD}"
"""
KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ada"
CHANGED: Final = f"""
[time]
servers = ["192.0.2.123"]

[zfs]
pool.rpool.autotrim = false
pool.rpool.scrub = "monthly"
dataset."rpool/data".special_small_blocks = "4K"
dataset."rpool/data".compression = "lz4"
encrypted."rpool/secret".key = "file"
encrypted."rpool/private" = {{ key = "passphrase", passphrase = "{PASSPHRASE}" }}

[swap]
swappiness = 1
devices = ["/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_%s"]

[node]
description = "rack 2"
sysctl."vm.dirty_ratio" = 12

[node.ssh]
passwords = true

[node.admin]
name = "ada"
sudo-without-password = true
ssh-keys = ["{KEY}"]
"""
# Everything that anybody but root may read, and everything that root's programs write down.
READABLE: Final = (
    "find /etc /var /run /home /root /tmp /boot -xdev -type f -perm /044 -print0 "
    "| xargs -0 grep -lF %s || true"
)
WRITTEN_DOWN: Final = "grep -rlF %s /var/lib/bedplate /var/log /run/bedplate* 2>/dev/null || true"


def value(host: Host, dataset: str, name: str) -> str:
    return str(host.check_output("zfs get -Ho value %s %s", name, dataset))


def check_clock(host: Host) -> None:
    wait = "timeout 120 systemctl start systemd-time-wait-sync && timedatectl show"
    assert "NTPSynchronized=yes" in host.check_output(wait).splitlines()
    shown = host.check_output("timedatectl show-timesync --property=ServerAddress")
    assert shown == f"ServerAddress={SEEN_BY_GUESTS}"


def check_mail(host: Host, box: Mailbox) -> None:
    said = host.check_output("bedplate config test-mail")
    assert said.splitlines()[-1].startswith("It has left the queue")
    ((sender, recipient, text),) = box.mails
    assert (sender, recipient) == (USER, "root@lab.internal")
    assert "a test of bedplate" in text
    assert box.logins == [(USER, RELAY_PASSWORD)]
    mode = host.check_output("stat --format '%a %U' /etc/postfix/sasl_passwd")
    assert mode == "600 root"
    assert host.check_output("ss -Hltn 'sport = :25'").split()[3] == "127.0.0.1:25"


def check_programs(host: Host) -> None:
    """Each setting, by the program that it is for."""
    assert host.run("smartd -q onecheck").rc in (0, 17)
    assert host.check_output("sed -n 's/^ZED_EMAIL_ADDR=//p' /etc/zfs/zed.d/zed.rc") == '"root"'
    assert host.check_output("cat /sys/module/zfs/parameters/zfs_arc_max") == str(300 * 2**20)
    assert host.check_output("zpool get -Ho value autotrim rpool") == "on"
    assert value(host, "rpool/data", "compression") == "zstd-3"
    assert value(host, "rpool", "org.debian:periodic-scrub") == "disable"
    assert host.check_output("systemctl is-active zfs-scrub-weekly@rpool.timer") == "active"
    assert host.check_output("sysctl -n vm.swappiness vm.dirty_ratio").split() == ["10", "11"]
    assert host.check_output("hostnamectl --pretty") == "rack 1, second from below"
    assert host.check_output("bash -lc 'locale charmap; locale' | head -2").splitlines() == [
        "UTF-8",
        "LANG=de_AT.UTF-8",
    ]
    assert host.check_output("getent hosts 192.0.2.9").split()[1:] == ["nas.example.com", "nas"]
    options = dict(line.split(" ", 1) for line in host.check_output("sshd -T").splitlines())
    assert options["permitrootlogin"] in ("prohibit-password", "without-password")
    assert options["passwordauthentication"] == "no"
    card = host.check_output("basename $(dirname $(grep -l %s /sys/class/net/*/address))", MAC)
    assert "Wake-on: g" in host.check_output("ethtool %s", card)


def check_admin(host: Host) -> None:
    assert host.check_output("passwd --status ada").split()[1] == "P"
    assert "sudo" in host.check_output("id -nG ada").split()
    assert host.check_output("getent passwd ada").split(":")[4:] == [
        "Ada Admin",
        "/home/ada",
        "/bin/bash",
    ]
    ask = f"printf '%s\\n' {json.dumps(ADMIN_PASSWORD)} | su ada -c 'sudo -S -p \"\" id -u'"
    assert host.run(ask).stdout.strip() == "0"


def check_metrics(host: Host, graphite: Heard, packets: Heard, influx: Heard) -> None:
    """All servers get what the timer sends; the token is where it belongs.

    The timer may have run before, so nobody counts what it sent.
    """
    host.check_output("bedplate metrics check")
    for heard in (graphite, packets):
        heard.wait_for("proxmox.nodes.settings.bedplate.check 1 ")
    influx.wait_for("bedplate_check,")
    host.check_output("systemctl start bedplate-metrics.service")
    packets.wait_for("proxmox.nodes.settings.bedplate.pool_online.rpool 1 ")
    assert max(len(piece.encode()) for piece in packets.pieces) <= 600
    in_sync = [p.fields for p in influx.influx() if p.measurement == "bedplate_esp_in_sync"]
    assert in_sync
    assert in_sync == [{"value": 1.0}] * len(in_sync)
    starts = [p for p in influx.influx() if p.measurement == "bedplate_boot_disk_starts"]
    assert [point.fields for point in starts] == [{"value": 1.0}] * len(starts)
    assert len({point.tags["disk"] for point in starts}) == 2
    members = {name: value for name, value, _ in graphite.graphite() if "store_members" in name}
    assert members["proxmox.nodes.settings.bedplate.store_members.rpool.zfs.well"] == 2
    mode = host.check_output("stat --format '%a %U' /etc/pve/priv/metricserver/api.pw")
    assert mode == "600 root"
    assert TOKEN not in host.check_output("cat /etc/pve/status.cfg")
    assert host.check_output("stat --format '%a %U' /etc/pve/status.cfg") == "640 root"
    check_metrics_troubles(host)
    check_node_exporter(host)
    assert "active" in host.check_output("systemctl is-active bedplate-metrics.timer")


def check_metrics_troubles(host: Host) -> None:
    """A server that is not there, and another token: said of each, and the others get theirs."""
    host.check_output(
        "cp --archive /etc/pve/status.cfg /root/status.cfg"
        " && cp --archive /etc/pve/priv/metricserver/api.pw /root/api.pw"
        " && printf '\\ngraphite: gone\\n\\tserver 127.0.0.1\\n\\tport 9\\n\\tproto tcp\\n'"
        " >>/etc/pve/status.cfg && echo another >/etc/pve/priv/metricserver/api.pw"
    )
    checked = host.run("bedplate metrics check --json")
    said = {one["name"]: one["said"] for one in json.loads(checked.stdout)}
    assert checked.rc == ExitCode.FAILED
    assert (said["line"], said["gone"]) == ("taken", "Connection refused")
    assert said["api"] == "the server answers with 401: unauthorized access"
    assert host.run("bedplate metrics check line").rc == ExitCode.OK
    assert host.run("bedplate metrics check nobody").rc == ExitCode.USAGE
    host.check_output(
        "mv /root/status.cfg /etc/pve/status.cfg"
        " && mv /root/api.pw /etc/pve/priv/metricserver/api.pw && bedplate metrics check"
    )


def check_node_exporter(host: Host) -> None:
    """Where the exporter's folder is, it gets a text that anybody can read."""
    folder = "/var/lib/prometheus/node-exporter"
    host.check_output(f"mkdir -p {folder} && systemctl start bedplate-metrics.service")
    assert host.check_output(f"stat --format '%a %U' {folder}/bedplate.prom") == "644 root"
    samples = parse_prometheus(host.file(f"{folder}/bedplate.prom").content_string)
    starts = [one.value for one in samples if one.name == "bedplate_boot_disk_starts"]
    assert starts
    assert set(starts) == {1.0}


def check_secrets(host: Host, *secrets: str) -> None:
    """None is where anybody may read it, is written down, or is an argument of a program."""
    for secret in secrets:
        # First, for what looks for it has it in its arguments.
        assert secret not in host.check_output("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
        assert host.check_output(READABLE, secret) == ""
        assert host.check_output(WRITTEN_DOWN, secret) == ""
        assert host.run("journalctl --no-pager | grep -cF %s", secret).stdout.strip() == "0"


def test_a_host_is_what_its_answer_file_says_and_changes_with_it(
    vm_lab: VmLab, tmp_path: Path
) -> None:
    blank = vm_lab.disks(tmp_path, 2)
    (spare,) = vm_lab.disks(tmp_path, 1, size_bytes=2**30)
    with (
        time_server(),
        mail_server(tmp_path, USER, RELAY_PASSWORD) as box,
        tcp_server() as graphite,
        udp_server() as packets,
        http_server(TOKEN, "hosts") as influx,
    ):
        settings = SETTINGS % (box.port, graphite.port, packets.port, influx.port)
        installed = vm_lab.install(
            tmp_path,
            "zfs-mirror",
            blank,
            firmware=FirmwareKind.UEFI,
            name="settings",
            extra=settings,
        )
        with vm_lab.boot(tmp_path / "boot", installed, disks=(*blank, spare), more=CARD) as booted:
            host = booted.host
            plan = Plan.model_validate_json(host.file(RECORD).content_string)
            assert host.check_output("systemctl is-system-running --wait || true") == "running"
            check_storage(host, plan.storage, health="ONLINE")
            check_programs(host)
            check_admin(host)
            check_clock(host)
            check_mail(host, box)
            check_metrics(host, graphite, packets, influx)
            secrets = (PASSWORD.reveal(), RELAY_PASSWORD, ADMIN_PASSWORD, TOKEN)
            check_secrets(host, *secrets)
            shown = (installed.folder / "serial.log").read_text(errors="replace")
            assert "step-done Set root's password" in shown
            assert [secret for secret in secrets if secret in shown] == []

            put(host, "same.toml", settings)
            same = host.run("bedplate config plan /root/same.toml")
            assert (same.rc, same.stdout) == (
                ExitCode.OK,
                "The host is set up like that already: nothing to do.\n",
            )
            assert "The clock follows" in host.check_output("bedplate config check")

            put(host, "changed.toml", CHANGED % spare.serial)
            check_change(host)
            check_secrets(host, PASSPHRASE)
            check_again(host)
            check_put_back(host)


def put(host: Host, name: str, text: str) -> None:
    """Write an answer file on the host, which nobody else may read."""
    quoted = text.replace("'", "'\\''")
    host.check_output(f"umask 077; printf '%s' '{quoted}' >/root/{name}")


def check_change(host: Host) -> None:
    shown = host.run("bedplate config plan --json /root/changed.toml")
    assert shown.rc == ExitCode.DIFFERS, shown.stderr
    change = HostChange.model_validate_json(shown.stdout)
    assert "/etc/systemd/timesyncd.conf" in [file.path for file in change.files]
    assert "NTP=10.0.2.2" in host.check_output("cat /etc/systemd/timesyncd.conf").splitlines()

    host.check_output("bedplate config apply /root/changed.toml")
    assert "NTP=192.0.2.123" in host.check_output("cat /etc/systemd/timesyncd.conf").splitlines()
    assert host.check_output("zpool get -Ho value autotrim rpool") == "off"
    assert host.check_output("systemctl is-active zfs-scrub-monthly@rpool.timer") == "active"
    assert host.run("systemctl is-active zfs-scrub-weekly@rpool.timer").stdout == "inactive\n"
    assert value(host, "rpool/data", "special_small_blocks") == "4K"
    assert value(host, "rpool/data", "compression") == "lz4"
    assert value(host, "rpool/secret", "keystatus") == "available"
    key = host.check_output("stat --format '%a %U %s' /etc/zfs/keys/rpool-secret.key")
    assert key == "600 root 32"
    assert host.check_output("swapon --noheadings --raw --show=SIZE") == "1024M"
    assert host.check_output("findmnt --verify | tail -1").startswith("Success")
    assert host.check_output("sysctl -n vm.swappiness vm.dirty_ratio").split() == ["1", "12"]
    assert host.check_output("hostnamectl --pretty") == "rack 2"
    # Not another port: these very commands come by the old one.
    assert "passwordauthentication yes" in host.check_output("sshd -T").splitlines()
    assert host.check_output("su ada -c 'sudo -n id -u'") == "0"
    # The unit that unlocks it does so at a start: as if it were one.
    host.check_output("zfs unload-key rpool/secret")
    host.check_output("systemctl start bedplate-load-key-rpool-secret.service")
    assert value(host, "rpool/secret", "keystatus") == "available"


def check_again(host: Host) -> None:
    again = host.run("bedplate config apply /root/changed.toml")
    assert (again.rc, again.stdout) == (
        ExitCode.OK,
        "The host is set up like that already: nothing to do.\n",
    )


def check_put_back(host: Host) -> None:
    """A file that its program does not take is not left there, nor is what came along with it."""
    host.check_output("echo Nonsense yes >/etc/ssh/sshd_config.d/99-broken.conf")
    put(host, "refused.toml", '[node]\ndescription = "rack 3"\n[node.ssh]\nport = 2223\n')
    refused = host.run("bedplate config apply /root/refused.toml")
    assert refused.rc == ExitCode.FAILED
    assert "Nonsense" in refused.stderr
    assert host.check_output("hostnamectl --pretty") == "rack 2"
    options = host.file("/etc/ssh/sshd_config.d/50-bedplate.conf").content_string
    assert "Port 2223" not in options.splitlines()
    assert "PasswordAuthentication yes" in options.splitlines()
    host.check_output("rm /etc/ssh/sshd_config.d/99-broken.conf")
    unknown = '[node]\nsysctl."vm.nonsense" = 1\n[swap]\ndevices = ["/dev/zvol/rpool/x"]\n'
    put(host, "unknown.toml", unknown)
    assert host.run("bedplate config apply /root/unknown.toml").rc == ExitCode.USAGE
