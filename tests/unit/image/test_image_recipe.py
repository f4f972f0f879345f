"""Recipes: the ones in the tree are sound, and a wrong one is refused with every reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import Problem, UsageError
from bedplate.image.recipe import BaseRecipe, LiveRecipe, parse_recipe, read_recipe

IMAGES = Path(__file__).parents[3] / "images"

GOOD = """
suite = "trixie"
architecture = "amd64"
[dpkg]
exclude = ["/usr/share/doc/*"]
[[archive]]
uri = "http://deb.debian.org/debian"
suites = ["trixie", "trixie-updates"]
components = ["main", "contrib"]
[packages]
system = ["systemd-sysv", "udev"]
storage = ["lvm2"]
"""


def test_a_recipe_becomes_a_value() -> None:
    recipe = parse_recipe(BaseRecipe, GOOD, "base.toml")
    assert recipe.package_names() == ("systemd-sysv", "udev", "lvm2")
    assert recipe.archive[0].sources() == (
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
        " http://deb.debian.org/debian trixie main contrib",
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
        " http://deb.debian.org/debian trixie-updates main contrib",
    )


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param(
            "suite = ",
            ["base.toml: is not valid TOML: Invalid value (at end of document)"],
            id="no TOML",
        ),
        pytest.param(
            GOOD.replace('"udev"', '"udev", "lvm2", "systemd-sysv"'),
            [
                "base.toml: packages: systemd-sysv is listed twice",
                "base.toml: packages: lvm2 is listed twice",
            ],
            id="listed twice",
        ),
        pytest.param(
            'colour = "red"\n' + GOOD.replace('"udev"', '"Udev=1"').replace("http:", "ftp:"),
            [
                "base.toml: archive[0].uri: String should match pattern '^https?://\\S+$',"
                " found 'ftp://deb.debian.org/debian'",
                "base.toml: packages.system[1]: String should match pattern"
                " '^[a-z0-9][a-z0-9+.-]+$', found 'Udev=1'",
                "base.toml: colour: Extra inputs are not permitted, found 'red'",
            ],
            id="three things at once",
        ),
        pytest.param(
            'suite = "trixie"\narchitecture = "amd64"\narchive = []\n[packages]\n',
            [
                "base.toml: archive: Tuple should have at least 1 item after validation, not 0,"
                " found []",
                "base.toml: packages: Dictionary should have at least 1 item after validation,"
                " not 0, found {}",
            ],
            id="nothing to build from",
        ),
    ],
)
def test_a_wrong_recipe_is_refused_with_every_reason(text: str, problems: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse_recipe(BaseRecipe, text, "base.toml")
    assert [str(problem) for problem in caught.value.problems] == problems


@pytest.mark.parametrize("path", ["/etc", "../etc", "etc/", "a,b"])
def test_a_layer_drops_only_paths_below_its_root(path: str) -> None:
    text = f'packages = ["live-boot"]\ndrop = ["{path}"]\n'
    with pytest.raises(UsageError, match=r"live\.toml: drop\[0\]: String should match pattern"):
        parse_recipe(LiveRecipe, text, "live.toml")


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_recipe(LiveRecipe, tmp_path / "live.toml")
    assert caught.value.problems == (
        Problem(
            "recipe-missing",
            str(tmp_path / "live.toml"),
            "there is no such recipe",
            "give the folder of bedplate's source with --source",
        ),
    )


def test_the_base_has_what_the_layouts_need() -> None:
    recipe = read_recipe(BaseRecipe, IMAGES / "base.toml")
    assert set(recipe.package_names()) >= {
        *("linux-image-amd64", "linux-headers-amd64", "zfs-dkms", "zfs-initramfs", "zfs-zed"),
        *("lvm2", "thin-provisioning-tools", "btrfs-progs", "mdadm", "dosfstools", "efibootmgr"),
        *("grub-pc-bin", "grub-efi-amd64-signed", "shim-signed", "systemd-boot-efi-amd64-signed"),
        *("ifupdown2", "isc-dhcp-client", "openssh-server", "systemd-timesyncd", "smartmontools"),
    }
    # Their maintainer scripts would run grub-install or bring a second network configuration.
    assert not {"grub-pc", "grub-efi-amd64", "ifupdown"} & set(recipe.package_names())


def test_the_live_layer_is_thin() -> None:
    recipe = read_recipe(LiveRecipe, IMAGES / "live.toml")
    assert recipe.packages == ("live-boot", "live-boot-initramfs-tools")
    assert {"boot", "etc/apt", "var/lib/dpkg"} <= set(recipe.drop)
