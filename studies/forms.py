"""Which forms of the model the evidence prefers: how yields are learned, what slips together, what paces differ.

python studies/forms.py --out forms

Fits every form (a fit that is already in the folder is read instead), compares each with the published one by PSIS-LOO
over claim groups, and writes `scores.csv`, `unreliable.csv`, `gate.csv`, `parameters.csv` and `headlines.csv`.
`python docs/generate/studies.py --forms forms` writes the tables of docs/model/checks.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hbm_model.core.industry import VENDORS
from hbm_model.core.priors import load_priors
from hbm_model.evaluation.compare import compare
from hbm_model.evidence import load_evidence
from hbm_model.forecasting.forecast import forecast
from hbm_model.forecasting.simulate import simulate
from hbm_model.inference.fit import Fit, FitSettings, fit, load_fit
from hbm_model.model.layout import Learning

PUBLISHED = "time"
FORMS: dict[str, tuple[Learning, dict[str, dict[str, Any]]]] = {
    PUBLISHED: ("time", {}),
    "volume": ("volume", {}),
    "one_slip": ("time", {"slip_roadmap_sd": {"median": 0.01}}),
    "one_plan": ("time", {"plan_roadmap_sd": {"value": 0.0}}),
    "one_pace": ("time", {"cadence_vendor": {"mean": dict.fromkeys(VENDORS, 0.0), "sd": dict.fromkeys(VENDORS, 0.01)}}),
}
"""Learning, and what is changed of the priors, of each form: a spread of next to nothing takes its term out."""

HEADLINES = [
    ("frontier_lag", "", "", "2028Q4"),
    ("frontier_lag", "", "", "2032Q4"),
    ("final_yield", "sk_hynix", "HBM4", "2027Q4"),
    ("final_yield", "cxmt", "HBM3", "2027Q4"),
    ("yield_gap", "", "", "2028Q4"),
    ("output_ratio", "", "", "2028Q4"),
    ("output_ratio", "", "", "2032Q4"),
]


Draws = dict[tuple[str, str, str, str], np.ndarray]
"""Draws of each headline."""


def headlines(draws: Mapping[str, Draws], weights: Mapping[str, float]) -> pd.DataFrame:
    """Figures that readers look for first: form by form, and stacked, with the draws of each form by its weight."""
    rows = []
    for what in HEADLINES:
        for form in (*draws, "stacked"):
            counted = {f: weights[f] if form == "stacked" else float(f == form) for f in draws}
            values = np.concatenate([own[what] for own in draws.values()])
            weight = np.concatenate([np.full(len(own[what]), counted[f] / len(own[what])) for f, own in draws.items()])
            known = np.isfinite(values)
            levels = [0.05, 0.5, 0.95]
            low, mid, high = np.quantile(values[known], levels, weights=weight[known], method="inverted_cdf")
            named = dict(zip(("quantity", "vendor", "generation", "period"), what, strict=True))
            rows.append(
                {**named, "form": form, "q05": low, "q50": mid, "q95": high, "prob_never": weight[~known].sum()}
            )
    return pd.DataFrame(rows)


def drawn(fitted: Fit) -> Draws:
    """Draws of each headline; a yield counts from volume start on, in percent."""
    made, world = forecast(fitted, horizon="2032Q4"), simulate(fitted, "2032Q4")
    found = {}
    for quantity, vendor, generation, period in HEADLINES:
        if quantity == "final_yield":
            here = world.sel(vendor=vendor, generation=generation, period=period)
            values = 100 * here["final"].where(here["volume"] <= here["time"])
        else:
            values = made.draws(quantity).sel(scenario="baseline", period=period)
        found[quantity, vendor, generation, period] = values.to_numpy()
    return found


def parameters(fits: Mapping[str, Fit]) -> pd.DataFrame:
    """What the fits say about the pace of learning, and of the spreads that take over from a term left out."""
    rows = []
    for form, fitted in fits.items():
        posterior = fitted.data["posterior"].to_dataset()
        for name in ("learning_time", "learning_exponent", "learning_wafers", "slip_roadmap_sd", "cadence_sd"):
            if name in posterior:
                low, mid, high = posterior[name].quantile([0.05, 0.5, 0.95]).to_numpy()
                rows.append({"form": form, "parameter": name, "q05": low, "q50": mid, "q95": high})
    return pd.DataFrame(rows)


def gates(fits: Mapping[str, Fit]) -> pd.DataFrame:
    """The quality gate of each fit."""
    names = ("passed", "r_hat", "ess_bulk", "ess_tail", "divergences", "e_bfmi")
    return pd.DataFrame([{"form": f, **{n: getattr(x.diagnostics, n) for n in names}} for f, x in fits.items()])


def main() -> None:
    """Fit, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--as-of", default="2026-11-22")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument(
        "--form", action="append", choices=[*FORMS], help="one to compare; may be repeated (default: all)"
    )
    parser.add_argument("--out", type=Path, default=Path("forms"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    evidence = load_evidence(as_of=given.as_of)
    fits: dict[str, Fit] = {}
    for form in dict.fromkeys([PUBLISHED, *(given.form or FORMS)]):
        file, (learning, changes) = given.out / f"{form}.nc", FORMS[form]
        if not file.exists():
            priors = load_priors().override(changes)
            fit(evidence, FitSettings(cores=given.cores), priors, learning=learning).save(file)
        fits[form] = load_fit(file)
    draws = {form: drawn(fitted) for form, fitted in fits.items()}
    compared: dict[str, list[pd.DataFrame]] = {"scores": [], "unreliable": [], "headlines": []}
    for form in [*fits][1:]:
        two = (PUBLISHED, form)
        found = compare({each: fits[each] for each in two}, evidence)
        whole = found.scores[found.scores["part"] == "all"]
        weights = dict(zip(whole["form"], whole["weight"], strict=True))
        for name, table in (
            ("scores", found.scores),
            ("unreliable", found.unreliable),
            ("headlines", headlines({each: draws[each] for each in two}, weights)),
        ):
            compared[name].append(table.assign(against=form))
    tables = {name: pd.concat(each, ignore_index=True) for name, each in compared.items()}
    for name, table in (tables | {"gate": gates(fits), "parameters": parameters(fits)}).items():
        table.to_csv(given.out / f"{name}.csv", index=False)
        print(f"{name}\n{table.to_string()}\n")


if __name__ == "__main__":
    main()
