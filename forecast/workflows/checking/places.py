"""From a row of the panel back to the row of the file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.data.arrays import IntArray
from forecast.data.file.values import Files, spot
from forecast.data.panel import Panel
from forecast.data.table.read import Table
from forecast.data.times.moments import shown
from forecast.workflows.checking.finding import Place


@dataclass(frozen=True, eq=False)
class Finder:
    """Finds the rows of a file.

    Parameters
    ----------
    table : Table
        The rows as they were read, sorted by series and time.
    panel : Panel
        The panel made of them.
    """

    table: Table
    panel: Panel

    def place(self, row: int) -> Place:
        """Say where packed row ``row`` of the panel came from."""
        panel = self.panel
        series = int(np.searchsorted(panel.offsets, row, side="right")) - 1
        position = panel.first[series] + row - panel.offsets[series]
        one: IntArray = np.array([series], dtype=np.int64)
        stamp = panel.clock.stamps(one, np.array([position], dtype=np.int64))[0]
        name = panel.unique_ids[series]
        found = self._row_of(name, stamp)
        if found is None:
            return Place(name, shown(stamp), None)
        file, line = spot(self.table.name, found)
        return Place(name, shown(stamp), line, file if isinstance(self.table.name, Files) else None)

    def places(self, rows: IntArray) -> tuple[Place, ...]:
        """Say where several packed rows came from."""
        return tuple(self.place(int(row)) for row in rows)

    def _row_of(self, name: str, stamp: object) -> int | None:
        """Row of the file of a series and time; None where the file has none."""
        frame = self.table.frame
        ids = frame["unique_id"].cat
        code = int(ids.categories.get_indexer(pd.Index([name]))[0])
        codes = ids.codes.to_numpy()
        start, stop = np.searchsorted(codes, [code, code + 1])
        moments = frame["ds"].iloc[start:stop]
        at = int(moments.searchsorted(stamp))  # type: ignore[call-overload]
        if at == len(moments) or moments.iloc[at] != stamp:
            return None
        return int(frame["row"].to_numpy()[start + at])


def first_rows(table: Table, marked: np.ndarray, most: int) -> tuple[Place, ...]:
    """Say where the first marked rows of a table are."""
    frame = table.frame
    places = []
    for at in np.flatnonzero(marked)[:most]:
        file, line = spot(table.name, int(frame["row"].iloc[at]))
        several = isinstance(table.name, Files)
        places.append(
            Place(
                str(frame["unique_id"].iloc[at]),
                shown(frame["ds"].iloc[at]),
                line,
                file if several else None,
            )
        )
    return tuple(places)
