"""What a backtest scores: what was claimed after an origin, and what had been claimed by then.

The truth is itself a claim. A target is the interval of one claim group that nobody had published by the origin, about
a time after it; a date that has not come is censored where the evidence ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hbm_model.core.arrays import Floats, evenly
from hbm_model.core.dates import decimal_year
from hbm_model.core.industry import BLOC_OF, BLOCS, GENERATIONS, ORIGINS, VENDORS
from hbm_model.evaluation.history import PERCENT, date_rows, lag_rows, level_rows
from hbm_model.evidence import Evidence, unseen
from hbm_model.forecasting import gaps
from hbm_model.inference.draws import with_skips
from hbm_model.inference.fit import Fit
from hbm_model.inference.predictive import Expected, expect, log_probability
from hbm_model.model import clock
from hbm_model.model.coding import Ints
from hbm_model.model.layout import Layout
from hbm_model.model.measurement import OPEN
from hbm_model.model.observations import Stage, reported

TARGET_COLUMNS = [
    *("target", "group", "quantity", "vendor", "bloc", "generation", "series", "time", "published", "origin"),
    *("horizon", "value", "low", "high", "cutoff", "source"),
]
DATES = {"volume_date": "volume", "sample_date": "sample"}
"""Quantities that are dates, and the stage of the clock that they are."""
REPORTED_LATE = 0.25
"""Years before the end of the evidence at which dates are censored: a report may take so long."""
_CANDIDATES = 2
"""Generations of each maker that are asked for: the first ones that nobody has reported at the origin."""
_LAG_SCALE = 0.4
"""Logistic scale, in years, of what is said of a lag: half a year to either side, said in whole years."""
_PLANS_AT_THEIR_WORD = 0.5
"""Part of those who speak of the lag and take China's next dates from plans: even odds, for want of a count."""
_EDGE = 1e-9
_LEAST = 1e-12
"""Smallest probability that a log score takes, as for the baselines."""


@dataclass(frozen=True)
class Forecasts:
    """What a fit says of targets, in their score scale.

    Attributes
    ----------
    claimed, latent
        (target, draw) posterior predictive draws: of what would be claimed, with its source's noise, and of what is so.
    log_prob_claimed, log_prob_latent
        (target,) log probability of the claimed interval, through the noise and without it.
    """

    claimed: Floats
    latent: Floats
    log_prob_claimed: Floats
    log_prob_latent: Floats


# --- targets ---------------------------------------------------------------------------------------------------------


def targets(fit: Fit, seen: Evidence, evidence: Evidence, draws: int, seed: int) -> tuple[pd.DataFrame, Forecasts]:
    """Everything of later evidence that a vintage's fit is scored on, and what the fit says of it.

    Parameters
    ----------
    fit
        Of `seen`.
    seen
        The vintage.
    evidence
        What is known today.
    draws
        At most so many posterior draws, evenly spread.
    seed
        Of the noise in what is said.

    Returns
    -------
    tuple[pd.DataFrame, Forecasts]
        DataFrame with ``TARGET_COLUMNS``, and the forecasts, row by row.
    """
    rng = np.random.default_rng(seed)
    parts = [
        _levels(fit, unseen(evidence, seen), decimal_year(seen.as_of), draws, rng),
        _dates(fit, seen, evidence, draws, rng),
        _lags(fit, unseen(evidence, seen), decimal_year(seen.as_of), draws, rng),
    ]
    frame = pd.concat([rows for rows, _ in parts if len(rows)], ignore_index=True)
    frame["origin"] = decimal_year(seen.as_of)
    frame["bloc"] = frame["vendor"].map(BLOC_OF).fillna("world")
    forecasts = [forecast for rows, forecast in parts if len(rows)]
    joined = {name: np.concatenate([getattr(f, name) for f in forecasts]) for name in Forecasts.__annotations__}
    return frame[TARGET_COLUMNS], Forecasts(**joined)


def _levels(
    fit: Fit, later: Evidence, origin: float, draws: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, Forecasts]:
    """Claims of yields, wafers, shares and output about times after the origin."""
    expected = expect(fit, later, draws)
    rows = level_rows(later)
    place = expected.about.reset_index().drop_duplicates("id").set_index("id")["index"]
    rows = rows[rows["id"].isin(place.index) & (rows["time"] > origin) & (rows["status"] == "actual")]
    rows = rows[~_half_open(expected, place[rows["id"]].to_numpy())]
    at = place[rows["id"]].to_numpy()
    rows = rows.assign(target=rows["id"], horizon=rows["time"] - origin, cutoff=np.nan)
    chosen = expected.some(at)
    noise = chosen.scale * rng.logistic(size=chosen.scale.shape)
    low, high = chosen.low, chosen.high
    kinds = rows["quantity"].to_numpy(str)[:, None]
    rows["low"], rows["high"] = (_scored(end[:, None], kinds)[:, 0] for end in (low, high))
    inside = (low - _EDGE <= chosen.truth) & (chosen.truth <= high + _EDGE)
    return rows, Forecasts(
        claimed=_scored((chosen.centre + noise).T, kinds),
        latent=_scored(chosen.truth.T, kinds),
        log_prob_claimed=log_probability(chosen, low, high),
        log_prob_latent=_log_share(inside.T),
    )


def _half_open(expected: Expected, at: Any) -> Any:
    """Whether the model takes a figure for a bound: wafers of one generation are the least that a maker has."""
    wafers = (expected.about["kind"] == "hbm_wafers").to_numpy()[at]
    return wafers & (expected.high[at] >= OPEN)


def _scored(values: Floats, kinds: Any) -> Floats:
    """From the likelihood's scale to the score scale; open ends become infinite."""
    percent = np.isin(kinds, PERCENT)
    finite = np.where(values >= OPEN, np.inf, np.where(values <= -OPEN, -np.inf, values))
    return np.where(percent, 50.0 * (1.0 + np.tanh(0.5 * finite)), finite)


# --- dates -----------------------------------------------------------------------------------------------------------


def candidates(seen: Evidence, layout: Layout) -> list[tuple[str, str, str]]:
    """Quantity, maker and generation of the dates that are asked for at an origin.

    They are each maker's next two generations for each stage, after its newest reported one. The evidence lacks dates
    of old generations: incumbents are asked for none before the newest that anybody has reported in volume.

    Parameters
    ----------
    seen
        The vintage of the origin.
    layout
        Says which products each maker builds, and who enters.
    """
    rows = date_rows(seen)
    shipped = [GENERATIONS.index(g) for g in rows.loc[rows["quantity"] == "volume_date", "generation"]]
    return list(_candidates(_stages(rows), max(shipped, default=0), layout))


def _candidates(known: set[Stage], newest: int, layout: Layout) -> Iterator[tuple[str, str, str]]:
    for quantity, stage in DATES.items():
        for maker in VENDORS:
            built = [pair.split(":")[1] for pair in layout.pairs if pair.startswith(f"{maker}:")]
            own = max((GENERATIONS.index(g) for g in built if reported(known, maker, g, stage)), default=-1)
            first = own + 1 if maker in layout.entrants else max(own + 1, newest)
            ahead = [g for g in built if GENERATIONS.index(g) >= first]
            yield from ((quantity, maker, g) for g in ahead[:_CANDIDATES])


def _stages(rows: pd.DataFrame) -> set[Stage]:
    """The stages that dates are known of."""
    return set(zip(rows["vendor"], rows["generation"], rows["quantity"].map(DATES), strict=True))


def _undated(rows: pd.DataFrame, known: set[Stage]) -> Any:
    """Whether samples came on a day that nobody reported: the product, or a later one of its maker, was on sale."""
    come = [reported(known, v, g, "sample") for v, g in zip(rows["vendor"], rows["generation"], strict=True)]
    return rows["value"].isna() & (rows["quantity"] == "sample_date") & np.array(come, dtype=bool)


def _dates(
    fit: Fit, seen: Evidence, evidence: Evidence, draws: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, Forecasts]:
    """The next products' dates, censored shortly before the evidence ends."""
    origin = decimal_year(seen.as_of)
    cutoff = decimal_year(evidence.observed_through) - REPORTED_LATE
    asked = pd.DataFrame(candidates(seen, fit.layout), columns=["quantity", "vendor", "generation"])
    today = date_rows(evidence)
    rows = asked.merge(today, on=list(asked), how="left")
    rows = rows[~_undated(rows, _stages(today))].reset_index(drop=True)
    series = rows["quantity"] + ":" + rows["vendor"] + ":" + rows["generation"]
    rows = rows.assign(series=series, target=series, cutoff=cutoff, time=np.nan)
    come = rows["value"] <= cutoff
    rows["value"] = rows["value"].where(come, cutoff)
    rows["low"], rows["high"] = rows["low"].where(come, cutoff), rows["high"].where(come, np.inf)
    rows["group"] = rows["group"].fillna("none:" + series)
    rows["source"] = rows["source"].fillna("")
    rows["published"] = rows["published"].fillna(cutoff)
    rows["horizon"] = rows["value"] - origin
    theta = with_skips(fit.theta(), fit)
    theta = {name: values[evenly(len(theta["log_spending"]), draws)] for name, values in theta.items()}
    dates = clock.evaluate(fit.context(theta))
    vendor = [VENDORS.index(v) for v in rows["vendor"]]
    generation = [GENERATIONS.index(g) for g in rows["generation"]]
    sampled = (rows["quantity"] == "sample_date").to_numpy(float)
    latent = dates["volume"][:, vendor, generation] - sampled * dates["sample_lead"][:, vendor, generation]
    origin_kind = [ORIGINS.index(o) for o in rows["origin_kind"].fillna("insider")]
    scale = theta["event_scale"][:, origin_kind]
    centre = latent - theta["mass_production_lead"][:, None] * rows["declared"].eq(True).to_numpy(float)
    claimed = centre + scale * rng.logistic(size=latent.shape)
    low, high = rows["low"].to_numpy(float), rows["high"].to_numpy(float)
    return rows, Forecasts(
        claimed=claimed.T,
        latent=latent.T,
        log_prob_claimed=_log_mean(_logistic(high, centre, scale) - _logistic(low, centre, scale)),
        log_prob_latent=_log_share(((low <= latent) & (latent <= high)).T),
    )


# --- lags ------------------------------------------------------------------------------------------------------------


def _lags(
    fit: Fit, later: Evidence, origin: float, draws: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, Forecasts]:
    """What would be said of the lag of a generation: the one named, or else which China brings next at that time.

    Half of those who speak take China's plans at their word: what is ahead of them comes sooner by the usual slip.
    """
    rows = lag_rows(later)
    rows = rows[rows["time"] > origin]
    rows = rows.assign(target=rows["id"], horizon=rows["time"] - origin, cutoff=np.nan)
    theta = fit.theta()
    theta = {name: values[evenly(len(theta["log_spending"]), draws)] for name, values in theta.items()}
    volume = clock.evaluate(fit.context(theta))["volume"]
    first, korea = gaps.first_of(volume, gaps.CHINA), gaps.first_of(volume, gaps.KOREA)
    place = [_meant(first, t, g) for t, g in zip(rows["time"], rows["generation"], strict=True)]
    generation = np.array(place, dtype=np.intp).reshape(len(rows), len(volume))
    every = np.arange(len(volume))
    china, leader = first[every, generation], korea[every, generation]
    ahead = np.maximum(china - rows["time"].to_numpy(float)[:, None], 0.0)
    trusting = rng.random(ahead.shape) < _PLANS_AT_THEIR_WORD
    shortened = np.exp(-theta["slip_mean"][:, BLOCS.index("china")])
    latent = china - leader
    meant = latent - trusting * ahead * (1.0 - shortened)
    claimed = meant + _LAG_SCALE * rng.logistic(size=latent.shape)
    low, high = (rows[end].to_numpy(float)[:, None] for end in ("low", "high"))
    between = _logistic(high, meant, _LAG_SCALE) - _logistic(low, meant, _LAG_SCALE)
    return rows, Forecasts(claimed, latent, _log_mean(between.T), _log_share((low <= latent) & (latent <= high)))


def _meant(china: Floats, time: float, named: str) -> Ints:
    """(draw,) number of the generation that a statement means: the one named, or the first after HBM2E to come."""
    if named:
        return np.full(len(china), GENERATIONS.index(named))
    order = GENERATIONS.index("HBM3")
    shipped = (china[:, order:] <= time).cumprod(axis=1).sum(axis=1)
    return np.minimum(order + shipped, len(GENERATIONS) - 1)


# --- common ----------------------------------------------------------------------------------------------------------


def _logistic(end: Any, centre: Floats, scale: Any) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * (end - centre) / scale)))


def _log_mean(probability: Floats) -> Floats:
    """Log of the mean over draws, a trillionth at least: (draw, target) to (target,)."""
    return np.asarray(np.log(np.maximum(probability.mean(axis=0), _LEAST)))


def _log_share(inside: Any) -> Floats:
    """Log of the share of draws, half a draw at least: (target, draw) to (target,)."""
    n = inside.shape[1]
    return np.asarray(np.log((inside.sum(axis=1) + 0.5) / (n + 1)))
