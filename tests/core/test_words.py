"""Fixed texts: catalogues by room and language, the block that chooses a language, and the rule of falling back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hbm_model
from hbm_model.charts.kit.words import CATALOGUE as CHARTS
from hbm_model.core.errors import InputError
from hbm_model.core.words import ENGLISH, Catalogue, Words
from hbm_model.report.words import CATALOGUE as REPORT

PACKAGE = Path(hbm_model.__file__).parent
CATALOGUES = {catalogue.room: catalogue for catalogue in (CHARTS, REPORT)}


def test_every_room_has_the_same_languages() -> None:
    assert {path.parent.name for path in PACKAGE.glob("*/locale")} == set(CATALOGUES)
    languages = {catalogue.languages for catalogue in CATALOGUES.values()}
    assert len(languages) == 1
    assert languages.pop()[:1] == (ENGLISH,)


def test_a_file_is_all_that_a_language_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hbm_model.core.words._folder", lambda room: tmp_path / room / "locale")
    folder = tmp_path / "room" / "locale"
    folder.mkdir(parents=True)
    (folder / "en.toml").write_text('[a]\nb = "{n} years"\n')
    (folder / "de.toml").write_text('[a]\nb = "{n} Jahre"\n')
    catalogue = Catalogue("room", "no words in")
    assert catalogue.languages == ("en", "de")
    with catalogue.language("de"):
        assert catalogue.words().say("a.b", n=3) == "3 Jahre"
    assert catalogue.words().say("a.b", n=3) == "3 years"


@pytest.mark.parametrize("catalogue", CATALOGUES.values(), ids=CATALOGUES)
def test_a_language_that_is_not_there_is_refused(catalogue: Catalogue) -> None:
    languages = ", ".join(catalogue.languages)
    for attempt in (catalogue.check, catalogue.table, lambda lang: catalogue.language(lang).__enter__()):
        with pytest.raises(InputError, match=rf"^{catalogue.refusal} 'xx'; there are: {languages}$"):
            attempt("xx")


def test_a_block_speaks_for_every_room_and_ends_with_an_error() -> None:
    with pytest.raises(ZeroDivisionError), CHARTS.language("ko"):
        assert (CHARTS.words().lang, REPORT.words().lang) == ("ko", "ko")
        with REPORT.language("en"):
            assert CHARTS.words().lang == "en"
        assert CHARTS.words().lang == "ko"
        1 / 0  # noqa: B018
    assert CHARTS.words().lang == ENGLISH


def test_only_a_name_of_the_data_falls_back() -> None:
    words = Words("en", {"vendor.cxmt": "CXMT", "hole": "{n} of {m}"})
    assert (words.has("vendor.cxmt"), words.has("vendor.other")) == (True, False)
    assert words.named("vendor.cxmt", "cxmt") == "CXMT"
    assert words.named("vendor.other", "Other Ltd") == "Other Ltd"
    assert words.pattern("hole") == "{n} of {m}"
    for missing in (lambda: words.say("fixed"), lambda: words.pattern("fixed"), lambda: words.say("hole", n=1)):
        with pytest.raises(KeyError):
            missing()


@given(value=st.text())
def test_a_value_is_never_read_as_a_pattern(value: str) -> None:
    assert (
        Words("en", {"key": "before {value} after {value}"}).say("key", value=value) == f"before {value} after {value}"
    )
