"""What a second process gains a study of many fits, and a Dask cluster of two on this machine."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.alone import alone
from benchmarks.problems import AS_OF
from benchmarks.size import Size
from benchmarks.timing import compared, in_turn
from hbm_model.core import parallel

PROCESSES = 2


def study(simulations: int, workers: int | None = None) -> dict[str, int]:
    """A study of calibration, as ``hbm-model calibrate`` does it.

    Parameters
    ----------
    simulations
        Worlds that are simulated and fitted; none for a toy that only travels between processes.
    workers
        Processes; None for a Dask cluster of two on this machine.
    """
    if workers is not None:
        return {"done": _done(simulations, workers=workers)}
    from dask.distributed import LocalCluster

    options = {"threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(n_workers=PROCESSES, **options) as cluster:
        return {"done": _done(simulations, dask=cluster.scheduler_address)}


def _done(simulations: int, **where: Any) -> int:
    from hbm_model.evaluation.calibration.sbc import Study, run_study

    if not simulations:
        return sum(parallel.run(abs, [-1, 1], **where))
    with TemporaryDirectory() as folder:
        return len(run_study(Study(AS_OF), simulations, Path(folder), report=lambda _words: None, **where))


def measure(size: Size) -> dict[str, Any]:
    """The same study with one process, with two, and on a cluster of two; all find the model compiled.

    Parameters
    ----------
    size
        How much.
    """
    simulations = 0 if size.tiny else 6
    with TemporaryDirectory() as kept:
        cache = Path(kept)
        if simulations:
            alone("side_by_side:study", {"simulations": 1, "workers": 1}, cache)
        given: dict[str, dict[str, Any]] = {
            "one process": {"workers": 1}, "two processes": {"workers": PROCESSES}, "Dask, two processes": {}
        }  # fmt: skip
        cases = {
            name: partial(alone, "side_by_side:study", {"simulations": simulations, **more}, cache)
            for name, more in given.items()
        }
        costs = in_turn(cases, size.repetitions, size.said)
    return {
        "simulations": simulations,
        "processes": PROCESSES,
        "wall": compared({name: [cost.wall for cost in each] for name, each in costs.items()}),
        "cpu": compared({name: [cost.cpu for cost in each] for name, each in costs.items()}),
    }
