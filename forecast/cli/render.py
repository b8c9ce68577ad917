"""Results as text: small aligned tables, a verdict, notes by subject."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from forecast.report.table import format_number

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from forecast.validation.bands import IntervalScore
    from forecast.validation.significance import Difference
    from forecast.workflows.comparing.leaderboard import LeaderboardRow
    from forecast.workflows.notes import Notes
    from forecast.workflows.results import (
        CompareResult,
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
NOT_JUDGED: Final = "not validated: without folds nothing is known of how well this forecasts"


def train_report(result: TrainResult) -> Iterator[str]:
    """Say what a training came to: scores and verdict."""
    if result.evaluation is None:
        yield NOT_JUDGED
        return
    scores = {result.config.model.name: result.metrics, **result.baselines}
    yield from score_table(scores, result.skills)
    yield from closing(result)


def compare_report(result: CompareResult) -> Iterator[str]:
    """Say how the models compare."""
    yield from leaderboard(result.leaderboard)
    if result.standing is not None:
        yield ""
        yield result.standing
    yield from closing(result)


def score_table(scores: Mapping[str, Metrics], skills: Mapping[str, float | None]) -> Iterator[str]:
    """Give one row a model, its scores rounded so that they can be compared down a column."""
    columns = [[title, *_column(scores.values(), key)] for key, title in SHOWN.items()]
    percent = _percent(skills.get(name) for name in scores)
    yield from align([["model", *scores], *columns, ["skill %", *percent]])


def leaderboard(
    rows: Sequence[LeaderboardRow], before: Sequence[Sequence[str]] = ()
) -> Iterator[str]:
    """Give one row a model, best first, with its cost and how sure its place is.

    Parameters
    ----------
    before : sequence of columns
        That stand between the rank and the model.
    """
    measure = "mae" if all(row.metrics.get("mase") is None for row in rows) else "mase"
    times = [row.seconds for row in rows]
    fit = [None if time is None else time.fit for time in times]
    predict = [None if time is None else time.validate for time in times]
    columns = [
        *before,
        ["model", *(row.model for row in rows)],
        [SHOWN[measure], *_with_spread(rows, measure)],
        ["skill %", *_percent(row.skill for row in rows)],
        ["parameters", *_written((row.parameters for row in rows), "{:,}")],
        ["fit s", *_written(fit, "{:.1f}")],
        ["predict s", *_written(predict, "{:.1f}")],
        ["peak MB", *_written((_megabytes(row) for row in rows), "{:,.1f}")],
        ["vs naive", *(_chance(row.against_reference) for row in rows)],
        ["vs above", *(_chance(row.against_above, tied="tie") for row in rows)],
    ]
    ranks = ["rank", *_written((row.rank for row in rows), "{}")]
    for rank, line in zip(ranks, align(columns), strict=True):
        yield f"{rank:>4}  {line}"


def closing(result: TrainResult | CompareResult) -> Iterator[str]:
    """Say how the intervals did, then the verdict and the command that follows from it."""
    yield ""
    yield from interval_line(result.intervals)
    if result.verdict is None:
        return
    yield result.verdict.words
    if result.verdict.margin is not None:
        yield f"  {result.verdict.margin.words}"
    if result.command is not None:
        yield f"  {result.command}"


def interval_line(scores: Mapping[float, IntervalScore]) -> Iterator[str]:
    """Say in one line how often intervals held; nothing where none could be looked at."""
    parts, before = [], 0
    for level, score in scores.items():
        if score.coverage is not None and score.width is not None:
            held = f"{level:g} % intervals held {100 * score.coverage:.1f} %"
            of = f" of {count(score.forecasts, 'value')}" if score.forecasts != before else ""
            parts.append(f"{held}{of} (mean width {format_number(score.width)})")
            before = score.forecasts
    if parts:
        yield ", ".join(parts)


def note_block(notes: Notes, said: Container[str] = ()) -> Iterator[str]:
    """List by subject what was noticed; what was ``said`` on the way is not repeated."""
    groups = {
        subject: [note for note in sentences if note not in said]
        for subject, sentences in notes.groups.items()
        if subject != "understood"
    }
    width = max((len(subject) for subject, sentences in groups.items() if sentences), default=0)
    lines = [
        f"  {subject if place == 0 else '':<{width}}  {note}"
        for subject, sentences in groups.items()
        for place, note in enumerate(sentences)
    ]
    if lines:
        yield "notes"
        yield from lines


def note_lines(notes: Iterable[str]) -> Iterator[str]:
    """Say what was noticed, one note a line."""
    yield from (f"note: {note}" for note in notes)


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


def _written(values: Iterable[float | None], pattern: str) -> list[str]:
    return [NONE if value is None else pattern.format(value) for value in values]


def _megabytes(row: LeaderboardRow) -> float | None:
    return None if row.peak_memory is None else row.peak_memory / 1e6


def _chance(found: Difference | None, tied: str | None = None) -> str:
    """Write the probability of a test; a tie in a word, where there is one for it."""
    if found is None or found.shown is None:
        return NONE
    return tied if found.tie and tied is not None else found.shown


def _percent(skills: Iterable[float | None]) -> list[str]:
    return [NONE if skill is None else f"{round(100 * skill, 1) + 0.0:.1f}" for skill in skills]


def _with_spread(rows: Sequence[LeaderboardRow], key: str) -> list[str]:
    """Format one metric as ``0.712 ± 0.012`` where several seeds were tried."""
    none = dict.fromkeys((key,))
    both = [*(row.metrics for row in rows), *(row.spread or none for row in rows)]
    cells = _column(both, key)
    spreads = [
        "" if row.spread is None else f" ± {cell}"
        for row, cell in zip(rows, cells[len(rows) :], strict=True)
    ]
    width = max(map(len, spreads))
    return [cell + spread.ljust(width) for cell, spread in zip(cells, spreads, strict=False)]


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
