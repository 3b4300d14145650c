"""Every sampler on a small posterior: finished, stopped, failed, and not installed."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks import samplers
from benchmarks.size import TINY

SHORT = {"tune": 50, "draws": 50}


@pytest.mark.parametrize(
    "name", ["hbm_model, packaged whitening", "hbm_model, own pilot", "blackjax, window adaptation"]
)
def test_a_sampler_says_what_it_took_and_how_good_its_draws_are(name: str) -> None:
    found = samplers.one(name, "tiny", seed=1, limit=60.0, sizes=SHORT)
    assert found["outcome"] == "finished"
    assert found["draws"] == SHORT["draws"]
    assert found["gradients"] > 4 * (SHORT["tune"] + SHORT["draws"])
    assert 0.9 < found["r_hat"] < 1.5
    assert found["gradient_ms"] > 0


@pytest.mark.parametrize("name", ["hbm_model, packaged whitening", "blackjax, window adaptation"])
def test_a_sampler_without_time_is_stopped(name: str) -> None:
    found = samplers.one(name, "tiny", seed=1, limit=0.0, sizes=SHORT)
    assert found["outcome"] == "stopped in warm-up"
    assert found["draws"] == 0
    assert not found["passed"]


def test_pm_sample_is_stopped_by_its_own_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its compiler: a stand-in that calls back as PyMC does, and makes no trace of too few draws."""
    told: list[int] = []

    def sample(draws: int, *, tune: int, chains: int, callback: Any, **_options: Any) -> None:
        try:
            for number in range(tune + draws):
                for chain in range(chains):
                    stats = [{"tree_size": 3, "energy": 1.0 + number, "diverging": False}]
                    point = {"x": np.full(3, float(number + chain))}
                    draw = SimpleNamespace(chain=chain, tuning=number < tune, stats=stats, point=point)
                    callback(trace=None, draw=draw)
                    told.append(number)
        except KeyboardInterrupt:
            raise ValueError("Not enough samples to build a trace.") from None

    monkeypatch.setattr("pymc.sample", sample)
    drawn = samplers.one("pm.sample", "tiny", seed=1, limit=60.0, sizes=SHORT)
    assert (drawn["outcome"], drawn["draws"], drawn["gradients"]) == ("finished", SHORT["draws"], 3 * len(told))
    assert drawn["gradient_ms"] is None
    stopped = samplers.one("pm.sample", "tiny", seed=1, limit=0.0, sizes=SHORT)
    assert (stopped["outcome"], stopped["draws"]) == ("stopped in warm-up", 0)


def test_all_samplers_are_reported_whatever_comes_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(_task: str, given: Mapping[str, Any], limit: float) -> dict[str, Any]:
        if given["sampler"] == "pm.sample":
            raise RuntimeError("it broke")
        return {"outcome": "finished", "seed": given["seed"]}

    monkeypatch.setattr(samplers, "alone", started)
    monkeypatch.setattr(samplers, "find_spec", lambda package: None if package in {"nutpie", "numpyro"} else package)
    runs = samplers.measure(TINY)["runs"]
    outcomes = {name: [run["outcome"] for run in each] for name, each in runs.items()}
    assert outcomes["nutpie, low rank"] == outcomes["NumPyro"] == ["not installed"] * 2
    assert outcomes["pm.sample"] == ["failed: it broke"] * 2
    assert [run["seed"] for run in runs["hbm_model, own pilot"]] == [1, 2]
