"""A check as text: what was understood, the series with a small chart each, findings, advice."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from forecast.cli.render import NONE, align, count, figure, limits, sparkline
from forecast.cli.train_line import flags_of
from forecast.report.series import clean

if TYPE_CHECKING:
    from forecast.workflows.checking.advice import Advice
    from forecast.workflows.checking.finding import Finding
    from forecast.workflows.checking.result import CheckResult

SERIES_SHOWN = 5
CHART_WIDTH = 24
NAME_WIDTH = 24
LINE_WIDTH = 100
FOLD_WIDTH = 60
MINUTE, HOUR, DAY = 60, 3600, 86_400
MARGIN = "      "
SIZES = {
    "horizon": "horizon",
    "context_length": "context",
    "segment_length": "segment",
    "hidden_size": "hidden",
    "batch_size": "batch",
    "epochs": "epochs at most",
}


def check_report(result: CheckResult, *, line: str | None, explicit: str) -> Iterator[str]:
    """Say what a check found.

    Parameters
    ----------
    line : str or None
        The command that trains; None where ``train`` would refuse.
    explicit : str
        The same with all that was understood; not shown without the other.
    """
    reading = result.reading
    first, last = reading.span
    yield f"{reading.name}: {count(reading.rows, 'row')}, {first} to {last}"
    yield from (f"  {note}" for note in result.notes)
    yield ""
    yield from _series_table(result)
    yield ""
    for finding in result.findings:
        yield from _finding(finding)
    if result.plan is not None and result.advice is not None:
        from forecast.validation.folds import draw_folds

        yield ""
        yield from draw_folds(result.plan.schedule, reading.panel.length, FOLD_WIDTH)
        yield ""
        yield from _advice(result.advice)
    if line is not None:
        yield ""
        yield f"all that was understood: {explicit}"
        yield ""
        yield line


def _series_table(result: CheckResult) -> Iterator[str]:
    panel, profile = result.reading.panel, result.profile
    basics, shown = profile.basics, range(min(panel.n_series, SERIES_SHOWN))
    missing = basics.rows - basics.observed
    columns = [
        ["series", *(clean(panel.unique_ids[i], NAME_WIDTH) or NONE for i in shown)],
        ["steps", *(f"{basics.rows[i]:,}" for i in shown)],
        ["missing", *(f"{missing[i]:,}" for i in shown)],
        ["lowest", *(figure(float(basics.lowest[i])) for i in shown)],
        ["mean", *(figure(float(basics.mean[i])) for i in shown)],
        ["highest", *(figure(float(basics.highest[i])) for i in shown)],
        ["trend", *(_strength(float(profile.trend[i])) for i in shown)],
        ["season", *(_strength(float(profile.seasonal[i])) for i in shown)],
    ]
    charts = ["", *(_chart(panel.series(i)) for i in shown)]
    for row, chart in zip(align(columns), charts, strict=True):
        yield f"{row}  {chart}".rstrip()
    rest = panel.n_series - len(shown)
    if rest > 0:
        lengths = panel.lengths
        yield (
            f"and {rest:,} more; all {panel.n_series:,} have {_span(lengths)} steps, "
            f"{missing.sum():,} of {basics.rows.sum():,} missing"
        )


def _span(lengths: np.ndarray) -> str:
    least, most = int(lengths.min()), int(lengths.max())
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _chart(values: np.ndarray) -> str:
    """Draw the means of equal stretches."""
    parts = np.array_split(values, min(CHART_WIDTH, len(values)))
    means = [float(np.nanmean(part)) if np.isfinite(part).any() else np.nan for part in parts]
    low, high = limits(means)
    return sparkline(means, low, high)


def _strength(value: float) -> str:
    return NONE if np.isnan(value) else f"{value:.2f}"


def _finding(finding: Finding) -> Iterator[str]:
    yield from _wrapped(f"{finding.severity:<6}{finding.message}")
    if finding.fix:
        fix = "fix: " if finding.severity != "ok" else ""
        yield from _wrapped(f"{MARGIN}{fix}{finding.fix}")
    if finding.settings:
        yield from _wrapped(f"{MARGIN}taken: {shlex.join(flags_of(finding.settings))}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        LINE_WIDTH,
        subsequent_indent=MARGIN,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def _advice(advice: Advice) -> Iterator[str]:
    sizes = [f"{word} {advice.sizes[name]}" for name, word in SIZES.items() if name in advice.sizes]
    yield ", ".join([advice.model, *sizes])
    for reason in advice.reasons:
        yield from _wrapped(f"  {reason}")
    cost = advice.estimate
    yield f"  at most about {duration(cost.seconds)} and {cost.memory / 1e9:.1f} GB on a processor"


def duration(seconds: float) -> str:
    """Say a time in its largest unit.

    Examples
    --------
    >>> duration(28.0), duration(150.0), duration(9000.0)
    ('28 seconds', '2.5 minutes', '2.5 hours')
    """
    for size, unit in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if seconds >= size:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.2g} seconds"
