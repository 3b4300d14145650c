"""What to make of new claims: what such sources were expected to say, and what the claims would change.

>>> hbm.assess("new_claims.csv", fit)

Each claim is set against a predictive distribution: what a source of its origin, with its status, definition and lead,
would say of that quantity at that date. A fit never judges a claim that it has seen. Its draws are weighed as those of
a fit without that claim's group; where these weights cannot be trusted, the claim is not judged.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hbm_model.analysis.reweighting import gains, left_out
from hbm_model.analysis.surprise import judge_intervals, judge_reports, quantile
from hbm_model.analysis.sweep import evaluate_settings
from hbm_model.core.arrays import Floats, evenly
from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import MAKER
from hbm_model.core.progress import Report
from hbm_model.core.quantities import BY_NAME, LAG_AT_LEAST, LATER, QUANTILES
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.evidence.selection import usage_table
from hbm_model.evidence.submitted import read_claims
from hbm_model.inference.fit import Fit, FitSettings
from hbm_model.inference.fit import fit as fit_again
from hbm_model.inference.predictive import Expected, expect
from hbm_model.inference.psis import Weights, even, weights
from hbm_model.model.kinds import BY_GENERATION

MOVED_GAPS = (*((LAG_AT_LEAST, period) for period in LATER), ("capacity_ratio", LATER[0]))
"""The gaps that a claim may move."""
MOVES = ["move_" + "_".join(what) for what in MOVED_GAPS]
COLUMNS = [
    *("id", "quantity", "claimed_low", "claimed_high", *QUANTILES, "percentile", "log_score", "surprise", "used"),
    *("reason", "judged_by", "vendor", "generation", "layers", "period", "unit", "status", "origin"),
    *(*MOVES, "ess", "k"),
]
_WITH = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
_SEEN = "the fit has seen it"


@dataclass(frozen=True, eq=False)
class Assessment:
    """What to make of some claims.

    Attributes
    ----------
    claims
        One row per claim, in the order of the file, with ``COLUMNS``. Yields and shares are in percent, capacities in
        the claim's unit, dates in decimal years. ``percentile`` (0 to 100) is where the middle of the claim lies in the
        distribution of what would be said, and ``log_score`` the log probability of the claimed interval, rounding
        included: never positive, and higher is less surprising. Of a report that something has not happened both tell
        of the probability of that report, and the quantiles of the date. The moves are those of the medians of the
        headline gaps if this claim alone were taken in, with effective draws ``ess`` and Pareto shape ``k``; they are
        empty where the weights cannot be trusted.
    headlines
        One row per headline gap: ``quantity, period, unit``, its quantiles ``q05, q50, q95``, and the same ``_with``
        all claims that the fit has not seen; ``by`` says whether by ``weights`` or ``refit``, or that a ``refit is
        needed``; ``ess`` and ``k`` of the weights.
    table
        The table that the claims are of.
    notes
        What a reader must know beside.
    """

    claims: pd.DataFrame
    headlines: pd.DataFrame
    table: str
    notes: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """Both tables, as a notebook shows them."""
        shown = (frame.to_html(index=False, float_format="{:.3g}".format) for frame in (self.claims, self.headlines))
        return "\n".join(shown)


def assess(
    claims: str | Path | pd.DataFrame,
    fit: Fit,
    table: str | None = None,
    evidence: Evidence | None = None,
    refit: bool = False,
    draws: int = 2000,
    progress: bool | Report = True,
) -> Assessment:
    """Judge new claims, and say how they would move the headline gaps.

    Parameters
    ----------
    claims
        A CSV file or a frame in the columns of one table; ids, claim groups, publisher and url may be left out.
    fit
        From :func:`hbm_model.fit`, or of a stored run.
    table
        ``yields, milestones, capacity`` or ``market`` (default: guessed from the columns and metrics).
    evidence
        What the fit was made from (default: the bundled evidence of the fit's day).
    refit
        Fit again with the claims that the fit has not seen, for the headlines; takes as long as the fit did.
    draws
        At most so many of the posterior draws, evenly spread.
    progress
        Of fitting again, as for :func:`hbm_model.fit`.

    Raises
    ------
    InputError
        With all that is wrong with the claims.
    """
    seen = evidence if evidence is not None else load_evidence(str(fit.meta["as_of"]))
    name, new = read_claims(claims, seen, table)
    rows = new.tables[name]
    chosen = evenly(len(fit.theta()["log_spending"]), draws)
    reasons, groups = _no_place(fit, new, name), _groups_seen(rows, seen, name)
    left, notes = _without(fit, seen, groups[reasons == ""], chosen)
    for place in np.flatnonzero((reasons == "") & (groups != "")).tolist():
        weighed = left.get(groups.iloc[place])
        if weighed is None:
            told = _SEEN if notes else "stands in the evidence already, where the fit has no use for it"
            reasons.iloc[place] = f"{told} (claim group {groups.iloc[place]})"
        elif not weighed.reliable:
            reasons.iloc[place] = f"{_SEEN} and rests on it (k = {weighed.k:.2f}); fit without {groups.iloc[place]}"
    used = reasons == ""
    placed = _only(new, name, used)
    expected = expect(fit, placed, draws)
    weighed_by = {i: left[g] if g else even(len(chosen)) for i, g in zip(rows["id"][used], groups[used], strict=True)}
    judged = _judged(fit, placed, name, expected, weighed_by, draws)
    fresh = used & (groups == "")
    unseen = _only(new, name, fresh)
    alone, together = gains(fit, seen, unseen, _part(expected, set(rows["id"][fresh])), chosen)
    gaps = _gaps(fit, draws)
    moves = {i: _moves(gaps, weights(gained)) for i, gained in alone.items()}
    about = _about(rows, name).assign(
        used=used.to_numpy(),
        reason=reasons.to_numpy(),
        judged_by=np.where(used, np.where(groups != "", "fit without its group", "fit"), ""),
    )
    judged_rows: pd.DataFrame = about.join(judged, on="id").join(pd.DataFrame.from_dict(moves, orient="index"), on="id")
    headlines = _headlines(gaps, weights(together) if alone else None)
    if refit and alone:
        headlines, more = _refitted(fit, seen, unseen, headlines, draws, progress)
        notes += more
    return Assessment(judged_rows.reindex(columns=COLUMNS), headlines, name, notes)


# --- what can be judged, and by what ------------------------------------------------------------------------------


def _no_place(fit: Fit, new: Evidence, table: str) -> pd.Series[str]:
    """Why the model has no place for a claim, empty where it has one."""
    usage = usage_table(new)
    usage = usage[usage["table"] == table].reset_index(drop=True)
    pairs = usage["vendor"].map(MAKER).fillna("") + ":" + new.tables[table].get("generation", "")
    not_built = usage["part"].isin(BY_GENERATION) & ~pairs.isin(fit.layout.pairs)
    return usage["reason"].mask(usage["used"] & not_built, "no product that the model has its maker build")


def _groups_seen(rows: pd.DataFrame, seen: Evidence, table: str) -> pd.Series[str]:
    """The claim group of the fit's evidence that a claim belongs to; empty for a new one.

    It is known by its id, its claim group, or its page together with what is claimed.
    """
    old = seen.tables[table]
    groups = {group for frame in seen.tables.values() for group in frame["claim_group"]}
    told = [
        *(each for each in ("url", "vendor", "metric", "stage", "generation", "layers", "status") if each in old),
        *(each for each in ("period_start", "period_end", "low", "high", "date_start", "date_end") if each in old),
    ]
    by_id = dict(zip(old["id"], old["claim_group"], strict=True))
    keys = [tuple(map(str, key)) for key in old[told].itertuples(index=False)]
    by_told = dict(zip(keys, old["claim_group"], strict=True))

    def known(row: Mapping[Any, Any]) -> str:
        if row["id"] in by_id:
            return str(by_id[row["id"]])
        if row["claim_group"] in groups:
            return str(row["claim_group"])
        return str(by_told.get(tuple(str(row[each]) for each in told), "")) if row["url"] else ""

    return pd.Series([known(row) for row in rows.to_dict("records")], index=rows.index, dtype="str")


def _without(
    fit: Fit, seen: Evidence, groups: pd.Series[str], chosen: NDArray[np.intp]
) -> tuple[dict[str, Weights], tuple[str, ...]]:
    """Weights of the draws without each claim group that a claim belongs to."""
    wanted = sorted(set(groups) - {""})
    if seen.digest == fit.meta["evidence"]:
        return (left_out(fit, seen, wanted, chosen) if wanted else {}), ()
    return {}, ("the evidence of the fit's day has changed since the fit, which may have seen more or less of it",)


def _only(evidence: Evidence, table: str, chosen: pd.Series[bool]) -> Evidence:
    """The chosen claims alone."""
    rows = evidence.tables[table][chosen.to_numpy()].reset_index(drop=True)
    return dataclasses.replace(evidence, tables={**evidence.tables, table: rows})


def _part(expected: Expected, ids: set[str]) -> Expected:
    """What is expected of some claims."""
    return expected.some(expected.about["id"].isin(ids).to_numpy(), expected.denials["id"].isin(ids).to_numpy())


# --- verdicts -----------------------------------------------------------------------------------------------------


def _judged(
    fit: Fit, placed: Evidence, table: str, expected: Expected, weighed_by: Mapping[str, Weights], draws: int
) -> pd.DataFrame:
    """Verdicts by id."""
    rows = placed.tables[table].set_index("id")

    def by_claim(ids: Sequence[str]) -> Floats:
        return np.array([weighed_by[i].log for i in ids]).T.reshape(len(expected.centre), len(ids))

    ids = list(expected.about["id"])
    frames = [judge_intervals(expected, by_claim(ids), decimal_years(rows.loc[ids, "published"]))]
    said = set(rows.index) - set(ids)  # guidance implies a report too, which is judged with it
    if said:
        reports = _part(expected, said)
        happens = placed.tables[table].assign(status="occurred", date_end=lambda frame: frame["date_start"])
        dated = expect(fit, dataclasses.replace(placed, tables={**placed.tables, table: happens}), draws)
        place = {i: column for column, i in enumerate(dated.about["id"])}
        told = list(reports.denials["id"])
        frames.append(judge_reports(reports, by_claim(told), dated.truth[:, [place[i] for i in told]]))
    return pd.concat(frames)


def _about(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    """What is claimed, of whom and when."""
    told = rows[["id", "vendor", "generation", "status", "origin"]].reset_index(drop=True)
    if table == "milestones":
        ends = {"claimed_low": decimal_years(rows["date_start"]), "claimed_high": decimal_years(rows["date_end"])}
        return told.assign(quantity=rows["stage"], **ends, layers=rows["layers"], period="", unit="year")
    period = [
        f"{start:%Y-%m-%d}/{end:%Y-%m-%d}" for start, end in zip(rows["period_start"], rows["period_end"], strict=True)
    ]
    return told.assign(
        quantity=rows["metric"],
        claimed_low=rows["low"],
        claimed_high=rows["high"],
        layers=rows.get("layers", np.nan),
        period=period,
        unit=rows.get("unit", "pct"),
    )


# --- headlines ----------------------------------------------------------------------------------------------------


def _gaps(fit: Fit, draws: int) -> list[Floats]:
    """Draws of each of the headline gaps: (draw,) each, the draws on which claims are judged."""
    names = list(dict.fromkeys(name for name, _ in MOVED_GAPS))
    periods = list(dict.fromkeys(period for _, period in MOVED_GAPS))
    found = evaluate_settings(fit, pd.DataFrame(index=[0]), names, periods, draws=draws).isel(setting=0)
    return [found[name].sel(period=period).to_numpy() for name, period in MOVED_GAPS]


def _moves(gaps: Sequence[Floats], weighed: Weights) -> dict[str, float]:
    told = {"ess": weighed.effective, "k": weighed.k}
    if not weighed.reliable:
        return told
    now = np.exp(even(len(weighed.log)).log)
    medians = ((quantile(gap, 0.5, each) for each in (np.exp(weighed.log), now)) for gap in gaps)
    return {**told, **{name: after - before for name, (after, before) in zip(MOVES, medians, strict=True)}}


def _headlines(gaps: Sequence[Floats], weighed: Weights | None) -> pd.DataFrame:
    """The headline gaps as they stand, and with all new claims; `weighed` is None where there are none."""
    rows = []
    for (name, period), gap in zip(MOVED_GAPS, gaps, strict=True):
        now = {each: quantile(gap, level, np.full(len(gap), 1 / len(gap))) for each, level in _WITH.items()}
        row: dict[str, Any] = {"quantity": name, "period": period, "unit": BY_NAME[name].unit, **now}
        if weighed is None:
            rows.append(
                row | {f"{each}_with": np.nan for each in _WITH} | {"by": "nothing new", "ess": np.nan, "k": np.nan}
            )
            continue
        after = {f"{each}_with": quantile(gap, level, np.exp(weighed.log)) for each, level in _WITH.items()}
        told = after if weighed.reliable else dict.fromkeys(after, np.nan)
        by = "weights" if weighed.reliable else "refit is needed"
        rows.append({**row, **told, "by": by, "ess": weighed.effective, "k": weighed.k})
    return pd.DataFrame(rows)


def _refitted(
    fit: Fit, seen: Evidence, unseen: Evidence, headlines: pd.DataFrame, draws: int, progress: bool | Report
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The headlines with what a fit to the evidence and the new claims says, and what to know about that fit."""
    both = {name: pd.concat([rows, unseen.tables[name]], ignore_index=True) for name, rows in seen.tables.items()}
    evidence = dataclasses.replace(seen, tables=both, digest=unseen.digest)
    settings = FitSettings(**fit.meta["settings"])
    again = fit_again(evidence, settings, fit.priors, fit.layout.learning, policy=fit.policy, progress=progress)
    after = _headlines(_gaps(again, draws), None)
    found = headlines.assign(**{f"{each}_with": after[each] for each in _WITH}, by="refit")
    failed = (
        () if again.diagnostics.passed else (f"the refit failed its gate: {'; '.join(again.diagnostics.failures)}",)
    )
    return found, failed
