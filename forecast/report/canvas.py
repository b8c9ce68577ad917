"""Where matplotlib lives: a clean set of defaults, one figure, and its SVG or PNG bytes.

Every drawing runs under matplotlib's own defaults plus ours, so that neither a user's matplotlibrc
nor an earlier drawing changes a byte, and leaves the process's settings as it found them.
"""

from __future__ import annotations

import io
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

from forecast.report.palette import DARK, GRID, INK, MUTED, WHITE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

    from forecast.report.series import Kind

PNG_DOTS_PER_INCH = 144
FEW_TICKS = 8
_SETTINGS: Mapping[RcKeyType, object] = {
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.formatter.limits": (-4, 6),
    "axes.formatter.useoffset": False,
    "axes.labelcolor": MUTED,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
}
_DAY, _CLOCK = "%d %b", "%H:%M"
_LONG_COUNT = 10_000
# matplotlib's settings belong to the process, so drawings take turns.
_TURN = threading.Lock()


@contextmanager
def _errors_alone() -> Iterator[None]:
    """Leave out what matplotlib says of its cache where no folder of the user may be written."""
    logger = logging.getLogger("matplotlib")
    logger.addFilter(_is_error)
    try:
        yield
    finally:
        logger.removeFilter(_is_error)


def _is_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR


@contextmanager
def _settings(salt: str) -> Iterator[None]:
    """Draw under known settings; a glyph that the font lacks is no cause for a warning."""
    with _TURN, _errors_alone():
        import matplotlib as mpl

        with mpl.rc_context(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mpl.rcdefaults()
            mpl.rcParams.update(_SETTINGS)
            mpl.rcParams["svg.hashsalt"] = salt
            yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches that arranges itself."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def to_svg(build: Callable[[], Figure], *, name: str, label: str) -> str:
    """Draw a figure as one ``<svg>`` element.

    Parameters
    ----------
    build : callable
        Makes the figure; called under the settings of this module.
    name : str
        Keeps the identifiers of several charts on one page apart.
    label : str
        What the chart shows, for a screen reader.
    """
    buffer = io.StringIO()
    bare = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with _settings(name):
        build().savefig(buffer, format="svg", transparent=True, metadata=bare)
    return _tidy(buffer.getvalue(), label)


def to_png(build: Callable[[], Figure]) -> bytes:
    """Draw a figure as the bytes of a PNG file on white."""
    buffer = io.BytesIO()
    with _settings("png"):
        build().savefig(
            buffer,
            format="png",
            dpi=PNG_DOTS_PER_INCH,
            facecolor=WHITE,
            metadata={"Software": None},
        )
    return buffer.getvalue()


def style_axes(axes: Axes, *, grid: str = "y") -> None:
    """Keep two spines and a quiet grid along ``grid`` (``x``, ``y`` or ``both``)."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="both" if grid == "both" else "x" if grid == "x" else "y")
    axes.tick_params(length=3, labelsize=8.5)


def whole_ticks(axes: Axes, first: int, last: int) -> None:
    """Put the marks of the horizontal axis on whole numbers, all of them where they are few."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    if last - first < FEW_TICKS:
        axes.xaxis.set_major_locator(FixedLocator(range(first, last + 1)))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=FEW_TICKS, integer=True, min_n_ticks=1))


def time_ticks(axes: Axes, kind: Kind, *, most: int) -> None:
    """Label a horizontal axis of `positions`: dates in their own zone, or whole steps."""
    from matplotlib import dates, ticker

    low, high = axes.get_xlim()
    if not kind.calendar:
        axes.xaxis.set_major_locator(ticker.MaxNLocator(nbins=most, integer=True, min_n_ticks=1))
        axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: _counted(value)))
        return
    # matplotlib's dates carry no annotations.
    fewest = most // 2  # or a span of two years would have a mark for each
    locator = dates.AutoDateLocator(tz=kind.zone, minticks=fewest, maxticks=most)  # type: ignore[no-untyped-call]
    formatter = dates.ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator,
        tz=kind.zone,
        formats=["%Y", "%b", _DAY, _CLOCK, _CLOCK, "%S.%f"],
        zero_formats=["", "%Y", _DAY, _DAY, _CLOCK, _CLOCK],
        offset_formats=["", "%Y", "%Y", f"{_DAY} %Y", f"{_DAY} %Y", f"{_DAY} %Y {_CLOCK}"],
    )
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(formatter)
    axes.set_xlim(low, high)


def _counted(value: float) -> str:
    """Write a step; one of four digits may well be a year, and has no comma."""
    return f"{value:.0f}" if abs(value) < _LONG_COUNT else f"{value:,.0f}"


_TAG = re.compile(r"<[^<>]*>")
_GROUP_ID = re.compile(r'(<(?:g|svg)\b[^>]*?) id="[^"]*"')
_FONT = re.compile(r"font-family: [^;\"]*|(?<=px )'DejaVu Sans'[^;\"]*")
_LONG = re.compile(r"(\d\.\d\d)\d+")
_PATH = re.compile(r'(?<= d=")[^"]*')
_STYLE = re.compile(r'(?<= style=")[^"]*')
_SIZE = re.compile(r' (?:width|height)="[\d.]+pt"')
_COLOUR = re.compile("|".join(DARK))


def _tidy(svg: str, label: str) -> str:
    """Make matplotlib's file an element for a page: no prologue, no outside names, our colours."""
    body = _TAG.sub(_tidy_tag, svg[svg.index("<svg") :])
    start, rest = body.split(">", maxsplit=1)
    # The style element would reach every element of the page; its two properties are inherited.
    rest = re.sub(r"\s*<defs>\s*<style.*?</style>\s*</defs>", "", rest, count=1, flags=re.DOTALL)
    start = _SIZE.sub("", start.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', ""))
    spoken = f' role="img" aria-label="{escape(label)}"'
    inherited = ' style="stroke-linejoin: round; stroke-linecap: butt"'
    return re.sub(r"\n\s*", "\n", f"{start}{spoken}{inherited}>{rest}").strip()


def _tidy_tag(match: re.Match[str]) -> str:
    """Shorten one tag; text between tags is never touched."""
    tag = _GROUP_ID.sub(r"\1", match[0]).replace("xlink:href", "href")
    tag = _PATH.sub(lambda path: " ".join(_LONG.sub(r"\1", path[0]).split()), tag)
    return _STYLE.sub(_tidy_style, tag)


def _tidy_style(match: re.Match[str]) -> str:
    style = _FONT.sub(
        lambda font: ("font-family: " if ":" in font[0] else "") + "system-ui, sans-serif",
        match[0],
    )
    return _COLOUR.sub(lambda colour: f"var(--{DARK[colour[0]][0]}, {colour[0]})", style)
