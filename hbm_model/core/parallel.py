"""Independent jobs side by side: in threads or processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from os import cpu_count
from signal import SIG_BLOCK, SIG_IGN, SIG_SETMASK, SIGINT, Signals, pthread_sigmask, signal
from threading import Thread
from typing import Any

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


def helped[Given, Job, Result](
    function: Callable[[Given, Job], Result],
    given: Given,
    jobs: Sequence[Job],
    workers: int = 1,
    turn: Callable[[Job, int], object] = lambda _job, _done: None,
) -> list[Result]:
    """Results of a function on each job, in order, by this process and others that help it.

    Helpers take jobs from the first on and this process from the last on, until they meet: it has no start to wait for.

    Parameters
    ----------
    function
        What to do with what is given and one job; importable by name, as are both and its results.
    given
        What every job reads; it travels to each helper once.
    jobs
        Arguments.
    workers
        Processes, this one among them.
    turn
        Told before each job of this process which it is, and how many are done (default: nobody is).

    Raises
    ------
    HbmError
        If a helper was killed, for instance by a machine that is out of memory.
    """
    own: dict[int, Result] = {}
    asked: list[Future[Any]] = []

    def do(place: int) -> None:
        turn(jobs[place], len(own) + sum(each.done() and not each.cancelled() for each in asked))
        own[place] = function(given, jobs[place])

    helpers = min(workers, len(jobs)) - 1
    if helpers < 1:
        for place in range(len(jobs)):
            do(place)
        return list(own.values())
    pool = ProcessPoolExecutor(helpers, get_context("spawn"), _help, (function, given))
    try:
        with _left_to_us(SIGINT):
            asked += [pool.submit(_helped, job) for job in jobs]
        for place in reversed(range(len(jobs))):
            if asked[place].cancel():
                do(place)
        return [own[place] if place in own else each.result() for place, each in enumerate(asked)]
    except BrokenProcessPool as error:
        raise HbmError("a worker process was killed; is the memory enough for so many workers?") from error
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _left_to_us(number: Signals) -> Iterator[None]:
    """Keep a signal, such as the Ctrl-C that reaches all of a terminal, from processes begun in a ``with`` block."""
    before = pthread_sigmask(SIG_BLOCK, {number})
    try:
        yield
    finally:
        pthread_sigmask(SIG_SETMASK, before)


_task: list[tuple[Callable[..., Any], Any]] = []
"""In a helper: what it does, and what it was given."""


def _help(function: Callable[..., Any], given: Any) -> None:
    """Begin a helper, which ends with its parent, whoever ends that."""
    Thread(target=_end_with_parent, daemon=True).start()
    _task.append((function, given))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _helped(job: object) -> Any:
    function, given = _task[0]
    return function(given, job)


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
