"""The draws that a forecast keeps: the headline gaps of every scenario, and their long form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from hbm_model.core.industry import RIVALS

COLUMNS = ["scenario", "draw", "quantity", "vendor", "generation", "period", "value"]
"""Of the long form."""
_WITHOUT = {"vendor": "china", "generation": "", "period": ""}
"""What stands in the column of a dim that a gap does not have."""


def space(headline: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """Room for the draws of several scenarios, to be filled one after the other by :func:`keep`.

    Parameters
    ----------
    headline
        Draws of one of them, from :func:`hbm_model.forecasting.summaries.headline`.
    names
        The scenarios.
    """
    variables = {
        name: (("scenario", *each.dims), np.empty((len(names), *each.shape), each.dtype))
        for name, each in headline.data_vars.items()
    }
    return xr.Dataset(variables, coords={"scenario": pd.Index(names, name="scenario"), **headline.coords})


def keep(draws: xr.Dataset, place: int, headline: xr.Dataset) -> None:
    """Keep the draws of one scenario.

    Parameters
    ----------
    draws
        From :func:`space`.
    place
        Number of the scenario.
    headline
        Its draws.
    """
    for name, values in draws.data_vars.items():
        values.to_numpy()[place] = headline[name].to_numpy()


def long_form(draws: xr.Dataset, most: int) -> Iterator[pd.DataFrame]:
    """Headline draws of the blocs in long form, one frame with `COLUMNS` for each gap.

    Parameters
    ----------
    draws
        (scenario, draw, ...) by gap.
    most
        Draws to keep at most, every second, third or so of more.
    """
    step = -(-draws.sizes["draw"] // most)
    few = draws.isel(draw=slice(None, None, step)).sel(vendor=list(RIVALS))
    for name, values in few.data_vars.items():
        yield _long(str(name), values)


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
