"""Findings about the amount of data: folds, short series, few windows."""

from __future__ import annotations

import numpy as np

from forecast.config.validation import ValidationConfig
from forecast.data.panel import Panel
from forecast.errors import NotEnoughDataError
from forecast.models.registry import NETWORKS
from forecast.validation.plan import DEFAULT_FOLDS
from forecast.workflows.checking.advice import Advice
from forecast.workflows.checking.finding import Finding, counted

FEW_WINDOWS = 200
"""Below, a network of thousands of weights seldom beats a rule."""


def enough(panel: Panel, asked: ValidationConfig, advice: Advice) -> list[Finding]:
    """Say whether there is enough to train on and to be judged by."""
    found = [_folds(asked, advice)]
    if advice.model not in NETWORKS:
        return found
    context = advice.sizes["context_length"]
    short = np.flatnonzero(panel.lengths <= context)
    if len(short):
        name = panel.unique_ids[int(short[0])]
        found.append(
            Finding(
                "short_series",
                "note",
                f"{counted(len(short), 'series has', 'series have')} no more than the "
                f"{counted(context, 'row')} of a context (first: {name!r} with "
                f"{int(panel.lengths[short[0]])}): the rest is seen as missing",
                "pass a shorter --context-length if they matter",
            )
        )
    if advice.windows < FEW_WINDOWS:
        found.append(
            Finding(
                "few_windows",
                "note",
                f"{counted(advice.windows, 'window')} to train on in the first fold: few for a "
                "network",
                "see whether it beats --model seasonal_naive, which train shows beside it",
            )
        )
    return found


def too_few(error: NotEnoughDataError) -> Finding:
    """Say that ``train`` would refuse for want of rows."""
    return Finding("rows", "mend", error.message, error.fix)


def _folds(asked: ValidationConfig, advice: Advice) -> Finding:
    count = len(advice.folds)
    if not count:
        return Finding("folds", "note", "no folds, as asked: nothing is judged")
    first, last = advice.folds[0], advice.folds[-1]
    rows = (
        f"{first.train_rows:,} rows"
        if count == 1
        else f"{first.train_rows:,} to {last.train_rows:,} rows"
    )
    said = f"{counted(count, 'fold fits', 'folds fit')}, trained on {rows} and judged at " + (
        counted(sum(fold.cutoffs for fold in advice.folds), "cutoff")
    )
    if asked.folds == "auto" and count < DEFAULT_FOLDS and not asked.train_size:
        return Finding(
            "folds",
            "note",
            f"{said}; {DEFAULT_FOLDS} would be usual",
            ("a longer file" if advice.sizes["horizon"] == 1 else "a shorter --horizon")
            + " leaves room for more",
        )
    return Finding("folds", "ok", said)
