"""The page of the made-up run, written once for all tests."""

from typing import Any

import pytest

from hbm_model.analysis import emulator
from hbm_model.report.facts import Facts
from hbm_model.report.figures import read_figures
from hbm_model.report.render import page
from hbm_model.report.words import load_words


@pytest.fixture(scope="session")
def pages(facts: Facts, emulated: emulator.Emulator) -> dict[str, str]:
    """The page in each language."""

    def made(*_args: Any) -> emulator.Emulator:
        return emulated

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hbm_model.report.render.emulate", made)
        patch.setattr("hbm_model.report.render.figures_of", lambda stored, *_: read_figures(stored.run.path / "charts"))
        return {lang: page(facts, load_words(lang)) for lang in ("en", "ko")}
