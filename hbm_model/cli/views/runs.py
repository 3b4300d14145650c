"""What runs show and forecast print of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from hbm_model.cli.views.watch import lines as watch_lines
from hbm_model.core.quantities import LEADING, LEADING_BY_GENERATION, text, texts
from hbm_model.store.manifest import PUBLISHED
from hbm_model.store.stored import StoredRun
from hbm_model.store.summary import (
    DISPUTED,
    Change,
    Figure,
    changes,
    figures,
    periods,
    watched,
)


def as_json(run: StoredRun) -> dict[str, Any]:
    """Return the run for machines: its manifest, the figures (of a published one) and the diagnostics.

    Parameters
    ----------
    run
        Published, or rejected by its gate.
    """
    published = run.manifest.status == PUBLISHED
    return {
        "path": str(run.run.path),
        "manifest": dict(run.manifest),
        "figures": [asdict(figure) for figure in figures(run)] if published else [],
        "changes": [asdict(change) for change in changes(run)] if published else [],
        "watch": [asdict(event) for event in watched(run)],
        "diagnostics": run.diagnostics,
    }


def as_text(run: StoredRun) -> str:
    """Return the run for people.

    Parameters
    ----------
    run
        Published, or rejected by its gate: of this one the fit alone is told.
    """
    manifest = run.manifest
    lines = [f"Run {run.run_id}: {manifest.status}, stored in {run.run.path}"]
    if manifest.quick:
        lines.append("QUICK: few draws and a looser gate; for trying things out, not for quoting.")
    if manifest.status == PUBLISHED:
        shown = figures(run)
        lines += [
            "",
            f"The gap as of {manifest.as_of} (evidence gathered through {manifest.observed_through}), baseline;",
            "median and 90 % interval.",
            "",
            *_table(LEADING, shown, "period", periods(run)),
            "",
            *_table(LEADING_BY_GENERATION, shown, "generation", DISPUTED),
            *_change_lines(changes(run)),
            *watch_lines(watched(run)),
        ]
    lines += ["", _fit_line(run.diagnostics)]
    seconds = manifest.seconds
    parts = ", ".join(f"{name} {value:.0f}" for name, value in seconds.items() if value >= 1)
    took = f"Took {sum(seconds.values()):.0f} s{f' ({parts})' if parts else ''}"
    lines.append(f"{took}, {manifest.peak_memory_mb:.0f} MB at most.")
    return "\n".join(lines)


def _table(quantities: Sequence[str], shown: Iterable[Figure], column: str, heads: Sequence[str]) -> list[str]:
    found = {(figure.quantity, getattr(figure, column)): figure for figure in shown}
    lines = [_line("", heads)]
    for quantity in quantities:
        cells = [found.get((quantity, head)) for head in heads]
        lines.append(_line(text(quantity, "row"), ["" if cell is None else cell.words for cell in cells]))
        never = texts("cli").get(f"gap.{quantity}.never")
        if never and any(cell is not None and cell.prob_never for cell in cells):
            nevers = ["" if cell is None else f"{100 * (cell.prob_never or 0):.0f}" for cell in cells]
            lines.append(_line(f"  {never}", nevers))
    return lines


def _change_lines(shown: Sequence[Change]) -> list[str]:
    """Scenarios line by line; nothing where there is only the baseline."""
    if not shown:
        return []
    found = {(change.scenario, change.quantity): change.words for change in shown}
    names = dict.fromkeys(change.scenario for change in shown)
    return [
        "",
        f"If policy differs: change from the baseline by {shown[0].period}, mean and 90 % interval, through what",
        "".ljust(_NAMES) + "".join(text(gap, "column").ljust(_CHANGE) for gap in LEADING).rstrip(),
        *(
            (name.ljust(_NAMES) + "".join(found.get((name, gap), "").ljust(_CHANGE) for gap in LEADING)).rstrip()
            for name in names
        ),
    ]


def _line(label: str, cells: Sequence[str]) -> str:
    return (label.ljust(_WIDTH) + "".join(cell.ljust(22) for cell in cells)).rstrip()


def _fit_line(found: dict[str, Any]) -> str:
    verdict = "passed" if found.get("passed") else "FAILED"
    return (
        f"Fit: {verdict} its gate. Worst R-hat {found['r_hat']:.4f}, worst ESS {found['ess_bulk']:.0f} bulk and "
        f"{found['ess_tail']:.0f} tail, {found['divergences']} divergences, E-BFMI {found['e_bfmi']:.2f}."
    )


_WIDTH = 46


_NAMES, _CHANGE = 20, 33
