"""Independent jobs side by side: in threads or processes of this machine, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from os import cpu_count
from signal import SIG_IGN, SIGINT, signal

from hbm_model.core.errors import HbmError, InputError


def in_threads[Job](function: Callable[[Job], object], jobs: Iterable[Job], workers: int | None = None) -> None:
    """Do the same with each job, several at a time: for work on arrays, which NumPy does without Python's lock.

    Parameters
    ----------
    function
        What to do with one job; it writes its result where no other job does.
    jobs
        Arguments.
    workers
        Threads (default: as many as cores).
    """
    with ThreadPoolExecutor(workers or cpu_count()) as pool:
        for _ in pool.map(function, jobs):
            pass  # an error in a job is raised here


def run[Job, Result](
    function: Callable[[Job], Result], jobs: Iterable[Job], workers: int | None = None, dask: str | None = None
) -> Iterator[Result]:
    """Yield the results of a function on each job, in the order in which they are done.

    An error in a job ends the study: jobs not yet begun are dropped, and the error is raised here.

    Parameters
    ----------
    function
        What to do with one job; importable by name (a function of a module, or a partial of one), as are its jobs and
        results, since they travel between processes.
    jobs
        Arguments.
    workers
        Processes, each started afresh (default: as many as cores). With one, the work is done in this process.
    dask
        Address of a Dask scheduler, such as ``tcp://10.0.0.5:8786``, whose workers have this package.

    Raises
    ------
    InputError
        If `workers` is below one, both `workers` and `dask` are given, or there is no Dask, or no scheduler there.
    HbmError
        If a process was killed, for instance by a machine that is out of memory.
    """
    if dask is not None:
        if workers is not None:
            raise InputError("give workers or a Dask scheduler, not both: the scheduler knows its own workers")
        return _on_dask(function, list(jobs), dask)
    wanted = workers if workers is not None else cpu_count() or 1
    if wanted < 1:
        raise InputError(f"workers = {wanted} must be at least 1")
    return map(function, jobs) if wanted == 1 else _in_processes(function, list(jobs), wanted)


def _in_processes[Job, Result](function: Callable[[Job], Result], jobs: list[Job], workers: int) -> Iterator[Result]:
    # Spawned, not forked: a fork of a process whose libraries run threads may hang.
    others, wanted = set(active_children()), min(workers, max(len(jobs), 1))
    # Ctrl-C in a shell is meant for all its processes; these leave it to this one, which ends them.
    pool = ProcessPoolExecutor(wanted, get_context("spawn"), initializer=signal, initargs=(SIGINT, SIG_IGN))
    try:
        for done in as_completed([pool.submit(function, job) for job in jobs]):
            yield done.result()
    except BrokenProcessPool as error:
        raise HbmError("a worker process was killed; is the memory enough for so many workers?") from error
    except (KeyboardInterrupt, GeneratorExit):  # a fit under way may take minutes
        for worker in set(active_children()) - others:
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _on_dask[Job, Result](function: Callable[[Job], Result], jobs: list[Job], address: str) -> Iterator[Result]:
    try:
        from dask.distributed import Client
        from dask.distributed import as_completed as as_done
    except ImportError:
        raise InputError(
            "Dask is not installed; pip install '.[dask]' in the checkout, or leave out its address"
        ) from None
    try:
        client = Client(address)
    except (OSError, ValueError) as error:
        raise InputError(f"no Dask scheduler answers at {address} ({error}); start one, or mend the address") from error
    with client:
        for done in as_done(client.map(function, jobs, pure=False)):
            yield done.result()
