"""What the investment claims do: the capacity forecast with and without them.

python studies/without_investment.py --out investment.csv
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from hbm_model.evidence import load_evidence
from hbm_model.forecasting.simulate import simulate
from hbm_model.inference.fit import fit, load_fit

PERIODS = ["2026Q4", "2028Q4", "2030Q4"]


def main() -> None:
    """Fit without the investment table (and, unless given, with it) and compare wafers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", default="2026-06-30")
    parser.add_argument("--fit", type=Path, help="a saved fit of the whole evidence")
    parser.add_argument("--out", type=Path, default=Path("investment.csv"))
    given = parser.parse_args()
    evidence = load_evidence(as_of=given.as_of)
    fits = {
        "with": load_fit(given.fit) if given.fit else fit(evidence),
        "without": fit(
            replace(evidence, tables={**evidence.tables, "investment": evidence.tables["investment"].iloc[:0]})
        ),
    }
    rows = []
    for name, fitted in fits.items():
        world = simulate(fitted, PERIODS[-1])
        for quantity in ("dram_wafers", "wafers"):
            for vendor in world["vendor"].to_numpy():
                for period in PERIODS:
                    low, mid, high = np.quantile(world[quantity].sel(vendor=vendor, period=period), [0.05, 0.5, 0.95])
                    rows.append((name, quantity, vendor, period, low, mid, high))
    table = pd.DataFrame(rows, columns=["investment", "quantity", "vendor", "period", "q05", "q50", "q95"])
    table.to_csv(given.out, index=False)
    print(table.pivot_table(index=["quantity", "vendor", "period"], columns="investment", values=["q50"]).round(1))


if __name__ == "__main__":
    main()
