r"""Write the tables and figures of docs/scores.md, and data/scores/, which the report reads, from a backtest.

hbm-model backtest --out backtest
hbm-model backtest --out backtest --every 12M --variant early_priors
hbm-model backtest --out backtest --from 2024-12-31 --to 2024-12-31 \
    --variant shuffled --variant reversed --variant biased
python docs/generate/scores.py --study backtest
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from results import ROOT, Interval, Source, arguments, table, write

from hbm_model import charts
from hbm_model.core.dates import decimal_year
from hbm_model.core.tables import records
from hbm_model.evaluation import published, scores
from hbm_model.evaluation.backtest import MODEL, MODEL_RAW, VARIANTS
from hbm_model.evaluation.baselines import BASELINES
from hbm_model.evaluation.events import reliability as reliability_of
from hbm_model.evaluation.negative_controls import BIASED_ORIGIN
from hbm_model.evaluation.study import HORIZON_NAMES, Study, coverage, load_study, question_scores, skills, variants
from hbm_model.inference.diagnostics import QUICK_GATE
from hbm_model.report.words import load_words

Tables = dict[str, pd.DataFrame]

_WORDS = load_words("en")
NAMES = {name: _WORDS.say(f"scored.{name}") for name in published.QUANTITIES}
_ENOUGH = 5
"""Claim groups below which no skill is told, as in the tables of skill."""
UNITS = dict.fromkeys(("volume_date", "sample_date", "lag"), "years") | dict.fromkeys(
    ("dram_wafers", "hbm_wafers", "output"), "log"
)


def main() -> None:
    """Write the result files, the figures and what the report reads."""
    study = load_study(arguments(__doc__, "study").study)
    tables: Tables = {
        "skill": skill_table(study, ("quantity",)),
        "scores_coverage": coverage_table(study),
        "skill_lead": lead_table(study),
        "skill_vendor": by_table(study, "vendor"),
        "skill_bloc": by_table(study, "bloc"),
        "log_skill": skill_table(study, ("quantity",), "log_score"),
        "pit": pit_table(study),
        "raw_forecasts": raw_table(study),
        "questions": asked_table(study),
        "reliability": reliability_table(study),
        "backtest_fits": gate_table(study),
    }
    tables |= early_priors(study) | negative_controls(study)
    write(tables, Source("docs/generate/scores.py"))
    kept = published.told(study)
    published.write(kept, ROOT / "data")
    drawn = published.compared(kept)
    drawn["quantity"] = drawn["quantity"].map(NAMES)  # of makers, not of China as in the charts of gaps
    axes = charts.skill(drawn)
    axes[0].figure.savefig(ROOT / "docs" / "img" / "skill.png", dpi=200)
    drawn.to_csv(ROOT / "docs" / "img" / "skill.csv", index=False)
    asked, ours = question_scores(study), _model(study)
    bins = reliability_of(asked["probability"], asked["happened"], bins=5)
    axes = charts.reliability(bins, ours["pit"], scores.weights(ours))
    axes[0].figure.savefig(ROOT / "docs" / "img" / "reliability.png", dpi=200)
    bins.to_csv(ROOT / "docs" / "img" / "reliability.csv", index=False)


def skill_table(study: Study, by: tuple[str, ...], measure: str = "wis") -> pd.DataFrame:
    """Skill against every baseline, with interval and number of claim groups; all quantities together last."""
    found = skills(study, measure, by)
    total = skills(study, measure, ()).assign(quantity="all")
    found = pd.concat([found, total], ignore_index=True)
    head = ["quantity", *(name.replace("_", " ") for name in BASELINES)]
    rows = []
    for quantity in [*NAMES, "all"]:
        cells = {row["baseline"]: _skill(row) for row in records(found[found["quantity"] == quantity])}
        if cells:
            rows.append([NAMES.get(quantity, "all"), *(cells.get(name, "") for name in BASELINES)])
    return table(head, rows)


def coverage_table(study: Study) -> pd.DataFrame:
    """Mean scores and coverage of the model by quantity."""
    held = coverage(study)
    held = held[held["forecaster"] == MODEL].set_index(["quantity", "measure"])
    ours = _model(study)
    mean = scores.averages(ours, ["crps", "wis"], ["quantity"]).set_index(["quantity", "measure"])["mean"]
    rows = []
    for name, words in NAMES.items():
        if (name, "in90") not in held.index:
            continue
        cells = [_share(held.loc[(name, level)]) for level in scores.INTERVALS]
        n = held.loc[(name, "in90"), "weight"]
        unit = UNITS.get(name, "points")
        rows.append([words, f"{n:.0f}", *cells, f"{mean[name, 'crps']:.2f}", f"{mean[name, 'wis']:.2f}", unit])
    everything = scores.averages(ours, scores.INTERVALS).set_index("measure")
    cells = [_share(everything.loc[level]) for level in scores.INTERVALS]
    rows.append(["all", f"{everything['weight'].iloc[0]:.0f}", *cells, "", "", ""])
    head = ["quantity", "claims", "in 50 % [%]", "in 80 % [%]", "in 90 % [%]", "CRPS", "WIS", "unit"]
    return table(head, rows)


def lead_table(study: Study) -> pd.DataFrame:
    """Skill against the last value and guidance, and coverage, by lead time over all quantities."""
    found = skills(study, "wis", ("lead",)).set_index(["lead", "baseline"])
    held = coverage(study, ["lead"])
    held = held[(held["forecaster"] == MODEL) & (held["measure"] == "in90")].set_index("lead")
    rows = []
    for lead in HORIZON_NAMES:
        if lead not in held.index:
            continue
        cells = [
            _skill(found.loc[(lead, name)]) if (lead, name) in found.index else ""
            for name in ("guidance", "last", "drift")
        ]
        rows.append([lead, f"{held.loc[lead, 'weight']:.0f}", *cells, _share(held.loc[lead])])
    return table(["lead", "claims", "guidance", "last", "drift", "in 90 % [%]"], rows)


def by_table(study: Study, by: str) -> pd.DataFrame:
    """The same by maker or bloc."""
    found = skills(study, "wis", (by,)).set_index([by, "baseline"])
    held = coverage(study, [by])
    held = held[(held["forecaster"] == MODEL) & (held["measure"] == "in90")].set_index(by)
    rows = []
    for name in held.index:
        cells = [
            _skill(found.loc[(name, other)]) if (name, other) in found.index else ""
            for other in ("guidance", "last", "drift")
        ]
        rows.append([str(name), f"{held.loc[name, 'weight']:.0f}", *cells, _share(held.loc[name])])
    return table([by, "claims", "guidance", "last", "drift", "in 90 % [%]"], rows)


def pit_table(study: Study) -> pd.DataFrame:
    """Histogram of the places of outcomes in the forecasts: a tenth each if all is well."""
    ours = _model(study)
    groups = {"dates": ["volume_date", "sample_date"], "yields": ["hbm_yield", "node_yield"]}
    groups |= {"wafers": ["dram_wafers", "hbm_wafers", "hbm_share"], "shares": ["bit_share", "revenue_share"]}
    rows = []
    for name, quantities in groups.items():
        some = ours[ours["quantity"].isin(quantities)]
        weight = scores.weights(some)
        count = np.histogram(some["pit"], bins=np.linspace(0, 1, 11), weights=weight)[0]
        rows.append([name, f"{weight.sum():.0f}", *(f"{100 * x:.0f}" for x in count / weight.sum())])
    return table(["places, %", "claims", *(f"{i / 10:.1f}" for i in range(1, 11))], rows)


def raw_table(study: Study) -> pd.DataFrame:
    """What is so, taken for what would be claimed, against what would be claimed."""
    raw = study.scored[(study.scored["forecaster"] == MODEL_RAW) & (study.scored["variant"] == VARIANTS[0])]
    ours = _model(study)
    held = scores.averages(raw, ["in90"], ["quantity"]).set_index("quantity")
    gain = scores.skill(raw, ours, "wis", ["quantity"]).set_index("quantity")
    rows = [
        [words, _share(held.loc[name]), f"{gain.loc[name, 'skill']:+.2f}"]
        for name, words in NAMES.items()
        if name in gain.index
    ]
    head = ["quantity", "in 90 %, without the source's error [%]", "skill against the forecast with it"]
    return table(head, rows)


def early_priors(study: Study) -> Tables:
    """The priors that could be set at the end of 2022 against those as published, where the fits will do."""
    facts = {fact["as_of"]: fact["diagnostics"] for fact in study.facts if fact["variant"] == "early_priors"}
    passed = [day for day, diagnostics in facts.items() if not QUICK_GATE.failures(diagnostics)]
    gates = [[day, "passed" if day in passed else f"failed, R-hat {facts[day]['r_hat']:.3f}"] for day in facts]
    origins: Tables = {"early_priors_origins": table(["origin", "gate"], gates)}
    if not passed:
        return origins
    days = [decimal_year(date.fromisoformat(day)) for day in passed]
    early = study.scored[(study.scored["forecaster"] == MODEL) & (study.scored["variant"] == "early_priors")]
    early = early[early["origin"].isin(days)]
    held = scores.averages(early, ["in90"], ["quantity"]).set_index("quantity")
    gain = scores.skill(early, _model(study), "wis", ["quantity"]).set_index("quantity")
    rows = [
        [words, _skill(gain.loc[name]), _share(held.loc[name])] for name, words in NAMES.items() if name in gain.index
    ]
    everything = scores.skill(early, _model(study), "wis", []).iloc[0]
    rows.append(["all", _skill(everything), _share(scores.averages(early, ["in90"]).iloc[0])])
    each = {name: scores.skill(early, _by_baseline(study, name), "wis", []) for name in BASELINES}
    against = [
        [name.replace("_", " "), _skill(found.iloc[0])]
        for name, found in each.items()
        if len(found) and found["weight"].iloc[0] >= _ENOUGH
    ]
    return origins | {
        "early_priors": table(["quantity", "skill against priors as published", "in 90 % [%]"], rows),
        "early_priors_baselines": table(["baseline", "skill"], against),
    }


def negative_controls(study: Study) -> Tables:
    """What the model makes of spoiled evidence, where the study has it."""
    found = variants(study)
    if found.empty:
        return {}
    found = found.set_index("variant")
    facts = {fact["variant"]: fact for fact in study.facts}
    rows = []
    for name in ("shuffled", "reversed", "biased"):
        if name not in found.index:
            continue
        low, middle, high = facts[name]["yield_bias"][BIASED_ORIGIN]
        bias = Interval(f"{middle:.2f}", f"{low:.2f}", f"{high:.2f}")
        rows.append([name, _skill(found.loc[name]), f"{100 * found.loc[name, 'in90']:.0f}", bias])
    head = ["evidence", "skill against the real evidence", "in 90 % [%]", "bias of the invented source, logit"]
    return {"negative_controls": table(head, rows)}


def asked_table(study: Study) -> pd.DataFrame:
    """Settled questions by origin."""
    rows = question_scores(study)
    lines = [
        [f"{day:%Y-%m-%d}", f"{len(part)}", f"{part['happened'].sum():.0f}", f"{part['brier'].mean():.3f}"]
        for day, part in rows.groupby("as_of")
    ]
    base = rows["happened"].mean()
    lines.append(["all", f"{len(rows)}", f"{rows['happened'].sum():.0f}", f"{rows['brier'].mean():.3f}"])
    lines.append(["even odds", "", "", "0.250"])
    lines.append(["the share of yes, known afterwards", "", "", f"{base * (1 - base):.3f}"])
    return table(["as of", "questions", "yes", "Brier score"], lines)


def reliability_table(study: Study) -> pd.DataFrame:
    """How often happened what was given a probability."""
    rows = question_scores(study)
    found = reliability_of(rows["probability"], rows["happened"], bins=5)
    lines = [
        [
            f"{100 * row['from']:.0f}",
            f"{100 * row['to']:.0f}",
            row["n"],
            f"{100 * row['forecast']:.0f}",
            Interval(*(f"{100 * row[end]:.0f}" for end in ("rate", "low", "high"))),
        ]
        for row in records(found)
    ]
    head = ["probability said, from [%]", "to [%]", "answers", "on average [%]", "came true [%]"]
    return table(head, lines)


def gate_table(study: Study) -> pd.DataFrame:
    """The fits behind the study."""
    lines = []
    for fact in study.facts:
        told = fact["diagnostics"]
        gate = "none" if QUICK_GATE.failures(told) else "quick"
        verdict = "passed" if told["passed"] else f"{gate}: {'; '.join(told['failures'])}"
        figures = [f"{told['r_hat']:.3f}", f"{told['ess_bulk']:.0f}", f"{told['ess_tail']:.0f}", told["divergences"]]
        lines.append([fact["as_of"], fact["variant"], *figures, verdict])
    return table(["as of", "variant", "R-hat", "bulk ESS", "tail ESS", "divergences", "gate"], lines)


def _model(study: Study) -> pd.DataFrame:
    return study.scored[(study.scored["forecaster"] == MODEL) & (study.scored["variant"] == VARIANTS[0])]


def _by_baseline(study: Study, name: str) -> pd.DataFrame:
    return study.scored[(study.scored["forecaster"] == name) & (study.scored["variant"] == VARIANTS[0])]


def _skill(row: Any) -> Interval:
    if np.isnan(row["low"]):
        return Interval(f"{row['skill']:+.2f}", n=f"{row['weight']:.0f}")
    return Interval(*(f"{row[name]:+.2f}" for name in ("skill", "low", "high")), n=f"{row['weight']:.0f}")


def _share(row: Any) -> Interval:
    if np.isnan(row["low"]):
        return Interval(f"{100 * row['mean']:.0f}")
    return Interval(*(f"{100 * row[name]:.0f}" for name in ("mean", "low", "high")))


if __name__ == "__main__":
    main()
