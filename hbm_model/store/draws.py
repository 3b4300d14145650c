"""The file of a run's draws, written scenario by scenario as these are forecast."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq
import xarray as xr

from hbm_model.forecasting.kept import COLUMNS, long_table

_PACKED: dict[str, Any] = {
    "compression": "zstd",
    "use_dictionary": [name for name in COLUMNS if name != "value"],
    "use_byte_stream_split": ["value"],
}
"""How Parquet packs the columns: few labels that repeat, and values of which hardly any do."""


class DrawsFile:
    """Takes the headline draws of each scenario and lets go of them, so that many scenarios need little memory.

    Parameters
    ----------
    path
        The file, in the long form of ``Forecast.draws_frame``.
    names
        All scenarios that there will be.
    needed
        Gaps whose draws are still needed of all scenarios when they are written.
    """

    def __init__(self, path: Path, names: Collection[str], needed: Collection[str]) -> None:
        self._path = path
        self._names = sorted(names)
        self._needed = list(needed)
        self._writer: pq.ParquetWriter | None = None
        self.first = xr.Dataset()
        """All headline draws of the first scenario, the baseline."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    def keep(self, draws: xr.Dataset) -> xr.Dataset:
        """Write the draws of one scenario; returns those that are still needed.

        Parameters
        ----------
        draws
            Its headline draws, (scenario, draw, ...) by gap.
        """
        frame = long_table(draws)
        frame["scenario"] = frame["scenario"].cat.set_categories(self._names)
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if self._writer is None:
            self.first = draws
            self._writer = pq.ParquetWriter(self._path, table.schema, **_PACKED)
        self._writer.write_table(table)
        return draws[self._needed]
