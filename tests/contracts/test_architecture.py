"""The rules of ARCHITECTURE.md, held: twelve rooms, imports that go one way, small modules, public names that stay."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import hbm_model

PACKAGE = Path(hbm_model.__file__).parent
REPOSITORY = PACKAGE.parent

# From the ground up. A module imports from its own room and from rooms before it; `analysis` and `evaluation` stand
# side by side and do not know each other.
ROOMS = (
    *("core", "evidence", "policy", "model", "inference", "forecasting"),
    *("analysis", "evaluation", "charts", "store", "report", "cli"),
)
SIDE_BY_SIDE = {"analysis", "evaluation"}
TOP = {"__init__.py", "__main__.py", "py.typed", "_data"}
MOST_LINES = 350


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


NAMES = {dotted(path) for path in modules()}


def room(name: str) -> str:
    """The room of a module; empty for the package itself and for ``__main__``."""
    first = name.split(".")[1] if "." in name else ""
    return "" if first == "__main__" else first


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """The modules of this package that one imports, with the line: also inside functions, and for types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write imports in full"
            module = node.module or ""
            inner = [f"{module}.{alias.name}" for alias in node.names]
            names = [name if name in NAMES else module for name in inner]
        yield from ((node.lineno, name) for name in dict.fromkeys(names) if name.split(".")[0] == "hbm_model")


def test_the_top_level_is_twelve_rooms() -> None:
    top = {path.name for path in PACKAGE.iterdir()} - TOP - {"__pycache__"}
    assert top == set(ROOMS)


def test_imports_go_one_way_between_rooms() -> None:
    wrong = []
    for path in modules():
        own = room(dotted(path))
        for line, name in imported(path):
            other = room(name)
            above = not other or ROOMS.index(other) > ROOMS.index(own) if own else False
            if above or {own, other} == SIDE_BY_SIDE:
                wrong.append(f"{path.relative_to(REPOSITORY)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_no_circle_of_modules() -> None:
    """Also not one of types alone. A package's own ``__init__`` stands for itself, not for what it re-exports."""
    edges = {dotted(path): {name for _, name in imported(path)} - {dotted(path)} for path in modules()}
    TopologicalSorter(edges).prepare()  # raises CycleError, which names the circle


def test_the_architecture_s_table_is_the_list_of_rooms() -> None:
    text = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` \|", text, flags=re.M)) == ROOMS


def test_a_document_that_names_a_module_names_one_that_is_there() -> None:
    text = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(rf"`((?:{'|'.join(ROOMS)})/[\w/]+\.py)`", text)
    assert named
    assert not [name for name in named if not (PACKAGE / name).exists()]


def test_modules_stay_small() -> None:
    lengths = {path.relative_to(REPOSITORY): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert not {str(path): lines for path, lines in lengths.items() if lines > MOST_LINES}


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


@pytest.mark.parametrize("name", [name for name in hbm_model.__all__ if name != "charts"])
def test_no_room_hides_a_public_name_behind_its_own(name: str) -> None:
    """Importing a room binds it to the package under its name; a function of that name would be gone."""
    assert name not in ROOMS


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
