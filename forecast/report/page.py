"""The report of a run: one self-contained HTML page that needs no network and runs no code.

It is made of plain values, in this order: what was done, the verdict, the table, the charts, the
notes, the configuration. Every text is escaped; a chart is SVG text made by `charts`, or empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from forecast.report.style import STYLE
from forecast.report.table import IntervalRow, ScoreRow, render_intervals, render_table

MOST_NOTES = 100
LONGEST_TEXT = 2_000
LONGEST_CONFIG = 100_000
NOT_JUDGED = "Not validated: without folds nothing is known of how well this forecasts."
# The page may use its own style sheet and nothing else; a browser refuses the rest.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_AHEAD = "The newest observations, then the forecast."
_SHADED = " An interval of 80\N{NO-BREAK SPACE}% should hold four of five future values"
_FORECAST = {
    "conformal": f"{_AHEAD}{_SHADED}; it is shaded where enough past errors are known.",
    "head": f"{_AHEAD}{_SHADED}.",
    "none": _AHEAD,
}
_WALK_FORWARD = (
    "Forecasts made at past cutoffs, each from the rows before it alone, beside what happened. "
    "Dotted lines mark the first step of each."
)
_STEPS = "Mean over all folds, by how far ahead the forecast looks. Lower is better."
_FOLDS = (
    "Each fold learns from its training rows, stops early on its validation rows, and is judged "
    "on its test rows, which it has never seen."
)
_LOSSES = (
    "Each fit with validation rows keeps the weights of its best epoch (star). Epoch 0 is the "
    "network before training, which repeats the past."
)
_SCORES = (
    "All folds together; the best of each column in bold. Lower is better but for skill, the share "
    "of the error of seasonal naive that a model avoids."
)
_MASE = (
    "MASE is the error relative to that of seasonal naive within the training and validation rows "
    "of each fold. Standardised errors, in metrics.json, are relative to the deviation of the "
    "training rows alone, those that a scaler is fitted on."
)
_INTERVALS = {
    "conformal": "How often what happened lay inside the interval that a fold could give at the "
    "time, from the errors of the folds before it.",
    "head": "How often what happened lay inside the interval that the model gave of itself.",
}


@dataclass(frozen=True)
class Page:
    """What the report shows.

    Parameters
    ----------
    title : str
        Heading and title of the page, such as ``gru on demand.csv``.
    verdict : str
        In words; empty when there was no validation.
    better : bool, optional
        Whether the model won; colours the verdict. None for a tie or no verdict.
    command : str
        What to run instead or next; empty for none.
    facts : sequence of (str, str)
        Name and value of what was understood of the file and the run, shown in one line.
    rows : sequence of ScoreRow
        The table, the judged model and its baselines, or the leaderboard.
    main : str
        The model that the report is about; its row stands out.
    intervals : sequence of IntervalRow
        How often the intervals of that model held; levels that no fold has are not shown.
    source : str
        What they are made of: ``conformal`` or ``head``; ``none`` where there are none.
    forecast, walk_forward, steps, folds, losses : str
        Charts as SVG text.
    notes : mapping of str to sequence of str
        What was decided, repaired or is missing, a sentence each, by subject.
    config : str
        The resolved configuration as YAML text.
    """

    title: str
    verdict: str = ""
    better: bool | None = None
    command: str = ""
    facts: Sequence[tuple[str, str]] = ()
    rows: Sequence[ScoreRow] = ()
    main: str = ""
    intervals: Sequence[IntervalRow] = ()
    source: str = "conformal"
    forecast: str = ""
    walk_forward: str = ""
    steps: str = ""
    folds: str = ""
    losses: str = ""
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    config: str = ""


def render_page(page: Page) -> str:
    """Return the page as HTML text, the same for the same values.

    Parameters
    ----------
    page : Page
        What to show. More than `MOST_NOTES` notes are counted, not shown.
    """
    title = _text(page.title)
    body = "\n".join(
        part
        for part in (
            f"<header>\n<h1>{title}</h1>\n{_facts(page.facts)}</header>",
            _verdict(page),
            _section("Scores", _scores(page)),
            _section("Intervals", _intervals(page)),
            *(_section(heading, _figure(svg, caption)) for heading, svg, caption in _charts(page)),
            _section("Notes", _notes(page.notes)),
            _section("Configuration", _configuration(page.config)),
        )
        if part
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _charts(page: Page) -> tuple[tuple[str, str, str], ...]:
    return (
        ("Forecast", page.forecast, _FORECAST[page.source]),
        ("Last fold", page.walk_forward, _WALK_FORWARD),
        ("Error by step", page.steps, _STEPS),
        ("Folds", page.folds, _FOLDS),
        ("Loss", page.losses, _LOSSES),
    )


def _text(text: str, longest: int = LONGEST_TEXT) -> str:
    """Escape a text and cut it where it would swell the page."""
    return escape(text if len(text) <= longest else text[: longest - 1] + "…")


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    if not facts:
        return ""
    pairs = "\n".join(
        f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in facts
    )
    return f"<dl>\n{pairs}\n</dl>\n"


def _verdict(page: Page) -> str:
    kind = {None: "", True: " better", False: " worse"}[page.better]
    command = f"\n<p><code>{_text(page.command)}</code></p>" if page.command else ""
    words = _text(page.verdict or NOT_JUDGED)
    return f'<section class="verdict{kind}">\n<p>{words}</p>{command}\n</section>'


def _scores(page: Page) -> str:
    table = render_table(page.rows, main=page.main)
    if not table:
        return ""
    return f'<p class="small">{_SCORES}</p>\n{table}<p class="small">{_MASE}</p>'


def _intervals(page: Page) -> str:
    table = render_intervals(page.intervals)
    return f'<p class="small">{_INTERVALS[page.source]}</p>\n{table}' if table else ""


def _figure(svg: str, caption: str) -> str:
    if not svg:
        return ""
    inline = svg.replace(' xmlns="http://www.w3.org/2000/svg"', "", 1)
    return f"<figure>\n<figcaption>{caption}</figcaption>\n{inline}\n</figure>"


def _notes(notes: Mapping[str, Sequence[str]]) -> str:
    """List the notes by subject, `MOST_NOTES` in all."""
    lists, left = [], MOST_NOTES
    for subject, sentences in notes.items():
        items = "\n".join(f"<li>{_text(note)}</li>" for note in sentences[:left])
        if items:
            lists.append(f"<h3>{_text(subject.capitalize())}</h3>\n<ul>\n{items}\n</ul>")
        left = max(0, left - len(sentences))
    hidden = sum(map(len, notes.values())) - MOST_NOTES
    if hidden > 0:
        lists.append(f'<p class="small">and {hidden:,d} more, in metrics.json</p>')
    return "\n".join(lists)


def _configuration(config: str) -> str:
    if not config:
        return ""
    return (
        "<details>\n<summary>Every value that this run used</summary>\n"
        f"<pre>{_text(config, LONGEST_CONFIG)}</pre>\n</details>"
    )


def _section(heading: str, body: str) -> str:
    return f"<section>\n<h2>{heading}</h2>\n{body}\n</section>" if body else ""
