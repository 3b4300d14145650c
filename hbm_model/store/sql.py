"""The published runs as one database: views over their files, by vintage, for questions in SQL.

>>> from hbm_model.store import sql
>>> sql.query("SELECT vintage, q50 FROM forecasts WHERE quantity = 'frontier_lag' AND period = '2028Q4'")

The files stay where they are and are only read. DuckDB comes with the extra `sql`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hbm_model.core.errors import InputError
from hbm_model.store import files
from hbm_model.store.disk import Run, default_store, list_runs
from hbm_model.store.stored import StoredRun

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

VIEWS = {
    "forecasts": files.FORECAST,
    "contrasts": files.CONTRASTS,
    "questions": files.QUESTIONS,
    "draws": files.DRAWS,
    "watch": files.WATCH,
    "ledger": files.LEDGER,
}
"""Views over tables of the runs, by the file that each run keeps its rows in."""

_FACTS = ("as_of", "observed_through", "status", "quick", "seed", "started", "finished", "peak_memory_mb")


def connect(store: str | Path | None = None) -> duckdb.DuckDBPyConnection:
    """A database in memory with a view of everything that the published runs hold.

    Views: `runs` (a row of each manifest: days, seed, hashes, versions), `diagnostics` (of each fit), and ``VIEWS``,
    each with ``run_id`` and ``vintage`` (the run's as-of date) before its own columns. It reads files of the store and
    no others, and is made to be asked, not changed: :func:`query` takes nothing but a SELECT.

    Parameters
    ----------
    store
        The store's folder (default: ``HBM_MODEL_STORE``, or ``./runs``).

    Raises
    ------
    InputError
        The store holds no published run, or DuckDB is not installed.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        raise InputError(
            "SQL over the runs needs DuckDB; install it with: pip install '.[sql]' in the checkout"
        ) from None
    root = default_store() if store is None else Path(store)
    runs = list_runs(root)
    if not runs:
        raise InputError(f"{root} holds no published run yet; make one with: hbm-model forecast")
    database = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
    _add_rows(database, "runs", [_facts(run) for run in runs])
    _add_rows(database, "diagnostics", [_diagnostics(run) for run in runs])
    for view, file in VIEWS.items():
        paths = [str((run.path / file).resolve()) for run in runs if (run.path / file).is_file()]
        if paths:
            _add_view(database, view, paths)
    database.execute("SET allowed_directories = $1", [[str(root.resolve())]])
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return database


def query(sql: str, store: str | Path | None = None) -> pd.DataFrame:
    """Ask the runs of a store one question in SQL.

    Parameters
    ----------
    sql
        One SELECT.
    store
        The store's folder (default: ``HBM_MODEL_STORE``, or ``./runs``).

    Raises
    ------
    InputError
        The statement is wrong, is not one, or would change something.
    """
    with connect(store) as database:
        import duckdb

        try:
            statements = database.extract_statements(sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise InputError("the archive answers one SELECT at a time, and changes nothing")
            rows: pd.DataFrame = database.sql(sql).df()
        except duckdb.Error as fault:
            raise InputError(
                f"the SQL is wrong: {fault}; views: {', '.join(['runs', 'diagnostics', *VIEWS])}"
            ) from None
    return rows


def as_text(rows: pd.DataFrame) -> str:
    """The answer as a table of plain text: whatever a cell holds stays data, and on its line.

    Parameters
    ----------
    rows
        From :func:`query`.
    """
    cells = [[str(name) for name in rows.columns]]
    cells += [[_plain(value) for value in row] for row in rows.itertuples(index=False)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numeric = [kind.kind in "iuf" for kind in rows.dtypes.to_numpy()]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in cells
    )


def as_json(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The answer as rows of plain values: dates in ISO form, None where a value is missing.

    Parameters
    ----------
    rows
        From :func:`query`.
    """
    plain: list[dict[str, Any]] = json.loads(rows.to_json(orient="records", date_format="iso", double_precision=15))
    return plain


def _plain(value: Any) -> str:
    import pandas as pd

    if value is None or (not isinstance(value, list) and pd.isna(value) is True):
        return "-"
    if isinstance(value, pd.Timestamp) and value == value.normalize():
        value = value.date()
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return "".join(char if char.isprintable() else " " for char in text)


def _add_rows(database: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]) -> None:
    import pandas as pd

    frame = pd.DataFrame(rows)
    for day in ("as_of", "observed_through", "vintage"):
        if day in frame:
            frame[day] = pd.to_datetime(frame[day])
    database.register("_rows", frame)
    database.execute(f"CREATE TABLE {name} AS SELECT * FROM _rows")  # noqa: S608  # our own names
    database.unregister("_rows")


def _add_view(database: duckdb.DuckDBPyConnection, name: str, paths: list[str]) -> None:
    """A view over one kind of file: the run that a row is of is named by the folder of its file."""
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in paths)
    database.execute(
        f"CREATE VIEW {name} AS SELECT r.run_id, r.as_of AS vintage, t.* EXCLUDE (_file) "  # noqa: S608  # our own names
        f"FROM read_parquet([{listed}], union_by_name = true, filename = '_file') t "
        "JOIN runs r ON r.run_id = parse_path(t._file)[-2]"
    )


def _facts(run: Run) -> dict[str, Any]:
    facts = {"run_id": run.run_id, **{name: run.manifest.get(name) for name in _FACTS}}
    facts |= {f"hash_{name}": value for name, value in run.manifest.hashes.items()}
    facts |= {f"version_{name}": value for name, value in run.manifest.versions.items()}
    return facts | {"seconds": sum(run.manifest.seconds.values()), "path": str(run.path)}


def _diagnostics(run: Run) -> dict[str, Any]:
    plain = {name: value for name, value in StoredRun(run).diagnostics.items() if not isinstance(value, dict | list)}
    return {"run_id": run.run_id, "vintage": run.manifest.get("as_of"), **plain}
