"""A stored run in a few lines: the gap now and later, and how good the fit was. Read from the run folder alone."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from hbm_model.calendar import decimal_year, quarter_label
from hbm_model.store import Run
from hbm_model.watch_report import lines as watch_lines
from hbm_model.watch_report import watched

if TYPE_CHECKING:
    import pandas as pd

LATER = ("2028Q4", "2032Q4")
GENERATIONS = ("HBM3", "HBM3E")
_OVER_TIME = {
    "frontier_lag": "China behind Korea's frontier, years",
    "capacity_ratio": "HBM wafers, China / Korea, %",
    "output_ratio": "HBM bits shipped, China / Korea, %",
}
_BY_GENERATION = {
    "generation_lag": "China's volume start after Korea's, years",
    "planned_lag": "  the same, plans taken at their word",
}
_NEVER = {
    "frontier_lag": "  draws in which China ships none yet, %",
    "generation_lag": "  draws in which it is beyond the horizon, %",
}
_WIDTH = 46
_NAMES, _CHANGE = 20, 33
_ROUNDS_TO_ZERO = 0.05


@dataclass(frozen=True)
class Figure:
    """One number of the answer with its 90 % interval; None where the draws do not reach that quantile."""

    quantity: str
    generation: str
    period: str
    unit: str
    median: float | None
    q05: float | None
    q95: float | None
    prob_never: float | None

    @property
    def words(self) -> str:
        """Median and interval as people read them; a dash is a quantile that lies beyond the horizon."""
        scale = 100 if self.unit == "ratio" else 1
        median, low, high = ("-" if x is None else f"{scale * x:.1f}" for x in (self.median, self.q05, self.q95))
        return median if (low, high) == (median, median) else f"{median} ({low} to {high})"


@dataclass(frozen=True)
class Change:
    """What one scenario changes of one gap: its mean, its 90 % interval, and the part of the system behind it."""

    scenario: str
    quantity: str
    period: str
    unit: str
    mean: float | None
    q05: float | None
    q95: float | None
    prob_larger: float | None
    prob_smaller: float | None
    driver: str

    @property
    def words(self) -> str:
        """Mean and interval as people read them, and through what; a dash where nothing moves."""
        if not self.prob_larger and not self.prob_smaller:
            return "-"
        scale = 100 if self.unit == "ratio" else 1
        mean, low, high = (signed(x, scale) for x in (self.mean, self.q05, self.q95))
        return f"{mean} ({low} to {high}) {self.driver}".rstrip()


def figures(run: Run) -> list[Figure]:
    """Return the gap now, at the end of 2028 and of 2032, and the lags of the generations in dispute."""
    import pandas as pd

    frame = pd.read_parquet(run.path / "forecast.parquet", filters=[("scenario", "==", "baseline")])
    over_time = frame["quantity"].isin(list(_OVER_TIME)) & frame["period"].isin(_periods(run))
    by_generation = frame["quantity"].isin(list(_BY_GENERATION)) & frame["generation"].isin(GENERATIONS)
    rows = _records(frame[over_time | by_generation])
    return [_built(Figure, {**row, "median": row["q50"]}) for row in rows]


def changes(run: Run) -> list[Change]:
    """Return what each scenario changes of the gaps over time, at the last of the later quarters."""
    import pandas as pd

    frame = pd.read_parquet(run.path / "contrasts.parquet")
    frame = frame[frame["quantity"].isin(list(_OVER_TIME)) & (frame["period"] == _periods(run)[-1])]
    return [_built(Change, row) for row in _records(frame)]


def diagnostics(run: Run) -> dict[str, Any]:
    """Return what `diagnostics.json` says about the fit."""
    found: dict[str, Any] = json.loads((run.path / "diagnostics.json").read_text(encoding="utf-8"))
    return found


def as_json(run: Run) -> dict[str, Any]:
    """Return the run for machines: its manifest, the figures (of a published one) and the diagnostics."""
    published = run.status == "published"
    return {
        "path": str(run.path),
        "manifest": dict(run.manifest),
        "figures": [asdict(figure) for figure in figures(run)] if published else [],
        "changes": [asdict(change) for change in changes(run)] if published else [],
        "watch": [asdict(event) for event in watched(run)],
        "diagnostics": diagnostics(run),
    }


def as_text(run: Run) -> str:
    """Return the run for people."""
    facts = run.manifest
    lines = [f"Run {run.run_id}: {run.status}, stored in {run.path}"]
    if facts.get("quick"):
        lines.append("QUICK: few draws and a looser gate; for trying things out, not for quoting.")
    if run.status == "published":
        shown = figures(run)
        lines += [
            "",
            f"The gap as of {facts['as_of']} (evidence gathered through {facts['observed_through']}), baseline;",
            "median and 90 % interval.",
            "",
            *_table(_OVER_TIME, shown, "period", _periods(run)),
            "",
            *_table(_BY_GENERATION, shown, "generation", GENERATIONS),
            *_change_lines(changes(run)),
            *watch_lines(watched(run)),
        ]
    lines += ["", _fit_line(diagnostics(run))]
    seconds = facts["seconds"]
    parts = ", ".join(f"{name} {value:.0f}" for name, value in seconds.items() if value >= 1)
    took = f"Took {sum(seconds.values()):.0f} s{f' ({parts})' if parts else ''}"
    lines.append(f"{took}, {facts['peak_memory_mb']:.0f} MB at most.")
    return "\n".join(lines)


def _table(labels: dict[str, str], shown: Iterable[Figure], column: str, heads: Sequence[str]) -> list[str]:
    found = {(figure.quantity, getattr(figure, column)): figure for figure in shown}
    lines = [_line("", heads)]
    for quantity, label in labels.items():
        cells = [found.get((quantity, head)) for head in heads]
        lines.append(_line(label, ["" if cell is None else cell.words for cell in cells]))
        if quantity in _NEVER and any(cell is not None and cell.prob_never for cell in cells):
            nevers = ["" if cell is None else f"{100 * (cell.prob_never or 0):.0f}" for cell in cells]
            lines.append(_line(_NEVER[quantity], nevers))
    return lines


def _change_lines(shown: Sequence[Change]) -> list[str]:
    """Scenarios line by line; nothing where there is only the baseline."""
    if not shown:
        return []
    found = {(change.scenario, change.quantity): change.words for change in shown}
    heads = {"frontier_lag": "lag, years", "capacity_ratio": "wafers, % points", "output_ratio": "bits, % points"}
    names = dict.fromkeys(change.scenario for change in shown)
    return [
        "",
        f"If policy differs: change from the baseline by {shown[0].period}, mean and 90 % interval, through what",
        "".ljust(_NAMES) + "".join(head.ljust(_CHANGE) for head in heads.values()).rstrip(),
        *(
            (name.ljust(_NAMES) + "".join(found.get((name, gap), "").ljust(_CHANGE) for gap in heads)).rstrip()
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


def _periods(run: Run) -> tuple[str, ...]:
    """Return the as-of date's quarter, then the later ones."""
    now = quarter_label(decimal_year(date.fromisoformat(str(run.manifest["as_of"]))))
    return (now, *(period for period in LATER if period > now))


def _records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Rows as plain values, None for a number that is missing."""
    return [
        {str(name): None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def _built[Row: (Figure, Change)](kind: type[Row], row: Mapping[str, Any]) -> Row:
    return kind(**{each.name: row[each.name] for each in fields(kind)})


def signed(value: float | None, scale: float) -> str:
    """A change to one decimal; zero has no sign, and what is missing is a dash."""
    if value is None or math.isnan(value):
        return "-"
    return "0" if abs(scale * value) < _ROUNDS_TO_ZERO else f"{scale * value:+.1f}"
