"""Simulation-based calibration: fit evidence of worlds that are known, and rank the truth among the draws.

Parameters come from the prior. Evidence comes from the likelihood, in the form of a real vintage
(:mod:`hbm_model.evaluation.calibration.replicate`). The density is compiled once for that vintage and takes each
simulated evidence as data, so that a fit takes seconds.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.arrays import evenly
from hbm_model.core.errors import InputError
from hbm_model.core.parallel import run
from hbm_model.core.priors import Priors, load_priors
from hbm_model.core.progress import ADVANCED, Report, silent, stage
from hbm_model.evaluation.calibration.quantities import compared
from hbm_model.evaluation.calibration.replicate import replicate
from hbm_model.evaluation.calibration.synthetic import draw_truths
from hbm_model.evaluation.calibration.uniformity import places, rank
from hbm_model.evidence import load_evidence
from hbm_model.inference.diagnostics import QUICK_GATE, diagnose
from hbm_model.inference.fit import Fit
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations, observe
from hbm_model.policy.policy import in_force_on, policy_home
from hbm_model.policy.scenarios import read_policy_inputs

STUDY = "study.json"
SIMULATED, FITTED = 1_000_000, 2_000_000
"""Added to a study's seed for what is said in a world, and for the fit of it, apart from the seeds of the worlds."""


@dataclass(frozen=True)
class Study:
    """A study of calibration.

    Attributes
    ----------
    as_of
        Day of the vintage whose form is copied.
    data
        Its folder (None: the bundled evidence).
    seed
        Of all randomness.
    draws, tune, chains, target_accept
        Of each fit, which has no pilot. Fifty effective draws are enough: they add 2 % to the variance of a rank, which
        two hundred ranks know to within 13 %.
    ranked
        Draws among which the truth is ranked, evenly taken from all.
    """

    as_of: str
    data: Path | None = None
    seed: int = 20260701
    draws: int = 80
    tune: int = 120
    chains: int = 2
    target_accept: float = 0.7
    ranked: int = 99


@dataclass(frozen=True)
class Prepared:
    """What all fits of a study have in common: the vintage's layout and arrays, and the density compiled for it."""

    layout: Layout
    observations: Observations
    priors: Priors
    density: Any


@lru_cache(maxsize=1)
def prepared(study: Study) -> Prepared:
    """Compile the vintage's density, once for each process.

    Parameters
    ----------
    study
        Names the vintage.
    """
    from hbm_model.inference.joint_density import joint_density

    evidence = load_evidence(as_of=study.as_of, data=study.data)
    policy = read_policy_inputs(policy_home(evidence.source))
    priors = policy.priors
    layout, observations = observe(evidence, priors, in_force_on(policy, evidence.as_of))
    return Prepared(layout, observations, priors, joint_density(layout, observations, priors))


def one_simulation(study: Study, job: tuple[int, Fit]) -> pd.DataFrame:
    """Simulate what is said in one world, fit it, and rank the truth.

    Parameters
    ----------
    study
        Its vintage, seed and settings.
    job
        Number of the world, and its parameters as a fit of one draw.

    Returns
    -------
    pd.DataFrame
        With a row per quantity: ``simulation, group, name, truth, rank, place, ess``, and of the whole fit ``r_hat,
        ess_bulk, divergences, seconds``.
    """
    from hbm_model.inference.joint_density import uncompiled
    from hbm_model.inference.nuts import SamplerSettings
    from hbm_model.inference.sampling import sample

    number, truth = job
    start = time.monotonic()
    shared = prepared(study)
    told = replicate(truth, shared.observations, study.seed + SIMULATED + number)
    settings = SamplerSettings(
        study.draws, study.tune, study.chains, 1, study.seed + FITTED + number, study.target_accept
    )
    # Compiled already where what is said in this world is of the vintage's numbers, or of those of a world before.
    density = uncompiled(shared.layout, told, shared.priors)
    tree = sample(density, settings, pilot=None)
    tree["constant_data"] = truth.data["constant_data"]
    meta = {**truth.meta, "settings": {"seed": study.seed + FITTED + number, "quick": False}}
    diagnostics = diagnose(tree, QUICK_GATE)
    fitted = Fit(tree, diagnostics, shared.layout, shared.priors, shared.observations.policy, meta)
    ranks = ranked(compared(truth), compared(fitted), study, number)
    return ranks.assign(
        r_hat=diagnostics.r_hat,
        ess_bulk=diagnostics.ess_bulk,
        divergences=diagnostics.divergences,
        seconds=time.monotonic() - start,
    )


def ranked(true: pd.DataFrame, posterior: pd.DataFrame, study: Study, number: int) -> pd.DataFrame:
    """Rank of each true value among evenly taken draws, ties at random.

    Parameters
    ----------
    true, posterior
        From :func:`hbm_model.evaluation.calibration.quantities.compared`, of one draw and of all.
    study
        Gives the seed, the number of chains and how many draws are taken.
    number
        Of the world; ties are drawn by it and the study's seed.

    Raises
    ------
    ValueError
        If they are not of the same quantities in the same order: every rank would be of something else.
    """
    if not true[["group", "name"]].equals(posterior[["group", "name"]]):
        raise ValueError("the truth and the fit hold other quantities, or the same in another order")
    rng = np.random.default_rng([study.seed, number])
    draws = np.stack(posterior["draws"].to_list())
    values = np.array([draw[0] for draw in true["draws"]])
    taken = draws[:, evenly(draws.shape[1], study.ranked)]
    ranks = np.array([rank(value, own, rng) for value, own in zip(values, taken, strict=True)])
    return true[["group", "name"]].assign(
        simulation=number,
        truth=values,
        rank=ranks,
        place=places(ranks, taken.shape[1], rng),
        ess=_effective(draws, study.chains),
    )


def _effective(draws: np.ndarray, chains: int) -> np.ndarray:
    """(quantity,) effective number of draws, of (quantity, draw) values, chains end to end."""
    import arviz as az

    by_chain = draws.reshape(len(draws), chains, -1).transpose(1, 2, 0)
    with np.errstate(invalid="ignore", divide="ignore"):  # what is the same in all draws has none
        found = az.ess(xr.Dataset({"values": (("chain", "draw", "quantity"), by_chain)}))
    return np.asarray(found["values"])


def run_study(
    study: Study,
    simulations: int,
    out: Path,
    workers: int | None = None,
    dask: str | None = None,
    report: Report = silent,
) -> pd.DataFrame:
    """Run the simulations that the folder does not hold yet, and read them all.

    Parameters
    ----------
    study
        What is run.
    simulations
        Number of worlds, those that the folder holds among them.
    out
        Folder of a file per simulation, written as soon as it is done; a study that was stopped goes on from there.
    workers, dask
        As for :func:`hbm_model.core.parallel.run`.
    report
        Told how many simulations are done (default: nobody is).

    Raises
    ------
    InputError
        If the folder holds another study.
    """
    evidence = load_evidence(as_of=study.as_of, data=study.data)
    priors = load_priors(policy_home(evidence.source))
    _claim(out, {**asdict(study), "data": None, "evidence": evidence.digest, "priors": priors.digest})
    missing = [number for number in range(simulations) if not _file(out, number).is_file()]
    if missing:
        total = len(missing)
        report(f"{total} of {simulations} simulations to do")
        worlds = draw_truths(evidence, priors, missing[-1] + 1, study.seed)
        jobs = [(number, worlds[number]) for number in missing]
        with stage(report, "simulations", f"simulating and fitting {total} worlds"):
            for done, found in enumerate(run(partial(one_simulation, study), jobs, workers, dask), start=1):
                _save(found, out)
                seconds, r_hat = found["seconds"].iloc[0], found["r_hat"].iloc[0]
                words = f"{done} of {total} done, the last in {seconds:.0f} s with R-hat {r_hat:.2f}"
                report(words, event=ADVANCED, stage="simulations", done=done, total=total)
    return pd.concat([pd.read_parquet(_file(out, number)) for number in range(simulations)], ignore_index=True)


def read_study(out: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """What a study was, and the ranks of all its simulations so far.

    Parameters
    ----------
    out
        Folder of :func:`run_study`.

    Raises
    ------
    InputError
        If the folder holds no study, or no simulation of it yet.
    """
    files = sorted(out.glob(_file(out, 0).name.replace("0000", "*")))
    if not (out / STUDY).is_file() or not files:
        raise InputError(f"{out} holds no calibration; make one with: hbm-model calibrate --out {out}")
    told: dict[str, Any] = json.loads((out / STUDY).read_text(encoding="utf-8"))
    return told, pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)


def _file(out: Path, number: int) -> Path:
    return out / f"simulation-{number:04d}.parquet"


def _save(found: pd.DataFrame, out: Path) -> None:
    """Write the ranks of one simulation, whole or not at all."""
    file = _file(out, int(found["simulation"].iloc[0]))
    draft = file.with_suffix(".draft")
    found.to_parquet(draft, index=False)
    draft.replace(file)


def _claim(out: Path, identity: dict[str, Any]) -> None:
    """Note in the folder which study it holds, or hold it against what is noted."""
    out.mkdir(parents=True, exist_ok=True)
    note, text = out / STUDY, json.dumps(identity, indent=2) + "\n"
    if not note.is_file():
        note.write_text(text, encoding="utf-8")
    elif note.read_text(encoding="utf-8") != text:
        raise InputError(f"{out} holds another study (other evidence, priors, seed or settings); name another folder")
