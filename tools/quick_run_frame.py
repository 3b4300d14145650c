"""Make the frame that quick runs start in, from the bundled evidence: again after any change of the model's parameters.

python tools/quick_run_frame.py --as-of 2026-11-22
"""

from __future__ import annotations

import argparse
from pathlib import Path

from threadpoolctl import threadpool_limits

from hbm_model.core.priors import load_priors
from hbm_model.evidence import load_evidence
from hbm_model.inference.density import compiled_joint
from hbm_model.inference.fit import FitSettings
from hbm_model.inference.sampling import Pilot, found_frame
from hbm_model.inference.whitening import BUNDLED, keep_frame
from hbm_model.model.observations import observe

THOROUGH = Pilot(draws=250, tune=300, chains=4, points=200)


def main() -> None:
    """Average the curvature over many draws of a long pilot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", default="2026-11-22")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--out", type=Path, default=BUNDLED)
    given = parser.parse_args()
    priors = load_priors()
    compiled = compiled_joint(*observe(load_evidence(as_of=given.as_of), priors), priors)
    usual = FitSettings().sampling
    with threadpool_limits(1):
        frame = found_frame(compiled, THOROUGH, given.cores, usual["seed"], usual["target_accept"])
    keep_frame(frame, compiled.parameters, given.out)
    print(f"{given.out}: {compiled.n_dim} parameters, {given.out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
