"""Folds in several processes: the same files, the same talk, and a stop that reaches them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
import pytest

from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CalendarClock
from forecast.errors import DataError, Interrupted
from forecast.models.naive import Naive
from forecast.training.monitor import EpochRecord, SilentMonitor
from forecast.validation.folds import Fold, FoldPlan, make_folds
from forecast.validation.parallel import walk_in_parallel
from forecast.validation.walk_forward import Candidate, Walk
from forecast.workflows.compare import compare
from forecast.workflows.running.fitting import rest
from forecast.workflows.train import train

if TYPE_CHECKING:
    from forecast.models.forecaster import FitContext, Forecaster

ROWS, H = 120, 4
OWN = {"seconds", "peak_memory", "run", "bundle"}
SAME = ("bundle.safetensors", "forecasts.csv", "metrics.csv", "history.jsonl", "config.yaml")


class Listener(SilentMonitor):
    """Writes down what it hears; asks to stop once ``epochs`` have ended."""

    def __init__(self, epochs: int | None = None) -> None:
        self.heard: list[object] = []
        self.epochs = epochs

    def say(self, text: str) -> None:
        self.heard.append(text)

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:
        self.heard.append((fit, index, total, epochs))

    def end_epoch(self, record: EpochRecord) -> None:
        self.heard.append(record)

    def should_stop(self) -> bool:
        return self.epochs is not None and len(self.heard) >= self.epochs


def frame() -> pd.DataFrame:
    rows = np.arange(ROWS)
    y = np.sin(rows / 2) + np.random.default_rng(0).normal(0, 0.1, ROWS)
    return pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=ROWS, freq="D"), "y": y})


def asked(folder: Path, jobs: int | str, **more: object) -> dict[str, object]:
    return {
        "model": {"horizon": H, "context_length": 8, "hidden_size": 4},
        "training": {"epochs": 3, "threads": 1, "device": "cpu"},
        "validation": more,
        "run": {"output": str(folder / f"jobs-{jobs}"), "jobs": jobs},
    }


def without_seconds(document: object) -> object:
    if isinstance(document, dict):
        return {k: without_seconds(v) for k, v in document.items() if k not in OWN}
    return [without_seconds(item) for item in document] if isinstance(document, list) else document


@pytest.mark.parametrize("refit", ["every", pytest.param(2, marks=pytest.mark.slow)])
def test_any_number_of_jobs_writes_the_same_bytes(tmp_path: Path, refit: object) -> None:
    listeners = {jobs: Listener() for jobs in (1, 2)}
    for jobs, listener in listeners.items():
        train(frame(), asked(tmp_path, jobs, refit=refit), monitor=listener)
    one, two = tmp_path / "jobs-1", tmp_path / "jobs-2"
    for name in SAME:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    documents = [json.loads((run / "metrics.json").read_text()) for run in (one, two)]
    assert without_seconds(documents[0]) == without_seconds(documents[1])
    assert listeners[1].heard == listeners[2].heard
    assert not list(two.glob("*.checkpoint"))


def test_comparison_in_several_processes_ranks_the_same(tmp_path: Path) -> None:
    models = ["gru", "naive", "drift"]
    found = [compare(frame(), asked(tmp_path, jobs), models=models) for jobs in (1, 2)]
    boards = [without_seconds(result.document()["leaderboard"]) for result in found]
    assert boards[0] == boards[1]
    one, two = (tmp_path / f"jobs-{jobs}" for jobs in (1, 2))
    for name in SAME:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_request_to_stop_reaches_the_workers_and_leaves_what_can_go_on(tmp_path: Path) -> None:
    given = asked(tmp_path, 2)
    given["training"] = {"epochs": 100_000, "patience": 100_000, "threads": 1, "device": "cpu"}

    class Impatient(Listener):
        def should_stop(self) -> bool:
            return any(tmp_path.rglob("*.checkpoint"))  # an epoch has ended

    with pytest.raises(Interrupted, match="interrupted in gru, fold"):
        train(frame(), given, monitor=Impatient())
    left = tmp_path / "jobs-2"
    assert (left / "resume.json").is_file()
    assert (left / "bundle.safetensors").is_file()
    assert len(list(left.glob("gru-fold-*.checkpoint"))) >= 1


class Refuses(Naive):
    """A rule that refuses to learn."""

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:  # noqa: ARG002
        raise DataError(f"{context.name} to row {span.stop}", location="here", fix="there")


def refuses(fold: Fold) -> Forecaster:
    """Build one for every fold but the first."""
    return Refuses() if fold.index else Naive()


def test_error_of_a_worker_is_that_of_the_first_fold_that_has_one() -> None:
    panel = Panel(
        ("a",),
        frame()["y"].to_numpy(),
        np.array([0, ROWS], dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )
    schedule = make_folds(ROWS, plan=FoldPlan(folds=4), horizon=H, context_length=8)
    walk = Walk(panel, schedule, [Candidate("m", refuses)], H, 1, 0)
    with pytest.raises(DataError) as alone:
        walk.alone(SilentMonitor())
    with pytest.raises(DataError) as beside:
        walk_in_parallel(walk, monitor=SilentMonitor(), jobs=2, prepare=rest)
    assert alone.value.message == f"m, fold 2 of 4 to row {schedule.folds[1].span.stop}"
    assert vars(beside.value) == vars(alone.value)
