from __future__ import annotations

from typing import get_args

import pytest
import torch
from scipy import stats
from torch import Tensor

from forecast.data.units import Units
from forecast.networks.heads import HEADS, build_head
from forecast.training.loss import (
    errors,
    masked_mean,
    point_errors,
)
from forecast.training.objectives import LOSSES_OF, LossKind

LEVELS = (0.1, 0.5, 0.9)


def numbers(*values: float) -> Tensor:
    return torch.tensor([values], dtype=torch.float64)


def units(*, center: float = 0.0, divisor: float = 1.0, error: float = 1.0) -> Units:
    return Units(numbers(center), numbers(divisor), numbers(error))


def point(kind: LossKind, forecast: Tensor, target: Tensor, given: Units) -> list[float]:
    found: list[float] = errors(kind, build_head("point"), forecast[..., None], target, given)[
        0
    ].tolist()
    return found


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("mse", [0.25, 9.0]), ("mae", [0.5, 3.0]), ("huber", [0.125, 2.5])],
)
def test_point_errors_follow_their_formula(kind: LossKind, expected: list[float]) -> None:
    assert point_errors(
        torch.tensor([1.5, 4.0]), torch.tensor([1.0, 1.0]), kind
    ).tolist() == pytest.approx(expected)
    assert point(kind, numbers(1.5, 4.0), numbers(1.0, 1.0), units()) == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["pinball", "nll", "smape", "mase"])
def test_point_errors_refuse_what_needs_more(kind: LossKind) -> None:
    with pytest.raises(ValueError, match=f"{kind} is no error of scaled numbers alone"):
        point_errors(numbers(1.0), numbers(1.0), kind)


def test_smape_is_in_units_of_the_file() -> None:
    given = units(center=10.0, divisor=5.0)  # 15 forecast, 20 came; and -5 forecast, 5 came
    found = point("smape", numbers(1.0, -3.0), numbers(2.0, -1.0), given)
    assert found == pytest.approx([200 * 5 / 35, 200.0])


def test_smape_of_zero_and_zero_is_zero_with_a_finite_slope() -> None:
    forecast = numbers(-2.0, -2.0 + 1e-12).requires_grad_()
    given = units(center=10.0, divisor=5.0)
    found = errors("smape", build_head("point"), forecast[..., None], numbers(-2.0, -2.0), given)
    assert found[0].tolist() == pytest.approx([0.0, 0.0], abs=1e-3)
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert forecast.grad is not None
    assert torch.isfinite(forecast.grad).all()


@pytest.mark.parametrize(("error", "expected"), [(0.5, 4.0), (0.0, 2.0), (float("nan"), 2.0)])
def test_mase_divides_by_the_usual_error_where_there_is_one(error: float, expected: float) -> None:
    assert point("mase", numbers(3.0), numbers(1.0), units(error=error)) == [expected]


def test_pinball_follows_its_formula() -> None:
    quantiles = torch.tensor([[[1.0, 2.0, 3.0]]], dtype=torch.float64)
    found = errors("pinball", build_head("quantile", LEVELS), quantiles, numbers(2.5), units())
    assert float(found) == pytest.approx((0.1 * 1.5 + 0.5 * 0.5 + 0.1 * 0.5) / 3)


def test_pinball_is_least_at_the_quantiles_of_the_targets() -> None:
    target = torch.randn(4000, 1, generator=torch.Generator().manual_seed(3)).double()
    head = build_head("quantile", LEVELS)

    def cost(quantiles: Tensor) -> float:
        whole = quantiles.expand(4000, 1, 3)
        return float(errors("pinball", head, whole, target, units()).mean())

    own = target[:, 0].quantile(torch.tensor(LEVELS).double())
    for place in range(3):
        for shift in (-0.1, 0.1):
            moved = own.clone()
            moved[place] += shift
            assert cost(moved) > cost(own)


def test_nll_is_that_of_the_head() -> None:
    head = build_head("gaussian")
    parameters = torch.tensor([[[0.5, 2.0]]], dtype=torch.float64)
    found = errors("nll", head, parameters, numbers(1.5), units())
    assert float(found) == pytest.approx(-stats.norm.logpdf(1.5, 0.5, 2.0), abs=1e-10)


@pytest.mark.parametrize("kind", HEADS)
def test_every_loss_of_a_head_gives_one_double_for_each_target(kind: str) -> None:
    head = build_head(kind, LEVELS)
    raw = torch.zeros(2, 3, 5, head.size)  # such as every position of an encoder
    gain, offset = torch.ones(2, 3, 1).double(), torch.zeros(2, 3, 1).double()
    given = Units(*(torch.ones(2, 1, 1).double() for _ in range(3)))
    parameters = head.parameters(raw[..., 0], raw[..., 1:], gain, offset)
    for loss in LOSSES_OF[kind]:
        found = errors(loss, head, parameters, torch.ones(2, 3, 5).double(), given)
        assert found.shape == (2, 3, 5)
        assert found.dtype == torch.float64
        assert torch.isfinite(found).all()


def test_every_head_has_losses_and_every_loss_a_head() -> None:
    assert set(LOSSES_OF) == set(HEADS)
    assert {loss for losses in LOSSES_OF.values() for loss in losses} == set(get_args(LossKind))
    assert LOSSES_OF["point"][0] == "mae"


def test_masked_mean_leaves_out_what_does_not_count() -> None:
    errors = torch.tensor([[1.0, 100.0], [3.0, 5.0]])
    counts = torch.tensor([[True, False], [True, True]])
    assert float(masked_mean(errors, counts)) == pytest.approx(3.0)
    assert float(masked_mean(errors, torch.zeros_like(counts))) == 0.0
