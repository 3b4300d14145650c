"""The files of a run's charts."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from hbm_model.charts import catalogue, write, write_charts
from hbm_model.charts.catalogue import CHARTS, Material
from hbm_model.charts.kit import style
from hbm_model.charts.write import harmless, save, source_line
from hbm_model.core.errors import InputError
from hbm_model.evidence import Evidence
from hbm_model.forecasting.forecast import Forecast

from .conftest import make_ages


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, material: Material) -> Path:
    folder = tmp_path_factory.mktemp("run") / "charts"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "maturity", lambda *_: make_ages())
        patch.setattr(write, "DPI", 60)  # of pictures that nobody looks at
        written = write_charts(
            folder,
            material.evidence,
            material.fit,
            material.forecast,
            run_id="run2",
            runs=material.runs,
            scores=material.scores,
        )
    assert sorted(written) == sorted(folder.iterdir())
    return folder


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
class TestEachChart:
    def test_has_its_files(self, folder: Path, chart: Any) -> None:
        assert (folder / f"{chart.name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (folder / f"{chart.name}.svg").read_text(encoding="utf-8")

    def test_has_the_table_that_it_draws(self, folder: Path, chart: Any, material: Material) -> None:
        drawn = pd.read_csv(folder / f"{chart.name}.csv", keep_default_na=False)
        table = chart.table(material)
        assert list(drawn.columns) == list(table.columns)
        assert len(drawn) == len(table)
        numbers = [
            name for name in ("q50", "mean", "probability", "prob_never", "low", "high", "skill") if name in table
        ]
        assert numbers
        for name in numbers:
            written = pd.to_numeric(drawn[name])
            assert list(written.fillna(-1)) == pytest.approx(list(table[name].astype(float).fillna(-1))), name

    def test_is_described_in_words_with_numbers(self, folder: Path, chart: Any) -> None:
        words = (folder / f"{chart.name}.txt").read_text(encoding="utf-8")
        assert len(words) > 200
        assert any(character.isdigit() for character in words)
        assert "observed through 2026-06-30. Run run2." in words
        assert "nan" not in words.split()


def test_a_forecast_of_the_baseline_has_no_charts_of_scenarios(
    tmp_path: Path, alone: Forecast, evidence: Evidence, fit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "maturity", lambda *_: make_ages())
    written = {path.stem for path in write_charts(tmp_path, evidence, fit, alone, formats=())}
    left_out = {chart.name for chart in CHARTS} - written
    some = ("scenarios_", "contrasts_", "catch_up", "revisions_", "skill")
    assert left_out == {chart.name for chart in CHARTS if chart.name.startswith(some)}


def test_a_quick_look_is_some_of_the_charts(
    tmp_path: Path, forecast: Forecast, evidence: Evidence, fit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "maturity", lambda *_: pytest.fail("no chart of ages is among them"))
    monkeypatch.setattr(write, "DPI", 60)
    written = write_charts(tmp_path, evidence, fit, forecast, formats=("png",), names=catalogue.FIRST_LOOK)
    assert {path.stem for path in written} == set(catalogue.FIRST_LOOK)
    assert len(written) == 3 * len(catalogue.FIRST_LOOK)


def test_another_process_draws_the_same_charts(
    tmp_path: Path, forecast: Forecast, evidence: Evidence, fit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "_FEW", 1)
    names = ("plans", "output", "frontier_lag")
    one, two = (
        write_charts(tmp_path / str(workers), evidence, fit, forecast, ("svg",), "ko", names=names, workers=workers)
        for workers in (1, 2)
    )
    assert [path.name for path in one] == [path.name for path in two]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_chart_that_the_run_has_none_of_is_named(
    tmp_path: Path, forecast: Forecast, evidence: Evidence, fit: Any
) -> None:
    with pytest.raises(InputError, match=r"no chart 'lag'; there are: frontier_lag, "):
        write_charts(tmp_path / "charts", evidence, fit, forecast, names=["lag"])
    assert not (tmp_path / "charts").exists()


def test_formats_are_checked_first(tmp_path: Path, forecast: Forecast, evidence: Evidence, fit: Any) -> None:
    with pytest.raises(InputError, match="unknown chart format 'gif'; there are: svg, png, pdf"):
        write_charts(tmp_path / "charts", evidence, fit, forecast, formats=("gif",))
    assert not (tmp_path / "charts").exists()


def test_a_picture_has_the_dots_of_print(tmp_path: Path) -> None:
    save(style.single(None, 5.0).figure, tmp_path / "one.png", "words")  # type: ignore[arg-type]
    with Image.open(tmp_path / "one.png") as picture:
        assert picture.size == (round(8.4 / 2.54 * 300 - 0.5), round(5.0 / 2.54 * 300 - 0.5))


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_the_same_chart_gives_the_same_bytes(tmp_path: Path, material: Material, kind: str) -> None:
    for name in ("one", "two"):
        axes: Any = CHARTS[1].draw(material)
        save(axes.figure, tmp_path / f"{name}.{kind}", "words")
    assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()


def test_charts_stand_where_matplotlib_lays_them_out(
    tmp_path: Path, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: dict[str, Any] = {}
    monkeypatch.setattr(
        write, "save", lambda figure, path, _: places.update({path.suffix: [ax.get_position() for ax in figure.axes]})
    )
    write_charts(tmp_path, material.evidence, material.fit, material.forecast, names=["calendar"])
    figure = next(chart for chart in CHARTS if chart.name == "calendar").figure(material)
    style.sign(figure, source_line(material.evidence, material.fit))
    figure.draw_without_rendering()
    assert set(places) == {".svg", ".png"}
    for drawn in places.values():
        assert np.array([place.extents for place in drawn]) == pytest.approx(
            np.array([ax.get_position().extents for ax in figure.axes])
        )


def test_the_source_line_tells_evidence_and_speed(evidence: Evidence, fit: Any) -> None:
    assert f"evidence {evidence.digest[:8]} as of 2026-06-30" in source_line(evidence, fit)
    assert "QUICK" not in source_line(evidence, fit)
    quick: Any = SimpleNamespace(meta={**fit.meta, "settings": {"quick": True}})
    assert source_line(evidence, quick).endswith("QUICK fit.")
    assert source_line(evidence, fit, "run7").endswith(" Run run7.")
    assert "other evidence, ffffffff" in source_line(replace(evidence, digest="f" * 64), fit)


def test_charts_leave_pyplots_settings_and_figures_alone() -> None:
    program = (
        "import matplotlib as mpl; before = dict(mpl.rcParams);"
        "import matplotlib.pyplot as plt, hbm_model.charts.kit.style as s;"
        "s.dress(s.single(None, 5.0)); after = dict(mpl.rcParams);"
        "assert {k: v for k, v in before.items() if k != 'backend'} == {k: after[k] for k in before if k != 'backend'};"
        "assert plt.get_fignums() == []"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_text_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    table = pd.DataFrame({"id": ["=1+1", "m1", "+a", "-b", "@c", "\td", None], "low": [-1.0, *[np.nan] * 6]})
    still = harmless(table)
    assert list(still["id"][:6]) == ["'=1+1", "m1", "'+a", "'-b", "'@c", "'\td"]
    assert still["low"][0] == -1.0
