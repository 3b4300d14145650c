"""Do 90 % intervals hold the truth? Simulate worlds, write their evidence, fit it, count.

Every world's parameters are drawn from the prior; its claims are written as tables in the real schema with the real
tables' speakers, dates and gaps; the tables are read, fitted and forecast like any others.

    python studies/recovery.py --worlds 20 --workers 2 --out recovery.csv
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.parallel import run
from hbm_model.core.priors import load_priors
from hbm_model.evaluation.calibration.quantities import HORIZON, of_world
from hbm_model.evaluation.calibration.synthetic import draw_truths, write_evidence
from hbm_model.evidence import load_evidence
from hbm_model.forecasting.simulate import simulate
from hbm_model.inference.fit import FitSettings, fit

AS_OF = "2026-06-30"


def quantities(world: xr.Dataset) -> pd.DataFrame:
    """What is compared, in long form: group, name, and a column of draws per row."""
    return pd.DataFrame(of_world(world), columns=["group", "name", "draws"])


def one_world(k: int, seed: int) -> pd.DataFrame:
    """Simulate, fit and compare one world."""
    evidence = load_evidence(as_of=AS_OF)
    truth = draw_truths(evidence, load_priors(), 1, seed + k)[0]
    with tempfile.TemporaryDirectory() as folder:
        data = write_evidence(truth, evidence, Path(folder) / "data", seed + k)
        settings = FitSettings(draws=300, tune=300, chains=2, cores=1, seed=k)
        fitted = fit(load_evidence(as_of=AS_OF, data=data), settings, progress=False)
    true, post = quantities(simulate(truth, HORIZON)), quantities(simulate(fitted, HORIZON))
    value = np.array([draws[0] for draws in true["draws"]])
    draws = np.stack(post["draws"].to_list())
    low, high = np.quantile(draws, [0.05, 0.95], axis=1)
    d = fitted.diagnostics
    return true[["group", "name"]].assign(
        world=k, truth=value, q05=low, q95=high, rank=(draws < value[:, None]).mean(axis=1),
        covered=(low <= value) & (value <= high), r_hat=d.r_hat, divergences=d.divergences,
    )  # fmt: skip


def main() -> None:
    """Run the worlds and print coverage by group."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="number of the first world")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("recovery.csv"))
    given = parser.parse_args()
    done = []
    chosen = range(given.first, given.first + given.worlds)
    for found in run(partial(one_world, seed=given.seed), chosen, given.workers):
        done.append(found)
        table = pd.concat(done)
        table.to_csv(given.out, index=False)
        print(found["world"].iloc[0], f"covered {found['covered'].mean():.2f}", f"r_hat {found['r_hat'].iloc[0]:.3f}")
        print(table.groupby("group")["covered"].agg(["mean", "sum", "size"]), flush=True)


if __name__ == "__main__":
    main()
