"""A study of calibration in words: how many quantities leave their band, which, and how often intervals hold."""

from __future__ import annotations

from typing import Any

import pandas as pd

from hbm_model.evaluation.calibration.uniformity import CENTRAL, LEVEL, by_group, by_quantity

_WORST = 10


def fits(ranks: pd.DataFrame) -> pd.DataFrame:
    """How each fit of a study went: ``r_hat, ess_bulk, divergences, seconds`` by simulation.

    Parameters
    ----------
    ranks
        A row for each simulation and quantity, from :func:`hbm_model.evaluation.calibration.sbc.run_study`.
    """
    return ranks.groupby("simulation")[["r_hat", "ess_bulk", "divergences", "seconds"]].first()


def study_json(ranks: pd.DataFrame) -> dict[str, Any]:
    """Return the verdicts on a study as plain values.

    Parameters
    ----------
    ranks
        A row for each simulation and quantity, from :func:`hbm_model.evaluation.calibration.sbc.run_study`.
    """
    quantities = by_quantity(ranks)
    each = fits(ranks)
    return {
        "simulations": len(each),
        "level": LEVEL,
        "groups": by_group(quantities).to_dict("records"),
        "quantities": quantities.to_dict("records"),
        "fits": {
            "r_hat_median": float(each["r_hat"].median()),
            "r_hat_worst": float(each["r_hat"].max()),
            "ess_bulk_median": float(each["ess_bulk"].median()),
            "divergences": int(each["divergences"].sum()),
            "seconds_median": float(each["seconds"].median()),
        },
    }


def study_text(ranks: pd.DataFrame) -> str:
    """Return the verdicts on a study as tables of text.

    Parameters
    ----------
    ranks
        A row for each simulation and quantity, from :func:`hbm_model.evaluation.calibration.sbc.run_study`.
    """
    quantities = by_quantity(ranks)
    each = fits(ranks)
    groups = by_group(quantities).rename(columns={"worst": "worst / band"})
    worst = quantities.nlargest(_WORST, "excursion")[["group", "name", "excursion", "at", "mean", *CENTRAL]]
    share = quantities["outside"].mean()
    return "\n\n".join(
        [
            f"{len(each)} simulated worlds, {len(quantities)} quantities; {100 * share:.1f} % of them leave the band "
            f"in which a uniform stays with {100 * LEVEL:.0f} %.",
            _lines(groups),
            f"Furthest from uniform (in units of the band):\n{_lines(worst)}",
            f"Fits: R-hat {each['r_hat'].median():.3f} in the median, {each['r_hat'].max():.3f} at worst; least ESS "
            f"{each['ess_bulk'].median():.0f} in the median; {int(each['divergences'].sum())} divergences in all; "
            f"{each['seconds'].median():.0f} s a fit.",
        ]
    )


def _lines(table: pd.DataFrame) -> str:
    return table.to_string(index=False, float_format="{:.2f}".format)
