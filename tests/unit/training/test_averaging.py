from __future__ import annotations

import pytest
import torch
from torch import nn

from forecast.training.averaging import DECAY, WeightAverage


def one(weight: float) -> nn.Linear:
    module = nn.Linear(1, 1, bias=False)
    nn.init.constant_(module.weight, weight)
    return module


def seen_in_place(average: WeightAverage, module: nn.Linear) -> float:
    with average.in_place():
        return float(module.weight.detach())


def test_average_weighs_each_step_less_than_the_one_after_and_all_weigh_one() -> None:
    module = one(5.0)
    average = WeightAverage(module)
    weights = [1.0, 4.0, 2.0]
    for weight in weights:
        nn.init.constant_(module.weight, weight)
        average.update()
    shares = [DECAY**age for age in (2, 1, 0)]
    expected = sum(s * w for s, w in zip(shares, weights, strict=True)) / sum(shares)
    assert seen_in_place(average, module) == pytest.approx(expected, rel=1e-5)
    assert float(module.weight.detach()) == 2.0  # training goes on from the weights themselves


def test_average_of_no_step_is_what_the_module_holds() -> None:
    module = one(5.0)
    assert seen_in_place(WeightAverage(module), module) == 5.0


def test_average_goes_on_from_a_snapshot() -> None:
    module = one(1.0)
    average, other = WeightAverage(module), WeightAverage(module)
    average.update()
    other.restore(*average.snapshot())
    nn.init.constant_(module.weight, 3.0)
    average.update()
    other.update()
    with average.in_place():
        expected = module.weight.detach().clone()
    with other.in_place():
        assert torch.equal(module.weight, expected)
