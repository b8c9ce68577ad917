"""Colours that survive colour blindness, grey printing, and a light or a dark background.

The hues are those of Okabe and Ito (2008), *Color Universal Design*, darkened where a thin line
would be too faint on white. A chart is drawn in the light colours; in its SVG every colour becomes
a CSS variable with the light colour as fallback, so that the page can change them all for the dark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

INK = "#1f2933"
MUTED = "#657180"
GRID = "#dfe3e8"
BLUE = "#0072b2"
VERMILLION = "#d55e00"
GREEN = "#00865f"
PURPLE = "#a8478a"
OCHRE = "#b07d00"
SKY = "#3d9fd6"
WHITE = "#ffffff"

# Name of the CSS variable and its value on a dark background, for each colour above.
DARK = {
    INK: ("ink", "#e6e9ed"),
    MUTED: ("muted", "#9aa5b1"),
    GRID: ("grid", "#333b45"),
    BLUE: ("blue", "#56b4f0"),
    VERMILLION: ("vermillion", "#ff8c42"),
    GREEN: ("green", "#35c99a"),
    PURPLE: ("purple", "#e39acb"),
    OCHRE: ("ochre", "#e8bb3c"),
    SKY: ("sky", "#8fd0fa"),
}


@dataclass(frozen=True)
class Stroke:
    """How one model is drawn: by colour, dash, marker and width, never by colour alone."""

    colour: str
    dash: str
    marker: str
    width: float


_OTHERS = (
    Stroke(VERMILLION, "--", "s", 1.3),
    Stroke(GREEN, "-.", "^", 1.3),
    Stroke(PURPLE, ":", "D", 1.6),
    Stroke(OCHRE, "--", "v", 1.3),
    Stroke(SKY, "-.", "P", 1.3),
    Stroke(MUTED, ":", "X", 1.6),
)


def strokes(models: Iterable[str], main: str) -> dict[str, Stroke]:
    """Give each model its stroke; ``main`` is the solid blue one, more than seven repeat."""
    others = [model for model in models if model != main]
    chosen = {model: _OTHERS[place % len(_OTHERS)] for place, model in enumerate(others)}
    return {main: Stroke(BLUE, "-", "o", 2.0), **chosen}


def css_variables(*, dark: bool) -> str:
    """Return the declarations of all colours for one background."""
    pairs = ((name, shade if dark else light) for light, (name, shade) in DARK.items())
    return " ".join(f"--{name}: {colour};" for name, colour in pairs)
