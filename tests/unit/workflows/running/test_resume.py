"""What may go on, with which data and which configuration."""

from __future__ import annotations

import json
import math
import os
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.errors import (
    DataError,
    DivergedError,
    Interrupted,
    OutputExistsError,
    UsageError,
    WriteError,
)
from forecast.storage.lock import FolderLock
from forecast.storage.run_folder import RESUME_NAME
from forecast.training import loop, precision
from forecast.training.monitor import EpochRecord, SilentMonitor
from forecast.workflows.compare import compare
from forecast.workflows.train import train

CONFIG: dict[str, object] = {
    "model.horizon": 2,
    "model.context_length": 6,
    "model.hidden_size": 3,
    "validation.folds": 1,
    "training.epochs": 3,
    "training.threads": 1,
    "training.device": "cpu",
}


class Stops(SilentMonitor):
    """Asks to stop after the first epoch."""

    def __init__(self) -> None:
        self.stop = False
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def end_epoch(self, record: EpochRecord) -> None:
        self.stop = record.epoch > 0

    def should_stop(self) -> bool:
        return self.stop


def frame(rows: int = 60) -> pd.DataFrame:
    y = np.sin(np.arange(rows) / 2)
    return pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=rows), "y": y})


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An interrupted run of the file ``data.csv`` beside it."""
    monkeypatch.chdir(tmp_path)
    frame().to_csv("data.csv", index=False)
    with pytest.raises(Interrupted):
        train("data.csv", {**CONFIG, "run.output": "run"}, monitor=Stops())
    return tmp_path / "run"


def test_run_goes_on_from_another_folder(
    stopped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    result = train(resume=stopped)
    assert result.run == stopped
    assert result.evaluation is not None
    assert not list(stopped.glob("*.checkpoint"))
    assert not (stopped / RESUME_NAME).exists()


def test_data_may_be_given_where_they_lie_by_now_and_an_output(
    stopped: Path, tmp_path: Path
) -> None:
    (tmp_path / "data.csv").rename(tmp_path / "moved.csv")
    result = train("moved.csv", {"run.output": "other"}, resume=stopped)
    assert result.run == Path("other")
    assert stopped.is_dir()


def test_data_that_have_changed_are_refused_by_name(stopped: Path, tmp_path: Path) -> None:
    changed = frame()
    changed.loc[3, "y"] = 9.0
    changed.to_csv(tmp_path / "data.csv", index=False)
    with pytest.raises(DataError, match=r"data\.csv has changed since the run began") as caught:
        train(resume=stopped)
    assert (stopped / RESUME_NAME).is_file()
    assert "--resume" in str(caught.value.fix)


def test_data_of_a_frame_have_to_be_given_again(tmp_path: Path) -> None:
    where = str(tmp_path / "run")
    with pytest.raises(Interrupted):
        train(frame(), {**CONFIG, "run.output": where}, monitor=Stops())
    with pytest.raises(UsageError, match="came through a pipe or from Python"):
        train(resume=where)
    assert train(frame(), resume=where).run == tmp_path / "run"


def test_comparison_goes_on_with_its_models_to_the_same_bytes(tmp_path: Path) -> None:
    models = ("rnn", "gru", "drift")
    for name, monitor in (("whole", SilentMonitor()), ("run", Stops())):
        given = {**CONFIG, "run.output": str(tmp_path / name)}
        with nullcontext() if name == "whole" else pytest.raises(Interrupted):
            compare(frame(), given, models=models, monitor=monitor)
    with pytest.raises(UsageError, match=r"models is \['gru'\], too"):
        compare(frame(), models=["gru"], resume=tmp_path / "run")
    result = compare(frame(), resume=tmp_path / "run")
    assert result.evaluation.models == (*models, "seasonal_naive")
    for name in ("bundle.safetensors", "metrics.csv", "forecasts.csv", "history.jsonl"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_other_settings_are_refused(stopped: Path) -> None:
    with pytest.raises(UsageError, match=r"model\.horizon is given, too"):
        train(config={"model.horizon": 4}, resume=stopped)


def test_finished_run_and_strange_folder_have_nothing_to_go_on_with(
    stopped: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="holds no resume"):
        train(resume=tmp_path)
    train(resume=stopped)
    with pytest.raises(UsageError, match="is finished: there is nothing to go on with"):
        train(resume=stopped)


def test_folder_that_is_not_there_is_told_what_a_killed_run_left(
    stopped: Path, tmp_path: Path
) -> None:
    stopped.rename(tmp_path / ".run.partial-999999999")
    (tmp_path / ".run.partial-999999998").mkdir()  # holds nothing to go on with
    for where, left in (("run", ""), (str(tmp_path / "run"), f"{tmp_path}/")):
        with pytest.raises(UsageError, match="run' is not there: there is nothing") as caught:
            train(resume=where)
        path = f"{left}.run.partial-999999999"
        assert caught.value.fix == f"name what was left: --resume {path}"
    assert train(resume=path).run == tmp_path / "run"
    with pytest.raises(UsageError, match="'nope' is not there") as caught:
        train(resume="nope")
    assert "partial" not in str(caught.value.fix)


def test_killed_run_whose_name_was_taken_meanwhile_replaces_it_if_forced(
    stopped: Path, tmp_path: Path
) -> None:
    left = stopped.rename(tmp_path / ".run.partial-999999999")
    train("data.csv", {**CONFIG, "model.name": "naive", "run.output": "run"})
    with pytest.raises(OutputExistsError, match="exists already") as caught:
        train(resume=left)
    assert "--output, or pass --force" in str(caught.value.fix)
    result = train(config={"run.force": True}, resume=left)
    assert (result.run, result.config.model.name) == (tmp_path / "run", "gru")
    assert not left.exists()


def test_interrupted_run_goes_on_though_forced(stopped: Path) -> None:
    assert train(config={"run.force": True}, resume=stopped).run == stopped


def test_run_that_is_at_work_is_left_alone(stopped: Path, tmp_path: Path) -> None:
    staged = stopped.rename(tmp_path / ".run.partial-1")
    lock = FolderLock(staged)
    with pytest.raises(UsageError, match="is still at work"):
        train(resume=staged)
    lock.release()
    assert train(resume=staged).run == tmp_path / "run"


def test_run_that_another_goes_on_with_is_left_alone(stopped: Path, tmp_path: Path) -> None:
    left = stopped.rename(tmp_path / ".run.cut-off")
    with pytest.raises(UsageError, match="is still at work"):
        train(resume=left, monitor=GoesOnBeside(left))
    assert train(resume=left).run == tmp_path / "run"
    assert not left.exists()


class GoesOnBeside(SilentMonitor):
    """Has another go on with the same run while this one does."""

    def __init__(self, left: Path) -> None:
        self.left = left

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:  # noqa: ARG002
        """Begin the other, which is refused."""
        train(resume=self.left)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("versions", {"forecast": "0.0.1", "torch": "1.0"}, "was begun with forecast 0.0.1"),
        ("command", "compare", "was begun by 'forecast compare'"),
        ("config", {"model": {"horizon": -1}}, "is not as it was written"),
        ("strange", 1, "is not as it was written"),
    ],
)
def test_what_another_program_wrote_is_refused(
    stopped: Path, key: str, value: object, words: str
) -> None:
    path = stopped / RESUME_NAME
    facts = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**facts, key: value}), encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        train(resume=stopped)


def test_what_a_killed_run_left_is_named_with_the_command_that_goes_on(
    stopped: Path, tmp_path: Path
) -> None:
    left = stopped.rename(tmp_path / ".run.partial-999999999")
    stale = tmp_path / ".old.partial-999999998"
    stale.mkdir()
    monitor = Stops()
    with pytest.raises(Interrupted):
        train("data.csv", {**CONFIG, "run.output": "new"}, monitor=monitor)
    left_behind = "is what a run that was cut off left behind:"
    assert (
        f"{left.name} {left_behind} forecast train --resume {left.name} goes on with it, or "
        in ("\n".join(monitor.said))
    )
    assert f"{stale.name} {left_behind} it may be deleted" in monitor.said


class Fails(Stops):
    """Ends the run with an error after the second epoch."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def end_epoch(self, record: EpochRecord) -> None:
        if record.epoch > 1:
            raise self.error


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), SystemExit(143), WriteError("no space left"), MemoryError(), OSError()],
    ids=lambda error: type(error).__name__,
)
def test_what_was_done_before_an_error_is_kept_and_goes_on_to_the_same_bytes(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SHARE", math.inf)
    whole = train(frame(), {**CONFIG, "run.output": str(tmp_path / "whole")})
    monitor = Fails(error)
    with pytest.raises(type(error)):
        train(frame(), {**CONFIG, "run.output": str(tmp_path / "run")}, monitor=monitor)
    left = tmp_path / ".run.cut-off"
    command = f"forecast train --resume {left}"
    assert f"what was done is kept: {command} goes on with it, or delete it" in monitor.said
    result = train(frame(), resume=left)
    assert result.run == tmp_path / "run"
    assert result.bundle.read_bytes() == whole.bundle.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"run", "whole"}


@pytest.mark.parametrize("error", [DivergedError("nan"), DataError("no")], ids=str)
def test_error_that_would_come_again_leaves_nothing(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SHARE", math.inf)
    with pytest.raises(type(error)):
        train(frame(), {**CONFIG, "run.output": str(tmp_path / "run")}, monitor=Fails(error))
    assert list(tmp_path.iterdir()) == []


def test_error_before_the_first_checkpoint_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SHARE", 1e-9)
    given = {**CONFIG, "run.output": str(tmp_path / "run")}
    with pytest.raises(KeyboardInterrupt):
        train(frame(), given, monitor=Fails(KeyboardInterrupt()))
    assert list(tmp_path.iterdir()) == []


def test_killed_run_goes_on_to_the_name_that_it_would_have_had(
    stopped: Path, tmp_path: Path
) -> None:
    left = stopped.rename(tmp_path / ".run.partial-999999999")
    assert train(resume=left).run == tmp_path / "run"
    assert not left.exists()


def test_killed_run_without_a_name_goes_on_to_the_next_free_one(
    stopped: Path, tmp_path: Path
) -> None:
    facts = json.loads((stopped / RESUME_NAME).read_text(encoding="utf-8"))
    facts["config"]["run"]["output"] = None
    (stopped / RESUME_NAME).write_text(json.dumps(facts), encoding="utf-8")
    (tmp_path / "data-gru").mkdir()
    left = stopped.rename(tmp_path / ".data-gru.partial-999999999")
    assert train(resume=left).run == tmp_path / "data-gru-2"


def test_run_goes_on_with_what_its_machine_chose_and_says_the_same_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("flags : avx512_bf16\n", encoding="utf-8")
    monkeypatch.setattr(precision, "CPU_FACTS", cpuinfo)
    given = {**CONFIG, "model.hidden_size": 256, "training.threads": "auto"}
    del given["training.device"]
    with pytest.raises(Interrupted):
        train(frame(), {**given, "run.output": str(tmp_path / "run")}, monitor=Stops())
    whole = train(frame(), {**given, "run.output": str(tmp_path / "whole")})
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(5)), raising=False)
    result = train(frame(), resume=tmp_path / "run")
    assert result.config.training == whole.config.training
    assert result.config.training.precision == "bf16"
    assert tuple(result.notes) == tuple(whole.notes)
    assert any("trained in bf16: hidden size 256" in note for note in result.notes.training)
    assert (result.bundle).read_bytes() == whole.bundle.read_bytes()


def test_comparison_goes_on_with_the_ensemble_that_it_was_begun_with(tmp_path: Path) -> None:
    asked = {**CONFIG, "validation.folds": 2, "run.output": str(tmp_path / "run")}
    with pytest.raises(Interrupted):
        compare(frame(), asked, models=["gru", "naive"], top=2, monitor=Stops())
    result = compare(frame(), resume=tmp_path / "run")
    assert [row.model for row in result.leaderboard if row.rank is None] == ["top 2"]
