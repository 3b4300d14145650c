"""The quantities of a forecast: what each is, once, and which sets it belongs to.

Tables, questions, alerts, charts, summaries, sweeps and the page take their lists of quantities from here. What a
quantity is called in each language stands in ``quantities.toml``; how a gap is computed from a simulated world, in
:mod:`hbm_model.forecasting.gaps`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Whose = Literal["china", "makers", "blocs", "world"]

TABLE_QUANTILES = {"q05": 0.05, "q10": 0.10, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q90": 0.90, "q95": 0.95}
"""Quantiles of a forecast's tables, by column."""
QUANTILES = {name: TABLE_QUANTILES[name] for name in ("q05", "q25", "q50", "q75", "q95")}
"""The median and the ends of the 50 % and 90 % intervals, which charts and judgements show."""
LATER = ("2028Q4", "2032Q4")
"""The quarters after the as-of date's of which answers speak."""


@dataclass(frozen=True)
class Quantity:
    """One quantity of the forecast.

    Attributes
    ----------
    name
        As in the tables.
    unit
        Of its values: ``years`` for a lag, ``decimal year`` for a date, ``pp`` for percentage points, ``ratio`` or
        ``share`` for a fraction that is shown in percent.
    dims
        Out of ``generation`` and ``period``, what its values are labelled with beside maker and draw.
    whose
        ``china`` for a gap of China to Korea; else what stands in the column ``vendor``: every one of the ``makers``,
        these and the two ``blocs``, or these and the ``world``.
    headline
        Whether its draws are kept. Runs are then compared by it, alerts may be set on it, the page shows it, and each
        scenario's effect on it is split into the parts of the system.
    leading
        Whether a run's summary begins with it: ``runs show``, and the cards and the table of policies of the page.
    asked
        Whether dated questions may be about it.
    swept
        Whether :mod:`hbm_model.analysis.sweep` evaluates it, lean, at many settings of levers.
    split
        Whether every draw has it at every quarter, so that its variance can be split into sources.
    stacked
        Whether it has further rows for the taller stacks of a generation.
    """

    name: str
    unit: str
    dims: tuple[str, ...] = ("period",)
    whose: Whose = "china"
    headline: bool = False
    leading: bool = False
    asked: bool = True
    swept: bool = False
    split: bool = False
    stacked: bool = False

    @property
    def over_time(self) -> bool:
        """Whether it has one value a quarter."""
        return "period" in self.dims

    @property
    def by_generation(self) -> bool:
        """Whether it has one value a generation."""
        return "generation" in self.dims

    @property
    def percent(self) -> bool:
        """Whether it is a fraction that is shown in percent."""
        return self.unit in ("ratio", "share")

    @property
    def date(self) -> bool:
        """Whether its values are dates, ``inf`` beyond the horizon."""
        return self.unit == "decimal year"

    @property
    def lag(self) -> bool:
        """Whether it is a time behind, which nothing shipped makes the largest of all."""
        return self.unit == "years"


_BY_GENERATION = ("generation",)
_PRODUCT = ("generation", "period")
_MONTHLY = "thousand wafers per month"

QUANTITIES = (
    Quantity("volume_date", "decimal year", _BY_GENERATION, "world", stacked=True),
    Quantity("sample_date", "decimal year", _BY_GENERATION, "world"),
    Quantity("die_yield", "percent", _PRODUCT, "makers"),
    Quantity("stack_yield", "percent", _PRODUCT, "makers"),
    Quantity("final_yield", "percent", _PRODUCT, "makers"),
    Quantity("hbm_wafer_capacity", _MONTHLY, whose="world"),
    Quantity("dram_wafer_capacity", _MONTHLY, whose="world"),
    Quantity("bits_shipped", "billion Gb per quarter", whose="world"),
    Quantity("frontier_lag", "years", headline=True, leading=True, swept=True, split=True),
    Quantity("frontier_lag_at_least", "years", asked=False, swept=True, split=True),
    Quantity("generation_lag", "years", _BY_GENERATION, headline=True, leading=True),
    Quantity("yield_gap", "pp", headline=True),
    Quantity("yield_gap_same_age", "pp", headline=True),
    Quantity("capacity_ratio", "ratio", headline=True, leading=True, swept=True, split=True),
    Quantity("output_ratio", "ratio", headline=True, leading=True, swept=True, split=True),
    Quantity("bandwidth_ratio", "ratio", headline=True, split=True),
    Quantity("bit_share", "share", whose="blocs", headline=True, split=True),
    Quantity("revenue_share", "share", whose="blocs", headline=True),
    Quantity("catch_up", "decimal year", dims=(), headline=True),
    Quantity("planned_lag", "years", _PRODUCT, leading=True, asked=False),
)
"""Every quantity, in the order in which readers are shown them.

``frontier_lag_at_least`` is in no forecast: it is the frontier lag where China ships in volume, and elsewhere the years
since Korea's first HBM2 volume, which the lag then exceeds. ``planned_lag`` has rows by generation and rows over time,
none of both.
"""
BY_NAME: Mapping[str, Quantity] = {quantity.name: quantity for quantity in QUANTITIES}


def _names(quantities: Iterable[Quantity]) -> tuple[str, ...]:
    return tuple(quantity.name for quantity in quantities)


_HEADLINES = tuple(quantity for quantity in QUANTITIES if quantity.headline)
HEADLINES = _names(sorted(_HEADLINES, key=lambda quantity: quantity.dims != _BY_GENERATION))
"""Quantities whose draws are kept, in the order of the tables: those by generation come first."""
GAPS = _names(quantity for quantity in _HEADLINES if quantity.dims)
"""Headline gaps that have a course, over time or from generation to generation."""
OVER_TIME = _names(quantity for quantity in _HEADLINES if quantity.over_time)
"""Headline gaps with one value a quarter."""
LEADING = _names(quantity for quantity in _HEADLINES if quantity.leading and quantity.over_time)
"""Headline gaps with which a summary begins."""
LEADING_BY_GENERATION = _names(quantity for quantity in QUANTITIES if quantity.leading and quantity.by_generation)
"""What a summary says of each generation in dispute."""
ASKED = _names(quantity for quantity in QUANTITIES if quantity.asked)
"""What dated questions may be about: the ``quantity`` of ``questions.csv``."""
SWEPT = _names(quantity for quantity in QUANTITIES if quantity.swept)
"""What sweeps of levers evaluate."""
SWEPT_HEADLINES = tuple(name for name in SWEPT if BY_NAME[name].headline)
"""What sweeps of levers evaluate unless they are asked for something else."""
SPLIT = _names(quantity for quantity in QUANTITIES if quantity.split)
"""What every draw has at every quarter, so that its variance can be split into sources."""
LAG_AT_LEAST = "frontier_lag_at_least"


TEXTS = {
    "charts": ("title", "label"),
    "report": ("heading", "definition", "card", "head"),
    "cli": ("short", "row", "column", "never"),
}
"""Which texts of a gap each room uses: the terminal's are English alone."""


@cache
def texts(room: str, lang: str = "en") -> Mapping[str, str]:
    """What a room calls the gaps in a language, by keys like ``gap.frontier_lag.title``.

    Parameters
    ----------
    room
        Of :data:`TEXTS`; another has none.
    lang
        Like ``en``.

    Returns
    -------
    Mapping[str, str]
        ``title`` and ``label`` of charts; ``heading`` (the title unless the page has its own) and ``definition`` of the
        page, and for a leading gap ``card`` and the ``head`` of a column; of what the terminal prints, ``short`` within
        a line, ``row`` and ``column`` of tables, and ``never`` for the draws without a value.
    """
    table = tomllib.loads(files("hbm_model.core").joinpath("quantities.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for name, languages in table.items():
        own = languages.get(lang, {})
        own = {"heading": own["title"], **own} if "title" in own else own
        found |= {f"gap.{name}.{what}": own[what] for what in TEXTS.get(room, ()) if what in own}
    return found


def text(name: str, what: str) -> str:
    """What the terminal calls a gap; see :func:`texts`.

    Parameters
    ----------
    name
        A gap, as in :data:`QUANTITIES`.
    what
        Which of its texts, out of ``TEXTS["cli"]``.
    """
    return texts("cli")[f"gap.{name}.{what}"]
