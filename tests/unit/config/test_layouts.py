"""The layouts that come with bedplate, and files that are not layouts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.config import layouts
from bedplate.config.layouts import load_layout, load_layouts, parse_layout
from bedplate.errors import Problem, UsageError
from bedplate.model.layout import DatasetLayout, DiskRule, Layout, LvmLayout, Raid, ZfsLayout


def test_the_mirror() -> None:
    assert load_layout("zfs-mirror") == Layout(
        name="zfs-mirror",
        summary="ZFS mirror on two or more disks, each of which starts the host",
        disks=DiskRule(minimum=2, maximum=None, tolerance_percent=10),
        storage=ZfsLayout(
            kind="zfs",
            pool="rpool",
            raid=Raid.RAID1,
            root="ROOT/pve-1",
            properties={
                "acltype": "posix",
                "atime": "on",
                "dnodesize": "auto",
                "relatime": "on",
                "xattr": "sa",
            },
            datasets=(
                DatasetLayout(name="ROOT"),
                DatasetLayout(name="ROOT/pve-1"),
                DatasetLayout(name="data"),
                DatasetLayout(name="var-lib-vz", properties={"mountpoint": "/var/lib/vz"}),
            ),
        ),
    )


def test_the_thin_pool() -> None:
    assert load_layout("lvm-thin") == Layout(
        name="lvm-thin",
        summary="LVM on one disk: ext4 root, swap and a thin pool for guests",
        disks=DiskRule(minimum=1, maximum=1),
        storage=LvmLayout(kind="lvm", vg="pve", filesystem="ext4"),
    )


def test_every_layout_file_is_loaded_and_says_first_when_to_use_it() -> None:
    files = sorted(layouts.layouts_dir().glob("*.toml"))
    assert [layout.name for layout in load_layouts()] == [path.stem for path in files]
    assert all(path.read_text(encoding="utf-8").startswith("# ") for path in files)


def test_an_unknown_layout_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        load_layout("lvm-thick")
    assert caught.value.problems == (
        Problem(
            "unknown-layout",
            str(layouts.layouts_dir()),
            "there is no layout 'lvm-thick'",
            "did you mean `lvm-thin`?",
        ),
    )


ZFS = (
    'summary = "x"\nname = "x"\ndisks.minimum = 1\n'
    '[storage]\nkind = "zfs"\npool = "p"\nraid = "raid1"\nroot = "r"\n'
)
LVM = (
    'summary = "x"\ndisks.minimum = 1\nstorage = { kind = "lvm", vg = "v", filesystem = "ext4" }\n'
)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("name = ", [("broken-toml", "x.toml: line 1, column 8")]),
        (
            LVM + 'name = "y"\n',
            [("invalid-layout", "x.toml: name")],
        ),
        (
            LVM.replace("ext4", "ext3") + 'extra = 1\nname = "x"\n',
            [
                ("invalid-layout", "x.toml: storage.lvm.filesystem"),
                ("invalid-layout", "x.toml: extra"),
            ],
        ),
        (
            ZFS + 'special.minimum = 1\n[[storage.datasets]]\nname = "a b"\n',
            [
                ("invalid-layout", "x.toml: storage.zfs.datasets[0].name"),
                ("invalid-layout", "x.toml: storage.zfs.special.minimum"),
            ],
        ),
    ],
)
def test_what_is_not_a_layout(text: str, problems: list[tuple[str, str]]) -> None:
    with pytest.raises(UsageError) as caught:
        parse_layout(text, "x", "x.toml")
    assert [(problem.code, problem.where) for problem in caught.value.problems] == problems


def extending(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
    """A folder with these layouts is the one to look in."""
    monkeypatch.setenv("BEDPLATE_LAYOUTS", str(folder))
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)


def test_a_layout_has_what_it_extends_except_what_it_says_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extending(
        tmp_path,
        monkeypatch,
        plain=LVM + 'name = "plain"\n',
        ours='extends = "plain"\nname = "ours"\n[storage]\nvg = "ours"\n',
    )
    plain, ours = load_layout("plain"), load_layout("ours")
    assert ours.storage == LvmLayout(kind="lvm", vg="ours", filesystem="ext4")
    assert ours == plain.model_copy(update={"name": "ours", "storage": ours.storage})


@pytest.mark.parametrize(
    ("extends", "where", "said"),
    [
        ("b", "b.toml: extends", "extends itself: a -> b -> a"),
        ("a", "a.toml: extends", "extends itself: a -> a"),
        ("c", "a.toml: extends", "is 'c', and there is no "),
        ("broken", "broken.toml: line 1, column 7", ""),
    ],
)
def test_what_cannot_be_extended(
    extends: str, where: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = f'extends = "{extends}"\nname = "a"\n'
    extending(tmp_path, monkeypatch, a=a, b='extends = "a"\nname = "b"\n', broken="name =\n")
    with pytest.raises(UsageError) as caught:
        load_layout("a")
    (problem,) = caught.value.problems
    assert problem.where == f"{tmp_path}/{where}"
    assert said in problem.message


def test_all_broken_files_of_a_folder_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEDPLATE_LAYOUTS", str(tmp_path))
    with pytest.raises(UsageError) as empty:
        load_layouts()
    assert [(problem.code, problem.where) for problem in empty.value.problems] == [
        ("no-layouts", str(tmp_path))
    ]
    (tmp_path / "a.toml").write_text("name =")
    (tmp_path / "b.toml").write_bytes(b"\xff")
    (tmp_path / "c.toml").write_text(LVM + 'name = "c"\n')
    with pytest.raises(UsageError) as broken:
        load_layouts()
    assert [(problem.code, problem.where) for problem in broken.value.problems] == [
        ("broken-toml", f"{tmp_path}/a.toml: line 1, column 7"),
        ("layout-unreadable", f"{tmp_path}/b.toml"),
    ]
    assert load_layout("c").name == "c"


def test_without_a_checkout_the_package_has_the_layouts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "dist-packages/bedplate/config/layouts.py"
    monkeypatch.setattr(layouts, "__file__", str(installed))
    assert layouts.layouts_dir() == layouts.INSTALLED
