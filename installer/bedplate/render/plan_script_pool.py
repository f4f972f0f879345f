"""The commands of the steps that make a ZFS pool and its datasets; see `plan_script_steps`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from bedplate.model import step as s
from bedplate.model.plan import Dataset, ZfsStorage
from bedplate.render import zfs_argv
from bedplate.render.argv import Place
from bedplate.render.plan_shell import continued, expanded, words

ROOT = expanded("ROOT")
TRAP = "trap release EXIT"


def create_pool(
    storage: ZfsStorage, step: s.CreatePool, place_of: Callable[[str], Place]
) -> Iterator[str]:
    """The pool, and those of its datasets that are made with it."""
    yield words("mkdir", "-p", ROOT)
    yield continued(zfs_argv.create_pool(storage, place_of, ROOT))
    yield TRAP
    names = [dataset.name for dataset in storage.datasets]
    created = names if step.datasets is None else step.datasets
    yield from _create_datasets(storage, created)
    if storage.root_dataset in created:
        yield words(*zfs_argv.set_root(storage))


def receive(storage: ZfsStorage, step: s.ReceiveBase) -> Iterator[str]:
    """The root dataset from a stream, and what is made after it."""
    root = next(one for one in storage.datasets if one.name == storage.root_dataset)
    stream = expanded("IMAGES", f"/{step.artefact}")
    yield f"{words(*zfs_argv.receive(root))} <{stream}"
    yield words(*zfs_argv.destroy_snapshot(root))
    yield words(*zfs_argv.mount(root))
    yield words(*zfs_argv.set_root(storage))
    yield from _create_datasets(storage, step.datasets)


def _create_datasets(storage: ZfsStorage, names: Collection[str]) -> Iterator[str]:
    for dataset in storage.datasets:
        if dataset.name in names:
            yield from _create_dataset(dataset)


def _create_dataset(dataset: Dataset) -> Iterator[str]:
    if dataset.key_file is not None:
        place = expanded("ROOT", dataset.key_file)
        yield words("make_key", place)
        yield words(*zfs_argv.create_dataset(dataset, place))
        yield words(*zfs_argv.set_key_location(dataset))
        return
    phrase = f"{words('ask_passphrase', dataset.name)} | " if dataset.has_passphrase else ""
    yield phrase + words(*zfs_argv.create_dataset(dataset))
