"""bedplate: from bare disks to a virtualisation host that boots from each of them."""

__version__ = "0.1.0"
