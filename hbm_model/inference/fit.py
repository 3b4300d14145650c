"""Fit: evidence and priors in, checked posterior out."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from hbm_model.core.arrays import Floats
from hbm_model.core.errors import InputError, OlderModelError
from hbm_model.core.notebook import view
from hbm_model.core.priors import Priors
from hbm_model.core.progress import Report, stage
from hbm_model.core.reporters import shown
from hbm_model.evidence import Evidence, divided
from hbm_model.inference.diagnostics import QUICK_GATE, Diagnostics, Gate, diagnose
from hbm_model.inference.nuts import SamplerSettings
from hbm_model.inference.sampling import compile_programs, sample
from hbm_model.inference.whitening import load_whitening
from hbm_model.model.context import Context
from hbm_model.model.controls import history
from hbm_model.model.layout import Layout, Learning
from hbm_model.model.observations import observe, observe_beside, without
from hbm_model.policy.policy import Policy, in_force_on, policy_home
from hbm_model.policy.scenarios import read_policy_inputs

QUICK_DRAWS, QUICK_TUNE = 320, 100


@dataclass(frozen=True)
class FitSettings:
    """How the posterior is drawn.

    Attributes
    ----------
    draws
        Draws kept per chain (None: 1250, and 320 in a quick run).
    tune
        Warm-up draws per chain (None: 200, and 100 in a quick run).
    chains
        Number of chains.
    cores
        Chains that run side by side.
    seed
        Integer seed of all randomness.
    target_accept
        NUTS acceptance target (None: 0.85, and 0.7 in a quick run, which needs half as many steps a draw but leaves the
        slowest parameter with a third of the effective draws).
    quick
        Fewer draws and a looser gate; marked in every output.
    """

    draws: int | None = None
    tune: int | None = None
    chains: int = 4
    cores: int = 2
    seed: int = 20260701
    target_accept: float | None = None
    quick: bool = False

    def __post_init__(self) -> None:
        usual = (QUICK_DRAWS, QUICK_TUNE, 0.7) if self.quick else (1250, 200, 0.85)
        for name, value in zip(("draws", "tune", "target_accept"), usual, strict=True):
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        for name in ("draws", "tune", "chains", "cores"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} = {getattr(self, name)} must be at least 1")
        if self.target_accept is None or not 0.5 <= self.target_accept < 1:
            raise InputError(f"target_accept = {self.target_accept} must lie in [0.5, 1)")

    @property
    def sampling(self) -> SamplerSettings:
        """What the sampler reads: everything but the gate."""
        return SamplerSettings(**{name: value for name, value in asdict(self).items() if name != "quick"})

    @property
    def gate(self) -> Gate:
        """The gate that applies."""
        return QUICK_GATE if self.quick else Gate()


@dataclass(frozen=True)
class Fit:
    """A posterior and what is needed to forecast from it.

    Attributes
    ----------
    data
        DataTree with ``posterior``, ``sample_stats`` and ``constant_data`` (money raised, planned dates).
    diagnostics
        Figures and verdict of the quality gate.
    layout
        Index sets that the structural equations read.
    priors
        Priors; the equations read the constants among them.
    policy
        Levers, and the levels in force.
    meta
        As-of date, observed-through date, evidence digest, settings.
    """

    data: xr.DataTree
    diagnostics: Diagnostics
    layout: Layout
    priors: Priors
    policy: Policy
    meta: Mapping[str, Any] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        posterior, worst = self.data["posterior"], self.diagnostics
        quick = ", quick" if self.meta["settings"]["quick"] else ""
        rows = [
            ("gate", "passed" if worst.passed else "failed: " + "; ".join(worst.failures)),
            ("draws", f"{posterior.sizes['chain']} chains of {posterior.sizes['draw']}{quick}"),
            ("R-hat, worst", f"{worst.r_hat:.3f}"),
            ("effective draws, worst", f"{worst.ess_bulk:.0f} bulk, {worst.ess_tail:.0f} tail"),
            ("divergences, E-BFMI", f"{worst.divergences}, {worst.e_bfmi:.2f}"),
            ("evidence", f"{self.meta['evidence'][:8]}, observed through {self.meta['observed_through']}"),
        ]
        return view(f"Fit as of {self.meta['as_of']}", (), rows)

    def drivers(self, layout: Layout) -> dict[str, Floats]:
        """Outside drivers by name, on the grids of a layout: money raised, and one unit of each informed effect.

        Parameters
        ----------
        layout
            The fitted one, or one that reaches beyond the fitted years; no money is raised in the years added.
        """
        raised = np.asarray(self.data["constant_data"]["raised"])
        more = len(layout.spending_years) - raised.shape[-1]
        return {"raised": np.pad(raised, ((0, 0), (0, more))), **history(self.policy, self.priors, layout)}

    def context(self, theta: Mapping[str, Any] | None = None, layout: Layout | None = None) -> Context:
        """What the equations read on posterior draws, under what is in force.

        Parameters
        ----------
        theta
            Draws of the parameters (default: all of this fit's).
        layout
            That they are on (default: the fitted one).
        """
        layout = layout or self.layout
        return Context(self.theta() if theta is None else theta, layout, self.priors, np, self.drivers(layout))

    def theta(self) -> dict[str, Any]:
        """Posterior draws of every free parameter as (draw, ...) arrays, chains end to end."""
        posterior = self.data["posterior"].to_dataset()
        draws = posterior.sizes["chain"] * posterior.sizes["draw"]
        return {
            str(name): np.asarray(values).reshape(draws, *values.shape[2:])  # a part without claims may be empty
            for name, values in posterior.data_vars.items()
        }

    def save(self, path: str | Path) -> Path:
        """Write the fit to one netCDF file; everything but the arrays goes into its attributes as JSON.

        Parameters
        ----------
        path
            The file; one that exists is replaced.
        """
        state = {
            "layout": asdict(self.layout),
            "priors": {name: asdict(prior) for name, prior in self.priors.table.items()},
            "policy": self.policy.to_dict(),
            "diagnostics": asdict(self.diagnostics),
            "meta": dict(self.meta),
        }
        tree = self.data.copy()
        tree.attrs["hbm_model"] = json.dumps(state)
        encoding = {
            f"/{group}": {str(name): {"zlib": True, "complevel": 1} for name in tree[group].data_vars}
            for group in ("posterior", "sample_stats")
        }
        tree.to_netcdf(path, engine="h5netcdf", encoding=encoding)
        return Path(path)


def fit(
    evidence: Evidence,
    settings: FitSettings | None = None,
    priors: Priors | None = None,
    learning: Learning = "time",
    held_out: Collection[str] = (),
    layout: Layout | None = None,
    policy: Policy | None = None,
    progress: bool | Report = True,
) -> Fit:
    """Fit the joint model to one vintage of evidence.

    Parameters
    ----------
    evidence
        From :func:`hbm_model.load_evidence`.
    settings
        Default :class:`FitSettings`.
    priors
        Default those of the evidence's data folder, or the bundled ones; ``load_priors().override({...})`` changes
        some.
    learning
        Yields are learned by ``"time"`` since volume start, or by ``"volume"`` of wafers; kept in the layout.
    held_out
        Claim groups that the fit does not read (see :func:`hbm_model.model.observations.without`). The layout is that
        of the whole evidence, so that fits without this or that group share one compiled function. It holds which years
        and nodes of DRAM are spoken of, and since when the nodes are, but no value that anybody claimed.
    layout
        Index sets that hold the vintage's own and may be longer and wider, so that fits of several vintages share one
        compiled function. What no claim speaks of keeps its prior, and moves nothing else.
    policy
        Levers, and the levels in force on the vintage's day (default: read from the evidence's data folder, or the
        bundled one). Where it is given with the priors, no file of inputs is read.
    progress
        Whether a terminal or a notebook shows how far it is; or what is told of it instead.

    Returns
    -------
    Fit
        Whether or not it passed its gate: see ``fit.diagnostics``.
    """
    from hbm_model.inference.joint_density import joint_density
    from hbm_model.model.announced import planned_dates

    settings = settings or FitSettings()
    if priors is None or policy is None:
        inputs = read_policy_inputs(policy_home(evidence.source))
        priors, policy = priors or inputs.priors, policy or in_force_on(inputs, evidence.as_of)
    own, observations = observe(evidence, priors, policy, learning)
    if layout is not None:
        own, observations = observe_beside(evidence, layout, priors, policy)
    if held_out:
        observations = without(observations, evidence, priors, held_out)
        evidence, _ = divided(evidence, held_out)
    with shown(progress) as report:
        with stage(report, "compile", "compiling the model"):
            density = joint_density(own, observations, priors)
            compile_programs(density)
        tree = sample(density, settings.sampling, whitening=load_whitening(density.vector.parameters), report=report)
    constant = xr.Dataset(
        {"raised": (("vendor", "spending_year"), observations.drivers["raised"]), "planned": planned_dates(evidence)}
    )
    tree["constant_data"] = xr.DataTree(constant)
    meta = {
        "as_of": evidence.as_of.isoformat(),
        "observed_through": evidence.observed_through.isoformat(),
        "evidence": evidence.digest,
        "settings": asdict(settings),
    }
    return Fit(tree, diagnose(tree, settings.gate), own, priors, policy, meta)


def load_fit(path: str | Path) -> Fit:
    """Read a fit written by :meth:`Fit.save`.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If there is no such file, or it is no saved fit.
    OlderModelError
        If it is one of an older model.
    """
    try:
        with xr.open_datatree(path, engine="h5netcdf") as stored:
            tree = stored.load()
        state = json.loads(tree.attrs.pop("hbm_model"))
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path}: is no saved fit ({error})") from error
    try:
        found = _restored(tree, state)
        _check_readable(found)
    except (KeyError, TypeError, ValueError) as fault:
        raise OlderModelError(
            f"{path}: was made by an older version of hbm_model, whose model was laid out otherwise ({fault}). The "
            "tables beside it stay readable; for its fit, make the run again: hbm-model forecast --force"
        ) from fault
    return found


def _restored(tree: xr.DataTree, state: Mapping[str, Any]) -> Fit:
    """The fit of what :meth:`Fit.save` wrote."""
    from hbm_model.core.priors import Prior

    diagnostics = {**state["diagnostics"], "gate": Gate(**state["diagnostics"]["gate"])}
    diagnostics["failures"] = tuple(diagnostics["failures"])
    priors = Priors({name: Prior(**prior) for name, prior in state["priors"].items()})
    policy = Policy.from_dict(state["policy"])
    return Fit(tree, Diagnostics(**diagnostics), Layout(**_tuples(state["layout"])), priors, policy, state["meta"])


def _check_readable(fit: Fit) -> None:
    """Hold the draws against the labels of today's model, and try its equations on one of them.

    The labels tell where numbers of the same count have come to mean something else; the equations, what is missing.
    """
    from hbm_model.model.joint import model_coords, structure

    posterior = fit.data["posterior"]
    for dim, labels in model_coords(fit.layout).items():
        if dim in posterior.coords and (known := [str(label) for label in posterior[dim].to_numpy()]) != labels:
            odd = sorted(set(known) ^ set(labels)) or labels
            raise ValueError(f"{dim}: {', '.join(odd)}")
    structure(fit.context({name: values[:1] for name, values in fit.theta().items()}))


def _tuples(state: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as tuples, as they were before JSON."""
    return {name: _tuple(value) for name, value in state.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(each) for each in value) if isinstance(value, list) else value
