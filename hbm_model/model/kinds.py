"""The registry of claim kinds: one entry says where a kind's rows are, how they are coded, and what predicts them.

Kinds that share one equation make a block. The order of blocks, and of kinds in them, is the order of interval claims
everywhere: in the likelihood, in the posterior predictive, and in what is held out. What a kind is called in each
language stands in ``kinds.toml``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit

from hbm_model.core.arrays import Floats
from hbm_model.model import predictors
from hbm_model.model.coding import CodedClaims, capacity_claims, milestone_claims, output_claims, yield_claims
from hbm_model.model.context import Context
from hbm_model.model.equations import Array
from hbm_model.model.layout import Layout
from hbm_model.model.measurement import LEAD_FLOOR
from hbm_model.model.predictors import Design, World

Scale = Literal["lead", "date", "percent", "wafers", "money", "gigabits"]
"""What intervals are coded in: logs of lead times, decimal years, logits of shares in percent, and logs of thousand
wafers a month, of billion dollars a year, and of billion gigabits."""

LEVELS = ("percent", "wafers", "gigabits")
"""Scales of quantities that have a value at a time, and are scored as such."""

_EXP_LIMIT = 50.0
"""Logs beyond this are no claim about anything; their exponentials stay finite."""


@dataclass(frozen=True)
class Kind:
    """One kind of interval claim.

    Attributes
    ----------
    name
        As the rules of :mod:`hbm_model.evidence.selection` assign it to rows, there called the part.
    tables
        Tables of ``data/claims`` with rows of this kind, in the order in which they are read.
    heading
        Under which such claims are counted.
    scale
        What intervals are coded in.
    code
        Rows, the kind's name and a layout in, arrays out.
    extends
        The years of the layout that must reach as far as these claims speak of.
    """

    name: str
    tables: tuple[str, ...]
    heading: str
    scale: Scale
    code: Callable[[pd.DataFrame, str, Layout], CodedClaims]
    extends: Literal["", "capacity", "output"] = ""


@dataclass(frozen=True)
class Block:
    """Kinds that one equation predicts.

    Attributes
    ----------
    name
        Of the group of arrays that the equation reads.
    kinds
        In the order of their claims.
    reads
        Names of ``CodedClaims.more`` that the equation reads, beside ``vendor``, ``origin`` and ``bloc``.
    predict
        Centre and scale of what would be said, see :mod:`hbm_model.model.predictors`.
    apart
        Names whose arrays differ in form between the kinds; they stand in a group of each kind's name.
    """

    name: str
    kinds: tuple[Kind, ...]
    reads: tuple[str, ...]
    predict: Callable[[Design, Context, World], tuple[Array, Array]]
    apart: tuple[str, ...] = ()


def _kind(name: str, table: str, scale: Scale, code: Callable[..., CodedClaims], **more: str) -> Kind:
    """A kind whose rows are in one table and are counted under it."""
    return Kind(name, (table,), more.pop("heading", table), scale, code, **more)  # type: ignore[arg-type]


BLOCKS = (
    Block(
        "guidance",
        (_kind("guidance", "milestones", "lead", milestone_claims.milestones),),
        (*milestone_claims.DATES, "published"),
        predictors.guidance,
    ),
    Block(
        "reported",
        (
            _kind("event", "milestones", "date", milestone_claims.milestones),
            _kind("claimed", "milestones", "date", milestone_claims.milestones),
        ),
        (*milestone_claims.DATES, "rumour", "declared"),
        predictors.reported,
    ),
    Block(
        "hbm_yield",
        (_kind("hbm_yield", "yields", "percent", yield_claims.hbm_yields),),
        ("generation", "layers", "time", "die", "stack", "test", "tsv"),
        predictors.hbm_yield,
    ),
    Block(
        "node_yield",
        (_kind("node_yield", "yields", "percent", yield_claims.node_yields),),
        ("node", "time", "test"),
        predictors.node_yield,
    ),
    Block(
        "capacity",
        (
            _kind("dram_wafers", "capacity", "wafers", capacity_claims.capacity, extends="capacity"),
            _kind("hbm_wafers", "capacity", "wafers", capacity_claims.capacity, extends="capacity"),
            _kind("hbm_share", "capacity", "percent", capacity_claims.capacity, extends="capacity"),
        ),
        ("ahead", "kind", "plan"),
        predictors.capacity,
        apart=("weights",),
    ),
    Block(
        "spending",
        (
            _kind("spending", "investment", "money", capacity_claims.spending, extends="capacity"),
            _kind("project", "investment", "money", capacity_claims.spending, extends="capacity"),
        ),
        ("weights", "definition", "ahead", "guess"),
        predictors.spending,
    ),
    Block(
        "output",
        (Kind("output", ("capacity", "market"), "output", "gigabits", output_claims.output, extends="output"),),
        ("weights", "ahead"),
        predictors.output,
    ),
    Block(
        "bit_share",
        (_kind("bit_share", "market", "percent", output_claims.shares, heading="shares", extends="output"),),
        ("own", "rest", "ahead", "unstated"),
        predictors.bit_share,
    ),
    Block(
        "revenue_share",
        (_kind("revenue_share", "market", "percent", output_claims.shares, heading="shares", extends="output"),),
        ("own", "rest", "ahead", "unstated"),
        predictors.revenue_share,
    ),
)

KINDS = {kind.name: kind for block in BLOCKS for kind in block.kinds}
"""Kinds of interval claims by name, in the order in which claims are stacked."""
BY_GENERATION = frozenset(kind.name for block in BLOCKS for kind in block.kinds if "generation" in block.reads)
"""Kinds whose claims are each about one generation of a maker, which may be one that it does not build."""


def natural(kinds: pd.Series[str], x: Floats, published: Floats) -> Floats:
    """Values in the likelihood's scale as they are said: (claim,).

    Parameters
    ----------
    kinds
        (claim,) names.
    x
        (claim,) values in the kinds' scales.
    published
        (claim,) days of publication, decimal years.

    Returns
    -------
    Floats
        Decimal years, percent, wafers a month, billion dollars a year, or billion gigabits, by the kind's scale.
    """
    size = np.exp(np.minimum(x, _EXP_LIMIT))
    said: dict[Scale, Floats] = {
        "lead": published + np.maximum(size - LEAD_FLOOR, 0.0),
        "date": x,
        "percent": 100 * expit(x),
        "wafers": 1000 * size,
        "money": size,
        "gigabits": size,
    }
    return np.array([said[KINDS[kind].scale][place] for place, kind in enumerate(kinds)], dtype=float)
