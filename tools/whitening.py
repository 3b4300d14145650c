"""Make the whitening that quick runs start in, from the bundled evidence: after any change of the parameters.

python tools/whitening.py --as-of 2026-11-22
"""

from __future__ import annotations

import argparse
from pathlib import Path

from threadpoolctl import threadpool_limits

from hbm_model.core.priors import load_priors
from hbm_model.evidence import load_evidence
from hbm_model.inference.fit import FitSettings
from hbm_model.inference.joint_density import joint_density
from hbm_model.inference.sampling import Pilot, find_whitening
from hbm_model.inference.whitening import BUNDLED, save_whitening
from hbm_model.model.observations import observe
from hbm_model.policy.policy import policy_of

THOROUGH = Pilot(draws=250, tune=300, chains=4, points=200)


def main() -> None:
    """Average the curvature over many draws of a long pilot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", default="2026-11-22")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--out", type=Path, default=BUNDLED)
    given = parser.parse_args()
    priors = load_priors()
    evidence = load_evidence(as_of=given.as_of)
    density = joint_density(*observe(evidence, priors, policy_of(evidence)), priors)
    with threadpool_limits(1):
        whitening = find_whitening(density, THOROUGH, FitSettings(cores=given.cores).sampling)
    save_whitening(whitening, density.vector.parameters, given.out)
    print(f"{given.out}: {density.n_dim} parameters, {given.out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
