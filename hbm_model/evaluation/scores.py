"""How good forecasts were: scores target by target, skill against others, coverage, and reliability of probabilities.

Every score is proper, and smaller is better: an honest forecast has the best expected score. A date that has not come
by the day on which knowledge ends, the cutoff, is scored too. It is compared as ``min(date, cutoff)`` on both sides:
the threshold-weighted CRPS (Gneiting and Ranjan 2011; Allen, Ginsbourger and Ziegel 2023), which stays proper.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hbm_model.evaluation.events import WITHIN

Floats = NDArray[np.float64]
Blocks = Literal["origin", "group"]

LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
"""Quantiles that the weighted interval score is made of: the median and the 50, 80 and 90 % intervals."""
INTERVALS = {"in50": 0.5, "in80": 0.8, "in90": 0.9}
"""Columns that say whether the outcome lies in a central interval, and the share of outcomes that should."""
MEASURES = ("crps", "wis", "log_score")
ABOUT = ("target", "group", "quantity", "vendor", "bloc", "generation", "series", "source", "origin", "horizon")
"""Columns of the targets that their scores keep."""


@dataclass(frozen=True, eq=False)
class Predictive:
    """What a forecaster says about each target.

    Attributes
    ----------
    samples
        (target, m) in the score scale; a row of NaN where he says nothing. A date may be infinite: never.
    log_prob
        (target,) log probability that he gives to the interval in which the claim puts the outcome, of the censored
        outcome where there is a cutoff; NaN where he says nothing.
    """

    samples: Floats
    log_prob: Floats


# --- target by target -------------------------------------------------------------------------------------------


def score(targets: pd.DataFrame, predictive: Predictive, seed: int = 0) -> pd.DataFrame:
    """Scores of one forecaster, one row per target, NaN where he says nothing.

    Parameters
    ----------
    targets
        With the columns of ``ABOUT``, ``value`` (in the score scale) and ``cutoff`` (NaN: not censored).
    predictive
        What he says of these targets, row by row.
    seed
        Of the randomised place of outcomes that the forecast gives a lump of probability to.

    Returns
    -------
    pd.DataFrame
        With the columns of ``ABOUT`` and

        * ``crps``, ``wis``: in the units of the score scale; ``log_score``: in nats;
        * ``pit``: randomised place of the outcome in the forecast, uniform if the forecaster is calibrated;
        * ``in50, in80, in90``: whether the central interval holds the outcome. Where the forecast puts a lump of
        probability on the outcome (the cutoff), the share of that lump within the interval, which is the expectation of
        the randomised answer.

    Raises
    ------
    ValueError
        If the forecast is not of these targets.
    """
    if len(predictive.samples) != len(targets) or len(predictive.log_prob) != len(targets):
        raise ValueError(f"a forecast of {len(predictive.samples)} targets cannot be scored on {len(targets)}")
    cutoff = targets["cutoff"].fillna(np.inf).to_numpy(float)
    value = np.minimum(targets["value"].to_numpy(float), cutoff)
    samples = np.sort(np.minimum(predictive.samples, cutoff[:, None]), axis=1)
    silent = np.isnan(samples).any(axis=1)
    below, upto = (place(samples, value, side) for side in ("left", "right"))
    at = np.random.default_rng(seed).uniform(size=len(targets))
    found = {
        "crps": crps(samples, value),
        "wis": weighted_interval_score(np.quantile(samples, LEVELS, axis=1).T, LEVELS, value),
        "log_score": -predictive.log_prob,
        "pit": below + at * (upto - below),
        **{name: _share_within(below, upto, level) for name, level in INTERVALS.items()},
    }
    rows = targets[list(ABOUT)].reset_index(drop=True)
    return rows.assign(**{name: np.where(silent, np.nan, each) for name, each in found.items()})


def crps(samples: Floats, value: Floats) -> Floats:
    """Continuous ranked probability score, (target,).

    Parameters
    ----------
    samples, value
        (target, m) sorted, and (target,).
    """
    import scoringrules

    found = scoringrules.crps_ensemble(value, samples, estimator="qd", sorted_ensemble=True, backend="numpy")
    return np.asarray(found, dtype=float)


def weighted_interval_score(quantiles: Floats, levels: Floats, value: Floats) -> Floats:
    """Weighted interval score as forecast hubs define it (Bracher et al. 2021).

    (absolute error of the median / 2 + sum over central intervals of alpha / 2 times the interval score), divided by
    (number of intervals + 1/2).

    Parameters
    ----------
    quantiles, levels, value
        (target, level) in ascending order, (level,) symmetric about a median, and (target,).
    """
    import scoringrules

    k = len(levels) // 2
    alpha = 2 * levels[:k]
    if len(levels) != 2 * k + 1 or not np.allclose(levels + levels[::-1], 1.0):
        raise ValueError(f"the levels {levels} are not a median and central intervals around it")
    lower, median, upper = quantiles[:, :k], quantiles[:, k], quantiles[:, :k:-1]
    wide = scoringrules.interval_score(value[:, None], lower, upper, alpha[None], backend="numpy")
    interval = np.reshape(wide, lower.shape)  # it squeezes the axes of one target
    return np.asarray((np.abs(value - median) / 2 + (alpha / 2 * interval).sum(axis=1)) / (k + 0.5), dtype=float)


def place(samples: Floats, value: Floats, side: Literal["left", "right"]) -> Floats:
    """Share of the samples below the value (``left``), or up to and with it (``right``): (target,).

    Parameters
    ----------
    samples, value, side
        (target, m), (target,), and which share.
    """
    held = samples < value[:, None] if side == "left" else samples <= value[:, None]
    return np.asarray(held.mean(axis=1), dtype=float)


def _share_within(below: Floats, upto: Floats, level: float) -> Floats:
    """Share of [below, upto] that lies in the central interval of the unit line."""
    low, high = 0.5 - level / 2, 0.5 + level / 2
    overlap = np.clip(np.minimum(upto, high) - np.maximum(below, low), 0.0, None)
    lump = upto - below
    point = (below >= low) & (below <= high)
    return np.where(lump > 0, overlap / np.where(lump > 0, lump, 1.0), point.astype(float))


# --- over targets -----------------------------------------------------------------------------------------------


def weights(rows: pd.DataFrame) -> Floats:
    """Weight of each row: those of one claim group at one origin count as one together.

    Parameters
    ----------
    rows
        With the columns ``origin, group, target``.
    """
    return np.asarray(1.0 / rows.groupby(["origin", "group"])["target"].transform("size"), dtype=float)


def averages(
    scored: pd.DataFrame,
    measures: Iterable[str],
    by: Sequence[str] = (),
    blocks: Blocks = "origin",
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Mean scores, or coverage (``measures=INTERVALS``), with how sure they are.

    CRPS and WIS have the units of their quantity: group them by ``quantity`` at least.

    Parameters
    ----------
    scored
        Rows of :func:`score`.
    measures
        Columns of it, such as ``MEASURES``.
    by
        Columns to group by; none for one row over all.
    blocks
        What is resampled as a whole: all targets of an origin, or of a claim group at whatever origin.
    resamples, seed
        Of the bootstrap.

    Returns
    -------
    pd.DataFrame
        With the columns ``by``, ``measure``, ``n`` (targets), ``weight`` (claim groups, each once an origin),
        ``blocks``, ``mean``, and ``low``, ``high``: its 90 % interval from a bootstrap over blocks, NaN if there is
        one.
    """
    tables = []
    for measure in measures:
        rows = scored[scored[measure].notna()]
        codes, table = _groups(rows, by, blocks)
        sums = _resampled(rows, codes, [measure], blocks, resamples, seed)
        tables.append(table.assign(measure=measure, **_spread("mean", _ratio(sums[..., 0], sums[..., 1]), table)))
    columns = [*by, "measure", "n", "weight", "blocks", "mean", "low", "high"]
    return pd.concat(tables, ignore_index=True)[columns]


def skill(
    ours: pd.DataFrame,
    theirs: pd.DataFrame,
    measure: str,
    by: Sequence[str] = (),
    blocks: Blocks = "origin",
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Skill, 1 - ours / theirs, on the targets that both forecast.

    Where a row spans several quantities, whose units differ, the ratio is the geometric mean of the quantities' ratios,
    each weighted by its claim groups. The log score has no zero, so that a ratio of it means nothing: its skill is
    theirs - ours, in nats a claim group.

    Parameters
    ----------
    ours, theirs
        Rows of :func:`score`.
    measure
        One of ``MEASURES``.
    by, blocks, resamples, seed
        As for :func:`averages`.

    Returns
    -------
    pd.DataFrame
        With the columns ``by``, ``n`` (targets), ``weight`` (claim groups, each once an origin), ``blocks``, ``ours``,
        ``theirs`` (mean scores, NaN where units differ), ``skill``, its 90 % interval ``low``, ``high``, and
        ``better``, the share of resamples in which it is positive; NaN if there is one block.
    """
    other = f"{measure}_theirs"
    rows = ours.merge(
        theirs[["origin", "target", measure]], on=["origin", "target"], suffixes=("", "_theirs"), validate="one_to_one"
    )
    rows = rows[rows[[measure, other]].notna().all(axis=1)]
    codes, table = _groups(rows, by, blocks)
    cells, cell_table = _groups(rows.assign(_group=codes), ["_group", "quantity"], blocks)
    sums = _resampled(rows, cells, [measure, other], blocks, resamples, seed)
    us, them, weight = _ratio(sums[..., 0], sums[..., 2]), _ratio(sums[..., 1], sums[..., 2]), sums[..., 2]
    gain = them - us if measure == "log_score" else _log(them) - _log(us)
    into = (cell_table["_group"].to_numpy()[:, None] == np.arange(len(table))).astype(float)
    known = np.isfinite(gain)
    pooled = _ratio(np.where(known, weight * gain, 0.0) @ into, np.where(known, weight, 0.0) @ into)
    found = pooled if measure == "log_score" else -np.expm1(-pooled)
    single = into.sum(axis=0) == 1
    means = {name: np.where(single, at[0] @ into, np.nan) for name, at in (("ours", us), ("theirs", them))}
    better = _mean(np.where(np.isnan(found[1:]), np.nan, found[1:] > 0))
    better = np.where(table["blocks"] > 1, better, np.nan)
    table = table.assign(**means, **_spread("skill", found, table), better=better)
    return table[[*by, "n", "weight", "blocks", "ours", "theirs", "skill", "low", "high", "better"]]


def _groups(rows: pd.DataFrame, by: Sequence[str], blocks: Blocks) -> tuple[NDArray[np.intp], pd.DataFrame]:
    """Number of each row's group, and the groups with their size in targets, claim groups and blocks."""
    rows = rows.assign(_weight=weights(rows), **({} if by else {"_all": 0}))
    groups = rows.groupby(list(by) or ["_all"])
    table = groups.agg(n=("target", "size"), weight=("_weight", "sum"), blocks=(blocks, "nunique")).reset_index()
    return np.asarray(groups.ngroup(), dtype=np.intp), table


def _resampled(
    rows: pd.DataFrame, codes: NDArray[np.intp], columns: list[str], blocks: Blocks, resamples: int, seed: int
) -> Floats:
    """Weighted sums of the columns, and of the weights, by group: (1 + resample, group, column + 1), the first of all.

    A resample draws as many blocks as there are, each with all its rows.
    """
    weight = weights(rows)[:, None]
    values = np.hstack([weight * rows[columns].to_numpy(float), weight])
    block, n_blocks = np.asarray(rows.groupby(blocks).ngroup(), dtype=np.intp), rows[blocks].nunique()
    sums = np.zeros((n_blocks, codes.max(initial=-1) + 1, values.shape[1]))
    np.add.at(sums, (block, codes), values)
    if not n_blocks:
        return np.zeros((1 + resamples, *sums.shape[1:]))
    times = np.random.default_rng(seed).multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=resamples)
    return np.tensordot(np.vstack([np.ones(n_blocks), times]), sums, axes=1)


def _spread(name: str, found: Floats, table: pd.DataFrame) -> dict[str, Floats]:
    """The first row under its name, and the interval of the others: (1 + resample, group) to columns."""
    tail = (1 - WITHIN) / 2
    enough = (table["blocks"] > 1).to_numpy() & ~np.isnan(found[1:]).all(axis=0)
    bounds = np.full((2, len(table)), np.nan)
    bounds[:, enough] = np.nanquantile(found[1:, enough], [tail, 1 - tail], axis=0)
    return {name: found[0], "low": bounds[0], "high": bounds[1]}


def _ratio(over: Floats, under: Floats) -> Floats:
    return np.where(under > 0, over / np.where(under > 0, under, 1.0), np.nan)


def _log(mean: Floats) -> Floats:
    """Log of a mean score. One of zero is taken as a trillionth: a perfect forecast has skill 1, not no number."""
    return np.asarray(np.log(np.maximum(mean, 1e-12)))


def _mean(held: Floats) -> Floats:
    """Mean over the rows that are numbers; NaN where none is."""
    known = ~np.isnan(held)
    return _ratio(np.where(known, held, 0.0).sum(axis=0), known.sum(axis=0).astype(float))
