"""Stored runs as they are used: the forecast, the fit and the evidence of a run, each read when it is first asked for.

>>> run = hbm.load_run()  # the newest; or a run id, or how one begins
>>> hbm.charts.gap(run.forecast, "frontier_lag")
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hbm_model.core.errors import InputError
from hbm_model.core.notebook import view
from hbm_model.store import files
from hbm_model.store.disk import Run, default_store, find_run, list_runs
from hbm_model.store.manifest import Manifest

if TYPE_CHECKING:
    import xarray as xr

    from hbm_model.evidence import Evidence
    from hbm_model.evidence.questions import Question
    from hbm_model.forecasting.forecast import Forecast
    from hbm_model.inference.fit import Fit
    from hbm_model.policy.scenarios import Scenario

RUN_COLUMNS = ["run_id", "status", "as_of", "observed_through", "quick", "seed", "started", "path"]
_BASELINE = "baseline"
_WHOLE = {"vendor": "china", "generation": "", "period": ""}
"""What a column of the stored draws holds where a quantity does not have that dim."""


@dataclass(frozen=True)
class StoredRun:
    """A run of the store, opened by :func:`load_run`.

    Attributes
    ----------
    run
        Its id, folder and manifest.
    """

    run: Run

    @property
    def run_id(self) -> str:
        """Id of the run, made of start time and inputs."""
        return self.run.run_id

    def _repr_html_(self) -> str:
        rows = [
            (name, self.manifest.get(name, "")) for name in ("status", "as_of", "observed_through", "quick", "started")
        ]
        return view(f"Run {self.run_id}", (), [*rows, ("folder", self.run.path)])

    @property
    def manifest(self) -> Manifest:
        """What the run was made from, when, and on which machine: typed, and a mapping of what the file holds."""
        return self.run.manifest

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The forecast's quantiles alone (``Forecast.frame``), which are read much faster than its draws."""
        return self._table(files.FORECAST)

    @cached_property
    def baseline(self) -> pd.DataFrame:
        """The baseline's rows of `frame` (policy stays as it is), read alone."""
        return self._table(files.FORECAST, filters=[("scenario", "==", _BASELINE)])

    @cached_property
    def contrasts(self) -> pd.DataFrame:
        """What scenarios change (``Forecast.contrasts``)."""
        return self._table(files.CONTRASTS)

    @cached_property
    def draws(self) -> pd.DataFrame:
        """The draws of the headline gaps that were stored, in long form (``Forecast.draws_frame``)."""
        return self._table(files.DRAWS)

    @cached_property
    def answers(self) -> pd.DataFrame:
        """Probabilities of the run's questions, by scenario; empty for a run that kept no such file."""
        if not self._has(files.QUESTIONS):
            return pd.DataFrame(columns=["scenario", "question", "probability", "mc_error"])
        return self._table(files.QUESTIONS)

    @cached_property
    def watch(self) -> pd.DataFrame | None:
        """Events to watch and what they would tell; None for a run that kept no such file."""
        return self._table(files.WATCH) if self._has(files.WATCH) else None

    @cached_property
    def diagnostics(self) -> dict[str, Any]:
        """Figures and verdict of the fit's quality gate."""
        stored: dict[str, Any] = json.loads((self.run.path / files.DIAGNOSTICS).read_text(encoding="utf-8"))
        return stored

    @property
    def alerts_file(self) -> Path:
        """The file of what became of the run's alerts; it exists only where alerts were asked for."""
        return self.run.path / files.ALERTS

    @cached_property
    def forecast(self) -> Forecast:
        """The forecast as it was published; of the draws, those that were stored (see ``Forecast.draws_frame``).

        The answers to its questions are in :attr:`answers` and not among them.
        """
        from hbm_model.forecasting.forecast import Forecast

        names = list(dict.fromkeys(self.frame["scenario"]))
        scenarios = tuple(self._scenario(name) for name in names)
        return Forecast(
            frame=self.frame,
            headline=_unstacked(self.draws, names),
            contrasts=self.contrasts,
            scenarios=scenarios,
            horizon=self.manifest.horizon,
            quick=self.manifest.quick,
        )

    @cached_property
    def fit(self) -> Fit:
        """The fit behind the forecast."""
        from hbm_model.inference.fit import load_fit

        return load_fit(self.run.path / files.POSTERIOR)

    @cached_property
    def evidence(self) -> Evidence:
        """The evidence of the as-of date as the data folder has it today; its digest says whether it is the same."""
        from hbm_model.evidence import load_evidence

        return load_evidence(str(self.manifest.as_of), self.data)

    @property
    def data(self) -> Path | None:
        """The data folder that the run was made from; None for the bundled one."""
        return self.manifest.data

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The questions of its data folder as they are today."""
        from hbm_model.evidence.questions import load_questions

        return load_questions(self.data)

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios of its data folder as they are today; one that came from another file is not among them."""
        from hbm_model.policy.policy import policy_home
        from hbm_model.policy.scenarios import load_scenarios

        return load_scenarios(policy_home(self.data))

    def _has(self, file: str) -> bool:
        return (self.run.path / file).is_file()

    def _table(self, file: str, **options: Any) -> pd.DataFrame:
        path = self.run.path / file
        try:
            return pd.read_parquet(path, **options)
        except (OSError, ValueError) as fault:
            raise InputError(f"{path}: cannot be read ({fault}); a run that failed its gate has no forecast") from fault

    def _scenario(self, name: str) -> Scenario:
        """The scenario of that name in the data folder; of one that came from a file elsewhere, its name alone."""
        return self.scenarios.get(name) or _unknown(name)


def load_run(run: str | None = None, store: str | Path | None = None) -> StoredRun:
    """Open a stored run.

    Parameters
    ----------
    run
        A run id, or how one begins (default: the newest published one).
    store
        The store's folder (default: ``HBM_MODEL_STORE``, or ``./runs``).

    Raises
    ------
    InputError
        If there is no such run.
    """
    return StoredRun(find_run(_store(store), run))


def runs(store: str | Path | None = None, *, rejected: bool = False) -> pd.DataFrame:
    """Return one row per stored run, oldest first.

    Parameters
    ----------
    store
        The store's folder (default: ``HBM_MODEL_STORE``, or ``./runs``).
    rejected
        Whether to list the runs that failed their gate as well.

    Returns
    -------
    pd.DataFrame
        With ``RUN_COLUMNS``; ``as_of`` and ``observed_through`` are dates as text.
    """
    rows = [
        {**run.manifest, "run_id": run.run_id, "status": run.status, "path": str(run.path)}
        for run in list_runs(_store(store), rejected=rejected)
    ]
    return pd.DataFrame(rows, columns=RUN_COLUMNS)


def published(run: StoredRun, store: str | Path | None = None) -> list[StoredRun]:
    """The published runs of a store up to a run, oldest first: what its headlines were forecast to be before.

    Parameters
    ----------
    run
        The last of them.
    store
        The store's folder (default: ``HBM_MODEL_STORE``, or ``./runs``).
    """
    return [StoredRun(other) for other in list_runs(_store(store)) if other.run_id <= run.run_id]


def _store(given: str | Path | None) -> Path:
    return default_store() if given is None else Path(given)


def _unknown(name: str) -> Scenario:
    from hbm_model.policy.scenarios import Scenario

    return Scenario(name, name.replace("_", " "), "", (), (), (), ())


def _unstacked(draws: pd.DataFrame, scenarios: list[str]) -> xr.Dataset:
    """The headline draws of ``draws.parquet`` with their dims again.

    Each quantity was written as a whole block, scenario by scenario, so that its values only have to be folded.
    """
    import xarray as xr

    parts = []
    for name, rows in draws.groupby("quantity", sort=False, observed=True):
        found = {dim: list(rows[dim].unique()) for dim in ("scenario", "draw", *_WHOLE)}
        labels = {dim: each for dim, each in found.items() if each != [_WHOLE.get(dim)]}
        dims, shape = list(labels), [len(each) for each in labels.values()]
        if labels["scenario"] != scenarios or int(np.prod(shape)) != len(rows):
            raise InputError(f"{files.DRAWS} holds no whole block of {name}; see `hbm-model runs verify`")
        parts.append(xr.DataArray(rows["value"].to_numpy().reshape(shape), dims=dims, coords=labels, name=str(name)))
    return xr.merge(parts, join="outer", compat="override")
