"""What a training would be like: its sizes and why, its folds, its time and memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

from forecast.config.schema import Config
from forecast.data.panel import Panel, Span
from forecast.data.profile.profile import Profile
from forecast.data.times.moments import shown
from forecast.models.registry import NETWORKS, RECURRENT
from forecast.workflows.checking.estimate import Estimate, estimate
from forecast.workflows.checking.finding import counted
from forecast.workflows.forecasting.ahead import stamp_at
from forecast.workflows.resolving.amounts import count_windows
from forecast.workflows.resolving.automatic import Plan
from forecast.workflows.resolving.build import target_of

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
    estimate : Estimate
        Time and memory.
    """

    model: str
    sizes: dict[str, int]
    windows: int
    folds: tuple[FoldFacts, ...]
    reasons: tuple[str, ...]
    estimate: Estimate

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
            "estimate": {
                "seconds": self.estimate.seconds,
                "bytes": self.estimate.memory,
            },
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
    recurrent = model.name in NETWORKS
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
    fits = [fold.span for fold in plan.schedule.trained]
    if plan.config.validation.final_fit or not fits:
        fits.append(Span(0, panel.length, panel.length))
    target = target_of(plan.config, int(plan.config.data.season_length))
    windows = count_windows(panel, fits[0], context_length=context, target=target)
    reasons: tuple[str, ...] = (f"{model.name}: a rule, nothing is trained",)
    if recurrent:
        reasons = _reasons(plan, asked, profile, sizes, windows)
    return Advice(
        model=model.name,
        sizes=sizes,
        windows=windows,
        folds=tuple(
            FoldFacts(
                shown(stamp_at(panel, fold.cutoffs[0])),
                len(fold.cutoffs),
                fold.span.stop - fold.span.start,
            )
            for fold in folds
        ),
        reasons=reasons,
        estimate=estimate(panel, plan, fits),
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
    if name not in RECURRENT:
        return f"{name}: {learnt}"
    if steps > LONG_MEMORY and name != "rnn":
        return (
            f"{name}: {learnt}, {steps} recurrent steps each: a plain rnn would forget how a "
            "window began, and a longer segment is faster"
        )
    reads = counted(steps, "recurrent step")
    reason = ": few enough to do without an lstm's third gate" if name == "gru" else ""
    return f"{name}: {learnt}, {reads} each{reason}"


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
