"""Why numbers moved between two runs: their moves split into equations, time, claims and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hbm_model.analysis import attribution, news
from hbm_model.core.errors import InputError
from hbm_model.inference import psis
from hbm_model.store.moves import NOW, QUESTION, Move, named, now_of, number
from hbm_model.store.reuse import sampled_in
from hbm_model.store.stored import StoredRun

if TYPE_CHECKING:
    from hbm_model.forecasting.forecast import Forecast
    from hbm_model.inference.fit import Fit

PARTS = ("code", "time", "new", "changed", "rest")
"""What a move is split into, in the order in which it is."""


@dataclass(frozen=True)
class Weight:
    """A claim that is new or changed, and how much it moved: `weight` is its mean share in the widths of all gaps.

    `most` names the gap that it moved furthest in widths, and `shift` is that move in the gap's own unit. Where draws
    cannot be reweighted, both are empty and `surprise` alone ranks the claims: minus the log probability of the claim.
    """

    cause: str
    id: str
    text: str
    published: str
    publisher: str
    url: str
    surprise: float
    weight: float | None = None
    most: str = ""
    shift: float | None = None


@dataclass(frozen=True)
class Split:
    """What a split needs: both fits' draws of the headline gaps and questions, and the earlier draws' weights."""

    nows: tuple[str, str]
    earlier: Forecast
    later: Forecast
    chains: tuple[int, int]
    weighed: psis.Weighed
    items: tuple[news.Item, ...]
    why_not: str
    same_fit: bool

    @classmethod
    def of(cls, one: StoredRun, other: StoredRun) -> Split | str:
        """Build it, or say why it is not possible."""
        from hbm_model.inference.psis import efficiency

        for run in (one, other):
            try:
                at_hand = run.evidence.digest
            except InputError as fault:
                return f"the evidence of {run.run_id} cannot be read, so that what moved cannot be split: {fault}"
            if at_hand != run.manifest["hashes"]["evidence"]:
                return (
                    f"the evidence at hand is not what {run.run_id} was made from as of {run.manifest['as_of']}: "
                    "claims of that time were added or mended since, so that what moved cannot be split"
                )
        try:
            fits = (one.fit, other.fit)
            items, logs = news.since(fits[0], one.evidence, other.evidence)
        except InputError as fault:
            return f"what moved cannot be split: {fault}"
        except (KeyError, ValueError, TypeError) as fault:
            return f"the fit of {one.run_id} cannot be read by the code as it is now ({fault}); no split"
        chains = (fits[0].data["posterior"].sizes["chain"], fits[1].data["posterior"].sizes["chain"])
        weighed = psis.weigh(logs, chains[0], efficiency(fits[0]))
        why_not = ""
        if not weighed.reliable:
            why_not = (
                f"the draws of {one.run_id} are too far from what was claimed since to be reweighted (Pareto k "
                f"{weighed.k:.2f}, to be at most {psis.RELIABLE_K}; worth {weighed.effective:.0f} draws of "
                f"{len(weighed.weights)}): claims, changes and the rest are given as one"
            )
        forecasts = [_forecast(fit, other) for fit in fits]
        same = sampled_in(one.run) == sampled_in(other.run)
        nows = (now_of(one), now_of(other))
        return cls(nows, forecasts[0], forecasts[1], chains, weighed, tuple(items), why_not, same)

    @property
    def k(self) -> float | None:
        """Pareto k of the weights; None where all draws weigh alike."""
        return self.weighed.k if np.isfinite(self.weighed.k) else None

    @property
    def counts(self) -> dict[str, int]:
        """How many claims are new, and how many changed."""
        return {
            cause: sum(each.cause == cause and bool(each.url) for each in self.items) for cause in ("new", "changed")
        }

    def parted(self, move: Move) -> Move:
        """The move with its parts and its Monte-Carlo error."""
        before, standing, after = (self._draws(move, *which) for which in ((0, 0), (0, 1), (1, 1)))
        if before is None or standing is None or after is None or move.change is None:
            return move
        error = 0.0 if self.same_fit else self._error(move, standing, after)
        figure = self._figure(move)
        points = [move.before, figure(before), figure(standing), move.now]
        if not all(point is not None and np.isfinite(point) for point in points):
            return replace(move, error=error)
        code, time, rest = np.diff([float(point or 0.0) for point in points])
        parts = {"code": float(code), "time": float(time)}
        if self.weighed.reliable:
            shares = self.shares(move, standing)
            by_cause = {
                cause: float(sum(share for share, each in zip(shares, self.items, strict=True) if each.cause == cause))
                for cause in ("time", "new", "changed")
            }
            parts["time"] += by_cause["time"]
            parts |= {"new": by_cause["new"], "changed": by_cause["changed"]}
            rest -= sum(by_cause.values())
        return replace(move, error=error, parts={**parts, "rest": float(rest)})

    def shares(self, move: Move, draws: np.ndarray) -> np.ndarray:
        """What each item adds to a move."""
        if move.quantity == QUESTION:
            return attribution.probability_shares(draws, self.weighed)
        return attribution.median_shares(draws, self.weighed)

    def claims(self, moves: Sequence[Move]) -> list[Weight]:
        """The claims that are new or changed, those that weighed most first."""
        told = [each for each in self.items if each.cause != "time"]
        surprise = dict(zip(self.items, news.surprises(self.weighed.items), strict=True))
        if not self.weighed.reliable:
            found = [_weight(each, surprise[each]) for each in told]
            return sorted(found, key=lambda each: -each.surprise)
        gaps = [each for each in moves if each.width and each.parts]
        draws = [self._draws(each, 0, 1) for each in gaps]
        shares = np.array([self.shares(gap, each) for gap, each in zip(gaps, draws, strict=True) if each is not None])
        shares = shares.reshape(len(gaps), len(self.items))
        widths = np.array([each.width for each in gaps])
        found = []
        for i, each in enumerate(self.items):
            if each.cause == "time":
                continue
            relative = np.abs(shares[:, i] / widths) if gaps else np.zeros(0)
            top = int(relative.argmax()) if gaps else None
            found.append(
                replace(
                    _weight(each, surprise[each]),
                    weight=float(relative.mean()) if gaps else 0.0,
                    most="" if top is None else named(gaps[top]),
                    shift=None if top is None else float(shares[top, i]),
                )
            )
        return sorted(found, key=lambda each: -(each.weight or 0.0))

    def _draws(self, move: Move, fit: int, now: int) -> np.ndarray | None:
        """(draw,) values of a number by one of the fits, at the now of one of the runs; None where there are none."""
        made = (self.earlier, self.later)[fit]
        if move.quantity == QUESTION:
            answers = made.answers.draws.isel(scenario=0)
            if move.place not in answers["question"].to_numpy():
                return None
            return np.asarray(answers.sel(question=move.place).to_numpy(), dtype=float)
        values = made.headline[move.quantity].isel(scenario=0)
        labels = {"vendor": "china", "generation": move.place, "period": self._period(move, now)}
        labels = {dim: label for dim, label in labels.items() if dim in values.dims}
        if any(label not in values[dim].to_numpy() for dim, label in labels.items()):
            return None
        return np.asarray(values.sel(labels).to_numpy(), dtype=float)

    def _period(self, move: Move, now: int) -> str:
        return self.nows[now] if move.period == NOW else move.period

    def _figure(self, move: Move) -> Any:
        return (lambda draws: float(draws.mean())) if move.quantity == QUESTION else attribution.median

    def _error(self, move: Move, earlier: np.ndarray, later: np.ndarray) -> float | None:
        measure = attribution.mean_error if move.quantity == QUESTION else attribution.median_error
        errors = [measure(draws, chains) for draws, chains in zip((earlier, later), self.chains, strict=True)]
        return number(np.hypot(errors[0], errors[1]))


def _forecast(fit: Fit, other: StoredRun) -> Forecast:
    """The baseline by the equations as they are now, asked what the later run was asked, on its day."""
    from hbm_model.evidence.questions import load_questions
    from hbm_model.forecasting.forecast import forecast

    fit = replace(fit, meta={**fit.meta, "as_of": str(other.manifest["as_of"])})
    horizon = str(other.manifest["options"]["horizon"])
    return forecast(fit, horizon=horizon, data=other.data, questions=load_questions(other.data))


def _weight(item: news.Item, surprise: float) -> Weight:
    return Weight(item.cause, item.id, item.text, item.published, item.publisher, item.url, surprise)
