"""Small histories and targets for the baselines."""

from typing import Any

import numpy as np
import pandas as pd

ORIGIN = 2024.0


def known(*rows: dict[str, Any]) -> pd.DataFrame:
    """A history; what a row does not say is usual."""
    usual = {
        **{"quantity": "hbm_yield", "series": "s", "vendor": "samsung", "bloc": "korea", "generation": "HBM3"},
        **{"time": np.nan, "value": 50.0, "published": 2023.0, "status": "actual"},
    }
    return pd.DataFrame([{**usual, **row} for row in rows], columns=list(usual))


def asked(*rows: dict[str, Any]) -> pd.DataFrame:
    """Targets of one origin; what a row does not say is usual."""
    usual = {
        **{"target": "t", "group": "g", "quantity": "hbm_yield", "series": "s", "vendor": "samsung", "bloc": "korea"},
        **{"generation": "HBM3", "time": np.nan, "published": 2025.0, "origin": ORIGIN, "horizon": 1.0},
        **{"value": 50.0, "low": -np.inf, "high": np.inf, "cutoff": np.nan, "source": "TrendForce"},
    }
    return pd.DataFrame([{**usual, **row} for row in rows], columns=list(usual))


def level(time: float, value: float, quantity: str = "hbm_yield", **more: Any) -> dict[str, Any]:
    """A claim of a level, published a month after its time."""
    return {"quantity": quantity, "time": time, "value": value, "published": time + 1 / 12, **more}


def date(vendor: str, generation: str, when: float, **more: Any) -> dict[str, Any]:
    """A volume date, published a month later."""
    names = {"vendor": vendor, "generation": generation, "series": f"volume_date:{vendor}:{generation}"}
    return {"quantity": "volume_date", **names, "value": when, "published": when + 1 / 12, **more}
