"""Lay out the pages of the documentation site: the written ones with their tables filled in, and those made from code.

The layout is plain Markdown in a folder of its own, so that it does not depend on what turns it into a site.
"""

from __future__ import annotations

import re
import shutil
from os.path import relpath
from pathlib import Path
from urllib.parse import unquote

import jupytext
from priors import priors_table
from reference import reference_pages
from results import CATALOGUE, ROOT, catalogue, markdown, read

DOCS = ROOT / "docs"
PRIORS = ROOT / "data" / "priors.toml"
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)((?: \"[^\"]*\")?)\)")
FENCE = re.compile(r"(^```.*?^```$)", flags=re.M | re.S)
"""Blocks of code, in which nothing is a link."""

ROOT_PAGES = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")
"""Pages at the top of the repository that the site shows as they are, where they exist."""


def lay_out(folder: Path) -> list[Path]:
    """Write every page and every file that a page shows into `folder`, emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("generate", "__pycache__", "*.md"))
    pages = {path: folder / path.relative_to(DOCS) for path in sorted(DOCS.rglob("*.md"))}
    pages |= {ROOT / name: folder / "about" / name.lower() for name in ROOT_PAGES if (ROOT / name).is_file()}
    notebooks = {
        path: folder / "notebooks" / f"{path.stem}.md" for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    }
    homes = pages | notebooks
    for source, target in homes.items():
        text = notebook_text(source) if source in notebooks else with_tables(source.read_text(encoding="utf-8"), source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(with_links(text, source, target, homes, folder), encoding="utf-8")
    for name, text in reference_pages().items():
        target = folder / "reference" / f"{name}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return sorted(folder.rglob("*.md"))


def with_tables(text: str, source: Path) -> str:
    """`text` with every paragraph that is a link to a result file, or to the priors, replaced by its table."""
    known = {row["file"]: row for row in catalogue()}

    def shown(found: re.Match[str]) -> str:
        target = (source.parent / found["target"]).resolve()
        if target == PRIORS:
            return priors_table(PRIORS)
        if target.name == CATALOGUE:
            return markdown(read(target))
        by = [name.strip() for name in found["by"].split(",")] if found["by"] else []
        return f"{markdown(read(target), by)}\n\n{_origin(known[target.name], found['target'])}"

    pattern = r'^\[[^\]]*\]\((?P<target>[^)\s]*(?:results/\w+\.csv|data/priors\.toml))(?: "by (?P<by>[^"]*)")?\)$'
    return re.sub(pattern, shown, text, flags=re.M)


def _origin(row: dict[str, str], target: str) -> str:
    """The line under a table that says where it comes from."""
    run = f", run {row['run_id']}" if row["run_id"] else ""
    evidence = f", evidence as of {row['as_of']}" if row["as_of"] else ""
    carried = ", carried over from an earlier page" if row["backfilled"] == "true" else ""
    said = f"made {row['made']} by `{row['made_by']}`, version {row['version']}{run}{evidence}{carried}"
    return f"[{row['file']}]({target}), {said}\n{{ .origin }}"


def with_links(text: str, source: Path, target: Path, homes: dict[Path, Path], folder: Path) -> str:
    """`text` with its links turned to the layout; what is only in the repository keeps its words and loses the link."""

    def turned(found: re.Match[str]) -> str:
        image, words, link, title = found.groups()
        path, _, anchor = link.partition("#")
        if not path or "://" in link or link.startswith("mailto:"):
            return found[0]
        aim = (source.parent / unquote(path)).resolve()
        home = homes.get(aim)
        if home is None and aim.is_file() and aim.is_relative_to(DOCS):
            home = folder / aim.relative_to(DOCS)
        if home is None:
            if not aim.exists():
                raise FileNotFoundError(f"{source.relative_to(ROOT)} links to {link}, which is not there")
            return words
        return f"{image}[{words}]({relpath(home, target.parent)}{'#' + anchor if anchor else ''}{title})"

    parts = FENCE.split(text)
    return "".join(part if place % 2 else LINK.sub(turned, part) for place, part in enumerate(parts))


def notebook_text(path: Path) -> str:
    """A notebook as Markdown: its words, and its code in fences. Notebooks are kept without their output."""
    notebook = jupytext.read(path)
    notebook.metadata = {}
    for cell in notebook.cells:
        cell.metadata = {}
    text = jupytext.writes(notebook, fmt="md")
    return re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S).strip() + "\n"
