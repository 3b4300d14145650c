"""Compiling the model's log density and sampling it with nutpie.

Why this is not ``pm.sample``: nutpie's own compilation links the whole graph again into one function at every start,
which takes minutes for a model of this size and cannot be cached. Here PyTensor's compiled function, which is cached
on disk, is called as it is, without Python's lock, so that chains still run side by side in threads.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

os.environ.setdefault("NUMBA_OPT", "2")
os.environ.setdefault("NUMBA_LOOP_VECTORIZE", "0")
os.environ.setdefault("NUMBA_SLP_VECTORIZE", "0")

import nutpie
import pymc as pm
import pytensor
import pytensor.tensor as pt
from nutpie.compiled_pyfunc import from_pyfunc
from pymc.pytensorf import join_nonshared_inputs
from pytensor.compile.mode import Mode, get_mode
from pytensor.link.numba.linker import NumbaLinker
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from hbm_model.errors import HbmError
from hbm_model.model.dated import DatedSteps
from hbm_model.priors import IN_GRAPH

pytensor.config.cxx = ""  # no C compiler, no shared compile folder
pytensor.config.numba__fastmath = False  # else a cold and a warm cache give different chains for one seed

Vector = NDArray[np.float64]
_STEP, _SLOPE_TOLERANCE = 1e-5, 1e-3
_FLATTEST = 0.05
"""Least curvature trusted: flatter directions are taken as wide as this, and adapted from there."""
_STATS = ("diverging", "energy", "n_steps", "mean_tree_accept", "step_size")


class _UnlockedLinker(NumbaLinker):  # type: ignore[misc]
    """PyTensor's Numba linker, with the outermost function releasing Python's lock while it runs."""

    def jit_compile(self, fn_and_cache: Any) -> Any:
        from pytensor.link.numba.dispatch.basic import numba_njit

        fn, cache_key = fn_and_cache
        return numba_njit(fn.py_func, final_function=True, cache=cache_key is not None, nogil=True)


class CompiledModel:
    """A model's log density with gradient, compiled once, over one flat vector of unconstrained parameters.

    Attributes
    ----------
    n_dim : length of the vector.
    """

    def __init__(self, model: pm.Model) -> None:
        self._model = model
        point = model.initial_point()
        self._shapes = {name: np.shape(value) for name, value in point.items()}
        self._start = np.concatenate([np.ravel(point[v.name]) for v in model.value_vars])
        self.n_dim = len(self._start)
        outputs, joined = join_nonshared_inputs(point, [model.logp()], model.value_vars, [])
        gradient = pt.grad(outputs[0], joined)
        # In-place operations take half of the rewriting time to check, and gain nothing on arrays this small.
        rewrites = get_mode("NUMBA").provided_optimizer.excluding("inplace_elemwise")
        mode = Mode(linker=_UnlockedLinker(), optimizer=rewrites)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Loop fusion failed")  # a kernel stays in two parts, no more
            function = pytensor.function([joined], [outputs[0], gradient], mode=mode)
        self._call = function.vm.jit_fn
        # Behind the vector come the graph's data, which the compiled function takes as arguments like any other.
        self._names = [given.variable.name for given in function.maker.expanded_inputs[1:]]
        self._data = [container.data for container in function.input_storage[1:]]
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

    def named(self, x: Vector) -> xr.Dataset:
        """Split (chain, draw, n_dim) unconstrained values into the model's variables, on their own scales."""
        variables: dict[str, xr.DataArray] = {}
        place = 0
        for rv, value in zip(self._model.free_RVs, self._model.value_vars, strict=True):
            shape = self._shapes[value.name]
            size = int(np.prod(shape))
            part = x[..., place : place + size].reshape(*x.shape[:2], *shape)
            place += size
            transform = self._model.rvs_to_transforms[rv]
            if isinstance(transform, DatedSteps):
                part = transform.to_log_steps(part, np)
            elif transform is not None:  # all others are logs
                part = np.exp(part)
            dims = self._model.named_vars_to_dims.get(rv.name, ())
            coords = {dim: list(self._model.coords[dim]) for dim in dims}
            variables[rv.name] = xr.DataArray(part, dims=("chain", "draw", *dims), coords=coords)
        index = {"chain": np.arange(x.shape[0]), "draw": np.arange(x.shape[1])}
        return xr.Dataset(variables).assign_coords(index)

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


@dataclass(frozen=True)
class Frame:
    """Coordinates in which the posterior is close to a standard normal: ``x = origin + axes @ y``.

    A frame only tells the sampler where to start and in which steps to go; what is sampled is the model's own density.

    Attributes
    ----------
    origin : (n_dim,). axes : (n_dim, n_dim), principal axes of one standard deviation as columns.
    """

    origin: Vector
    axes: Vector


def _axes(curvature: Vector) -> Vector:
    """Matrix whose columns are principal axes of one standard deviation."""
    values, vectors = np.linalg.eigh(curvature)
    return np.asarray(vectors / np.sqrt(np.maximum(values, _FLATTEST)))


@dataclass(frozen=True)
class Pilot:
    """How much work goes into finding the frame.

    Attributes
    ----------
    draws, tune, chains : of the run whose draws are thrown away. points : draws over which the curvature is averaged.
    """

    draws: int = 100
    tune: int = 150
    chains: int = 2
    points: int = 16


def sample(
    compiled: CompiledModel,
    draws: int,
    tune: int,
    chains: int,
    cores: int,
    seed: int,
    target_accept: float,
    pilot: Pilot | None = Pilot(),
) -> xr.DataTree:
    """Draw from the posterior with NUTS, chains side by side in threads.

    A short pilot in the frame of the mode's curvature (a Laplace approximation) finds where the posterior lies; the
    curvature averaged over its draws then makes the frame of the run itself. The pilot's draws are thrown away. Without
    a pilot the first frame is that of the run, which then takes smaller steps: for many short runs.

    Returns
    -------
    DataTree with ``posterior`` (every free variable, constrained, with its dims) and ``sample_stats``.
    """
    pilot_seed, run_seed = (int(s) for s in np.random.SeedSequence(seed).generate_state(2))
    with threadpool_limits(1):  # the chains already fill the cores
        mode = compiled.mode()
        frame = Frame(mode, _axes(compiled.curvature(mode)))
        if pilot is not None:
            frame = _piloted(compiled, frame, pilot, cores, pilot_seed, target_accept)
        raw = _nuts(compiled, frame, (draws, tune, chains), cores, run_seed, target_accept)
    stats = raw["sample_stats"].to_dataset()
    return xr.DataTree.from_dict(
        {
            "posterior": compiled.named(np.asarray(raw["posterior"]["x"])),
            "sample_stats": stats[[name for name in _STATS if name in stats]],
        }
    )


def _piloted(compiled: CompiledModel, first: Frame, pilot: Pilot, cores: int, seed: int, target_accept: float) -> Frame:
    """The frame that a pilot run finds."""
    found = _nuts(compiled, first, (pilot.draws, pilot.tune, pilot.chains), cores, seed, target_accept)
    points = np.asarray(found["posterior"]["x"]).reshape(-1, compiled.n_dim)
    spread = points[:: max(len(points) // pilot.points, 1)][: pilot.points]
    with ThreadPoolExecutor(cores) as pool:
        average = np.mean(list(pool.map(compiled.curvature, spread)), axis=0)
    return Frame(points.mean(axis=0), _axes(average))


def _nuts(
    compiled: CompiledModel, frame: Frame, size: tuple[int, int, int], cores: int, seed: int, target_accept: float
) -> xr.DataTree:
    """Run nutpie in a frame; `size` is draws, warm-up draws and chains."""
    draws, tune, chains = size
    back = np.ascontiguousarray(frame.axes.T)

    def logp(y: Vector) -> tuple[float, Vector]:
        value, gradient = compiled.logp_and_gradient(frame.origin + frame.axes @ y)
        return value, back @ gradient

    framed = from_pyfunc(
        compiled.n_dim,
        lambda: logp,
        lambda *_seeds: lambda y: {"x": frame.origin + frame.axes @ y},
        [np.dtype("float64")],
        [(compiled.n_dim,)],
        ["x"],
        make_initial_point_fn=lambda chain_seed: np.random.default_rng(chain_seed).normal(0, 1, compiled.n_dim),
    )
    drawn: xr.DataTree = nutpie.sample(
        framed,
        draws=draws,
        tune=tune,
        chains=chains,
        cores=cores,
        seed=seed,
        target_accept=target_accept,
        adaptation="diag",
        progress_bar=False,
    )
    return drawn
