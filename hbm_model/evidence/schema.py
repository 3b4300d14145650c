"""The one schema of the evidence: `datapackage.json`, read into objects.

The file is a Frictionless Data Package, so that others can read the tables without this program; the keys of our own
(`role`, `published`, `rules`, `rests_on`, `observed_through`) say what Table Schema has no words for. A column is
declared there and nowhere else.
"""

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from hbm_model.core.errors import Problem

DESCRIPTOR = "datapackage.json"
TYPES = ("string", "number", "integer", "boolean", "date", "year")
ROLES = ("claims", "reference", "corrections", "questions")
OPTIONAL: tuple["Role", ...] = ("questions",)
"""Roles of tables that a data folder may lack: those of the bundled folder hold then."""
RULES = ("order", "bounds", "range", "happened", "units", "ids")


Role = Literal["claims", "reference", "corrections", "questions"]
Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One column.

    Attributes
    ----------
    name
        Name of the column.
    type
        One of ``TYPES``.
    format
        Table Schema's format, such as ``uri``; "" for none.
    description
        What the column holds.
    constraints
        Table Schema's constraints by name: ``required``, ``enum``, ``minimum``, ...
    """

    name: str
    type: str
    format: str
    description: str
    constraints: Mapping[str, Any]

    @property
    def required(self) -> bool:
        """Whether a cell may not be empty."""
        return bool(self.constraints.get("required"))

    @cached_property
    def allowed(self) -> tuple[str, ...]:
        """The words that the column takes; empty where it takes any."""
        return tuple(str(word) for word in self.constraints.get("enum", ()))


@dataclass(frozen=True)
class ForeignKey:
    """A column whose cells stand in a column of another table.

    Attributes
    ----------
    column
        The column that points.
    table
        The table to which it points.
    key
        The column of that table which has its cells.
    """

    column: str
    table: str
    key: str


@dataclass(frozen=True)
class RestsOn:
    """The claims on which the figures of a reference row rest, and without which it may not show them.

    Attributes
    ----------
    column
        Column of the reference row with the claims' ids, separated by spaces.
    table
        The table of these claims.
    figures
        Columns that stay empty until one of the claims is published.
    """

    column: str
    table: str
    figures: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table: its file, columns and rules.

    Attributes
    ----------
    name
        Name in the data package.
    path
        CSV file, relative to the data folder.
    role
        What the table is for.
    published
        Column with the day of publication; "" for a table that holds no claims.
    fields
        Columns by name.
    primary_key
        Columns that no two rows have alike.
    foreign_keys
        Columns that point to other tables.
    rules
        What must hold within a row and between tables; see :mod:`hbm_model.evidence.rules`.
    rests_on
        Claims behind the figures of a reference table; None where they rest on none.
    """

    name: str
    path: str
    role: Role
    published: str
    fields: Mapping[str, Field]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    rules: tuple[Rule, ...]
    rests_on: RestsOn | None


@dataclass(frozen=True)
class Package:
    """The schema of a data folder.

    Attributes
    ----------
    tables
        Tables by name, in the order of the file.
    observed_through
        Day up to which evidence was gathered.
    """

    tables: Mapping[str, Table]
    observed_through: datetime.date

    def of_role(self, role: Role) -> tuple[Table, ...]:
        """Return the tables of one role, in the order of the file.

        Parameters
        ----------
        role
            What the tables are for.
        """
        return tuple(table for table in self.tables.values() if table.role == role)


def read_package(folder: Path) -> Package | Problem:
    """Read the schema of a data folder, or say what is wrong with it.

    Parameters
    ----------
    folder
        The data folder.
    """
    try:
        text = (folder / DESCRIPTOR).read_text(encoding="utf-8")
    except FileNotFoundError:
        return _fault("the file is missing", f"name a folder that holds a {DESCRIPTOR}, or restore it")
    except (OSError, UnicodeDecodeError) as error:
        return _fault(f"the file cannot be read ({error})", "mend its permissions or save it as UTF-8")
    try:
        return _package(json.loads(text))
    except json.JSONDecodeError as error:
        problem = _fault(f"is no JSON ({error.msg})", "mend the file at this line")
        return Problem(problem.file, error.lineno, "", "", problem.message, problem.mend)
    except (KeyError, TypeError, ValueError, AttributeError, re.error) as error:
        reason = f"lacks the key {error}" if isinstance(error, KeyError) else f"is no schema of ours ({error})"
        return _fault(reason, "compare it with the bundled one")


def _fault(message: str, mend: str) -> Problem:
    return Problem(DESCRIPTOR, None, "", "", message, mend)


def _package(content: Mapping[str, Any]) -> Package:
    tables = [_table(resource) for resource in content["resources"] if "schema" in resource]
    by_name = {table.name: table for table in tables}
    for table in tables:
        _check_columns(table, by_name)
    if sum(table.role == "corrections" for table in tables) > 1:
        raise ValueError("there is more than one table of corrections")
    return Package(by_name, datetime.date.fromisoformat(content["observed_through"]))


def _table(resource: Mapping[str, Any]) -> Table:
    schema = resource["schema"]
    name, path, role = resource["name"], PurePosixPath(resource["path"]), resource["role"]
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"the path of {name} leaves the folder")
    if role not in ROLES:
        raise ValueError(f"the role of {name} is not one of {', '.join(ROLES)}")
    fields = {field["name"]: _field(field, name) for field in schema["fields"]}
    keys = [
        ForeignKey(key["fields"][0], key["reference"]["resource"], key["reference"]["fields"][0])
        for key in schema.get("foreignKeys", ())
    ]
    rests_on = resource.get("rests_on")
    return Table(
        name=name,
        path=str(path),
        role=role,
        published=resource["published"] if role == "claims" else "",
        fields=fields,
        primary_key=tuple(schema["primaryKey"]),
        foreign_keys=tuple(keys),
        rules=tuple(resource.get("rules", ())),
        rests_on=RestsOn(rests_on["column"], rests_on["table"], tuple(rests_on["figures"])) if rests_on else None,
    )


def _field(field: Mapping[str, Any], table: str) -> Field:
    if field["type"] not in TYPES:
        raise ValueError(f"the type of {table}.{field['name']} is not one of {', '.join(TYPES)}")
    constraints = field.get("constraints", {})
    re.compile(constraints.get("pattern", ""))
    return Field(field["name"], field["type"], field.get("format", ""), field.get("description", ""), constraints)


def _check_columns(table: Table, tables: Mapping[str, Table]) -> None:
    """Refuse a schema that speaks of a column or table that it does not declare."""
    named = {*table.primary_key, *(key.column for key in table.foreign_keys)} | ({table.published} - {""})
    for rule in table.rules:
        if rule["rule"] not in RULES:
            raise ValueError(f"the rule {rule['rule']} of {table.name} is not one of {', '.join(RULES)}")
        roles = (rule.get(part) for part in ("column", "bound", "low", "high", "metric", "unit", "precision"))
        named |= {*rule.get("columns", ()), *rule.get("where", ()), *filter(None, roles)}
    if table.rests_on:
        named |= {table.rests_on.column, *table.rests_on.figures}
    if unknown := named - set(table.fields):
        raise ValueError(f"{table.name} declares no column {', '.join(sorted(unknown))}")
    for key in table.foreign_keys:
        if key.key not in tables[key.table].fields:
            raise ValueError(f"{key.table} declares no column {key.key}")
