"""Alerts: what an expression may say, and when it is raised."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fakes
import numpy as np
import pytest
from program import exit_code

from hbm_model.core import quantities
from hbm_model.core.errors import InputError
from hbm_model.store import alerts, disk

Outcome = tuple[int, str, str]
Command = Callable[..., Outcome]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("frontier_lag@2028Q4>0.5", ("frontier_lag", "", "2028Q4", 0.5)),
        (" frontier_lag@2028Q4 > .5 ", ("frontier_lag", "", "2028Q4", 0.5)),
        ("generation_lag:HBM3>1", ("generation_lag", "HBM3", "", 1.0)),
        ("bit_share:china@2028Q4>0.02", ("bit_share", "china", "2028Q4", 0.02)),
        ("catch_up>0", ("catch_up", "", "", 0.0)),
        ("question:cxmt-hbm3-2027>0.1", ("question", "cxmt-hbm3-2027", "", 0.1)),
    ],
)
def test_what_an_expression_says(text: str, parts: tuple[str, str, str, float]) -> None:
    rule = alerts.parse(text, "2032Q4")
    assert (rule.quantity, rule.place, rule.period, rule.threshold) == parts
    assert rule.text == text.strip()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no alert; write it like"),
        ("frontier_lag", "is no alert"),
        ("frontier_lag@2028Q4>-1", "is no alert"),
        ("frontier_lag@2028Q4<1", "is no alert"),
        ("frontier_lag@2028>0.5", "is no alert"),
        ("frontier_lg@2028Q4>0.5", "no headline gap 'frontier_lg'; near: frontier_lag"),
        ("frontier_lag>0.5", "after frontier_lag stands '@' and a quarter"),
        ("frontier_lag:HBM3@2028Q4>0.5", "after frontier_lag stands '@' and a quarter"),
        ("generation_lag>0.5", "after generation_lag stands ':' and a name"),
        ("generation_lag:HBM9>0.5", "there is no 'HBM9'; there are: HBM2"),
        ("bit_share:cmxt@2028Q4>0.5", "there is no 'cmxt'; there are: korea, china"),
        ("catch_up@2028Q4>0.5", "after catch_up stands nothing"),
        ("question>0.1", "after question stands ':' and a name"),
        ("frontier_lag@2033Q1>0.5", "2033Q1 lies beyond the horizon, 2032Q4"),
    ],
)
def test_a_bad_expression_says_how_to_mend_it(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        alerts.parse(text, "2032Q4")


def test_every_headline_gap_may_be_watched() -> None:
    assert set(alerts.PLACES) == set(quantities.HEADLINES)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`hbm-model forecast WORDS...` on the fakes; every run is a new one, and its frontier lag is `lag`."""
    for name, module in fakes.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr("hbm_model.evidence.load.vintage_of", fakes.vintage_of)

    def forecast(*words: str, lag: float) -> Outcome:
        def made(*args: Any, **options: Any) -> fakes.Forecast:
            whole = fakes.forecast_from(*args, **options)
            mine = whole.frame["quantity"] == "frontier_lag"
            whole.frame["q50"] = np.where(mine, lag, whole.frame["q50"])
            return whole

        monkeypatch.setattr(sys.modules["hbm_model.forecasting.forecast"], "forecast_from", made)
        root = ["--store", str(tmp_path / "runs")]
        return exit_code(
            monkeypatch, "forecast", "--as-of", "2026-10-30", "--force", *root, *words
        ), *capsys.readouterr()

    return forecast


RULE = ("--alert-if", "frontier_lag@2028Q4>0.5", "--alert-if", "capacity_ratio@2028Q4>0")


def test_an_alert_is_told_stored_and_written_where_asked(command: Command, tmp_path: Path) -> None:
    mail = tmp_path / "alert.json"
    command(lag=4.0)
    code, out, err = command(*RULE, "--alert-file", str(mail), lag=4.5)
    assert (code, mail.exists()) == (0, False), "half a year is not more than half a year"
    assert "moved" not in err
    stored = json.loads((disk.find_run(tmp_path / "runs").path / "alerts.json").read_text())
    assert (stored["fired"], [each["now"] for each in stored["alerts"]]) == (0, [4.5, 0.05])

    code, out, err = command(*RULE, "--alert-file", str(mail), "--json", lag=5.1)
    assert code == 0
    assert "hbm-model: moved since the run before: frontier_lag@2028Q4>0.5: from 4.5 to 5.1" in err
    run = disk.find_run(tmp_path / "runs")
    assert json.loads(mail.read_text()) == json.loads((run.path / "alerts.json").read_text())
    told = json.loads(out)["alerts"]
    assert [(each["rule"], each["fired"]) for each in told] == [(RULE[1], True), (RULE[3], False)]
    assert told[0]["change"] == pytest.approx(0.6)
    assert json.loads(mail.read_text())["run_id"] == run.run_id


def test_an_alert_ends_in_exit_code_1_only_if_asked(command: Command, tmp_path: Path) -> None:
    command(lag=4.0)
    code, out, err = command(*RULE, "--alert-exit", "--json", lag=5.0)
    assert (code, json.loads(out)["manifest"]["status"]) == (1, "published")
    assert "moved since the run before" in err
    assert len(disk.list_runs(tmp_path / "runs")) == 2
    assert command(*RULE, "--alert-exit", lag=5.0)[0] == 0


def test_the_first_run_raises_nothing_and_beyond_the_horizon_is_a_move(command: Command) -> None:
    code, _, err = command(*RULE, "--alert-exit", lag=4.0)
    assert (code, "moved" in err) == (0, False)
    code, _, err = command(*RULE, "--alert-exit", lag=float("nan"))
    assert (code, "from 4 to beyond the horizon or not there" in err) == (1, True)
    assert command(*RULE, "--alert-exit", lag=float("nan"))[0] == 0
    assert command(*RULE, "--alert-exit", lag=4.0)[0] == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--alert-if", "frontier_lag>0.5"),
        ("--alert-if", "question:there-is-none>0.5"),
        ("--alert-file", "nowhere/alert.json"),
    ],
)
def test_bad_alerts_are_refused_before_any_work(command: Command, tmp_path: Path, words: tuple[str, str]) -> None:
    code, out, err = command(*words, lag=4.0)
    assert (code, out) == (2, "")
    assert "fitting" not in err
    assert not (tmp_path / "runs").exists()
