"""Makes storage for guests: volume groups, thin pools, directories on thin volumes, ZFS pools.

What was done already is asked of LVM and ZFS themselves, so that each step may be begun again after
whatever stopped it. Nothing that holds data is ever made a second time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from bedplate.apply.devices import partition_path, settle, stable_path
from bedplate.apply.for_everybody import for_everybody
from bedplate.apply.group import pvs_of
from bedplate.apply.join import LookAtStores
from bedplate.errors import ApplyError, Problem
from bedplate.model.disk_change import DiskChange
from bedplate.model.plan import Vdev
from bedplate.model.storage_step import (
    AddVdevs,
    FormatThinVolume,
    GrowThinPool,
    MakeGroup,
    MakePool,
    MakeThinPool,
    MakeThinVolume,
    MountDirectory,
    StorageStep,
    WidenGroup,
)
from bedplate.render import lvm_argv, mkfs_argv, storage_argv, zfs_argv
from bedplate.run import Runner

_SYSTEMD = Path("/run/systemd/system")


@dataclass(frozen=True, slots=True)
class Storing:
    """What is needed to ask and to tell LVM and ZFS; `look` asks pools for their members."""

    run: Runner
    look: LookAtStores
    plan: DiskChange

    def carry_out(self, step: StorageStep) -> None:
        """Do one of the steps, or what is left of it. Raises `CommandError` or `ApplyError`."""
        match step:
            case MakeGroup() | WidenGroup():
                self._fill_group(step)
            case MakeThinPool():
                if step.pool not in self._volumes(step.vg):
                    self.run(storage_argv.create_thin_pool(step))
            case GrowThinPool():
                self._grow(step)
            case MakeThinVolume():
                if step.volume not in self._volumes(step.vg):
                    self.run(storage_argv.create_thin_volume(step))
                    settle(self.run)
            case FormatThinVolume():
                self._format(step)
            case MountDirectory():
                self._mount(Path(step.at))
            case MakePool():
                self._make_pool(step)
            case AddVdevs():
                self._add_vdevs(step)
            case other:
                assert_never(other)

    def _fill_group(self, step: MakeGroup | WidenGroup) -> None:
        nodes = [self._node(guid) for guid in step.partition_guids]
        there = pvs_of(self.run)
        if blank := [node for node in nodes if node not in there]:
            self.run(lvm_argv.create_pvs(blank))
        groups = {node: pv.vg for node, pv in there.items()}
        outside = [node for node in nodes if groups.get(node) != step.vg]
        if outside and isinstance(step, MakeGroup) and step.vg not in groups.values():
            self.run(storage_argv.create_group(step.vg, outside))
        elif outside:
            self.run(storage_argv.extend_group(step.vg, outside))
        settle(self.run)

    def _grow(self, step: GrowThinPool) -> None:
        """Metadata first: a pool that is larger than its metadata can tell of is of no use."""
        size, metadata = self._volumes(step.vg)[step.pool]
        if metadata < step.metadata_size_bytes:
            self.run(storage_argv.grow_metadata(step))
        if size < step.size_bytes:
            self.run(storage_argv.grow_data(step))

    def _format(self, step: FormatThinVolume) -> None:
        """One that has the planned UUID was made by this run, and may hold data by now."""
        node = Path("/dev") / step.vg / step.volume
        if self.run(storage_argv.show_uuid(node), check=False).stdout.strip() != step.uuid:
            self.run(mkfs_argv.make_filesystem(node, step.filesystem, step.uuid))

    def _mount(self, at: Path) -> None:
        at.mkdir(parents=True, exist_ok=True)
        if _SYSTEMD.is_dir():  # it makes units of /etc/fstab, and knows it as it was
            self.run(["systemctl", "daemon-reload"])
        if self.run(for_everybody(["mountpoint", "--quiet", at]), check=False).code != 0:
            self.run(for_everybody(["mount", at]))

    def _make_pool(self, step: MakePool) -> None:
        """One that a power cut made the host forget is imported: it may hold data by now."""
        parts = [self._name(guid) for vdev in step.vdevs for guid in vdev.members]
        known = self.run(zfs_argv.find_pool(step.pool), check=False)
        lost = for_everybody(storage_argv.import_pool(step.pool, parts))
        if known.code == 0 or self.run(lost, check=False).code == 0:
            if missing := [*self._not_in(step.pool, step.vdevs)]:
                message = f"is there already, without {len(missing)} of the planned vdevs"
                hint = f"see `zpool status {step.pool}`"
                raise ApplyError(Problem("pool-differs", step.pool, message, hint))
            return
        self.run(for_everybody(storage_argv.create_pool(step, self._name)))
        settle(self.run)

    def _add_vdevs(self, step: AddVdevs) -> None:
        if missing := [*self._not_in(step.pool, step.vdevs)]:
            self.run(storage_argv.add_vdevs(step, missing, self._name))
            settle(self.run)
        if step.properties:
            self.run(storage_argv.set_properties(step))

    def _not_in(self, pool: str, vdevs: tuple[Vdev, ...]) -> Iterator[Vdev]:
        """The vdevs that a pool does not have."""
        members = {
            Path(member.path).resolve()
            for store in self.look()
            if store.kind == "zfs" and store.at == pool
            for _, member in store.members
            if member.path is not None
        }
        for vdev in vdevs:
            if not members.issuperset(map(self._node, vdev.members)):
                yield vdev

    def _volumes(self, vg: str) -> dict[str, tuple[int, int]]:
        """The volumes of a group, with their sizes and those of their metadata."""
        rows = json.loads(self.run(storage_argv.report_volumes(vg)).stdout)["report"][0]["lv"]
        return {
            row["lv_name"]: (int(row["lv_size"]), int(row["lv_metadata_size"] or 0)) for row in rows
        }

    def _node(self, guid: str) -> Path:
        return partition_path(*self.plan.partition(guid))

    def _name(self, guid: str) -> Path:
        return stable_path(*self.plan.partition(guid))
