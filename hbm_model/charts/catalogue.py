"""The charts of a run: what each is called, how it is drawn, what it draws, and its words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes

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
    evidence, fit, forecast : of the run. runs : it and earlier ones, for how forecasts moved.
    scores : rows of :data:`hbm_model.charts.skill.COLUMNS`, where forecasts have been scored.
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
        lambda made: claims_timeline(made.evidence, made.forecast, vendor, generation),
        lambda made: claims_timeline_table(made.evidence, made.forecast, vendor, generation),
        lambda table: claims_timeline_words(table, vendor, generation),
        when=lambda made: anything(made.evidence, vendor, generation),
    )


def _gap(quantity: str) -> Chart:
    return Chart(
        quantity,
        lambda made: gap(made.forecast, quantity, observed_through=made.evidence.observed_through),
        lambda made: gap_table(made.forecast, quantity),
        lambda table: gap_words(table, quantity),
    )


def _by_scenario(quantity: str) -> Chart:
    return Chart(
        f"scenarios_{quantity}",
        lambda made: scenario_fans(made.forecast, quantity, observed_through=made.evidence.observed_through),
        lambda made: scenario_fans_table(made.forecast, quantity),
        lambda table: scenario_fans_words(table, quantity),
        when=lambda made: made.several,
    )


def _contrasts(quantity: str) -> Chart:
    return Chart(
        f"contrasts_{quantity}",
        lambda made: contrast_forest(made.forecast, quantity),
        lambda made: contrast_forest_table(made.forecast, quantity),
        contrast_forest_words,
        when=lambda made: made.several,
    )


def _catch_up(threshold: float, name: str) -> Chart:
    return Chart(
        name,
        lambda made: catch_up(made.forecast, threshold),
        lambda made: catch_up_table(made.forecast, threshold),
        catch_up_words,
        when=lambda made: made.several,
    )


def several_vintages(runs: Sequence[StoredForecast]) -> bool:
    """Whether runs are of more than one as-of date."""
    return len({str(run.manifest["as_of"]) for run in runs}) > 1


def _revisions(quantity: str, generation: str = "") -> Chart:
    def table(made: Material) -> pd.DataFrame:
        return revisions_table(made.runs, quantity, made.forecast.horizon, generation)

    return Chart(
        f"revisions_{quantity}",
        lambda made: revisions(table(made)),
        table,
        revisions_words,
        when=lambda made: several_vintages(made.runs),
    )


CHARTS = (
    *(_gap(quantity) for quantity in labels.GAPS),
    _claims("cxmt", "HBM3"),
    _claims("sk_hynix", "HBM4"),
    Chart(
        "calendar",
        lambda made: calendar(made.forecast, made.evidence),
        lambda made: calendar_table(made.forecast, made.evidence),
        calendar_words,
    ),
    Chart(
        "yield_ramps",
        lambda made: yield_ramps(made.forecast, made.evidence),
        lambda made: yield_ramps_table(made.forecast, made.evidence),
        yield_ramps_words,
    ),
    Chart(
        "stack_heights",
        lambda made: heights(made.ages, quick=made.forecast.quick),
        lambda made: heights_table(made.ages),
        heights_words,
    ),
    Chart(
        "same_age",
        lambda made: same_age(made.ages, quick=made.forecast.quick),
        lambda made: same_age_table(made.ages),
        same_age_words,
    ),
    Chart(
        "capacity",
        lambda made: capacity(made.forecast, made.evidence),
        lambda made: capacity_table(made.forecast, made.evidence),
        capacity_words,
    ),
    Chart(
        "plans",
        lambda made: plans(made.forecast, made.evidence),
        lambda made: plans_table(made.forecast, made.evidence),
        plans_words,
    ),
    Chart(
        "investment",
        lambda made: investment(made.evidence),
        lambda made: investment_table(made.evidence),
        investment_words,
    ),
    Chart(
        "output",
        lambda made: output(made.forecast, observed_through=made.evidence.observed_through),
        lambda made: output_table(made.forecast),
        output_words,
    ),
    Chart(
        "shares",
        lambda made: shares(made.forecast, made.evidence),
        lambda made: shares_table(made.forecast, made.evidence),
        shares_words,
    ),
    Chart(
        "policy_gap",
        lambda made: policy_gap(made.forecast, made.fit.policy, observed_through=made.evidence.observed_through),
        lambda made: policy_gap_table(made.forecast, made.fit.policy),
        policy_gap_words,
        when=lambda made: any(made.fit.policy.levels.values()),
    ),
    *(_by_scenario(quantity) for quantity in ("frontier_lag", "output_ratio")),
    *(_contrasts(quantity) for quantity in ("frontier_lag", "capacity_ratio", "output_ratio")),
    _catch_up(DEFAULT, "catch_up"),
    _catch_up(3.0, "catch_up_within_3_years"),
    *(_revisions(quantity) for quantity in ("frontier_lag", "output_ratio")),
    Chart(
        "skill",
        lambda made: skill(_scores(made)),
        lambda made: skill_table(_scores(made)),
        skill_words,
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
