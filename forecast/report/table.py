"""The score table of the page: models down, metrics across, the best of each in bold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecast.validation.evaluation import Seconds
    from forecast.validation.significance import Difference

METRICS = {"mae": "MAE", "rmse": "RMSE", "mape": "MAPE %", "mase": "MASE"}
SKILL = "skill"
DASH = "\N{EN DASH}"
_REASONS = {
    "mae": "no forecast could be compared with an actual value",
    "rmse": "no forecast could be compared with an actual value",
    "mape": "percentages need an actual value other than zero",
    "mase": "the seasonal naive error of the training rows is zero or unknown",
    SKILL: "it needs an error of seasonal naive above zero, and one of its own",
}
_DIGITS = 4
_LARGEST_PLAIN = 1e7
_SMALLEST_PLAIN = 1e-4
_MINUTE = 60.0


@dataclass(frozen=True)
class ScoreRow:
    """One model of the table.

    Parameters
    ----------
    model : str
        Its name.
    metrics : mapping of str to float or None
        At least ``mae``, ``rmse``, ``mape`` and ``mase``; None (or nan) where undefined.
    skill : float, optional
        1 - MASE / MASE of seasonal naive.
    rank : int, optional
        Place on a leaderboard, from 1.
    parameters : int, optional
        How many numbers were learnt.
    seconds : Seconds, optional
        Wall times.
    peak_memory : int, optional, in bytes
    against_reference, against_above : Difference, optional
        From seasonal naive, and from the model one rank above.
    reasons : mapping of str to str
        Why a metric is undefined, where more is known than the general reason.
    """

    model: str
    metrics: Mapping[str, float | None]
    skill: float | None = None
    rank: int | None = None
    parameters: int | None = None
    seconds: Seconds | None = None
    peak_memory: int | None = None
    against_reference: Difference | None = None
    against_above: Difference | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class IntervalRow:
    """How the intervals of one level did.

    Parameters
    ----------
    level : float, in percent
    coverage : float or None
        Share of the actual values inside, from 0 to 1; None where no fold has such an interval.
    width : float or None, in units of the file
        Mean distance between both ends.
    forecasts : int
        How many could be looked at.
    """

    level: float
    coverage: float | None
    width: float | None
    forecasts: int


def render_intervals(rows: Sequence[IntervalRow]) -> str:
    """Return the levels that could be looked at as a table; empty where there is none."""
    body = "\n".join(
        f'<tr><th scope="row" class="name">{row.level:g} %</th>'
        f"<td>{100 * row.coverage:.1f} %</td><td>{format_number(row.width)}</td>"
        f"<td>{row.forecasts:,d}</td></tr>"
        for row in rows
        if row.coverage is not None and row.width is not None
    )
    if not body:
        return ""
    names = ("Held", "Mean width", "Forecasts")
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    return (
        '<div class="wide"><table>\n<thead><tr><th scope="col" class="name">Interval</th>'
        f"{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>\n"
    )


def render_table(rows: Sequence[ScoreRow], *, main: str) -> str:
    """Return the table as HTML, with the reasons for its dashes; empty without rows.

    The columns after the metrics are there when a row fills them. What is best is in bold; a row
    without rank among ranked ones is of other folds, and left out of that.
    """
    if not rows:
        return ""
    metrics = {key: [_defined(row.metrics.get(key)) for row in rows] for key in METRICS}
    rivals = [row.rank is not None or not _ranked(rows) for row in rows]
    columns = [_Column(METRICS[key], _marked(found, min, rivals)) for key, found in metrics.items()]
    dashes = {METRICS[key]: _reasons(rows, key, found) for key, found in metrics.items()}
    skills = [_defined(row.skill) for row in rows]
    if any(skill is not None for skill in skills):
        columns.append(_Column("Skill", _marked(skills, max, rivals, format_skill)))
        dashes["Skill"] = _reasons(rows, SKILL, skills)
    columns += [_Column(head, cells) for head, cells in _costs(rows).items() if any(cells)]
    return _html(rows, columns, main=main) + _footnotes(dashes)


def format_number(value: float) -> str:
    """Write a score with four digits: ``1,235``, ``12.35``, ``0.07123``, ``1.235e+09``."""
    size = abs(value)
    if size and not _SMALLEST_PLAIN <= size < _LARGEST_PLAIN:
        return f"{value:.{_DIGITS - 1}e}"
    before = math.floor(math.log10(size)) + 1 if size else _DIGITS
    return f"{value:,.{max(0, _DIGITS - before)}f}"


def format_skill(value: float) -> str:
    """Write a skill as a signed percentage; nought has no sign."""
    percent = round(100 * value, 1) + 0.0
    return f"{percent:{'+' if percent else ''}.1f} %".replace("-", "\N{MINUS SIGN}")


def format_seconds(seconds: float | None) -> str:
    """Write a time as ``0.4 s``, ``12 s`` or ``3 min 05 s``."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    if round(seconds) < _MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004
    minutes, rest = divmod(round(seconds), round(_MINUTE))
    return f"{minutes:,d} min {rest:02d} s"


def format_memory(count: int) -> str:
    """Write bytes as megabytes: ``0.4 MB``, ``12 MB``, ``1,234 MB``."""
    megabytes = count / 1e6
    return f"{megabytes:.1f} MB" if megabytes < 10 else f"{megabytes:,.0f} MB"  # noqa: PLR2004


def _costs(rows: Sequence[ScoreRow]) -> dict[str, list[str]]:
    """Return the columns about cost and chance; an empty cell where nothing is known."""
    times = [row.seconds for row in rows]
    return {
        "Parameters": ["" if row.parameters is None else f"{row.parameters:,d}" for row in rows],
        "Fit": [format_seconds(None if time is None else time.fit) for time in times],
        "Predict": [format_seconds(None if time is None else time.validate) for time in times],
        "Memory": [
            "" if row.peak_memory is None else format_memory(row.peak_memory) for row in rows
        ],
        "Against naive": [_chance(row.against_reference) for row in rows],
        "Against above": [_chance(row.against_above) for row in rows],
    }


def _chance(found: Difference | None) -> str:
    if found is None or found.p is None:
        return ""
    return f"{'tie, ' if found.tie else ''}p {escape(str(found.shown))}"


def _ranked(rows: Sequence[ScoreRow]) -> bool:
    return any(row.rank is not None for row in rows)


@dataclass(frozen=True)
class _Column:
    """A heading and the cells under it, as HTML."""

    heading: str
    cells: Sequence[str]


def _defined(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _marked(
    found: Sequence[float | None],
    choose: Callable[[Sequence[float]], float],
    rivals: Sequence[bool],
    write: Callable[[float], str] = format_number,
) -> list[str]:
    """Write a column; what reads the same as the best, among several, is in bold too."""
    pairs = list(zip(found, rivals, strict=True))
    defined = [value for value, rival in pairs if rival and value is not None]
    best = write(choose(defined)) if len(defined) > 1 else None
    texts = [(DASH if value is None else write(value), rival) for value, rival in pairs]
    return [f"<strong>{text}</strong>" if rival and text == best else text for text, rival in texts]


def _reasons(rows: Sequence[ScoreRow], key: str, found: Sequence[float | None]) -> dict[str, str]:
    """Why each model without a value has none."""
    pairs = zip(rows, found, strict=True)
    return {row.model: row.reasons.get(key, _REASONS[key]) for row, value in pairs if value is None}


def _html(rows: Sequence[ScoreRow], columns: Sequence[_Column], *, main: str) -> str:
    ranked = _ranked(rows)
    names = ["Rank"] if ranked else []
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    heads += '<th scope="col" class="name">Model</th>'
    heads += "".join(f'<th scope="col">{escape(column.heading)}</th>' for column in columns)
    lines = []
    for place, row in enumerate(rows):
        rank = DASH if row.rank is None else f"{row.rank:d}"
        cells = f"<td>{rank}</td>" if ranked else ""
        cells += f'<th scope="row" class="name">{escape(row.model)}</th>'
        cells += "".join(f"<td>{column.cells[place]}</td>" for column in columns)
        kind = ' class="main"' if row.model == main else ""
        lines.append(f"<tr{kind}>{cells}</tr>")
    body = "\n".join(lines)
    return (
        f'<div class="wide"><table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>\n"
    )


def _footnotes(dashes: Mapping[str, Mapping[str, str]]) -> str:
    """Say once for each metric and reason why there is a dash, and for which models."""
    lines = []
    for heading, reasons in dashes.items():
        for reason in dict.fromkeys(reasons.values()):
            models = ", ".join(model for model, why in reasons.items() if why == reason)
            lines.append(f"{DASH} {heading.removesuffix(' %')} of {models}: {reason}.")
    return "".join(f'<p class="small">{escape(line)}</p>\n' for line in lines)
