"""The vintage: what had been published by a day, and a digest of it.

Nothing that was published later may reach a fit, so every table of claims is cut on its `published` column, and the
digest is taken of what is left: a change of a later row changes neither.

Two things are not dated by a day. A row of `specs` has a year only; it counts as published when that year, or the
gathering of the evidence, has ended. The figures of `generations` rest on rows of `specs`; they are emptied until one
of those rows is published (the generations themselves stay: that there will be an HBM4 is no secret).
Corrections are ours, not the world's: they mend how a page was copied, and so hold in every vintage.
"""

import csv
import datetime
import hashlib
import io
import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from hbm_model.core.errors import InputError
from hbm_model.evidence.schema import Package, RestsOn, Table

Frames = dict[str, pd.DataFrame]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME_ZONES = datetime.timedelta(days=1)


def read_as_of(as_of: str | datetime.date | None, today: datetime.date) -> datetime.date:
    """Return the day that the caller names; today, when none is named.

    Parameters
    ----------
    as_of
        A date, a datetime or text like ``2026-06-30``; None for today.
    today
        Today's date here; one day later is allowed, for other time zones.

    Raises
    ------
    InputError
        If it is no date, or lies in the future.
    """
    if as_of is None:
        return today
    day: datetime.date | None = None
    if isinstance(as_of, datetime.datetime):
        day = None if pd.isna(as_of) else as_of.date()
    elif isinstance(as_of, datetime.date):
        day = as_of
    elif isinstance(as_of, str) and _DATE.fullmatch(as_of.strip()):
        try:
            day = datetime.date.fromisoformat(as_of.strip())
        except ValueError:
            day = None
    if day is None:
        raise InputError(f"as_of is {as_of!r}, which is no date; write it as YYYY-MM-DD, such as 2026-06-30")
    if day > today + _TIME_ZONES:
        raise InputError(f"as_of is {day}, which lies in the future (today is {today}); name a day that has been")
    return day


def cut(frames: Frames, package: Package, as_of: datetime.date) -> Frames:
    """Return the tables as they stood on a day: rows published by then, in their order.

    Parameters
    ----------
    frames
        All tables by name.
    package
        Their schema.
    as_of
        Last day of publication that is kept.

    Raises
    ------
    InputError
        If no claim had been published by then.
    """
    tables = dict(frames)
    for table in package.of_role("claims"):
        frame = frames[table.name]
        tables[table.name] = frame[_published(frame, table, package) <= pd.Timestamp(as_of)].reset_index(drop=True)
    if not any(len(tables[table.name]) for table in package.of_role("claims")):
        first = min(_published(frames[table.name], table, package).min() for table in package.of_role("claims"))
        begins = "it holds no claims at all" if pd.isna(first) else f"its first claim is of {first:%Y-%m-%d}"
        raise InputError(f"the evidence has nothing published on or before {as_of}; {begins}")
    for table in package.of_role("reference"):
        if table.rests_on is not None:
            tables[table.name] = _without_later_figures(tables, table, table.rests_on)
    return tables


def digest(tables: Mapping[str, pd.DataFrame], package: Package) -> str:
    """Return the SHA-256 of the tables' contents, whatever the order of their rows and columns or the line ends.

    Of a reference table that claims point to, only the rows that they point to count: a vendor or publisher added for
    a later claim is no part of an earlier vintage.

    Parameters
    ----------
    tables
        All tables by name, as :func:`cut` leaves them.
    package
        Their schema.
    """
    claims = package.of_role("claims")
    total = hashlib.sha256()
    for table in sorted((*claims, *package.of_role("reference")), key=lambda table: table.name):
        frame = tables[table.name]
        pointers = [(claim.name, key) for claim in claims for key in claim.foreign_keys if key.table == table.name]
        if pointers:
            used = {word for claim, key in pointers for word in tables[claim][key.column]}
            frame = frame[frame[pointers[0][1].key].isin(used)]
        total.update(f"{table.name}\n".encode())
        total.update(_canonical(frame, table).encode())
    return total.hexdigest()


def _published(frame: pd.DataFrame, table: Table, package: Package) -> "pd.Series[Any]":
    column = frame[table.published]
    if table.fields[table.published].type != "year":
        return column
    ends = pd.to_datetime(pd.DataFrame({"year": column, "month": 12, "day": 31}))
    gathered = pd.Timestamp(package.observed_through)
    return ends.where(ends <= gathered, gathered)


def _without_later_figures(tables: Mapping[str, pd.DataFrame], table: Table, rests_on: RestsOn) -> pd.DataFrame:
    frame = tables[table.name].copy()
    known = set(tables[rests_on.table]["id"])
    unknown = [known.isdisjoint(ids.split()) for ids in frame[rests_on.column]]
    for name in rests_on.figures:
        frame.loc[unknown, name] = "" if table.fields[name].type == "string" else float("nan")
    return frame


def _canonical(frame: pd.DataFrame, table: Table) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = sorted(table.fields)
    writer.writerow(names)
    columns = [_texts(frame[name]) for name in names]
    writer.writerows(sorted(zip(*columns, strict=True)))
    return text.getvalue()


def _texts(column: "pd.Series[Any]") -> list[str]:
    if pd.api.types.is_datetime64_any_dtype(column):
        return [str(day) for day in column.dt.strftime("%Y-%m-%d").fillna("")]
    if column.dtype == "float64":
        return ["" if math.isnan(value) else repr(value) for value in column.tolist()]
    return [str(value) for value in column]
