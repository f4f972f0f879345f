"""Mistakes in programs of the first start and of an install, each beside a file that is fine."""

from __future__ import annotations

Changes = dict[str, str | None]

FIRST_BOOT_MISTAKES: dict[str, Changes] = {
    "first-boot-values": {
        "first-boot.source": '"from-url"',
        "first-boot.url": '"example.com/x"',
        "first-boot.ordering": '"late"',
        "first-boot.cert-fingerprint": '"ab:cd"',
    },
    "first-boot-without-url": {"first-boot.source": '"from-url"'},
    "first-boot-program": {
        "first-boot.source": '"from-answer"',
        "first-boot.script": '"echo no interpreter"',
        "first-boot.attempts": "0",
        "first-boot.timeout-minutes": "2000",
    },
    "first-boot-without-script": {"first-boot.source": '"from-answer"'},
    "first-boot-nothing": {"first-boot.ordering": '"network-online"'},
    "first-boot-files": {
        'first-boot.files."etc/motd".content': '"x"',
        'first-boot.files."/etc/../x".content': '"x"',
        'first-boot.files."/boot/x".content': '"x"',
        'first-boot.files."/etc/motd".content': "5",
        'first-boot.files."/etc/motd".mode': '"rw-r--r--"',
        'first-boot.files."/etc/issue".mode': '"0644"',
    },
    "first-boot-files-within-files": {
        'first-boot.files."/etc/a".content': '"x"',
        'first-boot.files."/etc/a/b".content': '"x"',
        'first-boot.files."/usr/lib/c".content': '"x"',
        'first-boot.files."/lib/c/d/e".content': '"x"',
    },
    "first-boot-units-in-two-lists": {
        "first-boot.units.enable": '["a.service", "b.service"]',
        "first-boot.units.disable": '["b.service"]',
        "first-boot.units.mask": '["a.service", "c.timer"]',
    },
    "first-boot-packages-and-units": {
        "first-boot.packages": '["htop", "no such", "htop", "-o", "openssh-server-", "g++"]',
        "first-boot.units.enable": '["ssh"]',
        "first-boot.units.disable": '["a b.service"]',
        "first-boot.units.mask": '["--now.service/x"]',
    },
    "first-boot-packages-too-soon": {
        "first-boot.ordering": '"before-network"',
        "first-boot.packages": '["htop"]',
    },
    "first-boot-without-source": {"first-boot.url": '"https://example.com/x"'},
    "hooks-values": {
        "hooks.before-partitioning": '["echo no interpreter"]',
        "hooks.after-partitioning": "[5]",
        "hooks.before-unpack": '"echo no interpreter either"',
        "hooks.after-unpack": '["#!/bin/sh", ""]',
        "hooks.before-final-check": '["#!/bin/sh\\u0000"]',
        "hooks.timeout": "0",
    },
    "hooks-unknown-point": {"hooks.after-install": '["#!/bin/sh"]'},
}
