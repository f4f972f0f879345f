"""ifupdown2 in a user-mode-linux machine: it is unpacked into the root, which is thrown away."""

from __future__ import annotations

import shlex
from pathlib import Path

from bedplate.image.cache import default_cache


def with_ifupdown2(script: str) -> str:
    """A job that has ifupdown2 installed before it runs a script."""
    tree = unpacked("ifupdown2")
    # /lib and /sbin are links here, which are to stay.
    put = f"tar -C {shlex.quote(str(tree))} -c . | tar -C / -x --keep-directory-symlink"
    # What the package's scripts would do.
    ready = "chmod 755 /usr/share/ifupdown2/__main__.py && mkdir -p /run/network"
    # For nftables this kernel has no NAT.
    legacy = "ln -sf iptables-legacy /usr/sbin/iptables"
    return f"{put} && {ready} && {legacy}\n{script}"


def unpacked(package: str) -> Path:
    """Where the files of a package are that is not installed. `make setup` puts them there."""
    tree = default_cache() / "unpacked" / package
    assert tree.is_dir(), f"{tree} is missing: `make setup` fetches it"
    return tree
