"""A cheap fit and forecast with the real ones' interface, so that the house is tested without PyMC.

`python tests/fakes.py forecast ...` is the command line on top of them: what the fault tests kill.
FAKE_SECONDS spreads a run over that time; FAKE_GATE=failed fails the gate; FAKE_MEGABYTES sizes the posterior;
FAKE_SWALLOW=1 makes the fit swallow an interrupt and return what it has, as samplers do, or fail over it ("and fail").
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd

COLUMNS = [
    *("scenario", "quantity", "vendor", "generation", "layers", "period", "unit"),
    *("mean", "sd", "q05", "q10", "q25", "q50", "q75", "q90", "q95", "prob_never"),
]
PIECES = 20
QUARTERS_YES = 3


def pause() -> None:
    time.sleep(float(os.environ.get("FAKE_SECONDS", "0")) / (2 * PIECES))


@dataclass(frozen=True)
class FitSettings:
    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int = 20261122
    quick: bool = False


@dataclass(frozen=True)
class Diagnostics:
    passed: bool

    def to_dict(self) -> dict[str, Any]:
        figures = {"r_hat": 1.004, "ess_bulk": 812.0, "ess_tail": 743.0, "divergences": 0, "e_bfmi": 0.81}
        return {"passed": self.passed, **figures, "failures": list(self.failures)}

    @property
    def failures(self) -> tuple[str, ...]:
        return () if self.passed else ("R-hat 1.034 of cadence exceeds 1.01",)


@dataclass(frozen=True)
class Fit:
    settings: FitSettings
    diagnostics: Diagnostics = field(
        default_factory=lambda: Diagnostics(passed=os.environ.get("FAKE_GATE") != "failed")
    )
    policy: Any = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        piece = b"x" * int(float(os.environ.get("FAKE_MEGABYTES", "0.01")) * 2**20 / PIECES)
        with path.open("wb") as file:
            for _ in range(PIECES):
                file.write(piece)
                file.flush()
                pause()


def fit(
    evidence: Any, settings: FitSettings = FitSettings(), priors: Any = None, policy: Any = None, progress: Any = True
) -> Fit:
    try:
        for _ in range(PIECES):
            pause()
    except KeyboardInterrupt:
        if "FAKE_SWALLOW" not in os.environ:
            raise
        if os.environ["FAKE_SWALLOW"] == "and fail":
            raise ValueError("zero draws") from None
    return Fit(settings)


def load_fit(path: Path) -> Fit:
    assert path.is_file()
    return Fit(FitSettings(), meta={"taken_from": path.parent.name})


@dataclass(frozen=True)
class Forecast:
    frame: pd.DataFrame
    contrasts: pd.DataFrame
    horizon: str = "2032Q4"
    answers: Any = None
    headline: Any = None


def contrasts(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """A scenario that makes every gap a tenth larger, through the clock."""
    alone = {"prob_larger": 0.9, "prob_smaller": 0.05, "clock": 0.1, "ramp": 0.0, "capacity": 0.0, "demand": 0.0}
    parts = [frame.assign(scenario=name, mean=0.1, q05=-0.05, q95=0.3, driver="clock", **alone) for name in names]
    return pd.concat(parts) if parts else frame.iloc[:0].assign(driver="", **alone)


def forecast_from(
    fitted: Fit,
    _scenarios: Mapping[str, Any],
    names: Sequence[str],
    horizon: str,
    questions: Sequence[Any],
    _report: Any,
    keep: Callable[[Any], Any],
) -> Forecast:
    import xarray as xr

    vendors = ["korea", "china"]
    for name in names:
        coords = {"scenario": [name], "draw": [0, 1], "vendor": vendors}
        share = xr.DataArray([[[0.6, 0.1], [0.5, 0.2]]], dims=("scenario", "draw", "vendor"), coords=coords)
        keep(xr.Dataset({"frontier_lag": 10 * share.isel(vendor=0, drop=True), "bit_share": share}))
    return forecast(fitted, names, horizon, questions)


def forecast(
    fitted: Fit, scenarios: Sequence[str] = ("baseline",), horizon: str = "2032Q4", questions: Sequence[Any] = ()
) -> Forecast:
    def row(quantity: str, generation: str, period: str, unit: str, q50: float, never: float) -> dict[str, Any]:
        numbers = {name: q50 * (0.5 + int(name[1:]) / 100) for name in COLUMNS if name[1:].isdigit()}
        words = {"scenario": "baseline", "quantity": quantity, "vendor": "china", "generation": generation}
        words |= {"layers": "", "period": period, "unit": unit}
        return {**words, "mean": q50, "sd": 0.1, **numbers, "prob_never": never}

    rows = [
        row(quantity, "", period, unit, q50, never)
        for quantity, unit, q50, never in (
            ("frontier_lag", "years", 4.0, 0.25),
            ("capacity_ratio", "ratio", 0.05, 0.0),
            ("output_ratio", "ratio", 0.02, 0.0),
        )
        for period in ("2026Q4", "2028Q4", "2032Q4")
    ]
    rows += [row("generation_lag", generation, "", "years", 5.0, 0.1) for generation in ("HBM3", "HBM3E")]
    rows += [row("planned_lag", generation, "", "years", 3.0, 0.0) for generation in ("HBM3", "HBM3E")]
    base = pd.DataFrame(rows, columns=COLUMNS)
    others = [name for name in scenarios if name != "baseline"]
    whole = pd.concat([base, *(base.assign(scenario=name) for name in others)])
    return Forecast(whole, contrasts(base, others), horizon, answers(scenarios, questions))


def answers(scenarios: Sequence[str], questions: Sequence[Any]) -> Any:
    """Of four draws ``QUARTERS_YES`` say yes to everything."""
    import numpy as np
    import xarray as xr

    from hbm_model.forecasting.answers import Answers

    happens = np.arange(200)[None, :, None] % 4 < np.full((len(scenarios), 1, len(questions)), QUARTERS_YES)
    coords = {"scenario": list(scenarios), "question": [each.id for each in questions]}
    draws = xr.DataArray(happens, dims=("scenario", "draw", "question"), coords=coords)
    return Answers(draws, {}, date(2026, 11, 22))


def watch(made: Forecast, questions: Sequence[Any]) -> pd.DataFrame:
    """Two questions on one thing, and one that tells of nothing."""
    gap = {"quantity": "output_ratio", "generation": "", "period": "2028Q4", "unit": "ratio", "mc_error": 0.01}
    gap |= {"mean_yes": 0.04, "q05_yes": 0.02, "q95_yes": 0.06, "mean_no": 0.01, "q05_no": 0.005, "q95_no": 0.02}
    told = [("HBM3 this year", "HBM3", 0.2), ("HBM3 next year", "HBM3", 0.3), ("HBM5", "HBM5", 0.0)]
    rows = [
        {"event": text, "text": f"{text}?", "about": about, "information": share, "reduction": 2 * share, **gap}
        for text, about, share in told
    ]
    return pd.DataFrame(rows).assign(closes=pd.Timestamp(2027, 12, 31), probability=0.4, noise=0.001)


def vintage_of(_folder: Any, day: date) -> Any:
    return SimpleNamespace(as_of=day, observed_through=date(2026, 7, 1), digest="e" * 64)


def write_charts(
    folder: Path, evidence: Any, fitted: Fit, made: Forecast, formats: Sequence[str] = ("svg",), **_options: Any
) -> None:
    (folder / "frontier_lag.csv").write_text("period,q50\n2026Q4,4.0\n")
    (folder / "frontier_lag.svg").write_text("<svg/>")


def modules() -> dict[str, ModuleType]:
    """The modules that stand in for the real ones, by name."""
    parts = {
        "hbm_model.inference.fit": {"fit": fit, "Fit": Fit, "FitSettings": FitSettings, "load_fit": load_fit},
        "hbm_model.forecasting.forecast": {"forecast": forecast, "forecast_from": forecast_from},
        "hbm_model.analysis.watch": {"watch": watch},
        "hbm_model.charts": {"write_charts": write_charts, "__spec__": SimpleNamespace()},
        "hbm_model.charts.catalogue": {"FIRST_LOOK": ("frontier_lag",), "DRAWN": ("frontier_lag",)},
    }
    made = {}
    for name, members in parts.items():
        made[name] = ModuleType(name)
        vars(made[name]).update(members)
    return made


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell starts in the background
    sys.modules.update(modules())
    from hbm_model.cli import main
    from hbm_model.evidence import load
    from hbm_model.store import disk

    load.vintage_of = vintage_of
    disk.MIN_FREE_BYTES = 0  # so that small disks fill up while a run is written
    QUARTERS_YES = 4  # draws that agree need no effective number, which takes longer than the whole run

    main()
