"""Every quantity that is no headline gap: dates, yields and flows, of makers, their blocs and the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, TALLER_LAYERS
from hbm_model.forecasting import gaps
from hbm_model.forecasting.simulate import Future, World
from hbm_model.forecasting.summaries import WITH_WORLD, QuantityDraws, labelled, with_sums
from hbm_model.inference.draws import NO_DATE


def level_values(world: World, times: Floats) -> World:
    """What every quantity that is no headline gap is made of, of the world of some draws.

    Parameters
    ----------
    world
        As in :func:`hbm_model.forecasting.simulate.evaluate`.
    times
        (period,) quarter midpoints, decimal years.
    """
    shipping = world["volume"][..., None] <= times
    nothing = np.float32(np.nan)
    flows = {
        "hbm_wafer_capacity": world["wafers"],
        "dram_wafer_capacity": world["dram_wafers"],
        "bits_shipped": world["bits"].sum(axis=2),
    }
    return {
        **{name: world[name] for name in ("volume", "sample", "taller_step")},
        **{f"{name}_yield": np.where(shipping, 100 * world[name], nothing) for name in ("die", "stack", "final")},
        **{name: with_sums(flow, WITH_WORLD) for name, flow in flows.items()},
    }


def levels(values: World, ahead: Future) -> Iterator[QuantityDraws]:
    """Everything that is not a headline gap.

    Parameters
    ----------
    values
        (draw, ...) from :func:`level_values`, of all draws.
    ahead
        Gives the quarters and the horizon.
    """
    volume, sample = values["volume"], values["sample"]
    built = (volume < NO_DATE).any(axis=0)

    def dates(name: str, when: Floats, layers: Mapping[str, int]) -> QuantityDraws:
        some = [generation in layers for generation in GENERATIONS]
        capped = np.where(built, gaps.beyond(when, ahead.end), np.nan)[:, :, some]
        blocs = [np.fmin.reduce(capped[:, makers], axis=1, keepdims=True) for makers in WITH_WORLD.values()]
        return labelled(name, np.concatenate([capped, *blocs], axis=1), ahead.times, layers)

    yield dates("volume_date", volume, BASE_LAYERS)
    yield dates("sample_date", sample, BASE_LAYERS)
    for step in (1, 2):
        heights = {g: taller[step - 1] for g, taller in TALLER_LAYERS.items() if len(taller) >= step}
        yield dates("volume_date", volume + step * values["taller_step"], heights)
    for name in ("die_yield", "stack_yield", "final_yield"):
        yield labelled(name, values[name], ahead.times, BASE_LAYERS)
    for name in ("hbm_wafer_capacity", "dram_wafer_capacity", "bits_shipped"):
        yield labelled(name, values[name], ahead.times)
