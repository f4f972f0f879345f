"""A page of an SVG picture, filled from the top down with lines of text, bars and trees.

Text that must fit is set in a monospaced font, whose width can be reckoned without having the font:
the generic families of all systems take at most 0.62 em for a character. There is no script and
nothing is loaded from elsewhere; colours follow the reader's light or dark preference.
"""

from __future__ import annotations

import re
import textwrap
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field

MARGIN = 24
LINE = 19
CHARACTER = 8.1
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_STYLE = """
text { font: 13px monospace; fill: #1b1f24; white-space: pre; }
text.title { font: bold 20px sans-serif; }
text.heading { font: bold 15px sans-serif; }
text.strong { font-weight: bold; }
text.muted { fill: #57606a; }
tspan.strong { font-weight: bold; fill: #1b1f24; }
text.danger { fill: #a40e26; }
.page { fill: #ffffff; }
.warned { fill: #fff0ee; stroke: #a40e26; }
.branch { fill: none; stroke: #8c959f; }
.part { fill: #e4e8ec; stroke: #57606a; }
.part.esp { fill: #cfe5ff; }
.part.data { fill: #d3f0d6; }
.part.special { fill: #e6d9fb; }
.part.log { fill: #fbdcec; }
.part.cache { fill: #cdeef0; }
.part.swap { fill: #ffe8c2; }
.part.free { fill: none; stroke-dasharray: 4 3; }
"""
_DARK = """
text { fill: #e6e9ed; }
text.muted { fill: #a3adb8; }
tspan.strong { fill: #e6e9ed; }
text.danger { fill: #ff9a91; }
.page { fill: #15191e; }
.warned { fill: #3a1718; stroke: #ff9a91; }
.branch { stroke: #77818c; }
.part { fill: #39424c; stroke: #a3adb8; }
.part.esp { fill: #1d4470; }
.part.data { fill: #1f5130; }
.part.special { fill: #46307a; }
.part.log { fill: #6b2450; }
.part.cache { fill: #14545a; }
.part.swap { fill: #5f4310; }
.part.free { fill: none; }
"""


@dataclass(slots=True)
class Page:
    """A picture in the making. Lengths are pixels; `y` is how far down it is filled."""

    width: int
    y: int = MARGIN
    _body: ET.Element = field(default_factory=lambda: ET.Element("g"))

    @property
    def inner_width(self) -> int:
        """What there is between the margins."""
        return self.width - 2 * MARGIN

    def skip(self, height: int) -> None:
        """Leave a space."""
        self.y += height

    def title(self, words: str) -> None:
        """The name of the page, in as many lines as it takes."""
        # Bold and 20 px high, though proportional: no wider than 1.8 small characters on average.
        for line in wrapped(words, self.inner_width / 1.8):
            self.y += 28
            self._text(MARGIN, line, "title")

    def heading(self, words: str) -> None:
        """A short heading, with a space above it."""
        self.y += 40
        self._text(MARGIN, words, "heading")
        self.y += 6

    def paragraph(self, words: str, style: str = "", indent: int = 0) -> None:
        """Text from the margin on, in as many lines as it takes."""
        for line in wrapped(words, self.inner_width - indent):
            self.y += LINE
            self._text(MARGIN + indent, line, style)

    def item(self, name: str, detail: str, indent: int) -> None:
        """A name in bold and, behind it, what is to be said of it; continued below the name."""
        lines = wrapped(f"{name} {detail}".rstrip(), self.inner_width - indent)
        for number, line in enumerate(lines):
            self.y += LINE
            place = self._text(MARGIN + indent, line if number else "", "muted")
            if number == 0:
                # One <text>, so that it is selected as one line.
                bold = ET.SubElement(place, "tspan", {"class": "strong"})
                bold.text = line[: len(name)]
                bold.tail = line[len(name) :]

    def branch(self, indent: int, top: int) -> None:
        """A line from the parent whose text ends at `top` to the line of text to come."""
        x, middle = MARGIN + indent + 6, self.y + LINE - 4
        path = f"M {x} {top + 4} V {middle} H {x + 12}"
        ET.SubElement(self._body, "path", {"d": path, "class": "branch"})

    def box(self, x: int, width: int, lines: Sequence[str], style: str) -> None:
        """A rectangle with short lines in it, below what is there; `y` stays where it is."""
        height = box_height(len(lines))
        box = {"x": x, "y": self.y, "width": width, "height": height}
        attributes = {name: str(value) for name, value in box.items()} | {"class": style}
        ET.SubElement(self._body, "rect", attributes)
        for number, line in enumerate(lines, start=1):
            role = "strong" if number == 1 else ""
            self._text(x + 8, line, role, self.y + 2 + number * (LINE - 2))

    def backdrop(self, top: int, style: str) -> None:
        """A rectangle behind everything that was added below `top`."""
        box = {"x": MARGIN - 10, "y": top, "width": self.inner_width + 20, "height": self.y - top}
        attributes = {name: str(value) for name, value in box.items()} | {"class": style, "rx": "6"}
        self._body.insert(0, ET.Element("rect", attributes))

    def finish(self, title: str, description: str) -> str:
        """The whole file; title and description are for those who cannot see the picture."""
        width, height = str(self.width), str(self.y + MARGIN)
        root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "width": width,
                "height": height,
                "viewBox": f"0 0 {width} {height}",
                "role": "img",
                "aria-labelledby": "title description",
            },
        )
        ET.SubElement(root, "title", {"id": "title"}).text = _clean(title)
        ET.SubElement(root, "desc", {"id": "description"}).text = _clean(description)
        dark = f"@media (prefers-color-scheme: dark) {{{_DARK}}}\n"
        ET.SubElement(root, "style").text = _STYLE + dark
        ET.SubElement(root, "rect", {"width": "100%", "height": "100%", "class": "page"})
        root.extend(self._body)
        # Not ET.indent(): it would put spaces between the words of a line.
        for element in root:
            element.tail = "\n"
        root.text = "\n"
        return ET.tostring(root, encoding="unicode") + "\n"

    def _text(self, x: int, words: str, style: str, y: int | None = None) -> ET.Element:
        attributes = {"x": str(x), "y": str(self.y if y is None else y)}
        place = ET.SubElement(self._body, "text", attributes | ({"class": style} if style else {}))
        place.text = _clean(words)
        return place


def box_height(lines: int) -> int:
    """How high a box with so many lines is."""
    return lines * (LINE - 2) + 10


def text_width(words: str) -> int:
    """What a line in a box takes at most, with the space around it."""
    return round(len(words) * CHARACTER) + 16


def wrapped(words: str, width: float) -> list[str]:
    """The lines that a text takes where there is room for so many pixels.

    A no-break space is where no line ends, and an ordinary one in the result.
    """
    lines = textwrap.wrap(_clean(words), int(width / CHARACTER), break_on_hyphens=False)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def _clean(words: str) -> str:
    """The text without what XML cannot hold, escaped or not; disks report strange names."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", words)
