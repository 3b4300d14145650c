"""The append-only store of runs: a folder per run, whole or not there at all.

A run is written into `<store>/.staging/<run_id>/` and becomes visible by one rename, after everything in it has reached
the disk. An exception or a signal removes the staging folder; what `kill -9` leaves there is swept by the next writer.
The lock is the operating system's, so it dies with the process that holds it. Each run is sealed with the checksums of
its files, and notes the seal of the run before it: `verify` finds what was changed since.

    <store>/<run_id>/            published runs
    <store>/latest               link to the newest of them, for people; code asks `find_run`
    <store>/rejected/<run_id>/   fits that failed the gate, kept for inspection
"""

import difflib
import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import filelock

from hbm_model.core.errors import HbmError, InputError, StoreError, StoreLockedError
from hbm_model.store import checksums
from hbm_model.store.files import MANIFEST
from hbm_model.store.manifest import PUBLISHED, REJECTED, Follows, Manifest

MIN_FREE_BYTES = 50 * 2**20  # a run is a few tens of megabytes; better to say so before the fit than after it

_STAGING, _LATEST, _LOCK = ".staging", "latest", ".lock"
_STORAGE_FAULTS = {
    errno.ENOSPC: "no space left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file would grow beyond the allowed size",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EEXIST: "there is a file of that name, not a folder",
    errno.ELOOP: "the path is a circle of links",
    errno.ENAMETOOLONG: "the path is too long",
    errno.EIO: "the disk reports an input/output error",
}


@dataclass(frozen=True)
class Run:
    """One stored run: where it lies and what its manifest says."""

    run_id: str
    path: Path
    manifest: Manifest

    @property
    def status(self) -> str:
        """`published` or `rejected`."""
        return self.manifest.status


@dataclass(frozen=True)
class Draft:
    """A run being written; gone when its `with` block ends without `publish` or `reject`."""

    store: Path
    run_id: str

    @property
    def path(self) -> Path:
        """The folder to write into."""
        return self.store / _STAGING / self.run_id


def default_store() -> Path:
    """The store that holds where none is given: ``HBM_MODEL_STORE``, or ``./runs``."""
    return Path(os.environ.get("HBM_MODEL_STORE") or "runs")


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store for writing; create it where it is missing, and sweep what killed runs left.

    Parameters
    ----------
    store
        The store's folder.

    Raises
    ------
    StoreLockedError, StoreError
        Another process holds it; it cannot be created or written.
    """
    with _readable_faults(store):
        store.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(store / _LOCK)
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            under_way = ", ".join(path.name for path in _subfolders(store / _STAGING))
            raise StoreLockedError(
                f"{store} is locked by another run{f' ({under_way})' if under_way else ''}; "
                "wait for it to end, or write elsewhere with --store DIR"
            ) from None
    try:
        with _readable_faults(store):
            _sweep(store)
        yield
    finally:
        lock.release()


@contextmanager
def draft(store: Path, inputs: str, now: datetime | None = None) -> Iterator[Draft]:
    """Open a staging folder for a run; the caller holds the lock.

    Parameters
    ----------
    store
        The store's folder.
    inputs
        Digest of everything that determines the run; its first eight digits end the run id.
    now
        The start of the run, which begins its id (default: the present).
    """
    staged = Draft(store, _new_run_id(store, inputs, now or datetime.now(UTC)))
    try:
        with _readable_faults(store):
            staged.path.mkdir(parents=True)
            free = shutil.disk_usage(store).free
            if free < MIN_FREE_BYTES:
                raise StoreError(
                    f"cannot write the store {store}: {free / 2**20:.0f} MB are free on its disk and a run needs "
                    f"{MIN_FREE_BYTES / 2**20:.0f}; make room, or write elsewhere with --store DIR"
                )
            yield staged
    finally:
        shutil.rmtree(staged.path, ignore_errors=True)
        with suppress(OSError):
            staged.path.parent.rmdir()


def publish(staged: Draft, manifest: Mapping[str, Any]) -> Run:
    """Make a finished draft visible in one step, and point `latest` at it.

    Parameters
    ----------
    staged, manifest
        The draft, whose folder is moved; its manifest without what :meth:`Manifest.finished` adds.
    """
    run = _finish(staged, manifest, PUBLISHED, staged.store)
    _point_latest(staged.store)
    return run


def reject(staged: Draft, manifest: Mapping[str, Any]) -> Run:
    """Keep a fit that failed its gate, out of the way of the published runs.

    Parameters
    ----------
    staged, manifest
        As of :func:`publish`; the folder goes to ``<store>/rejected/``.
    """
    return _finish(staged, manifest, REJECTED, staged.store / REJECTED)


def list_runs(store: Path, *, rejected: bool = False) -> list[Run]:
    """Return the runs of a store, oldest first.

    Parameters
    ----------
    store
        The store's folder; one that is missing holds no runs.
    rejected
        Whether to list the runs that failed their gate as well.
    """
    with _readable_faults(store):
        if not store.exists():
            return []
        folders = list(_subfolders(store))
        if rejected:
            folders += _subfolders(store / REJECTED)
        return sorted((_read(path) for path in folders if (path / MANIFEST).is_file()), key=lambda run: run.run_id)


def find_run(store: Path, name: str | None = None) -> Run:
    """Return one run of a store, published or rejected.

    Parameters
    ----------
    store
        The store's folder.
    name
        A run id, or how only one begins; None or ``latest`` for the newest published run.

    Raises
    ------
    InputError
        There is no such run; the message names near ones.
    """
    if name is None or name == _LATEST:
        last = newest(store)
        if last is None:
            raise InputError(f"{store} holds no published run yet; make one with: hbm-model forecast")
        return last
    runs = {run.run_id: run for run in list_runs(store, rejected=True)}
    matches = [name] if name in runs else [run_id for run_id in runs if name and run_id.startswith(name)]
    if len(matches) == 1:
        return runs[matches[0]]
    near = matches or difflib.get_close_matches(name, runs, n=3, cutoff=0.3) or sorted(runs)[-3:]
    hint = f"; near: {', '.join(near)}" if near else "; it holds no run yet"
    raise InputError(f"{store} has {'several runs' if matches else 'no run'} {name!r}{hint}")


def newest(store: Path) -> Run | None:
    """Return the newest published run.

    Parameters
    ----------
    store
        The store's folder; None is returned where it holds no published run.
    """
    return next(reversed(list_runs(store)), None)


def find_published(store: Path, inputs: str) -> Run | None:
    """Return the newest published run made from exactly these inputs.

    Parameters
    ----------
    store, inputs
        The store's folder; digest of everything that determines the numbers, as :attr:`Manifest.inputs`.
    """
    return next((run for run in reversed(list_runs(store)) if run.manifest.inputs == inputs), None)


def _new_run_id(store: Path, inputs: str, now: datetime) -> str:
    """Start time and inputs; a second later where that one is taken."""
    while True:
        run_id = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{inputs[:8]}"
        if not any((folder / run_id).exists() for folder in (store, store / REJECTED)):
            return run_id
        now += timedelta(seconds=1)


def _finish(staged: Draft, manifest: Mapping[str, Any], status: str, home: Path) -> Run:
    record = Manifest(dict(manifest)).finished(staged.run_id, status, _end_of_chain(staged.store))
    target = home / staged.run_id
    with _readable_faults(staged.store):
        # Last of the run's own files: a folder with a manifest is a whole run. The seal is over the manifest, too.
        (staged.path / MANIFEST).write_text(record.to_json(), encoding="utf-8")
        checksums.seal(staged.path)
        _sync_tree(staged.path)
        home.mkdir(exist_ok=True)
        staged.path.rename(target)
        _sync(home)
    return Run(staged.run_id, target, record)


def seal_of(folder: Path) -> str:
    """The hash of a run's checksums; empty for a run that has none.

    Parameters
    ----------
    folder
        The run's folder.
    """
    path = folder / checksums.FILE
    return checksums.file_hash(path) if path.is_file() else ""


def _end_of_chain(store: Path) -> Follows | None:
    """The sealed run that none follows, as the next one notes it."""
    sealed = [run for run in list_runs(store) if run.manifest.has_checksums]
    followed = {run.manifest.follows.run_id for run in sealed if run.manifest.follows is not None}
    ends = [run for run in sealed if run.run_id not in followed]
    return Follows(ends[-1].run_id, seal_of(ends[-1].path)) if ends else None


def _point_latest(store: Path) -> None:
    """Swap the link `latest` for one to the newest run; a convenience, so a file system without links is no error."""
    runs = list_runs(store)
    fresh = store / f"{_LATEST}.new"
    with suppress(OSError):
        fresh.unlink(missing_ok=True)
        if runs and not ((store / _LATEST).is_symlink() and (store / _LATEST).readlink() == Path(runs[-1].run_id)):
            fresh.symlink_to(runs[-1].run_id, target_is_directory=True)
            fresh.replace(store / _LATEST)


def _sweep(store: Path) -> None:
    """Mend what a killed process left; safe because the lock is held."""
    shutil.rmtree(store / _STAGING, ignore_errors=True)
    _point_latest(store)


def _subfolders(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())


def _read(path: Path) -> Run:
    try:
        manifest = Manifest.from_json((path / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as fault:
        raise HbmError(f"{path / MANIFEST} is damaged ({fault}); move that run out of the store") from None
    return Run(path.name, path, manifest)


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _readable_faults(store: Path) -> Iterator[None]:
    """Turn what the disk refuses into one message; other errors pass."""
    try:
        yield
    except HbmError:
        raise
    except Exception as fault:
        words = _storage_fault(fault)
        if words is None:
            raise
        raise StoreError(f"cannot use the store {store}: {words}; choose another with --store DIR") from fault


def _storage_fault(fault: BaseException | None) -> str | None:
    """Say what the disk refused, looking behind errors that libraries wrap around it (HDF5 only quotes the number)."""
    while fault is not None:
        if isinstance(fault, OSError) and fault.errno in _STORAGE_FAULTS:
            where = f" ({fault.filename})" if fault.filename else ""
            return _STORAGE_FAULTS[fault.errno] + where
        for number, words in _STORAGE_FAULTS.items():
            if f"errno = {number}," in str(fault) or f"[errno {number}]" in str(fault).lower():
                return words
        fault = fault.__cause__ or fault.__context__
    return None
