"""The documents say what the code does: priors, variables, files of a run, results, links."""

import csv
import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from hbm_model.analysis.watch import WATCH_COLUMNS
from hbm_model.evidence import bundled_data
from hbm_model.forecasting.answers import QUESTION_COLUMNS
from hbm_model.forecasting.contrasts import CONTRAST_COLUMNS
from hbm_model.forecasting.summaries import COLUMNS
from hbm_model.store import ledger
from tests.contracts.test_architecture import ROOMS

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
DOCUMENTS = [*(REPOSITORY / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")), *PAGES]
RESULTS = DOCS / "results"
RESULT_FILES = sorted(path for path in RESULTS.glob("*.csv") if path.name != "catalogue.csv")
SHOWN_IN_README = {"answer.csv", "answer_generations.csv", "scenarios_2032.csv"}


def named(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


@pytest.fixture(scope="module")
def scripts() -> Any:
    """The modules of docs/generate, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS / "generate"))
        yield importlib.import_module


@pytest.fixture(scope="module")
def results(scripts: Any) -> ModuleType:
    return scripts("results")


@pytest.fixture(scope="module")
def pages(scripts: Any) -> ModuleType:
    return scripts("pages")


@pytest.fixture(scope="module")
def laid_out(pages: ModuleType) -> dict[Path, str]:
    """Each page with its tables."""
    return {page: pages.with_tables(page.read_text(encoding="utf-8"), page) for page in PAGES}


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", text)


# --- the model ---------------------------------------------------------------------------------------------------


def test_the_table_of_priors_is_the_priors_file_s(scripts: Any, laid_out: dict[Path, str]) -> None:
    table = scripts("priors").priors_table(bundled_data() / "priors.toml")
    assert table in laid_out[DOCS / "model" / "priors.md"]
    names = re.findall(r"^\[(\w+)\]$", (bundled_data() / "priors.toml").read_text(encoding="utf-8"), flags=re.M)
    assert re.findall(r"^\| `(\w+)`", table, flags=re.M) == names


def test_every_variable_of_the_model_is_named(model: Any, scripts: Any) -> None:
    text = (DOCS / "model" / "equations.md").read_text(encoding="utf-8")
    text += scripts("priors").priors_table(bundled_data() / "priors.toml")
    pooled = re.compile(r"(die|stack|learning)_(start|floor|time)_(vendor|pair)")  # X_vendor and X_pair in the text
    names = [rv.name for rv in model.free_RVs if not pooled.fullmatch(rv.name)]
    assert not [name for name in names if name not in text]


# --- links -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_what_a_document_links_to_is_there(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert not missing


def slug(heading: str) -> str:
    words = re.sub(r"[^\w\s-]", "", re.sub(r"[`*]", "", heading)).strip().lower()
    return re.sub(r"[-\s]+", "-", words)


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_headings_that_a_document_links_to_are_there(path: Path) -> None:
    missing = []
    for link, anchor in re.findall(r"\]\(([^)#\s]*\.md)?#([\w-]+)\)", path.read_text(encoding="utf-8")):
        text = (path.parent / link if link else path).read_text(encoding="utf-8")
        if anchor not in {slug(heading) for heading in re.findall(r"^#+ (.*)$", text, flags=re.M)}:
            missing.append(f"{link}#{anchor}")
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_files_named_in_the_text_are_there(path: Path) -> None:
    rooms = "hbm_model|data|tests|benchmarks|docs|notebooks|studies|tools"
    mentioned = re.findall(rf"`((?:{rooms})/[\w./]+\.\w+)`", path.read_text("utf-8"))
    assert not [name for name in mentioned if not (REPOSITORY / name).exists()]


FOLDERS = ("docs/generate", "studies", "tools")
SCRIPTS = sorted(path for folder in FOLDERS for path in (REPOSITORY / folder).glob("*.py"))


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_a_script_imports_only_what_is_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(path.parent))
    name = f"script_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)  # dataclasses look their module up
    spec.loader.exec_module(module)


# --- results -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_no_table_is_left_empty(path: Path) -> None:
    blocks = re.findall(r"<!-- ([\w-]+):start -->(.*?)<!-- \1:end -->", path.read_text(encoding="utf-8"), flags=re.S)
    assert not [name for name, content in blocks if not content.strip()]


def test_the_catalogue_has_every_result_file(results: ModuleType) -> None:
    rows = {row["file"]: row for row in results.catalogue()}
    assert list(rows) == [path.name for path in RESULT_FILES]
    for row in rows.values():
        assert (REPOSITORY / row["made_by"]).is_file(), row
        assert row["backfilled"] in {"true", "false"}, row
        assert pd.Timestamp(row["made"]) <= pd.Timestamp.now(), row
        assert re.fullmatch(r"(\d{8}T\d{6}Z-[0-9a-f]{8})?", row["run_id"]), row
        assert re.fullmatch(r"\d+\.\d+\.\d+", row["version"]), row


@pytest.mark.parametrize("path", RESULT_FILES, ids=lambda path: path.stem)
def test_a_table_shows_its_file_digit_for_digit(path: Path, laid_out: dict[Path, str]) -> None:
    shown = [page for page in PAGES if f"results/{path.name}" in page.read_text(encoding="utf-8")]
    assert shown or path.name in SHOWN_IN_README
    with path.open(encoding="utf-8", newline="") as stream:
        head, *rows = list(csv.reader(stream))
    assert rows
    assert len({len(row) for row in (head, *rows)}) == 1
    for page in shown:
        before = laid_out[page].split(f"results/{path.name}")[0]
        lines = [line for line in before.splitlines() if line.startswith(("|", "**"))]
        own = sorted(number for row in rows for number in numbers(" ".join(row)))
        if re.search(rf"results/{path.name} \"by", page.read_text(encoding="utf-8")):  # the keys stand once a group
            assert set(own) <= {number for line in lines for number in numbers(line)}
        else:
            assert own == sorted(number for line in lines[-len(rows) :] for number in numbers(line))


def test_readme_shows_the_result_files(scripts: Any) -> None:
    readme = scripts("readme")
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert readme.fill(text, readme.blocks()) == text, "run: python docs/generate/readme.py"
    assert {f"{file}.csv" for files in readme.TABLES.values() for file in files} == SHOWN_IN_README


def test_a_result_is_written_read_and_shown(results: ModuleType, tmp_path: Path) -> None:
    cells = [results.Interval("4.80", "4.6", "beyond"), results.Interval("+0.1", error="0.02", n="7")]
    table = results.table(["name", "lag", "skill", "share [%]"], [["some_name", *cells, 95], ["all", "", "-", ""]])
    source = results.Source("studies/seeds.py", "20261129T172107Z-f4eda9ec", "2026-11-22", "0.1.0", "2026-11-29")
    results.write({"made_up": table}, source, tmp_path)
    read = results.read(tmp_path / "made_up.csv")
    assert list(read.columns) == ["name", "lag", "lag low", "lag high", "skill", "skill ±", "skill n", "share [%]"]
    shown = results.markdown(read).splitlines()
    assert shown[0] == "| name | lag | skill | share |"
    assert shown[2] == "| `some_name` | 4.80 (4.6 to beyond) | +0.1 ± 0.02, n 7 | 95 % |"
    assert shown[3] == "| **all** |  | - |  |"
    by_name = results.markdown(read, ["name", "lag"])
    assert by_name.startswith("**`some_name`**, lag 4.80 (4.6 to beyond)\n\n| skill | share |")
    assert results.catalogue(tmp_path)[0] == {
        "file": "made_up.csv", "made_by": "studies/seeds.py", "run_id": "20261129T172107Z-f4eda9ec",
        "as_of": "2026-11-22", "version": "0.1.0", "made": "2026-11-29", "backfilled": "false",
    }  # fmt: skip


def test_a_block_is_replaced_and_the_rest_kept(scripts: Any) -> None:
    fill = scripts("readme").fill
    text = "before\n<!-- a:start -->\nold\n<!-- a:end -->\nafter\n"
    filled = fill(text, {"a": "new \\1", "absent": "x"})
    assert filled == "before\n<!-- a:start -->\n\nnew \\1\n\n<!-- a:end -->\nafter\n"
    assert fill(filled, {"a": "new \\1"}) == filled


# --- files of a run ----------------------------------------------------------------------------------------------


def documented(file: str) -> list[str]:
    """First column of the table under a file's heading in docs/run_files.md."""
    text = (DOCS / "run_files.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", text.split(f"\n## {file}\n")[1], flags=re.M)[0]
    return re.findall(r"^\| `(\w+)`", section, flags=re.M)


def test_columns_of_a_run_s_tables_are_documented() -> None:
    assert documented("forecast.parquet") == COLUMNS
    assert documented("contrasts.parquet") == [name for name in CONTRAST_COLUMNS if name not in COLUMNS]
    assert documented("questions.parquet") == QUESTION_COLUMNS
    assert documented("watch.parquet") == WATCH_COLUMNS
    assert documented("ledger.parquet") == ledger.COLUMNS


def test_files_of_a_stored_run_are_documented(made_up_store: Path) -> None:
    text = (DOCS / "run_files.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([\w.]+)/?` \|", text.split("\n## ")[0], flags=re.M))
    run = made_up_store / "latest"
    assert {path.name for path in run.iterdir()} == listed - {"alerts.json"}
    for name in ("manifest.json", "diagnostics.json"):
        keys = json.loads((run / name).read_text(encoding="utf-8"))
        assert documented(name) == list(keys), name
    for path in run.glob("*.parquet"):
        columns = list(pd.read_parquet(path).columns)
        assert [name for name in columns if path.name != "contrasts.parquet" or name not in COLUMNS] == documented(
            path.name
        )


# --- glossary ----------------------------------------------------------------------------------------------------


def test_the_glossary_explains_each_word_once_and_shortly() -> None:
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    entries = re.findall(r"^### (.+)\n\n((?:(?!^#).*\n?)*)", text, flags=re.M)
    words = [word.lower() for word, _ in entries]
    assert len(set(words)) == len(words)
    assert not [word for word, said in entries if not 20 < len(said.strip()) < 500]
    needed = (
        "claim", "claim group", "relay", "vintage", "as-of", "observed through", "slip", "silence", "frontier lag",
        "generation lag", "whitening", "news", "revision", "decomposition", "negative control", "posterior predictive",
        "importance weights", "pareto k", "r-hat", "ess", "e-bfmi", "divergence", "gate", "power scaling", "pit", "wis",
        "crps", "brier score", "sbc", "wafers per month", "scenario", "lever", "contrast", "ledger",
    )  # fmt: skip
    assert not set(needed) - set(words)


# --- the site ----------------------------------------------------------------------------------------------------


def test_the_reference_has_every_room(scripts: Any) -> None:
    reference = scripts("reference")
    assert reference.ROOMS == ROOMS
    config = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    shown = re.findall(r"reference/(\w+)\.md", config)
    assert shown == ["index", *ROOMS]
    modules = {
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
        for room in ROOMS
        for path in (REPOSITORY / "hbm_model" / room).rglob("*.py")
    }
    text = "\n".join(reference.reference_pages().values())
    assert set(re.findall(r"^::: ([\w.]+)$", text, flags=re.M)) == modules


def test_every_page_and_notebook_is_in_the_navigation() -> None:
    config = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {str(path.relative_to(DOCS)) for path in PAGES}
    pages |= {f"notebooks/{path.stem}.md" for path in (REPOSITORY / "notebooks").glob("*.ipynb")}
    assert not [page for page in pages if page not in config]


def test_links_are_turned_to_the_layout(pages: ModuleType, tmp_path: Path) -> None:
    homes = {REPOSITORY / "notebooks" / "05_policies.ipynb": tmp_path / "notebooks" / "05_policies.md"}
    homes |= {DOCS / "policy.md": tmp_path / "policy.md"}
    source, target = DOCS / "model" / "index.md", tmp_path / "model" / "index.md"

    def turned(text: str) -> str:
        return pages.with_links(text, source, target, homes, tmp_path)

    assert turned("[a](../policy.md#b)") == "[a](../policy.md#b)"
    assert turned("[a](../../notebooks/05_policies.ipynb)") == "[a](../notebooks/05_policies.md)"
    assert turned("[`a.py`](../../hbm_model/__init__.py) [x](#y)") == "`a.py` [x](#y)"
    assert turned("```\n[a](nowhere.md)\n```") == "```\n[a](nowhere.md)\n```"
    with pytest.raises(FileNotFoundError, match=r"model/index\.md links to nowhere\.md"):
        turned("[a](nowhere.md)")


def test_a_notebook_becomes_its_words_and_code(pages: ModuleType) -> None:
    text = pages.notebook_text(REPOSITORY / "notebooks" / "01_the_answer.ipynb")
    assert text.startswith("# ")
    assert "```python\n" in text


def test_what_a_page_loads_from_the_network_is_found(scripts: Any) -> None:
    site = scripts("make_site")
    page = '<link rel="stylesheet" href="https://a/b.css"><a href="https://c">d</a><script src="//e.js"></script>'
    assert site.outside(page) == ["https://a/b.css", "//e.js"]
    assert site.outside('<link rel="canonical" href="https://a"><img src="x.png"><style>b {}</style>') == []
    assert site.outside("<style>@import url(https://a/b.css)</style>") == ["https://a/b.css"]


def test_docstrings_become_markdown(scripts: Any) -> None:
    as_markdown = scripts("roles").as_markdown
    assert as_markdown("See :func:`~a.b` and ``c``.") == "See `a.b` and ``c``."
    assert as_markdown("One.\n\n>>> a\n>>> b\n\nTwo.") == "One.\n\n```pycon\n>>> a\n>>> b\n```\n\nTwo."


def test_equations_become_mathml(scripts: Any) -> None:
    typeset = scripts("equations").typeset
    page = typeset(r'<p><span class="arithmatex">\(a &lt; b_i\)</span></p><div class="arithmatex">\[x^2\]</div>')
    assert page.count("<math") == 2
    assert "&#x0003C;" in page
    assert "arithmatex" not in page
