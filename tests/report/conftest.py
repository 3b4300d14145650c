"""The report of the made-up run, with a chart and an emulator on few settings, written once for all tests."""

from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from hbm_model.analysis import emulator
from hbm_model.charts.write import save
from hbm_model.report.facts import Facts
from hbm_model.report.figures import read_figures
from hbm_model.report.render import page
from hbm_model.report.words import load_words
from hbm_model.store.stored import load_run


@pytest.fixture(scope="session")
def facts(made_up_store: Path) -> Facts:
    """The made-up run with one chart that has a title which acts if it is not kept from it."""
    found = load_run(store=made_up_store)
    figure = Figure(figsize=(3, 2))
    axes = figure.add_subplot(title="a < b & c")
    axes.plot([2026, 2028, 2032], [4, 3, 5])
    for name in ("frontier_lag", "mystery"):
        save(figure, found.run.path / "charts" / f"{name}.svg", "words")
        text = f"Title of {name}: <b>a line</b> & more.\nsource of {name}\n"
        (found.run.path / "charts" / f"{name}.txt").write_text(text, encoding="utf-8")
    return Facts(found)


@pytest.fixture(scope="session")
def emulated(facts: Facts) -> emulator.Emulator:
    """The emulator of the made-up run, made on few settings and draws."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(emulator, "_SETTINGS", 32)
        patch.setattr(emulator, "_UNSEEN", 4)
        patch.setattr(emulator, "_DRAWS", 60)
        patch.setattr(emulator, "_UNSEEN_DRAWS", 60)
        return emulator.emulate(facts.stored.fit, facts.baseline, facts.draws, facts.horizon)


@pytest.fixture(scope="session")
def pages(facts: Facts, emulated: emulator.Emulator) -> dict[str, str]:
    """The page in each language."""

    def made(*_args: Any) -> emulator.Emulator:
        return emulated

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hbm_model.report.render.emulate", made)
        patch.setattr(
            "hbm_model.report.render.figures_of", lambda stored, _lang: read_figures(stored.run.path / "charts")
        )
        return {lang: page(facts, load_words(lang)) for lang in ("en", "ko")}
