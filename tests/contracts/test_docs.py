"""The documents say what the code does: priors, variables, files."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hbm_model.evidence import bundled_data

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = [REPOSITORY / "README.md", REPOSITORY / "ARCHITECTURE.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
MODEL = REPOSITORY / "docs" / "model.md"


@pytest.fixture(scope="module")
def report() -> ModuleType:
    """The script that writes the tables."""
    spec = importlib.util.spec_from_file_location("report_priors", REPOSITORY / "docs" / "generate" / "priors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_priors_is_the_priors_file_s(report: ModuleType) -> None:
    text = MODEL.read_text(encoding="utf-8")
    fresh = report.fill(text, {"priors": report.priors_table(bundled_data() / "priors.toml")})
    assert fresh == text, "run: python docs/generate/model.py"


def test_every_variable_of_the_model_is_named(model: Any) -> None:
    text = MODEL.read_text(encoding="utf-8")
    pooled = re.compile(r"(die|stack|learning)_(start|floor|time)_(vendor|pair)")  # X_vendor and X_pair in the text
    names = [rv.name for rv in model.free_RVs if not pooled.fullmatch(rv.name)]
    assert not [name for name in names if name not in text]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_links_to_is_there(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_files_named_in_the_text_are_there(path: Path) -> None:
    named = re.findall(r"`((?:hbm_model|data|tests|benchmarks|docs|notebooks)/[\w./]+\.\w+)`", path.read_text("utf-8"))
    assert not [name for name in named if not (REPOSITORY / name).exists()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_table_is_left_empty(path: Path) -> None:
    blocks = re.findall(r"<!-- ([\w-]+):start -->(.*?)<!-- \1:end -->", path.read_text(encoding="utf-8"), flags=re.S)
    assert not [name for name, content in blocks if not content.strip()]


def test_a_block_is_replaced_and_the_rest_kept(report: ModuleType) -> None:
    text = "before\n<!-- a:start -->\nold\n<!-- a:end -->\nafter\n"
    filled = report.fill(text, {"a": "new \\1", "absent": "x"})
    assert filled == "before\n<!-- a:start -->\n\nnew \\1\n\n<!-- a:end -->\nafter\n"
    assert report.fill(filled, {"a": "new \\1"}) == filled
