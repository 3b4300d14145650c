"""Fit the bundled evidence with many seeds and print the worst diagnostics.

python studies/seeds.py --seeds 20 --out seeds.csv
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from hbm_model.core.priors import load_priors
from hbm_model.evidence import load_evidence
from hbm_model.inference.diagnostics import diagnose
from hbm_model.inference.fit import FitSettings
from hbm_model.inference.joint_density import joint_density
from hbm_model.inference.sampling import sample
from hbm_model.inference.whitening import load_whitening
from hbm_model.model.observations import observe
from hbm_model.policy.policy import policy_of


def main() -> None:
    """Run the fits one after another on one compiled model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", default="2026-06-30")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("seeds.csv"))
    given = parser.parse_args()
    priors = load_priors()
    evidence = load_evidence(as_of=given.as_of)
    layout, observations = observe(evidence, priors, policy_of(evidence))
    density = joint_density(layout, observations, priors)
    rows = []
    for seed in range(1, given.seeds + 1):
        settings = FitSettings(seed=seed, cores=given.cores)
        tree = sample(density, settings.sampling, whitening=load_whitening(density.vector.parameters))
        found = diagnose(tree, settings.gate)
        rows.append(
            {
                "seed": seed,
                "passed": found.passed,
                "r_hat": found.r_hat,
                "ess_bulk": found.ess_bulk,
                "ess_tail": found.ess_tail,
                "divergences": found.divergences,
                "e_bfmi": found.e_bfmi,
                "worst": found.worst["r_hat"],
            }
        )
        print(rows[-1], flush=True)
        pd.DataFrame(rows).to_csv(given.out, index=False)


if __name__ == "__main__":
    main()
