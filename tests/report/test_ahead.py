"""What is ahead, in the words of each language."""

from dataclasses import replace
from datetime import date

import pytest

from hbm_model.evidence.questions import load_questions
from hbm_model.report.ahead import _event, asked, question_text
from hbm_model.report.facts import Facts
from hbm_model.report.words import load_words

NAMES = {"cxmt": "CXMT(창신메모리)", "sk_hynix": "SK하이닉스"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cxmt-hbm3-volume-2027-12", "2027년 12월 31일까지 CXMT(창신메모리) HBM3 양산 출하"),
        ("sk-hynix-hbm4-16-volume-2026-12", "2026년 12월 31일까지 SK하이닉스 HBM4 16단 양산 출하"),
        ("cxmt-dram-wafers-2026q4-from-300", "2026년 4분기 CXMT(창신메모리) D램 웨이퍼 생산능력 월 30만 장 이상"),
        ("sk-hynix-revenue-share-2026-above-50", "2026년 SK하이닉스 HBM 매출 점유율 50% 초과"),
        ("generation-lag-hbm3e-below-4", "HBM3E 세대별 시차 4년 미만"),
    ],
)
def test_a_question_in_korean(name: str, text: str) -> None:
    question = next(each for each in load_questions() if each.id == name)
    assert question_text(question, load_words("ko"), NAMES) == (text, "ko")
    assert question_text(question, load_words("en"), NAMES) == (question.question, "en")
    unknown = replace(question, quantity="something_new")
    assert question_text(unknown, load_words("ko"), NAMES) == (question.question, "en")


def test_a_product_to_watch() -> None:
    day = date(2027, 10, 30)
    words = load_words("en")
    told = _event("volume:cxmt:HBM4:2027-10-30", "raw", day, words, {"cxmt": "CXMT"})
    assert told == ("Will CXMT ship HBM4 in volume by 30 October 2027?", "en")
    assert _event("something:else", "raw", day, words, {}) == ("raw", "en")


def test_open_questions_are_those_that_close_after_the_as_of_date(facts: Facts) -> None:
    told = asked(facts, load_words("en"))
    assert 0 < len(told) <= 15
    assert not [each for each in told if "2023" in each.closes]
