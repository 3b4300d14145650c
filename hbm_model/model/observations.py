"""The arrays of one vintage that the likelihood reads, and the layout that they need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from hbm_model.core.arrays import Floats
from hbm_model.core.dates import decimal_year, decimal_years
from hbm_model.core.industry import BLOC_OF, BLOCS, ENTRY, GENERATIONS, VENDORS
from hbm_model.core.priors import Priors
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import STAGES, used_rows
from hbm_model.model import coding
from hbm_model.model.coding import CodedClaims
from hbm_model.model.controls import history
from hbm_model.model.design import design
from hbm_model.model.kinds import KINDS
from hbm_model.model.layout import FIRST_HBM_KNOT, FIRST_QUARTER, Layout, Learning
from hbm_model.model.measurement import EVER, GATHERED_FROM
from hbm_model.model.predictors import Design
from hbm_model.policy.policy import Policy

ON_SALE_UNGATHERED = ("HBM2", "HBM2E", "HBM3")
"""Generations on sale before ``GATHERED_FROM``: SK hynix shipped HBM3 in June 2022."""


@dataclass(frozen=True)
class Stacked:
    """All interval claims end to end, in the order of :data:`hbm_model.model.kinds.KINDS`.

    Attributes
    ----------
    ids, kinds
        (claim,) row ids and kinds.
    low, high
        Intervals.
    truth
        Probability that a claim is no false report.
    wrong
        Log probability of the claim if it is one.
    """

    ids: list[str]
    kinds: list[str]
    low: Floats
    high: Floats
    truth: Floats
    wrong: Floats


@dataclass(frozen=True)
class Observations:
    """Claims by kind, silences, first reports, what drives the world from outside, and the policy in force.

    Attributes
    ----------
    claims
        By kind, with those of kind ``not_yet``.
    stacked
        All interval claims end to end.
    silence, first_report
        Stages as :func:`pair_arrays` has them; of first reports with the day, ``published``.
    drivers
        See :class:`hbm_model.model.context.Context`.
    policy
        Levers, and the levels in force.
    observed_through
        Decimal year up to which evidence was gathered.
    """

    claims: dict[str, CodedClaims]
    stacked: Stacked
    silence: dict[str, Any]
    first_report: dict[str, Any]
    drivers: dict[str, Floats]
    policy: Policy
    observed_through: float

    @property
    def design(self) -> Design:
        """The likelihood's data."""
        return design(self.claims, self.stacked, self.silence, self.first_report, self.observed_through)


def observe(
    evidence: Evidence, priors: Priors, policy: Policy, learning: Learning = "time"
) -> tuple[Layout, Observations]:
    """Code the used claims of a vintage, and lay out the model that they need.

    Parameters
    ----------
    evidence
        The vintage.
    priors
        Of the model.
    policy
        Levers, and the levels in force on the vintage's day.
    learning
        The form of yield learning.

    Returns
    -------
    layout : Layout
        Index sets.
    observations : Observations
        Arrays.
    """
    rows = _chosen(evidence)
    nodes = _first_report_of_nodes(rows)
    flows, levels = _last_years(rows)
    layout = Layout(
        last_year=max(flows, levels, evidence.as_of.year + 2, int(FIRST_HBM_KNOT) + 1),
        last_output_year=max(flows, int(FIRST_QUARTER)),
        nodes=tuple(nodes),
        node_first_report=tuple(nodes.values()),
        informed=tuple((effect.target, effect.prior) for _, effect in policy.informed),
        learning=learning,
    )
    return layout, _coded(rows, layout, priors, policy, decimal_year(evidence.observed_through))


def observe_beside(evidence: Evidence, layout: Layout, priors: Priors, policy: Policy) -> tuple[Layout, Observations]:
    """Code claims that a fit has not seen, on its own layout, made as long and wide as they need.

    Parameters
    ----------
    evidence
        The new claims alone.
    layout, priors, policy
        The fit's.

    Returns
    -------
    layout : Layout
        The fit's, with later years and further nodes appended, never less.
    observations : Observations
        Arrays.
    """
    rows = _chosen(evidence)
    flows, levels = _last_years(rows)
    first = _first_report_of_nodes(rows)
    more = {node: first[node] for node in first if node not in layout.nodes}
    wider = replace(
        layout,
        last_year=max(layout.last_year, flows, levels),
        last_output_year=max(layout.last_output_year, flows),
        nodes=(*layout.nodes, *more),
        node_first_report=(*layout.node_first_report, *more.values()),
    )
    return wider, _coded(rows, wider, priors, policy, decimal_year(evidence.observed_through))


def without(observations: Observations, evidence: Evidence, priors: Priors, groups: Collection[str]) -> Observations:
    """The observations of a vintage less everything that the likelihood has of some claim groups.

    This is no vintage in which nobody made those claims: what somebody reported is not taken for silence, nor a second
    report for a first one. They are missing, as in leave-one-out by :mod:`hbm_model.evaluation.compare`. Money raised
    stays, since it drives the model and is no claim about it.

    Parameters
    ----------
    observations
        Of all of the evidence; left as they are.
    evidence
        That evidence, whose layout stays as it is.
    priors
        Give the probability that a disputed claim is right.
    groups
        Values of ``claim_group`` to leave out.
    """
    inside = {i for rows in evidence.tables.values() for i in rows.loc[rows["claim_group"].isin(set(groups)), "id"]}
    claims = {kind: _outside(each, inside) for kind, each in observations.claims.items()}
    first = ~first_reports(used_rows(evidence, "milestones", "event"))["id"].isin(inside).to_numpy()
    return replace(
        observations,
        claims=claims,
        stacked=_stacked(claims, priors),
        first_report={name: array[first] for name, array in observations.first_report.items()},
    )


def _outside(claims: CodedClaims, ids: Collection[str]) -> CodedClaims:
    """The claims of other rows than these."""
    kept = [place for place, each in enumerate(claims.ids) if each not in ids]
    more = {name: array[..., kept] for name, array in claims.more.items()}
    names = [claims.ids[place] for place in kept]
    return CodedClaims(names, claims.low[kept], claims.high[kept], claims.vendor[kept], claims.origin[kept], more)


Rows = dict[str, pd.DataFrame]
"""Used rows by part of the model."""


def _chosen(evidence: Evidence) -> Rows:
    """The rows that the model uses, by kind, with those of money raised and of what has not happened."""
    rows = {
        kind.name: pd.concat([used_rows(evidence, table, kind.name) for table in kind.tables], ignore_index=True)
        for kind in KINDS.values()
    }
    rows["raise"] = used_rows(evidence, "investment", "raise")
    denied = used_rows(evidence, "milestones", "not_yet")
    rows["not_yet"] = pd.concat([denied, coding.still_ahead(rows)], ignore_index=True)
    return rows


def _first_report_of_nodes(rows: Rows) -> dict[str, float]:
    """Decimal year of the first yield report of each node of commodity DRAM."""
    nodes = rows["node_yield"]
    named = nodes.assign(series=coding.nodes(nodes), t=decimal_years(nodes["period_start"]))
    first = named.groupby("series")["t"].min()
    return {str(node): float(t) for node, t in first.items()}


def _coded(rows: Rows, layout: Layout, priors: Priors, policy: Policy, observed_through: float) -> Observations:
    """The arrays of chosen rows on a layout."""
    claims = {name: kind.code(rows[name], name, layout) for name, kind in KINDS.items()}
    claims["not_yet"] = coding.milestones(rows["not_yet"], "not_yet", layout)
    return Observations(
        claims=claims,
        stacked=_stacked(claims, priors),
        silence=_silence(rows["event"], layout),
        first_report=_first_reports(rows["event"]),
        drivers={"raised": coding.raised(rows["raise"], layout), **history(policy, priors, layout)},
        policy=policy,
        observed_through=observed_through,
    )


def _last_years(rows: Rows) -> tuple[int, int]:
    """Last years that claims of output and shares, and that claims of capacity and spending, speak of."""
    flows, levels = (
        [rows[name] for name, kind in KINDS.items() if kind.extends == grid] for grid in ("output", "capacity")
    )
    return _last_year(flows), _last_year([*levels, rows["raise"]])


def _last_year(frames: Sequence[pd.DataFrame]) -> int:
    """Last year that any claim of these frames speaks of (zero if there is none)."""
    return max([int(frame["period_end"].dt.year.max()) for frame in frames if len(frame)], default=0)


def _silence(events: pd.DataFrame, layout: Layout) -> dict[str, Any]:
    """Stages of a pair that nobody has credibly reported."""
    return pair_arrays(unreported(events, layout))


Stage = tuple[str, str, str]
"""Maker, generation and stage."""


def unreported(events: pd.DataFrame, layout: Layout) -> list[Stage]:
    """Samples and volumes of pairs that no report of an occurrence tells of, nor of what cannot come before.

    Parameters
    ----------
    events
        Used milestones that are said to have happened.
    layout
        Gives the pairs.
    """
    seen = set(zip(events["maker"], events["generation"], events["stage"].map(STAGES), strict=True))
    return [
        (v, g, s)
        for v in VENDORS
        for g in GENERATIONS
        for s in ("sample", "volume")
        if f"{v}:{g}" in layout.pairs and not reported(seen, v, g, s)
    ]


def reported(seen: set[Stage], vendor: str, generation: str, stage: str) -> bool:
    """Whether a stage, or one that cannot come before it, of this or a later generation of the maker was reported.

    Parameters
    ----------
    seen
        Reported stages of all makers.
    vendor, generation, stage
        The stage asked for, ``sample`` or ``volume``.
    """
    later = GENERATIONS[GENERATIONS.index(generation) :]
    stages = ("sample", "volume") if stage == "sample" else ("volume",)
    return any((vendor, g, s) in seen for g in later for s in stages)


def first_reports(events: pd.DataFrame) -> pd.DataFrame:
    """The first report of each sampled or shipped pair, if it surely came within a year, in a fixed order.

    What says only that something has been on sale for an unknown time is no first report of it.

    Parameters
    ----------
    events
        Used milestones that are said to have happened.
    """
    key = ["maker", "generation", "stage"]
    stage = events["stage"].map(STAGES)
    late = (events["published"] - events["date_start"]).dt.days > 365
    prompt = events[(stage != "qualified") & ~late].assign(stage=stage).sort_values([*key, "published", "id"])
    return prompt.drop_duplicates(key).reset_index(drop=True)


def _first_reports(events: pd.DataFrame) -> dict[str, Any]:
    first = first_reports(events)
    keys = [(str(v), str(g), str(s)) for v, g, s in first[["maker", "generation", "stage"]].itertuples(index=False)]
    return {**pair_arrays(keys), "published": decimal_years(first["published"])}


def pair_arrays(keys: Sequence[Stage]) -> dict[str, Any]:
    """Stages as the likelihood reads them, one array entry a stage.

    ``since`` is when their first reports begin to be on record. Only an incumbent's product of a generation that was on
    sale before the gathering can have been reported before it. For any other, silence would else have two explanations
    decades apart.

    Parameters
    ----------
    keys
        Stages, ``sample`` or ``volume``.
    """
    return {
        "vendor": np.array([VENDORS.index(v) for v, _, _ in keys], dtype=np.intp),
        "generation": np.array([GENERATIONS.index(g) for _, g, _ in keys], dtype=np.intp),
        "sampled": np.array([s == "sample" for _, _, s in keys], dtype=float),
        "bloc": np.array([BLOCS.index(BLOC_OF[v]) for v, _, _ in keys], dtype=np.intp),
        "since": np.array(
            [GATHERED_FROM if ENTRY[v] == GENERATIONS[0] and g in ON_SALE_UNGATHERED else EVER for v, g, _ in keys]
        ),
    }


def _stacked(claims: dict[str, CodedClaims], priors: Priors) -> Stacked:
    kinds = [kind for kind in KINDS for _ in claims[kind].ids]
    disputed = np.array([kind == "claimed" for kind in kinds], dtype=bool)
    wrong = np.zeros(len(kinds))
    wrong[disputed] = claims["claimed"].more["wrong"]
    return Stacked(
        ids=[i for kind in KINDS for i in claims[kind].ids],
        kinds=kinds,
        low=np.concatenate([claims[kind].low for kind in KINDS]),
        high=np.concatenate([claims[kind].high for kind in KINDS]),
        truth=np.where(disputed, priors.constant("claimed_truth"), 1.0),
        wrong=wrong,
    )
