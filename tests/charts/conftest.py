"""A small world made by hand: plausible dates and paths without any fit, summed up by the forecast's own code."""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

import hbm_model as hbm
from hbm_model import charts
from hbm_model.charts.catalogue import CHARTS, Material
from hbm_model.core.dates import quarter_label
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, RIVALS, TALLER_LAYERS, VENDORS
from hbm_model.core.quantities import BY_NAME, OVER_TIME
from hbm_model.evidence import Evidence
from hbm_model.forecasting import gaps
from hbm_model.forecasting.contrasts import CONTRAST_COLUMNS, Outcome, contrast, no_contrasts
from hbm_model.forecasting.forecast import Forecast
from hbm_model.forecasting.summaries import COLUMNS, WITH_WORLD, QuantityDraws, summarise
from hbm_model.forecasting.yield_by_age import COLUMNS as AGE_COLUMNS
from hbm_model.policy.policy import policy_in_force
from hbm_model.policy.scenarios import load_scenarios

N = 60
HORIZON, END = "2032Q4", 2033.0
STARTS = {
    "sk_hynix": [2017.4, 2020.6, 2022.6, 2024.3, 2026.1, 2027.2, 2029.4],
    "samsung": [2016.3, 2020.4, 2023.9, 2024.7, 2026.2, 2027.2, 2029.1],
    "micron": [2020.0, 2021.6, np.inf, 2024.3, 2026.2, 2027.5, 2029.3],
    "cxmt": [2026.5, np.inf, 2027.0, 2028.3, 2030.1, 2031.3, 2033.2],
    "ymtc": [2030.4, np.inf, 2030.4, 2031.5, 2033.0, 2034.5, 2036.0],
}
SIZES = {"sk_hynix": 160.0, "samsung": 160.0, "micron": 70.0, "cxmt": 25.0, "ymtc": 1.0}
TIMES = np.arange(2022.125, END, 0.25)
PERIODS = [quarter_label(t) for t in TIMES]
SCENARIOS = ("baseline", "match_act", "controls_relaxed")


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    return hbm.load_evidence(as_of="2026-06-30")


@pytest.fixture(scope="session")
def forecast() -> Forecast:
    return make_forecast()


@pytest.fixture(scope="session")
def alone() -> Forecast:
    """A forecast of the baseline, with no scenario beside it."""
    return make_forecast(names=("baseline",))


@pytest.fixture(scope="session")
def fit(evidence: Evidence) -> Any:
    """What the charts read of a fit."""
    meta = {"as_of": "2026-06-30", "observed_through": "2026-06-30", "evidence": evidence.digest}
    policy = policy_in_force(None, evidence.as_of)
    return SimpleNamespace(meta={**meta, "settings": {"quick": False}}, policy=policy)


@pytest.fixture(scope="session")
def material(evidence: Evidence, fit: Any, forecast: Forecast, scores: pd.DataFrame) -> Material:
    return make_material(evidence, fit, forecast, scores)


@pytest.fixture(scope="session")
def quick_figure(evidence: Evidence, fit: Any, scores: pd.DataFrame) -> Callable[[str, str], Figure]:
    """A chart of a quick forecast in a language, drawn and rendered once for all tests that look at it."""
    material = make_material(evidence, fit, make_forecast(quick=True), scores)
    drawings = {chart.name: chart for chart in CHARTS}

    @cache
    def rendered(name: str, lang: str) -> Figure:
        with charts.language(lang):
            figure = drawings[name].figure(material)
        figure.canvas.draw()  # a glyph that no font has is a warning, and a warning an error
        return figure

    return rendered


@pytest.fixture(scope="session")
def scores() -> pd.DataFrame:
    """Scores as a backtest gives them; guidance has no intervals, so that it covers nothing."""
    nothing = (np.nan,) * 3
    rows = [
        ("frontier_lag", "model", 0.31, 0.12, 0.44, 14, 0.5, 0.79, 0.93),
        ("frontier_lag", "guidance", -0.12, -0.3, 0.05, 14, *nothing),
        ("capacity_ratio", "model", 0.22, 0.02, 0.41, 40, 0.44, 0.76, 0.88),
        ("my_own_quantity", "model", 0.4, 0.3, 0.5, 60, 0.55, 0.8, 0.9),
    ]
    columns = ["quantity", "forecaster", "skill", "low", "high", "n", "coverage50", "coverage80", "coverage90"]
    return pd.DataFrame(rows, columns=columns)


def make_material(evidence: Evidence, fit: Any, forecast: Forecast, scores: pd.DataFrame | None = None) -> Material:
    """What charts are drawn from, with three vintages of the same forecast."""
    days = ("2025-06-30", "2025-12-31", "2026-06-30")
    runs: Any = [
        SimpleNamespace(run_id=f"run{place}", manifest={"as_of": day, "quick": False}, frame=forecast.frame)
        for place, day in enumerate(days)
    ]
    material = Material(evidence, fit, forecast, runs, scores)
    material.__dict__["ages"] = make_ages()  # what the property keeps, without a fit to make it of
    return material


def make_ages() -> pd.DataFrame:
    """Yields by age of every height, as :func:`hbm_model.forecasting.yield_by_age.maturity` gives them."""
    months = np.arange(0, 61, 3)
    parts = []
    for place, vendor in enumerate(VENDORS):
        for generation in GENERATIONS:
            for layers in (BASE_LAYERS[generation], *TALLER_LAYERS[generation]):
                middle = 92 - layers / 2 - (40 + 3 * place) * np.exp(-months / 14)
                spread = {name: middle + 8 * (int(name[1:]) / 50 - 1) for name in ("q05", "q25", "q50", "q75", "q95")}
                about = {"vendor": vendor, "generation": generation, "layers": layers, "months": months}
                parts.append(pd.DataFrame({**about, **spread, "reached": 1.0}))
    return pd.concat(parts, ignore_index=True).reindex(columns=AGE_COLUMNS)


def make_forecast(quick: bool = False, names: tuple[str, ...] = SCENARIOS) -> Forecast:
    """The baseline, and scenarios in which China's later starts move by some months in some of the draws."""
    outcomes = {name: _outcome(months / 12) for name, months in zip(names, (0, 9, -6), strict=False)}
    base = outcomes["baseline"]
    frames, differences = [_rows("baseline", [*base.quantities, *_planned()])], [no_contrasts()]
    for name, other in list(outcomes.items())[1:]:
        frames.append(_rows(name, other.quantities))
        ahead: Any = SimpleNamespace(draws=N, some=lambda draws: None)
        rows = contrast(name, base, other, ahead, ())
        moved = (rows["prob_larger"] + rows["prob_smaller"]) > 0
        differences.append(rows.assign(clock=rows["mean"], driver=np.where(moved, "clock", "")))
    known = load_scenarios()
    return Forecast(
        frame=pd.concat(frames, ignore_index=True),
        headline=xr.concat([each.headline for each in outcomes.values()], dim=pd.Index(names, name="scenario")),
        contrasts=pd.concat(differences, ignore_index=True)[CONTRAST_COLUMNS],
        scenarios=tuple(known[name] for name in names),
        horizon=HORIZON,
        quick=quick,
    )


def _rows(name: str, quantities: list[QuantityDraws]) -> pd.DataFrame:
    return pd.concat([summarise(each) for each in quantities], ignore_index=True).assign(scenario=name)[COLUMNS]


def _outcome(delay: float) -> Outcome:
    rng = np.random.default_rng(1)
    volume = np.array([STARTS[v] for v in VENDORS]) + rng.normal(0, 0.3, (N, len(VENDORS), len(GENERATIONS)))
    hit = (np.arange(N) % 3 == 0)[:, None, None] & (volume[:, gaps.CHINA] > 2028)
    volume[:, gaps.CHINA] += np.where(hit, delay, 0.0)
    draw = {"draw": np.arange(N)}
    pair = {**draw, "vendor": VENDORS, "generation": GENERATIONS}
    flow = {**draw, "vendor": VENDORS, "period": PERIODS}
    growth = np.exp(rng.normal(0.1, 0.05, (N, len(VENDORS), 1)) * (TIMES - 2026.5))
    growth[:, gaps.CHINA] *= np.exp(-0.2 * delay * np.maximum(TIMES - 2027, 0.0))
    wafers = xr.DataArray(np.array([SIZES[v] for v in VENDORS])[:, None] * growth, dims=tuple(flow), coords=flow)
    age = TIMES - volume[..., None]
    final = np.where(age >= 0, 0.9 - 0.5 * np.exp(-np.maximum(age, 0)), np.nan)
    lag = gaps.frontier_lag(volume, TIMES)
    dated = xr.DataArray(gaps.beyond(volume, END), dims=tuple(pair), coords=pair).where(np.isfinite(volume))
    full = {**pair, "period": PERIODS}
    levels = (
        QuantityDraws("volume_date", "decimal year", blocs(dated, "min"), BASE_LAYERS),
        QuantityDraws("volume_date", "decimal year", dated.sel(generation=["HBM4"]) + 0.5, {"HBM4": 16}),
        QuantityDraws("final_yield", "percent", xr.DataArray(100 * final, dims=tuple(full), coords=full), BASE_LAYERS),
        QuantityDraws("hbm_wafer_capacity", "thousand wafers per month", blocs(wafers, "sum")),
    )
    spread = np.where(np.isnan(lag), np.nan, rng.normal(20, 10, (N, 1)) - TIMES + 2026)
    ratio = gaps.ratio(wafers.to_numpy())
    over = ("draw", "period")
    gap = xr.Dataset(
        {
            "generation_lag": (("draw", "generation"), gaps.generation_lag(volume, END)),
            "frontier_lag": (over, lag),
            "yield_gap": (over, spread),
            "yield_gap_same_age": (over, 0.5 * spread),
            "capacity_ratio": (over, ratio),
            "output_ratio": (over, 0.5 * ratio),
            "bandwidth_ratio": (over, 0.4 * ratio),
            "catch_up": (("draw",), gaps.catch_up(lag, TIMES)),
        },
        coords={**draw, "generation": GENERATIONS, "period": PERIODS},
    )
    more = {name: (over, 0.5 * ratio) for name in OVER_TIME if name not in gap and BY_NAME[name].whose == "china"}
    shares = blocs(wafers / wafers.sum("vendor"), "sum").sel(vendor=[*VENDORS, *RIVALS])
    return Outcome(gap.assign(bit_share=shares, revenue_share=shares, **more), levels)


def _planned() -> list[QuantityDraws]:
    said = np.array([STARTS[v] for v in VENDORS])[None].copy()
    said[:, :, GENERATIONS.index("HBM4") :] = np.inf
    over_time = xr.DataArray(
        gaps.frontier_lag(said, TIMES), dims=("draw", "period"), coords={"draw": [0], "period": PERIODS}
    )
    with np.errstate(invalid="ignore"):
        lags = gaps.generation_lag(said, END)
    by_generation = xr.DataArray(lags, dims=("draw", "generation"), coords={"draw": [0], "generation": GENERATIONS})
    return [
        QuantityDraws("planned_lag", "years", each.expand_dims(vendor=["china"])) for each in (by_generation, over_time)
    ]


def blocs(values: xr.DataArray, how: str) -> xr.DataArray:
    """Vendors and after them their blocs and the world."""
    extra = [getattr(values.isel(vendor=m), how)("vendor").expand_dims(vendor=[name]) for name, m in WITH_WORLD.items()]
    return xr.concat([values, *extra], dim="vendor").transpose("draw", "vendor", ...)


def texts(ax: Axes) -> list[str]:
    """Every text on an Axes."""
    return [text.get_text() for text in ax.findobj(Text)]


def text_of(ax: Axes) -> str:
    """The same, one text a line."""
    return "\n".join(texts(ax))
