"""Pages of the API reference: one for the public names, one for each room, from the docstrings by mkdocstrings."""

from __future__ import annotations

import ast
from pathlib import Path

from roles import as_markdown

import hbm_model
from hbm_model.core.version import __version__

PACKAGE = Path(hbm_model.__file__).parent
ROOMS = (
    "core", "evidence", "policy", "model", "inference", "forecasting", "analysis", "evaluation", "charts", "store",
    "report", "cli",
)  # fmt: skip
"""From the ground up: each imports only from those before it."""


def reference_pages() -> dict[str, str]:
    """Text of each page by its name."""
    return {"index": _index()} | {room: _page(room) for room in ROOMS}


def _index() -> str:
    """The public names, and the way to the rooms."""
    names = [name for name in hbm_model.__all__ if name not in {"__version__", "charts"}]
    homes = {name: getattr(hbm_model, name) for name in names}
    lines = [
        f"- [`hbm_model.{name}`][{value.__module__}.{value.__name__}]: {_first(value.__doc__)}"
        for name, value in homes.items()
    ]
    rooms = [
        f"- [`hbm_model.{room}`]({room}.md): {_first(_docstring(PACKAGE / room / '__init__.py'))}" for room in ROOMS
    ]
    return "\n".join(
        [
            "# API reference",
            "",
            f"Version {__version__}, made from the docstrings.",
            "What a version number speaks about are the public names; the modules behind them may move.",
            "",
            "## Public names",
            "",
            *lines,
            "- [`hbm_model.charts`](charts.md): one function per chart.",
            "",
            "## Rooms, from the ground up",
            "",
            *rooms,
            "",
        ]
    )


def _page(room: str) -> str:
    """One room: its own docstring, then its modules in alphabetical order."""
    modules = sorted(
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in (PACKAGE / room).rglob("*.py")
    )
    parts = [f"# {room}"]
    for module in modules:
        name = module.removesuffix(".__init__")
        options = ["", "    options:", "      heading_level: 2", "      show_root_heading: true"]
        parts.append("\n".join([f"::: {name}", *options]))
    return "\n\n".join(parts) + "\n"


def _docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def _first(docstring: str | None) -> str:
    """First line of a docstring, with a full stop."""
    line = as_markdown((docstring or "").strip().partition("\n")[0])
    return f"{line.rstrip('.')}."
