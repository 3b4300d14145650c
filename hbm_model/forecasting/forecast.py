"""Forecast: every quantity with its quantiles, and the draws of the headline gaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.errors import InputError
from hbm_model.core.notebook import view
from hbm_model.core.progress import Report, each_of, silent
from hbm_model.evidence.questions import Question
from hbm_model.forecasting.answers import Answers, answer
from hbm_model.forecasting.contrasts import Outcome, contrast, no_contrasts, quiet
from hbm_model.forecasting.counterfactual import paths_of, policy_draws
from hbm_model.forecasting.kept import MOST, fill, long_table, space
from hbm_model.forecasting.simulate import future
from hbm_model.forecasting.statistics import moved
from hbm_model.forecasting.summaries import COLUMNS, planned, summarise
from hbm_model.inference.fit import Fit
from hbm_model.policy.policy import policy_home
from hbm_model.policy.scenarios import BASELINE, Scenario, load_scenarios, select

_SHOWN = ("frontier_lag", "yield_gap", "capacity_ratio", "output_ratio")
"""What a forecast shows of itself in a notebook."""


@dataclass(frozen=True)
class Forecast:
    """Quantiles and draws, from :func:`forecast`.

    Attributes
    ----------
    frame
        One row per scenario x quantity x vendor or bloc x generation x layers x period (``COLUMNS``).
    headline
        Dataset of the headline gaps' draws, dims ``scenario, draw`` and what each needs.
    contrasts
        One row per scenario and row of `frame`: the difference from the baseline, draw by draw (``CONTRAST_COLUMNS``).
    scenarios
        What was forecast, the baseline first.
    horizon
        Last quarter.
    quick
        Whether the fit behind it was a quick one.
    answers
        What the draws say to the questions that were asked, scenario by scenario.
    dates
        First volume of each generation in the baseline, decimal years over ``draw, vendor, generation`` with blocs
        among the vendors; ``inf`` beyond the horizon, NaN where it is not built.
    """

    frame: pd.DataFrame
    headline: xr.Dataset
    contrasts: pd.DataFrame
    scenarios: tuple[Scenario, ...]
    horizon: str
    quick: bool = False
    answers: Answers = field(default_factory=Answers)
    dates: xr.DataArray = field(default_factory=xr.DataArray)

    def _repr_html_(self) -> str:
        base = self.frame[(self.frame["scenario"] == BASELINE) & (self.frame["vendor"] == "china")]
        ends = sorted({str(period) for period in base["period"] if str(period).endswith("Q4")})[-5::2]
        rows = []
        for name in _SHOWN:
            own = base[base["quantity"] == name].set_index("period")
            cells = [_said(own[own.index == period].iloc[0]) if period in own.index else "" for period in ends]
            rows.append((f"{name}, {own['unit'].iloc[0]}" if len(own) else name, *cells))
        names = ", ".join(each.name for each in self.scenarios)
        title = f"Forecast to {self.horizon}{', QUICK fit' if self.quick else ''}: median (90 % interval)"
        return view(title, ("baseline", *ends), rows, f"scenarios: {names}")

    def table(self, quantity: str) -> pd.DataFrame:
        """Tidy rows of one quantity, of every scenario.

        Parameters
        ----------
        quantity
            Its name in the column ``quantity`` of `frame`.

        Raises
        ------
        InputError
            If there is no such quantity.
        """
        known = list(self.frame["quantity"].unique())
        if quantity not in known:
            raise InputError(f"unknown quantity {quantity!r}; there are: {', '.join(known)}")
        return self.frame[self.frame["quantity"] == quantity].reset_index(drop=True)

    def contrast(self, quantity: str, scenario: str | None = None) -> pd.DataFrame:
        """Tidy rows of one quantity's difference from the baseline, of one scenario or of all.

        Parameters
        ----------
        quantity
            Its name in the column ``quantity`` of `contrasts`.
        scenario
            Name of a scenario that was forecast, not the baseline; None for all of them.

        Raises
        ------
        InputError
            If there is no such quantity or scenario.
        """
        self.table(quantity)
        names = [each.name for each in self.scenarios[1:]]
        if scenario is not None and scenario not in names:
            raise InputError(f"scenario {scenario!r} was not forecast; there are: {', '.join(names) or 'none'}")
        rows = self.contrasts[self.contrasts["quantity"] == quantity]
        return rows[rows["scenario"].isin(names if scenario is None else [scenario])].reset_index(drop=True)

    def draws(self, quantity: str) -> xr.DataArray:
        """Draws of a headline gap; ``inf`` where a date lies beyond the horizon, NaN where undefined.

        Parameters
        ----------
        quantity
            Name of the gap.

        Raises
        ------
        InputError
            If no draws are kept of that quantity.
        """
        if quantity not in self.headline:
            raise InputError(f"no draws are kept of {quantity!r}; there are: {', '.join(map(str, self.headline))}")
        return self.headline[quantity]

    def draws_frame(self, most: int = MOST) -> pd.DataFrame:
        """Headline draws in long form: ``scenario, draw, quantity, vendor, generation, period, value``.

        A gap that every maker has of its own is given for the two blocs alone.

        Parameters
        ----------
        most
            Draws to keep at most. Of more, every second, third or so is taken, the same of every scenario; ``draw`` is
            its number in the fit.
        """
        return long_table(self.headline, most)


def _said(row: pd.Series[Any]) -> str:
    """``4.7 (3.0 to 6.5)``; a quantile beyond the horizon is a dash."""
    low, middle, high = ("-" if np.isnan(row[name]) else f"{row[name]:.3g}" for name in ("q05", "q50", "q95"))
    return f"{middle} ({low} to {high})"


def forecast(
    fit: Fit,
    scenarios: Sequence[str] = (BASELINE,),
    horizon: str = "2032Q4",
    files: Sequence[str | Path] = (),
    data: str | Path | None = None,
    questions: Sequence[Question] = (),
) -> Forecast:
    """Forecast all quantities to the horizon from a fit, and what scenarios would change of it.

    Every scenario meets the same posterior draws and the same future shocks as the baseline, which is always there.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    scenarios
        Names of shipped scenarios, or of those in `files`; their order does not matter.
    horizon
        Last quarter, like ``2032Q4``.
    files
        Scenario files of one's own, all of which are forecast.
    data
        The data folder whose scenarios are meant (default: the bundled one).
    questions
        From :func:`hbm_model.evidence.questions.load_questions`; :attr:`Forecast.answers` answers them.

    Raises
    ------
    InputError
        For an unknown scenario, a scenario file with faults, or a horizon that is no quarter.
    """
    known = load_scenarios(policy_home(data), files)
    return forecast_from(fit, known, list(select(known, scenarios, files)), horizon, questions)


def forecast_from(
    fit: Fit,
    scenarios: Mapping[str, Scenario],
    names: Sequence[str],
    horizon: str,
    questions: Sequence[Question] = (),
    report: Report = silent,
    keep: Callable[[xr.Dataset], xr.Dataset] = lambda draws: draws,
) -> Forecast:
    """Forecast as :func:`forecast`, from scenarios that were read.

    Parameters
    ----------
    fit
        The posterior.
    scenarios
        By name: what is forecast, and whatever that includes.
    names
        What of them is forecast, the baseline first.
    horizon
        Last quarter, like ``2032Q4``.
    questions
        What is answered.
    report
        Told which scenario's turn it is (default: nobody is).
    keep
        Given the headline draws of each scenario as they come, (scenario, draw, ...) by gap; returns those that are
        kept (default: all).

    Raises
    ------
    InputError
        For a horizon that is no quarter.
    """
    ahead = future(fit, horizon)
    base = Outcome.of(ahead)
    guidance = [summarise(each).assign(scenario=BASELINE)[COLUMNS] for each in planned(ahead)]
    frames, differences = [base.rows(BASELINE), *guidance], [no_contrasts()]
    first = keep(base.headline.expand_dims(scenario=[BASELINE]))
    draws = space(first, names)
    fill(draws, 0, first)
    as_of = date.fromisoformat(fit.meta["as_of"])
    said, left_out = answer(questions, base.quantities, as_of, horizon)
    answers = [said]
    uniform = policy_draws(fit, ahead.draws)
    for place, name in enumerate(each_of(names[1:], "scenario", "forecast", report), start=1):
        paths = paths_of(name, scenarios, ahead, uniform)
        acts = bool(paths) and quiet(paths) < len(ahead.times)
        other = Outcome.of(ahead, paths, base) if acts else base
        which = moved(base.columns, other.columns)
        frames.append(other.rows(name, base, which))
        differences.append(contrast(name, base, other, ahead, paths, which))
        fill(draws, place, keep(other.headline.expand_dims(scenario=[name])))
        answers.append(answer(questions, other.quantities, as_of, horizon)[0])
        del other  # its draws make room for those of the next
    index = pd.Index(names, name="scenario")
    return Forecast(
        frame=pd.concat(frames, ignore_index=True),
        headline=draws,
        contrasts=pd.concat(differences, ignore_index=True),
        scenarios=tuple(scenarios[name] for name in names),
        horizon=horizon,
        quick=bool(fit.meta["settings"]["quick"]),
        answers=Answers(xr.concat(answers, dim=index), left_out, as_of),
        dates=next(each.draws for each in base.levels if each.name == "volume_date"),
    )
