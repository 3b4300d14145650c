"""Programs: functions of arrays, compiled by XLA once for all arguments of one form."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any

from hbm_model.core.background import in_background
from hbm_model.inference.runtime import double_precision

_OPTIONS = {"xla_cpu_multi_thread_eigen": False}
"""One thread for each call: chains run side by side already, and sums do not depend on the number of cores."""

Program = Callable[..., Any]

_COMPILED: dict[Hashable, Future[Program]] = {}
_ONE_AT_A_TIME = Lock()


def compiled(function: Callable[..., Any], arguments: tuple[Any, ...], form: Hashable) -> Program:
    """A function compiled for arguments of the shapes and types of these.

    Compiling cannot be interrupted, but waiting for it can: then it goes on in the background, for whoever asks next.

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
        begun = _COMPILED.get(form)
        if begun is None or (begun.done() and begun.exception() is not None):
            begun = _COMPILED[form] = in_background(lambda: _compile(function, arguments))
    return begun.result()


def side_by_side(*tasks: Callable[[], Any]) -> list[Any]:
    """Results of several tasks, such as compiling, that run at the same time.

    Parameters
    ----------
    *tasks
        Functions without arguments.
    """
    return [each.result() for each in [in_background(task) for task in tasks]]


def _compile(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Program:
    import jax

    with double_precision():
        program: Program = jax.jit(function).lower(*arguments).compile(compiler_options=_OPTIONS)
    return program
