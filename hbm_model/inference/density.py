"""The model's log density with its gradient, compiled once for all data of one form.

Why this is not ``pm.sample``: nutpie's own compilation links the whole graph again into one function at every start,
which takes minutes for a model of this size and cannot be cached. Here PyTensor's compiled function, which is cached
on disk, is called as it is, without Python's lock, so that chains still run side by side in threads.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import copy
from dataclasses import asdict
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import xarray as xr

os.environ.setdefault("NUMBA_OPT", "2")
os.environ.setdefault("NUMBA_LOOP_VECTORIZE", "0")
os.environ.setdefault("NUMBA_SLP_VECTORIZE", "0")

import pymc as pm
import pytensor
import pytensor.tensor as pt
from pymc.pytensorf import join_nonshared_inputs
from pytensor.compile.mode import Mode, get_mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.replace import vectorize_graph
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.graph.traversal import graph_inputs
from pytensor.link.numba.linker import NumbaLinker
from pytensor.tensor.math import Dot
from scipy.optimize import minimize

from hbm_model.core.errors import HbmError
from hbm_model.core.priors import IN_GRAPH, Priors
from hbm_model.core.provenance import code_digest, digest, versions
from hbm_model.inference.whitening import Vector
from hbm_model.model.joint import COORDINATES, build_model, graph_data
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations

pytensor.config.cxx = ""  # no C compiler, no shared compile folder
pytensor.config.numba__fastmath = False  # else a cold and a warm cache give different chains for one seed

_BEFORE_FUSION = 47.0
_STEP, _SLOPE_TOLERANCE = 1e-5, 1e-3


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


def compiled_joint(layout: Layout, observations: Observations, priors: Priors) -> CompiledModel:
    """The joint model's density given a vintage.

    Whatever else is fitted in this layout and by this code, with whatever claims and priors, meets what was compiled.
    """
    form = {
        "code": code_digest(),
        "versions": versions(),
        "layout": asdict(layout),
        "priors": {name: prior.form for name, prior in priors.table.items()},
        "data": {name: array.ndim for name, array in graph_data(observations).items()},
    }
    return CompiledModel(build_model(layout, observations, priors), digest(form))


class CompiledModel:
    """A model's log density with gradient, compiled once, over one flat vector of unconstrained parameters.

    Parameters
    ----------
    form : digest of whatever decides the model's graph, but for its data; models of one form share what is compiled,
        in this process and later ones. Without it nothing is kept.

    Attributes
    ----------
    n_dim : length of the vector.
    """

    def __init__(self, model: pm.Model, form: str | None = None) -> None:
        self._model = model
        point = model.initial_point()
        self._shapes = {name: np.shape(value) for name, value in point.items()}
        self._start = np.concatenate([np.ravel(point[v.name]) for v in model.value_vars])
        self.n_dim = len(self._start)
        self._call, self._names = _compiled(model, form)
        arrays = _data(model)
        self._data = [arrays[name] for name in self._names]
        self._check_gradient()

    def _check_gradient(self) -> None:
        """Hold the gradient against a difference of the log density: a wrong one would bend every draw, unseen."""
        direction = np.random.default_rng(0).normal(size=self.n_dim) / np.sqrt(self.n_dim)
        ahead, behind = (self.logp_and_gradient(self._start + sign * _STEP * direction)[0] for sign in (1, -1))
        slope, difference = self.logp_and_gradient(self._start)[1] @ direction, (ahead - behind) / (2 * _STEP)
        if not abs(slope - difference) <= _SLOPE_TOLERANCE * max(1.0, abs(difference)):
            raise HbmError(f"the compiled gradient is wrong: {slope:.6g} where the density changes by {difference:.6g}")

    def given(self, data: Mapping[str, Any]) -> CompiledModel:
        """The same density given other data, without compiling anything.

        Parameters
        ----------
        data : arrays by the name of the graph's data (:func:`hbm_model.model.joint.graph_data`), of the same numbers
            of dimensions. Lengths may differ; what the density does not read is passed over. Priors stay as they are.

        Raises
        ------
        ValueError
            If an array is missing, or has another number of dimensions.
        """
        other = copy(self)
        other._data = []
        for name, old in zip(self._names, self._data, strict=True):
            if name.startswith(IN_GRAPH):
                other._data.append(old)
                continue
            if name not in data or np.ndim(data[name]) != old.ndim:
                raise ValueError(f"the density needs data {name!r} in {old.ndim} dimensions")
            # A copy: for an array that is read-only or laid out otherwise, Numba would compile everything anew.
            other._data.append(np.array(data[name], dtype=old.dtype, order="C"))
        return other

    def logp_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        """Log density and gradient at an unconstrained vector of length ``n_dim``."""
        logp, gradient = self._call(x, *self._data)
        return float(logp), gradient

    @property
    def parameters(self) -> str:
        """Digest of what the vector's entries are: variables in order, their labels and coordinates."""
        of = {rv.name: [self._shapes[v.name], self._labels(rv.name)] for rv, v in self._variables()}
        data = {
            name: array.tolist() for name, array in zip(self._names, self._data, strict=True) if name in COORDINATES
        }
        return digest({**of, **data})

    def named(self, x: Vector) -> xr.Dataset:
        """Split (chain, draw, n_dim) unconstrained values into the model's variables, on their own scales."""
        shapes = [self._shapes[value.name] for value in self._model.value_vars]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
        parts = np.split(x, ends[:-1], axis=-1)
        values = [part.reshape(*x.shape[:2], *shape) for part, shape in zip(parts, shapes, strict=True)]
        variables: dict[str, xr.DataArray] = {}
        for rv, own in zip(self._model.free_RVs, self._on_own_scales(values), strict=True):
            coords = self._labels(rv.name)
            variables[rv.name] = xr.DataArray(own, dims=("chain", "draw", *coords), coords=coords)
        index = {"chain": np.arange(x.shape[0]), "draw": np.arange(x.shape[1])}
        return xr.Dataset(variables).assign_coords(index)

    def _on_own_scales(self, values: list[Vector]) -> list[Vector]:
        """(chain, draw, ...) values of all variables, from those that the sampler moves.

        The model's own transforms on all draws at once, in plain Python: there is nothing worth compiling.
        """
        sampled = self._model.value_vars
        many = [pt.tensor(dtype=each.dtype, shape=(None, None, *each.type.shape)) for each in sampled]
        scales = self._model.replace_rvs_by_values(self._model.free_RVs)
        scales = vectorize_graph(scales, dict(zip(sampled, many, strict=True)))
        read = [each for each in graph_inputs(scales) if isinstance(each, SharedVariable)]
        given = {each: each.type() for each in read}
        function = pytensor.function(
            [*many, *given.values()], scales, givens=given, mode="FAST_COMPILE", on_unused_input="ignore"
        )
        known = dict(zip(self._names, self._data, strict=True))
        found: list[Vector] = function(*values, *(known[each.name] for each in read))
        return found

    def _variables(self) -> Iterator[tuple[Any, Any]]:
        """Random variables with the parts of the vector that stand for them, in order."""
        return zip(self._model.free_RVs, self._model.value_vars, strict=True)

    def _labels(self, variable: str) -> dict[str, list[Any]]:
        """Labels of a variable's dims, in order."""
        return {dim: list(self._model.coords[dim]) for dim in self._model.named_vars_to_dims.get(variable, ())}

    def curvature(self, x: Vector) -> Vector:
        """Matrix of second derivatives of minus the log density, from differences of the gradient.

        One-sided: half of the work, and good enough for a frame.
        """
        step = 1e-4
        here = self.logp_and_gradient(x)[1]
        rows = np.empty((self.n_dim, self.n_dim))
        for i in range(self.n_dim):
            aside = x.copy()
            aside[i] += step
            rows[i] = (here - self.logp_and_gradient(aside)[1]) / step
        return (rows + rows.T) / 2

    def mode(self) -> Vector:
        """The unconstrained vector of highest density, as near as a pilot needs to start."""

        def negative(x: Vector) -> tuple[float, Vector]:
            logp, gradient = self.logp_and_gradient(x)
            return -logp, -gradient

        options = {"maxiter": 5000, "maxfun": 10000, "maxcor": 30, "ftol": 1e-6}
        found: Any = minimize(negative, self._start, jac=True, method="L-BFGS-B", options=options)  # type: ignore[call-overload]
        return np.asarray(found.x)


_Compiled = tuple[Any, list[str]]
"""A function of the vector and of the graph's data, and the names of these data in order."""

_COMPILED: dict[str, _Compiled] = {}
_KEPT_NOTES = 8


def _compiled(model: pm.Model, form: str | None) -> _Compiled:
    """The model's density with gradient, from what this process or an earlier one left of the same form."""
    if form is None:
        return _function(model)
    if form not in _COMPILED:
        found = _kept(model, form)
        if found is None:
            found = _function(model)
            _keep(found, form)
        _COMPILED[form] = found
    return _COMPILED[form]


def _function(model: pm.Model) -> _Compiled:
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


def _data(model: pm.Model) -> dict[str, Any]:
    """The arrays of the shared variables that a model reads, by name; what has none is the state of random numbers."""
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


def _kept(model: pm.Model, form: str) -> _Compiled | None:
    """What an earlier process compiled of this form, if it is there and sound.

    The text alone cannot be compiled, for it calls kernels that are not at hand: it finds its machine code, or fails.
    """
    from numba import typeof

    with suppress(Exception):  # none, cut short, or made for another processor: then it is compiled anew
        left = json.loads(_file(form).read_text(encoding="utf-8"))
        call = _jitted(left["source"], left["key"], {})
        arrays = _data(model)
        arguments = [np.empty(1), *(arrays[name] for name in left["names"])]
        call.compile(tuple(typeof(each) for each in arguments))  # type: ignore[no-untyped-call]
        return call, left["names"]
    return None


def _keep(compiled: _Compiled, form: str) -> None:
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
