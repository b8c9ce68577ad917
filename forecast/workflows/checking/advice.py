"""What a training would be like: its sizes and why, its folds, its time and memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forecast.config.schema import Config
from forecast.data.panel import Panel
from forecast.data.profile.profile import Profile
from forecast.models.registry import RECURRENT
from forecast.workflows.automatic import Plan
from forecast.workflows.checking.finding import counted
from forecast.workflows.fitting import wants_final_fit
from forecast.workflows.results import stamp_text

# Measured on one core of a server by benchmarks/training_time.py: a gru, one layer, float32.
SECONDS_PER_STEP = 2e-3
SECONDS_PER_CELL = 5e-8
"""A cell is one window, one recurrent step, one hidden unit, forward and back."""
FORWARD_SHARE = 0.3
RECURSIVE_BLOCKS = 4
"""Horizons that are forecast at each cutoff, for the intervals beyond the trained horizon."""
SECONDS_TO_START = 4.0
BYTES_TO_START = 450e6
BYTES_PER_ROW = 250.0
BYTES_PER_WEIGHT = 24.0
BYTES_PER_CELL = 60.0
LONG_MEMORY = 60
"""Recurrent steps from which on a plain rnn forgets how a window began."""


@dataclass(frozen=True)
class FoldFacts:
    """One fold: its first cutoff as a stamp, how many cutoffs, its training rows."""

    cutoff: str
    cutoffs: int
    train_rows: int


@dataclass(frozen=True)
class Advice:
    """The sizes of a training.

    Parameters
    ----------
    model : str
        Architecture.
    sizes : dict of str to int
        ``horizon``, and for a network ``context_length``, ``segment_length``, ``hidden_size``,
        ``batch_size``, ``epochs`` and the ``recurrent_steps`` of a window.
    windows : int
        Training windows of the first fold (of all rows, where there are no folds).
    folds : tuple of FoldFacts
        In the order of time.
    reasons : tuple of str
        Why, one sentence each.
    seconds, memory : float
        About how long it takes on a processor and how many bytes it needs.
    """

    model: str
    sizes: dict[str, int]
    windows: int
    folds: tuple[FoldFacts, ...]
    reasons: tuple[str, ...]
    seconds: float
    memory: float

    def document(self) -> dict[str, object]:
        """Return the advice's JSON."""
        return {
            "model": self.model,
            **self.sizes,
            "windows": self.windows,
            "folds": [
                {"cutoff": fold.cutoff, "cutoffs": fold.cutoffs, "train_rows": fold.train_rows}
                for fold in self.folds
            ],
            "reasons": list(self.reasons),
            "estimate": {"seconds": self.seconds, "bytes": self.memory},
        }


def advise(panel: Panel, plan: Plan, asked: Config, profile: Profile) -> Advice:
    """Say what ``train`` will do with a panel, and why.

    Parameters
    ----------
    panel : Panel
        N series.
    plan : Plan
        What `resolve` made of ``asked``.
    asked : Config
        The configuration before.
    profile : Profile
        The measured panel.
    """
    model = plan.config.model
    recurrent = model.name in RECURRENT
    context, segment = int(model.context_length), int(model.segment_length)
    sizes = {"horizon": int(model.horizon)}
    if recurrent:
        sizes |= {
            "context_length": context,
            "segment_length": segment,
            "recurrent_steps": math.ceil(context / segment),
            "hidden_size": int(model.hidden_size),
            "batch_size": int(plan.config.training.batch_size),
            "epochs": int(plan.config.training.epochs),
        }
    folds = plan.schedule.folds
    fits = [fold.span.train_stop for fold in folds]
    if wants_final_fit(plan):
        fits.append(panel.length)
    cells = math.ceil(context / segment) * int(model.hidden_size) * model.num_layers
    cutoffs = sum(len(fold.cutoffs) for fold in folds)
    seconds = SECONDS_TO_START
    if recurrent:
        seconds += sum(_fit_seconds(panel, rows, plan, cells) for rows in fits)
        judged = cutoffs * panel.n_series * RECURSIVE_BLOCKS
        seconds += FORWARD_SHARE * SECONDS_PER_CELL * judged * cells
    windows = windows_of(panel, fits[0] if fits else panel.length, context)
    reasons: tuple[str, ...] = (f"{model.name}: a rule, nothing is trained",)
    if recurrent:
        reasons = _reasons(plan, asked, profile, sizes, windows)
    return Advice(
        model=model.name,
        sizes=sizes,
        windows=windows,
        folds=tuple(
            FoldFacts(
                stamp_text(panel, fold.cutoffs[0]),
                len(fold.cutoffs),
                fold.span.stop - fold.span.start,
            )
            for fold in folds
        ),
        reasons=reasons,
        seconds=_rounded(seconds),
        memory=_rounded(_memory(panel, plan, cells) if recurrent else BYTES_TO_START / 2),
    )


def windows_of(panel: Panel, rows: int, context: int) -> int:
    """Training windows that end in the first ``rows`` rows of the grid."""
    lengths = np.clip(rows - panel.first, 0, panel.lengths)
    return int(np.maximum(lengths - context, np.minimum(lengths, 1)).sum())


def _fit_seconds(panel: Panel, rows: int, plan: Plan, cells: int) -> float:
    training = plan.config.training
    batch, epochs = int(training.batch_size), int(training.epochs)
    windows = windows_of(panel, rows, int(plan.config.model.context_length))
    steps = epochs * math.ceil(windows / batch)
    if training.max_steps is not None:
        steps = min(steps, training.max_steps)
    return steps * (SECONDS_PER_STEP + SECONDS_PER_CELL * min(batch, windows) * cells)


def _memory(panel: Panel, plan: Plan, cells: int) -> float:
    model, batch = plan.config.model, int(plan.config.training.batch_size)
    hidden = int(model.hidden_size)
    weights = 3 * hidden * (hidden + int(model.segment_length) + 2) * model.num_layers
    weights += (hidden + int(model.context_length)) * int(model.horizon)
    return (
        BYTES_TO_START
        + BYTES_PER_ROW * len(panel.values)
        + BYTES_PER_WEIGHT * weights
        + BYTES_PER_CELL * batch * cells
    )


def _reasons(
    plan: Plan, asked: Config, profile: Profile, sizes: dict[str, int], windows: int
) -> tuple[str, ...]:
    return (
        _why_model(plan, sizes["recurrent_steps"], windows),
        _why_context(asked, profile, sizes["context_length"]),
        _why_segment(sizes["segment_length"], sizes["recurrent_steps"]),
    )


def _why_model(plan: Plan, steps: int, windows: int) -> str:
    name = plan.config.model.name
    learnt = f"{counted(windows, 'window')} to learn from"
    if steps > LONG_MEMORY:
        return (
            f"{name}: {learnt}, {steps} recurrent steps each: a plain rnn would forget how a "
            "window began, and a longer segment is faster"
        )
    reads = counted(steps, "recurrent step")
    return f"{name}: {learnt}, {reads} each: few enough to do without an lstm's third gate"


def _why_context(asked: Config, profile: Profile, context: int) -> str:
    season = profile.season
    if asked.model.context_length != "auto":
        why = "as asked"
    elif season > 1 and context >= season:
        why = f"{counted(context // season, 'season')} of {season}"
    else:
        why = "as much as the rows of the first fold allow"
    covered = [s.length for s in profile.seasons if season < s.length <= context]
    beyond = [s.length for s in profile.seasons if s.length > context]
    if covered:
        why += f", which holds the season of {covered[-1]}, too"
    if beyond:
        why += f"; the season of {beyond[-1]} is longer than that"
    return f"context {context}: {why}"


def _why_segment(segment: int, steps: int) -> str:
    if segment == 1:
        return "segment 1: the context is read value by value"
    reads = counted(steps, "recurrent step")
    return f"segment {segment}: so many values at once, so that a context is {reads}"


def _rounded(value: float) -> float:
    """Keep one digit below 20, two digits elsewhere: more would promise too much."""
    size = 10 ** math.floor(math.log10(value)) if value > 0 else 1
    return float(round(value / size * 10) * size / 10)
