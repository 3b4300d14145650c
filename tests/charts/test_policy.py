"""Charts of levers: the split of a gap's variance, the answer to one lever, and levels over time."""

from datetime import date

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.analysis.sweep import Sweep
from hbm_model.charts.lever_response import QUANTILES, lever_response_words
from hbm_model.charts.policy_timeline import policy_timeline_words
from hbm_model.charts.variance_split import COLUMNS, variance_split_words
from hbm_model.core.errors import InputError
from hbm_model.policy.policy import Policy, policy_in_force

QUARTERS = ["2028Q4", "2032Q4"]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.findobj(mpl.text.Text)]


def numbers(axes: list[Axes]) -> list[float]:
    return [round(float(bar.get_width()), 6) for ax in axes for bar in ax.patches]


class TestVarianceSplit:
    @pytest.fixture(scope="class")
    @staticmethod
    def frame() -> pd.DataFrame:
        sources = {
            "match_act": ["shocks", "policy: tool_servicing", "industry", "policy: immersion_access"],
            "china_push": ["industry", "policy", "shocks"],
        }
        rows = [
            (scenario, quantity, period, source, 0.1 * (i + 1), 0.02, 0.1 * (i + 1) + 0.05, 0.03)
            for scenario, own in sources.items()
            for quantity in ("output_ratio", "frontier_lag_at_least")
            for period in QUARTERS
            for i, source in enumerate(own)
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    def test_every_index_is_drawn(self, frame: pd.DataFrame) -> None:
        axes = charts.variance_split(frame)
        assert axes.shape == (2, 2)
        drawn = numbers(list(axes.flat))
        wanted = [round(value, 6) for value in [*frame["first"], *frame["total"]]]
        assert sorted(drawn) == pytest.approx(sorted(wanted))

    def test_sources_have_an_order_and_names(self, frame: pd.DataFrame) -> None:
        table = charts.variance_split_table(frame)
        first = table[(table["scenario"] == "match_act") & (table["period"] == "2028Q4")]["source"].iloc[:4]
        assert list(first) == ["industry", "policy: immersion_access", "policy: tool_servicing", "shocks"]
        assert list(dict.fromkeys(table["scenario"])) == ["match_act", "china_push"]
        said = texts(charts.variance_split(frame)[0, 0])
        assert {"Industry", "Immersion access", "Policy, all levers", "Shocks", "MATCH Act"} <= set(said)

    def test_one_gap_of_one_scenario_on_given_axes(self, frame: pd.DataFrame) -> None:
        given = list(Figure().subplots(1, 2))
        drawn = charts.variance_split(frame[frame["scenario"] == "match_act"], ["output_ratio"], ax=given)
        assert list(drawn.flat) == given
        assert "MATCH Act" not in texts(given[0])
        assert given[0].get_title(loc="left") == "Output ratio, 2028Q4"

    def test_what_is_missing_is_said(self, frame: pd.DataFrame) -> None:
        with pytest.raises(InputError, match="lacks the columns total_conf"):
            charts.variance_split(frame.drop(columns="total_conf"))
        with pytest.raises(InputError, match="'yield_gap' is not in the split; there are: output_ratio"):
            charts.variance_split(frame, ["yield_gap"])

    def test_it_is_said_in_words(self, frame: pd.DataFrame) -> None:
        words = variance_split_words(charts.variance_split_table(frame))
        assert "Output ratio in 2028Q4 under MATCH Act: Industry 30 % (35 % in total)" in words


class TestLeverResponse:
    @pytest.fixture(scope="class")
    @staticmethod
    def swept() -> Sweep:
        level = np.linspace(0.0, 1.0, 5)
        rows = [
            {
                "lever": "immersion_access", "level": at, "quantity": quantity, "period": period, "mean": 5 + at,
                **{q: 5 + at + shift for q, shift in zip(QUANTILES, (-2, -1, 0, 1, 2), strict=True)},
                "change_q05": 0.0, "change_q50": at, "change_q95": 2 * at, "prob_larger": at, "prob_never": 0.0,
            }
            for quantity in ("frontier_lag", "output_ratio")
            for period in QUARTERS
            for at in level
        ]  # fmt: skip
        usual = xr.Dataset(
            {name: (("draw", "period"), [[5.0, 5.2], [5.4, 5.6]]) for name in ("frontier_lag", "output_ratio")},
            coords={"period": QUARTERS},
        )
        return Sweep("immersion_access", 0.3, 2026.5, pd.DataFrame(rows), usual, usual)

    def test_it_draws_the_sweep_and_the_level_in_force(self, swept: Sweep) -> None:
        ax = Figure().add_subplot()
        assert charts.lever_response(swept, "frontier_lag", "2028Q4", ax=ax) is ax
        ax.figure.canvas.draw()
        assert ax.get_title(loc="left") == "Frontier lag in 2028Q4"
        lines = {tuple(np.ravel(line.get_ydata())) for line in ax.lines}
        assert (5.0, 5.25, 5.5, 5.75, 6.0) in lines
        assert (5.2, 5.2) in lines, "the baseline's median"
        assert any(list(line.get_xdata()) == [0.3, 0.3] for line in ax.lines)
        (strip,) = ax.child_axes
        assert list(strip.lines[0].get_ydata()) == [0.0, 0.25, 0.5, 0.75, 1.0]
        assert strip.get_xlabel().startswith("Access to immersion scanners\nshare of Chinese memory makers'")

    def test_the_last_quarter_is_the_default(self, swept: Sweep) -> None:
        assert set(charts.lever_response_table(swept)["period"]) == {"2032Q4"}

    def test_what_was_not_swept_is_refused(self, swept: Sweep) -> None:
        with pytest.raises(InputError, match="'yield_gap' was not swept; there are: frontier_lag, output_ratio"):
            charts.lever_response(swept, "yield_gap")
        with pytest.raises(InputError, match="'2030Q4' was not swept; there are: 2028Q4, 2032Q4"):
            charts.lever_response(swept, "frontier_lag", "2030Q4")

    def test_a_lever_of_one_s_own_is_drawn_by_its_name(self, swept: Sweep) -> None:
        ax = charts.lever_response(swept, levers={})
        assert ax.child_axes[0].get_xlabel() == "Immersion access\nlevel of the lever"

    def test_it_is_said_in_words(self, swept: Sweep) -> None:
        words = lever_response_words(charts.lever_response_table(swept, "frontier_lag", "2028Q4"))
        assert "at 1 6.0 (4.0 to 8.0), larger in 100 % of draws. In force is 0.3, with a median of 5.2." in words


class TestPolicyTimeline:
    @pytest.fixture(scope="class")
    @staticmethod
    def policy() -> Policy:
        return policy_in_force(None, date(2026, 6, 30))

    def test_steps_are_those_in_force(self, policy: Policy) -> None:
        table = charts.policy_timeline_table(policy)
        assert set(table["scenario"]) == {"baseline"}
        for lever, rows in table.groupby("lever"):
            steps = policy.levels[str(lever)]
            assert list(rows["level"]) == [policy.levers[str(lever)].reference, *(step.level for step in steps)]
            assert list(rows["start"].iloc[1:]) == [step.start for step in steps]

    def test_a_scenario_shows_the_levers_that_it_moves(self, policy: Policy) -> None:
        axes = charts.policy_timeline(policy, "match_act")
        assert [ax.get_title(loc="left") for ax in axes] == [
            *("Access to immersion scanners", "Servicing of tools in Chinese fabs"),
        ]
        axes[0].figure.canvas.draw()
        table = charts.policy_timeline_table(policy, "match_act")
        assert (
            table[(table["scenario"] == "match_act") & (table["lever"] == "immersion_access")]["level"].iloc[-1] == 0.95
        )

    def test_the_past_of_a_scenario_is_the_baseline_s(self, policy: Policy) -> None:
        (ax,) = charts.policy_timeline(policy, "match_act", levers=["tool_servicing"])
        widest = max((line for line in ax.lines if len(line.get_xdata()) > 2), key=lambda line: line.get_linewidth())
        assert min(widest.get_xdata()) == policy.as_of

    def test_it_is_drawn_on_given_axes(self, policy: Policy) -> None:
        given = [Figure().add_subplot()]
        assert list(charts.policy_timeline(policy, levers=["hbm_sales"], ax=given)) == given
        assert given[0].has_data()

    def test_what_is_unknown_or_empty_is_refused(self, policy: Policy) -> None:
        with pytest.raises(InputError, match="unknown lever 'tariffs'"):
            charts.policy_timeline(policy, levers=["tariffs"])
        with pytest.raises(InputError, match="there is no scenario 'matchact'"):
            charts.policy_timeline(policy, "matchact")
        with pytest.raises(InputError, match="nothing to draw"):
            charts.policy_timeline(Policy(policy.levers, {}, policy.as_of))

    def test_it_is_said_in_words(self, policy: Policy) -> None:
        words = policy_timeline_words(charts.policy_timeline_table(policy, "match_act"))
        assert "under MATCH Act: 0 before, " in words
        assert "0.95 from 2027.7" in words
