"""What moved between two runs, and why.

A move is the difference of what both runs published. It is split, in this order, into what today's equations make of
the same draws, what the calendar does (a later quarter is "now", silence has lasted longer), what was claimed since,
what claims changed, and the rest. The claims' part comes from reweighting the earlier run's draws (`attribution`). The
rest is what no reweighting knows: Monte-Carlo error of both runs, and priors, policy, code or settings where those
changed. The parts add up to the move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hbm_model.core.errors import InputError
from hbm_model.store import disk
from hbm_model.store.decomposition import ClaimEffect, Decomposition
from hbm_model.store.manifest import PUBLISHED
from hbm_model.store.moves import Revision, revisions
from hbm_model.store.stored import StoredRun, load_run

_CAUSES = {"priors": "priors", "policy": "policy in force", "code": "code", "config": "settings, scenarios or horizon"}


@dataclass(frozen=True)
class Difference:
    """Two runs compared.

    Attributes
    ----------
    before, after
        Run ids.
    as_of
        Their as-of dates, as text.
    causes
        What beside claims and time differs.
    moves
        The revisions of all numbers, with their parts where there is a decomposition.
    claims
        The effects of new and changed claims, the largest first.
    counts
        How many claims are new, and how many changed; empty where there is no decomposition.
    k
        Pareto k of the reweighting; None where there was none, or nothing to weigh by.
    why_not
        Why there is no decomposition, or no full one.
    """

    before: str
    after: str
    as_of: tuple[str, str]
    causes: tuple[str, ...]
    moves: tuple[Revision, ...]
    claims: tuple[ClaimEffect, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    k: float | None = None
    why_not: str = ""


def difference(root: Path, earlier: str | None = None, later: str | None = None) -> Difference:
    """Compare two published runs of a store.

    Parameters
    ----------
    root
        The store.
    earlier
        A run id or how it begins; by default the run before the later of the two.
    later
        Likewise; by default the newest run.

    Raises
    ------
    InputError
        There are no such runs, or they are one and the same.
    """
    one, other = (StoredRun(run) for run in _chosen(root, earlier, later))
    before, after = one.manifest, other.manifest
    causes = tuple(word for name, word in _CAUSES.items() if before.hashes[name] != after.hashes[name])
    if before.versions != after.versions:
        causes = (*causes, "package versions")
    days = (str(before.as_of), str(after.as_of))
    plain = Difference(one.run_id, other.run_id, days, causes, tuple(revisions(one, other)))
    whole = Decomposition.of(one, other)
    if isinstance(whole, str):
        return replace(plain, why_not=whole)
    parted = tuple(whole.decompose(revision) for revision in plain.moves)
    effects = tuple(whole.claim_effects(parted))
    return replace(plain, moves=parted, claims=effects, counts=whole.counts, k=whole.k, why_not=whole.why_not)


def _chosen(root: Path, before: str | None, after: str | None) -> tuple[disk.Run, disk.Run]:
    last = load_run(after, root).run
    if before is not None:
        first = load_run(before, root).run
    else:
        earlier = [run for run in disk.list_runs(root) if run.run_id < last.run_id]
        if not earlier:
            raise InputError(f"{root} holds no published run before {last.run_id}; there is nothing to compare it with")
        first = earlier[-1]
    if first.run_id == last.run_id:
        raise InputError(f"{first.run_id} is named twice; name two runs")
    for run in (first, last):
        if run.status != PUBLISHED:
            raise InputError(f"{run.run_id} was rejected by its gate and has no forecast to compare")
    return first, last


MOST = 8
"""Claims that a reader is told of."""
