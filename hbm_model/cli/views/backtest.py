"""What backtest prints."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from hbm_model.evaluation.backtest import MODEL, VARIANTS
from hbm_model.evaluation.study import Study, coverage, question_scores, skills, variants


def as_text(study: Study) -> str:
    """Return the study for people: skill by quantity and baseline, coverage, questions.

    Parameters
    ----------
    study
        From :func:`hbm_model.evaluation.study.load_study`.
    """
    found = skills(study)
    table = found.pivot_table(index="quantity", columns="baseline", values="skill", sort=False)
    held = coverage(study)
    held = held[held["forecaster"] == MODEL].pivot_table(index="quantity", columns="measure", values="mean", sort=False)
    count = study.scored[(study.scored["forecaster"] == MODEL) & (study.scored["variant"] == VARIANTS[0])]
    lines = [
        f"{count['origin'].nunique()} origins, {len(count)} targets. Skill = 1 - our weighted interval score / theirs.",
        "",
        table.map(_signed).to_string(),
        "",
        "Share of outcomes in the model's intervals",
        held.map(lambda x: f"{100 * x:.0f} %").to_string(),
    ]
    asked = question_scores(study)
    if len(asked):
        lines += ["", f"Settled questions: {len(asked)}, Brier score {asked['brier'].mean():.3f} (even odds: 0.250)."]
    return "\n".join(lines)


def as_json(study: Study) -> dict[str, Any]:
    """Return the study as plain values, for machines.

    Parameters
    ----------
    study
        From :func:`hbm_model.evaluation.study.load_study`.
    """
    tables = {"skill": skills(study), "coverage": coverage(study), "variants": variants(study)}
    plain = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
    asked = question_scores(study)
    return plain | {"questions": {"n": len(asked), "brier": float(asked["brier"].mean()) if len(asked) else None}}


def _signed(value: float) -> str:
    return "" if np.isnan(value) else f"{value:+.2f}"
