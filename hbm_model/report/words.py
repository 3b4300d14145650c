"""All fixed words of the page, and how numbers and dates are written.

The words stand in ``report/locale/<language>.toml``, those of a gap or of a kind of claim beside its registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite, isnan
from typing import Any

from hbm_model.core.dates import parse_quarter, quarter_label
from hbm_model.core.words import Catalogue, Words

CATALOGUE = Catalogue("report", "there is no report in", registry="model/kinds.toml")


@dataclass(frozen=True)
class PageWords(Words):
    """The words of the page in one language, with its ways to write numbers, units and dates."""

    def number(self, value: float | None, digits: int = 1, sign: bool = False) -> str:
        """Write a number to `digits` decimals; a quantile beyond the horizon in words.

        Parameters
        ----------
        value
            The number (None, NaN or infinite: beyond the horizon).
        digits
            Decimals.
        sign
            Whether a positive number gets a plus.
        """
        if value is None or not isfinite(value):
            return self.say("unit.beyond")
        text = f"{value:{'+' if sign else ''}.{digits}f}"
        return "0" if not float(text) else text.replace("-", "\u2212")

    def measure(self, value: float | None, unit: str, sign: bool = False) -> str:
        """Write a number of the forecast with its unit.

        Parameters
        ----------
        value
            The number in the forecast's unit (None or NaN: beyond the horizon).
        unit
            ``years``, ``ratio``, ``share``, ``pp`` or ``change_points``.
        sign
            Whether a positive number gets a plus.
        """
        scale, digits, key = _UNITS[unit]
        if value is None or isnan(value):
            return self.say("unit.beyond")
        return self.say(f"unit.{key}", number=self.number(scale * value, digits, sign))

    def interval(self, row: Mapping[str, Any], unit: str, middle: str = "q50", sign: bool = False) -> str:
        """Write the middle and the 90 % interval; the middle alone where the ends look the same.

        Parameters
        ----------
        row
            Numbers by name, in the forecast's unit: ``q05``, ``q95`` and the middle, NaN beyond the horizon.
        unit
            ``years``, ``ratio``, ``share``, ``pp`` or ``change_points``.
        middle
            Name of the middle: ``q50`` or ``mean``.
        sign
            Whether positive numbers get a plus.
        """
        scale, digits, key = _UNITS[unit]
        if isnan(row["q95"]) and not isnan(row["q05"]):  # a lag whose later end lies beyond the horizon
            low = self.number(row["q05"], digits)
            if isnan(row[middle]):
                return self.say("unit.years_late", low=low)
            return self.say("unit.years_from", middle=self.number(row[middle], digits), low=low)
        ends = [self.number(scale * row[name], digits, sign) for name in ("q05", "q95")]
        centre = self.number(scale * row[middle], digits, sign)
        if ends[0] == ends[1] == centre:
            return self.measure(row[middle], unit, sign)
        return self.say(f"unit.{key}_interval", middle=centre, low=ends[0], high=ends[1])

    def chance(self, share: float) -> str:
        """Write a probability in whole percent, and in words where it rounds to none or to all.

        Parameters
        ----------
        share
            Fraction from 0 to 1.
        """
        whole = round(100 * share)
        if share > 0 and whole == 0:
            return self.say("chance.under")
        if share < 1 and whole == 100:
            return self.say("chance.over")
        return self.say("chance.percent", number=whole)

    def day(self, day: date) -> str:
        """Write a day.

        Parameters
        ----------
        day
            The day.
        """
        return self.say("date.day", year=day.year, month=self.say(f"date.month_{day.month}"), day=day.day)

    def quarter(self, period: str) -> str:
        """Write a quarter.

        Parameters
        ----------
        period
            Quarter like ``2028Q4``.
        """
        year, number = parse_quarter(period)
        return self.say("date.quarter", year=year, number=number)

    def year_end(self, period: str) -> str:
        """Write a quarter, a fourth one as the end of its year.

        Parameters
        ----------
        period
            Quarter like ``2028Q4``.
        """
        year, number = parse_quarter(period)
        return self.say("date.year_end", year=year) if number == 4 else self.quarter(period)

    def when(self, year: float | None) -> str:
        """Write a date as its quarter.

        Parameters
        ----------
        year
            Decimal years (None or NaN: beyond the horizon).
        """
        missing = year is None or isnan(year)
        return self.say("unit.beyond") if missing or year is None else self.quarter(quarter_label(year))


_UNITS = {
    "years": (1.0, 1, "years"),
    "ratio": (100.0, 1, "percent"),
    "share": (100.0, 1, "percent"),
    "pp": (1.0, 0, "points"),
    "change_points": (100.0, 1, "points"),
}
"""Scale, digits and key of the units of the gaps."""


def load_words(lang: str) -> PageWords:
    """Words of the page in one language.

    Parameters
    ----------
    lang
        Language of the page, like ``en`` or ``ko``.

    Raises
    ------
    InputError
        If there is none.
    """
    return PageWords(lang, CATALOGUE.table(lang))
