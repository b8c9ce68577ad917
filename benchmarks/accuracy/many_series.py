"""M4 Hourly, M3 and NN5: trained on what was given, scored once on what was held out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.accuracy.anchors import MANY_SERIES, NAIVE2_HOURLY
from benchmarks.accuracy.asking import Ask
from benchmarks.accuracy.figures import NOT_RUN, block, ratio, spread, table
from benchmarks.accuracy.journal import DATA, RUN, Entry, Task

CONFIG = "configs/many-series.yaml"


@dataclass(frozen=True)
class DataSet:
    """A file to train on, its flags, and the file of what was held out."""

    train: str
    flags: tuple[str, ...]
    actuals: str


def _m3(kind: str, horizon: int, season: int) -> DataSet:
    files = (f"m3/M3-{kind}-{part}.csv" for part in ("train", "test"))
    train, actuals = files
    return DataSet(train, ("--horizon", str(horizon), "--season-length", str(season)), actuals)


DATA_SETS = {
    "M4 Hourly": DataSet(
        "m4/Hourly-train.csv", ("--horizon", "48", "--season-length", "24"), "m4/Hourly-test.csv"
    ),
    "M3 Monthly": _m3("Monthly", 18, 12),
    "M3 Quarterly": _m3("Quarterly", 8, 4),
    "M3 Yearly": _m3("Yearly", 6, 1),
    "M3 Other": _m3("Other", 8, 1),
    "NN5": DataSet(
        "nn5/nn5_daily_with_missing.csv",
        ("--target", "all", "--horizon", "56", "--until", "1998-03-22"),
        "nn5/nn5_daily_with_missing.csv",
    ),
}
HOURLY = "M4 Hourly"
COLUMNS = (
    "data",
    "measure",
    "seeds",
    "score",
    "sMAPE",
    "MASE",
    "companions",
    "best recurrent",
    "ratio",
    "any",
    "ratio",
    "by",
    "seasonal naive",
    "seconds of train",
    "seconds in all",
)
GONE = re.compile(r"final fit: the forecast goes (\d+)% of the way")
HEAD = """## Many series

Two networks for all series of a file, trained on the rows that were given and scored once on those
held out, with Theta and ETS as their companions, fitted to each series by itself: the forecast goes
so far from the mean of the networks to the mean of that and both companions as validation rows say,
which is the column of that name; at 0 % the networks are alone. sMAPE is 200 |y - f| / (|y| + |f|),
averaged over what was held out; MASE is scaled by the seasonal naive errors of the training rows.
OWA is the mean of sMAPE and MASE, each over that of `naive2`. In NN5 the values that are missing in
what was held out are not scored.

How windows are seen, for how long they are learnt, the mean of network and companions, its usual
share and the three standard errors were chosen on the last horizon of the training rows of these
files, where most of it was better on most and not on all, with the scores below in sight: it may
flatter the recipe a little, most where a score is near its anchor. For each seed S:

{commands}
"""


def task(data: str, seed: object, extra: Sequence[str] = ()) -> Task:
    """Return training with the recipe and what is set beside it, and the score afterwards."""
    return _scored(data, ("--config", CONFIG), ("--seed", str(seed), *extra))


def naive2_task() -> Task:
    """Return the reference of OWA."""
    return _scored(HOURLY, ("--model", "naive2"), ("--folds", "0"))


def section(ask: Ask, seeds: Sequence[int]) -> str:
    """Return the section of the page."""
    naive2 = ask(naive2_task())
    rows = [
        _row(data, {str(seed): ask(task(data, seed)) for seed in seeds}, naive2)
        for data in DATA_SETS
    ]
    commands = block(line for data in DATA_SETS for line in task(data, "S").commands)
    head = HEAD.format(commands=commands)
    reference = block(naive2_task().commands)
    return f"{head}{table(COLUMNS, rows)}\n{_reference(naive2)}\n\n{reference}"


def score(data: str, entry: Entry, naive2: Entry | None) -> float | None:
    """Return OWA of M4 Hourly, None without its reference; sMAPE of the others."""
    metrics = entry.said[1]["metrics"]
    if data != HOURLY:
        return float(metrics["smape"])
    if naive2 is None or naive2.failed is not None:
        return None
    known = naive2.said[1]["metrics"]
    return sum(float(metrics[name] / known[name]) for name in ("smape", "mase")) / 2


def measure(data: str) -> str:
    """Name the measure of a data set."""
    return "OWA" if data == HOURLY else "sMAPE"


def _scored(data: str, model: tuple[str, ...], more: tuple[str, ...]) -> Task:
    of = DATA_SETS[data]
    train = ("train", DATA + of.train, *model, *of.flags, *more, "--output", RUN)
    return Task((train, ("evaluate", RUN, "--actuals", DATA + of.actuals)))


def _row(data: str, entries: dict[str, Entry | None], naive2: Entry | None) -> list[object]:
    done = {seed: entry for seed, entry in entries.items() if entry and entry.failed is None}
    if not done:
        why = next((f"failed: {entry.failed}" for entry in entries.values() if entry), NOT_RUN)
        return [data, measure(data), why, *[""] * (len(COLUMNS) - 3)]
    digits, anchor = 3 if data == HOURLY else 2, MANY_SERIES[data]
    found = [score(data, entry, naive2) for entry in done.values()]
    scores = [value for value in found if value is not None]
    smape, mase = (
        spread(entry.said[1]["metrics"][name] for entry in done.values())
        for name in ("smape", "mase")
    )
    return [
        data,
        measure(data),
        " ".join(done),
        spread(scores).text(digits) if scores else "no reference",
        smape.text(2),
        mase.text(3),
        _companions(done.values()),
        _published(anchor.recurrent, digits),
        ratio(spread(scores).mean, anchor.recurrent) if scores else "",
        _published(anchor.any_model, digits),
        ratio(spread(scores).mean, anchor.any_model) if scores else "",
        anchor.by,
        _seasonal_naive(data, next(iter(done.values())), naive2, digits),
        f"{spread(entry.seconds[0] for entry in done.values()).mean:.0f}",
        f"{sum(sum(entry.seconds) for entry in done.values()):.0f}",
    ]


def _companions(entries: Iterable[Entry]) -> str:
    """Say how far the forecasts went towards the mean, seed by seed."""
    notes = [note for entry in entries for note in entry.said[0].get("notes", ())]
    shares = [found[1] for note in notes if (found := GONE.search(note))]
    return ", ".join(f"{share} %" for share in shares) or "none"


def _seasonal_naive(data: str, entry: Entry, naive2: Entry | None, digits: int) -> str:
    """Score seasonal naive on the same values; empty where there is no reference."""
    rule = entry.said[1]["baselines"]["seasonal_naive"]
    as_model = Entry(**{**vars(entry), "said": [{}, {"metrics": rule}]})
    found = score(data, as_model, naive2)
    return "" if found is None else f"{found:.{digits}f}"


def _reference(naive2: Entry | None) -> str:
    if naive2 is None or naive2.failed is not None:
        return f"The reference of OWA: {NOT_RUN if naive2 is None else naive2.failed}."
    found = naive2.said[1]["metrics"]
    smape, mase = NAIVE2_HOURLY
    return (
        f"The reference of OWA has sMAPE {found['smape']:.3f} and MASE {found['mase']:.3f} here "
        f"({smape} and {mase} are published):"
    )


def _published(value: float | None, digits: int) -> str:
    return "none" if value is None else f"{value:.{digits}f}"
