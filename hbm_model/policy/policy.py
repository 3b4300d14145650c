"""The policy that a fit stands in: levers, and the levels in force on its as-of date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hbm_model.core.data import bundled_data
from hbm_model.core.dates import decimal_year
from hbm_model.evidence import Evidence
from hbm_model.policy.levels import Levels, Step, in_force
from hbm_model.policy.levers import FILE, Effect, Lever
from hbm_model.policy.scenario import BASELINE
from hbm_model.policy.scenarios import PolicyInputs, read_policy_inputs


@dataclass(frozen=True)
class Policy:
    """Levers and what is in force.

    Attributes
    ----------
    levers
        By name.
    levels
        Steps in force, by lever.
    as_of
        Decimal year from which a scenario may differ.
    """

    levers: Mapping[str, Lever]
    levels: Levels
    as_of: float

    @property
    def effects(self) -> list[tuple[Lever, Effect]]:
        """Every effect with its lever."""
        return [(lever, effect) for lever in self.levers.values() for effect in lever.effects]

    @property
    def time_paths(self) -> set[str]:
        """Names of the priors of how effects arrive and fade."""
        return {name for lever in self.levers.values() for name in lever.time_paths}

    @property
    def informed(self) -> list[tuple[Lever, Effect]]:
        """Effects whose size the fit estimates."""
        return [(lever, effect) for lever, effect in self.effects if effect.informed]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Policy:
        """Read what :meth:`to_dict` made.

        Parameters
        ----------
        state
            Plain values.
        """
        levers = {
            name: Lever(**{**lever, "effects": tuple(Effect(**effect) for effect in lever["effects"])})
            for name, lever in state["levers"].items()
        }
        levels = {name: tuple(Step(**step) for step in steps) for name, steps in state["levels"].items()}
        return cls(levers, levels, state["as_of"])


def policy_home(folder: str | Path | None) -> Path:
    """Data folder with the levers and scenarios to use: this one, or the bundled one if it has none.

    Parameters
    ----------
    folder
        A data folder; None for the bundled one.
    """
    own = Path(folder) if folder is not None else None
    return own if own is not None and (own / FILE).is_file() else bundled_data()


def policy_in_force(folder: str | Path | None, as_of: date) -> Policy:
    """Read levers and baseline of a data folder, as of a day.

    Parameters
    ----------
    folder
        A data folder, as :func:`policy_home` takes it.
    as_of
        The as-of date.

    Raises
    ------
    InputError
        If any of the folder's levers or scenarios is wrong.
    """
    return in_force_on(read_policy_inputs(policy_home(folder)), as_of)


def policy_of(evidence: Evidence) -> Policy:
    """Read levers and baseline of the evidence's data folder, as of its day.

    Parameters
    ----------
    evidence
        Gives the data folder (``source``) and the as-of date.

    Raises
    ------
    InputError
        If any of the folder's levers or scenarios is wrong.
    """
    return policy_in_force(evidence.source, evidence.as_of)


def in_force_on(inputs: PolicyInputs, as_of: date) -> Policy:
    """Return the policy in force on a day.

    Parameters
    ----------
    inputs
        From :func:`hbm_model.policy.scenarios.read_policy_inputs`.
    as_of
        The as-of date.
    """
    return Policy(inputs.levers, in_force(inputs.scenarios[BASELINE], as_of), decimal_year(as_of))
