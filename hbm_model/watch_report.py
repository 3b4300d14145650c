"""What to watch, as the summary of a run says it. Read from the run folder alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hbm_model.store import Run

MOST = 5
"""Events that a reader is told of."""
_GAPS = {
    "frontier_lag_at_least": "frontier lag",
    "capacity_ratio": "HBM wafers, China / Korea",
    "output_ratio": "HBM bits, China / Korea",
    "generation_lag": "generation lag",
}
_COLUMNS = ("event", "text", "closes", "probability", "information", "quantity", "generation", "period", "unit")
_NUMBERS = (
    *("reduction", "mc_error", "noise"),
    *("mean_yes", "q05_yes", "q95_yes", "mean_no", "q05_no", "q95_no"),
)


@dataclass(frozen=True)
class Watched:
    """One event to watch, and the gap that it tells most of.

    Attributes
    ----------
    closes : ISO date. probability : of a yes. information : mean expected reduction of variance over all gaps.
    quantity, generation, period, unit : the gap. reduction, mc_error, noise : its own expected reduction of variance.
    mean_yes ... q95_no : the gap's mean and 90 % interval under either answer.
    """

    event: str
    text: str
    closes: str
    probability: float
    information: float
    quantity: str
    generation: str
    period: str
    unit: str
    reduction: float
    mc_error: float
    noise: float
    mean_yes: float
    q05_yes: float
    q95_yes: float
    mean_no: float
    q05_no: float
    q95_no: float

    @property
    def words(self) -> str:
        """What the answer would say of the gap."""
        scale, unit = (100, " %") if self.unit == "ratio" else (1, f" {self.unit}")
        yes, no = (
            f"{scale * mean:.1f}{unit} ({scale * low:.1f} to {scale * high:.1f}) if {answer}"
            for answer, mean, low, high in (
                ("yes", self.mean_yes, self.q05_yes, self.q95_yes),
                ("no", self.mean_no, self.q05_no, self.q95_no),
            )
        )
        name = " ".join(filter(None, (_GAPS[self.quantity], self.generation, self.period)))
        return f"{name}: {yes}, {no}; {100 * self.reduction:.0f} % of its variance"


def watched(run: Run) -> list[Watched]:
    """The most informative events of a run, one about each thing; none of a run that kept no such file."""
    import pandas as pd

    file = run.path / "watch.parquet"
    if not file.is_file():
        return []
    frame = pd.read_parquet(file)
    frame = frame[(frame["information"] > 0) & (frame["reduction"] > frame["noise"])]
    best = frame.loc[frame.groupby("event", sort=False)["reduction"].idxmax()]
    best = best.sort_values("information", ascending=False, kind="stable").drop_duplicates("about").head(MOST)
    return [_of_row(row) for row in best.to_dict("records")]


def lines(shown: Sequence[Watched]) -> list[str]:
    """The same for people; nothing where there is nothing to watch."""
    if not shown:
        return []
    words = [
        "",
        "What to watch: events of the next two years by the share of the gaps' variance that their answer removes",
        f"{'closes':12}{'yes':>6}{'removes':>9}  event, and the gap that it says most of (mean and 90 % interval)",
    ]
    for each in shown:
        chance, share = f"{100 * each.probability:.0f} %", f"{100 * each.information:.0f} %"
        words += [f"{each.closes:12}{chance:>6}{share:>9}  {each.text}", f"{'':29}{each.words}"]
    return words


def _of_row(row: Any) -> Watched:
    numbers = {name: float(row[name]) for name in _NUMBERS}
    return Watched(**{name: row[name] for name in _COLUMNS} | {"closes": f"{row['closes']:%Y-%m-%d}"} | numbers)
