"""What a rerun takes over from earlier runs, so that a scheduler may call as often as it likes.

Two cases. Where nothing at all changed, the published run is the answer: the bytes of the files that would be
read show it, before any of them is parsed. Where the fit would read what an earlier fit has read (other scenarios, a
later horizon, or the next day with nothing published), its draws are what sampling again with the same seed would give:
they are taken, and only the forecast is made anew.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hbm_model.core import provenance
from hbm_model.store import checksums, disk
from hbm_model.store.files import POSTERIOR

if TYPE_CHECKING:
    from hbm_model.inference.fit import Fit
    from hbm_model.policy.policy import Policy


def request_digest(asked: Mapping[str, Any], data: Path | None, files: tuple[Path, ...]) -> str:
    """Digest of everything that decides a run, taken from bytes instead of meaning.

    Equal requests mean equal inputs; the contrary does not hold (a comment in a file changes the request alone).

    Parameters
    ----------
    asked
        The options, as plain values, with the as-of date.
    data
        The data folder, if it is not the bundled one.
    files
        Scenario files of one's own.
    """
    from hbm_model.core.data import bundled_data

    folders = [bundled_data(), *([data] if data is not None else [])]
    return provenance.digest(
        {
            "asked": dict(asked),
            "data": [_folder_digest(folder) for folder in folders],  # a folder that lacks a table falls back
            "files": {path.name: provenance.file_digest(path) for path in files},
            "code": provenance.code_digest(),
            "versions": provenance.versions(),
        }
    )


def fit_digest(inputs: Mapping[str, Any]) -> str:
    """Digest of what the fit reads, a part of everything that decides a run.

    Of the as-of date that is the year, which sets how far the layout reaches. The day acts through the claims published
    by then, the end of gathering and the measures in force, each of which is here.

    Parameters
    ----------
    inputs
        Everything that decides a run, as plain values: the `decisive` of :class:`hbm_model.store.manifest.Record`.
    """
    read = ("evidence", "observed_through", "priors", "policy", "code", "settings", "versions")
    return provenance.digest({name: inputs[name] for name in read} | {"year": inputs["as_of"][:4]})


def published_as_asked(root: Path, request: str) -> disk.Run | None:
    """The newest published run of that request; None where there is none.

    Parameters
    ----------
    root
        The store's folder; it is locked for the look-up, and not created.
    request
        From :func:`request_digest`.

    Raises
    ------
    StoreLockedError
        Another process is writing a run.
    """
    if not root.is_dir():
        return None
    with disk.locked(root):
        return next((run for run in reversed(disk.list_runs(root)) if run.manifest.request == request), None)


def earlier_fit(root: Path, digest: str) -> disk.Run | None:
    """The newest published run whose fit read the same; None where there is none.

    A run whose posterior is not what was published is passed over.

    Parameters
    ----------
    root
        The store's folder.
    digest
        From :func:`fit_digest`.
    """
    return next(
        (
            run
            for run in reversed(disk.list_runs(root))
            if run.manifest.fit_inputs == digest and checksums.intact(run.path, POSTERIOR)
        ),
        None,
    )


def sampled_in(run: disk.Run) -> str:
    """Id of the run that sampled a run's fit: itself, or an earlier one.

    Parameters
    ----------
    run
        Read for its manifest; a run that does not say sampled its own fit.
    """
    return run.manifest.sampled_in or run.run_id


def take_fit(run: disk.Run, policy: "Policy", as_of: date) -> "Fit":
    """The fit of an earlier run, under the policy of a day and as of that day.

    Parameters
    ----------
    run
        From :func:`earlier_fit`; its posterior is read.
    policy
        The levels in force on the later day, which replace those of the fit.
    as_of
        That day.
    """
    from hbm_model.inference.fit import load_fit

    fit = load_fit(run.path / POSTERIOR)
    return replace(fit, policy=policy, meta={**fit.meta, "as_of": as_of.isoformat()})


def _folder_digest(folder: Path) -> dict[str, str]:
    """Hash of every file of a data folder; the hidden ones are an editor's."""
    return {
        path.relative_to(folder).as_posix(): provenance.file_digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
