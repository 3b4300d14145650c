"""Write the tables and the figure of power scaling in docs/calibration.md: which priors drive the gaps.

python docs/generate/sensitivity.py --run runs/<run_id>
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from results import ROOT, arguments, source_of, table, write

from hbm_model.analysis.power_scaling import THRESHOLD, sensitivity
from hbm_model.charts.sensitivity import sensitivity as draw
from hbm_model.core.tables import records
from hbm_model.evidence import load_evidence
from hbm_model.inference.fit import load_fit
from hbm_model.inference.psis import reliable_k

IMAGES = ROOT / "docs" / "img"
MOST = 20
HEAD = ("kind", "gap", "sensitivity", "noise", "unit", "median", "median, weaker", "median, stronger",
        "width", "width, weaker", "width, stronger", "Pareto k")  # fmt: skip
NAMES = {
    "frontier_lag_at_least": "frontier lag",
    "capacity_ratio": "HBM wafers, China / Korea",
    "output_ratio": "HBM bits, China / Korea",
    "generation_lag": "generation lag",
}


def main() -> None:
    """Write the result files, the image, and the rows behind it."""
    run = arguments(__doc__, "run").run
    fit = load_fit(run / "posterior.nc")
    found = sensitivity(fit, load_evidence(as_of=fit.meta["as_of"]))
    found.to_csv(IMAGES / "sensitivity.csv", index=False, float_format="%.4g")
    drawn: Any = draw(found)
    drawn.figure.savefig(IMAGES / "sensitivity.png", dpi=150)
    draws = fit.data["posterior"].sizes["chain"] * fit.data["posterior"].sizes["draw"]
    write(tables(found, fit.meta["as_of"], draws), source_of("docs/generate/sensitivity.py", run))


def tables(found: pd.DataFrame, as_of: str, draws: int) -> dict[str, pd.DataFrame]:
    """The strongest priors and tables of claims that rise above the noise, and figures on the whole."""
    seen = found[found["sensitivity"] > found["noise"]]
    priors, claims = seen[seen["kind"] != "claims"], seen[seen["kind"] == "claims"]
    strong, shown = priors[priors["sensitivity"] >= THRESHOLD], priors.head(MOST)
    clear = strong.loc[strong["sensitivity"] >= 2 * strong["noise"], "component"].unique()
    doubtful = int((pd.concat([shown, claims])["pareto_k"] > reliable_k(draws)).sum())
    facts = [
        ["as of", as_of],
        ["draws", draws],
        ["priors", found.loc[found["kind"] != "claims", "component"].nunique()],
        ["gaps", found.groupby(["quantity", "generation", "period"], sort=False).ngroups],
        ["pairs that reach the threshold and rise above the noise", len(strong)],
        ["at the threshold and twice the noise or more", ", ".join(clear) or "none"],
        [f"rows below with a Pareto k above {reliable_k(draws):.2g}", doubtful],
    ]
    return {
        "sensitivity_study": table(["study", "value"], facts),
        "sensitivity_priors": table(["prior", *HEAD], map(_row, records(shown))),
        "sensitivity_claims": table(["claims", *HEAD], map(_row, records(claims))),
    }


def _row(row: dict[str, Any]) -> list[str]:
    scale, unit = (100, "%") if row["unit"] == "ratio" else (1, "years")
    gap = " ".join(filter(None, (NAMES[row["quantity"]], row["generation"], row["period"])))
    ends = [f"{name}{end}" for name in ("median", "width") for end in ("", "_weaker", "_stronger")]
    numbers = [f"{scale * row[name]:.2f}" for name in ends]
    strength = [f"{row['sensitivity']:.2f}", f"{row['noise']:.2f}"]
    kind = "pooled" if row["kind"] == "pooled" else ""
    return [row["component"], kind, gap, *strength, unit, *numbers, f"{row['pareto_k']:.2f}"]


if __name__ == "__main__":
    main()
