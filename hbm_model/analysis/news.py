"""News: what the likelihood reads differently in two vintages, claim by claim, on the draws of the fit to the first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from hbm_model.core.arrays import Floats
from hbm_model.evidence import Evidence
from hbm_model.inference.draws import extended
from hbm_model.inference.fit import Fit
from hbm_model.inference.pointwise import TERMS, terms
from hbm_model.model.joint import structure
from hbm_model.model.likelihood import likelihood
from hbm_model.model.observations import observe_beside

_BLOCK = 500
"""Draws evaluated at once, which bounds the memory."""
"""The likelihood's terms, in the order of :func:`hbm_model.inference.pointwise.terms`."""
_SAME = 1e-9
"""Log likelihoods that differ by less than this over all draws say the same."""

Key = tuple[str, str, int]
"""Kind of term, row id, and which of several terms of that row."""


@dataclass(frozen=True)
class Item:
    """Difference between two vintages: `cause` is ``new``, ``changed``, or ``time`` for a silence that lasts longer."""

    cause: str
    id: str
    text: str
    published: str = ""
    publisher: str = ""
    url: str = ""


def since(fit: Fit, before: Evidence, after: Evidence) -> tuple[list[Item], Floats]:
    """What the later vintage says that the earlier one did not, and how likely each draw finds it.

    Parameters
    ----------
    fit
        To the earlier vintage.
    before, after
        The vintages.

    Returns
    -------
    items
        What differs.
    logs
        (draw, item) difference of log likelihood, chains end to end.
    """
    old, new = (_by_term(fit, evidence) for evidence in (before, after))
    known = {i for table in before.tables.values() for i in table["id"]}
    rows = {**_rows(before), **_rows(after)}
    draws = len(next(iter(old.values())))
    columns: dict[tuple[str, str], Floats] = {}
    for key in {**old, **new}:
        difference = new.get(key, np.zeros(draws)) - old.get(key, np.zeros(draws))
        if np.ptp(difference) < _SAME:
            continue
        place = (_cause(key, old, new, known), key[1])
        columns[place] = columns.get(place, np.zeros(draws)) + difference
    items = [_item(cause, name, rows) for cause, name in columns]
    return items, np.stack(list(columns.values()), axis=1) if columns else np.zeros((draws, 0))


def surprises(logs: Floats) -> list[float]:
    """Surprise of each item: minus the log of its mean likelihood over the draws.

    Parameters
    ----------
    logs
        (draw, item) from :func:`since`.
    """
    return [float(np.log(len(logs)) - logsumexp(column)) for column in logs.T]


def _by_term(fit: Fit, evidence: Evidence) -> dict[Key, Floats]:
    """(draw,) log likelihood of every term of a vintage on the fit's draws."""
    layout, observations = observe_beside(evidence, fit.layout, fit.priors, fit.policy)
    theta = extended(fit, fit.theta(), layout)
    draws = len(theta["log_spending"])

    def block(start: int) -> Any:
        some = {name: values[start : start + _BLOCK] for name, values in theta.items()}
        context = fit.context(some, layout)
        found = likelihood(context, structure(context), observations.design)
        return np.concatenate([found[name] for name in TERMS], axis=-1)

    logs = np.concatenate([block(start) for start in range(0, draws, _BLOCK)])
    seen: Counter[tuple[str, str]] = Counter()
    keyed = {}
    about = terms(evidence, observations)
    for column, (kind, name) in enumerate(about[["kind", "id"]].itertuples(index=False)):
        keyed[str(kind), str(name), seen[kind, name]] = logs[:, column]
        seen[kind, name] += 1
    return keyed


def _cause(key: Key, old: dict[Key, Floats], new: dict[Key, Floats], known: set[str]) -> str:
    kind, name, _ = key
    if kind == "silence":
        return "time" if key in old and key in new else "new" if key in old else "changed"
    return "changed" if name in known else "new"


def _rows(evidence: Evidence) -> dict[str, tuple[str, dict[str, Any]]]:
    return {
        str(row["id"]): (name, {str(column): value for column, value in row.items()})
        for name, table in evidence.tables.items()
        for row in table.to_dict("records")
    }


def _item(cause: str, name: str, rows: dict[str, tuple[str, dict[str, Any]]]) -> Item:
    if name not in rows:  # a silence, which is nobody's row
        _, vendor, generation, stage = name.split(":")
        ended = "is reported, so that silence about it is over" if cause == "new" else "is not reported"
        return Item(cause, name, f"{vendor} {generation} {stage} {ended}")
    table, row = rows[name]
    words = [str(row[column]) for column in ("vendor", "generation", "stage", "metric", "status") if row.get(column)]
    day = row["published"]
    published = f"{day:%Y-%m-%d}" if isinstance(day, pd.Timestamp) else str(day)
    return Item(cause, name, f"{table}: {' '.join(words)}", published, str(row["publisher"]), str(row["url"]))
