"""Small multiples over time, one panel a series: forecasts with intervals, and walk-forward."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.report import series as rows
from forecast.report.canvas import new_figure, style_axes, time_ticks
from forecast.report.palette import BLUE, INK, MUTED, Stroke, strokes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS_PER_LINE = 400
_OPACITY = (0.30, 0.15, 0.10, 0.07)  # innermost interval first
_INCHES_PER_LETTER = 0.075  # of a legend; a key and its space take as much as seven letters
_LETTERS_PER_KEY = 7
INTERVAL = " % interval"


@dataclass(frozen=True)
class Layout:
    """How many panels in a row, and the size of each in inches."""

    columns: int
    width: float
    height: float


def layout_for(count: int) -> Layout:
    """Choose the arrangement of ``count`` panels on a page 9 inches wide."""
    if count == 1:
        return Layout(1, 9.0, 3.4)
    return Layout(2, 4.5, 2.4) if count <= 4 else Layout(3, 3.0, 2.1)  # noqa: PLR2004


def grid_of(count: int, layout: Layout) -> tuple[Figure, list[Axes]]:
    """Return a figure with ``count`` panels; places of the last row may stay empty."""
    columns = min(count, layout.columns)
    lines = math.ceil(count / columns)
    figure = new_figure(columns * layout.width, lines * layout.height + 0.6)
    places = figure.subplots(lines, columns, squeeze=False).reshape(-1)
    for axes in places[count:]:
        axes.set_visible(False)
    for axes in places[:count]:
        style_axes(axes)
    return figure, list(places[:count])


def legend_above(figure: Figure, *places: Axes) -> None:
    """Name what is drawn, once for all panels."""
    named: dict[str, Artist] = {}
    for axes in places:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            named.setdefault(str(label), handle)
    if named:
        labels = sorted(named, key=lambda label: label.endswith(INTERVAL))
        handles = [named[label] for label in labels]
        length = sum(_INCHES_PER_LETTER * (len(label) + _LETTERS_PER_KEY) for label in labels)
        columns = math.ceil(len(labels) / math.ceil(length / figure.get_figwidth()))
        figure.legend(handles, labels, loc="outside upper left", ncols=columns)


def axis_names(figure: Figure, *, across: str, up: str, note: str) -> None:
    """Name both axes of all panels, with a note on what is not shown."""
    below = f"{across}\n{note}" if note else across
    figure.supxlabel(below, color=MUTED, size=9)
    figure.supylabel(up, color=MUTED, size=9)


def draw_line(axes: Axes, line: rows.Line, stroke: Stroke, *, label: str, order: float) -> None:
    """Draw a line with gaps where values are missing; a point on its own becomes a dot."""
    axes.plot(
        line.x,
        line.y,
        color=stroke.colour,
        linestyle=stroke.dash,
        linewidth=stroke.width,
        label=label,
        zorder=order,
    )
    alone = line.at(rows.loners(line.y))
    axes.plot(alone.x, alone.y, stroke.marker, color=stroke.colour, markersize=4, zorder=order)


def draw_band(axes: Axes, band: rows.Band, *, opacity: float) -> None:
    """Shade an interval; a step on its own becomes a bar."""
    axes.fill_between(
        band.x,
        band.low,
        band.high,
        color=BLUE,
        alpha=opacity,
        linewidth=0,
        label=f"{band.level:g}{INTERVAL}",
    )
    alone = rows.loners(band.high - band.low)
    axes.vlines(
        band.x[alone],
        band.low[alone],
        band.high[alone],
        color=BLUE,
        alpha=opacity,
        linewidth=6,
    )


def _finish(axes: Axes, kind: rows.Kind, *, title: str, columns: int) -> None:
    axes.set_title(title)
    low, high = axes.dataLim.intervalx
    if low == high:
        axes.set_xlim(low - 1, high + 1)
    time_ticks(axes, kind, most=9 if columns == 1 else 5)


_ACTUAL = Stroke(INK, "-", "o", 1.2)


@dataclass(frozen=True)
class ForecastPlot:
    """Recent history and a forecast with its intervals; see `figure`."""

    frame: pd.DataFrame
    recent: pd.DataFrame
    model: str
    levels: tuple[float, ...]
    unit: str
    most: int
    total: int | None

    def figure(self) -> Figure:
        """Draw one panel for each of the first ``most`` series; needs a row in ``frame``."""
        names, hidden = rows.first_series(self.frame, self.most)
        if self.total is not None:
            hidden = self.total - len(names)
        layout = layout_for(len(names))
        figure, places = grid_of(len(names), layout)
        kind = rows.kind_of(self.frame["ds"])
        for name, axes in zip(names, places, strict=True):
            self._draw(axes, name)
            _finish(axes, kind, title=rows.clean(name), columns=layout.columns)
        legend_above(figure, *places)
        note = rows.left_out(len(names), hidden, "series")
        axis_names(figure, across=kind.label, up=rows.clean(self.unit), note=note)
        return figure

    def _draw(self, axes: Axes, name: str) -> None:
        ahead = rows.rows_of(self.frame, name)
        past = rows.recent_rows(self.recent, name, len(ahead))
        known = rows.Line(rows.positions(past["ds"]), rows.values(past, "y"))
        line = rows.Line(rows.positions(ahead["ds"]), rows.values(ahead, self.model))
        kept = rows.thin(line.y, POINTS_PER_LINE)
        inner_first = zip(sorted(self.levels), _OPACITY, strict=False)
        for level, opacity in reversed(list(inner_first)):
            low = rows.values(ahead, f"{self.model}-lo-{level:g}")[kept]
            high = rows.values(ahead, f"{self.model}-hi-{level:g}")[kept]
            if np.isfinite(high - low).any():
                draw_band(axes, rows.Band(level, line.x[kept], low, high), opacity=opacity)
        if len(known.x):
            known = known.at(rows.thin(known.y, POINTS_PER_LINE))
            draw_line(axes, known, _ACTUAL, label="observed", order=3)
            axes.axvline(known.x[-1], color=MUTED, linewidth=0.8, linestyle=(0, (2, 3)))
        main = strokes((), self.model)[self.model]
        draw_line(axes, line.at(kept), main, label=f"{rows.clean(self.model)} forecast", order=4)


@dataclass(frozen=True)
class WalkForwardPlot:
    """Forecasts made at past cutoffs beside what happened; see `figure`."""

    frame: pd.DataFrame
    models: tuple[str, ...]
    main: str
    unit: str
    most: int

    def figure(self) -> Figure:
        """Draw one panel for each of the first ``most`` series; needs a row in ``frame``."""
        names, hidden = rows.first_series(self.frame, self.most)
        layout = layout_for(len(names))
        figure, places = grid_of(len(names), layout)
        kind = rows.kind_of(self.frame["ds"])
        for name, axes in zip(names, places, strict=True):
            self._draw(axes, rows.rows_of(self.frame, name))
            _finish(axes, kind, title=rows.clean(name), columns=layout.columns)
        legend_above(figure, *places)
        note = rows.left_out(len(names), hidden, "series")
        axis_names(figure, across=kind.label, up=rows.clean(self.unit), note=note)
        return figure

    def _draw(self, axes: Axes, judged: pd.DataFrame) -> None:
        pieces = [judged[judged["cutoff"] == cutoff] for cutoff in end_to_end(judged)]
        known = judged[judged["ds"] >= pieces[0]["ds"].iloc[0]].drop_duplicates("ds")
        x, y = rows.positions(known["ds"]), rows.values(known, "y")
        kept = rows.thin(y, POINTS_PER_LINE)
        draw_line(axes, rows.Line(x, y).at(kept), _ACTUAL, label="observed", order=3)
        share = max(4, POINTS_PER_LINE // len(pieces))
        for model, stroke in strokes(self.models, self.main).items():
            lines = [_forecast_of(piece, model, share) for piece in pieces]
            joined = rows.Line(
                np.concatenate([line.x for line in lines]),
                np.concatenate([line.y for line in lines]),
            )
            order = 5 if model == self.main else 2
            draw_line(axes, joined, stroke, label=rows.clean(model), order=order)
        starts = [rows.positions(piece["ds"])[0] for piece in pieces]
        for start in starts if len(starts) <= POINTS_PER_LINE // 8 else []:
            axes.axvline(start, color=MUTED, linewidth=0.5, alpha=0.5, linestyle=(0, (1, 3)))


def _forecast_of(piece: pd.DataFrame, model: str, most: int) -> rows.Line:
    """Return the forecast of one cutoff, closed by a gap so that the next does not join it."""
    x, y = rows.positions(piece["ds"]), rows.values(piece, model)
    kept = rows.thin(y, most)
    return rows.Line(np.append(x[kept], x[-1]), np.append(y[kept], np.nan))


def end_to_end(judged: pd.DataFrame) -> list[object]:
    """Choose cutoffs of one series whose forecasts do not overlap, from the last cutoff back."""
    spans = judged.groupby("cutoff", sort=True)["ds"].agg(["min", "max"])
    chosen: list[object] = []
    reached = None
    for cutoff, first, last in reversed(list(spans.itertuples())):
        if reached is None or last < reached:
            chosen.append(cutoff)
            reached = first
    return chosen[::-1]


def ordered_models(frame: pd.DataFrame, models: Sequence[str]) -> tuple[str, ...]:
    """Keep the models that the frame has a column for."""
    return tuple(model for model in models if model in frame.columns)
