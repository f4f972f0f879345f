"""The files of a host that say what it boots, named as the manual and Debian name them."""

from __future__ import annotations

MANUAL_LIST = "/etc/kernel/proxmox-boot-manual-kernels"
PIN = "/etc/kernel/proxmox-boot-pin"
NEXT_BOOT_PIN = "/etc/kernel/next-boot-pin"
ESP_LIST = "/etc/kernel/proxmox-boot-uuids"
GOOD_BOOT = "/var/lib/bedplate/good-boot"
KERNEL_CMDLINE = "/etc/kernel/cmdline"
DEFAULT_GRUB = "/etc/default/grub"
DEFAULT_GRUB_FOLDER = "/etc/default/grub.d"
GRUB_PIN = f"{DEFAULT_GRUB_FOLDER}/proxmox-kernel-pin.cfg"
GRUB_MENU = "/boot/grub/grub.cfg"
