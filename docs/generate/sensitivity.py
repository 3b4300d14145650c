"""Fill the section on sensitivity of docs/calibration.md, and draw its figure: which priors drive the gaps.

python docs/generate/sensitivity.py --fit runs/<run_id>/posterior.nc
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pandas as pd
from priors import fill, table

from hbm_model.analysis.power_scaling import GOOD_K, THRESHOLD, sensitivity
from hbm_model.charts.sensitivity import sensitivity as draw
from hbm_model.charts.sensitivity import sensitivity_table, sensitivity_words
from hbm_model.core.tables import records
from hbm_model.evidence import load_evidence
from hbm_model.inference.fit import load_fit

DOCS = Path(__file__).parents[1]
MOST = 20
HEAD = ("gap", "sensitivity", "noise", "median", "90 % width", "Pareto k")
NAMES = {
    "frontier_lag_at_least": "frontier lag",
    "capacity_ratio": "HBM wafers, China / Korea",
    "output_ratio": "HBM bits, China / Korea",
    "generation_lag": "generation lag",
}


def main() -> None:
    """Write the block, the image, and the rows behind both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", type=Path, required=True)
    fit = load_fit(parser.parse_args().fit)
    found = sensitivity(fit, load_evidence(as_of=fit.meta["as_of"]))
    found.to_csv(DOCS / "img" / "sensitivity.csv", index=False, float_format="%.4g")
    drawn: Any = draw(found)
    drawn.figure.savefig(DOCS / "img" / "sensitivity.png", dpi=150)
    draws = fit.data["posterior"].sizes["chain"] * fit.data["posterior"].sizes["draw"]
    path = DOCS / "calibration.md"
    text = path.read_text(encoding="utf-8") if path.exists() else "# Calibration\n"
    if "<!-- sensitivity:start -->" not in text:
        text += "\n<!-- sensitivity:start -->\n<!-- sensitivity:end -->\n"
    path.write_text(fill(text, {"sensitivity": section(found, fit.meta["as_of"], draws)}), encoding="utf-8")


def section(found: pd.DataFrame, as_of: str, draws: int) -> str:
    """The section: what was done, the figure, the table, and what falls short."""
    seen = found[found["sensitivity"] > found["noise"]]
    priors, claims = seen[seen["kind"] != "claims"], seen[seen["kind"] == "claims"]
    strong, shown = priors[priors["sensitivity"] >= THRESHOLD], priors.head(MOST)
    clear = strong.loc[strong["sensitivity"] >= 2 * strong["noise"], "component"].unique()
    doubtful = int((pd.concat([shown, claims])["pareto_k"] > GOOD_K).sum())
    words = sensitivity_words(sensitivity_table(found))
    every = found.groupby(["quantity", "generation", "period"], sort=False).ngroups
    names = found.loc[found["kind"] != "claims", "component"].nunique()
    parts = [
        "## Which priors drive the gaps",
        "Every prior, and the likelihood of every table of claims, was raised to powers near one by importance weights "
        f"on the {draws:,} draws of a fit as of {as_of} (power scaling; Kallioinen, Paananen, Bürkner and Vehtari "
        "2024; `hbm_model.analysis.power_scaling`). The sensitivity of a gap is how far its "
        f"distribution moves with the power; from {THRESHOLD} on a component is said to move it. The noise is the "
        "largest of ten sensitivities of the same draws put in another order, where there is nothing to see. Weaker "
        "and stronger are the median, and the width of the 90 % interval, at powers 0.8 and 1.25: a normal prior with "
        "a variance a quarter larger and a fifth smaller, a lognormal one the same in its logarithm. Ratios are "
        "compared by their logarithms. Pooled priors are those of departures of makers, products and years from a "
        "common level; they are as much model as prior.",
        f"![{words}](img/sensitivity.png)",
        f"Of {names} priors times {every} gaps, {len(strong)} pairs reach the threshold and rise above the noise (in "
        f"bold). The {len(shown)} strongest that rise above it:",
        table(["prior", *HEAD], map(_row, records(shown))),
        "The tables of claims that rise above it, by the same measure:",
        table(["claims", *HEAD], map(_row, records(claims))),
        "One pair in eleven rises above the noise by chance, and the noise is high for what has many terms: a whole "
        "table of claims, or the yearly shocks of all makers. At the threshold and twice the noise or more are "
        f"{', '.join(f'`{name}`' for name in clear) or 'none'} among the priors. A "
        "frontier lag jumps from generation to generation, so that an end "
        "of its interval may jump where the weights hardly change. Medians and widths with a Pareto k above "
        f"{GOOD_K} are not to be trusted: there the weights rest on a few draws ({doubtful} of the rows above). The "
        "sensitivity itself is taken at powers within a hundredth of one. Power scaling moves one component at a time "
        "and cannot say what two priors would do together, nor what another form of the model would. All pairs: "
        "[img/sensitivity.csv](img/sensitivity.csv). Regenerate: "
        "`python docs/generate/sensitivity.py --fit runs/<run_id>/posterior.nc`.",
    ]
    return "\n\n".join(parts)


def _row(row: dict[str, Any]) -> list[str]:
    scale, unit = (100, " %") if row["unit"] == "ratio" else (1, "")
    component = f"`{row['component']}`" + (" (pooled)" if row["kind"] == "pooled" else "")
    gap = " ".join(filter(None, (NAMES[row["quantity"]], row["generation"], row["period"])))
    median, width = (
        f"{scale * row[name]:.2f}{unit} ({scale * row[f'{name}_weaker']:.2f} weaker, "
        f"{scale * row[f'{name}_stronger']:.2f} stronger)"
        for name in ("median", "width")
    )
    number = f"{row['sensitivity']:.2f}"
    number = f"**{number}**" if row["sensitivity"] >= THRESHOLD else number
    return [component, gap, number, f"{row['noise']:.2f}", median, width, f"{row['pareto_k']:.2f}"]


if __name__ == "__main__":
    main()
