"""Make docs/gallery.md and its pictures from a stored run: every kind of chart, at the size of a print column.

python docs/generate/gallery.py [--run RUN] [--store DIR]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from hbm_model import charts
from hbm_model.analysis.sweep import sweep
from hbm_model.charts.kit import style
from hbm_model.charts.kit.words import language
from hbm_model.charts.lever_response import lever_response_words
from hbm_model.charts.policy_timeline import policy_timeline_words
from hbm_model.charts.variance_split import variance_split_words
from hbm_model.charts.write import save, source_line, write_charts
from hbm_model.core.quantities import GAPS
from hbm_model.store.stored import StoredRun, load_run, published

ROOT = Path(__file__).parents[2]
PAGE, IMAGES = ROOT / "docs" / "gallery.md", ROOT / "docs" / "img" / "gallery"
VARIANCE = ROOT / "docs" / "img" / "policy_variance.csv"
KOREAN = ("frontier_lag", "calendar")
COLOURS = 96
"""Colours kept of each picture, which makes it a third as large and changes nothing that the eye sees."""
HEADINGS = {
    "Gaps": GAPS,
    "Claims and dates": ("claims_", "calendar"),
    "Yields": ("yield_ramps", "stack_heights", "same_age"),
    "Capacity, money and output": ("capacity", "plans", "investment", "output", "shares"),
    "Policy": ("policy_gap", "policy_timeline", "lever_response"),
    "Scenarios": ("scenarios_", "contrasts_", "catch_up"),
    "Uncertainty and record": ("variance_split", "revisions_", "skill"),
}  # fmt: skip

STARTS = ("claims_", "scenarios_", "contrasts_", "catch_up", "revisions_", "ko_")
"""How the names of several charts of a kind begin."""


def main() -> None:
    """Write the page and its pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run")
    parser.add_argument("--store")
    given = parser.parse_args()
    run = load_run(given.run, given.store)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_charts(
            folder, run.evidence, run.fit, run.forecast, ("png",), run_id=run.run_id, runs=published(run, given.store)
        )
        others(folder, run)
        words = {path.stem: path.read_text(encoding="utf-8").splitlines()[0] for path in folder.glob("*.txt")}
        words |= korean(folder, run)
        for old in IMAGES.glob("*.png"):
            old.unlink()
        for path in sorted(folder.glob("*.png")):
            shrink(path)
    PAGE.write_text(page(words, run), encoding="utf-8")


def others(folder: Path, run: StoredRun) -> None:
    """Charts that a run has not all it takes for: they need a sweep, or a split of the variance."""
    answer = sweep(run.fit, "immersion_access", draws=200)
    source = source_line(run.evidence, run.fit, run.run_id)
    shown = {
        "policy_timeline": (
            charts.policy_timeline(run.fit.policy, "match_act")[0].figure,
            policy_timeline_words(charts.policy_timeline_table(run.fit.policy, "match_act")),
        ),
        "lever_response": (
            charts.lever_response(answer, "capacity_ratio").figure,
            lever_response_words(charts.lever_response_table(answer, "capacity_ratio")),
        ),
    }
    if VARIANCE.is_file():
        table = pd.read_csv(VARIANCE)
        table = table[table["scenario"] == table["scenario"].iloc[0]]
        shown["variance_split"] = (
            charts.variance_split(table)[0, 0].figure,
            variance_split_words(table),
        )
    for name, (figure, words) in shown.items():
        write(folder, name, figure, words, source if name != "variance_split" else "docs/policy.md")


def korean(folder: Path, run: StoredRun) -> dict[str, str]:
    """Some of the charts in Korean."""
    words = {}
    with language("ko"):
        source = source_line(run.evidence, run.fit, run.run_id)
        for name in KOREAN:
            drawn = (
                charts.calendar(run.forecast, run.evidence) if name == "calendar" else charts.gap(run.forecast, name)
            )
            words[f"ko_{name}"] = drawn.get_title(loc="left")
            write(folder, f"ko_{name}", drawn.figure, words[f"ko_{name}"], source)
    return words


def write(folder: Path, name: str, figure: Figure, words: str, source: str) -> None:
    """One chart as its PNG and its words."""
    style.sign(figure, source)
    save(figure, folder / f"{name}.png", words)
    (folder / f"{name}.txt").write_text(f"{words}\n{source}\n", encoding="utf-8")


def shrink(path: Path) -> None:
    """Half the resolution and few colours: for the screen."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
    small.quantize(COLOURS).save(IMAGES / path.name, optimize=True)


def page(words: dict[str, str], run: StoredRun) -> str:
    """The gallery as Markdown, each chart with its words as alt text."""
    lines = [
        "# Gallery",
        "",
        f"Every kind of chart, drawn from run `{run.run_id}` by `make gallery`. `hbm-model charts` draws those of any "
        "run, as SVG, PNG or PDF, each beside the CSV that it draws and its description in words; `--lang ko` letters "
        "them in Korean. In Python each is a function of `hbm_model.charts` that takes and returns Axes.",
    ]
    left = dict(sorted(words.items()))
    for heading, names in {**HEADINGS, "In Korean": ("ko_",)}.items():
        lines += ["", f"## {heading}"]
        for start in names:
            for name in [each for each in left if each == start or (start in STARTS and each.startswith(start))]:
                alt = left.pop(name).replace("[", "(").replace("]", ")")
                lines += ["", f"`{name}`", "", f"![{alt}](img/gallery/{name}.png)"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
