"""ETTh1, ETTm1 and exchange at four horizons, one configuration for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.accuracy.anchors import HORIZONS, LONG_HORIZON, REPEAT_LAST
from benchmarks.accuracy.asking import Ask
from benchmarks.accuracy.figures import NOT_RUN, block, ratio, reaches, spread, table
from benchmarks.accuracy.journal import DATA, Entry, Task

CONFIG = "configs/long-horizon.yaml"
DATA_SETS = {
    "ETTh1": ("ltsf/ETTh1.csv", ("8640", "2880", "2880")),
    "ETTm1": ("ltsf/ETTm1.csv.gz", ("34560", "11520", "11520")),
    "exchange": ("ltsf/exchange_rate.csv", ("0.7", "0.1", "0.2")),
}
MEMBERS = 3
NEAR = 0.0015
"""How far a known error may be off that is published to three decimals and not always rounded."""
COLUMNS = (
    "data",
    "horizon",
    "seeds",
    "MSE",
    "MAE",
    "best recurrent MSE",
    "ratio",
    "best recurrent MAE",
    "ratio",
    "by",
    "any, MSE",
    "ratio",
    "seconds a fit",
    "seconds in all",
)
HEAD = """## Long horizons

Every channel is a series; rows are split in order into training, validation and test; every window
of the test rows is judged, and none is dropped; errors are on the scale of the training rows, each
channel weighing the same. The best epoch is chosen on the validation rows.

"""
CHECK = """First the harness: `repeat the last value` has errors that are known.

"""
GRID = """Then the network, all of it in one configuration, for each horizon H and seed S:

{commands}
MSE and MAE are means over the seeds, with the least and the greatest in brackets. `any` is the best
published model of any kind that was trained on the set alone.

"""
TOGETHER = """
An ensemble of {members} is one command, of seed 0 with `{flags}` behind it.
"""
ENSEMBLE = ("--set", f"training.ensemble={MEMBERS}")


class HarnessError(Exception):
    """The harness does not give what is known."""


def task(data: str, horizon: object, seed: object, extra: Sequence[str] = ()) -> Task:
    """Return the training of one fit with the recipe, and what is set beside it."""
    return Task(((*_protocol(data, horizon, "--config", CONFIG), "--seed", str(seed), *extra),))


def naive_task(data: str, horizon: object) -> Task:
    """Return the check of the harness."""
    return Task((_protocol(data, horizon, "--model", "naive"),))


def section(ask: Ask, seeds: Sequence[int], *, ensembles: bool) -> str:
    """Return the section of the page.

    Raises
    ------
    HarnessError
        If "repeat the last value" does not have its known errors.
    """
    checks = table(
        ("data", "horizon", "MSE", "known", "MAE", "known"),
        (_check(data, horizon, ask) for data in DATA_SETS for horizon in HORIZONS),
    )
    rows, reached = list[list[object]](), _Reached()
    for data in DATA_SETS:
        for horizon in HORIZONS:
            entries = {str(seed): ask(task(data, horizon, seed)) for seed in seeds}
            rows.append(_row(data, horizon, entries, reached))
            together = ask(_ensemble(data, horizon)) if ensembles else None
            if together is not None:
                rows.append(_row(data, horizon, {f"ensemble of {MEMBERS}": together}, None))
    commands = block(line for data in DATA_SETS for line in task(data, "H", "S").commands)
    naive = block(line for data in DATA_SETS for line in naive_task(data, "H").commands)
    grid = GRID.format(commands=commands) + table(COLUMNS, rows)
    if any(str(row[2]).startswith("ensemble") for row in rows):
        grid += TOGETHER.format(members=MEMBERS, flags=" ".join(ENSEMBLE))
    return f"{HEAD}{CHECK}{naive}\n{checks}\n{grid}\n{reached.words}"


class _Reached:
    """Counts the rows whose mean is at or below an anchor, of those that were run."""

    def __init__(self) -> None:
        self.found: dict[str, list[bool]] = {}

    def add(self, what: str, value: float, anchor: float | None) -> None:
        """Count a row, where there is an anchor."""
        if anchor is not None:
            self.found.setdefault(what, []).append(reaches(value, anchor, digits=3))

    @property
    def words(self) -> str:
        """Say in how many rows each anchor is reached."""
        told = [
            f"{what} in {sum(found)} of {len(found)} rows" for what, found in self.found.items()
        ]
        return f"At or below the anchor, to three decimals: {'; '.join(told) or NOT_RUN}.\n"


def _protocol(data: str, horizon: object, *model: str) -> tuple[str, ...]:
    file, (train, validation, test) = DATA_SETS[data]
    split = ("--train-size", train, "--validation-size", validation, "--test-size", test)
    asked = ("--target", "all", "--horizon", str(horizon))
    return ("train", DATA + file, *model, *asked, *split, "--no-final-fit")


def _ensemble(data: str, horizon: int) -> Task:
    return task(data, horizon, 0, ENSEMBLE)


def _check(data: str, horizon: int, ask: Ask) -> list[object]:
    """Return the row of one check."""
    entry, known = ask(naive_task(data, horizon)), REPEAT_LAST[data][horizon]
    if entry is None or entry.failed is not None:
        return [data, horizon, NOT_RUN if entry is None else entry.failed, "", "", ""]
    errors = errors_of(entry)
    for found, right in zip(errors, known, strict=True):
        if abs(found - right) > NEAR:
            said = f"{data} at {horizon}: {found:.4f} where {right} is known"
            raise HarnessError(f"the harness is wrong: {said}")
    (mse, mae), (known_mse, known_mae) = errors, known
    return [data, horizon, f"{mse:.3f}", known_mse, f"{mae:.3f}", known_mae]


def errors_of(entry: Entry) -> tuple[float, float]:
    """Return MSE and MAE on the scale of the training rows."""
    errors: dict[str, Any] = entry.said[0]["metrics_standardised"]
    return errors["mse"], errors["mae"]


def _row(
    data: str, horizon: int, entries: dict[str, Entry | None], reached: _Reached | None
) -> list[object]:
    """Return one row of the grid."""
    done = {seed: entry for seed, entry in entries.items() if entry and entry.failed is None}
    if not done:
        why = next((f"failed: {entry.failed}" for entry in entries.values() if entry), NOT_RUN)
        return [data, horizon, why, *[""] * (len(COLUMNS) - 3)]
    errors = [errors_of(entry) for entry in done.values()]
    mse, mae = (spread(values) for values in zip(*errors, strict=True))
    anchor = LONG_HORIZON[data, horizon]
    if reached is not None:
        reached.add("best recurrent MSE", mse.mean, anchor.mse)
        reached.add("best recurrent MAE", mae.mean, anchor.mae)
        reached.add("MSE of any", mse.mean, anchor.any_mse)
    fits = [
        entry.said[0]["seconds"]["fit"] / max(1, len(entry.said[0]["fits"]))
        for entry in done.values()
    ]
    seconds = (
        f"{spread(fits).mean:.0f}",
        f"{sum(sum(entry.seconds) for entry in done.values()):.0f}",
    )
    return [
        data,
        horizon,
        " ".join(done),
        mse.text(3),
        mae.text(3),
        _published(anchor.mse),
        ratio(mse.mean, anchor.mse),
        _published(anchor.mae),
        ratio(mae.mean, anchor.mae),
        anchor.by,
        _published(anchor.any_mse),
        ratio(mse.mean, anchor.any_mse),
        *seconds,
    ]


def _published(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
