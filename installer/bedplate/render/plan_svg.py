"""A plan as a picture: what is destroyed, each disk as a bar, the storage tree, the boot loaders.

Disks that are planned alike are drawn once, under all their names, so that 40 disks fit on a page
as well as three.
"""

from __future__ import annotations

from bedplate.model.plan import Plan
from bedplate.model.step import ClearDisk, Step
from bedplate.render.plan_bars import Alike, Segment, bar_widths, group_alike, segments
from bedplate.render.plan_tree import Node, storage_tree
from bedplate.render.svg import MARGIN, Page, box_height, text_width
from bedplate.units import human

_WIDTH = 960
_INDENT = 24
# With more disks, their models and sizes are left to the bars.
_NAMED_IN_FULL = 4
_LABEL_LINES = 4
_SCALE = (
    "A bar is one disk from end to end. Widths follow size, except where a part would be narrower "
    "than its label: those are marked * and drawn as wide as the label."
)


def render_plan_svg(plan: Plan) -> str:
    """The picture as an SVG file of its own; files and single steps are left to the plan's text."""
    groups = group_alike(plan)
    bars = max(sum(_label_widths(segments(alike.first))) for alike in groups)
    page = Page(max(_WIDTH, bars + 2 * MARGIN))
    page.title(f"{plan.layout} for {plan.hostname}")
    page.skip(4)
    page.paragraph(f"{_count(len(plan.disks))}, kernel {plan.boot.kernel}", "muted")
    _draw_destroyed(page, plan)
    page.heading("Disks")
    page.paragraph(_SCALE, "muted")
    for alike in groups:
        _draw_disks(page, alike)
    page.heading("Storage")
    _draw_tree(page, storage_tree(plan), 0)
    page.heading("Boot")
    _draw_boot(page, plan, groups)
    return page.finish(f"Plan: {plan.layout} for {plan.hostname}", _description(plan, groups))


def _draw_destroyed(page: Page, plan: Plan) -> None:
    """What is lost; disks that lose the same are named together."""
    lost: dict[tuple[str, ...], list[str]] = {}
    for step in plan.steps:
        if step.destroys:
            lost.setdefault(step.destroys[1:], []).append(_victim(plan, step))
    if not lost:
        return
    page.skip(14)
    top = page.y
    page.skip(6)
    page.paragraph("EVERYTHING ON THESE DISKS WILL BE DESTROYED", "danger strong")
    for contents, victims in lost.items():
        page.skip(4)
        mark = "- each:" if len(victims) > 1 else "-"
        if len(plan.made_for) > _NAMED_IN_FULL:
            page.paragraph(f"{_count(len(victims))}:", "danger", _INDENT)
            victims = [", ".join(victims)]
        for victim in victims:
            page.paragraph(victim, "danger", _INDENT)
        for content in contents:
            page.paragraph(f"{mark} {content}", "danger", 2 * _INDENT)
    page.skip(12)
    page.backdrop(top, "warned")


def _victim(plan: Plan, step: Step) -> str:
    """What a step destroys, short where many are named: path and serial say which disk it is."""
    if not isinstance(step, ClearDisk) or len(plan.made_for) <= _NAMED_IN_FULL:
        return step.destroys[0]
    fact = plan.found(step.disk)
    name = f"serial {fact.serial}" if fact.serial else fact.id
    return f"{fact.path} ({name})".replace(" ", "\N{NO-BREAK SPACE}")


def _draw_disks(page: Page, alike: Alike) -> None:
    disk = alike.first
    size = f"{human(disk.size_bytes)}, {disk.sector_size}-byte sectors"
    page.skip(12)
    if len(alike.disks) == 1:
        page.item(disk.path, f"{size}, {disk.id}", 0)
    else:
        names = ", ".join(d.path for d in alike.disks)
        page.item(f"{len(alike.disks)} disks like this one:", names, 0)
        page.paragraph(f"{size} each", "muted")
    page.paragraph(f"boots with {alike.loaders}" if alike.loaders else "does not boot", "muted")
    page.skip(8)
    parts = segments(disk)
    minimums = _label_widths(parts)
    sizes = [part.size_bytes for part in parts]
    x = MARGIN
    for part, width in zip(parts, bar_widths(sizes, minimums, page.inner_width), strict=True):
        widened = width * sum(sizes) > (part.size_bytes + sum(sizes) // 100) * page.inner_width
        style = f"part {part.role}"
        page.box(x, width, _label(part, widened), style)
        x += width
    page.skip(box_height(_LABEL_LINES))


def _label(part: Segment, widened: bool) -> tuple[str, str, str, str]:
    return (
        f"{part.name}{' *' if widened else ''}",
        human(part.size_bytes),
        f"first {part.first_sector}",
        f"last {part.last_sector}",
    )


def _label_widths(parts: tuple[Segment, ...]) -> list[int]:
    """How wide each part must be for its label, the mark included."""
    return [max(map(text_width, _label(part, widened=True))) for part in parts]


def _draw_tree(page: Page, node: Node, depth: int) -> None:
    page.item(node.name, node.detail, depth * _INDENT)
    end = page.y
    for child in node.children:
        page.skip(2)
        page.branch(depth * _INDENT, end)
        _draw_tree(page, child, depth + 1)


def _draw_boot(page: Page, plan: Plan, groups: tuple[Alike, ...]) -> None:
    where = "on every ESP" if plan.boot.esp_sync else "on the root file system"
    page.item("kernel", f"{plan.boot.kernel}, {where}", 0)
    page.item("options", plan.boot.cmdline, 0)
    paths: dict[str, list[str]] = {}
    for alike in groups:
        paths.setdefault(alike.loaders, []).extend(disk.path for disk in alike.disks)
    for loaders, disks in paths.items():
        page.item(loaders or "no loader", f"on {', '.join(disks)}", 0)


def _description(plan: Plan, groups: tuple[Alike, ...]) -> str:
    """The picture in words, for a screen reader."""
    bars = [
        f"{_count(len(alike.disks))} ({', '.join(disk.path for disk in alike.disks)}) with "
        + ", ".join(f"{part.name} {human(part.size_bytes)}" for part in segments(alike.first))
        for alike in groups
    ]
    lost = "What was on these disks is destroyed."
    return f"{'; '.join(bars)}. On them: {storage_tree(plan).name}. {lost}"


def _count(disks: int) -> str:
    return "1 disk" if disks == 1 else f"{disks} disks"
