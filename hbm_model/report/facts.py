"""What a run says, read from its folder once: tables, dates and the quarters that the page speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from hbm_model.core.dates import decimal_year, quarter_label
from hbm_model.core.quantities import LATER
from hbm_model.evidence.questions import Question
from hbm_model.policy.scenarios import BASELINE, Scenario
from hbm_model.store.disk import Run
from hbm_model.store.manifest import Manifest
from hbm_model.store.stored import StoredRun

CHINA, KOREA = "china", "korea"


@dataclass(frozen=True)
class Facts:
    """The tables of one run, each read when it is first asked for.

    Attributes
    ----------
    stored
        From :func:`hbm_model.load_run`.
    """

    stored: StoredRun

    @property
    def run(self) -> Run:
        """Id, folder and manifest of the run."""
        return self.stored.run

    @property
    def manifest(self) -> Manifest:
        """What the run was made from."""
        return self.stored.manifest

    @property
    def as_of(self) -> date:
        """Day of the vintage."""
        return self.manifest.as_of

    @property
    def observed_through(self) -> date:
        """Day on which the evidence ends; silence up to it says something."""
        return self.manifest.observed_through

    @property
    def horizon(self) -> str:
        """Last quarter of the forecast."""
        return self.manifest.horizon

    @property
    def now(self) -> str:
        """Quarter of the as-of date."""
        return quarter_label(decimal_year(self.as_of))

    @cached_property
    def periods(self) -> tuple[str, ...]:
        """Quarters that the page tells: the as-of date's, those of the summary, and the horizon."""
        later = {period for period in (*LATER, self.horizon) if self.now < period <= self.horizon}
        return (self.now, *sorted(later))

    @cached_property
    def baseline(self) -> pd.DataFrame:
        """Forecast rows of the baseline."""
        return self.stored.baseline

    @cached_property
    def contrasts(self) -> pd.DataFrame:
        """Differences of China's gaps between each scenario and the baseline."""
        frame = self.stored.contrasts
        return frame[frame["vendor"] == CHINA]

    @cached_property
    def draws(self) -> pd.DataFrame:
        """Draws of the headline gaps in the baseline."""
        frame = self.stored.draws
        return frame[frame["scenario"].astype("str") == BASELINE]

    @cached_property
    def questions(self) -> pd.DataFrame:
        """Probabilities of dated questions in the baseline."""
        frame = self.stored.answers
        return frame[frame["scenario"] == BASELINE]

    @cached_property
    def question_of(self) -> dict[str, Question]:
        """Dated questions of the run's data folder by their id."""
        return {question.id: question for question in self.stored.questions}

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """Scenarios of the run's data folder by name, without those that came from another file."""
        return self.stored.scenarios

    @cached_property
    def _keyed(self) -> dict[tuple[str, str, str, str], dict[str, Any]]:
        records: list[dict[str, Any]] = self.baseline.to_dict("records")  # type: ignore[assignment]
        first: dict[tuple[str, str, str, str], dict[str, Any]] = {}
        for row in records:  # of several stack heights the first is the base one
            first.setdefault((row["quantity"], row["vendor"], row["generation"], row["period"]), row)
        return first

    def row(self, quantity: str, period: str = "", generation: str = "", vendor: str = CHINA) -> dict[str, Any] | None:
        """One row of the baseline, at base height; None where the quantity is not defined in enough draws.

        Parameters
        ----------
        quantity
            Name of the quantity.
        period
            Quarter like ``2028Q4`` (empty: a quantity without quarters).
        generation
            HBM generation (empty: a quantity without generations).
        vendor
            Maker or bloc.
        """
        return self._keyed.get((quantity, vendor, generation, period))

    def drawn(self, quantity: str, period: str = "") -> pd.Series[float]:
        """Draws of one of China's headline gaps, by draw number.

        Parameters
        ----------
        quantity
            Name of the gap.
        period
            Quarter like ``2028Q4`` (empty: a gap without quarters).
        """
        rows = self.draws[
            (self.draws["quantity"] == quantity)
            & (self.draws["vendor"] == CHINA)
            & (self.draws["period"].astype("str") == period)
        ]
        return rows.set_index("draw")["value"].astype(float)
