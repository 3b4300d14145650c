"""Negative controls: spoiled evidence that a model must answer with wide intervals, without skill, or as bias."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from hbm_model.core.industry import GENERATIONS, MAKER
from hbm_model.evidence import Evidence

BIASED_ORIGIN = "government"
"""The class of source that speaks for the invented one: it makes no claim of yields of its own."""
BIAS = 1.3
_SEED = 20261125


def shuffled(evidence: Evidence) -> Evidence:
    """Every claim about a maker of the model given to one drawn at random from the makers of its table.

    Parameters
    ----------
    evidence
        The vintage; not changed.
    """
    rng = np.random.default_rng(_SEED)

    def shuffle(rows: pd.DataFrame) -> pd.DataFrame:
        if "vendor" not in rows:
            return rows
        known = rows["vendor"].isin(MAKER)
        vendor = rows["vendor"].copy()
        vendor[known] = rng.permutation(vendor[known].to_numpy())
        return rows.assign(vendor=vendor)

    return _changed(evidence, "shuffled", shuffle)


def reversed_in_time(evidence: Evidence) -> Evidence:
    """Values of each series in the reverse order of their periods, and each maker's generations from last to first.

    Parameters
    ----------
    evidence
        The vintage; not changed.
    """

    def turn(rows: pd.DataFrame) -> pd.DataFrame:
        if "stage" in rows:
            return rows.assign(generation=_mirrored(rows["generation"]))
        if not {"metric", "low", "high", "bound", "period_end"} <= set(rows):
            return rows
        turned = rows.copy()
        keys = [name for name in ("vendor", "metric", "generation", "unit", "currency") if name in rows]
        for _, part in rows.sort_values(["period_end", "id"]).groupby(keys):
            turned.loc[part.index, ["low", "high", "bound"]] = part[["low", "high", "bound"]].to_numpy()[::-1]
        return turned

    return _changed(evidence, "reversed", turn)


def biased(evidence: Evidence) -> Evidence:
    """Every claimed yield told a second time, 30 % higher, by a class of source that is invented.

    Parameters
    ----------
    evidence
        The vintage; not changed.
    """
    rows = evidence.tables["yields"]
    told = rows[rows["status"] == "actual"].copy()
    told["origin"] = BIASED_ORIGIN
    told["id"], told["claim_group"] = "biased-" + told["id"], "biased-" + told["claim_group"]
    for end in ("low", "high"):
        told[end] = np.minimum(told[end] * BIAS, 99.0)
    tables = {**evidence.tables, "yields": pd.concat([rows, told], ignore_index=True)}
    return replace(evidence, tables=tables, digest=_digest(evidence, "biased"))


CONTROLS: dict[str, Callable[[Evidence], Evidence]] = {
    "shuffled": shuffled,
    "reversed": reversed_in_time,
    "biased": biased,
}
"""Negative controls by name."""


def _mirrored(generation: pd.Series) -> pd.Series:
    """HBM2 for HBM4E, HBM2E for HBM4, and so on; HBM5 stays."""
    order = GENERATIONS[:-1]
    return generation.replace(dict(zip(order, order[::-1], strict=True)))


def _changed(evidence: Evidence, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Evidence:
    tables = {table: change(rows) for table, rows in evidence.tables.items()}
    return replace(evidence, tables=tables, digest=_digest(evidence, name))


def _digest(evidence: Evidence, name: str) -> str:
    return hashlib.sha256(f"{evidence.digest}\n{name}".encode()).hexdigest()
