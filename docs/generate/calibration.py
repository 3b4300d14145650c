"""Write the tables and the figure of simulated worlds in docs/calibration.md, from a study that was run before.

hbm-model calibrate --as-of 2026-06-30 --simulations 200 --out calibration
python docs/generate/calibration.py --study calibration
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from results import ROOT, Source, arguments, table, write

from hbm_model.charts.rank_ecdf import rank_ecdf
from hbm_model.cli.views.calibrate import fits
from hbm_model.core.priors import load_priors
from hbm_model.evaluation.calibration.sbc import read_study
from hbm_model.evaluation.calibration.uniformity import by_group, by_quantity
from hbm_model.evidence import load_evidence
from hbm_model.model.measurement import first_report_logp
from hbm_model.model.observations import observe
from hbm_model.policy.policy import policy_of

IMAGES = ROOT / "docs" / "img"
WORST = 15
INTERVALS = ("50", "80", "90")
HELD = [f"in {share} % [%]" for share in INTERVALS]


def main() -> None:
    """Write the result files, the image, and the rows behind it."""
    study, ranks = read_study(arguments(__doc__, "study").study)
    quantities = by_quantity(ranks)
    quantities.to_csv(IMAGES / "calibration.csv", index=False, float_format="%.4g")
    np.ravel(rank_ecdf(ranks))[0].figure.savefig(IMAGES / "calibration.png", dpi=150)
    tables = {
        "simulation_study": table(["study", "value"], facts(study, ranks, quantities)),
        "simulation_groups": groups(quantities),
        "simulation_worst": worst(quantities),
    }
    write(tables, Source("docs/generate/calibration.py", as_of=study["as_of"]))


def facts(study: dict[str, Any], ranks: pd.DataFrame, quantities: pd.DataFrame) -> list[list[Any]]:
    """What was simulated, how the fits went, and what of the simulation is not exact."""
    outside, count = int(quantities["outside"].sum()), len(quantities)
    each = fits(ranks)
    low, middle = np.nanquantile(ranks["ess"], [0.01, 0.5])
    priors = load_priors()
    evidence = load_evidence(as_of=study["as_of"])
    disputed = int((observe(evidence, priors, policy_of(evidence))[1].stacked.truth < 1).sum())
    delays = priors["reporting_delay"].parameters["median"]
    return [
        ["worlds", ranks["simulation"].nunique()],
        ["evidence as of", study["as_of"]],
        ["chains of a fit", study["chains"]],
        ["draws of a chain", study["draws"]],
        ["warm-up of a chain", study["tune"]],
        ["draws that a truth is ranked among", study["ranked"]],
        ["quantities", count],
        ["outside their band", outside],
        ["share outside, %", f"{100 * outside / count:.1f}"],
        ["worst R-hat of a fit, median", f"{each['r_hat'].median():.2f}"],
        ["worst R-hat of a fit, largest", f"{each['r_hat'].max():.2f}"],
        ["effective draws of a quantity, median", f"{middle:.0f}"],
        ["effective draws of a quantity, lowest hundredth", f"{low:.0f}"],
        ["divergences", int(each["divergences"].sum())],
        ["fits with divergences", int((each["divergences"] > 0).sum())],
        ["disputed claims in the evidence", disputed],
        *([f"sum of a first report's density, {bloc}", f"{_mass(delay):.3f}"] for bloc, delay in delays.items()),
    ]


def groups(quantities: pd.DataFrame) -> pd.DataFrame:
    """How many quantities of each group leave their band, and how often intervals hold the truth."""
    worlds_of = quantities.groupby("group")["n"].min()
    rows = [
        [row["group"], worlds_of[row["group"]], row["quantities"], row["outside"], f"{row['worst']:.2f}", *_held(row)]
        for row in by_group(quantities).to_dict("records")
    ]
    return table(["group", "worlds", "quantities", "outside", "largest excursion", *HELD], rows)


def worst(quantities: pd.DataFrame) -> pd.DataFrame:
    """The quantities furthest from uniform."""
    rows = [
        [row["group"], row["name"], f"{row['excursion']:.2f}", f"{row['mean']:.2f}", *_held(row)]
        for row in quantities.nlargest(WORST, "excursion").to_dict("records")
    ]
    return table(["group", "quantity", "excursion", "mean rank", *HELD], rows)


def _held(row: dict[Any, Any]) -> list[str]:
    return [f"{100 * row[f'in{share}']:.0f}" for share in INTERVALS]


def _mass(delay: float) -> float:
    """Integral of the density of a first report over all dates."""
    days = np.linspace(-3.0, 10.0, 200_001)
    return float(np.trapezoid(np.exp(first_report_logp(0.0, days, delay, np)), days))


if __name__ == "__main__":
    main()
