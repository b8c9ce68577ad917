"""An epoch keeps what its steps said in the same memory, however many there are."""

from __future__ import annotations

import torch

from forecast.training.steps import Steps


def test_steps_are_kept_in_order_and_in_one_place() -> None:
    steps = Steps(5)
    places = set()
    for number in range(3):
        steps.add(torch.tensor(float(number)), torch.tensor([number, 10.0 + number]))
        places.add((steps.losses.data_ptr(), steps.norms.data_ptr()))
    assert steps.losses.tolist() == [0.0, 1.0, 2.0]
    assert steps.norms.tolist() == [[0.0, 10.0], [1.0, 11.0], [2.0, 12.0]]
    assert steps.count == 3
    assert len(places) == 1
