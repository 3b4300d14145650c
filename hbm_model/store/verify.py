"""Whether the published runs are what was published, to the byte.

Three things hold each other. A run's checksums name all of its files. Its manifest, which is one of them, notes the
checksums of the run before: whoever changes a file and its checksums breaks the link from the run that follows. And the
ledger chains the dated forecasts. What is left is the newest run, which none follows: who notes the end of the chain
elsewhere can tell that one too.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hbm_model.core.errors import HbmError, InputError
from hbm_model.store import checksums, disk, ledger
from hbm_model.store.files import MANIFEST
from hbm_model.store.manifest import PUBLISHED, REJECTED, Manifest


@dataclass(frozen=True)
class Damage:
    """One thing that is not as it was published.

    Attributes
    ----------
    run_id
        The run, or ``ledger``.
    file
        The file; empty where it is not about one file.
    what
        What is wrong with it.
    """

    run_id: str
    file: str
    what: str

    @property
    def words(self) -> str:
        """The fault as a line."""
        return f"{self.run_id}: {f'{self.file} ' if self.file else ''}{self.what}"


@dataclass(frozen=True)
class Verdict:
    """What came of a check.

    Attributes
    ----------
    checked
        Runs whose files were compared.
    unsealed
        Runs published before there were checksums.
    damage
        What is wrong.
    end
        Hash of the newest sealed run's checksums, for a note elsewhere.
    """

    checked: tuple[str, ...]
    unsealed: tuple[str, ...]
    damage: tuple[Damage, ...]
    end: str

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.damage


def verify(root: Path, name: str | None = None) -> Verdict:
    """Check all runs of a store, rejected ones too, or the one that is named.

    Parameters
    ----------
    root
        The store's folder; nothing in it is changed.
    name
        A run id, or how only one begins; None for all.

    Raises
    ------
    InputError
        There is no run of that name, or no run at all.
    """
    folders = {path.name: path for path in _folders(root)}
    chosen = _chosen(folders, root, name)
    manifests = {run_id: _manifest(path) for run_id, path in folders.items()}
    sealed = [run_id for run_id in folders if _is_sealed(folders[run_id], manifests[run_id])]
    damage = [
        Damage(run_id, fault.file, _words(fault, manifests[run_id]))
        for run_id in chosen
        if run_id in sealed
        for fault in checksums.faults(folders[run_id])
    ]
    damage += [fault for fault in _links(folders, manifests, sealed) if name is None or fault.run_id in chosen]
    if all(manifests.values()):  # the ledger is followed through manifests, so each must be readable
        faults = [fault for fault in ledger.follow(root).faults if name is None or chosen[0] in fault]
        damage += [Damage("ledger", "", fault) for fault in faults]
    else:
        damage += [Damage(run_id, MANIFEST, "cannot be read") for run_id in chosen if not manifests[run_id]]
    followed = {link.run_id for run_id in sealed if (link := manifests[run_id].follows) is not None}
    ends = [run_id for run_id in sealed if run_id not in followed and folders[run_id].parent == root]
    end = disk.seal_of(folders[ends[-1]]) if ends else ""
    unsealed = tuple(run_id for run_id in chosen if run_id not in sealed)
    return Verdict(tuple(run_id for run_id in chosen if run_id in sealed), unsealed, tuple(dict.fromkeys(damage)), end)


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as plain values, for machines.

    Parameters
    ----------
    verdict
        From :func:`verify`.
    """
    return asdict(verdict) | {"clean": verdict.clean}


def as_text(verdict: Verdict) -> str:
    """Return the verdict as text for people, the damage first.

    Parameters
    ----------
    verdict
        From :func:`verify`.
    """
    lines = [f"DAMAGED  {damage.words}" for damage in verdict.damage]
    if verdict.checked:
        runs = "1 run" if len(verdict.checked) == 1 else f"{len(verdict.checked)} runs"
        lines.append(f"{runs} checked: {_summary(verdict)}")
    if verdict.unsealed:
        lines.append(f"published before there were checksums, and not checked: {', '.join(verdict.unsealed)}")
    if verdict.end:
        lines.append(f"the chain of runs ends with {verdict.end}")
    return "\n".join(lines)


def _summary(verdict: Verdict) -> str:
    if verdict.clean:
        return "every byte is as it was published"
    count = len(verdict.damage)
    return "1 fault" if count == 1 else f"{count} faults"


def _folders(root: Path) -> Iterator[Path]:
    """Folders that are runs, or were: one whose manifest was lost has its checksums still."""
    for home in (root, root / REJECTED):
        for path in sorted(home.iterdir()) if home.is_dir() else ():
            if path.is_symlink() or not path.is_dir() or path.name.startswith("."):
                continue
            if (path / MANIFEST).is_file() or (path / checksums.FILE).is_file():
                yield path


def _chosen(folders: dict[str, Path], root: Path, name: str | None) -> list[str]:
    if name is None:
        if not folders:
            raise InputError(f"{root} holds no run yet; make one with: hbm-model forecast")
        return list(folders)
    if name in folders:
        return [name]
    try:
        return [disk.find_run(root, name).run_id]
    except InputError:
        raise
    except HbmError:  # the manifest of some run cannot be read, which is for this check to say
        matches = [run_id for run_id in folders if run_id.startswith(name)]
        if len(matches) == 1:
            return matches
        raise


def _manifest(folder: Path) -> Manifest:
    """The manifest; an empty one where it is damaged."""
    try:
        return Manifest.from_json((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return Manifest()


def _is_sealed(folder: Path, manifest: Manifest) -> bool:
    """Whether a run was published with checksums; its manifest says so where they were taken away."""
    return (folder / checksums.FILE).is_file() or manifest.has_checksums


def _words(fault: checksums.Fault, manifest: Manifest) -> str:
    if fault.file == checksums.FILE and fault.what == "changed":
        return "has been changed: it is no list of ours"
    if fault.file == checksums.FILE and manifest:
        return "is missing, and the manifest says that there was one"
    return {"changed": "has been changed", "missing": "is missing", "added": "has been added"}[fault.what]


def _links(folders: dict[str, Path], manifests: dict[str, Manifest], sealed: list[str]) -> Iterator[Damage]:
    """Yield the faults between runs: one that is gone, one whose checksums are not those that its follower noted."""
    followers: dict[str, str] = {}
    for run_id in sealed:
        manifest = manifests[run_id]
        if (manifest.run_id or run_id) != run_id:
            yield Damage(run_id, "", f"is the folder of {manifest.run_id}, under another name")
        if manifest.follows is None:
            continue
        name = manifest.follows.run_id
        if name not in folders:
            yield Damage(name, "", f"is missing, and {run_id} follows it")
        elif disk.seal_of(folders[name]) != manifest.follows.checksums:
            yield Damage(name, checksums.FILE, f"is not the one that {run_id} noted when it followed")
        if manifest.status != PUBLISHED:
            continue  # rejected fits follow a run, too, but none follows them
        if name in followers:
            yield Damage(run_id, "", f"follows {name}, which {followers[name]} follows already")
        followers[name] = run_id
