"""Covariates and calendar as a network reads them: scaled, coded, on the device, beside a panel.

    channel group   where it lies                  beyond the cutoff
    past            (R, P), packed like values     holds its last value
    future          (R, F), packed like values     is known
    calendar        (G, C), by row of the grid     is known
    static          (N, S), by series

A number becomes two channels, its scaled value (the last one known, where one is missing) and
whether it is missing. A category becomes one channel per word, all zero for a word that the
vocabulary does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.calendar import calendar_channels
from forecast.data.covariates import NOTHING, Beside, Covariate, Covariates
from forecast.data.latest import latest_observed
from forecast.data.panel import Panel
from forecast.data.windows import rows_from


@dataclass(frozen=True, eq=False)
class CovariateScale:
    """Centre and scale of each covariate over all series; 0 and 1 for a category.

    Parameters
    ----------
    center, scale : array of shape (columns + static columns,), in units of the file
    """

    center: FloatArray
    scale: FloatArray


UNSCALED = CovariateScale(np.zeros(0), np.ones(0))
"""Where there are no covariates."""


@dataclass(frozen=True, eq=False)
class PackedExogenous:
    """Channels on a device; see the module.

    Parameters
    ----------
    past, future : Tensor of shape (R, P), (R, F)
    calendar : Tensor of shape (G, C)
    static : Tensor of shape (N, S)
    to_grid : Tensor of shape (N,)
        Row of the grid of a packed row, less the packed row, by series.
    begin : Tensor of shape (N,)
        Packed row at which each series begins.
    """

    past: Tensor
    future: Tensor
    calendar: Tensor
    static: Tensor
    to_grid: Tensor
    begin: Tensor


def fit_covariate_scale(panel: Panel, *, start: int, stop: int) -> CovariateScale:
    """Fit on the grid rows ``start`` to ``stop - 1`` of all series together; nan is ignored."""
    seen = panel.slice(start, stop).covariates
    if seen is None:
        return UNSCALED
    from sklearn.preprocessing import StandardScaler  # takes a second to import

    center, scale = [], []
    for columns, values in ((seen.columns, seen.values), (seen.static_columns, seen.static)):
        for place, column in enumerate(columns):
            cells = values[:, place : place + 1]
            if column.words is not None or not np.isfinite(cells).any():
                center.append(0.0)
                scale.append(1.0)
                continue
            fitted = StandardScaler().fit(cells)
            center.append(float(fitted.mean_[0]))
            scale.append(float(fitted.scale_[0]))
    return CovariateScale(np.array(center), np.array(scale))


def pack_exogenous(
    panel: Panel, beside: Beside, scale: CovariateScale, *, ahead: int, device: torch.device
) -> PackedExogenous | None:
    """Scale, code and move the channels of ``panel``; None where there are none.

    Parameters
    ----------
    ahead : int
        Rows beyond the grid for which the calendar is wanted.
    """
    if beside == NOTHING:
        return None
    covariates = panel.covariates or _none(panel)
    count = len(beside.columns)
    scaled = (covariates.values - scale.center[:count]) / scale.scale[:count]
    static = (covariates.static - scale.center[count:]) / scale.scale[count:]
    groups = {
        role: [place for place, column in enumerate(beside.columns) if column.role == role]
        for role in ("past", "future")
    }
    past, future = (
        _channels([beside.columns[place] for place in places], scaled[:, places], panel)
        for places in groups.values()
    )
    calendar = calendar_channels(
        panel.clock, beside.calendar, rows=panel.length + ahead, holidays=beside.holidays
    )

    def moved(values: FloatArray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)).to(device)

    begin = panel.offsets[:-1]
    return PackedExogenous(
        past=moved(past),
        future=moved(future),
        calendar=moved(calendar),
        static=moved(_channels(beside.static_columns, static, None)),
        to_grid=torch.from_numpy(panel.first - begin).to(device),
        begin=torch.tensor(begin, device=device),
    )


def gather_exogenous(
    packed: PackedExogenous,
    end: Tensor,
    row: Tensor,
    series: Tensor,
    *,
    back: int,
    ahead: int,
    inside: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Gather what lies beside the windows whose contexts end at packed rows ``row`` (B,).

    Parameters
    ----------
    end : Tensor of shape (N,)
        One past the last packed row of each series.
    back, ahead : int
        Rows up to and after ``row``.
    inside : bool
        Whether the ``back`` rows are known to lie inside their series.

    Returns
    -------
    past : Tensor of shape (B, back + ahead, P)
        After ``row`` its values at ``row``: nothing later is looked at.
    future : Tensor of shape (B, back + ahead, F)
        Calendar last.
    static : Tensor of shape (B, S)
    """
    steps = torch.arange(1 - back, ahead + 1, device=row.device)
    grid = row + packed.to_grid[series]
    if inside:
        future = rows_from(packed.calendar, grid + (1 - back), back + ahead)
    else:
        most = max(len(packed.calendar) - 1, 0)
        future = packed.calendar[(grid[:, None] + steps).clamp(0, most)]
    past = future[:, :, :0]
    if packed.future.shape[1] or packed.past.shape[1]:
        begin, last = packed.begin[series][:, None], end[series][:, None] - 1
        rows = torch.minimum(torch.maximum(row[:, None] + steps, begin), last)
        future = torch.cat([packed.future[rows], future], dim=2)
        past = packed.past[torch.minimum(rows, torch.maximum(row[:, None], begin))]
    return past, future, packed.static[series]


def covariate_rows_needed(panel: Panel, context_length: int) -> IntArray:
    """Rows from the end of each series that show the covariates of its last context, (N,).

    A missing number repeats the last known one, which may lie before the context.
    """
    needed = np.full(panel.n_series, context_length, dtype=np.int64)
    if panel.covariates is None:
        return needed
    end = np.repeat(panel.offsets[1:], panel.lengths)
    rows = np.flatnonzero(np.arange(len(end)) >= end - context_length)
    series = np.searchsorted(panel.offsets, rows, side="right") - 1
    for cells in panel.covariates.values.T:
        source = latest_observed(panel, np.isfinite(cells))[rows]
        has = source >= 0
        np.maximum.at(needed, series[has], end[rows[has]] - source[has])
    return needed


def _none(panel: Panel) -> Covariates:
    """No covariates, in the shape of ``panel``."""
    return Covariates((), np.zeros((len(panel.values), 0)), (), np.zeros((panel.n_series, 0)))


def _channels(columns: Sequence[Covariate], scaled: FloatArray, panel: Panel | None) -> FloatArray:
    """Channels of the columns of ``scaled``; with a panel, missing values repeat the last one."""
    groups = [np.zeros((len(scaled), 0))]
    for place, column in enumerate(columns):
        cells = scaled[:, place]
        if panel is not None:
            cells = _held(cells, panel)
        if column.words is None:
            missing = ~np.isfinite(scaled[:, place])
            groups.append(np.column_stack([np.where(np.isfinite(cells), cells, 0.0), missing]))
        else:
            groups.append(cells[:, None] == np.arange(len(column.words)))
    return np.concatenate(groups, axis=1, dtype=np.float64)


def _held(cells: FloatArray, panel: Panel) -> FloatArray:
    """Repeat the last known cell of a series where one is missing; nan before the first."""
    source = latest_observed(panel, np.isfinite(cells))
    held: FloatArray = np.where(source >= 0, cells[source], np.nan)
    return held
