"""The charts of claims by time, plans, investment, output, ages, measures under a gap, vintages and scores."""

from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.charts.catalogue import Material
from hbm_model.core.errors import InputError
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import used_rows
from hbm_model.forecasting.forecast import Forecast

from .conftest import make_ages


def texts(ax: Axes) -> str:
    return "\n".join(text.get_text() for text in ax.findobj(mpl.text.Text))


class TestClaimsTimeline:
    def test_it_has_every_claim_of_the_date_and_says_why_one_is_not_used(
        self, evidence: Evidence, forecast: Forecast
    ) -> None:
        table = charts.claims_timeline_table(evidence, forecast, "cxmt", "HBM3")
        claims = table[table["layer"] == "claim"]
        used = set(claims[claims["used"].astype(bool)]["id"])
        rows = evidence.tables["milestones"].set_index("id").loc[claims["id"]]
        assert set(rows["stage"]) <= {"volume_shipment", "mass_production"}
        assert used <= set(used_rows(evidence, "milestones", "guidance")["id"]) | set(
            used_rows(evidence, "milestones", "not_yet")["id"]
        ) | set(used_rows(evidence, "milestones", "claimed")["id"])
        assert (claims[~claims["used"].astype(bool)]["reason"] != "").all()
        assert claims["said"].is_monotonic_increasing
        assert (claims["start"] <= claims["end"]).all()

    def test_what_came_is_the_forecast_s_date(self, evidence: Evidence, forecast: Forecast) -> None:
        table = charts.claims_timeline_table(evidence, forecast, "sk_hynix", "HBM4")
        (came,) = table[table["layer"] == "forecast"].to_dict("records")
        rows = forecast.table("volume_date").query("scenario == 'baseline' and vendor == 'sk_hynix'")
        expected = rows[(rows["generation"] == "HBM4") & (rows["layers"].astype(str) == "12")]["q50"].iloc[0]
        assert came["q50"] == expected

    def test_each_claim_is_a_mark(self, evidence: Evidence, forecast: Forecast) -> None:
        ax = Figure(figsize=(4, 4)).add_subplot()
        assert charts.claims_timeline(evidence, forecast, ax=ax) is ax
        ax.figure.canvas.draw()
        claims = charts.claims_timeline_table(evidence, forecast).query("layer == 'claim'")
        marked = [each for each in ax.collections if hasattr(each, "get_sizes")]
        assert len(marked) == len(claims)

    @pytest.mark.parametrize(
        ("about", "message"),
        [
            ({"vendor": "intel"}, "unknown maker 'intel'"),
            ({"generation": "HBM9"}, "unknown generation 'HBM9'"),
            ({"stage": "rumour"}, "unknown stage 'rumour'"),
            ({"vendor": "ymtc", "generation": "HBM2E"}, "nothing is said of the volume"),
        ],
    )
    def test_what_nobody_spoke_of_is_refused(
        self, evidence: Evidence, forecast: Forecast, about: dict[str, str], message: str
    ) -> None:
        with pytest.raises(InputError, match=message):
            charts.claims_timeline(evidence, forecast, **about)  # type: ignore[arg-type]


class TestPlans:
    def test_only_plans_that_have_come_due_stand_against_their_quarter(
        self, evidence: Evidence, forecast: Forecast
    ) -> None:
        table = charts.plans_table(forecast, evidence)
        rows = used_rows(evidence, "capacity", "hbm_wafers").set_index("id").loc[table["id"]]
        assert len(table)
        assert set(rows["status"]) <= {"plan", "forecast", "target"}
        assert (rows["period_end"] <= pd.Timestamp(evidence.observed_through)).all()
        wafers = forecast.table("hbm_wafer_capacity").query("scenario == 'baseline'").set_index(["vendor", "period"])
        for row in table.to_dict("records"):
            assert row["q50"] == wafers.loc[(row["vendor"], row["period"]), "q50"]
            said = evidence.tables["capacity"].set_index("id").loc[row["id"]]
            assert row["planned"] == pytest.approx(np.nanmean([said["low"], said["high"]]) / 1000)

    def test_every_plan_is_a_point(self, evidence: Evidence, forecast: Forecast) -> None:
        ax = charts.plans(forecast, evidence)
        points = sum(len(each.get_offsets()) for each in ax.collections if hasattr(each, "get_sizes"))
        assert points == len(charts.plans_table(forecast, evidence))


class TestInvestment:
    def test_its_claims_are_those_that_the_model_uses_in_dollars_a_year(self, evidence: Evidence) -> None:
        table = charts.investment_table(evidence).set_index("id")
        used = pd.concat([used_rows(evidence, "investment", part) for part in ("spending", "project", "raise")])
        assert set(table.index) == set(used[used["maker"].isin(["sk_hynix", "samsung", "micron", "cxmt"])]["id"])
        plain = used.set_index("id").loc[table.index]
        dollars = plain[(plain["currency"] == "USD") & ((plain["period_end"] - plain["period_start"]).dt.days < 367)]
        assert len(dollars)
        for name in dollars.index:
            assert table.loc[name, "high"] == pytest.approx(dollars.loc[name, "high"], rel=0.01, nan_ok=True)

    def test_it_is_drawn_on_four_axes(self, evidence: Evidence) -> None:
        given = list(Figure(figsize=(6, 6)).subplots(2, 2).flat)
        assert list(charts.investment(evidence, ax=given).flat) == given
        given[0].figure.canvas.draw()


class TestOutput:
    def test_bits_and_ratios_are_the_forecast_s(self, forecast: Forecast) -> None:
        table = charts.output_table(forecast)
        for name in ("output_ratio", "bandwidth_ratio"):
            rows = forecast.table(name).query("scenario == 'baseline'")
            assert list(table[table["quantity"] == name]["q50"]) == list(rows["q50"])

    def test_lines_are_named_at_their_ends(self, forecast: Forecast) -> None:
        below = charts.output(forecast)[1]
        assert {"bits", "weighted by bandwidth"} <= set(texts(below).splitlines())


class TestAges:
    def test_makers_are_at_base_height(self) -> None:
        table = charts.same_age_table(make_ages())
        assert set(zip(table["generation"], table["layers"], strict=True)) == {("HBM3", 8), ("HBM3E", 8), ("HBM4", 12)}
        axes = charts.same_age(make_ages())
        axes[0].figure.canvas.draw()
        assert all("CXMT" in texts(ax) for ax in axes)

    def test_heights_are_drawn_by_maker(self) -> None:
        table = charts.heights_table(make_ages(), "HBM3E")
        assert sorted(table["layers"].unique()) == [8, 12, 16]
        axes = charts.heights(make_ages(), "HBM3E")
        assert all("16 layers" in texts(ax) for ax in axes.flat)
        with pytest.raises(InputError, match="'HBM5' comes in one stack height; more have: HBM2, HBM3, HBM3E"):
            charts.heights(make_ages(), "HBM5")

    def test_another_table_is_refused(self) -> None:
        with pytest.raises(InputError, match="lacks the columns vendor, generation"):
            charts.same_age(pd.DataFrame({"months": [1]}))


class TestPolicyGap:
    def test_measures_stand_under_the_gap(self, made: Material) -> None:
        table = charts.policy_gap_table(made.forecast, made.fit.policy)
        steps = table[table["layer"] == "measure"]
        set_levers = {name for name, levels in made.fit.policy.levels.items() if levels}
        assert set(steps["lever"]) == set_levers
        above, below = charts.policy_gap(made.forecast, made.fit.policy)
        assert above.get_xlim() == below.get_xlim()
        assert all(made.fit.policy.levers[name].title in texts(below) for name in set_levers)
        with pytest.raises(InputError, match="'generation_lag' is no gap over time"):
            charts.policy_gap(made.forecast, made.fit.policy, "generation_lag")


class TestRevisions:
    def test_each_vintage_is_a_row_and_a_later_run_replaces_an_earlier_one(self, made: Material) -> None:
        first: Any = made.runs[0]
        again = type(first)(run_id="run9", manifest=first.manifest, frame=first.frame)
        table = charts.revisions_table([*made.runs, again])
        assert list(table["as_of"]) == ["2025-06-30", "2025-12-31", "2026-06-30"]
        assert table["run_id"].iloc[0] == "run9"
        ax = charts.revisions(table)
        ax.figure.canvas.draw()
        assert "2026-06" in texts(ax)

    def test_a_generation_has_no_period(self, made: Material) -> None:
        table = charts.revisions_table(made.runs, "generation_lag", generation="HBM3")
        assert set(table["period"]) == {""}
        assert "Generation lag, HBM3" in charts.revisions(table).get_title(loc="left")

    def test_what_no_run_has_is_refused(self, made: Material) -> None:
        with pytest.raises(InputError, match="no run has frontier_lag in 1999Q1"):
            charts.revisions_table(made.runs, "frontier_lag", "1999Q1")
        with pytest.raises(InputError, match="the revisions lack any row"):
            charts.revisions(charts.revisions_table(made.runs).iloc[:0])


class TestSkill:
    def test_scores_and_coverage_are_drawn(self, scores: pd.DataFrame) -> None:
        left, right = charts.skill(scores)
        left.figure.canvas.draw()
        drawn = [float(line.get_xdata()[0]) for line in left.lines if line.get_marker() not in ("", "None", None)]
        assert sorted(drawn) == sorted(scores["skill"])
        held = [float(x) for line in right.lines if line.get_marker() not in ("None", None) for x in line.get_xdata()]
        assert sorted(held) == sorted(scores[["coverage50", "coverage80", "coverage90"]].melt()["value"].dropna())
        assert "Frontier lag" in texts(left)
        assert "My own quantity" in texts(left)

    def test_some_can_be_chosen(self, scores: pd.DataFrame) -> None:
        assert list(charts.skill_table(scores, ["capacity_ratio"])["quantity"]) == ["capacity_ratio"]
        with pytest.raises(InputError, match="'x' was not scored; there are: frontier_lag"):
            charts.skill_table(scores, ["x"])
        with pytest.raises(InputError, match="the scores lack the columns skill"):
            charts.skill(scores.drop(columns="skill"))
        with pytest.raises(InputError, match="no scores to draw"):
            charts.skill(scores.iloc[:0])


class TestSlider:
    def test_without_ipywidgets_it_is_one_chart(self, forecast: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "ipywidgets", None)
        names = ["yield_gap", "capacity_ratio", "output_ratio"]
        figure = charts.slider(lambda quantity: charts.gap(forecast, quantity), quantity=names)
        assert isinstance(figure, Figure)
        assert figure.axes[0].get_title(loc="left") == "Capacity ratio"
        with pytest.raises(InputError, match="the slider quantity has no values"):
            charts.slider(lambda quantity: charts.gap(forecast, quantity), quantity=[])


def test_a_run_s_charts_are_of_fifteen_kinds_and_more(made: Material) -> None:
    from hbm_model.charts.catalogue import CHARTS

    assert all(chart.when(made) for chart in CHARTS)
    assert len({chart.name for chart in CHARTS}) == len(CHARTS) >= 30
    assert not [c.name for c in CHARTS if c.name == "policy_gap" and c.when(replace(made, fit=_without_measures(made)))]


def _without_measures(made: Material) -> Any:
    return type(made.fit)(meta=made.fit.meta, policy=replace(made.fit.policy, levels={}))
