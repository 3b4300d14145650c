"""The rules of ARCHITECTURE.md, held: imports go one way, modules are small, public names are an interface."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import hbm_model

PACKAGE = Path(hbm_model.__file__).parent
REPOSITORY = PACKAGE.parent

# From the ground up. A module may import from its own line and from those above; a folder counts as one module.
LAYERS = (
    ("errors", "manifest", "plain", "rich_view", "stopping", "terminal", "workers"),
    ("evidence",),
    ("calendar", "curves", "priors", "scores"),
    ("policy",),
    ("model",),
    ("checks", "density", "fit", "frame", "planned", "sampling"),
    (
        *("compare", "gaps", "heldout", "judgement", "predictive", "record", "replicate", "spoiled", "synthetic"),
        *("table_history", "taken_in", "uniformity", "world"),
    ),
    ("attribution", "baselines", "counterfactual", "novelty", "quantities", "targets"),
    (
        *("assess", "calibrated", "contrasts", "forecast", "maturity", "questions", "sensitivity", "sweep"),
        *("thresholds", "variance", "watch"),
    ),
    ("backtest", "calibration", "checksums", "ledger", "store", "verify"),
    (
        *("alerts", "archive", "assess_report", "backtest_report", "calibration_report", "charts", "diff"),
        *("diff_report", "moves", "progress", "split"),
        *("published_scores", "question_report", "reuse", "scenario_report", "stored", "summary", "usage_report"),
        *("watch_report",),
    ),
    ("pipeline", "report"),
    ("cli",),
    ("__main__",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
MOST_LINES = 350


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def runtime_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Everything but what only the type checker reads."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            continue
        yield child
        yield from runtime_nodes(child)


def imported_parts(path: Path) -> Iterator[tuple[int, str]]:
    """The parts of this package that a module imports, also inside functions, with the line."""
    for node in runtime_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write imports in full"
            module = node.module or ""
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "hbm_model" else [module]
        own = [name.split(".")[1] for name in names if name.startswith("hbm_model.")]
        yield from ((node.lineno, name) for name in own if name != "__version__")  # type: ignore[attr-defined]


def test_every_module_has_its_place() -> None:
    unplaced = {part(path) for path in modules()} - set(LEVEL) - {"__init__"}
    assert not unplaced, f"give {sorted(unplaced)} a line in LAYERS and in ARCHITECTURE.md"


def test_imports_go_one_way() -> None:
    wrong = [
        f"{path.relative_to(REPOSITORY)}:{line} imports {name}, which stands above it"
        for path in modules()
        if part(path) != "__init__"
        for line, name in imported_parts(path)
        if LEVEL.get(name, 99) > LEVEL[part(path)]
    ]
    assert not wrong, "\n".join(wrong)


def test_no_two_modules_import_each_other() -> None:
    edges = {part(path): set[str]() for path in modules()}
    for path in modules():
        edges[part(path)] |= {name for _, name in imported_parts(path)} - {part(path)}
    mutual = [(one, other) for one in edges for other in edges[one] if one in edges.get(other, ())]
    assert not mutual


def test_modules_stay_small() -> None:
    lengths = {path.relative_to(REPOSITORY): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert not {str(path): lines for path, lines in lengths.items() if lines > MOST_LINES}


def test_the_architecture_names_every_module() -> None:
    text = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")
    missing = {part(path) for path in modules()} - {"__init__", "__main__"}
    assert not {name for name in missing if f"`{name}" not in text}


def test_public_names_are_an_interface() -> None:
    """A failure here is a breaking change: it needs a line in CHANGELOG.md and a new version."""
    assert hbm_model.__all__ == [
        *("Evidence", "Fit", "FitSettings", "Forecast"),
        *("GateError", "HbmError", "InputError", "StoreError", "StoreLockedError", "StoredRun"),
        *("__version__", "assess", "charts", "check_data", "fit", "forecast", "load_evidence", "load_fit"),
        *("load_run", "runs"),
    ]
    assert dir(hbm_model) == sorted(hbm_model.__all__)


@pytest.mark.parametrize("name", hbm_model.__all__)
def test_each_public_name_is_there(name: str) -> None:
    assert getattr(hbm_model, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        _ = hbm_model.fitt  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["assess", "fit", "forecast"])
def test_functions_are_not_hidden_by_the_modules_of_their_name(name: str) -> None:
    program = f"import hbm_model.{name}, hbm_model\nassert callable(hbm_model.{name}), type(hbm_model.{name})"
    subprocess.run([sys.executable, "-c", program], check=True)
    module = importlib.import_module(f"hbm_model.{name}")
    assert getattr(hbm_model, name) is getattr(module, name)


def test_errors_carry_the_contract_s_exit_codes() -> None:
    codes = {
        hbm_model.HbmError: 1,
        hbm_model.StoreError: 1,
        hbm_model.InputError: 2,
        hbm_model.GateError: 3,
        hbm_model.StoreLockedError: 4,
    }
    assert {error: error.exit_code for error in codes} == codes
    assert issubclass(hbm_model.InputError, ValueError)
    assert issubclass(hbm_model.StoreError, OSError)
    assert str(hbm_model.StoreError("in words")) == "in words"
