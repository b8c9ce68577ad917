from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from forecast.training import loop
from forecast.training.checkpoint import Checkpoint, CheckpointFolder
from forecast.training.plan import TrainingPlan
from tests.unit.training.line import PLAN, Line, Recorder, train, weight_of

FIT = "gru, fold 1 of 3"
PLANS = {
    "plain": PLAN,
    "averaged": replace(PLAN, average="ema", schedule="one-cycle", warmup=4),
    "plateau": replace(PLAN, schedule="plateau", max_steps=14),
}


class Noisy(Line):
    """Draws numbers of its own in each step, as dropout does."""

    def loss(self, module: nn.Module, picks: torch.Tensor, progress: float) -> torch.Tensor:
        return super().loss(module, picks, progress) * (1 + 0.1 * torch.rand(()))


def saved(value: float = 1.0) -> Checkpoint:
    return Checkpoint({"weights/a": torch.tensor([value, 2.0])}, {"step": 3, "best": float("inf")})


def test_checkpoint_comes_back_and_the_latest_counts(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    assert folder.load(FIT) is None
    folder.save(FIT, saved())
    folder.save(FIT, saved(5.0))
    found = folder.load(FIT)
    assert found is not None
    assert found.facts == saved().facts
    assert found.tensors["weights/a"].tolist() == [5.0, 2.0]
    assert folder.load("gru, fold 2 of 3") is None
    assert [path.name for path in tmp_path.iterdir()] == ["gru-fold-1-of-3.checkpoint"]
    folder.clear()
    assert list(tmp_path.iterdir()) == []


def test_checkpoint_of_which_a_byte_is_lost_is_passed_over(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    folder.save(FIT, saved())
    (path,) = tmp_path.iterdir()
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place])
        assert folder.load(FIT) is None
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert folder.load(FIT) is None, place
    path.write_bytes(bytes(len(data)))
    assert folder.load(FIT) is None


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
@pytest.mark.parametrize("asks", range(1, 24, 3))
def test_fit_that_was_cut_off_ends_as_one_that_was_not(
    plan: TrainingPlan, asks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SHARE", math.inf)
    folder, dictated = CheckpointFolder(tmp_path), [2.0, 1.0, 3.0, 3.0, 3.0, 0.5]
    torch.manual_seed(1)
    whole, expected = train(Noisy(dictated=dictated), plan)
    torch.manual_seed(1)
    problem = Noisy(dictated=dictated)
    train(problem, plan, monitor=Recorder(patience=asks), checkpoints=folder)
    torch.manual_seed(2)  # another process has drawn other numbers
    kept = folder.load(FIT)
    done = 0 if kept is None else len(kept.facts["records"])
    rest = Noisy(dictated=dictated, weights=[0.0] * done, begun=done > 0)
    if kept is None:
        torch.manual_seed(1)
    monitor = Recorder()
    module, result = train(rest, plan, monitor=monitor, checkpoints=folder)
    assert result == expected
    assert tuple(monitor.records) == expected.records
    assert weight_of(module) == weight_of(whole)
    again = Noisy()
    module, result = train(again, plan, checkpoints=folder)
    assert (result, weight_of(module)) == (expected, weight_of(whole))
    assert again.steps == 0  # what has come to its end is not run again


def test_fit_that_halved_its_rate_says_so_again_and_goes_on_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SHARE", math.inf)
    folder, first = CheckpointFolder(tmp_path), Recorder()
    _, expected = train(Line(broken=lambda step: step == 2, reach=0.0), monitor=first)
    stopped = Recorder(patience=11)
    train(Line(broken=lambda step: step == 2, reach=0.0), monitor=stopped, checkpoints=folder)
    last = Recorder()
    _, result = train(Line(begun=True, reach=0.0), monitor=last, checkpoints=folder)
    assert len(stopped.records) < 6
    assert result == expected
    assert last.said == first.said
    assert len(first.said) == 2


def test_time_of_a_fit_that_goes_on_counts_what_it_took_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SHARE", math.inf)
    folder, plan = CheckpointFolder(tmp_path), replace(PLAN, max_time=7.0)
    for patience, stopped in ((4, "interrupted"), (99, "max time")):
        problem = Line(begun=patience == 99)
        monkeypatch.setattr(time, "monotonic", lambda problem=problem: float(problem.steps))
        result = train(problem, plan, monitor=Recorder(patience=patience), checkpoints=folder)[1]
        assert result.stopped == stopped
    assert result.records[-1].step == 7


def test_checkpoints_wait_until_they_cost_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, epochs = [0.0], []

    class Slow(CheckpointFolder):
        def save(self, fit: str, checkpoint: Checkpoint) -> None:
            super().save(fit, checkpoint)
            epochs.append(len(checkpoint.facts["records"]))
            clock[0] += 0.1  # so that the next is due after five

    problem = Line(watched=False)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0] + problem.steps)  # 3 seconds an epoch
    train(problem, replace(PLAN, epochs=9, stop_after=9), checkpoints=Slow(tmp_path))
    assert epochs == [1, 3, 5, 7, 9]
