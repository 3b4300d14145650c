"""Are ranks uniform? The verdict of simulation-based calibration, quantity by quantity and group by group.

If inference is right, the truth is one more draw of the posterior, and its rank among the draws is uniform over all
simulated worlds (Talts et al. 2018). Departures are the empirical distribution function of the ranks less that of a
uniform. A band holds all of this difference at once with the given probability (Saeilynoja, Buerkner and Vehtari 2022;
ArviZ's implementation).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from arviz_stats.ecdf_utils import compute_ecdf, get_pointwise_confidence_band, simulate_confidence_bands

from hbm_model.core.arrays import Floats

LEVEL = 0.95
"""Probability with which a uniform stays within its band everywhere."""
CENTRAL = {"in50": 0.5, "in80": 0.8, "in90": 0.9}
"""Central intervals whose coverage is counted."""
_BAND_DRAWS = 4000
_SEED = 0


@dataclass(frozen=True)
class Band:
    """Simultaneous band of the distribution function of a number of uniforms.

    Attributes
    ----------
    points
        (point,) where it is evaluated, inside (0, 1).
    low, high
        (point,) of the function itself.
    """

    points: Floats
    low: Floats
    high: Floats

    def difference(self, places: Floats) -> Floats:
        """Distribution function of places less that of a uniform: (point,).

        Parameters
        ----------
        places
            (simulation,) in [0, 1], from :func:`places`.
        """
        return np.asarray(compute_ecdf(places, self.points) - self.points)

    def excursion(self, places: Floats) -> tuple[float, float]:
        """Largest departure in units of the band, and the point where it is; above one, the function leaves the band.

        Parameters
        ----------
        places
            (simulation,) in [0, 1], from :func:`places`.
        """
        apart = self.difference(places)
        limit = np.where(apart > 0, self.high, self.low) - self.points
        reach = np.divide(apart, limit, out=np.zeros_like(apart), where=limit != 0)
        worst = int(reach.argmax())
        return float(reach[worst]), float(self.points[worst])


@cache
def band(n: int) -> Band:
    """The band of `n` uniforms, evaluated between them.

    Parameters
    ----------
    n
        Number of simulations.
    """
    points = np.arange(1, n) / n
    rng = np.random.default_rng(_SEED)
    pointwise = simulate_confidence_bands(n, 1, points, LEVEL, _BAND_DRAWS, rng)
    low, high = get_pointwise_confidence_band(pointwise, n, points)
    return Band(points, np.asarray(low), np.asarray(high))


def rank(truth: float, draws: Floats, rng: np.random.Generator) -> int:
    """Number of draws below the truth; among equal ones its place is drawn.

    Parameters
    ----------
    truth
        The true value.
    draws
        (draw,) of the posterior.
    rng
        Draws the place among equal ones.
    """
    equal = int((draws == truth).sum())
    return int((draws < truth).sum()) + int(rng.integers(0, equal + 1))


def places(ranks: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Ranks as numbers in (0, 1), spread at random over each rank's share.

    Parameters
    ----------
    ranks
        From :func:`rank`.
    draws
        Number of draws among which the ranks are.
    rng
        Draws the place within each share.
    """
    return np.asarray((ranks + rng.uniform(size=np.shape(ranks))) / (draws + 1))


def by_quantity(ranks: pd.DataFrame) -> pd.DataFrame:
    """Verdict on every quantity.

    Parameters
    ----------
    ranks
        Columns ``group, name, place``, a row per quantity and simulated world.

    Returns
    -------
    pd.DataFrame
        With ``group, name, n``, ``excursion`` (in units of the band), ``at`` (where), ``mean`` of the places (0.5 if
        right), coverage ``in50, in80, in90``, and ``outside``.
    """
    rows = []
    for (group, name), own in ranks.groupby(["group", "name"], sort=False):
        place = own["place"].to_numpy(float)
        excursion, at = band(len(place)).excursion(place)
        covered = {column: (np.abs(place - 0.5) <= share / 2).mean() for column, share in CENTRAL.items()}
        rows.append(
            {"group": group, "name": name, "n": len(place), "excursion": excursion, "at": at, "mean": place.mean()}
            | covered
        )
    table = pd.DataFrame(rows)
    return table.assign(outside=table["excursion"] > 1.0)


def by_group(quantities: pd.DataFrame) -> pd.DataFrame:
    """How many quantities of each group leave their band, and mean coverage.

    Parameters
    ----------
    quantities
        From :func:`by_quantity`.
    """
    groups = quantities.groupby("group", sort=False)
    table = groups.agg(
        quantities=("name", "size"),
        outside=("outside", "sum"),
        worst=("excursion", "max"),
        **{column: (column, "mean") for column in CENTRAL},
    )
    return table.reset_index()
