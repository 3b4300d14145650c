"""The draws that a forecast keeps: the headline gaps of every scenario, and their long form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from pandas.api.types import union_categoricals

from hbm_model.core.industry import RIVALS

COLUMNS = ["scenario", "draw", "quantity", "vendor", "generation", "period", "value"]
"""Of the long form."""
MOST = 1000
"""Draws that the long form has at most."""
_WITHOUT = {"vendor": "china", "generation": "", "period": ""}
"""What stands in the column of a dim that a gap does not have."""


def space(first: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """Room for the draws of several scenarios, to be filled one after the other by :func:`fill`.

    Parameters
    ----------
    first
        Draws of one of them, (scenario, draw, ...) by gap.
    names
        The scenarios.
    """
    variables = {
        name: (each.dims, np.empty((len(names), *each.shape[1:]), each.dtype)) for name, each in first.data_vars.items()
    }
    return xr.Dataset(variables, coords={**first.coords, "scenario": pd.Index(names, name="scenario")})


def fill(draws: xr.Dataset, place: int, one: xr.Dataset) -> None:
    """Put in the draws of one scenario.

    Parameters
    ----------
    draws
        From :func:`space`.
    place
        Number of the scenario.
    one
        Its draws, (scenario, draw, ...) by gap.
    """
    for name, values in draws.data_vars.items():
        values.to_numpy()[place] = one[name].to_numpy()[0]


def long_table(draws: xr.Dataset, most: int = MOST) -> pd.DataFrame:
    """Headline draws of the blocs in long form, with `COLUMNS`, gap by gap.

    Parameters
    ----------
    draws
        (scenario, draw, ...) by gap.
    most
        Draws to keep at most, every second, third or so of more.
    """
    step = -(-draws.sizes["draw"] // most)
    few = draws.isel(draw=slice(None, None, step)).sel(vendor=list(RIVALS))
    return _concatenated([_long(str(name), values) for name, values in few.data_vars.items()])


def _long(name: str, values: xr.DataArray) -> pd.DataFrame:
    columns: dict[str, pd.Categorical | np.ndarray] = {
        label: _named([missing], np.zeros(values.size, np.int8))
        for label, missing in {"quantity": name, **_WITHOUT}.items()
    }
    for dim, place in zip(values.dims, np.indices(values.shape, np.int32, sparse=True), strict=True):
        labels, codes = values[dim].to_numpy(), np.broadcast_to(place, values.shape).ravel()
        columns[str(dim)] = labels.astype(np.int32)[codes] if dim == "draw" else _named(labels, codes)
    columns["value"] = values.to_numpy().astype(np.float32).ravel()
    return pd.DataFrame(columns)[COLUMNS]


def _named(labels: ArrayLike, codes: NDArray[np.signedinteger]) -> pd.Categorical:
    """Labels by their numbers."""
    names, rank = np.unique(labels, return_inverse=True)
    return pd.Categorical.from_codes(rank.astype(np.int16)[codes], pd.Index(names, dtype="str"))


def _concatenated(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Frames one after the other, without turning their categories back into text."""
    columns = {}
    for name in COLUMNS:
        pieces = [part[name] for part in parts]
        if isinstance(pieces[0].dtype, pd.CategoricalDtype):
            columns[name] = pd.Series(union_categoricals(pieces))
        else:
            columns[name] = pd.concat(pieces, ignore_index=True)
    return pd.DataFrame(columns)
