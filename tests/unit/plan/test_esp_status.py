"""What is said of each ESP, and of a sync before it is done."""

from __future__ import annotations

from bedplate.model.esp import EspFact
from bedplate.plan.esp_status import EspState, esp_states
from bedplate.plan.esp_sync import SyncInput, plan_sync
from bedplate.render.esp_text import render_sync
from bedplate.units import MIB
from tests.unit.plan.esps import A, B, asked, blank, carried_out


def synced(esp: EspFact, *kernels: str) -> EspFact:
    return carried_out(esp, plan_sync(asked([esp], kernels)).lanes[0].steps)


def states(given: SyncInput) -> tuple[EspState, ...]:
    return esp_states(given.facts, plan_sync(given))


def test_one_in_sync_is_told_whole() -> None:
    esp = synced(blank(), A, B)
    assert states(asked([esp], [A, B])) == (
        EspState(
            path="/dev/sda2",
            disk="disk-1",
            title="Model 1, serial S1, /dev/sda",
            fat_id="0001-AAAA",
            label=None,
            size_bytes=1024 * MIB,
            free_bytes=esp.free_bytes,
            mounts=(),
            loaders=("systemd-boot", "the removable path"),
            kernels=(B, A),
            listed=True,
            ours=True,
            in_sync=True,
        ),
    )


def test_every_sort_has_its_word() -> None:
    esps = [
        synced(blank(1), A),
        synced(blank(2), B),
        synced(blank(3), A),
        blank(4),
        blank(5, read_only=True),
    ]
    listed = ["0001-AAAA", "0002-AAAA", "0005-AAAA"]
    assert [state.verdict for state in states(asked(esps, [A], listed=listed))] == [
        "in sync",
        "differs",
        "not listed",
        "not this host's",
        "not synced",
    ]


def test_a_sync_is_shown_before_it_is_done() -> None:
    esps = [synced(blank(1), A), synced(blank(2, mounts=("/boot/efi",)), A)]
    shown = render_sync(plan_sync(asked(esps, [A, B], spare=(A,))))
    steps = (
        f"    Write the kernel {B} (60 MiB)\n"
        f"    Write menus: loader/entries/proxmox-{B}.conf, grub/grub.cfg\n"
    )
    assert shown == (
        f"/dev/sda2 (Model 1, serial S1, /dev/sda), 0001-AAAA\n{steps}"
        f"/dev/sdb2 (Model 2, serial S2, /dev/sdb), 0002-AAAA\n{steps}"
        "    note: it is mounted at /boot/efi; it need not be\n"
    )
    again = render_sync(plan_sync(asked(esps[:1], [A])))
    assert again == (
        "/dev/sda2 (Model 1, serial S1, /dev/sda), 0001-AAAA\n    in sync: nothing to do\n"
    )
