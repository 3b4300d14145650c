"""The ledger: the dated forecasts of every published run, written once, each entry sealed together with the one before.

An entry is a file of its run's folder, in the column form of the forecast hubs, and its seal stands in the run's
manifest. Both thus become visible by the one rename that publishes the run: a process that is killed leaves neither,
and there is no moment at which a run is published and its entry is not. The seal holds the file's hash and chains it
to the entry before; whoever alters, swaps or removes an entry breaks the chain from there on. Who notes the chain's
end elsewhere (`questions score` prints it) can also tell a chain that was written anew as a whole.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hbm_model.core.dates import decimal_year, parse_quarter
from hbm_model.core.errors import StoreError
from hbm_model.core.provenance import file_digest
from hbm_model.store import disk
from hbm_model.store.files import LEDGER
from hbm_model.store.manifest import Seal

if TYPE_CHECKING:
    import pandas as pd

    from hbm_model.evidence.questions import Question

FILE = LEDGER
COLUMNS = [
    "reference_date", "target", "location", "target_end_date", "output_type", "output_type_id", "value",
]  # fmt: skip
QUESTION = "question "
"""How the target of a question's probability begins; its id follows."""

_BASELINE = "baseline"
_NOT_OURS = "planned_lag"
_QUANTILE = re.compile(r"q\d\d")


@dataclass(frozen=True)
class Chain:
    """The state of a store's ledger.

    Attributes
    ----------
    entries
        Runs that have an entry, oldest first.
    end
        The last seal's chained hash; empty where there is no entry.
    faults
        What is wrong with the ledger, in words.
    """

    entries: tuple[disk.Run, ...]
    end: str
    faults: tuple[str, ...]


def dated(
    frame: "pd.DataFrame", answers: "pd.DataFrame", questions: "Iterable[Question]", as_of: date, horizon: str
) -> "pd.DataFrame":
    """Return the baseline's forecasts of what lies after the as-of date, one value a row.

    Parameters
    ----------
    frame
        Rows of ``forecast.parquet``.
    answers
        Rows of ``questions.parquet``.
    questions
        What was asked: each question gives location and closing day to its answer's rows.
    as_of
        The run's as-of date, the reference date of every row.
    horizon
        The last quarter, which is the target date of quantities that are dates.

    Returns
    -------
    pd.DataFrame
        With ``COLUMNS``. `location` is maker or bloc, then generation and height where the quantity has them; `target`
        a quantity, or a question. ``quantile`` rows hold the quantiles, ``pmf`` rows with the id ``never`` the share of
        draws in which a date lies beyond the horizon or the quantity is undefined, ``pmf`` rows with the ids ``yes``
        and ``no`` the answers to questions.
    """
    import pandas as pd

    parts = [_quantities(frame, as_of, horizon), _answers(answers, {question.id: question for question in questions})]
    rows = pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else parts[0]
    types = {"reference_date": "datetime64[us]", "target_end_date": "datetime64[us]"}
    return rows.assign(reference_date=pd.Timestamp(as_of))[COLUMNS].astype(types)


def write(staged: disk.Draft, rows: "pd.DataFrame") -> Seal:
    """Write the entry of a run that is about to be published.

    The caller holds the store's lock, so that two runs cannot follow the same entry.

    Parameters
    ----------
    staged
        The run's draft; the entry is written into its folder, read-only.
    rows
        The entry, from :func:`dated`.

    Returns
    -------
    Seal
        The entry's seal, for :meth:`hbm_model.store.manifest.Manifest.with_seal`.

    Raises
    ------
    StoreError
        The run has its entry already.
    """
    path = staged.path / FILE
    if path.exists():
        raise StoreError(f"{path} is written already; an entry of the ledger is never rewritten")
    rows.to_parquet(path, index=False)
    path.chmod(0o444)
    before = _last(_sealed(disk.list_runs(staged.store)))
    previous = before.run_id if before else ""
    digest = file_digest(path)
    return Seal(digest, previous, _chain(before, staged.run_id, digest))


def read(run: disk.Run) -> "pd.DataFrame":
    """Return the entry of a run.

    Parameters
    ----------
    run
        A published run that has an entry.

    Raises
    ------
    StoreError
        The entry is lost, or is not what was published.
    """
    import pandas as pd

    fault = _own_fault(run)
    if fault:
        raise StoreError(fault)
    return pd.read_parquet(run.path / FILE)


def follow(root: Path) -> Chain:
    """Follow the chain of a store and say where it is broken.

    An entry whose predecessor is missing (its run was removed) is a fault too, as are two that follow the same one.
    Runs published before there was a ledger have no entry.

    Parameters
    ----------
    root
        The store's folder.
    """
    entries = _sealed(disk.list_runs(root))
    by_id = {run.run_id: run for run in entries}
    faults, followed = [], dict[str, str]()
    for run in entries:
        seal = run.manifest.seal
        before = by_id.get(seal.previous)
        fault = _own_fault(run)
        if fault:
            faults.append(fault)
        elif seal.previous and before is None:
            faults.append(f"the entry of {seal.previous}, which {run.run_id} follows, is missing")
        elif seal.chain != _chain(before, run.run_id, seal.sha256):
            faults.append(f"the seal of {run.run_id} does not fit the entry before it")
        if seal.previous in followed:
            faults.append(f"{run.run_id} and {followed[seal.previous]} follow the same entry")
        followed[seal.previous] = run.run_id
    last = _last(entries)
    return Chain(tuple(entries), last.manifest.seal.chain if last else "", tuple(faults))


def _quantities(frame: "pd.DataFrame", as_of: date, horizon: str) -> "pd.DataFrame":
    import pandas as pd

    quantiles = {name: f"{int(name[1:]) / 100:g}" for name in frame.columns if _QUANTILE.fullmatch(name)}
    rows = frame[(frame["scenario"] == _BASELINE) & (frame["quantity"] != _NOT_OURS)]
    rows = rows.assign(
        target=rows["quantity"],
        location=[":".join(filter(None, words)) for words in zip(*_location(rows), strict=True)],
        target_end_date=[_last_day(period or horizon) for period in rows["period"]],
    )
    passed = (rows["unit"] == "decimal year") & (rows["prob_never"] == 0) & (rows["q95"] <= decimal_year(as_of))
    rows = rows[(pd.to_datetime(rows["target_end_date"]) > pd.Timestamp(as_of)) & ~passed]
    keys = ["target", "location", "target_end_date"]
    long = rows.melt(keys, list(quantiles), "output_type_id", "value").dropna(subset="value")
    long = long.assign(output_type="quantile", output_type_id=long["output_type_id"].map(quantiles))
    never = rows.loc[rows["prob_never"] > 0, [*keys, "prob_never"]].rename(columns={"prob_never": "value"})
    return pd.concat([long, never.assign(output_type="pmf", output_type_id="never")], ignore_index=True)


def _location(rows: "pd.DataFrame") -> "Sequence[pd.Series[Any]]":
    return [rows[name].astype("str") for name in ("vendor", "generation", "layers")]


def _answers(answers: "pd.DataFrame", questions: "dict[str, Question]") -> "pd.DataFrame":
    import pandas as pd

    rows = []
    for row in answers[answers["scenario"] == _BASELINE].to_dict("records"):
        question = questions[row["question"]]
        location = ":".join(filter(None, (question.vendor, question.generation, str(question.layers or ""))))
        for name, value in (("yes", row["probability"]), ("no", 1.0 - row["probability"])):
            rows.append((QUESTION + question.id, location, question.closes, "pmf", name, value))
    return pd.DataFrame(rows, columns=COLUMNS[1:])


def _last_day(quarter: str) -> date:
    year, number = parse_quarter(quarter)
    return date(year, 12, 31) if number == 4 else date(year, 3 * number + 1, 1) - timedelta(days=1)


def _sealed(runs: Iterable[disk.Run]) -> list[disk.Run]:
    return [run for run in runs if run.manifest.has_seal or (run.path / FILE).exists()]


def _last(entries: Sequence[disk.Run]) -> disk.Run | None:
    """The entry that none follows; the newest by name, should the chain have more than one end."""
    followed = {run.manifest.seal.previous for run in entries}
    return next((run for run in reversed(entries) if run.run_id not in followed), None)


def _own_fault(run: disk.Run) -> str:
    digest = file_digest(run.path / FILE)
    if not digest:
        return f"{run.run_id} has lost its entry, {run.path / FILE}"
    if digest != run.manifest.seal.sha256:
        return f"{run.path / FILE} is not what was published: its hash differs from the seal"
    return ""


def _chain(before: disk.Run | None, run_id: str, digest: str) -> str:
    earlier = before.manifest.seal.chain if before else ""
    return hashlib.sha256(f"{earlier}\n{run_id}\n{digest}".encode()).hexdigest()
