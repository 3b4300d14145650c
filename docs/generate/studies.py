"""Write the tables of the studies: of those given, each from what the study left.

python docs/generate/studies.py --recovery recovery.csv --seeds seeds.csv --investment investment.csv \
    --forms forms --heldout heldout
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from results import Interval, Source, table, write

from hbm_model.core.industry import VENDORS
from hbm_model.inference.diagnostics import Gate

Tables = dict[str, pd.DataFrame]


def main() -> None:
    """Write the result files of the studies given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in STUDIES:
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--as-of", default="", help="of the evidence that the studies were made on")
    given = vars(parser.parse_args())
    for name, (script, tables) in STUDIES.items():
        if given[name]:
            write(tables(given[name]), Source(script, as_of=given["as_of"]))


def recovery(file: Path) -> Tables:
    """Coverage by group over the simulated worlds."""
    found = pd.read_csv(file)
    groups = [*found.groupby("group"), ("all", found)]
    rows = [[g, d["covered"].sum(), len(d), f"{100 * d['covered'].mean():.0f}"] for g, d in groups]
    share = found.groupby("world")["covered"].mean()
    worlds = found["world"].nunique()
    facts = [
        ["worlds", worlds],
        ["mean over worlds of the share of truths in their 90 % interval, %", f"{100 * share.mean():.1f}"],
        ["its standard error over worlds, points", f"{100 * share.std() / np.sqrt(worlds):.1f}"],
        ["worst R-hat", f"{found['r_hat'].max():.3f}"],
    ]
    return {
        "recovery": table(["quantity", "truths in their 90 % interval", "truths", "share [%]"], rows),
        "recovery_worlds": table(["study", "value"], facts),
    }


def seeds(file: Path) -> Tables:
    """Worst diagnostics over seeds."""
    found, gate = pd.read_csv(file), Gate()
    rows = [
        ["seeds", len(found), ""],
        ["seeds that pass the gate", int(found["passed"].sum()), ""],
        ["R-hat", f"{found['r_hat'].max():.4f}", f"at most {gate.r_hat}"],
        ["bulk ESS", f"{found['ess_bulk'].min():.0f}", f"at least {gate.ess:.0f}"],
        ["tail ESS", f"{found['ess_tail'].min():.0f}", f"at least {gate.ess:.0f}"],
        ["divergences", found["divergences"].max(), gate.divergences],
        ["E-BFMI", f"{found['e_bfmi'].min():.2f}", f"at least {gate.e_bfmi}"],
    ]
    return {"seeds": table(["diagnostic", "worst over seeds", "gate"], rows)}


def investment(file: Path) -> Tables:
    """The capacity forecast with and without the investment claims."""
    found = pd.read_csv(file).set_index(["investment", "quantity", "vendor", "period"])
    rows = []
    for maker in VENDORS[:4]:
        for quantity, words in (("dram_wafers", "DRAM"), ("wafers", "HBM")):
            for period in ("2026Q4", "2028Q4", "2030Q4"):
                r = {name: found.loc[(name, quantity, maker, period)] for name in ("with", "without")}
                change = r["with"]["q50"] / r["without"]["q50"] - 1
                cells = [Interval(*(f"{r[n][q]:.0f}" for q in ("q50", "q05", "q95"))) for n in ("with", "without")]
                rows.append([maker, words, period, *cells, f"{100 * change:+.0f}"])
    head = ["maker", "wafers", "quarter", "with, thousand a month", "without", "median, with against without [%]"]
    return {"investment": table(head, rows)}


PARTS = {
    "all": "all",
    "reliable": "those with k at most 0.7 in both",
    "yields": "yields",
    "hbm_yield": "HBM yields",
    "node_yield": "yields of commodity nodes",
    "capacity": "capacity",
    "milestones": "milestones",
    "investment": "investment",
    "shares": "shares",
    "output": "output",
}
OTHER_FORMS = {
    "one_slip": "one slip for a bloc, instead of roadmaps that err together",
    "one_plan": "one slip of capacity plans, instead of one for each maker's",
    "one_pace": "one pace for all makers, instead of one for each",
}


def forms(folder: Path) -> Tables:
    """Forms of the model beside the published one: how yields are learned in full, all others in a line."""
    scores = pd.read_csv(folder / "scores.csv").set_index(["against", "part", "form"])
    compared = set(scores.index.get_level_values("against"))
    tables: Tables = {}
    if "volume" in compared:
        rows = []
        for part, words in PARTS.items():
            time, wafers = (scores.loc[("volume", part, form)] for form in ("time", "volume"))
            density = [f"{time['elpd']:.1f}", f"{wafers['elpd']:.1f}", _difference(wafers, time)]
            doubtful = [f"{each['unreliable']:.0f}" for each in (time, wafers)]
            rows.append([words, f"{time['groups']:.0f}", *density, f"{time['weight']:.2f}", *doubtful])
        head = ["part of the evidence", "claim groups", "elpd by time", "elpd by wafers", "wafers less time"]
        head += ["weight of time in a stack", "k over 0.7 by time", "k over 0.7 by wafers"]
        tables["forms_of_learning"] = table(head, rows)
    rows = []
    for form in [form for form in OTHER_FORMS if form in compared]:
        differences = [
            _difference(scores.loc[(form, part, form)], scores.loc[(form, part, "time")])
            for part in ("all", "reliable", "milestones", "capacity")
        ]
        whole = [scores.loc[(form, "all", each)] for each in ("time", form)]
        counts = [f"{each['unreliable']:.0f}" for each in whole]
        rows.append([OTHER_FORMS[form], *differences, f"{whole[0]['weight']:.2f}", *counts])
    head = ["other form", "all groups", "k at most 0.7 in both", "milestones", "capacity"]
    head += ["weight of the published form in a stack", "k over 0.7, published", "k over 0.7, other"]
    tables["other_forms"] = table(head, rows)
    return tables


def _difference(other: Any, published: Any) -> Interval:
    """Expected log predictive density of a form less that of the published one, with its standard error."""
    error = max(other["dse"], published["dse"])
    return Interval(f"{other['elpd'] - published['elpd']:+.1f}", error=f"{error:.1f}")


def heldout(folder: Path) -> Tables:
    """Coverage and scores of claims that no fit had seen, by table, with standard errors."""
    rows = [
        [
            row["table"],
            f"{row['n']:.0f}",
            f"{100 * row['in50']:.0f}",
            f"{100 * row['in80']:.0f}",
            Interval(f"{100 * row['in90']:.0f}", error=f"{100 * row['in90_se']:.0f}"),
            f"{row['log_score']:.2f}",
            f"{100 * row['history_in90']:.0f}",
            Interval(f"{row['gain']:+.2f}", error=f"{row['gain_se']:.2f}"),
        ]
        for row in pd.read_csv(folder / "by_table.csv").to_dict("records")
    ]
    head = ["table", "claim groups", "in 50 % [%]", "in 80 % [%]", "in 90 % [%]", "log score"]
    return {"heldout": table([*head, "history: in 90 % [%]", "log score less the history's"], rows)}


STUDIES = {
    "recovery": ("studies/recovery.py", recovery),
    "seeds": ("studies/seeds.py", seeds),
    "investment": ("studies/without_investment.py", investment),
    "forms": ("studies/forms.py", forms),
    "heldout": ("studies/cross_validation.py", heldout),
}
"""Which script makes each study, and the tables of it."""


if __name__ == "__main__":
    main()
