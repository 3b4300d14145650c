"""What the likelihood reads of the claims, as one array per name: the data of the compiled model.

The arrays go into the graph as data, not as constants, and no length stands in an equation. A vintage with other claims
thus meets the function that an earlier one compiled, as long as the layout is the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import VENDORS
from hbm_model.model.coding import CAPACITY, SPENDING, Claims, Ints

Design = dict[str, dict[str, Any]]
"""Arrays by group of claims and name."""

SURE = -1e100
"""Log probability of a false report where nobody doubts it: finite, and below anything that a claim can come to."""

_DATES = ("generation", "pair", "sampled", "qualified", "step")


def design(
    claims: dict[str, Claims], stacked: Any, silence: dict[str, Any], first_report: dict[str, Any], through: float
) -> Design:
    """Arrays of every group of claims that has equations of its own.

    Parameters
    ----------
    claims : by kind. stacked : all interval claims end to end. silence, first_report : pairs, as coded.
    through : decimal year up to which evidence was gathered.
    """
    reported = [claims["event"], claims["claimed"]]
    capacity, spending = ([claims[kind] for kind in kinds] for kinds in (CAPACITY, SPENDING))
    return {
        "clock": {"newest": _newest(claims["event"])},
        "guidance": _dates(claims["guidance"]) | _of(claims["guidance"], "published"),
        "reported": _joined(reported, *_DATES, "rumour", "declared"),
        "not_yet": _dates(claims["not_yet"]) | _of(claims["not_yet"], "seen", "ahead", "answer"),
        "hbm_yield": _of(claims["hbm_yield"], "generation", "layers", "time", "die", "stack", "test", "tsv"),
        "node_yield": _of(claims["node_yield"], "node", "time", "test"),
        "capacity": _joined(capacity, "ahead", "kind") | {"plan": _plans(claims)},
        **{kind: _of(claims[kind], "weights") for kind in CAPACITY},
        "spending": _joined(spending, "weights", "definition", "ahead", "guess"),
        "output": _of(claims["output"], "weights", "ahead"),
        **{kind: _of(claims[kind], "own", "rest", "ahead", "unstated") for kind in ("bit_share", "revenue_share")},
        "claims": {
            "low": stacked.low,
            "high": stacked.high,
            "truth": stacked.truth,
            "if_wrong": _if_wrong(stacked.truth, stacked.wrong),
        },
        "silence": silence | {"through": np.array(through)},
        "first_report": first_report,
    }


def _of(claims: Claims, *names: str) -> dict[str, Any]:
    whose = {"vendor": claims.vendor, "origin": claims.origin, "bloc": claims.bloc}
    return whose | {name: claims.more[name] for name in names}


def _dates(claims: Claims) -> dict[str, Any]:
    return _of(claims, *_DATES)


def _newest(events: Claims) -> Ints:
    """(vendor,) number of the newest generation that somebody has reported samples or volume of, -1 for none."""
    newest = np.full(len(VENDORS), -1, dtype=np.intp)
    np.maximum.at(newest, events.vendor, events.more["generation"])
    return newest


def _joined(parts: list[Claims], *names: str) -> dict[str, Any]:
    each = [_of(part, *names) for part in parts]
    return {name: np.concatenate([one[name] for one in each], axis=-1) for name in each[0]}


def _plans(claims: dict[str, Claims]) -> Ints:
    """Which of a maker's plans a capacity claim belongs to: that of its DRAM, or that of its HBM."""
    return np.concatenate([np.full(len(claims[kind]), int(kind != "dram_wafers")) for kind in CAPACITY])


def _if_wrong(truth: Floats, wrong: Floats) -> Floats:
    """Log of the probability that a report is wrong and says what it says; ``SURE`` for an undisputed one."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log1p(-truth) + wrong, SURE)
