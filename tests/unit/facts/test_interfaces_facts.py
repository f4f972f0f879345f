"""The files of a host's network are found: what is included, what waits, what was asked for."""

from __future__ import annotations

from pathlib import Path

from bedplate.facts.interfaces import probe_network_files
from bedplate.model.network_files import ASKED


def put(root: Path, path: str, text: str) -> None:
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def test_included_files_are_read_with_what_they_include(tmp_path: Path) -> None:
    put(tmp_path, "/etc/network/interfaces", "source /etc/network/interfaces.d/*\n")
    put(tmp_path, "/etc/network/interfaces.d/b", "iface b inet manual\n")
    put(tmp_path, "/etc/network/interfaces.d/a", "source /etc/network/more\n")
    put(tmp_path, "/etc/network/interfaces.d/.hidden", "iface h inet manual\n")
    put(tmp_path, "/etc/network/more", "source /etc/network/more\niface m inet manual\n")
    (tmp_path / "etc/network/interfaces.d/folder").mkdir()
    files = probe_network_files(tmp_path)
    assert [file.path for file in files.sourced][:2] == [
        "/etc/network/interfaces.d/a",
        "/etc/network/more",
    ]
    # One that includes itself does not do so for ever.
    assert files.sourced[-1].path == "/etc/network/interfaces.d/b"
    assert files.new is None


def test_the_file_that_waits_includes_files_of_its_own(tmp_path: Path) -> None:
    put(tmp_path, "/etc/network/interfaces.new", "source /etc/network/other\n")
    put(tmp_path, "/etc/network/other", "iface o inet manual\n")
    files = probe_network_files(tmp_path)
    assert (files.interfaces.text, files.sourced) == ("", ())
    assert [file.path for file in files.new_sourced] == ["/etc/network/other"]


def test_what_cannot_be_read_was_not_asked_for(tmp_path: Path) -> None:
    put(tmp_path, ASKED, "{")
    put(tmp_path, "/var/lib/bedplate/installed.json", "{}")
    assert probe_network_files(tmp_path).asked == ()


def test_what_was_asked_for_is_remembered(tmp_path: Path) -> None:
    put(tmp_path, ASKED, '[{"name": "vmbr0", "method": "dhcp", "auto": true}]')
    (stanza,) = probe_network_files(tmp_path).asked
    assert (stanza.name, stanza.family, stanza.method) == ("vmbr0", "inet", "dhcp")
