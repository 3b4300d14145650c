"""What the likelihood reads of the claims, as one array per name: the data of the compiled density.

They are its arguments, not its constants: a vintage of the same layout whose claims are of about the same number meets
the function that an earlier one compiled (see :mod:`hbm_model.model.padding`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import VENDORS
from hbm_model.model.coding import DATES, CodedClaims
from hbm_model.model.kinds import BLOCKS
from hbm_model.model.predictors import Design

SURE = -1e100
"""Log probability of a false report where nobody doubts it: finite, and below anything that a claim can come to."""


def design(
    claims: dict[str, CodedClaims], stacked: Any, silence: dict[str, Any], first_report: dict[str, Any], through: float
) -> Design:
    """Arrays of every group of claims that has equations of its own.

    Parameters
    ----------
    claims
        By kind.
    stacked
        All interval claims end to end.
    silence, first_report
        Pairs, as coded.
    through
        Decimal year up to which evidence was gathered.
    """
    groups: Design = {"clock": {"newest": _newest(claims["event"])}}
    for block in BLOCKS:
        groups[block.name] = _joined([claims[kind.name] for kind in block.kinds], *block.reads)
        if block.apart:
            groups |= {kind.name: _of(claims[kind.name], *block.apart) for kind in block.kinds}
    return groups | {
        "not_yet": _of(claims["not_yet"], *DATES, "seen", "ahead", "answer"),
        "claims": {
            "low": stacked.low,
            "high": stacked.high,
            "truth": stacked.truth,
            "if_wrong": _if_wrong(stacked.truth, stacked.wrong),
        },
        "silence": silence | {"through": np.array(through)},
        "first_report": first_report,
    }


def _of(claims: CodedClaims, *names: str) -> dict[str, Any]:
    whose = {"vendor": claims.vendor, "origin": claims.origin, "bloc": claims.bloc}
    return whose | {name: claims.more[name] for name in names}


def _newest(events: CodedClaims) -> Floats:
    """(vendor,) number of the newest generation that somebody has reported samples or volume of, -1 for none."""
    newest = np.full(len(VENDORS), -1.0)
    np.maximum.at(newest, events.vendor, events.more["generation"])
    return newest


def _joined(parts: list[CodedClaims], *names: str) -> dict[str, Any]:
    each = [_of(part, *names) for part in parts]
    return {name: np.concatenate([one[name] for one in each], axis=-1) for name in each[0]}


def _if_wrong(truth: Floats, wrong: Floats) -> Floats:
    """Log of the probability that a report is wrong and says what it says; ``SURE`` for an undisputed one."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log1p(-truth) + wrong, SURE)
