"""What to watch in words: one line about each thing, the informative ones, and nothing of runs before it was kept."""

from pathlib import Path

import fakes
import pytest

from hbm_model.cli.views.watch import lines
from hbm_model.store.disk import Run
from hbm_model.store.manifest import Manifest
from hbm_model.store.stored import StoredRun
from hbm_model.store.summary import watched


@pytest.fixture
def run(tmp_path: Path) -> StoredRun:
    made = fakes.forecast(fakes.Fit(fakes.FitSettings()))
    fakes.watch(made, ()).to_parquet(tmp_path / "watch.parquet")
    return StoredRun(Run("20261122T054500Z-01234567", tmp_path, Manifest()))


def test_the_better_of_two_events_about_one_thing_is_told(run: StoredRun) -> None:
    (event,) = watched(run)
    assert (event.event, event.closes, event.information) == ("HBM3 next year", "2027-12-31", 0.3)


def test_the_lines_say_when_and_what_of(run: StoredRun) -> None:
    *_, first, second = lines(watched(run))
    assert first.split() == ["2027-12-31", "40", "%", "30", "%", "HBM3", "next", "year?"]
    assert second.strip() == (
        "HBM bits, China / Korea 2028Q4: 4.0 % (2.0 to 6.0) if yes, 1.0 % (0.5 to 2.0) if no; 60 % of its variance"
    )


def test_a_run_from_before_is_shown_without(run: StoredRun) -> None:
    (run.run.path / "watch.parquet").unlink()
    assert lines(watched(run)) == []
