"""Write the tables and figures of docs/policy.md, and README's table of scenarios, from a stored run.

python docs/generate/policy.py --run runs/<run_id>
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from results import ROOT, Interval, arguments, source_of, spread, table, write

from hbm_model import charts
from hbm_model.analysis.sweep import sweep
from hbm_model.analysis.thresholds import flips, strengths
from hbm_model.analysis.variance import split_variance
from hbm_model.forecasting.forecast import Forecast, forecast
from hbm_model.inference.fit import Fit, load_fit
from hbm_model.policy.response import quantile
from hbm_model.policy.scenarios import BASELINE, load_scenarios
from hbm_model.store.summary import signed

IMAGES = ROOT / "docs" / "img"
Tables = dict[str, pd.DataFrame]

LATER = ("2028Q4", "2032Q4")
GAPS = {
    "frontier_lag": ("frontier lag", "years", 1.0),
    "yield_gap": ("yield gap", "points", 1.0),
    "capacity_ratio": ("HBM wafers, China / Korea", "% points", 100.0),
    "output_ratio": ("HBM bits, China / Korea", "% points", 100.0),
}
CONCLUSION = ("frontier_lag", "2032Q4", ">=", 5.0)
SPLIT = ("match_act", "china_push", "korea_partner")


def main() -> None:
    """Write the result files and the images."""
    run = arguments(__doc__, "run").run
    fit = load_fit(run / "posterior.nc")
    made = forecast(fit, scenarios=list(load_scenarios()))
    split = split_variance(fit, SPLIT, ("frontier_lag", "capacity_ratio", "output_ratio"), LATER)
    tables: Tables = levers(fit) | informed(fit) | scenarios(made) | contrasts(made) | argument(made, "match_act")
    tables |= alliance(made) | strength(fit) | variance(split) | by_scenario(made)
    write(tables, source_of("docs/generate/policy.py", run))
    images(fit, made, split)


def levers(fit: Fit) -> Tables:
    """Every effect of every lever with its size and its source."""
    rows = []
    for lever, effect in fit.policy.effects:
        prior = fit.priors[effect.prior]
        kind = "judgement" if prior.judgement else "published"
        sign = "open" if prior.dist == "normal" else {1: "+", -1: "-"}[effect.sign]
        size = spread(quantile(prior, np.array([0.05, 0.5, 0.95])), 2)
        ahead = ", bought ahead" if effect.anticipation else ""
        rows.append(
            [lever.name, f"{effect.target}{ahead}", effect.bloc, sign, size, kind, " ".join(prior.claims) or "-"]
        )
    units = [
        [lever.name, lever.title, lever.unit, f"{lever.low:g}", f"{lever.high:g}", f"{lever.reference:g}"]
        for lever in fit.policy.levers.values()
    ]
    head = ["lever", "moves", "of", "sign", "size per unit (5 to 95 %)", "source", "claims"]
    return {
        "levers": table(["lever", "what", "unit of its level", "lowest", "highest", "no measure"], units),
        "lever_effects": table(head, rows),
    }


def informed(fit: Fit) -> Tables:
    """Prior beside posterior of the sizes that the fit estimates."""
    theta, rows = fit.theta(), []
    for _, effect in fit.policy.informed:
        prior = quantile(fit.priors[effect.prior], np.array([0.05, 0.5, 0.95]))
        rows.append([effect.prior, effect.target, spread(prior, 2), spread(theta[effect.prior], 2)])
    return {"lever_sizes_estimated": table(["size", "moves", "prior, median and 90 %", "posterior"], rows)}


def scenarios(made: Forecast) -> Tables:
    """What ships."""
    rows = [
        [
            each.name,
            each.title,
            ", ".join(sorted({s.lever for s in each.settings})) if each.name != BASELINE else "all, as in force",
            ", ".join(each.include) or "-",
        ]
        for each in made.scenarios
    ]
    return {"scenarios": table(["scenario", "title", "levers", "includes"], rows)}


def _first(words: str) -> str:
    return words[0].upper() + words[1:]


def contrasts(made: Forecast) -> Tables:
    """Each gap at each quarter under every scenario, less the baseline."""
    rows = []
    for gap, (words, unit, scale) in GAPS.items():
        for period in LATER:
            base = made.table(gap).query("scenario == @BASELINE and period == @period").iloc[0]
            level = Interval(*(f"{scale * base[q]:.1f}" for q in ("q50", "q05", "q95")))
            for row in made.contrast(gap).query("period == @period").to_dict("records"):
                parts = [signed(row[part], scale) for part in ("clock", "ramp", "capacity", "demand")]
                change = [*_changed(row, scale), *parts, row["driver"] or "-"]
                rows.append([f"{_first(words)}, {unit}", period, level, row["scenario"], *change])
    head = ["gap", "quarter", "baseline", "scenario", "mean", "larger [%]", "smaller [%]"]
    return {"contrasts": table([*head, "clock", "ramp", "capacity", "demand", "driver"], rows)}


def _changed(row: Mapping[Any, Any], scale: float) -> list[Any]:
    """Mean and 90 % interval of a difference, and in how many draws it is positive and negative."""
    mean = Interval(*(signed(row[column], scale) for column in ("mean", "q05", "q95")))
    return [mean, f"{100 * row['prob_larger']:.0f}", f"{100 * row['prob_smaller']:.0f}"]


def argument(made: Forecast, name: str) -> Tables:
    """What a scenario does to each gap, and to the dates of China's generations."""
    rows = []
    for gap, (words, unit, scale) in GAPS.items():
        for period in LATER:
            row = made.contrast(gap, name).query("period == @period").iloc[0]
            rows.append([f"{_first(words)}, {unit}", period, *_changed(row, scale), row["driver"] or "-"])
    dates = made.contrast("generation_lag", name)
    later = []
    for row in dates[dates["generation"].isin(["HBM3E", "HBM4", "HBM4E"])].to_dict("records"):
        median, low, high = (signed(row[column], 1) for column in ("q50", "q05", "q95"))
        later.append([row["generation"], Interval(median, low, "beyond the horizon" if high == "-" else high)])
    return {
        name: table(["gap", "quarter", "mean", "larger [%]", "smaller [%]", "through"], rows),
        f"{name}_dates": table(["China's first volume of", "median, years later"], later),
    }


def alliance(made: Forecast) -> Tables:
    """The open course less the closed one, draw by draw."""
    share = made.draws("bit_share").sel(vendor="korea")
    compared = {f"{words}, {unit}": (made.draws(gap), scale) for gap, (words, unit, scale) in GAPS.items()}
    compared["Korea's share of HBM bits, % points"] = (share, 100.0)
    rows = []
    for words, (draws, scale) in compared.items():
        change = draws.sel(scenario="korea_partner", drop=True) - draws.sel(scenario="korea_walls", drop=True)
        for period in LATER:
            one = scale * change.sel(period=period).to_numpy()
            one = one[np.isfinite(one)]
            low, high = np.quantile(one, [0.05, 0.95])
            mean = Interval(*(f"{value:+.2f}" for value in (one.mean(), low, high)))
            rows.append([words, period, mean, f"{100 * (one > 0).mean():.0f}"])
    return {"alliance": table(["korea_partner less korea_walls", "quarter", "mean", "larger [%]"], rows)}


def strength(fit: Fit) -> Tables:
    """How strong each lever would have to be to move the frontier lag by a year, and to turn a conclusion over."""
    rows = []
    for row in strengths(fit).itertuples():
        move = "a year more" if row.years > 0 else "a year less"
        lever = [row.lever, f"{row.in_force:g}", f"{row.low:g}", f"{row.high:g}", move]
        if not row.direction:
            rows.append([*lever, "0", "", ""])
            continue
        level = Interval(*(f"{value:.2f}" for value in (row.q50, row.q05, row.q95)))
        rows.append([*lever, f"{100 * (1 - row.prob_out_of_reach):.0f}", row.direction, level])
    head = ["lever", "in force", "lowest", "highest", "frontier lag of 2032Q4"]
    head += ["draws in which some level does it [%]", "direction", "level in those"]
    return {"lever_strengths": table(head, rows)} | _conclusion(fit)


def _conclusion(fit: Fit) -> Tables:
    """At which level of which lever a conclusion of the baseline turns over."""
    found = flips(fit, CONCLUSION)
    rows = [
        [
            row.lever,
            "none in range" if np.isnan(row.level) else f"{row.level:.2f}",
            f"{100 * row.at_low:.0f}",
            f"{100 * row.at_high:.0f}",
        ]
        for row in found.itertuples()
    ]
    now = [[found["conclusion"].iloc[0], f"{100 * found['probability'].iloc[0]:.0f}"]]
    ends = ["probability at the lowest level [%]", "probability at the highest level [%]"]
    return {
        "conclusion": table(["conclusion", "probability in the baseline [%]"], now),
        "conclusion_flips": table(["lever", "level that turns it over", *ends], rows),
    }


def variance(split: pd.DataFrame) -> Tables:
    """First-order and total indices by source."""
    rows = [
        [row.scenario, row.quantity, row.period, row.source]
        + [
            Interval(f"{value:.2f}", error=f"{conf:.2f}")
            for value, conf in ((row.first, row.first_conf), (row.total, row.total_conf))
        ]
        for row in split.itertuples()
    ]
    return {"variance": table(["scenario", "gap", "quarter", "source", "first order", "total"], rows)}


def by_scenario(made: Forecast) -> Tables:
    """README's table: what each scenario changes by the last quarter."""
    gaps = ("frontier_lag", "capacity_ratio", "output_ratio")
    rows = [[each.name, each.title, *(_cell(made, gap, each.name) for gap in gaps)] for each in made.scenarios[1:]]
    head = ["scenario", "title", "frontier lag, years", "wafers China / Korea, % points"]
    return {"scenarios_2032": table([*head, "bits China / Korea, % points"], rows)}


def _cell(made: Forecast, gap: str, scenario: str) -> Interval:
    row = made.contrast(gap, scenario).query("period == @LATER[1]").iloc[0]
    if not row["prob_larger"] and not row["prob_smaller"]:
        return Interval("-")
    mean, low, high = (signed(row[column], GAPS[gap][2]) for column in ("mean", "q05", "q95"))
    return Interval(mean, low, high, through=row["driver"])


def images(fit: Fit, made: Forecast, split: pd.DataFrame) -> None:
    """The figures of the page."""
    ban, answer = split[split["scenario"] == SPLIT[0]], sweep(fit, "immersion_access")
    drawn = {
        "policy_forest": (charts.contrast_forest, charts.contrast_forest_table, (made, "frontier_lag", LATER[1])),
        "policy_fans": (charts.scenario_fans, charts.scenario_fans_table, (made, "frontier_lag")),
        "policy_match": (charts.scenario_fans, charts.scenario_fans_table, (made, "output_ratio", SPLIT[:1])),
        "policy_catch_up": (charts.catch_up, charts.catch_up_table, (made, 3.0)),
        "policy_timeline": (charts.policy_timeline, charts.policy_timeline_table, (fit.policy, SPLIT[0])),
        "policy_response": (charts.lever_response, charts.lever_response_table, (answer, "frontier_lag", LATER[1])),
        "policy_variance": (charts.variance_split, charts.variance_split_table, (ban,)),
    }
    for name, (draw, table_of, what) in drawn.items():
        np.ravel(draw(*what))[0].figure.savefig(IMAGES / f"{name}.png", dpi=150)
        table_of(*what).to_csv(IMAGES / f"{name}.csv", index=False, float_format="%.6g")


if __name__ == "__main__":
    main()
