"""A copy of the data folder that a test may break, one fault at a time."""

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hbm_model.evidence import bundled_data
from hbm_model.evidence.schema import Package, read_package

Row = dict[str, str]


@dataclass
class Folder:
    """A data folder under test."""

    path: Path
    package: Package

    def file(self, table: str) -> Path:
        return self.path / self.package.tables[table].path

    def rows(self, table: str) -> list[Row]:
        return list(csv.DictReader(io.StringIO(self.file(table).read_text(encoding="utf-8-sig"), newline="")))

    def write(self, table: str, rows: list[Row], columns: list[str] | None = None) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, columns or list(self.package.tables[table].fields), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.file(table).write_text(text.getvalue(), encoding="utf-8")

    def find(self, table: str, wanted: Callable[[Row], bool] = lambda row: True) -> int:
        """Return the index of the first row of a kind that no correction touches and no other row relays."""
        touched = {row["id"] for row in self.rows("corrections") if row["table"] == table}
        return next(i for i, row in enumerate(self.rows(table)) if row.get("id") not in touched and wanted(row))

    def set(self, table: str, index: int, **cells: str) -> int:
        """Overwrite cells of a row and return the line on which the row now stands."""
        rows = self.rows(table)
        rows[index].update(cells)
        self.write(table, rows)
        return index + 2


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    shutil.copytree(bundled_data(), tmp_path / "data")
    package = read_package(tmp_path / "data")
    assert isinstance(package, Package)
    return Folder(tmp_path / "data", package)
