"""What changed since the last run: the split in words, claims that stay text, and runs that cannot be compared."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from hbm_model.evidence.questions import load_questions
from hbm_model.report import changes as module
from hbm_model.report.changes import Changes, changes
from hbm_model.report.facts import Facts
from hbm_model.report.render import environment
from hbm_model.report.words import load_words
from hbm_model.store.decomposition import PARTS, ClaimEffect
from hbm_model.store.diff import Difference
from hbm_model.store.moves import NOW, QUESTION, Revision
from hbm_model.store.stored import load_run

MARKUP = "<script>alert(1)</script>"
PARTED = dict(zip(PARTS, (0.0, 0.25, 0.11, -0.02, 0.02), strict=True))
LINK, ACTS = "https://example.org/new", "javascript:alert(1)"
CLAIMS = (
    ClaimEffect("new", "y1", f"yields: {MARKUP}", "2026-07-01", "P", LINK, 1.0, 0.05, "frontier_lag 2028Q4", 0.2),
    ClaimEffect(
        "changed", "m1", "milestones: cxmt", "2026-01-01", MARKUP, ACTS, 2.0, 0.01, "capacity_ratio now", -2e-6
    ),
)


def found(*, parts: bool = True, why_not: str = "", claims: tuple[ClaimEffect, ...] = CLAIMS) -> Difference:
    split = PARTED if parts else None
    question = load_questions()[0].id
    moves = (
        Revision("frontier_lag", "", "2028Q4", "years", 4.0, 4.36, 0.36, 3.6, 0.04, split),
        Revision("capacity_ratio", "", NOW, "ratio", 0.05, 0.06, 0.01, 0.1, 0.001, split),
        Revision("yield_gap", "", "2028Q4", "pp", 4.0, 5.0, 1.0, 30.0, 0.5, split),
        Revision("generation_lag", "HBM3", "", "years", None, 4.0, None, None),
        Revision("generation_lag", "HBM5", "", "years", None, None, None, None),
        Revision(QUESTION, question, "", "probability", 0.30, 0.42, 0.12, None, 0.01, split),
    )
    days = ("2026-06-23", "2026-07-01")
    return Difference("a", "b", days, ("priors", "code"), moves, claims, {"new": 1, "changed": 1}, 0.21, why_not)


@pytest.fixture
def two(made_up_store: Path, tmp_path: Path) -> Facts:
    """The made-up run with a copy of itself before it."""
    run = (made_up_store / "latest").resolve()
    for name in ("20200101T000000Z-00000000", run.name):
        shutil.copytree(run, tmp_path / name)
    path = tmp_path / "20200101T000000Z-00000000" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "run_id": path.parent.name}), encoding="utf-8")
    return Facts(load_run(run.name, tmp_path))


def told(monkeypatch: pytest.MonkeyPatch, facts: Facts, difference: Difference, lang: str = "en") -> Changes:
    monkeypatch.setattr(module, "difference", lambda *_: difference)
    made = changes(facts, load_words(lang))
    assert made is not None
    return made


def test_the_parts_are_told_and_add_up(monkeypatch: pytest.MonkeyPatch, two: Facts) -> None:
    made = told(monkeypatch, two, found())
    lag, ratio, lag3 = made.gaps
    assert lag.label == "Frontier lag, end of 2028"
    assert (lag.before, lag.now, lag.change) == ("4.0 years", "4.4 years", "+0.36 years")
    assert lag.widths == "+10 %"
    assert lag.parts == ("0", "+0.25", "+0.11", "\u22120.02", "+0.02")
    assert sum(float(each.replace("\u2212", "-")) for each in lag.parts) == pytest.approx(0.36)
    assert (lag.error, ratio.label, ratio.change) == ("0.04", "Capacity ratio, on the day", "+1.00 points")
    assert (lag3.label, lag3.before, lag3.change) == ("Generation lag HBM3", "beyond the horizon", "")
    assert [each.label for each in made.further] == ["Yield gap, end of 2028"]
    assert [(each.before, each.now, each.change) for each in made.questions] == [("30 %", "42 %", "+12.0 points")]
    assert made.heads == ("Equations", "Time", "New claims", "Changed claims", "Rest")
    said = " ".join(made.notes)
    assert "as of 23 June 2026" in said
    assert "priors, code" in said
    assert "1 new, 1 changed" in said
    assert "Pareto k 0.21" in made.parts
    assert "priors, code, Monte-Carlo error" in made.parts


def test_claims_are_told_by_what_they_did_and_stay_text(monkeypatch: pytest.MonkeyPatch, two: Facts) -> None:
    made = told(monkeypatch, two, found())
    assert [(each.cause, each.link) for each in made.claims] == [("new", LINK), ("changed", "")]
    assert made.claims[0].effect == "+0.20 years on “Frontier lag, end of 2028”; 5.0 % of an interval over all gaps"
    assert made.claims[1].effect.startswith("\u22120.0002 points on")
    page = environment(load_words("en")).get_template("change.html.jinja").render(changes=made)
    assert MARKUP not in page
    assert page.count("&lt;script&gt;") == 2
    assert f'href="{LINK}"' in page
    assert 'href="javascript' not in page
    assert ACTS in page


@pytest.mark.parametrize(("lang", "why"), [("en", "but not why"), ("ko", "까닭은 나눌 수 없다")])
def test_without_a_split_it_says_so(monkeypatch: pytest.MonkeyPatch, two: Facts, lang: str, why: str) -> None:
    made = told(monkeypatch, two, found(parts=False, why_not="the fit cannot be read", claims=()), lang)
    assert why in made.notes[-1]
    assert made.reason == "the fit cannot be read"
    assert made.heads == ()
    assert made.claims == ()
    assert made.gaps[0].change


def test_draws_too_far_off_rank_claims_by_surprise(monkeypatch: pytest.MonkeyPatch, two: Facts) -> None:
    claims = tuple(replace(each, weight=None, most="", shift=None) for each in CLAIMS)
    made = told(monkeypatch, two, found(why_not="too far", claims=claims))
    assert "given as one" in made.notes[-1]
    assert made.claims[0].effect == "surprise 1.0"
    assert "surprised the earlier fit" in made.ranked
    assert "new and changed claims" in made.parts


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_run_that_is_not_whole_is_not_compared(two: Facts, lang: str) -> None:
    before = two.run.path.parent / "20200101T000000Z-00000000"
    (before / "forecast.parquet").unlink()
    words = load_words(lang)
    assert changes(two, words) == Changes((words.say("change.cannot", run=before.name),))


def test_a_run_before_that_is_gone_is_missed(two: Facts) -> None:
    shutil.rmtree(two.run.path.parent / "20200101T000000Z-00000000")
    words = load_words("en")
    assert changes(two, words) is None
    manifest = {**two.manifest, "follows": {"run_id": "gone", "sha256": ""}}
    path = two.run.path / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    found = changes(Facts(load_run(two.run.run_id, two.run.path.parent)), words)
    assert found == Changes((words.say("change.missing", run="gone"),))
