"""Fill the tables and figures of docs/policy.md, and README's table of scenarios: all their numbers come from here.

python docs/generate/policy.py --fit runs/<run_id>/posterior.nc
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from priors import Blocks, fill, spread, table

from hbm_model import charts
from hbm_model.analysis.sweep import sweep
from hbm_model.analysis.thresholds import flips, strengths
from hbm_model.analysis.variance import split_variance
from hbm_model.forecasting.forecast import Forecast, forecast
from hbm_model.inference.fit import Fit, load_fit
from hbm_model.policy.response import quantile
from hbm_model.policy.scenarios import BASELINE, load_scenarios
from hbm_model.store.summary import signed

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "img"
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
    """Write the blocks and the images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", type=Path, required=True)
    fit = load_fit(parser.parse_args().fit)
    made = forecast(fit, scenarios=list(load_scenarios()))
    split = split_variance(fit, SPLIT, ("frontier_lag", "capacity_ratio", "output_ratio"), LATER)
    blocks: Blocks = {
        "levers": levers(fit),
        "informed": informed(fit),
        "scenarios": scenarios(made),
        "contrasts": "\n\n".join(contrasts(made, gap, period) for gap in GAPS for period in LATER),
        "match": argument(made, "match_act"),
        "alliance": alliance(made),
        "strength": strength(fit),
        "variance": variance(split),
        "policy": short(made),
    }
    for path in (ROOT / "docs" / "policy.md", ROOT / "README.md"):
        path.write_text(fill(path.read_text(encoding="utf-8"), blocks), encoding="utf-8")
    images(fit, made, split)


def levers(fit: Fit) -> str:
    """Every effect of every lever with its size and its source."""
    rows = []
    for lever, effect in fit.policy.effects:
        prior = fit.priors[effect.prior]
        kind = "judgement" if prior.judgement else "published"
        sign = "open" if prior.dist == "normal" else {1: "+", -1: "-"}[effect.sign]
        size = spread(quantile(prior, np.array([0.05, 0.5, 0.95])), 2)
        ahead = ", bought ahead" if effect.anticipation else ""
        rows.append(
            [f"`{lever.name}`", f"{effect.target}{ahead}", effect.bloc, sign, size, kind, " ".join(prior.claims) or "-"]
        )
    units = [
        [f"`{lever.name}`", lever.title, lever.unit, f"{lever.low:g} to {lever.high:g}", f"{lever.reference:g}"]
        for lever in fit.policy.levers.values()
    ]
    first = table(["lever", "what", "unit of its level", "range", "no measure"], units)
    return (
        first + "\n\n" + table(["lever", "moves", "of", "sign", "size per unit, 5-50-95 %", "source", "claims"], rows)
    )


def informed(fit: Fit) -> str:
    """Prior beside posterior of the sizes that the fit estimates."""
    theta, rows = fit.theta(), []
    for _, effect in fit.policy.informed:
        prior = quantile(fit.priors[effect.prior], np.array([0.05, 0.5, 0.95]))
        rows.append([f"`{effect.prior}`", effect.target, spread(prior, 2), spread(theta[effect.prior], 2)])
    return table(["size", "moves", "prior, median and 90 %", "posterior"], rows)


def scenarios(made: Forecast) -> str:
    """What ships."""
    rows = [
        [
            f"`{each.name}`",
            each.title,
            ", ".join(sorted({s.lever for s in each.settings})) if each.name != BASELINE else "all, as in force",
            ", ".join(each.include) or "-",
        ]
        for each in made.scenarios
    ]
    return table(["scenario", "title", "levers", "includes"], rows)


def _first(words: str) -> str:
    return words[0].upper() + words[1:]


def contrasts(made: Forecast, gap: str, period: str) -> str:
    """One gap at one quarter, every scenario."""
    words, unit, scale = GAPS[gap]
    base = made.table(gap).query("scenario == @BASELINE and period == @period").iloc[0]
    rows = []
    for row in made.contrast(gap).query("period == @period").itertuples():
        interval = f"{signed(row.q05, scale)} to {signed(row.q95, scale)}"
        parts = [signed(getattr(row, part), scale) for part in ("clock", "ramp", "capacity", "demand")]
        rows.append(
            [
                f"`{row.scenario}`",
                signed(row.mean, scale),
                interval,
                f"{100 * row.prob_larger:.0f} %",
                f"{100 * row.prob_smaller:.0f} %",
                *parts,
                row.driver or "-",
            ]
        )
    head = ["scenario", "mean", "90 %", "larger", "smaller", "clock", "ramp", "capacity", "demand", "driver"]
    level = f"{scale * base.q50:.1f} ({scale * base.q05:.1f} to {scale * base.q95:.1f})"
    return f"**{_first(words)}, {period}** (difference in {unit}; baseline {level})\n\n" + table(head, rows)


def argument(made: Forecast, name: str) -> str:
    """What a scenario does to each gap, in sentences."""
    lines = []
    for gap, (words, unit, scale) in GAPS.items():
        for period in LATER:
            row = made.contrast(gap, name).query("period == @period").iloc[0]
            mean, low, high = (signed(row[column], scale) for column in ("mean", "q05", "q95"))
            shares = (
                f"larger in {100 * row['prob_larger']:.0f} % of draws, smaller in {100 * row['prob_smaller']:.0f} %"
            )
            through = f"; through {row['driver']}" if row["driver"] else ""
            lines.append(
                f"- {_first(words)}, {period}: {mean} {unit} on average (90 % of draws {low} to {high}); "
                f"{shares}{through}."
            )
    dates = made.contrast("generation_lag", name)
    for row in dates[dates["generation"].isin(["HBM3E", "HBM4", "HBM4E"])].to_dict("records"):
        median, low, high = (signed(row[column], 1) for column in ("q50", "q05", "q95"))
        high = "beyond the horizon" if high == "-" else high
        lines.append(f"- China's first volume of {row['generation']}: {median} years (median; {low} to {high}).")
    return "If the measure is taken, then, as far as the model knows:\n\n" + "\n".join(lines)


def alliance(made: Forecast) -> str:
    """The open course less the closed one, draw by draw."""
    rows = []
    for gap, (words, unit, scale) in GAPS.items():
        draws = made.draws(gap)
        change = draws.sel(scenario="korea_partner", drop=True) - draws.sel(scenario="korea_walls", drop=True)
        for period in LATER:
            one = change.sel(period=period).to_numpy()
            one = one[np.isfinite(one)]
            low, high = np.quantile(one, [0.05, 0.95])
            rows.append(
                [
                    f"{words}, {unit}",
                    period,
                    f"{scale * one.mean():+.2f}",
                    f"{scale * low:+.2f} to {scale * high:+.2f}",
                    f"{100 * (one > 0).mean():.0f} %",
                ]
            )
    share = made.draws("bit_share").sel(vendor="korea")
    change = share.sel(scenario="korea_partner", drop=True) - share.sel(scenario="korea_walls", drop=True)
    for period in LATER:
        one = 100 * change.sel(period=period).to_numpy()
        low, high = np.quantile(one, [0.05, 0.95])
        rows.append(
            [
                "Korea's share of HBM bits, % points",
                period,
                f"{one.mean():+.2f}",
                f"{low:+.2f} to {high:+.2f}",
                f"{100 * (one > 0).mean():.0f} %",
            ]
        )
    return table(["`korea_partner` less `korea_walls`", "quarter", "mean", "90 %", "larger"], rows)


def strength(fit: Fit) -> str:
    """How strong each lever would have to be to move the frontier lag by a year, and to turn a conclusion over."""
    rows = []
    for row in strengths(fit).itertuples():
        move = "a year more" if row.years > 0 else "a year less"
        if not row.direction:
            rows.append([f"`{row.lever}`", f"{row.in_force:g}", f"{row.low:g} to {row.high:g}", move, "0 %", "-"])
            continue
        reached = f"{100 * (1 - row.prob_out_of_reach):.0f} %"
        level = f"{row.direction} to {row.q50:.2f} ({row.q05:.2f} to {row.q95:.2f})"
        rows.append([f"`{row.lever}`", f"{row.in_force:g}", f"{row.low:g} to {row.high:g}", move, reached, level])
    head = [
        "lever",
        "in force",
        "range",
        "frontier lag of 2032Q4",
        "draws in which some level does it",
        "level in those",
    ]
    return table(head, rows) + "\n\n" + _conclusion(fit)


def _conclusion(fit: Fit) -> str:
    """At which level of which lever a conclusion of the baseline turns over."""
    found = flips(fit, CONCLUSION)
    rows = []
    for row in found.itertuples():
        ends = f"{100 * row.at_low:.0f} % to {100 * row.at_high:.0f} %"
        rows.append([f"`{row.lever}`", "none in range" if np.isnan(row.level) else f"{row.level:.2f}", ends])
    now = f"{100 * found['probability'].iloc[0]:.0f} %"
    words = found["conclusion"].iloc[0]
    said = f'The conclusion "{words}" holds with a probability of {now} in the baseline. It turns over at:'
    return said + "\n\n" + table(["lever", "level", "probability at the ends of its range"], rows)


def variance(split: pd.DataFrame) -> str:
    """First-order and total indices by source."""
    rows = [
        [f"`{row.scenario}`", row.quantity, row.period, row.source]
        + [f"{value:.2f} ± {conf:.2f}" for value, conf in ((row.first, row.first_conf), (row.total, row.total_conf))]
        for row in split.itertuples()
    ]
    return table(["scenario", "gap", "quarter", "source", "first order", "total"], rows)


def short(made: Forecast) -> str:
    """README's table: what each scenario changes by the last quarter."""
    gaps = ("frontier_lag", "capacity_ratio", "output_ratio")
    rows = [
        [f"`{each.name}`", each.title, *(_cell(made, gap, each.name) for gap in gaps)] for each in made.scenarios[1:]
    ]
    head = ["change by 2032Q4: mean (90 %), through what", "", "frontier lag, years"]
    return table([*head, "wafers China / Korea, % points", "bits China / Korea, % points"], rows)


def _cell(made: Forecast, gap: str, scenario: str) -> str:
    row = made.contrast(gap, scenario).query("period == @LATER[1]").iloc[0]
    if not row["prob_larger"] and not row["prob_smaller"]:
        return "-"
    mean, low, high = (signed(row[column], GAPS[gap][2]) for column in ("mean", "q05", "q95"))
    return f"{mean} ({low} to {high}) {row['driver']}"


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
