"""Jobs side by side: every result comes once, an error ends the work, and what is missing is said."""

import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from signal import SIGINT
from threading import Timer
from typing import Any

import pytest

from hbm_model.core.errors import HbmError, InputError
from hbm_model.core.parallel import helped, run

inverse = partial(operator.truediv, 6.0)
"""Importable by name, without the tests' folder on the path of a fresh process."""


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_gives_its_result_once(workers: int) -> None:
    assert sorted(run(inverse, iter([1, 2, 3]), workers)) == [2.0, 3.0, 6.0]


def test_no_jobs_give_no_results() -> None:
    assert list(run(inverse, [], 2)) == []


def test_one_worker_is_this_process_and_several_are_others() -> None:
    getpid = partial(eval, "__import__('os').getpid()")
    assert list(run(getpid, [{}], 1)) == [os.getpid()]
    assert os.getpid() not in list(run(getpid, [{}, {}], 2))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_ends_the_work(workers: int) -> None:
    with pytest.raises(ZeroDivisionError):
        list(run(inverse, [0], workers))


def test_a_killed_process_is_said() -> None:
    with pytest.raises(HbmError, match="a worker process was killed"):
        list(run(os._exit, [1], 2))


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_help_changes_neither_results_nor_their_order(workers: int) -> None:
    assert helped(operator.truediv, 6.0, [1, 2, 3, 4, 6], workers) == [6.0, 3.0, 2.0, 1.5, 1.0]


@pytest.mark.parametrize(("jobs", "where"), [([0, 1, 2, 3, 4, 5], "a helper"), ([1, 2, 3, 4, 5, 0], "this process")])
def test_an_error_ends_the_work_wherever_it_is(jobs: list[int], where: str) -> None:
    with pytest.raises(ZeroDivisionError):
        helped(operator.truediv, 6.0, jobs, 2)


def test_a_killed_helper_is_said() -> None:
    ends = "__import__('multiprocessing').parent_process() and __import__('os')._exit(1)"
    with pytest.raises(HbmError, match="a worker process was killed"):
        helped(eval, ends, [{}, {}, {}, {}], 2)


def test_a_helper_ends_with_its_killed_parent() -> None:
    job = "(print(__import__('os').getpid(), flush=True), __import__('time').sleep(60))"
    program = f"from hbm_model.core.parallel import helped; helped(eval, {job!r}, [{{}}] * 9, 2)"
    words = [sys.executable, "-c", program]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout is not None
        assert len({parent.stdout.readline() for _ in range(2)}) == 2  # both have begun
        parent.kill()
        assert parent.stdout.read() == ""  # ends only when nobody is left who could write


def test_ctrl_c_is_this_process_s_alone() -> None:
    job = "(print('begun', flush=True), __import__('time').sleep(1))"
    program = f"from hbm_model.core.parallel import helped; helped(eval, {job!r}, [{{}}] * 9, 2)"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], start_new_session=True, **pipes) as parent:
        assert parent.stdout is not None
        assert [parent.stdout.readline() for _ in range(2)] == ["begun\n"] * 2
        os.killpg(parent.pid, signal.SIGINT)
        _, said = parent.communicate()
    assert said.count("Traceback") == said.count("KeyboardInterrupt") == 1


def test_no_workers_are_refused() -> None:
    with pytest.raises(InputError, match="workers = 0 must be at least 1"):
        run(inverse, [1], 0)


def test_workers_and_a_scheduler_are_one_too_many() -> None:
    with pytest.raises(InputError, match="not both"):
        run(inverse, [1], 2, dask="tcp://127.0.0.1:8786")


def test_a_missing_dask_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(InputError, match=r"pip install '\.\[dask\]'"):
        list(run(inverse, [1], dask="tcp://127.0.0.1:8786"))


@pytest.fixture
def scheduler() -> Iterator[str]:
    distributed = pytest.importorskip("dask.distributed")
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None)
    with cluster:
        yield cluster.scheduler_address


def test_dask_gives_the_same_results(scheduler: str) -> None:
    assert sorted(run(inverse, [1, 2, 3], dask=scheduler)) == [2.0, 3.0, 6.0]


def test_an_error_on_dask_ends_the_work(scheduler: str) -> None:
    with pytest.raises(ZeroDivisionError):
        list(run(inverse, [0], dask=scheduler))


def test_a_wrong_address_is_said() -> None:
    pytest.importorskip("dask.distributed")
    with pytest.raises(InputError, match="no Dask scheduler answers at nowhere"):
        list(run(inverse, [1], dask="nowhere://x"))


def test_an_interrupt_ends_the_processes_too() -> None:
    Timer(3, lambda: os.kill(os.getpid(), SIGINT)).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(run(time.sleep, [300, 300], 2))
    assert time.monotonic() - started < 30


def test_whoever_wants_no_more_results_waits_for_none() -> None:
    started = time.monotonic()
    results: Any = run(time.sleep, [0, 300, 300], 2)
    assert next(results) is None
    results.close()
    assert time.monotonic() - started < 30
