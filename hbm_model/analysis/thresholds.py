"""Thresholds: how strong a lever must be to move a gap by so much, or to turn a conclusion over."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from hbm_model.analysis.sweep import evaluate_settings, in_force, known_lever
from hbm_model.core.arrays import Floats
from hbm_model.core.errors import InputError
from hbm_model.core.quantities import LAG_AT_LEAST
from hbm_model.inference.fit import Fit

Conclusion = tuple[str, str, str, float]
"""Quantity, quarter, comparison and number: ``("frontier_lag", "2032Q4", ">=", 5.0)``."""

_COMPARISONS: dict[str, Callable[[Any, float], Any]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
_STEPS = 100
_EVEN = 0.5


@dataclass(frozen=True)
class Strength:
    """How far a lever would have to go to move a gap, from :func:`strength_needed`.

    Attributes
    ----------
    years
        The move that is asked for, in the gap's unit.
    in_force
        The lever's level now.
    low, high
        Its range.
    direction
        ``up`` or ``down`` from the level in force; empty where no draw gets there either way.
    q05, q50, q95
        Of the least level that is enough, among the draws in which there is one.
    prob_out_of_reach
        Share of the draws in which no level of the range in that direction is enough.
    resolution
        Distance between the levels that were tried.
    """

    lever: str
    unit: str
    quantity: str
    period: str
    years: float
    in_force: float
    low: float
    high: float
    direction: str
    q05: float
    q50: float
    q95: float
    prob_out_of_reach: float
    resolution: float


@dataclass(frozen=True)
class Flip:
    """Where a conclusion turns over, from :func:`flip`.

    Attributes
    ----------
    conclusion
        As asked, in words.
    in_force
        The lever's level now.
    probability
        Of the conclusion at that level.
    level
        The level nearest to it at which the probability crosses one half; NaN where none of the range does.
    at_low, at_high
        Probability at the ends of the range.
    """

    lever: str
    unit: str
    conclusion: str
    in_force: float
    probability: float
    level: float
    at_low: float
    at_high: float


_Answer = dict[str, tuple[Floats, Floats]]
"""Levels outward from the one in force, by ``up`` and ``down``, with the gap at each: (level,) and (level, draw)."""


def strength_needed(
    fit: Fit,
    lever: str,
    years: float = 1.0,
    quantity: str = "frontier_lag",
    period: str = "2032Q4",
    start: str | date | None = None,
    draws: int = 400,
) -> Strength:
    """Least level of a lever, draw by draw, at which a gap moves by `years`.

    Levels are tried outward from the one in force, a hundred to the lever's range, in the direction in which more draws
    get there. The frontier lag is taken as ``frontier_lag_at_least``, which every draw has.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    lever
        Name of a lever.
    years
        The move, in the gap's unit; negative for a smaller gap.
    quantity
        Of :data:`hbm_model.analysis.sweep.UNITS`.
    period
        A quarter like ``2032Q4``.
    start, draws
        As for :func:`hbm_model.analysis.sweep.sweep`.

    Raises
    ------
    InputError
        For an unknown lever, quantity or period, a start before the as-of date, or a move of zero.
    """
    return _strength(fit, lever, years, quantity, period, _answer(fit, lever, quantity, period, start, draws))


def strengths(
    fit: Fit,
    years: Sequence[float] = (1.0, -1.0),
    quantity: str = "frontier_lag",
    period: str = "2032Q4",
    start: str | date | None = None,
    draws: int = 400,
) -> pd.DataFrame:
    """:func:`strength_needed` of every lever, for each of some moves: one row each, columns as :class:`Strength`.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    years
        The moves, in the gap's unit; negative for a smaller gap.
    quantity, period, start, draws
        As for :func:`strength_needed`.
    """
    rows = []
    for lever in fit.policy.levers:
        answer = _answer(fit, lever, quantity, period, start, draws)
        rows += [asdict(_strength(fit, lever, each, quantity, period, answer)) for each in years]
    return pd.DataFrame(rows)


def flip(fit: Fit, lever: str, conclusion: Conclusion, start: str | date | None = None, draws: int = 400) -> Flip:
    """Level of a lever at which a conclusion that is more likely than not becomes less likely than not, or back.

    Between two tried levels the probability is taken as a straight line.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    lever
        Name of a lever.
    conclusion
        Quantity, quarter, one of ``>= > <= <``, and a number in the quantity's unit; the frontier lag is taken as
        ``frontier_lag_at_least``.
    start, draws
        As for :func:`hbm_model.analysis.sweep.sweep`.

    Raises
    ------
    InputError
        For an unknown lever, quantity, period or comparison, or a start before the as-of date.
    """
    quantity, period, comparison, bound = conclusion
    if comparison not in _COMPARISONS:
        raise InputError(f"unknown comparison {comparison!r}; there are: {', '.join(_COMPARISONS)}")
    moved = known_lever(fit.policy, lever)
    answer = _answer(fit, lever, quantity, period, start, draws)
    crossings, ends = [], []
    for levels, values in (answer["down"], answer["up"]):
        probability = np.asarray(_COMPARISONS[comparison](values, bound)).mean(axis=1)
        ends.append(float(probability[-1]))
        crossings.append(_crossing(levels, probability))
    levels, values = answer["up"]
    now = float(levels[0])
    nearest = min(crossings, key=lambda level: np.inf if np.isnan(level) else abs(level - now))
    words = f"{quantity} {comparison} {bound:g} at {period}"
    held = float(np.asarray(_COMPARISONS[comparison](values[0], bound)).mean())
    return Flip(lever, moved.unit, words, now, held, nearest, *ends)


def flips(fit: Fit, conclusion: Conclusion, start: str | date | None = None, draws: int = 400) -> pd.DataFrame:
    """:func:`flip` of every lever: one row each, columns as :class:`Flip`.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    conclusion, start, draws
        As for :func:`flip`.
    """
    return pd.DataFrame([asdict(flip(fit, lever, conclusion, start, draws)) for lever in fit.policy.levers])


def _answer(fit: Fit, lever: str, quantity: str, period: str, start: str | date | None, draws: int) -> _Answer:
    moved, now = known_lever(fit.policy, lever), in_force(fit, lever)
    step = (moved.high - moved.low) / _STEPS
    outward = [now + np.linspace(0.0, end - now, 1 + round(abs(end - now) / step)) for end in (moved.high, moved.low)]
    up, down = (np.clip(levels, moved.low, moved.high) for levels in outward)
    wanted = LAG_AT_LEAST if quantity == "frontier_lag" else quantity
    settings = pd.DataFrame({lever: [*up, *down]})
    values = evaluate_settings(fit, settings, [wanted], [period], start, draws)[wanted].to_numpy()[..., 0]
    return {"up": (up, values[: len(up)]), "down": (down, values[len(up) :])}


def _strength(fit: Fit, lever: str, years: float, quantity: str, period: str, answer: _Answer) -> Strength:
    if years == 0:
        raise InputError("a move of 0 needs no lever; give a move that is larger or smaller")
    moved = known_lever(fit.policy, lever)
    least = {name: _least(levels, values, years) for name, (levels, values) in answer.items()}
    direction = max(least, key=lambda name: float(np.isfinite(least[name]).mean()))
    enough = least[direction][np.isfinite(least[direction])]
    quantiles = np.quantile(enough, (0.05, 0.5, 0.95), method="inverted_cdf") if len(enough) else np.full(3, np.nan)
    return Strength(
        lever=lever,
        unit=moved.unit,
        quantity=quantity,
        period=period,
        years=years,
        in_force=float(answer["up"][0][0]),
        low=moved.low,
        high=moved.high,
        direction=direction if len(enough) else "",
        q05=float(quantiles[0]),
        q50=float(quantiles[1]),
        q95=float(quantiles[2]),
        prob_out_of_reach=1.0 - len(enough) / len(least[direction]),
        resolution=(moved.high - moved.low) / _STEPS,
    )


def _least(levels: Floats, values: Floats, move: float) -> Floats:
    """(draw,) first of the levels at which the gap has moved far enough from where it stands first; NaN for none."""
    far = (values - values[0]) * np.sign(move) >= abs(move)
    return np.where(far.any(axis=0), levels[far.argmax(axis=0)], np.nan)


def _crossing(levels: Floats, probability: Floats) -> float:
    """First level at which a probability is on the other side of one half than at the first level; NaN for none."""
    other = (probability >= _EVEN) != (probability[0] >= _EVEN)
    if not other.any():
        return float("nan")
    after = int(other.argmax())
    before, now = probability[after - 1], probability[after]
    share = (_EVEN - before) / (now - before)
    return float(levels[after - 1] + share * (levels[after] - levels[after - 1]))
