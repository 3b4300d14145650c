"""The sampler says how far it is, to whoever waits for it, and stops when that one is interrupted."""

import threading
import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from hbm_model.core.progress import ADVANCED, FINISHED, STARTED
from hbm_model.inference.nuts import Advance, nuts
from hbm_model.inference.sampling import find_whitening, sample
from tests.inference.test_sampling import normal, settings


def test_draws_are_told_as_they_come_and_are_the_same_untold() -> None:
    density, size = normal(), settings(draws=120, tune=60, chains=3)
    whitening = find_whitening(density, None, size)
    told: list[tuple[int, Advance]] = []
    drawn = nuts(density, whitening, size, lambda now: told.append((threading.get_ident(), now)))
    assert {thread for thread, _ in told} == {threading.get_ident()}, "a report need not stand several threads"
    last = told[-1][1]
    assert (last.draws, last.total) == (540, 540)
    assert last.divergences == drawn.stats["diverging"].sum()
    assert last.gradients > drawn.stats["n_steps"].sum(), "those of the warm-up too"
    assert all(a.draws <= b.draws for (_, a), (_, b) in pairwise(told))
    np.testing.assert_array_equal(nuts(density, whitening, size).x, drawn.x)


def test_an_interrupt_stops_all_chains_and_leaves_the_next_run_alone() -> None:
    density, long = normal(), settings(draws=10_000_000, chains=3)
    whitening = find_whitening(density, None, long)
    interrupted = []

    def interrupt(now: Advance) -> None:
        if now.draws > 2 * long.tune:
            interrupted.append(time.monotonic())
            raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        nuts(density, whitening, long, interrupt)
    assert time.monotonic() - interrupted[0] < 2
    while threading.active_count() > before:
        assert time.monotonic() - interrupted[0] < 20, "chains go on"
        time.sleep(0.05)
    assert np.isfinite(nuts(density, whitening, settings(draws=30, tune=30)).x).all()


def test_sampling_reports_its_stages_with_facts() -> None:
    told: list[tuple[str, dict[str, Any]]] = []

    def tell(_words: str, /, *, event: str = "", **facts: Any) -> None:
        told.append((event, facts))

    sample(normal(), settings(draws=80, tune=40), report=tell)
    stages = [(event, facts["stage"]) for event, facts in told if event != ADVANCED]
    assert stages == [(STARTED, "pilot"), (FINISHED, "pilot"), (STARTED, "sample"), (FINISHED, "sample")]
    last = [facts for event, facts in told if event == ADVANCED][-1]
    expected = {"stage": "sample", "done": 240, "total": 240, "chains": 2, "draws_per_chain": 120, "seconds_left": 0.0}
    assert expected.items() <= last.items()
    assert {"divergences", "gradients", "seconds"} <= last.keys()
