"""What a backtest comes to, read from its folder: skill against every baseline, coverage, questions, controls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hbm_model.core.errors import InputError
from hbm_model.evaluation import scores
from hbm_model.evaluation.backtest import MODEL, MODEL_RAW, VARIANTS
from hbm_model.evaluation.events import brier

HORIZONS = [0.0, 0.5, 1.0, 2.0, np.inf]
HORIZON_NAMES = ["to 6 months", "6 to 12 months", "1 to 2 years", "over 2 years"]
LEAST = 5
"""Fewest claim groups for which a skill is told."""


@dataclass(frozen=True)
class Study:
    """All tables of a backtest's folder.

    Attributes
    ----------
    scored
        Rows of :func:`hbm_model.evaluation.scores.score` with ``forecaster`` and ``variant``.
    questions
        Probabilities by ``variant, as_of, question`` with ``happened``.
    facts
        One dict per origin.
    """

    scored: pd.DataFrame
    questions: pd.DataFrame
    facts: tuple[dict[str, Any], ...]


def load_study(folder: Path) -> Study:
    """Read the folder of a backtest.

    Parameters
    ----------
    folder
        As :func:`hbm_model.evaluation.backtest.backtest` left it; unfinished origins are passed over.

    Raises
    ------
    InputError
        If no finished origin is there.
    """
    done = [path for variant in VARIANTS for path in sorted((folder / variant).glob("*/origin.json"))]
    if not done:
        raise InputError(f"{folder} holds no finished origin of a backtest; make one with: hbm-model backtest --out")
    facts = [_facts(path) for path in done]

    def table(name: str) -> pd.DataFrame:
        parts = [
            pd.read_parquet(path.parent / name).assign(variant=fact["variant"])
            for path, fact in zip(done, facts, strict=True)
        ]
        return pd.concat(parts, ignore_index=True)

    scored = table("scores.parquet")
    ahead = scored["horizon"].clip(lower=0)  # an event may lie a little before the origin, and be told after it
    scored["lead"] = pd.cut(ahead, HORIZONS, labels=HORIZON_NAMES, include_lowest=True).astype(str)
    return Study(scored, table("questions.parquet"), tuple(facts))


def _facts(path: Path) -> dict[str, Any]:
    """What the record of an origin says; of one made before records said when and by what, the file says when."""
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    return {"made": written.isoformat(), "version": "", **json.loads(path.read_text(encoding="utf-8"))}


def skills(study: Study, measure: str = "wis", by: Sequence[str] = ("quantity",)) -> pd.DataFrame:
    """Skill of the model against each baseline, group by group, on the targets that both forecast.

    Groups of fewer than :data:`LEAST` claim groups are left out.

    Parameters
    ----------
    study
        From :func:`load_study`.
    measure
        One of :data:`hbm_model.evaluation.scores.MEASURES`.
    by
        Columns to group by; none for one row over all.

    Returns
    -------
    pd.DataFrame
        With the columns ``by``, ``baseline`` and those of :func:`hbm_model.evaluation.scores.skill`.
    """
    rows = study.scored[study.scored["variant"] == VARIANTS[0]]
    ours = rows[rows["forecaster"] == MODEL]
    tables = [
        scores.skill(ours, theirs, measure, by).assign(baseline=name)
        for name, theirs in rows.groupby("forecaster", sort=False)
        if name not in (MODEL, MODEL_RAW)
    ]
    found = pd.concat(tables, ignore_index=True)
    return found[found["weight"] >= LEAST].reset_index(drop=True)


def coverage(study: Study, by: Sequence[str] = ("quantity",), variant: str = VARIANTS[0]) -> pd.DataFrame:
    """Share of outcomes within the 50, 80 and 90 % intervals by forecaster, with its own 90 % interval.

    Parameters
    ----------
    study
        From :func:`load_study`.
    by
        Columns to group by; none for one row over all.
    variant
        One of :data:`hbm_model.evaluation.backtest.VARIANTS`.
    """
    rows = study.scored[study.scored["variant"] == variant]
    tables = [
        scores.averages(own, scores.INTERVALS, by).assign(forecaster=name)  # each alone: a group counts once for each
        for name, own in rows.groupby("forecaster", sort=False)
    ]
    return pd.concat(tables, ignore_index=True)


def variants(study: Study) -> pd.DataFrame:
    """Skill of the model under each variant against itself as published, on the same targets: weighted interval score.

    ``skill`` is negative where the variant is worse; ``in90`` is the variant's coverage.

    Parameters
    ----------
    study
        From :func:`load_study`.
    """
    ours = study.scored[study.scored["forecaster"] == MODEL]
    published = ours[ours["variant"] == VARIANTS[0]]
    tables = []
    for name, rows in ours.groupby("variant", sort=False):
        if name == VARIANTS[0]:
            continue
        found = scores.skill(rows, published, "wis").assign(variant=name)
        found["in90"] = float(np.average(rows["in90"], weights=scores.weights(rows)))
        tables.append(found)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def question_scores(study: Study, variant: str = VARIANTS[0]) -> pd.DataFrame:
    """Settled questions at each origin: probability, outcome and Brier score.

    Parameters
    ----------
    study
        From :func:`load_study`.
    variant
        One of :data:`hbm_model.evaluation.backtest.VARIANTS`.
    """
    rows = study.questions[(study.questions["variant"] == variant) & study.questions["happened"].notna()].copy()
    rows["happened"] = rows["happened"].astype(float)
    rows["brier"] = brier(rows["probability"], rows["happened"])
    return rows
