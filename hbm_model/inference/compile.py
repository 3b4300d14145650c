"""Compiling a model's log density with its gradient, once for all data of one form.

Why this is not ``pm.sample``: nutpie's own compilation links the whole graph again into one function at every start,
which takes minutes for a model of this size and cannot be cached. Here PyTensor's compiled function, which is cached
on disk, is called as it is, without Python's lock, so that chains still run side by side in threads.
"""

from __future__ import annotations

import json
import warnings
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pymc.pytensorf import join_nonshared_inputs
from pytensor.compile.mode import Mode, get_mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.graph.traversal import graph_inputs
from pytensor.link.numba.linker import NumbaLinker
from pytensor.tensor.math import Dot

from hbm_model.inference.runtime import prepare

_BEFORE_FUSION = 47.0


class _UnlockedLinker(NumbaLinker):  # type: ignore[misc]
    """PyTensor's Numba linker, with the outermost function releasing Python's lock while it runs.

    PyTensor wraps each function in one that can be kept on disk, and Numba compiles what is wrapped a second time. Of
    the outermost one, which is all that is called from outside, the function itself is kept.
    """

    def fgraph_convert(self, fgraph: FunctionGraph, **kwargs: Any) -> Any:
        from pytensor.link.numba.dispatch.basic import numba_funcify_and_cache_key

        return numba_funcify_and_cache_key(fgraph, **kwargs)

    def jit_compile(self, fn_and_cache: Any) -> Any:
        written, key = fn_and_cache[0].py_func, fn_and_cache[1]
        return _jitted(written.__source__, key, written.__globals__)


@node_rewriter([Dot])  # type: ignore[untyped-decorator]
def _summed_products(_graph: FunctionGraph, node: Any) -> list[Any]:
    """A product of small matrices as an ordinary sum: to compile a call of BLAS takes Numba a hundred times as long."""
    left, right = node.inputs
    if right.type.shape[1] == 1:
        return [pt.sum(left * right.T, axis=1, keepdims=True)]
    return [pt.sum(left[:, :, None] * right[None], axis=1)]


Compiled = tuple[Any, list[str]]
"""A function of the vector and of the graph's data, and the names of these data in order."""

_COMPILED: dict[str, Compiled] = {}
_KEPT_NOTES = 8


def compile_density(model: pm.Model, form: str | None) -> Compiled:
    """The model's density with gradient, from what this process or an earlier one left of the same form.

    Parameters
    ----------
    model
        The PyMC model.
    form
        Digest of whatever decides the model's graph, but for its data; without it nothing is kept.
    """
    prepare()
    if form is None:
        return _function(model)
    if form not in _COMPILED:
        found = _kept(model, form)
        if found is None:
            found = _function(model)
            _keep(found, form)
        _COMPILED[form] = found
    return _COMPILED[form]


def _function(model: pm.Model) -> Compiled:
    """Compile a model anew."""
    logp = model.logp()
    # By variable, and joined afterwards: the gradient by the joined vector would be a sum of vectors of its length.
    gradient = pt.concatenate([slope.ravel() for slope in pt.grad(logp, model.value_vars)])
    outputs, joined = join_nonshared_inputs(model.initial_point(), [logp, gradient], model.value_vars, [])
    # In-place elementwise operations take half of the rewriting time to check, and gain nothing on arrays this small.
    # The other ones must stay: without them PyTensor 3.3 compiles a wrong gradient, which the check below finds.
    # What is checked of shapes and scales is known to hold, and takes longer to compile than what it guards.
    rewrites = (
        get_mode("NUMBA")
        .provided_optimizer.excluding("inplace_elemwise")
        .including("local_remove_check_parameter", "local_remove_all_assert")
    )
    mode = Mode(linker=_UnlockedLinker(), optimizer=rewrites).register((dfs_rewriter(_summed_products), _BEFORE_FUSION))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Loop fusion failed")  # a kernel stays in two parts, no more
        function = pytensor.function([joined], outputs, mode=mode)
    return function.vm.jit_fn, [given.name for given in function.maker.fgraph.inputs[1:]]


def model_data(model: pm.Model) -> dict[str, Any]:
    """Arrays of the named shared variables that a model reads, by name.

    A shared variable without a name is the state of random numbers, and is left out.

    Parameters
    ----------
    model
        The PyMC model.
    """
    terms = [*model.free_RVs, *model.observed_RVs, *model.potentials]
    read = (each for each in graph_inputs(terms) if isinstance(each, SharedVariable))
    return {each.name: each.container.data for each in read if each.name is not None}


# --- on disk: Numba keeps machine code under a key, but to get at the key PyTensor would rewrite the whole graph -----


def _jitted(source: str, key: str | None, names: dict[str, Any]) -> Any:
    """The function of a source text, to be compiled when it is first called or found under its key on disk."""
    from pytensor.link.numba.cache import compile_numba_function_src
    from pytensor.link.numba.dispatch.basic import numba_njit

    written = compile_numba_function_src(source, "numba_funcified_fgraph", names, cache_key=key)
    return numba_njit(written, final_function=True, cache=key is not None, nogil=True)


def _file(form: str) -> Path:
    return Path(pytensor.config.compiledir) / "hbm_model" / f"{form}.json"


def _kept(model: pm.Model, form: str) -> Compiled | None:
    """What an earlier process compiled of this form, if it is there and sound.

    The text alone cannot be compiled, for it calls kernels that are not at hand: it finds its machine code, or fails.
    """
    from numba import typeof

    with suppress(Exception):  # none, cut short, or made for another processor: then it is compiled anew
        left = json.loads(_file(form).read_text(encoding="utf-8"))
        call = _jitted(left["source"], left["key"], {})
        arrays = model_data(model)
        arguments = [np.empty(1), *(arrays[name] for name in left["names"])]
        call.compile(tuple(typeof(each) for each in arguments))  # type: ignore[no-untyped-call]
        return call, left["names"]
    return None


def _keep(compiled: Compiled, form: str) -> None:
    """Leave to later processes where they find what this one compiled, and remove the oldest of these notes."""
    from pytensor.link.numba.cache import CACHED_SRC_FUNCTIONS

    written, names = compiled[0].py_func, compiled[1]
    note = {"names": names, "key": CACHED_SRC_FUNCTIONS.get(written), "source": written.__source__}
    file = _file(form)
    with suppress(OSError):  # a full or read-only disk costs time, no more
        file.parent.mkdir(exist_ok=True)
        with NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as part:
            part.write(json.dumps(note))
        Path(part.name).replace(file)
        for old in sorted(file.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-_KEPT_NOTES]:
            old.unlink()
