"""A partition of a running host made an empty ESP."""

from __future__ import annotations

from bedplate.apply.devices import disk_path, partition_node, settle
from bedplate.model.gpt import ESP_TYPE
from bedplate.render import mkfs_argv
from bedplate.render.release_argv import wipe_signatures
from bedplate.run import Runner


def format_esp_partition(
    run: Runner, disk_id: str, number: int, fat_id: str, sector_size: int, *, sets_type: bool
) -> None:
    """Erase what is on a partition, make FAT32 with a given id on it, and call it an ESP.

    Raises `ApplyError` if the partition has gone, `CommandError` if a program refuses: mkfs.fat
    does if something uses the partition.
    """
    node = partition_node(disk_id, number)
    run(wipe_signatures([node]))
    run(mkfs_argv.make_esp(node, fat_id, sector_size))
    if sets_type:
        run(mkfs_argv.set_type(disk_path(disk_id), number, ESP_TYPE))
    settle(run)
