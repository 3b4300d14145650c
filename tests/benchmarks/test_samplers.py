"""Every sampler on a small posterior: finished, stopped, failed, and not installed."""

from collections.abc import Mapping
from typing import Any

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
