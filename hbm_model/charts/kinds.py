"""The charts of a run: what each is called, how it is drawn, what it draws, and its words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes

from hbm_model.charts import (
    ages,
    dates,
    due,
    fan,
    forest,
    in_force,
    looks,
    market,
    ramps,
    said,
    scenarios,
    scores,
    shipments,
    spending,
    style,
    timeline,
    vintages,
    wafers,
)
from hbm_model.maturity import maturity

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence
    from hbm_model.fit import Fit
    from hbm_model.forecast import Forecast
    from hbm_model.stored import StoredRun


@dataclass(frozen=True)
class Material:
    """What charts are drawn from.

    Attributes
    ----------
    evidence, fit, forecast : of the run. runs : it and earlier ones, for how forecasts moved.
    scores : rows of :data:`hbm_model.charts.scores.COLUMNS`, where forecasts have been scored.
    """

    evidence: Evidence
    fit: Fit
    forecast: Forecast
    runs: Sequence[StoredRun] = ()
    scores: pd.DataFrame | None = None

    @cached_property
    def ages(self) -> pd.DataFrame:
        """Yields by age, which several charts draw."""
        return maturity(self.fit, self.forecast.horizon)

    @property
    def several(self) -> bool:
        """Whether scenarios were forecast beside the baseline."""
        return len(self.forecast.scenarios) > 1


def _always(_made: Material) -> bool:
    return True


@dataclass(frozen=True)
class Chart:
    """One chart of a run: its file name, how it is drawn, what it draws, its words, and when there is one."""

    name: str
    draw: Callable[[Material], Axes | style.AxesArray]
    table: Callable[[Material], pd.DataFrame]
    words: Callable[[pd.DataFrame], str]
    when: Callable[[Material], bool] = _always


def _claims(vendor: str, generation: str) -> Chart:
    return Chart(
        f"claims_{vendor}_{generation}",
        lambda made: said.claims_timeline(made.evidence, made.forecast, vendor, generation),
        lambda made: said.claims_timeline_table(made.evidence, made.forecast, vendor, generation),
        lambda table: said.claims_timeline_words(table, vendor, generation),
        when=lambda made: said.anything(made.evidence, vendor, generation),
    )


def _gap(quantity: str) -> Chart:
    return Chart(
        quantity,
        lambda made: fan.gap(made.forecast, quantity, observed_through=made.evidence.observed_through),
        lambda made: fan.gap_table(made.forecast, quantity),
        lambda table: fan.gap_words(table, quantity),
    )


def _by_scenario(quantity: str) -> Chart:
    return Chart(
        f"scenarios_{quantity}",
        lambda made: scenarios.scenario_fans(made.forecast, quantity, observed_through=made.evidence.observed_through),
        lambda made: scenarios.scenario_fans_table(made.forecast, quantity),
        lambda table: scenarios.scenario_fans_words(table, quantity),
        when=lambda made: made.several,
    )


def _contrasts(quantity: str) -> Chart:
    return Chart(
        f"contrasts_{quantity}",
        lambda made: forest.contrast_forest(made.forecast, quantity),
        lambda made: forest.contrast_forest_table(made.forecast, quantity),
        forest.contrast_forest_words,
        when=lambda made: made.several,
    )


def _catch_up(threshold: float, name: str) -> Chart:
    return Chart(
        name,
        lambda made: dates.catch_up(made.forecast, threshold),
        lambda made: dates.catch_up_table(made.forecast, threshold),
        dates.catch_up_words,
        when=lambda made: made.several,
    )


def several_vintages(runs: Sequence[StoredRun]) -> bool:
    """Whether runs are of more than one as-of date."""
    return len({str(run.manifest["as_of"]) for run in runs}) > 1


def _revisions(quantity: str, generation: str = "") -> Chart:
    def table(made: Material) -> pd.DataFrame:
        return vintages.revisions_table(made.runs, quantity, made.forecast.horizon, generation)

    return Chart(
        f"revisions_{quantity}",
        lambda made: vintages.revisions(table(made)),
        table,
        vintages.revisions_words,
        when=lambda made: several_vintages(made.runs),
    )


CHARTS = (
    *(_gap(quantity) for quantity in looks.GAPS),
    _claims("cxmt", "HBM3"),
    _claims("sk_hynix", "HBM4"),
    Chart(
        "calendar",
        lambda made: timeline.calendar(made.forecast, made.evidence),
        lambda made: timeline.calendar_table(made.forecast, made.evidence),
        timeline.calendar_words,
    ),
    Chart(
        "yield_ramps",
        lambda made: ramps.yield_ramps(made.forecast, made.evidence),
        lambda made: ramps.yield_ramps_table(made.forecast, made.evidence),
        ramps.yield_ramps_words,
    ),
    Chart(
        "stack_heights",
        lambda made: ages.heights(made.ages, quick=made.forecast.quick),
        lambda made: ages.heights_table(made.ages),
        ages.heights_words,
    ),
    Chart(
        "same_age",
        lambda made: ages.same_age(made.ages, quick=made.forecast.quick),
        lambda made: ages.same_age_table(made.ages),
        ages.same_age_words,
    ),
    Chart(
        "capacity",
        lambda made: wafers.capacity(made.forecast, made.evidence),
        lambda made: wafers.capacity_table(made.forecast, made.evidence),
        wafers.capacity_words,
    ),
    Chart(
        "plans",
        lambda made: due.plans(made.forecast, made.evidence),
        lambda made: due.plans_table(made.forecast, made.evidence),
        due.plans_words,
    ),
    Chart(
        "investment",
        lambda made: spending.investment(made.evidence),
        lambda made: spending.investment_table(made.evidence),
        spending.investment_words,
    ),
    Chart(
        "output",
        lambda made: shipments.output(made.forecast, observed_through=made.evidence.observed_through),
        lambda made: shipments.output_table(made.forecast),
        shipments.output_words,
    ),
    Chart(
        "shares",
        lambda made: market.shares(made.forecast, made.evidence),
        lambda made: market.shares_table(made.forecast, made.evidence),
        market.shares_words,
    ),
    Chart(
        "policy_gap",
        lambda made: in_force.policy_gap(
            made.forecast, made.fit.policy, observed_through=made.evidence.observed_through
        ),
        lambda made: in_force.policy_gap_table(made.forecast, made.fit.policy),
        in_force.policy_gap_words,
        when=lambda made: any(made.fit.policy.levels.values()),
    ),
    *(_by_scenario(quantity) for quantity in ("frontier_lag", "output_ratio")),
    *(_contrasts(quantity) for quantity in ("frontier_lag", "capacity_ratio", "output_ratio")),
    _catch_up(dates.DEFAULT, "catch_up"),
    _catch_up(3.0, "catch_up_within_3_years"),
    *(_revisions(quantity) for quantity in ("frontier_lag", "output_ratio")),
    Chart(
        "skill",
        lambda made: scores.skill(_scores(made)),
        lambda made: scores.skill_table(_scores(made)),
        scores.skill_words,
        when=lambda made: made.scores is not None,
    ),
)
"""The charts of a run, in the order in which a report shows them."""

REVISIONS = tuple(chart.name for chart in CHARTS if chart.name.startswith("revisions_"))
"""Charts of how headlines moved, which need runs of several vintages."""
FIRST_LOOK = ("frontier_lag", "calendar", "yield_ramps", "capacity", "shares")
"""What a quick run draws: the answer, and one chart of each part of the model."""


def _scores(made: Material) -> pd.DataFrame:
    return pd.DataFrame() if made.scores is None else made.scores
