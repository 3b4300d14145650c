"""Write what the priors allow, beside what happened, for docs/model/priors.md.

python docs/generate/prior_predictive.py
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from claims import VOLUME_QUESTION, bit_share, documented, find
from results import Source, table, write

from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, VENDORS, order
from hbm_model.core.priors import Priors, load_priors
from hbm_model.evaluation.calibration.synthetic import draw_truths
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.forecasting.simulate import simulate
from hbm_model.inference.fit import Fit
from hbm_model.model import ramp

HAPPENED_DATES = ("m0069", "m0080", "m0097", "m0093", "m0111", "m0018", "m0105", "m0125", "m0128")
HAPPENED_CAPACITY = ("CAP032", "CAP107", "CAP149", "CAP189", "CAP019", "CAP089", "CAP143")
HAPPENED_YIELDS = ("y064", "y065", "y002", "y001", "y028", "y104", "y075", "y116")


def main() -> None:
    """Write the result files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--as-of", default="2026-06-30")
    given = parser.parse_args()
    tables = prior_predictive(load_evidence(as_of=given.as_of), load_priors())
    write(tables, Source("docs/generate/prior_predictive.py", as_of=given.as_of))


def prior_world(evidence: Evidence, priors: Priors, n: int, seed: int) -> tuple[Fit, xr.Dataset]:
    """The prior as a fit of `n` draws, and its world to 2030."""
    truths = draw_truths(evidence, priors, n, seed)
    parts = [truth.data["posterior"].to_dataset() for truth in truths]
    joined = xr.concat(parts, dim="draw").assign_coords(draw=np.arange(n))
    constant = truths[0].data["constant_data"].to_dataset()
    fit = replace(truths[0], data=xr.DataTree.from_dict({"posterior": joined, "constant_data": constant}))
    return fit, simulate(fit, "2030Q4")


def prior_predictive(evidence: Evidence, priors: Priors, n: int = 1000, seed: int = 11) -> dict[str, pd.DataFrame]:
    """What the priors allow, beside what happened, and the nonsense that they leave out."""
    fit, world = prior_world(evidence, priors, n, seed)
    rows = [_happened(evidence, fit, world, row) for row in (*HAPPENED_DATES, *HAPPENED_CAPACITY, *HAPPENED_YIELDS)]
    theta = fit.theta()
    steps = np.exp(theta["log_cadence"])
    ramps = ramp.evaluate(fit.context(), np.asarray(world["volume"]))
    age = np.full((1, len(VENDORS), len(GENERATIONS), 1), 1.0)
    low, tall = (ramp.yields(ramps, age, [high] * len(GENERATIONS), np)["final"] for high in (8, 16))
    shares = world["wafers"] / world["dram_wafers"]
    early = np.asarray(world["volume"].sel(vendor="cxmt", generation="HBM3")) < VOLUME_QUESTION
    nonsense = [
        ("a yield outside 0 to 100 %", ((low <= 0) | (low >= 1)).mean()),
        ("16-high yields more than 8-high at the same age", (tall > low).mean()),
        ("negative DRAM or HBM capacity", float(((world["wafers"] < 0) | (world["dram_wafers"] < 0)).mean())),
        ("a generation follows the last within two weeks", (steps < 2 / 52).mean()),
        ("a generation follows the last within half a year", (steps < 0.5).mean()),
        ("a generation takes more than eight years", (steps > 8).mean()),
        ("more HBM wafers than DRAM wafers", float((shares > 1).mean())),
        ("a maker with over 5 million DRAM wafers a month by 2025", float((_at(world, "dram_wafers") > 5000).mean())),
        ("CXMT ships a fifth of the world's HBM bits in 2025", float((bit_share(world, "cxmt", 2025) > 0.2).mean())),
    ]
    return {
        "question_prior": table(
            ["CXMT ships HBM3 in volume before 1 April 2026", "value"],
            [["prior probability, %", f"{100 * early.mean():.0f}"]],
        ),
        "prior_happened": table(
            ["what happened", "claim", "reported", "prior 90 % interval", "its place in the prior [%]"], rows
        ),
        "prior_nonsense": table(
            ["nonsense", "share of prior draws [%]"], [(what, f"{100 * share:.2f}") for what, share in nonsense]
        ),
    }


def _at(world: xr.Dataset, name: str, period: str = "2025Q4") -> xr.DataArray:
    return world[name].sel(period=period)


def _happened(evidence: Evidence, fit: Fit, world: xr.Dataset, row: str) -> list[str]:
    claim = find(evidence, row)
    vendor, generation = claim["vendor"], claim["generation"]
    if claim["table"] == "milestones":
        value = float(decimal_years(pd.Series([claim["date_end"]]))[0])
        draws = np.asarray(world["volume"].sel(vendor=vendor, generation=generation))
        what, said = f"{vendor} {generation} in volume", f"{value:.1f}"
    elif claim["table"] == "capacity":
        name = "dram_wafers" if claim["metric"] == "dram_wafers_per_month" else "wafers"
        value = (claim["low"] + claim["high"]) / 2000
        draws = np.asarray(_at(world, name).sel(vendor=vendor))
        what, said = f"{vendor} {'DRAM' if name == 'dram_wafers' else 'HBM'} wafers, 2025", f"{value:.0f} thousand"
    else:
        draws, age = _yield_at(fit, evidence, claim)
        value = (claim["low"] + claim["high"]) / 2
        what, said = f"{vendor} {generation} {claim['metric'].replace('_', ' ')}, {age:.1f} years on", f"{value:.0f} %"
    place = f"{100 * (draws < value).mean():.1f}"
    digits = 1 if claim["table"] == "milestones" else 0
    low, high = np.quantile(draws, [0.05, 0.95])
    return [what, f"{row} ({claim['publisher']})", said, f"{low:.{digits}f} to {high:.{digits}f}", place]


def _yield_at(fit: Fit, evidence: Evidence, claim: Mapping[str, Any]) -> tuple[np.ndarray, float]:
    """Prior yields, in percent, at the age that the claim's product had by the makers' own dates (0 if not begun)."""
    told = float(decimal_years(pd.Series([claim["period_end"]]))[0])
    start = documented(evidence).get((claim["vendor"], claim["generation"]))
    age = max(told - start[0], 0.0) if start else 0.0
    layers = claim["layers"] if np.isfinite(claim["layers"]) else BASE_LAYERS[claim["generation"]]
    ages = np.full((1, len(VENDORS), len(GENERATIONS), 1), age)
    ramps = ramp.evaluate(fit.context(), np.zeros(0))
    found = ramp.yields(ramps, ages, [layers] * len(GENERATIONS), np)[claim["metric"].split("_")[0]]
    return 100 * found[:, VENDORS.index(claim["vendor"]), order(claim["generation"]), 0], age


if __name__ == "__main__":
    main()
