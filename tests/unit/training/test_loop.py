from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import chain, pairwise
from typing import Literal

import pytest
import torch

from forecast.errors import DivergedError
from forecast.training.adamw import AdamW
from tests.unit.training.line import PLAN, Line, Recorder, train, weight_of


def test_loop_learns() -> None:
    module, result = train(Line(), replace(PLAN, epochs=80, stop_after=80))
    assert weight_of(module) == pytest.approx(2.0, abs=0.05)
    assert result.stopped == "epochs"


def test_each_epoch_shows_every_example_once_in_an_order_of_its_own() -> None:
    problem = Line()
    train(problem, replace(PLAN, epochs=2, stop_after=2))
    epochs = [list(chain(*problem.picked[:3])), list(chain(*problem.picked[3:]))]
    assert [len(batch) for batch in problem.picked] == [4, 4, 2] * 2
    assert [sorted(epoch) for epoch in epochs] == [list(range(10))] * 2
    assert epochs[0] != epochs[1]


def test_same_seed_gives_the_same_weights_and_another_seed_other_ones() -> None:
    first, again, other = (weight_of(train(Line(), seed=seed)[0]) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_best_weights_are_restored_not_the_last_ones() -> None:
    problem = Line(dictated=[3.0, 1.0, 2.0, 1.5, 1.0, 4.0])
    module, result = train(problem)
    assert result.best_epoch == 2  # an equal loss later is no improvement
    assert weight_of(module) == problem.weights[1]
    assert weight_of(module) != problem.weights[-1]
    assert [record.best for record in result.records] == [True, True, False, False, False, False]


def test_training_that_only_harms_gives_the_first_weights_back() -> None:
    problem = Line(start=0.5, dictated=[3.0, 1.0, 2.0, 1.5, 1.0, 4.0])
    module, result = train(problem, replace(PLAN, patience=4))
    assert (result.best_epoch, result.stopped, len(result.records)) == (0, "patience", 4)
    assert weight_of(module) == 0.0


def test_early_stopping_ends_after_patience_epochs_without_improvement() -> None:
    problem = Line(dictated=[3.0, 1.0, 2.0, 1.5, 1.2, 0.1])
    _, result = train(problem, replace(PLAN, patience=3))
    assert result.stopped == "patience"
    assert len(result.records) == 5
    assert result.best_epoch == 2


def test_without_validation_the_last_weights_stay() -> None:
    problem = Line(watched=False)
    module, result = train(problem, replace(PLAN, patience=1))
    assert result.best_epoch == len(result.records) == 6
    assert weight_of(module) == problem.weights[-1]


def test_stop_after_ends_earlier_on_the_schedule_of_all_epochs() -> None:
    plan = replace(PLAN, schedule="cosine")
    whole = train(Line(watched=False), plan)[1].records
    short = train(Line(watched=False), replace(plan, stop_after=2))[1]
    assert short.stopped == "epochs"
    assert [r.learning_rate for r in short.records] == [r.learning_rate for r in whole[:2]]
    assert [r.train_loss for r in short.records] == [r.train_loss for r in whole[:2]]


@pytest.mark.parametrize(("max_steps", "epochs"), [(1, 1), (3, 1), (7, 3)])
def test_max_steps_ends_the_fit_in_the_middle_of_an_epoch(max_steps: int, epochs: int) -> None:
    problem = Line()
    _, result = train(problem, replace(PLAN, max_steps=max_steps))
    assert problem.steps == max_steps
    assert result.stopped == "max steps"
    assert len(result.records) == epochs
    assert result.records[-1].step == max_steps


def test_records_tell_loss_rate_and_norm_of_each_epoch() -> None:
    monitor = Recorder()
    _, result = train(Line(), replace(PLAN, warmup=6), monitor=monitor)
    assert tuple(monitor.records) == result.records
    first = result.records[0]
    assert (first.fit, first.epoch, first.epochs, first.step) == ("gru, fold 1 of 3", 1, 6, 3)
    assert first.learning_rate == pytest.approx(0.05 * 3 / 6)
    assert first.gradient_norm > 0
    losses = [record.train_loss for record in result.records]
    assert losses[-1] < losses[0]


def test_learning_rate_of_the_schedule_reaches_the_weights() -> None:
    problem = Line(size=4)  # one step an epoch; a step of AdamW is as long as its rate
    train(problem, replace(PLAN, warmup=4, epochs=4, stop_after=4))
    moved = [after - before for before, after in pairwise([0.0, *problem.weights])]
    assert moved == pytest.approx([0.0125, 0.025, 0.0375, 0.05], rel=0.02)


def test_plateau_begins_to_count_after_the_warm_up_and_never_returns_to_the_peak() -> None:
    problem = Line(size=4, dictated=[9.0] * 8 + [0.5, 0.4, 0.3, 0.2])  # one step an epoch
    plan = replace(PLAN, schedule="plateau", warmup=4, epochs=12, stop_after=12)
    rates = [record.learning_rate for record in train(problem, plan)[1].records]
    assert rates[:4] == pytest.approx([0.0125, 0.025, 0.0375, 0.05])
    # The fifth epoch is the first to count; three more without improvement end with the eighth.
    assert rates[4:] == [0.05] * 4 + [0.025] * 4


def test_plateau_without_validation_rows_follows_the_training_loss_and_says_so() -> None:
    monitor = Recorder()
    problem = Line(size=4, slope=0.0, watched=False)  # nothing to learn: the loss stays at 0
    plan = replace(PLAN, schedule="plateau", epochs=8, stop_after=8)
    rates = [r.learning_rate for r in train(problem, plan, monitor=monitor)[1].records]
    assert rates == [0.05] * 4 + [0.025] * 3 + [0.0125]
    (said,) = monitor.said
    assert "gru, fold 1 of 3: without validation rows the plateau schedule halves" in said


def test_a_parameter_takes_its_share_of_the_learning_rate() -> None:
    problem = Line(size=4, shares={"weight": 0.1})
    train(problem, replace(PLAN, warmup=4, epochs=4, stop_after=4))
    moved = [after - before for before, after in pairwise([0.0, *problem.weights])]
    assert moved == pytest.approx([0.00125, 0.0025, 0.00375, 0.005], rel=0.02)


def test_clipping_bounds_the_gradient_and_the_record_shows_it_before_clipping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[float] = []
    step = AdamW.step

    def watch(optimiser: AdamW, rate: float) -> None:
        (weights,) = optimiser.groups.values()
        assert weights[0].grad is not None
        seen.append(float(weights[0].grad.norm()))
        step(optimiser, rate)

    monkeypatch.setattr(AdamW, "step", watch)
    _, clipped = train(Line(slope=500.0), replace(PLAN, gradient_clip=1.0))
    assert max(seen) == pytest.approx(1.0, rel=1e-4)
    assert clipped.records[0].gradient_norm > 100
    seen.clear()
    train(Line(slope=500.0), replace(PLAN, gradient_clip=0.0))
    assert min(seen) > 10


def test_loss_not_finite_once_goes_on_from_the_last_good_weights_at_half_the_rate() -> None:
    monitor = Recorder()
    problem = Line(broken=lambda step: step == 5)
    module, result = train(problem, monitor=monitor)
    assert len(monitor.said) == 1
    assert "gru, fold 1 of 3" in monitor.said[0]
    assert "epoch 2, step 5" in monitor.said[0]
    assert "half the learning rate" in monitor.said[0]
    culprit = f"series 'x', picks {problem.picked[4]}"  # the batch of that very step
    assert culprit in monitor.said[0]
    assert [record.epoch for record in result.records] == [1, 2, 3, 4, 5, 6]
    assert [record.learning_rate for record in result.records] == [0.05] + [0.025] * 5
    assert math.isfinite(weight_of(module))
    assert weight_of(module) > problem.weights[0] > 0  # it did go on


def test_loss_not_finite_in_the_first_step_begins_again_from_the_first_weights() -> None:
    problem = Line(broken=lambda step: step == 1)
    module, result = train(problem)
    assert len(result.records) == 6
    assert math.isfinite(weight_of(module))


def test_loss_not_finite_twice_ends_the_fit_by_name() -> None:
    problem = Line(broken=lambda step: step in {5, 8})
    with pytest.raises(DivergedError) as caught:
        train(problem)
    error = caught.value
    assert error.exit_code == 7
    assert "epoch 2, step 5" in error.message  # the broken epoch was run again
    assert "learning rate to 0.025" in error.message
    assert f"series 'x', picks {problem.picked[7]}" in error.message
    assert error.location == "gru, fold 1 of 3"
    assert error.fix is not None
    assert "--learning-rate" in error.fix


@pytest.mark.parametrize("loss", [math.nan, math.inf])
@pytest.mark.parametrize("average", ["none", "ema"])
def test_validation_loss_not_finite_is_treated_alike(
    loss: float, average: Literal["none", "ema"]
) -> None:
    monitor, plan = Recorder(), replace(PLAN, average=average)
    _, result = train(Line(dictated=[2.0, loss, *[1.0] * 9]), plan, monitor=monitor)
    assert "epoch 2" in monitor.said[0]
    assert len(result.records) == 6
    with pytest.raises(DivergedError):
        train(Line(dictated=[2.0, loss, loss]), plan)


def test_broken_step_is_found_in_a_long_epoch_before_its_end() -> None:
    problem = Line(size=1_000, broken=lambda step: step == 20)
    monitor = Recorder()
    train(problem, replace(PLAN, epochs=1, stop_after=1), monitor=monitor)
    assert "epoch 1, step 20" in monitor.said[0]
    assert problem.steps < 2 * 250  # it did not run the broken epoch to its end


def test_interruption_ends_after_the_step_and_keeps_the_best_weights() -> None:
    # Asked after each step and each epoch: the eighth answer comes within the second epoch.
    monitor = Recorder(patience=6)
    problem = Line(dictated=[1.0, 5.0])
    module, result = train(problem, monitor=monitor)
    assert result.stopped == "interrupted"
    assert problem.steps == 5  # three of the first epoch, two of the second
    assert len(result.records) == 2
    assert result.best_epoch == 1
    assert weight_of(module) == problem.weights[0]


def test_stop_that_comes_with_the_last_step_is_no_interruption() -> None:
    # Twelve answers to four epochs of three steps, three between them, and the last step's.
    plan = replace(PLAN, epochs=4, stop_after=4)
    assert train(Line(), plan, monitor=Recorder(patience=15))[1].stopped == "epochs"
    assert train(Line(), plan, monitor=Recorder(patience=14))[1].stopped == "interrupted"


def test_interruption_at_once_leaves_the_weights_of_one_step() -> None:
    problem = Line()
    module, result = train(problem, monitor=Recorder(patience=1))
    assert (problem.steps, result.stopped) == (1, "interrupted")
    assert weight_of(module) == problem.weights[0] != 0.0


def test_problem_hears_how_far_the_fit_has_come() -> None:
    problem = Line()
    train(problem, replace(PLAN, epochs=2, stop_after=2))
    assert problem.progress == pytest.approx([step / 6 for step in range(6)])


def test_record_has_the_norm_of_each_layer() -> None:
    record = train(Line())[1].records[0]
    assert record.gradient_norms == pytest.approx({"weight": record.gradient_norm})


def test_time_that_is_up_ends_the_fit_after_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, begun = Line(), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: begun + problem.steps)  # a second a step
    module, result = train(problem, replace(PLAN, max_time=5.0))
    assert (problem.steps, result.stopped) == (5, "max time")
    assert len(result.records) == 2
    assert weight_of(module) == problem.weights[-1]


def test_average_is_judged_and_kept_while_training_goes_on_from_the_weights() -> None:
    raw, averaged = Line(), Line()
    module, _ = train(averaged, replace(PLAN, average="ema"))
    _, result = train(raw)
    assert averaged.picked == raw.picked
    assert averaged.weights[0] < raw.weights[0]  # the average lags behind a weight that grows
    assert weight_of(module) == averaged.weights[-1]
    assert [r.train_loss for r in result.records] == [
        r.train_loss for r in train(Line(), replace(PLAN, average="ema"))[1].records
    ]


def test_average_survives_a_loss_that_is_not_finite() -> None:
    problem = Line(broken=lambda step: step == 5)
    module, _ = train(problem, replace(PLAN, average="ema"))
    assert math.isfinite(weight_of(module))
    assert all(math.isfinite(weight) for weight in problem.weights)


def test_gradients_that_vanish_are_told_once_a_fit() -> None:
    monitor, problem = Recorder(), Line(reach=1e-9)
    train(problem, monitor=monitor)
    (said,) = monitor.said
    assert said.startswith("gru, fold 1 of 3: gradients reaching the first steps are 1e-9")


def test_gradients_are_followed_after_the_first_and_the_last_epoch() -> None:
    problem, monitor = Line(watched=False), Recorder()
    train(problem, monitor=monitor)
    assert problem.probed == [problem.weights[0], problem.weights[-1]]
    assert monitor.said == []


def test_bfloat16_rounds_products_and_leaves_weights_in_float32() -> None:
    module, result = train(Line(), replace(PLAN, precision="bf16"))
    assert module.weight.dtype == torch.float32
    losses = [record.train_loss for record in result.records]
    exact = [record.train_loss for record in train(Line())[1].records]
    assert losses != exact
    assert losses == pytest.approx(exact, rel=0.05)
