from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor, distributions

from forecast.data.units import Units
from forecast.networks.heads import HEADS, NegativeBinomialHead, build_head
from forecast.networks.likelihood import negative_binomial_nll, student_t_nll

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
RAW = st.floats(-1e4, 1e4)


def units(*, center: float = 0.0, divisor: float = 1.0) -> Units:
    return Units(*(torch.tensor([[value]], dtype=torch.float64) for value in (center, divisor, 1)))


def column(value: float) -> Tensor:
    return torch.tensor([[value]], dtype=torch.float64)


def raw(kind: str, *, location: float, rest: float) -> tuple[Tensor, Tensor]:
    size = build_head(kind, LEVELS).size
    return torch.full((1, 3), location), torch.full((1, 3, size - 1), rest)


@pytest.mark.parametrize("kind", HEADS)
def test_parameters_come_in_scaled_units_and_double_precision(kind: str) -> None:
    head = build_head(kind, LEVELS)
    location, rest = raw(kind, location=2.0, rest=0.3)
    found = head.parameters(location, rest, column(4.0), column(-1.0))
    assert found.shape == (1, 3, head.size)
    assert found.dtype == torch.float64
    plain = head.parameters(location, rest, column(1.0), column(0.0))
    place = LEVELS.index(0.5) if kind == "quantile" else 0
    assert found[..., place].tolist() == [[7.0, 7.0, 7.0]]
    if kind in ("gaussian", "student-t"):
        assert torch.equal(found[..., 1], 4 * plain[..., 1])  # a spread grows with the gain
    if kind == "quantile":
        spread, before = found - 7.0, plain - 2.0
        assert torch.allclose(spread, 4 * before, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("kind", HEADS)
def test_every_raw_number_moves_the_parameters(kind: str) -> None:
    head = build_head(kind, LEVELS)
    location, rest = raw(kind, location=0.5, rest=0.0)
    numbers = torch.cat([location[..., None], rest], dim=-1)[:, :1].to(torch.float64)
    slopes = torch.autograd.functional.jacobian(  # type: ignore[no-untyped-call]
        lambda given: head.parameters(given[..., 0], given[..., 1:], column(2.0), column(0.0)),
        numbers,
    )
    assert (slopes.reshape(head.size, head.size).abs().sum(dim=0) > 0).all()


def test_raw_zeros_are_the_same_spread_for_quantiles_as_for_a_normal_distribution() -> None:
    gaussian = build_head("gaussian").parameters(
        *raw("gaussian", location=1.0, rest=0.0), column(2.0), column(0.0)
    )
    found = build_head("quantile", LEVELS).parameters(
        *raw("quantile", location=1.0, rest=0.0), column(2.0), column(0.0)
    )
    location, sigma = gaussian[0, 0].tolist()
    wanted = stats.norm.ppf(LEVELS, location, sigma).tolist()
    assert found[0, 0].tolist() == pytest.approx(wanted, abs=1e-3)


@given(
    rest=st.lists(RAW, min_size=4, max_size=4),
    location=st.floats(-1e9, 1e9),
    gain=st.floats(1e-6, 1e6),
    offset=st.floats(-1e12, 1e12),
)
def test_quantiles_never_cross(
    rest: list[float], location: float, gain: float, offset: float
) -> None:
    found = build_head("quantile", LEVELS).parameters(
        column(location), torch.tensor([[rest]]), column(gain), column(offset)
    )
    assert (found.diff(dim=-1) >= 0).all()


def test_gaussian_likelihood_is_that_of_torch() -> None:
    head = build_head("gaussian")
    found = head.parameters(torch.tensor([[0.3]]), torch.tensor([[[-1.0]]]), column(2), column(1))
    target = column(0.7)
    wanted = distributions.Normal(found[..., 0], found[..., 1]).log_prob(target)  # type: ignore[no-untyped-call]
    assert float(head.nll(found, target, units())) == pytest.approx(-float(wanted), abs=1e-10)


@pytest.mark.parametrize("freedom", [2.001, 5.0, 300.0, 1e6])
@pytest.mark.parametrize("target", [-1e6, 0.0, 0.4, 50.0])
def test_student_likelihood_is_that_of_scipy(freedom: float, target: float) -> None:
    found = student_t_nll(column(target), column(0.4), column(0.02), column(freedom))
    wanted = -stats.t.logpdf(target, freedom, 0.4, 0.02)
    assert float(found) == pytest.approx(wanted, rel=1e-10, abs=1e-8 if freedom > 1e5 else 1e-10)


@pytest.mark.parametrize("dispersion", [1e-8, 1e-3, 0.0999, 0.1001, 0.7, 40.0])
@pytest.mark.parametrize("mean", [1e-4, 0.8, 30.0, 5e5])
@pytest.mark.parametrize("count", [0, 1, 7, 1234, 400_000])
def test_negative_binomial_likelihood_is_that_of_scipy(
    dispersion: float, mean: float, count: int
) -> None:
    found = float(negative_binomial_nll(column(count), column(mean), column(dispersion)))
    if dispersion == 1e-8:  # scipy subtracts huge gamma functions there: the Poisson limit
        mended = ((count - mean) ** 2 - count) / 2 * dispersion
        wanted = -stats.poisson.logpmf(count, mean) - mended
        assert found == pytest.approx(wanted, rel=1e-4, abs=1e-9)
        return
    wanted = -stats.nbinom.logpmf(count, 1 / dispersion, 1 / (1 + dispersion * mean))
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_negative_binomial_probabilities_sum_to_one_at_every_dispersion() -> None:
    counts = torch.arange(0, 4000, dtype=torch.float64)
    for dispersion in (1e-8, 1e-4, 0.05, 0.1, 0.3):
        each = negative_binomial_nll(counts, torch.tensor(12.0).double(), column(dispersion))
        assert float((-each).exp().sum()) == pytest.approx(1.0, abs=1e-10)


def test_negative_binomial_slopes_do_not_jump_where_the_formula_changes() -> None:
    slopes = []
    for dispersion in (0.1 - 1e-9, 0.1 + 1e-9):
        given = column(dispersion).requires_grad_()
        negative_binomial_nll(column(17.0), column(9.0), given).backward()  # type: ignore[no-untyped-call]
        slopes.append(float(given.grad if given.grad is not None else torch.nan))
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-6)


@pytest.mark.parametrize("kind", ["gaussian", "student-t", "negative-binomial"])
@pytest.mark.parametrize("location", [-1e6, 0.0, 1e6])
@pytest.mark.parametrize("rest", [-1e6, -40.0, 0.0, 1e6])
@pytest.mark.parametrize("target", [0.0, 3e7])
def test_likelihoods_and_slopes_are_finite_at_extremes(
    kind: str, location: float, rest: float, target: float
) -> None:
    head = build_head(kind)
    where, beside = (number.requires_grad_() for number in raw(kind, location=location, rest=rest))
    found = head.parameters(where, beside, column(1e-3), column(0.0))
    nll = head.nll(found, torch.full((1, 3), target, dtype=torch.float64), units(divisor=3.0))
    assert torch.isfinite(nll).all()
    nll.sum().backward()  # type: ignore[no-untyped-call]
    for numbers in (where, beside):
        assert numbers.grad is not None
        assert torch.isfinite(numbers.grad).all()


def test_counts_have_a_mean_above_zero_and_straight_away_from_it() -> None:
    head = NegativeBinomialHead()
    mean = head.mean(torch.tensor([[[-50.0, 1.0], [3.0, 1.0]]]), units(center=10.0, divisor=4.0))
    assert 0 < float(mean[0, 0]) < 1e-4
    assert float(mean[0, 1]) == pytest.approx(22.0, rel=1e-4)


@pytest.mark.parametrize("kind", HEADS)
def test_point_is_the_location_and_of_counts_the_mean(kind: str) -> None:
    head = build_head(kind, LEVELS)
    found = head.parameters(*raw(kind, location=1.5, rest=0.2), column(1.0), column(0.0))
    given = units(center=6.0, divisor=2.0)
    point = head.point(found, given)
    assert point.shape == (1, 3)
    assert point[0].tolist() == pytest.approx([1.5] * 3, rel=1e-6 if kind != "point" else 0)


@pytest.mark.parametrize("kind", ["point", "quantile"])
def test_a_head_without_likelihood_says_so(kind: str) -> None:
    head = build_head(kind, LEVELS)
    with pytest.raises(ValueError, match=f"a {kind} head has no likelihood"):
        head.nll(column(0.0)[..., None], column(0.0), units())


def test_an_unknown_head_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="head is 'poisson', not one of point, quantile"):
        build_head("poisson")
