"""Programs: functions of arrays, compiled by XLA once for all arguments of one form."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

from hbm_model.inference.runtime import double_precision

_OPTIONS = {"xla_cpu_multi_thread_eigen": False}
"""One thread for each call: chains run side by side already, and sums do not depend on the number of cores."""

Program = Callable[..., Any]

_COMPILED: dict[Hashable, Program] = {}
_LOCKS: dict[Hashable, Lock] = {}
_ONE_AT_A_TIME = Lock()


def compiled(function: Callable[..., Any], arguments: tuple[Any, ...], form: Hashable) -> Program:
    """A function compiled for arguments of the shapes and types of these.

    Parameters
    ----------
    function
        Written for JAX.
    arguments
        Of the form that it will be called with.
    form
        Whatever decides what the function does, but for its arguments; functions of one form share what is compiled.

    Returns
    -------
    Program
        To be called in :func:`hbm_model.inference.runtime.double_precision`.
    """
    with _ONE_AT_A_TIME:
        lock = _LOCKS.setdefault(form, Lock())
    with lock:
        if form not in _COMPILED:
            _COMPILED[form] = _compile(function, arguments)
        return _COMPILED[form]


def side_by_side(*tasks: Callable[[], Any]) -> list[Any]:
    """Results of several tasks, such as compiling, that run at the same time.

    Parameters
    ----------
    *tasks
        Functions without arguments.
    """
    with ThreadPoolExecutor(len(tasks)) as pool:
        return [each.result() for each in [pool.submit(task) for task in tasks]]


def _compile(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Program:
    import jax

    with double_precision():
        program: Program = jax.jit(function).lower(*arguments).compile(compiler_options=_OPTIONS)
    return program
