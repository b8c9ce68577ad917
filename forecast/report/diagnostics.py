"""Figures about a run rather than its series: error by step, folds, loss curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray
from forecast.report import series as rows
from forecast.report.canvas import new_figure, style_axes, time_ticks, whole_ticks
from forecast.report.palette import BLUE, GRID, MUTED, OCHRE, VERMILLION, Stroke, strokes
from forecast.report.panels import Layout, axis_names, draw_line, grid_of, legend_above

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from forecast.training.monitor import EpochRecord

MOST_FOLDS = 24
MOST_FITS = 12
POINTS_PER_CURVE = 300
MOST_COLUMNS = 4
FEW_STEPS = 32  # up to here each step of an error curve has a marker
LOG_SCALE_RATIO = 20.0


class FoldRow(NamedTuple):
    """Where one fold lies: half-open stretches that follow one another, stamps or whole steps.

    ``gap_start``, where there is a gap, ends the validation tail; the gap runs to ``test_start``.
    Without a validation tail ``validation_start`` equals its end.
    """

    label: str
    train_start: rows.Stamp
    validation_start: rows.Stamp
    test_start: rows.Stamp
    test_stop: rows.Stamp
    gap_start: rows.Stamp | None = None


@dataclass(frozen=True)
class StepsPlot:
    """Error by horizon step, one line a model; see `figure`."""

    steps: Mapping[str, Sequence[float | None]]
    main: str
    metric: str
    unit: str

    def figure(self) -> Figure:
        """Draw all models on one pair of axes that starts at zero."""
        figure = new_figure(9.0, 3.4)
        axes = figure.subplots()
        style_axes(axes)
        errors = {model: _numbers(found) for model, found in self.steps.items()}
        defined = [model for model, found in errors.items() if np.isfinite(found).any()]
        for model, stroke in strokes(errors, self.main).items():
            if model in defined:
                self._draw(axes, model, errors[model], stroke)
        longest = max(len(found) for found in errors.values())
        axes.set_xlim(0.7 - 0.01 * longest, longest + 0.3 + 0.01 * longest)
        axes.set_ylim(bottom=0)
        whole_ticks(axes, 1, longest)
        legend_above(figure, axes)
        unit = f" ({rows.clean(self.unit)})" if self.unit else ""
        absent = ", ".join(rows.clean(model) for model in errors if model not in defined)
        note = f"no step with a defined {self.metric}: {absent}" if absent else ""
        axis_names(figure, across="steps ahead", up=f"{self.metric}{unit}", note=note)
        return figure

    def _draw(self, axes: Axes, model: str, errors: FloatArray, stroke: Stroke) -> None:
        line = rows.Line(np.arange(1.0, len(errors) + 1.0), errors)
        line = line.at(rows.thin(errors, POINTS_PER_CURVE))
        order = 2 if model == self.main else 4
        draw_line(axes, line, stroke, label=rows.clean(model), order=order)
        if len(line.x) <= FEW_STEPS:
            axes.plot(line.x, line.y, stroke.marker, color=stroke.colour, markersize=3.5)


def _numbers(errors: Sequence[float | None]) -> FloatArray:
    table = pd.DataFrame({"error": pd.Series(list(errors), dtype=np.float64)})
    return rows.values(table, "error")


_BANDS = (
    ("train", BLUE, 0.55),
    ("validation", OCHRE, 0.95),
    ("gap", GRID, 1.0),
    ("test", VERMILLION, 0.95),
)


@dataclass(frozen=True)
class FoldsPlot:
    """Which rows each fold learns from, stops early on, and is judged on; see `figure`."""

    folds: tuple[FoldRow, ...]

    def figure(self) -> Figure:
        """Draw one bar a fold, the first on top; needs a fold."""
        shown = self.folds[-MOST_FOLDS:]
        figure = new_figure(9.0, 1.5 + 0.28 * len(shown))
        axes = figure.subplots()
        style_axes(axes, grid="x")
        starts = pd.Series([fold.train_start for fold in shown])
        for name, colour, opacity in _BANDS:
            self._draw(axes, name, colour=colour, opacity=opacity)
        axes.set_yticks(range(len(shown)), [rows.clean(fold.label) for fold in shown])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        kind = rows.kind_of(starts)
        axes.margins(x=0.01)
        time_ticks(axes, kind, most=9)
        legend_above(figure, axes)
        note = rows.left_out(len(shown), len(self.folds) - len(shown), "folds")
        axis_names(figure, across=kind.label, up="", note=note)
        return figure

    def _draw(self, axes: Axes, name: str, *, colour: str, opacity: float) -> None:
        found = [_stretch(fold, name) for fold in self.folds[-MOST_FOLDS:]]
        left = rows.positions(pd.Series([start for start, _ in found]))
        width = rows.positions(pd.Series([stop for _, stop in found])) - left
        there = np.flatnonzero(width > 0)
        if len(there):
            axes.barh(
                there,
                width[there],
                left=left[there],
                height=0.62,
                color=colour,
                alpha=opacity,
                linewidth=0,
                label=name,
            )


def _stretch(fold: FoldRow, name: str) -> tuple[rows.Stamp, rows.Stamp]:
    learnt = fold.test_start if fold.gap_start is None else fold.gap_start
    return {
        "train": (fold.train_start, fold.validation_start),
        "validation": (fold.validation_start, learnt),
        "gap": (learnt, fold.test_start),
        "test": (fold.test_start, fold.test_stop),
    }[name]


@dataclass(frozen=True)
class LossPlot:
    """Training and validation loss by epoch, one panel a fit; see `figure`."""

    records: tuple[EpochRecord, ...]

    def figure(self) -> Figure:
        """Draw the first `MOST_FITS` fits, those of a model side by side; needs a record."""
        fits = _by_model(self.records)
        shown = fits[:MOST_FITS]
        columns = len(shown) if len(shown) <= MOST_COLUMNS else MOST_COLUMNS - 1
        figure, places = grid_of(len(shown), Layout(columns, 9.0 / columns, 1.9))
        for place, (axes, records) in enumerate(zip(places, shown, strict=True)):
            _draw_fit(axes, records)
            axes.tick_params(labelleft=place % columns == 0)
        _share_scale(places)
        legend_above(figure, *places)
        note = rows.left_out(len(shown), len(fits) - len(shown), "fits")
        axis_names(figure, across="epoch", up="loss (scaled units)", note=note)
        return figure


def _by_model(records: Sequence[EpochRecord]) -> list[list[EpochRecord]]:
    """Gather the epochs of each fit; the fits of a model follow each other."""
    by_fit: dict[str, list[EpochRecord]] = {}
    for record in records:
        by_fit.setdefault(record.fit, []).append(record)
    models = list(dict.fromkeys(_model_of(fit) for fit in by_fit))
    return [by_fit[fit] for fit in sorted(by_fit, key=lambda fit: models.index(_model_of(fit)))]


def _model_of(fit: str) -> str:
    """Name of the model in the name of a fit: what comes before its comma."""
    return fit.partition(",")[0]


def _draw_fit(axes: Axes, records: Sequence[EpochRecord]) -> None:
    table = pd.DataFrame(
        {
            "epoch": [record.epoch for record in records],
            "train": [record.train_loss for record in records],
            "validation": [record.validation_loss for record in records],
        }
    ).astype(np.float64)
    x, first = rows.values(table, "epoch"), 1
    train, validation = rows.values(table, "train"), rows.values(table, "validation")
    kept = rows.thin(train, POINTS_PER_CURVE)
    draw_line(axes, rows.Line(x, train).at(kept), _TRAIN, label="train", order=2)
    axes.set_title(rows.clean(records[0].fit), size=8.5)
    if len(records) == 1:
        axes.set_xlim(x[0] - 1, x[0] + 1)
    if np.isfinite(validation).any():
        kept = rows.thin(validation, POINTS_PER_CURVE)
        draw_line(axes, rows.Line(x, validation).at(kept), _TAIL, label="validation", order=3)
        best = [place for place, record in enumerate(records) if record.best][-1:]
        if best:
            axes.plot(
                x[best],
                validation[best],
                "*",
                color=VERMILLION,
                markersize=9,
                label="kept",
                zorder=4,
            )
        else:
            _mark_untrained(axes)
            first = 0
    whole_ticks(axes, first, int(x[-1]))


def _mark_untrained(axes: Axes) -> None:
    """Put a star at epoch 0, on the axis: its loss is not among the records."""
    axes.plot(
        [0.0],
        [0.0],
        "*",
        transform=axes.get_xaxis_transform(),
        markerfacecolor="none",
        markeredgecolor=VERMILLION,
        markersize=9,
        label="kept: untrained (epoch 0)",
        clip_on=False,
        zorder=4,
    )


def _share_scale(places: Sequence[Axes]) -> None:
    """Give all panels one vertical range, logarithmic where losses differ twentyfold."""
    lows, highs = zip(*(axes.dataLim.intervaly for axes in places), strict=True)
    low, high = min(lows), max(highs)
    if not np.isfinite([low, high]).all():
        return
    wide = low > 0 and high / low > LOG_SCALE_RATIO
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    for axes in places:
        if wide:
            axes.set_yscale("log")
            axes.set_ylim(low / 1.2, high * 1.2)
        else:
            axes.set_ylim(low - margin, high + margin)


_TRAIN = Stroke(MUTED, "--", "o", 1.3)
_TAIL = Stroke(BLUE, "-", "o", 1.7)
