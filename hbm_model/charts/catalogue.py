"""The charts of a run: what each is called, how it is drawn, what it draws, and its words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hbm_model.charts.calendar import calendar, calendar_table, calendar_words
from hbm_model.charts.capacity import capacity, capacity_table, capacity_words
from hbm_model.charts.catch_up import DEFAULT, catch_up, catch_up_table, catch_up_words
from hbm_model.charts.claims_timeline import anything, claims_timeline, claims_timeline_table, claims_timeline_words
from hbm_model.charts.contrast_forest import contrast_forest, contrast_forest_table, contrast_forest_words
from hbm_model.charts.gap import gap, gap_table, gap_words
from hbm_model.charts.investment import investment, investment_table, investment_words
from hbm_model.charts.kit import labels, style
from hbm_model.charts.output import output, output_table, output_words
from hbm_model.charts.plans import plans, plans_table, plans_words
from hbm_model.charts.policy_gap import policy_gap, policy_gap_table, policy_gap_words
from hbm_model.charts.revisions import revisions, revisions_table, revisions_words
from hbm_model.charts.same_age import heights, heights_table, heights_words, same_age, same_age_table, same_age_words
from hbm_model.charts.scenario_fans import scenario_fans, scenario_fans_table, scenario_fans_words
from hbm_model.charts.shares import shares, shares_table, shares_words
from hbm_model.charts.skill import skill, skill_table, skill_words
from hbm_model.charts.yield_ramps import yield_ramps, yield_ramps_table, yield_ramps_words
from hbm_model.forecasting.yield_by_age import maturity

if TYPE_CHECKING:
    from hbm_model.charts.kit.rows import StoredForecast
    from hbm_model.evidence import Evidence
    from hbm_model.forecasting.forecast import Forecast
    from hbm_model.inference.fit import Fit


@dataclass(frozen=True)
class Material:
    """What charts are drawn from.

    Attributes
    ----------
    evidence, fit, forecast
        Of the run.
    runs
        Stored runs, this one among them, for how its headlines moved.
    scores
        Scores of past forecasts, with :data:`hbm_model.charts.skill.COLUMNS` (None: not scored).
    """

    evidence: Evidence
    fit: Fit
    forecast: Forecast
    runs: Sequence[StoredForecast] = ()
    scores: pd.DataFrame | None = None

    @cached_property
    def ages(self) -> pd.DataFrame:
        """Yields by age, which several charts draw."""
        return maturity(self.fit, self.forecast.horizon)

    @property
    def several(self) -> bool:
        """Whether scenarios were forecast beside the baseline."""
        return len(self.forecast.scenarios) > 1


def _always(_material: Material) -> bool:
    return True


@dataclass(frozen=True)
class Chart:
    """One chart of a run.

    Attributes
    ----------
    name
        Stem of its files.
    draw
        Draws it on a new figure and returns the Axes.
    table
        The rows that it draws.
    words
        Alt text, from those rows.
    when
        Whether the run has what it draws.
    """

    name: str
    draw: Callable[[Material], Axes | style.AxesArray]
    table: Callable[[Material], pd.DataFrame]
    words: Callable[[pd.DataFrame], str]
    when: Callable[[Material], bool] = _always

    def figure(self, material: Material) -> Figure:
        """The chart on a new figure of its own.

        Parameters
        ----------
        material
            What the run gives to draw.
        """
        figure: Figure = np.ravel(np.asarray(self.draw(material), dtype=object))[0].figure
        return figure


def _claims(vendor: str, generation: str) -> Chart:
    return Chart(
        f"claims_{vendor}_{generation}",
        lambda material: claims_timeline(material.evidence, material.forecast, vendor, generation),
        lambda material: claims_timeline_table(material.evidence, material.forecast, vendor, generation),
        lambda table: claims_timeline_words(table, vendor, generation),
        when=lambda material: anything(material.evidence, vendor, generation),
    )


def _gap(quantity: str) -> Chart:
    return Chart(
        quantity,
        lambda material: gap(material.forecast, quantity, observed_through=material.evidence.observed_through),
        lambda material: gap_table(material.forecast, quantity),
        lambda table: gap_words(table, quantity),
    )


def _by_scenario(quantity: str) -> Chart:
    return Chart(
        f"scenarios_{quantity}",
        lambda material: scenario_fans(
            material.forecast, quantity, observed_through=material.evidence.observed_through
        ),
        lambda material: scenario_fans_table(material.forecast, quantity),
        lambda table: scenario_fans_words(table, quantity),
        when=lambda material: material.several,
    )


def _contrasts(quantity: str) -> Chart:
    return Chart(
        f"contrasts_{quantity}",
        lambda material: contrast_forest(material.forecast, quantity),
        lambda material: contrast_forest_table(material.forecast, quantity),
        contrast_forest_words,
        when=lambda material: material.several,
    )


def _catch_up(threshold: float, name: str) -> Chart:
    return Chart(
        name,
        lambda material: catch_up(material.forecast, threshold),
        lambda material: catch_up_table(material.forecast, threshold),
        catch_up_words,
        when=lambda material: material.several,
    )


def several_vintages(runs: Sequence[StoredForecast]) -> bool:
    """Whether runs are of more than one as-of date.

    Parameters
    ----------
    runs
        Stored runs, in any order.
    """
    return len({str(run.manifest["as_of"]) for run in runs}) > 1


def _revisions(quantity: str, generation: str = "") -> Chart:
    def table(material: Material) -> pd.DataFrame:
        return revisions_table(material.runs, quantity, material.forecast.horizon, generation)

    return Chart(
        f"revisions_{quantity}",
        lambda material: revisions(table(material)),
        table,
        revisions_words,
        when=lambda material: several_vintages(material.runs),
    )


CHARTS = (
    *(_gap(quantity) for quantity in labels.GAPS),
    _claims("cxmt", "HBM3"),
    _claims("sk_hynix", "HBM4"),
    Chart(
        "calendar",
        lambda material: calendar(material.forecast, material.evidence),
        lambda material: calendar_table(material.forecast, material.evidence),
        calendar_words,
    ),
    Chart(
        "yield_ramps",
        lambda material: yield_ramps(material.forecast, material.evidence),
        lambda material: yield_ramps_table(material.forecast, material.evidence),
        yield_ramps_words,
    ),
    Chart(
        "stack_heights",
        lambda material: heights(material.ages, quick=material.forecast.quick),
        lambda material: heights_table(material.ages),
        heights_words,
    ),
    Chart(
        "same_age",
        lambda material: same_age(material.ages, quick=material.forecast.quick),
        lambda material: same_age_table(material.ages),
        same_age_words,
    ),
    Chart(
        "capacity",
        lambda material: capacity(material.forecast, material.evidence),
        lambda material: capacity_table(material.forecast, material.evidence),
        capacity_words,
    ),
    Chart(
        "plans",
        lambda material: plans(material.forecast, material.evidence),
        lambda material: plans_table(material.forecast, material.evidence),
        plans_words,
    ),
    Chart(
        "investment",
        lambda material: investment(material.evidence),
        lambda material: investment_table(material.evidence),
        investment_words,
    ),
    Chart(
        "output",
        lambda material: output(material.forecast, observed_through=material.evidence.observed_through),
        lambda material: output_table(material.forecast),
        output_words,
    ),
    Chart(
        "shares",
        lambda material: shares(material.forecast, material.evidence),
        lambda material: shares_table(material.forecast, material.evidence),
        shares_words,
    ),
    Chart(
        "policy_gap",
        lambda material: policy_gap(
            material.forecast, material.fit.policy, observed_through=material.evidence.observed_through
        ),
        lambda material: policy_gap_table(material.forecast, material.fit.policy),
        policy_gap_words,
        when=lambda material: any(material.fit.policy.levels.values()),
    ),
    *(_by_scenario(quantity) for quantity in ("frontier_lag", "output_ratio")),
    *(_contrasts(quantity) for quantity in ("frontier_lag", "capacity_ratio", "output_ratio")),
    _catch_up(DEFAULT, "catch_up"),
    _catch_up(3.0, "catch_up_within_3_years"),
    *(_revisions(quantity) for quantity in ("frontier_lag", "output_ratio")),
    Chart(
        "skill",
        lambda material: skill(_scores(material)),
        lambda material: skill_table(_scores(material)),
        skill_words,
        when=lambda material: material.scores is not None,
    ),
)
"""The charts of a run, in the order in which a report shows them."""

DRAWN = ("frontier_lag",)
"""Headline gaps of which charts need the draws, of every scenario; of all others, the quantiles are enough."""
REVISIONS = tuple(chart.name for chart in CHARTS if chart.name.startswith("revisions_"))
"""Charts of how headlines moved, which need runs of several vintages."""
FIRST_LOOK = ("frontier_lag", "calendar", "yield_ramps", "capacity", "shares")
"""What a quick run draws: the answer, and one chart of each part of the model."""


def _scores(material: Material) -> pd.DataFrame:
    return pd.DataFrame() if material.scores is None else material.scores
