"""The chart of growth: a column an axis, seconds above and memory below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from benchmarks.speed.growth import AXES, Size
from forecast.report.canvas import new_figure, style_axes, to_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"train": "#1f6f8b", "predict": "#c8553d"}
MIB = 2**20


def growth_png(known: Mapping[Size, Mapping[str, float]]) -> bytes:
    """Draw what was measured as the bytes of a PNG file."""
    return to_png(lambda: _figure(known))


def _figure(known: Mapping[Size, Mapping[str, float]]) -> Figure:
    figure = new_figure(9.0, 5.0)
    grid = figure.subplots(2, len(AXES), sharex="col", sharey="row", squeeze=False)
    for place, axis in enumerate(AXES):
        points = sorted((size.along, value) for size, value in known.items() if size.axis == axis)
        above, below = grid[:, place]
        for name, colour in COLOURS.items():
            x = [along for along, _ in points]
            above.plot(x, [value[name] for _, value in points], "o-", color=colour, label=name)
            peaks = [max(value[f"{name} peak"], 1) / MIB for _, value in points]
            below.plot(x, peaks, "o-", color=colour, label=name)
        below.set_xlabel(axis)
        _logarithmic(above)
        _logarithmic(below)
    grid[0, 0].set_ylabel("seconds")
    grid[1, 0].set_ylabel("MiB at most")
    grid[0, 0].legend(frameon=False)
    return figure


def _logarithmic(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    style_axes(axes, grid="both")
