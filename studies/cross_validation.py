"""Do 90 % intervals cover claims that the fit never saw? Cross-validation over claim groups.

python studies/cross_validation.py --workers 2 --out heldout

Each fold is kept in the folder as soon as it is done, and not done again. Prints and writes `by_table.csv`,
`by_kind.csv` and `by_origin.csv`. `python docs/generate/studies.py --heldout heldout` writes the table of
docs/scores.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from hbm_model.core.parallel import run
from hbm_model.evaluation.cross_validation import Job, hold_out, summary
from hbm_model.inference.fit import FitSettings


def main() -> None:
    """Hold out every fold, and sum up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--as-of", default="2026-11-22")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0, help="of the dealing out of claim groups")
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--tune", type=int, default=400)
    parser.add_argument("--chains", type=int, default=2)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--dask", metavar="ADDRESS")
    parser.add_argument("--out", type=Path, default=Path("heldout"))
    given = parser.parse_args()
    settings = FitSettings(draws=given.draws, tune=given.tune, chains=given.chains, cores=1)
    jobs = [
        Job(fold, given.folds, given.as_of, given.data, settings, given.seed, given.out) for fold in range(given.folds)
    ]
    done = []
    for path in run(hold_out, jobs, workers=given.workers, dask=given.dask):
        done.append(path)
        print(f"{len(done)} of {given.folds}: {path}", flush=True)
    scores = pd.concat([pd.read_parquet(path) for path in sorted(done)], ignore_index=True)
    tables = {by: summary(scores, by) for by in ("table", "kind", "origin")}
    for by, found in tables.items():
        found.to_csv(given.out / f"by_{by}.csv", index=False, float_format="%.4g")
        print(found.round(3).to_string(index=False), "\n")


if __name__ == "__main__":
    main()
