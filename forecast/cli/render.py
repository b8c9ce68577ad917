"""Results as text: small aligned tables, a verdict, a chart of a few characters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from forecast.data.load import Reading
    from forecast.validation.verdict import Verdict
    from forecast.workflows.results import (
        CompareResult,
        LeaderboardRow,
        Metrics,
        PredictResult,
        TrainResult,
    )

SHOWN: Final = {"mae": "MAE", "rmse": "RMSE", "mape": "MAPE %", "mase": "MASE"}
DIGITS: Final = 4
CHART_WIDTH: Final = 72
BLOCKS: Final = "▁▂▃▄▅▆▇█"
NONE: Final = "-"
SMALL: Final = 1e-2  # below it, fixed decimals would round the digits away


def train_report(result: TrainResult, *, said: Container[str] = ()) -> Iterator[str]:
    """Say what a training came to; notes that were ``said`` on the way are not repeated."""
    name = result.config.model.name
    yield from understood(result.reading)
    yield resolved(
        {
            "model": name,
            "horizon": result.config.model.horizon,
            "context": result.config.model.context_length,
            "season": result.config.data.season_length,
            "parameters": result.parameters,
        }
    )
    if result.evaluation is not None:
        yield ""
        yield from score_table({name: result.metrics, **result.baselines})
        yield from last_forecast(result, name)
    yield from verdict_lines(result.verdict)
    yield from note_lines([note for note in result.notes if note not in said])


def compare_report(result: CompareResult, *, said: Container[str] = ()) -> Iterator[str]:
    """Say how the models compare; notes that were ``said`` on the way are not repeated."""
    yield from understood(result.reading)
    yield ""
    yield from leaderboard(result.leaderboard)
    yield from verdict_lines(result.verdict)
    yield from note_lines([note for note in result.notes if note not in said])


def understood(reading: Reading) -> Iterator[str]:
    """Say what was understood of a file."""
    first, last = reading.span
    yield f"{reading.name}: {count(reading.rows, 'row')}, {first} to {last}"
    columns = reading.columns
    parts = [
        f"target {_named(columns.target)}" if columns.target else "a series in each row",
        f"time {_named(columns.time)}" if columns.time else "no time column",
        *([f"id {_named(columns.id)}"] if columns.id else []),
        f"step {reading.freq}" if reading.freq else "no frequency",
    ]
    if reading.absent:
        parts.append(f"{count(reading.absent, 'absent stamp')} added without a value")
    if reading.missing:
        parts.append(count(reading.missing, "missing value"))
    yield "  " + ", ".join(parts)


def resolved(values: Mapping[str, object]) -> str:
    """Put a few values on one line."""
    return "  " + ", ".join(f"{name} {value}" for name, value in values.items())


def score_table(scores: Mapping[str, Metrics]) -> Iterator[str]:
    """Give one row a model, its scores rounded so that they can be compared down a column."""
    columns = [[title, *_column(scores.values(), key)] for key, title in SHOWN.items()]
    yield from align([["model", *scores], *columns])


def leaderboard(rows: Sequence[LeaderboardRow]) -> Iterator[str]:
    """Give one row a model, best first, with its cost."""
    metrics = [row.metrics for row in rows]
    skills = [NONE if row.skill is None else f"{100 * row.skill:.1f}" for row in rows]
    columns = [
        ["model", *(row.model for row in rows)],
        *([title, *_column(metrics, key)] for key, title in SHOWN.items()),
        ["skill %", *skills],
        ["parameters", *(str(row.parameters) for row in rows)],
        ["seconds", *(f"{row.seconds.total:.1f}" for row in rows)],
    ]
    ranks = ["rank", *(str(row.rank) for row in rows)]
    for rank, line in zip(ranks, align(columns), strict=True):
        yield f"{rank:>4}  {line}"


def verdict_lines(verdict: Verdict | None) -> Iterator[str]:
    """Say the verdict, and the command that follows from it."""
    if verdict is None:
        return
    yield ""
    yield verdict.words
    if verdict.command:
        yield f"  {verdict.command}"


def note_lines(notes: Sequence[str]) -> Iterator[str]:
    """Say what was decided or is missing."""
    yield from (f"note: {note}" for note in notes)


def last_forecast(result: TrainResult, name: str) -> Iterator[str]:
    """Draw the last judged forecast of the first series that was judged beside what happened."""
    if result.evaluation is None or not result.evaluation.folds:
        return
    fold = result.evaluation.folds[-1]
    judged = [index for index, y in enumerate(fold.y[:, -1]) if any(map(math.isfinite, y))]
    if not judged:
        return
    place = judged[0]
    actual = [float(value) for value in fold.y[place, -1]]
    forecast = [float(value) for value in fold.forecasts[name][place, -1]]
    low, high = limits([*actual, *forecast])
    series = result.reading.panel.unique_ids[place]
    yield ""
    yield f"last forecast of {series}, {figure(low)} to {figure(high)}"
    yield f"  actual    {sparkline(actual, low, high)}"
    yield f"  forecast  {sparkline(forecast, low, high)}"


def forecast_chart(result: PredictResult) -> Iterator[str]:
    """Draw the first series of a forecast after its newest rows."""
    first = result.frame["unique_id"].iloc[0]
    ahead = [float(v) for v in result.frame.loc[result.frame["unique_id"] == first, result.model]]
    ahead = ahead[:CHART_WIDTH]
    recent = [float(v) for v in result.recent.loc[result.recent["unique_id"] == first, "y"]]
    recent = recent[max(0, len(recent) - (CHART_WIDTH - len(ahead))) :]
    low, high = limits([*recent, *ahead])
    yield f"{first}: {figure(low)} to {figure(high)}"
    yield f"  {sparkline(recent, low, high)}|{sparkline(ahead, low, high)}"


def sparkline(values: Sequence[float], low: float, high: float) -> str:
    """Draw values between two limits, one character each; a gap where there is none."""
    if len(values) > CHART_WIDTH:
        values = [values[i * len(values) // CHART_WIDTH] for i in range(CHART_WIDTH)]
    span = high - low
    steps = len(BLOCKS) - 1
    return "".join(
        (BLOCKS[round(steps * (value - low) / span)] if span > 0 else BLOCKS[steps // 2])
        if math.isfinite(value)
        else " "
        for value in values
    )


def limits(values: Sequence[float]) -> tuple[float, float]:
    """Return the least and the largest finite value, (0, 0) where there is none."""
    finite = [value for value in values if math.isfinite(value)]
    return (min(finite), max(finite)) if finite else (0.0, 0.0)


def figure(value: float) -> str:
    """Round one number to significant digits, without an exponent where that is short."""
    return f"{value:.{DIGITS}g}"


def align(columns: Sequence[Sequence[str]]) -> Iterator[str]:
    """Set columns beside each other, the first to the left and the others to the right."""
    widths = [max(len(cell) for cell in column) for column in columns]
    for row in zip(*columns, strict=True):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()


def count(number: int, noun: str) -> str:
    """Count things: ``1 row``, ``8,760 rows``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names)


def _column(rows: Iterable[Metrics], key: str) -> list[str]:
    """Format one metric with as many decimals as give its largest value its digits."""
    values = [row.get(key) for row in rows]
    known = [abs(value) for value in values if value is not None and math.isfinite(value)]
    largest = max(known, default=0.0)
    if 0 < largest < SMALL:
        return [NONE if value is None else f"{value:.{DIGITS - 1}e}" for value in values]
    before = len(str(int(largest)))
    decimals = max(DIGITS - before, 0)
    return [NONE if value is None else f"{value:.{decimals}f}" for value in values]
