"""The decomposition of revisions between two runs into equations, time, claims and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hbm_model.analysis import attribution, news
from hbm_model.core.arrays import Floats
from hbm_model.core.errors import InputError
from hbm_model.inference import psis
from hbm_model.store.moves import NOW, QUESTION, Revision, name_of, now_of, number
from hbm_model.store.reuse import sampled_in
from hbm_model.store.stored import StoredRun

if TYPE_CHECKING:
    from hbm_model.forecasting.forecast import Forecast
    from hbm_model.inference.fit import Fit

PARTS = ("code", "time", "new", "changed", "rest")
"""What a revision is decomposed into, in this order."""


@dataclass(frozen=True)
class ClaimEffect:
    """The effect of a claim that is new or changed.

    Where draws cannot be reweighted, `weight`, `most` and `shift` are empty and `surprise` alone ranks the claims.

    Attributes
    ----------
    cause
        `new` or `changed`.
    id, text, published, publisher, url
        Of the claim.
    surprise
        Minus the log of the claim's mean likelihood over the earlier fit's draws; of a changed claim, of the change.
    weight
        Mean over all gaps of the absolute share in the move, in widths of each gap's earlier 90 % interval.
    most
        The gap that it moved furthest in widths.
    shift
        That move, in the gap's own unit.
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
class Decomposition:
    """What decomposing needs: both fits' draws of the headline gaps and questions, and the earlier draws' weights.

    Attributes
    ----------
    quarters
        The quarters of both runs' as-of dates.
    earlier, later
        Forecasts from both fits by the equations as they are now, as of the later day.
    chains
        Numbers of chains of both fits.
    items
        What the likelihood reads differently, from :func:`hbm_model.analysis.news.since`.
    logs
        (draw, item) differences of log likelihood, on the earlier fit's draws.
    weights
        Of these draws by all items together.
    why_not
        Why there is no full decomposition; empty where there is.
    same_fit
        Whether both runs have one fit.
    """

    quarters: tuple[str, str]
    earlier: Forecast
    later: Forecast
    chains: tuple[int, int]
    items: tuple[news.Item, ...]
    logs: Floats
    weights: psis.Weights
    why_not: str
    same_fit: bool

    @classmethod
    def of(cls, one: StoredRun, other: StoredRun) -> Decomposition | str:
        """Build the decomposition, or say why it is not possible.

        Parameters
        ----------
        one
            The earlier run.
        other
            The later run.

        Returns
        -------
        Decomposition | str
            The decomposition, or the reason in words.
        """
        for run in (one, other):
            try:
                at_hand = run.evidence.digest
            except InputError as fault:
                return f"the evidence of {run.run_id} cannot be read, so that what moved cannot be split: {fault}"
            if at_hand != run.manifest.hashes["evidence"]:
                return (
                    f"the evidence at hand is not what {run.run_id} was made from as of {run.manifest.as_of}: "
                    "claims of that time were added or mended since, so that what moved cannot be split"
                )
        try:
            fits = (one.fit, other.fit)
            items, logs = news.since(fits[0], one.evidence, other.evidence)
        except InputError as fault:
            return f"what moved cannot be split: {fault}"
        except (KeyError, ValueError, TypeError) as fault:
            return f"the fit of {one.run_id} cannot be read by the code as it is now ({fault}); no split"
        weights = psis.weights(logs.sum(axis=1), psis.efficiency(fits[0]))
        return cls(
            quarters=(now_of(one), now_of(other)),
            earlier=_forecast(fits[0], other),
            later=_forecast(fits[1], other),
            chains=(fits[0].data["posterior"].sizes["chain"], fits[1].data["posterior"].sizes["chain"]),
            items=tuple(items),
            logs=logs,
            weights=weights,
            why_not="" if weights.reliable else _too_far(one.run_id, weights),
            same_fit=sampled_in(one.run) == sampled_in(other.run),
        )

    @property
    def k(self) -> float | None:
        """Pareto k of the weights; None where all draws weigh alike."""
        return self.weights.k if np.isfinite(self.weights.k) else None

    @property
    def counts(self) -> dict[str, int]:
        """How many claims are new, and how many changed."""
        return {
            cause: sum(item.cause == cause and bool(item.url) for item in self.items) for cause in ("new", "changed")
        }

    def decompose(self, revision: Revision) -> Revision:
        """Return the revision with its parts and its Monte-Carlo error.

        Parameters
        ----------
        revision
            As published, from :func:`hbm_model.store.moves.revisions`. It is returned unchanged where one of its ends
            lies beyond the horizon, or a forecast has no draws of it.
        """
        before, standing, after = (self._draws(revision, *which) for which in ((0, 0), (0, 1), (1, 1)))
        if before is None or standing is None or after is None or revision.change is None:
            return revision
        error = 0.0 if self.same_fit else self._error(revision, standing, after)
        figure = self._figure(revision)
        points = [revision.before, figure(before), figure(standing), revision.now]
        if not all(point is not None and np.isfinite(point) for point in points):
            return replace(revision, error=error)
        code, time, rest = np.diff([float(point or 0.0) for point in points])
        parts = {"code": float(code), "time": float(time)}
        if self.weights.reliable:
            shares = self.shares(revision, standing)
            by_cause = {
                cause: float(sum(share for share, item in zip(shares, self.items, strict=True) if item.cause == cause))
                for cause in ("time", "new", "changed")
            }
            parts["time"] += by_cause["time"]
            parts |= {"new": by_cause["new"], "changed": by_cause["changed"]}
            rest -= sum(by_cause.values())
        return replace(revision, error=error, parts={**parts, "rest": float(rest)})

    def shares(self, revision: Revision, draws: Floats) -> Floats:
        """What each item adds to a revision, (item,).

        Parameters
        ----------
        revision
            Tells whether the number is a probability or a median.
        draws
            (draw,) values of the number on the earlier fit's draws, at the later run's now.
        """
        if revision.quantity == QUESTION:
            return attribution.probability_shares(draws, self.logs)
        return attribution.median_shares(draws, self.logs, self.weights)

    def claim_effects(self, revisions: Sequence[Revision]) -> list[ClaimEffect]:
        """The effects of the claims that are new or changed, the largest first.

        Parameters
        ----------
        revisions
            All of both runs, from :meth:`decompose`. Only gaps with a width and parts count, no questions.
        """
        surprise = dict(zip(self.items, news.surprises(self.logs), strict=True))
        if not self.weights.reliable:
            effects = [_effect(item, surprise[item]) for item in self.items if item.cause != "time"]
            return sorted(effects, key=lambda effect: -effect.surprise)
        gaps = [revision for revision in revisions if revision.width and revision.parts]
        draws = [self._draws(gap, 0, 1) for gap in gaps]
        shares = np.array([self.shares(gap, some) for gap, some in zip(gaps, draws, strict=True) if some is not None])
        shares = shares.reshape(len(gaps), len(self.items))
        widths = np.array([gap.width for gap in gaps])
        effects = []
        for i, item in enumerate(self.items):
            if item.cause == "time":
                continue
            relative = np.abs(shares[:, i] / widths) if gaps else np.zeros(0)
            top = int(relative.argmax()) if gaps else None
            effects.append(
                replace(
                    _effect(item, surprise[item]),
                    weight=float(relative.mean()) if gaps else 0.0,
                    most="" if top is None else name_of(gaps[top]),
                    shift=None if top is None else float(shares[top, i]),
                )
            )
        return sorted(effects, key=lambda effect: -(effect.weight or 0.0))

    def _draws(self, revision: Revision, fit: int, now: int) -> Floats | None:
        """(draw,) values of a number by one of the fits, at the now of one of the runs; None where there are none."""
        forecast = (self.earlier, self.later)[fit]
        if revision.quantity == QUESTION:
            answers = forecast.answers.draws.isel(scenario=0)
            if revision.place not in answers["question"].to_numpy():
                return None
            return np.asarray(answers.sel(question=revision.place).to_numpy(), dtype=float)
        values = forecast.headline[revision.quantity].isel(scenario=0)
        period = self.quarters[now] if revision.period == NOW else revision.period
        wanted = {"vendor": "china", "generation": revision.place, "period": period}
        wanted = {dim: name for dim, name in wanted.items() if dim in values.dims}
        if any(name not in values[dim].to_numpy() for dim, name in wanted.items()):
            return None
        return np.asarray(values.sel(wanted).to_numpy(), dtype=float)

    def _figure(self, revision: Revision) -> Any:
        return (lambda draws: float(draws.mean())) if revision.quantity == QUESTION else attribution.median

    def _error(self, revision: Revision, earlier: Floats, later: Floats) -> float | None:
        measure = attribution.mean_error if revision.quantity == QUESTION else attribution.median_error
        errors = [measure(draws, chains) for draws, chains in zip((earlier, later), self.chains, strict=True)]
        return number(np.hypot(errors[0], errors[1]))


def _too_far(run_id: str, weights: psis.Weights) -> str:
    draws = len(weights.log)
    return (
        f"the draws of {run_id} are too far from what was claimed since to be reweighted (Pareto k {weights.k:.2f}, "
        f"to be at most {psis.reliable_k(draws):.2g}; worth {weights.effective:.0f} draws of {draws}): claims, changes "
        "and the rest are given as one"
    )


def _forecast(fit: Fit, other: StoredRun) -> Forecast:
    """The baseline by the equations as they are now, asked what the later run was asked, on its day."""
    from hbm_model.forecasting.forecast import forecast_from
    from hbm_model.policy.scenarios import BASELINE

    fit = replace(fit, meta={**fit.meta, "as_of": str(other.manifest.as_of)})
    return forecast_from(fit, other.scenarios, [BASELINE], other.manifest.horizon, other.questions)


def _effect(item: news.Item, surprise: float) -> ClaimEffect:
    return ClaimEffect(item.cause, item.id, item.text, item.published, item.publisher, item.url, surprise)
