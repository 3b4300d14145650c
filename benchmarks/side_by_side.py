"""What a second process gains a study of many fits, and a Dask cluster of two on this machine."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.alone import alone
from benchmarks.problems import problem
from benchmarks.size import Size
from benchmarks.timing import compared, in_turn
from hbm_model.core.parallel import run
from hbm_model.inference.fit import FitSettings
from hbm_model.inference.sampling import sample

PROCESSES = 2


def study(of: str, fits: int, workers: int | None = None) -> dict[str, int]:
    """Several fits of other seeds, run as all verbs run theirs that take ``--workers`` and ``--dask``.

    Parameters
    ----------
    of
        The problem's name.
    fits
        How many.
    workers
        Processes; None for a Dask cluster of two on this machine.
    """
    if workers is not None:
        return {"fits": len(list(run(partial(quick_fit, of), range(fits), workers)))}
    from dask.distributed import LocalCluster

    options = {"threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(n_workers=PROCESSES, **options) as cluster:
        return {"fits": len(list(run(partial(quick_fit, of), range(fits), dask=cluster.scheduler_address)))}


def quick_fit(of: str, seed: int) -> int:
    """Draw what a quick run draws, one chain at a time; the process keeps what it has compiled for the next fit.

    Parameters
    ----------
    of
        The problem's name.
    seed
        Of all randomness.

    Returns
    -------
    int
        The number of draws.
    """
    made = problem(of)
    settings = FitSettings(quick=True, cores=1, seed=seed).sampling
    return int(sample(made.density, settings, whitening=made.whitening)["posterior"].sizes["draw"])


def measure(size: Size) -> dict[str, Any]:
    """The same study with one process, with two, and on a cluster of two; all find the model compiled.

    Parameters
    ----------
    size
        How much.
    """
    fits = 1 if size.tiny else 6
    with TemporaryDirectory() as kept:
        cache, given = Path(kept), {"of": size.problem, "fits": fits}
        alone("side_by_side:study", {"of": size.problem, "fits": 1, "workers": 1}, cache)
        places: dict[str, dict[str, int]] = {
            "one process": {"workers": 1}, "two processes": {"workers": PROCESSES}, "Dask, two processes": {}
        }  # fmt: skip
        cases = {name: partial(alone, "side_by_side:study", given | place, cache) for name, place in places.items()}
        costs = in_turn(cases, size.repetitions, size.said)
    return {
        "fits": fits,
        "processes": PROCESSES,
        "wall": compared({name: [cost.wall for cost in each] for name, each in costs.items()}),
        "cpu": compared({name: [cost.cpu for cost in each] for name, each in costs.items()}),
    }
