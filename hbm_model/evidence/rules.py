"""What must hold between the columns of a row and between tables, as the schema's `rules` say it."""

import calendar
import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hbm_model.core.errors import choice, quoted
from hbm_model.evidence.cells import Value
from hbm_model.evidence.schema import Rule

Row = Mapping[str, Value | None]


@dataclass(frozen=True)
class Breach:
    """How a row breaks a rule.

    Attributes
    ----------
    column
        The column to blame.
    message
        What is wrong.
    mend
        What to do about it.
    """

    column: str
    message: str
    mend: str


def breaches(rule: Rule, row: Row, ids: Mapping[str, frozenset[str]]) -> Iterator[Breach]:
    """Yield how a row breaks a rule.

    Parameters
    ----------
    rule
        One of the schema's ``rules``; its ``where`` says which rows it is for.
    row
        Values by column, None where a cell is empty or at fault.
    ids
        Ids in every table that could be read, by table. A rule that points to any other table is passed over.
    """
    if all(str(row[column]) in words for column, words in rule.get("where", {}).items()):
        yield from RULES[rule["rule"]](rule, row, ids)


def _order(rule: Rule, row: Row, _: Mapping[str, frozenset[str]]) -> Iterator[Breach]:
    first, second = rule["columns"]
    before, after = row[first], row[second]
    if before is not None and after is not None and after < before:  # type: ignore[operator]
        lies = "lies before" if isinstance(after, datetime.date) else "is less than"
        yield Breach(second, f"{lies} {first}, which is {_plain(before)}", "swap the two, or look them up again")


def _bounds(rule: Rule, row: Row, _: Mapping[str, frozenset[str]]) -> Iterator[Breach]:
    low, high, bound = (rule[end] for end in ("low", "high", "bound"))
    has_low, has_high = row[low] is not None, row[high] is not None
    if row[bound] == "lower" and not has_low:
        yield Breach(low, "is empty, where bound says lower", f"put the bound into {low}")
    elif row[bound] == "lower" and has_high:
        yield Breach(high, "is filled, where bound says lower (at least)", f"empty {high}, or set bound to none")
    elif row[bound] == "upper" and not has_high:
        yield Breach(high, "is empty, where bound says upper", f"put the bound into {high}")
    elif row[bound] == "none" and has_low != has_high:
        empty = high if has_low else low
        side = "lower" if has_low else "upper"
        yield Breach(empty, "is empty, where bound says none", f"repeat the single value, or set bound to {side}")


def _range(rule: Rule, row: Row, _: Mapping[str, frozenset[str]]) -> Iterator[Breach]:
    least, greatest = rule.get("minimum"), rule.get("maximum")
    what = " and ".join(str(row[column]) for column in rule["where"])
    for column in rule["columns"]:
        value = row[column]
        if not isinstance(value, float):
            continue
        if least is not None and value < least:
            yield Breach(column, f"lies below {least}, the least possible {what}", "look the value up again")
        elif greatest is not None and value > greatest:
            yield Breach(column, f"lies above {greatest}, the greatest possible {what}", "look the value up again")


def _happened(rule: Rule, row: Row, _: Mapping[str, frozenset[str]]) -> Iterator[Breach]:
    day, published = row[rule["column"]], row["published"]
    if not (isinstance(day, datetime.date) and isinstance(published, datetime.date)):
        return
    exact = row[rule["precision"]] == "day" if "precision" in rule else True
    if day > (published if exact else _end_of_month(published)):
        said = f"was published on {published}, so it cannot yet have happened"
        claimed = f" as {row['status']}" if "status" in rule.get("where", {}) else ""
        yield Breach(rule["column"], f"is claimed{claimed} but {said}", "mend the date or the status")


def _units(rule: Rule, row: Row, _: Mapping[str, frozenset[str]]) -> Iterator[Breach]:
    metric, unit = row[rule["metric"]], row[rule["unit"]]
    allowed: Sequence[str] = rule["allowed"].get(metric, ())
    if unit is not None and allowed and unit not in allowed:
        yield Breach(rule["unit"], f"is no unit of {metric}", choice(str(unit), allowed, "add it to the rule"))


def _ids(rule: Rule, row: Row, ids: Mapping[str, frozenset[str]]) -> Iterator[Breach]:
    tables: Sequence[str] = rule.get("tables") or [rule["table"]]
    if any(table not in ids for table in tables):
        return
    for word in str(row[rule["column"]] or "").split():
        if not any(word in ids[table] for table in tables):
            yield Breach(rule["column"], f"names {quoted(word)}, no row of {', '.join(tables)}", "name rows that exist")


def _end_of_month(day: datetime.date) -> datetime.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _plain(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


RULES: dict[str, Callable[[Rule, Row, Mapping[str, frozenset[str]]], Iterator[Breach]]] = {
    "order": _order,
    "bounds": _bounds,
    "range": _range,
    "happened": _happened,
    "units": _units,
    "ids": _ids,
}
