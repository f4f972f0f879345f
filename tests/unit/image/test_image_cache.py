"""The cache: an entry is complete or absent, made once, and pruned by its last use."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bedplate.image.cache import Cache, default_cache, digest_tree, key_of


def put(text: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / "content").write_text(text)

    return make


def fail(folder: Path) -> None:
    (folder / "half").write_text("half")
    raise OSError("disk full")


def test_a_key_tells_where_a_part_ends() -> None:
    keys = {key_of("ab", "c"), key_of("a", "bc"), key_of("abc"), key_of("abc", "")}
    assert len(keys) == 4
    assert key_of("ab", "c") == key_of("ab", "c")


def sample(root: Path) -> Path:
    (root / "d").mkdir(parents=True)
    (root / "d" / "file").write_text("one")
    (root / "link").symlink_to("d/file")
    return root


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda root: (root / "d" / "file").write_text("two"),
    "name": lambda root: (root / "d" / "file").rename(root / "d" / "other"),
    "executable": lambda root: (root / "d" / "file").chmod(0o755),
    "new file": lambda root: (root / "new").touch(),
    "link": lambda root: (root / "d" / "link").symlink_to("file"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_tree_digest_sees(change: Callable[[Path], object], tmp_path: Path) -> None:
    root = sample(tmp_path / "tree")
    before = digest_tree(root)
    change(root)
    assert digest_tree(root) != before


def test_a_tree_digest_overlooks_what_python_and_editors_leave(tmp_path: Path) -> None:
    root = sample(tmp_path / "tree")
    before = digest_tree(root)
    (root / "__pycache__").mkdir()
    (root / "__pycache__" / "file.cpython-313.pyc").touch()
    (root / "d" / "file~").touch()
    os.utime(root / "d" / "file", (1, 1))
    assert digest_tree(root) == before


def test_an_entry_is_made_once(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    first = cache.entry("kind", "key", put("first"))
    second = cache.entry("kind", "key", put("second"))
    assert (first.fresh, second.fresh) == (True, False)
    assert first.folder == second.folder == tmp_path / "kind" / "key"
    assert (second.folder / "content").read_text() == "first"


def test_a_failure_leaves_nothing_and_the_next_attempt_succeeds(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with pytest.raises(OSError, match="disk full"):
        cache.entry("kind", "key", fail)
    assert list((tmp_path / "kind").iterdir()) == []
    assert cache.entry("kind", "key", put("whole")).fresh


def test_what_a_killed_build_left_is_not_built_upon(tmp_path: Path) -> None:
    left = tmp_path / "kind" / "key.partial"
    left.mkdir(parents=True)
    (left / "half").write_text("half")
    entry = Cache(tmp_path).entry("kind", "key", put("whole"))
    assert [path.name for path in entry.folder.iterdir()] == ["content"]
    assert not left.exists()


def test_two_builds_of_one_entry_wait_for_each_other(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    made: list[str] = []
    may_finish = threading.Event()
    started = threading.Event()

    def slow(folder: Path) -> None:
        started.set()
        assert may_finish.wait(10)
        put("slow")(folder)
        made.append("slow")

    def quick(_folder: Path) -> None:
        made.append("quick")

    first = threading.Thread(target=cache.entry, args=("kind", "key", slow))
    second = threading.Thread(target=cache.entry, args=("kind", "key", quick))
    first.start()
    assert started.wait(10)
    second.start()
    assert cache.entry("kind", "another", put("free")).fresh  # nobody waits for other entries
    may_finish.set()
    first.join(10)
    second.join(10)
    assert made == ["slow"]


def test_the_least_recently_used_entries_are_pruned(tmp_path: Path) -> None:
    cache = Cache(tmp_path, keep=2)
    for age, key in enumerate(["new", "newer", "old", "older"]):
        entry = cache.entry("kind", key, put(key))
        os.utime(entry.folder, (1000 - age, 1000 - age))
    cache.entry("kind", "older", fail)  # used again just now
    assert sorted(cache.prune("kind")) == ["newer", "old"]
    assert sorted(path.name for path in (tmp_path / "kind").iterdir()) == ["new", "older"]


def test_an_entry_in_use_is_not_pruned(tmp_path: Path) -> None:
    cache = Cache(tmp_path, keep=0)
    cache.entry("kind", "key", put("content"))
    with (tmp_path / ".locks" / "kind-key").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert cache.prune("kind") == ()
    assert cache.prune("kind") == ("key",)


def test_pruning_an_unknown_kind_is_nothing(tmp_path: Path) -> None:
    assert Cache(tmp_path).prune("kind") == ()


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEDPLATE_CACHE", "/srv/images")
    assert default_cache() == Path("/srv/images")
    monkeypatch.delenv("BEDPLATE_CACHE")
    monkeypatch.setenv("HOME", "/home/user")
    assert default_cache() == Path("/home/user/.cache/bedplate")
