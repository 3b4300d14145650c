"""Fill the section on simulation of docs/calibration.md, and draw its figure, from a study that was run before.

hbm-model calibrate --as-of 2026-06-30 --simulations 200 --out calibration
python docs/generate/calibration.py --study calibration
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from priors import fill, table

from hbm_model.charts.rank_ecdf import rank_ecdf, rank_ecdf_words
from hbm_model.cli.views.calibrate import fits
from hbm_model.core.priors import load_priors
from hbm_model.evaluation.calibration.sbc import read_study
from hbm_model.evaluation.calibration.uniformity import LEVEL, by_group, by_quantity
from hbm_model.evidence import load_evidence
from hbm_model.model.measurement import first_report_logp
from hbm_model.model.observations import observe

DOCS = Path(__file__).parents[1]
WORST = 15
INTERVALS = ("50", "80", "90")


def main() -> None:
    """Write the block, the image, and the rows behind both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, required=True)
    told, ranks = read_study(parser.parse_args().study)
    quantities = by_quantity(ranks)
    quantities.to_csv(DOCS / "img" / "calibration.csv", index=False, float_format="%.4g")
    np.ravel(rank_ecdf(ranks))[0].figure.savefig(DOCS / "img" / "calibration.png", dpi=150)
    path = DOCS / "calibration.md"
    text = path.read_text(encoding="utf-8") if path.exists() else "# Calibration\n"
    if "<!-- simulation:start -->" not in text:
        text += "\n<!-- simulation:start -->\n<!-- simulation:end -->\n"
    path.write_text(fill(text, {"simulation": section(told, ranks, quantities)}), encoding="utf-8")


def section(told: dict[str, Any], ranks: pd.DataFrame, quantities: pd.DataFrame) -> str:
    """The section: what was done, the figure, the tables, and what is only nearly exact."""
    worlds = ranks["simulation"].nunique()
    groups = by_group(quantities)
    worlds_of = quantities.groupby("group")["n"].min()
    outside, count = int(quantities["outside"].sum()), len(quantities)
    worst = quantities.nlargest(WORST, "excursion")
    parts = [
        "## Simulated worlds",
        f"Parameters were drawn from the prior {worlds} times. For each world the evidence of {told['as_of']} was "
        "drawn anew from the likelihood: the same sources speak of the same things on the same days, in the same form. "
        f"Each simulated evidence was fitted ({told['chains']} chains of {told['draws']} draws after {told['tune']} of "
        f"warm-up), and the truth ranked among {told['ranked']} draws. If model, sampler and forecast are right, ranks "
        f"are uniform. The band holds the whole distribution of a uniform with {100 * LEVEL:.0f} % (Säilynoja, Bürkner "
        f"and Vehtari 2022); one quantity in {1 / (1 - LEVEL):.0f} leaves it by chance.",
        f"![{rank_ecdf_words(ranks)}](img/calibration.png)",
        f"Of {count} quantities {outside} leave their band ({100 * outside / count:.1f} %, where "
        f"{100 * (1 - LEVEL):.0f} % would by chance). Quantities of one world hang together, so that they leave in "
        "clusters. `excursion` is the largest departure in units of the band.",
        table(
            [
                "group",
                "worlds",
                "quantities",
                "outside",
                "largest excursion",
                *(f"in {share} %" for share in INTERVALS),
            ],
            [
                [
                    row["group"],
                    worlds_of[row["group"]],
                    row["quantities"],
                    row["outside"],
                    f"{row['worst']:.2f}",
                    *_covered(row),
                ]
                for row in groups.to_dict("records")
            ],
        ),
        "Furthest from uniform (a mean rank below 0.5: the posterior lies too high):",
        table(
            ["group", "quantity", "excursion", "mean rank", *(f"in {share} %" for share in INTERVALS)],
            [
                [row["group"], f"`{row['name']}`", f"{row['excursion']:.2f}", f"{row['mean']:.2f}", *_covered(row)]
                for row in worst.to_dict("records")
            ],
        ),
        _sampling(ranks),
        _nearly(told["as_of"]),
    ]
    return "\n\n".join(parts)


def _covered(row: dict[Any, Any]) -> list[str]:
    return [f"{100 * row[f'in{share}']:.0f} %" for share in INTERVALS]


def _sampling(ranks: pd.DataFrame) -> str:
    """How the fits went."""
    each = fits(ranks)
    diverging = each["divergences"]
    low, middle = np.nanquantile(ranks["ess"], [0.01, 0.5])
    return (
        f"The fits are short on purpose. Worst R-hat of a fit: {each['r_hat'].median():.2f} in the median, "
        f"{each['r_hat'].max():.2f} at most; effective draws of a quantity: {middle:.0f} in the median, {low:.0f} in "
        f"the lowest hundredth; {int(diverging.sum())} divergences, in {int((diverging > 0).sum())} of the "
        "fits. Fewer effective than ranked draws spread ranks towards both ends: fifty add 2 % to their variance."
    )


def _nearly(as_of: str) -> str:
    """What of the simulation is not exact, measured."""
    priors = load_priors()
    disputed = int((observe(load_evidence(as_of=as_of), priors)[1].stacked.truth < 1).sum())
    delays = priors["reporting_delay"].parameters["median"]
    masses = ", ".join(f"{bloc} {_mass(delay):.3f}" for bloc, delay in delays.items())
    return (
        "Two terms are simulated nearly, not exactly. The density of a first report's date is rounded at its peak so "
        f"that its slope exists, and sums to a little less than one (at the prior's median delay: {masses}); dates are "
        "drawn from the sharp one, which the rounded one equals but for two weeks around the event. A false report is "
        f"drawn from the decade around the real one, while the likelihood allows for one at any time; {disputed} "
        "claims are disputed."
    )


def _mass(delay: float) -> float:
    """Integral of the density of a first report over all dates."""
    days = np.linspace(-3.0, 10.0, 200_001)
    return float(np.trapezoid(np.exp(first_report_logp(0.0, days, delay, np)), days))


if __name__ == "__main__":
    main()
