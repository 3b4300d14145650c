"""Published scores: those that the package tells of its own last backtest, kept beside the evidence.

``docs/generate/scores.py`` writes them with the tables of ``docs/scores.md``, so that both are of one study; the report
reads them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from hbm_model.core.data import bundled_data
from hbm_model.core.errors import InputError
from hbm_model.evaluation import history
from hbm_model.evaluation.backtest import MODEL, VARIANTS
from hbm_model.evaluation.scores import INTERVALS
from hbm_model.evaluation.study import Study, coverage, question_scores, skills

PLACE = Path("scores", "backtest.json")
"""Where they lie in the data folder."""
QUANTITIES = ("volume_date", "sample_date", *history.QUANTITIES, "lag")
"""What is scored, in the order in which it is told."""
ALL = "all"
"""All quantities together."""
DRAWN = ("guidance", "last", "drift", "others")
"""The baselines that the chart of skill draws; those that it leaves out are asked of few targets."""


def told(study: Study) -> dict[str, Any]:
    """What is kept of a study, as plain values.

    Parameters
    ----------
    study
        From :func:`hbm_model.evaluation.study.load_study`.

    Returns
    -------
    made, version
        Day on which the last origin was finished, and the versions that finished them.
    origins
        Days.
    passed
        Number of origins whose fit passed its gate.
    targets
        Number of claims scored.
    skill
        Rows of ``quantity, forecaster, n, skill, low, high``.
    coverage
        Rows of ``quantity, n`` and the share in each interval.
    questions
        ``n``, ``brier``, and ``base``, the Brier score of the share of yes.
    """
    facts = [each for each in study.facts if each["variant"] == VARIANTS[0]]
    scored = study.scored
    ours = scored[(scored["variant"] == VARIANTS[0]) & (scored["forecaster"] == MODEL)]
    asked = question_scores(study)
    share = float(asked["happened"].mean()) if len(asked) else None
    return {
        "made": max(str(each["made"]) for each in facts),
        "version": ", ".join(sorted({str(each["version"]) for each in facts if each["version"]})),
        "origins": sorted(str(each["as_of"]) for each in facts),
        "passed": sum(bool(each["diagnostics"]["passed"]) for each in facts),
        "targets": len(ours),
        "skill": _skill(study),
        "coverage": _coverage(study),
        "questions": {
            "n": len(asked),
            "brier": None if share is None else round(float(asked["brier"].mean()), 4),
            "base": None if share is None else round(share * (1 - share), 4),
        },
    }


def write(found: Mapping[str, Any], data: Path) -> Path:
    """Write what is kept of a study into a data folder; returns the file.

    Parameters
    ----------
    found
        From :func:`told`.
    data
        The data folder; a file that is there is replaced.
    """
    path = data / PLACE
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def read(data: Path | None = None) -> dict[str, Any] | None:
    """What a data folder keeps of a study; None where it keeps nothing.

    Parameters
    ----------
    data
        The data folder (None: the package's own).

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    path = (data or bundled_data()) / PLACE
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError) as fault:
        raise InputError(f"{path}: cannot be read ({fault})") from fault


def compared(found: Mapping[str, Any]) -> pd.DataFrame:
    """What the chart of skill draws: each quantity against the main baselines, with the model's coverage of it.

    Parameters
    ----------
    found
        From :func:`told` or :func:`read`.
    """
    held = {row["quantity"]: {f"coverage{name[2:]}": row[name] for name in INTERVALS} for row in found["coverage"]}
    rows = [row for row in found["skill"] if row["quantity"] != ALL and row["forecaster"] in DRAWN]
    columns = ["quantity", "forecaster", "skill", "low", "high", "n", *(f"coverage{name[2:]}" for name in INTERVALS)]
    table = pd.DataFrame([{**row, **held[row["quantity"]]} for row in rows], columns=columns)
    return table.astype({"low": float, "high": float})


def _skill(study: Study) -> list[dict[str, Any]]:
    found = pd.concat([skills(study), skills(study, by=()).assign(quantity=ALL)], ignore_index=True)
    found = found.drop(columns="n").rename(columns={"baseline": "forecaster", "weight": "n"})
    return _plain(found[["quantity", "forecaster", "n", "skill", "low", "high"]])


def _coverage(study: Study) -> list[dict[str, Any]]:
    found = pd.concat(
        [coverage(study), coverage(study, by=()).assign(quantity=ALL)],
        ignore_index=True,
    )
    ours = found[found["forecaster"] == MODEL]
    wide = ours.pivot_table(index="quantity", columns="measure", values="mean", sort=False)[list(INTERVALS)]
    counts = ours.drop_duplicates("quantity").set_index("quantity")["weight"]
    return _plain(wide.assign(n=counts).reset_index()[["quantity", "n", *INTERVALS]])


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values to four digits; None where there is no number."""
    order = [[*QUANTITIES, ALL].index(name) for name in frame["quantity"]]
    rounded = frame.assign(_order=order).sort_values("_order", kind="stable").drop(columns="_order")
    rounded = rounded.round(4).astype({"n": int})
    rows: list[dict[str, Any]] = json.loads(rounded.to_json(orient="records"))
    return rows
