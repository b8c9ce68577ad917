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


IDEAS = (
    Idea("no normalisation of windows", ("--set", "model.window_normalisation=none")),
    Idea("no linear path beside the network", ("--set", "model.skip=none")),
    Idea("begins by repeating a season, not as a regression", ("--set", "model.start=season")),
    Idea("squared errors", ("--set", "model.loss=mse")),
    Idea("one layer of 64 units", ("--set", "model.hidden_size=64", "--set", "model.num_layers=1")),
    Idea("no dropout", ("--set", "model.dropout=0")),
    Idea("constant learning rate", ("--set", "training.schedule=constant")),
    Idea("LSTM instead of GRU", ("--set", "model.name=lstm")),
    Idea("an embedding of each series", ("--set", "model.series_embedding=8")),
    Idea("three networks instead of one", ("--set", "training.ensemble=3")),
)
ETTH1, ETTM1, HOURLY = "ETTh1 96", "ETTm1 336", many_series.HOURLY
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
