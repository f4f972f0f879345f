"""Running hosts, as they would be found, for the golden files of `configuration/`."""

from __future__ import annotations

from bedplate.model.host_settings import (
    Card,
    FoundDataset,
    FoundDevice,
    FoundProperty,
    HostSettings,
)
from bedplate.model.secret import Secret
from bedplate.model.settings import SCRUB_PROPERTY
from bedplate.units import GIB
from tests.golden.test_plans import MANIFEST

PASSWORD = "never-in-a-plan"
HASH = (
    "$6$saltsalt$./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    "./0123456789ABCDEFGHIJ"
)
TOOLS = ("newaliases", "postfix", "smartd", "sshd", "useradd", "visudo", "zed")
BASE = {path: file.content for path, file in MANIFEST.files.items() if file.link is None}


def found(**properties: str) -> FoundDataset:
    """Something with these properties, set right there."""
    return of(properties)


def of(properties: dict[str, str]) -> FoundDataset:
    """The same for properties that are no words of Python."""
    local = {key: FoundProperty(value=value, is_local=True) for key, value in properties.items()}
    return FoundDataset(properties=local)


INHERITED = FoundDataset(
    properties={
        "compression": FoundProperty(value="on", is_local=False),
        "special_small_blocks": FoundProperty(value="0", is_local=False),
        "recordsize": FoundProperty(value="128K", is_local=True),
        "atime": FoundProperty(value="on", is_local=True),
        "acltype": FoundProperty(value="posix", is_local=True),
        "xattr": FoundProperty(value="on", is_local=True),
        "com.example:owner": FoundProperty(value="-", is_local=False),
        "encryption": FoundProperty(value="off", is_local=False),
    }
)

FRESH = HostSettings(
    texts=BASE
    | {
        "/etc/default/keyboard": 'XKBMODEL="pc105"\nXKBLAYOUT="us"\nXKBVARIANT=""\n',
        "/etc/fstab": "# <file system> <mount point> <type> <options> <dump> <pass>\n",
        "/etc/modprobe.d/zfs.conf": f"options zfs zfs_arc_max={GIB}\n",
        "/etc/resolv.conf": "search example.com\nnameserver 192.0.2.1\n",
        "/etc/ssh/sshd_config.d/50-bedplate.conf": "PermitRootLogin yes\n",
    },
    links={"/etc/localtime": "../usr/share/zoneinfo/Europe/Vienna"},
    memory_bytes=32 * GIB,
    module={"zfs_arc_max": str(GIB), "zfs_arc_min": "0"},
    root_on_zfs=True,
    pools={"rpool": found(autotrim="off"), "tank": found(autotrim="off")},
    datasets={
        "rpool": INHERITED,
        "tank": of({SCRUB_PROPERTY: "auto"}),
        "rpool/data": INHERITED,
    },
    devices={
        "/dev/disk/by-id/scsi-SWAP-part4": FoundDevice(path="/dev/sdb4"),
        "/dev/pve/swap2": FoundDevice(path="/dev/dm-3", fstype="swap", uuid="1234-5678"),
        "/dev/disk/by-id/scsi-DATA": FoundDevice(path="/dev/sdc", fstype="ext4", uuid="aa"),
        "/dev/tank/swap": FoundDevice(path="/dev/zd16"),
    },
    sysctls={"vm.dirty_ratio": "20", "net.ipv4.ip_forward": "0"},
    cards=(
        Card(name="eno1", mac="52:54:00:12:34:56", can_wake_on="pumbg", wakes_on="d"),
        Card(name="eno2", mac="52:54:00:12:34:57", can_wake_on="pumbg", wakes_on="g"),
        Card(name="ens1", mac="52:54:00:00:00:01", can_wake_on="d", wakes_on="d"),
    ),
    tools=TOOLS,
)

EDITED = FRESH.model_copy(
    update={
        "texts": FRESH.texts
        | {
            "/etc/systemd/timesyncd.conf": "[Time]\nNTP=old1.example.com\n NTP=old2.example.com\n"
            "PollIntervalMaxSec=60\n\n[Other]\nNTP=not this one\n",
            "/etc/aliases": "# people\nroot: ops,\n  night-shift\nRoot: nobody\nops: ada\n",
            "/etc/postfix/main.cf": "relayhost = [old.example.com]:25\n"
            "smtp_tls_security_level = may\n# a comment\nrelayhost = [older.example.com]\n",
            "/etc/zfs/zed.d/zed.rc": 'ZED_EMAIL_ADDR="ops@example.com"\nZED_USE_ENCLOSURE_LEDS=1\n',
            "/etc/smartd.conf": "/dev/disk/by-id/ata-OWN -a -m ops\n"
            "DEVICESCAN -m ops\n# after it\n",
            "/etc/modprobe.d/zfs.conf": "# ours\noptions zfs zfs_txg_timeout=10 zfs_arc_max=1\n"
            "options zfs zfs_arc_min=7 zfs_prefetch_disable=1\n",
            "/etc/fstab": "UUID=1234-5678   none swap   sw,nofail 0 0\n",
            "/etc/hosts": "127.0.0.1 localhost\n192.0.2.9  nas.example.com   nas # the old one\n",
            "/etc/resolv.conf": "# mine\noptions edns0\nnameserver 192.0.2.1\nnameserver 192.0.2.2",
            "/etc/machine-info": "CHASSIS=server\nPRETTY_HOSTNAME=host\n",
            "/etc/default/keyboard": 'XKBLAYOUT="de"\nXKBVARIANT="nodeadkeys"\n',
            "/etc/locale.conf": "LANG=C.UTF-8\n",
            "/etc/sysctl.d/50-bedplate.conf": "vm.swappiness = 10\n",
        },
        "links": {
            "/etc/localtime": "/usr/share/zoneinfo/Europe/Vienna",
            "/etc/systemd/system/timers.target.wants/zfs-scrub-weekly@rpool.timer": "/usr/lib/"
            "systemd/system/zfs-scrub-weekly@.timer",
        },
        "pools": {"rpool": found(autotrim="on")},
        "datasets": {"rpool": of({SCRUB_PROPERTY: "disable"})},
        "devices": {
            "/dev/pve/swap2": FoundDevice(
                path="/dev/dm-3", fstype="swap", uuid="1234-5678", in_use=True
            )
        },
        "users": {"ada": ("sudo", "adm")},
        "hashes": {"ada": Secret(HASH)},
        "keys": ("/etc/zfs/keys/tank-secret.key",),
    }
)

RELAYED = FRESH.model_copy(
    update={
        "private": {
            "/etc/postfix/sasl_passwd": Secret(f"[smtp.example.com]:587 host1:{PASSWORD}\n")
        },
        "users": {"ada": ("adm",)},
        "hashes": {"ada": Secret("!")},
    }
)

STATUS = """# by hand
graphite: rack
    server 192.0.2.1
\t# the old port
\tport 2004
\tpath pve

influxdb: central
\tserver influx.example.com
\tport 8086
\tinfluxdbproto http
\tbucket other"""

METERED = FRESH.model_copy(
    update={
        "texts": FRESH.texts | {"/etc/pve/status.cfg": STATUS},
        "private": {"/etc/pve/priv/metricserver/central.pw": Secret(PASSWORD)},
    }
)

# Of an old host, of somebody with another editor, and of a newer version of the original.
STATUS_OF_OTHERS = """graphite:
\tserver\t192.0.2.1
\tserver 192.0.2.2

\tport 9

influxdb: central
  server influx.example.com
\tport 8086

opentelemetry: new
\tserver 192.0.2.3


# the end
"""

STRANGE = FRESH.model_copy(
    update={"texts": FRESH.texts | {"/etc/pve/status.cfg": STATUS_OF_OTHERS}}
)

BARE = HostSettings(memory_bytes=4 * GIB)

LARGE = FRESH.model_copy(update={"memory_bytes": 1024 * GIB})

BROKEN = FRESH.model_copy(
    update={"texts": FRESH.texts | {"/etc/hosts": "127.0.0.1 localhost # M\ufffdrz\n"}}
)

HOSTS = {
    "fresh": FRESH,
    "edited": EDITED,
    "relayed": RELAYED,
    "metered": METERED,
    "strange": STRANGE,
    "bare": BARE,
    "large": LARGE,
    "broken": BROKEN,
}
