"""The identities a plan hands out: GUIDs, FAT volume ids, machine-id and hostid.

They are derived from a seed and a purpose, never drawn, so that planning stays a pure function:
the same request with the same seed is the same plan, to the byte. Whoever calls the planner picks a
fresh random seed for a real install and a fixed one for a golden file.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

SEED_BYTES = 16


@dataclass(frozen=True, slots=True)
class Ids:
    """A source of identities, for real use of a seed of `SEED_BYTES` of randomness."""

    seed: bytes

    def guid(self, purpose: str) -> str:
        """A GUID in lower case, marked as a random one (version 4, RFC 9562 section 5.4)."""
        return str(uuid.UUID(bytes=self._bytes(purpose, 16), version=4))

    def fat_id(self, purpose: str) -> str:
        """A FAT volume id as blkid and /etc/kernel/proxmox-boot-uuids write it: `1A2B-3C4D`."""
        digits = self._bytes(purpose, 4).hex().upper()
        return f"{digits[:4]}-{digits[4:]}"

    def machine_id(self) -> str:
        """The 32 digits of /etc/machine-id; a version 4 id as machine-id(5) asks for."""
        return uuid.UUID(self.guid("machine-id")).hex

    def host_id(self) -> str:
        """A host id as `hostid` prints it, 8 digits; never 0, which ZFS takes for "not set"."""
        number = int.from_bytes(self._bytes("hostid", 4), "big")
        return f"{number or 1:08x}"

    def _bytes(self, purpose: str, size: int) -> bytes:
        key = hashlib.sha256(self.seed).digest()
        return hashlib.blake2b(purpose.encode(), key=key, digest_size=size).digest()
