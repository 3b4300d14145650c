"""The checksums of a run's files: every file of a folder by name and SHA-256, in the form that `sha256sum -c` reads.

The list names all files but itself, so that a byte that is changed, lost or added anywhere in the folder shows. Whoever
alters a file and the list together is found out by whoever holds the list's own hash: the run published next does.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from hbm_model.store.files import CHECKSUMS

FILE = CHECKSUMS

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_CHUNK = 2**20


@dataclass(frozen=True)
class Fault:
    """A file that is not as it was sealed.

    Attributes
    ----------
    file
        Its path below the run's folder.
    what
        `changed`, `missing` or `added`.
    """

    file: str
    what: str


def seal(folder: Path) -> str:
    """Write the list of a folder's files into it.

    Parameters
    ----------
    folder
        The run's folder; ``SHA256SUMS`` in it is created or replaced.

    Returns
    -------
    str
        The SHA-256 of the list itself.
    """
    (folder / FILE).write_text(_text({name: file_hash(folder / name) for name in _files(folder)}), encoding="utf-8")
    return file_hash(folder / FILE)


def faults(folder: Path) -> list[Fault]:
    """Compare a folder with its list; empty where every byte is as it was.

    A folder without a list is a fault of the list: whether it ever had one is for the caller to know.

    Parameters
    ----------
    folder
        The run's folder.
    """
    listed = _listed(folder)
    if listed is None:
        return [Fault(FILE, "changed" if (folder / FILE).exists() else "missing")]
    there = set(_files(folder))
    return [
        *(Fault(name, "missing") for name in listed if name not in there),
        *(Fault(name, "added") for name in sorted(there - set(listed))),
        *(Fault(name, "changed") for name in listed if name in there and not _same(folder / name, listed[name])),
    ]


def intact(folder: Path, name: str) -> bool:
    """Whether one file of a sealed folder is as it was sealed.

    Parameters
    ----------
    folder
        The run's folder; without a list, no file of it is intact.
    name
        The file's path below the folder.
    """
    listed = _listed(folder) or {}
    return name in listed and _same(folder / name, listed[name])


def file_hash(path: Path) -> str:
    """Return the SHA-256 of one file, read in pieces.

    Parameters
    ----------
    path
        The file, which must exist.
    """
    total = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            total.update(piece)
    return total.hexdigest()


def _same(path: Path, expected: str) -> bool:
    """Whether a file has that hash; a link or a folder in a file's place has not."""
    return path.is_file() and not path.is_symlink() and file_hash(path) == expected


def _files(folder: Path) -> list[str]:
    """Everything in a folder that is no folder itself, but the list; an empty folder counts as nothing."""
    names = (
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()
    )
    return sorted(name for name in names if name != FILE)


def _text(hashes: dict[str, str]) -> str:
    return "".join(f"{value}  {name}\n" for name, value in sorted(hashes.items()))


def _listed(folder: Path) -> dict[str, str] | None:
    """Hashes by name; None where there is no list, or one that this module would not have written so."""
    path = folder / FILE
    if path.is_symlink() or not path.is_file():
        return None
    written = path.read_bytes()
    matches = [_LINE.fullmatch(line) for line in written.decode("utf-8", "replace").split("\n")[:-1]]
    listed = {match[2]: match[1] for match in matches if match}
    return listed if _text(listed).encode() == written else None
