"""Questions: what their tables may hold, what each maps onto, and probabilities counted by hand."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from hbm_model.core.errors import InputError
from hbm_model.evidence import bundled_data, load_evidence
from hbm_model.evidence.questions import DATES, Question, load_outcomes, load_questions
from hbm_model.forecasting.answers import QUESTION_COLUMNS, answer, probabilities, why_not
from hbm_model.forecasting.forecast import forecast
from hbm_model.forecasting.summaries import QuantityDraws
from hbm_model.inference.fit import Fit

AS_OF, HORIZON = date(2026, 6, 30), "2032Q4"
NAN, INF = np.nan, np.inf


@pytest.fixture(scope="module")
def bundled() -> tuple[Question, ...]:
    return load_questions()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundled_data(), tmp_path / "data"))


def edit(folder: Path, table: str, where: str, **cells: Any) -> None:
    """Set cells of one row of a table of questions."""
    file = folder / "questions" / f"{table}.csv"
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    key = frame.columns[0]
    for column, value in cells.items():
        frame.loc[frame[key] == where, column] = value
    frame.to_csv(file, index=False)


def ask(**changes: Any) -> Question:
    plain = Question(
        **{"id": "q", "question": "?", "criteria": "c", "sources": "s", "tie_break": "t"},
        **{"opens": date(2026, 1, 1), "closes": date(2028, 12, 31), "quantity": "volume_date", "vendor": "cxmt"},
        **{"generation": "HBM3", "layers": None, "period": "", "comparison": "before", "threshold": None},
        **{"source_url": "", "forecasts": (), "note": ""},
    )
    return replace(plain, **changes)


def drawn(
    name: str, values: Sequence[Any], layers: dict[str, int] | None = None, **labels: Sequence[str]
) -> QuantityDraws:
    dims = ("draw", *labels)
    return QuantityDraws(name, "unit", xr.DataArray(np.asarray(values, float), dims=dims, coords=labels), layers or {})


def share_of_draws(question: Question, *quantities: QuantityDraws) -> float:
    happens, left_out = answer([question], quantities, AS_OF, HORIZON)
    assert not left_out
    return float(happens.sel(question=question.id).mean())


# --- the bundled questions ---------------------------------------------------------------------------------------


def test_there_are_enough_questions_open_and_settled(bundled: Sequence[Question]) -> None:
    settled = load_outcomes()
    assert len(bundled) >= 40
    assert sum(each.closes > date(2026, 7, 1) for each in bundled) >= 12
    past = [each for each in bundled if each.id in settled and each.closes < date(2026, 6, 1)]
    assert len(past) >= 25
    assert 0.35 < np.mean([settled[each.id].happened for each in past]) < 0.65


def test_an_outcome_rests_on_claims_published_by_then_and_on_the_page_of_one() -> None:
    tables = load_evidence("2026-07-01").tables
    rows = {row["id"]: row for table in tables.values() for row in table.to_dict("records") if "published" in row}
    for settled in load_outcomes().values():
        urls = [rows[claim]["url"] for claim in settled.claims]
        assert settled.url in urls, settled
        assert min(rows[claim]["published"] for claim in settled.claims) <= pd.Timestamp(settled.resolved), settled


def test_a_no_is_known_when_the_question_closes_and_a_yes_once_it_happened(bundled: Sequence[Question]) -> None:
    settled = load_outcomes()
    for each in bundled:
        known = settled.get(each.id)
        if known is not None and not known.happened:
            assert known.resolved >= each.closes, each.id


def test_dates_of_claims_agree_with_the_outcomes(bundled: Sequence[Question]) -> None:
    """No claim of an event that occurred lies, with its whole window, on the other side of the closing day."""
    milestones = load_evidence("2026-07-01").tables["milestones"].set_index("id")
    settled = load_outcomes()
    for each in bundled:
        known = settled.get(each.id)
        if known is None or each.quantity not in DATES:
            continue
        for claim in (milestones.loc[name] for name in known.claims):
            stage = {"volume_date": ("mass_production", "volume_shipment"), "sample_date": ("sample",)}[each.quantity]
            if claim["status"] != "occurred" or claim["stage"] not in stage:
                continue
            assert (claim["vendor"], claim["generation"]) == (each.vendor, each.generation), each.id
            if known.happened:
                assert claim["date_start"].date() <= each.closes, each.id
            else:
                assert claim["date_start"].date() > each.closes, each.id


def test_the_public_question_keeps_its_criteria(bundled: Sequence[Question]) -> None:
    (public,) = (each for each in bundled if "EF172" in each.forecasts)
    assert public.source_url.startswith("https://")
    assert (public.closes, public.vendor, public.generation) == (date(2026, 12, 31), "cxmt", "HBM3")
    assert "2027-01-15" in public.tie_break


def test_every_open_question_maps_onto_the_model(made_up_fit: Fit, bundled: Sequence[Question]) -> None:
    """Asked in every scenario, each open question has a probability, and the rest a reason."""
    made = forecast(made_up_fit, ["match_act"], HORIZON, questions=bundled)
    frame = probabilities(made.answers, bundled)
    assert list(frame.columns) == QUESTION_COLUMNS
    open_now = {each.id for each in bundled if not why_not(each, AS_OF, HORIZON)}
    assert set(frame["question"]) == open_now
    assert set(made.answers.left_out) == {each.id for each in bundled} - open_now
    assert frame.groupby("question")["scenario"].agg(list).map(lambda x: x == ["baseline", "match_act"]).all()
    assert frame["probability"].between(0, 1).all()
    assert frame["mc_error"].between(0, 0.1, inclusive="right").all()
    assert (frame["n_draws"] == made.headline.sizes["draw"]).all()


def test_volume_by_a_date_agrees_with_the_forecast_s_own_draws(made_up_fit: Fit) -> None:
    question = ask(quantity="catch_up", vendor="china", generation="", closes=date(2031, 12, 31))
    made = forecast(made_up_fit, horizon=HORIZON, questions=[question])
    (row,) = probabilities(made.answers, [question]).to_dict("records")
    assert row["probability"] == float((made.draws("catch_up").sel(scenario="baseline") < 2032.0).mean())


def test_probabilities_of_questions_that_were_not_asked_are_refused(made_up_fit: Fit) -> None:
    made = forecast(made_up_fit, horizon="2028Q4")
    with pytest.raises(InputError, match=r"was not asked q; pass them to forecast\(questions"):
        probabilities(made.answers, [ask()])


# --- from draws to answers ---------------------------------------------------------------------------------------

BY_PRODUCT = {"vendor": ["cxmt", "china"], "generation": ["HBM3", "HBM3E"]}


def test_a_date_counts_through_the_closing_day() -> None:
    values = np.full((4, 2, 2), INF)
    values[:, 0, 0] = [2028.9, 2028.9999, 2029.0, INF]
    assert share_of_draws(ask(), drawn("volume_date", values, **BY_PRODUCT)) == 0.5


def test_the_height_asked_for_is_the_one_that_counts() -> None:
    base, tall = np.full((2, 2, 2), 2026.0), np.full((2, 2, 2), 2030.0)
    both = [
        drawn("volume_date", base, {"HBM3E": 8}, **BY_PRODUCT),
        drawn("volume_date", tall, {"HBM3E": 12}, **BY_PRODUCT),
    ]
    assert share_of_draws(ask(generation="HBM3E"), *both) == 1.0
    assert share_of_draws(ask(generation="HBM3E", layers=12), *both) == 0.0


@pytest.mark.parametrize(("comparison", "expected"), [("<", 0.25), ("<=", 0.5), (">", 0.25), (">=", 0.5)])
def test_thresholds(comparison: str, expected: float) -> None:
    values = drawn("capacity_ratio", [[[1], [2], [3], [NAN]]][0], period=["2028Q4"])
    question = ask(quantity="capacity_ratio", vendor="china", generation="", period="2028Q4")
    assert share_of_draws(replace(question, comparison=comparison, threshold=2.0), values) == expected


def test_a_lag_without_any_shipment_is_larger_than_any_number() -> None:
    values = drawn("frontier_lag", [[[3.0]], [[NAN]]], vendor=["china"], period=["2028Q4"])
    question = ask(quantity="frontier_lag", vendor="china", generation="", period="2028Q4", threshold=4.0)
    assert share_of_draws(replace(question, comparison="<"), values) == 0.5
    assert share_of_draws(replace(question, comparison=">"), values) == 0.5


def test_a_year_s_share_weighs_its_quarters_by_the_bits_of_the_world() -> None:
    quarters = [f"2027Q{n}" for n in (1, 2, 3, 4)]
    shares = drawn("bit_share", [[[0.1, 0.1, 0.1, 0.9]]], vendor=["cxmt"], period=quarters)
    bits = drawn("bits_shipped", [[[1.0, 1, 1, 3]]], vendor=["world"], period=quarters)  # 3 / 6 of 0.9, 3 / 6 of 0.1
    question = ask(quantity="bit_share", generation="", period="2027", comparison=">", threshold=0.49)
    assert share_of_draws(question, shares, bits) == 1.0
    assert share_of_draws(replace(question, threshold=0.51), shares, bits) == 0.0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"closes": AS_OF}, "closed on 2026-06-30"),
        ({"opens": AS_OF + timedelta(days=1)}, "opens on 2026-07-01"),
        ({"closes": date(2033, 1, 1)}, "beyond the horizon"),
        ({"quantity": "bit_share", "period": "2033Q1", "closes": date(2032, 1, 1)}, "beyond the horizon"),
        ({"vendor": "micron"}, "no such product"),
        ({"generation": "HBM3E"}, "no such product"),
    ],
)
def test_what_cannot_be_answered_has_a_reason(changes: dict[str, Any], reason: str) -> None:
    values = np.full((2, 2, 2), 2027.0)
    values[:, :, 1] = NAN  # a product that is not built
    happens, left_out = answer([ask(**changes)], [drawn("volume_date", values, **BY_PRODUCT)], AS_OF, HORIZON)
    assert happens.sizes["question"] == 0
    assert reason in left_out["q"]


# --- faults ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"closes": "31.12.2026"}, r"questions/questions.csv, row \d+, column closes: '31.12.2026' is no date"),
        ({"closes": "2020-01-01"}, "lies before opens"),
        ({"quantity": "volume"}, "column quantity: 'volume'"),
        ({"vendor": "intel"}, "column vendor: 'intel'"),
        ({"comparison": "<", "threshold": "2026"}, "comparison: '<' does not fit volume_date"),
        ({"threshold": "3"}, "threshold: .* is filled, where comparison is before"),
        ({"generation": ""}, "generation: does not fit volume_date"),
        ({"period": "2026Q4"}, "period: '2026Q4' does not fit volume_date"),
        ({"layers": "16"}, "layers: .* is no height of HBM3 that has a volume_date"),
        ({"forecasts": "EF172 EF999"}, "names 'EF999', no row of external_forecasts"),
    ],
)
def test_a_wrong_question_is_refused_with_its_place_and_mend(folder: Path, cells: dict[str, str], message: str) -> None:
    edit(folder, "questions", "cxmt-hbm3-volume-2027-12", **cells)
    with pytest.raises(InputError, match=message) as refused:
        load_questions(folder)
    assert len(refused.value.problems) == 1
    load_evidence("2026-06-30", folder)  # a fault of a question is none of the evidence


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"outcome": "maybe"}, "column outcome: 'maybe'"),
        ({"resolved": "2019-01-01"}, "lies before the question opens"),
        ({"resolved": "2059-01-01"}, "lies in the future"),
        ({"claims": "m0093 m9999"}, "names 'm9999', no row of milestones, market, capacity, yields"),
        ({"url": "somewhere"}, "is no web address"),
        ({"question": "no-such-question"}, "is no known question"),
    ],
)
def test_a_wrong_outcome_is_refused(folder: Path, cells: dict[str, str], message: str) -> None:
    edit(folder, "outcomes", "samsung-hbm3-volume-2023-12", **cells)
    with pytest.raises(InputError, match=message):
        load_outcomes(folder)


def test_a_share_of_china_s_gap_names_china(folder: Path) -> None:
    edit(folder, "questions", "capacity-ratio-2028q4-above-10", vendor="cxmt")
    with pytest.raises(InputError, match="write china, whose gap it is"):
        load_questions(folder)


def test_only_a_share_may_be_asked_for_a_year(folder: Path) -> None:
    edit(folder, "questions", "capacity-ratio-2028q4-above-10", period="2028")
    with pytest.raises(InputError, match="name a quarter, as in 2028Q4"):
        load_questions(folder)


def test_a_folder_without_questions_takes_the_bundled_ones(folder: Path, bundled: Sequence[Question]) -> None:
    import json

    file = folder / "datapackage.json"
    package = json.loads(file.read_text(encoding="utf-8"))
    package["resources"] = [each for each in package["resources"] if each.get("role") != "questions"]
    file.write_text(json.dumps(package), encoding="utf-8")
    shutil.rmtree(folder / "questions")
    assert load_questions(folder) == tuple(bundled)
    load_evidence("2026-06-30", folder)
