"""The quality gate: a fit that fails it is not published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class Gate:
    """Thresholds that every free parameter must meet; a quick run has its own, looser ones (``QUICK_GATE``).

    Attributes
    ----------
    r_hat
        Largest rank-normalised split R-hat.
    ess
        Least effective number of draws, bulk and tail.
    divergences
        Most divergences after warm-up.
    e_bfmi
        Least E-BFMI of a chain.
    """

    r_hat: float = 1.01
    ess: float = 400.0
    divergences: int = 0
    e_bfmi: float = 0.3

    def failures(self, found: Mapping[str, Any]) -> list[str]:
        """One sentence for each threshold that a fit does not meet.

        Parameters
        ----------
        found
            ``r_hat, ess_bulk, ess_tail, divergences, e_bfmi, worst``, as :class:`Diagnostics` holds them.
        """
        worst, said = found["worst"], []
        if not found["r_hat"] <= self.r_hat:
            said.append(f"R-hat of {worst['r_hat']} is {found['r_hat']:.3f}, above {self.r_hat}")
        for label in ("bulk", "tail"):
            if not found[f"ess_{label}"] >= self.ess:
                effective = f"{found[f'ess_{label}']:.0f}"
                said.append(f"{label} ESS of {worst[f'ess_{label}']} is {effective}, below {self.ess:.0f}")
        if found["divergences"] > self.divergences:
            said.append(f"{found['divergences']} divergences after warm-up, above {self.divergences}")
        if not found["e_bfmi"] >= self.e_bfmi:
            said.append(f"E-BFMI is {found['e_bfmi']:.2f}, below {self.e_bfmi}")
        return said


QUICK_GATE = Gate(r_hat=1.05, ess=100.0, divergences=0, e_bfmi=0.2)


@dataclass(frozen=True)
class Diagnostics:
    """Worst figures of a fit over all free parameters, and the gate's verdict.

    Attributes
    ----------
    r_hat
        Largest rank-normalised split R-hat.
    ess_bulk
        Least bulk ESS, in draws.
    ess_tail
        Least tail ESS, in draws.
    divergences
        Number after warm-up.
    e_bfmi
        Least E-BFMI of a chain.
    worst
        The parameter behind each worst R-hat and ESS.
    gate
        The thresholds that were applied.
    failures
        One sentence per failed check; empty if the fit passed.
    """

    r_hat: float
    ess_bulk: float
    ess_tail: float
    divergences: int
    e_bfmi: float
    worst: dict[str, str]
    gate: Gate
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the fit may be published."""
        return not self.failures

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``diagnostics.json``."""
        return {"passed": self.passed, **asdict(self), "failures": list(self.failures)}


def diagnose(tree: xr.DataTree, gate: Gate) -> Diagnostics:
    """Measure a fit against a gate.

    Parameters
    ----------
    tree
        DataTree with ``posterior`` (chain, draw, ...) and ``sample_stats`` (``diverging``, ``energy``).
    gate
        Thresholds to hold the fit against.
    """
    import arviz as az

    posterior = tree["posterior"].to_dataset()
    with np.errstate(invalid="ignore", divide="ignore"):  # a chain that never moved fails by its NaN
        r_hat = _worst(az.rhat(posterior), largest=True)
        bulk = _worst(az.ess(posterior, method="bulk"), largest=False)
        tail = _worst(az.ess(posterior, method="tail"), largest=False)
    stats = tree["sample_stats"]
    energy = np.asarray(stats["energy"])
    figures: dict[str, Any] = {
        "r_hat": r_hat[0],
        "ess_bulk": bulk[0],
        "ess_tail": tail[0],
        "divergences": int(np.asarray(stats["diverging"]).sum()),
        "e_bfmi": float(np.min(np.mean(np.diff(energy, axis=1) ** 2, axis=1) / np.var(energy, axis=1))),
        "worst": {"r_hat": r_hat[1], "ess_bulk": bulk[1], "ess_tail": tail[1]},
    }
    failures = [
        f"{name} has draws that are no finite number"
        for name, values in posterior.data_vars.items()
        if not np.isfinite(values).all()
    ]
    return Diagnostics(**figures, gate=gate, failures=(*failures, *gate.failures(figures)))


def _worst(measured: Any, largest: bool) -> tuple[float, str]:
    """Worst value over all variables and their labels, with its name; a value that is no number is the worst."""
    worst, where = (-np.inf, "") if largest else (np.inf, "")
    for name, values in measured.data_vars.items():
        flat = np.asarray(values, dtype=float).ravel()
        if flat.size == 0:
            continue
        keyed = np.where(np.isnan(flat), np.inf if largest else -np.inf, flat)
        place = int(keyed.argmax() if largest else keyed.argmin())
        if (keyed[place] > worst) if largest else (keyed[place] < worst):
            index = np.unravel_index(place, values.shape)
            labels = [str(values[dim].values[i]) for dim, i in zip(values.dims, index, strict=True)]
            worst, where = float(keyed[place]), f"{name}[{', '.join(labels)}]" if labels else str(name)
    return worst, where
