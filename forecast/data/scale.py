"""Scaling by a centre and a scale, of each series or of all, fitted on training rows only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray
from forecast.data.panel import Panel

if TYPE_CHECKING:
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

ScalerKind: TypeAlias = Literal["standard", "minmax", "robust", "none"]
ScalerScope: TypeAlias = Literal["series", "global"]

BLOCK_CELLS = 1 << 22
"""Cells of the time x series matrix handed to scikit-learn at once: 32 MB."""


@dataclass(frozen=True, eq=False)
class Scaler:
    """``scaled = (value - center) / scale``, per series.

    Parameters
    ----------
    center, scale : array of shape (N,), in units of the file
        nan where a series had no value to fit on; scale is 0 for a constant series, which is
        centred and not divided.
    shared : array of shape (2,) or None
        Centre and scale of all series that change, where the scope is global; a series never seen
        takes them, too. nan where no series changed.
    """

    center: FloatArray
    scale: FloatArray
    shared: FloatArray | None = None

    @property
    def constant(self) -> BoolArray:
        """Which series never changed on the rows of the fit, shape (N,)."""
        flat: BoolArray = self.scale == 0
        return flat

    @property
    def divisor(self) -> FloatArray:
        """What values are divided by, shape (N,): the scale, and 1 for a constant series."""
        return np.where(self.constant, 1.0, self.scale)

    def sharing(self, shared: FloatArray | None) -> Scaler:
        """Return the scaler with one centre and scale for all series that change.

        A constant series stays centred on its own value; None leaves each series its own.
        """
        if shared is None:
            return self
        changes = (self.scale > 0) & np.isfinite(shared).all()
        center, scale = np.where(changes, shared[0], self.center), self.scale
        return Scaler(center, np.where(changes, shared[1], scale), shared)

    def transform(self, panel: Panel) -> FloatArray:
        """Scale the packed values of ``panel``, whose N series are those of the scaler."""
        lengths = panel.lengths
        return (panel.values - np.repeat(self.center, lengths)) / np.repeat(self.divisor, lengths)

    def inverse(self, scaled: FloatArray) -> FloatArray:
        """Return an array of shape (N, ...) to the units of the file."""
        shape = (-1, *([1] * (scaled.ndim - 1)))
        return scaled * self.divisor.reshape(shape) + self.center.reshape(shape)


def fit_scaler(
    panel: Panel, *, kind: ScalerKind, start: int, stop: int, scope: ScalerScope = "series"
) -> Scaler:
    """Fit a scaler for each series on the grid rows ``start`` to ``stop - 1``; nan is ignored.

    With the scope ``global`` all values of the series that change there give one centre and scale;
    a constant series has no part in them: it would widen the scale of the others.
    """
    center, scale = np.zeros(panel.n_series), np.ones(panel.n_series)
    per_block = max(1, BLOCK_CELLS // max(1, stop - start))
    for begin in range(0, panel.n_series, per_block):
        block = slice(begin, min(begin + per_block, panel.n_series))
        matrix = _rows_of(panel, block).matrix(start, stop)
        center[block], scale[block] = _fit_block(matrix, kind)
    own = Scaler(center, scale)
    return own if scope == "series" else own.sharing(_fit_together(panel, own, kind, (start, stop)))


def _fit_together(panel: Panel, own: Scaler, kind: ScalerKind, rows: tuple[int, int]) -> FloatArray:
    """Centre and scale of all series that change in ``rows``, shape (2,)."""
    seen = panel.slice(*rows)
    values = seen.values[np.repeat(own.scale > 0, seen.lengths)]
    if not len(values):
        return np.full(2, np.nan)
    return np.concatenate(_fit_block(values[:, None], kind))


def _rows_of(panel: Panel, block: slice) -> Panel:
    offsets = panel.offsets[block.start : block.stop + 1]
    return Panel(
        unique_ids=panel.unique_ids[block],
        values=panel.values[offsets[0] : offsets[-1]],
        offsets=offsets - offsets[0],
        first=panel.first[block],
        clock=panel.clock,
    )


def _fit_block(matrix: FloatArray, kind: ScalerKind) -> tuple[FloatArray, FloatArray]:
    empty = ~np.isfinite(matrix).any(axis=0)
    filled = np.where(empty, 0.0, matrix)
    low = np.nanmin(filled, axis=0)
    flat = low == np.nanmax(filled, axis=0)
    center, scale = np.zeros(matrix.shape[1]), np.ones(matrix.shape[1])
    if kind != "none":
        center, scale = _numbers(_estimator(kind).fit(filled))
    if kind == "robust":  # half of the values may be equal, such as zeros between rare sales
        low_quarter, high_quarter = np.nanpercentile(filled, (25, 75), axis=0)
        scale = np.where(high_quarter > low_quarter, scale, np.nanstd(filled, axis=0))
    center, scale = np.where(flat, low, center), np.where(flat, 0.0, scale)
    return np.where(empty, np.nan, center), np.where(empty, np.nan, scale)


def _estimator(kind: ScalerKind) -> StandardScaler | MinMaxScaler | RobustScaler:
    # scikit-learn takes a second to import: a forecast from a bundle has no need of it.
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    estimators = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}
    return estimators[kind]()


def _numbers(fitted: StandardScaler | MinMaxScaler | RobustScaler) -> tuple[FloatArray, FloatArray]:
    if hasattr(fitted, "data_min_"):
        spread = np.asarray(fitted.data_range_, dtype=np.float64)
        return np.asarray(fitted.data_min_, dtype=np.float64), np.where(spread > 0, spread, 1.0)
    center = fitted.mean_ if hasattr(fitted, "mean_") else fitted.center_
    return np.asarray(center, dtype=np.float64), np.asarray(fitted.scale_, dtype=np.float64)
