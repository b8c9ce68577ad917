from __future__ import annotations

import pytest
import torch

from forecast.training.loss import LossKind, masked_mean, point_errors


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("mse", [0.25, 9.0]), ("mae", [0.5, 3.0]), ("huber", [0.125, 2.5])],
)
def test_point_errors_follow_their_formula(kind: LossKind, expected: list[float]) -> None:
    errors = point_errors(torch.tensor([1.5, 4.0]), torch.tensor([1.0, 1.0]), kind)
    assert errors.tolist() == pytest.approx(expected)


def test_masked_mean_leaves_out_what_does_not_count() -> None:
    errors = torch.tensor([[1.0, 100.0], [3.0, 5.0]])
    counts = torch.tensor([[True, False], [True, True]])
    assert float(masked_mean(errors, counts)) == pytest.approx(3.0)
    assert float(masked_mean(errors, torch.zeros_like(counts))) == 0.0
