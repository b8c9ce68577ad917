"""Each idea of the recipes alone: the same run without it, or with it if the recipe has it not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.accuracy import long_horizon, many_series
from benchmarks.accuracy.asking import Ask
from benchmarks.accuracy.figures import NOT_RUN, block, spread, table
from benchmarks.accuracy.journal import Entry, Task


@dataclass(frozen=True)
class Idea:
    """Flags behind the command of the recipe that take an idea out of it or add one to it.

    Parameters
    ----------
    name : str
        What the run has other than the recipe.
    flags : tuple of str
    problems : tuple of str
        Where it is tried; empty for all.
    """

    name: str
    flags: tuple[str, ...]
    problems: tuple[str, ...] = ()


ETTH1, ETTM1, HOURLY = "ETTh1 96", "ETTm1 336", many_series.HOURLY
LONG, MANY = (ETTH1, ETTM1), (HOURLY,)


def _set(*pairs: str) -> tuple[str, ...]:
    return tuple(word for pair in pairs for word in ("--set", pair))


IDEAS = (
    Idea("no linear map beside the network", _set("model.skip=none"), LONG),
    Idea("the linear map trained with the network", _set("model.skip=linear")),
    Idea("a mixture of linear paths", _set("model.skip=mixture"), LONG),
    Idea("recurrent weights begin orthogonal", _set("model.recurrent_weights=orthogonal"), LONG),
    Idea("recurrent weights begin uniform", _set("model.recurrent_weights=uniform"), MANY),
    Idea("segments decoded side by side", _set("model.decoder=parallel")),
    Idea("segments of half the length", _set("model.segment_length=24"), LONG),
    Idea("calendar features", _set("data.calendar_features=auto"), LONG),
    Idea("windows relative to their mean", _set("model.window_normalisation=mean")),
    Idea("reversible normalisation", _set("model.window_normalisation=reversible")),
    Idea(
        "taught at every step, without the linear map",
        _set("model.skip=none", "model.supervision=every-step"),
        LONG,
    ),
    Idea(
        "two layers, the second of every other step",
        _set("model.num_layers=2", "model.dilation=[1,2]"),
    ),
    Idea("squared errors", _set("model.loss=mse")),
    Idea("quantiles instead of a point", _set("model.head=quantile"), LONG),
    Idea("no companions", _set("model.companions=[]"), MANY),
    Idea(
        "no companions, and quantiles instead of a point",
        _set("model.companions=[]", "model.head=quantile"),
        MANY,
    ),
    Idea("a 256-unit state halved", _set("model.hidden_size=128"), LONG),
    Idea("averaged weights", _set("training.average=ema"), LONG),
    Idea("weights not averaged", _set("training.average=none"), MANY),
    Idea("dropout of 0.3", _set("model.dropout=0.3")),
    Idea("an embedding of each series", _set("model.series_embedding=8")),
    Idea("no logarithms", _set("data.transform=none", "model.scaler=standard"), MANY),
    Idea("LSTM instead of GRU", _set("model.name=lstm")),
    Idea(
        "one network, with windows relative to their last value", _set("training.ensemble=1"), MANY
    ),
    Idea(
        "both networks with windows relative to their last value",
        _set("model.window_normalisation=last"),
        MANY,
    ),
    Idea(
        "both networks with windows by their own deviation",
        _set("model.window_normalisation=standard"),
        MANY,
    ),
)
PROBLEMS = {ETTH1: "MSE", ETTM1: "MSE", HOURLY: many_series.measure(HOURLY)}
HEAD = """## Ablation

Each row is the recipe with one thing changed, by the flags behind its command:

{commands}
A cell is the change of the error in percent, mean over the seeds and in brackets its least and
greatest, each seed beside the same seed of the recipe: above 0 the recipe is better without the
change. Measured by {measures}.

"""


def task(problem: str, seed: object, extra: Sequence[str] = ()) -> Task:
    """Return the run of a problem with flags behind it."""
    if problem == HOURLY:
        return many_series.task(HOURLY, seed, extra)
    data, horizon = problem.split()
    return long_horizon.task(data, horizon, seed, extra)


def section(ask: Ask, seeds: Sequence[int], ideas: Sequence[Idea] = IDEAS) -> str:
    """Return the section of the page."""
    naive2 = ask(many_series.naive2_task())
    recipe = {
        problem: {seed: _error(problem, ask(task(problem, seed)), naive2) for seed in seeds}
        for problem in PROBLEMS
    }
    rows: list[list[object]] = [["the recipe", "", *(_plain(recipe[name]) for name in PROBLEMS)]]
    for idea in ideas:
        cells = list[str]()
        for problem in PROBLEMS:
            if idea.problems and problem not in idea.problems:
                cells.append("not tried")
                continue
            entries = {seed: ask(task(problem, seed, idea.flags)) for seed in seeds}
            errors = {seed: _error(problem, entries[seed], naive2) for seed in seeds}
            failed = next(
                (entry.failed for entry in entries.values() if entry and entry.failed), ""
            )
            cells.append(f"failed: {failed}" if failed else _change(errors, recipe[problem]))
        rows.append([idea.name, f"`{' '.join(idea.flags)}`", *cells])
    commands = block(line for name in PROBLEMS for line in task(name, "S", ("FLAGS",)).commands)
    measures = ", ".join(f"{measure} of {problem}" for problem, measure in PROBLEMS.items())
    head = HEAD.format(commands=commands, measures=measures)
    return head + table(("change", "FLAGS", *PROBLEMS), rows)


def _error(problem: str, entry: Entry | None, naive2: Entry | None) -> float | None:
    if entry is None or entry.failed is not None:
        return None
    if problem == HOURLY:
        return many_series.score(HOURLY, entry, naive2)
    return long_horizon.errors_of(entry)[0]


def _plain(errors: dict[int, float | None]) -> str:
    known = [error for error in errors.values() if error is not None]
    return spread(known).text(3) if known else NOT_RUN


def _change(errors: dict[int, float | None], recipe: dict[int, float | None]) -> str:
    """Say the change in percent over the seeds that both were run with."""
    changes = [
        100 * (error / before - 1)
        for seed, before in recipe.items()
        if (error := errors[seed]) is not None and before is not None
    ]
    if not changes:
        return NOT_RUN
    found = spread(changes)
    mean, low, high = (f"{value:+.1f}" for value in (found.mean, found.low, found.high))
    seeds = "" if len(changes) == len(recipe) else f", {len(changes)} of {len(recipe)} seeds"
    return f"{mean} %{seeds}" if low == high else f"{mean} % ({low} to {high}){seeds}"
