from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from forecast.data.arrays import FloatArray
from forecast.data.units import Units
from forecast.models.distribution import (
    correlated_normals,
    lag_one,
    probabilities,
    quantiles,
    sample,
)
from forecast.networks.heads import Head, build_head

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
CONTINUOUS = ("quantile", "gaussian", "student-t")
SPREAD = (*CONTINUOUS, "negative-binomial")


def units(*, center: float = 12.0, divisor: float = 4.0) -> Units:
    each = (np.full((2, 1), number) for number in (center, divisor, 1.0))
    return Units(*(torch.from_numpy(number) for number in each))


def predicted(kind: str) -> tuple[Head, FloatArray]:
    """Parameters of two windows of three steps, each step different."""
    head = build_head(kind, LEVELS)
    raw = torch.linspace(-1, 1, 6 * head.size).reshape(2, 3, head.size)
    gain = torch.tensor([[1.0], [2.0]], dtype=torch.float64)
    found = head.parameters(raw[..., 0], raw[..., 1:], gain, torch.zeros_like(gain))
    return head, found.numpy()


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_probabilities_invert_quantiles(kind: str) -> None:
    head, parameters = predicted(kind)
    for level in (0.03, 0.2, 0.5, 0.77, 0.975):
        values = quantiles(head, parameters, [level], units())[..., 0]
        assert values.shape == (2, 3)
        found = probabilities(head, parameters, values, units())
        np.testing.assert_allclose(found, level, atol=1e-12)


@pytest.mark.parametrize("kind", SPREAD)
def test_quantiles_ascend_and_hold_the_median(kind: str) -> None:
    head, parameters = predicted(kind)
    found = quantiles(head, parameters, LEVELS, units())
    assert found.shape == (2, 3, len(LEVELS))
    assert (np.diff(found) >= 0).all()
    if kind in CONTINUOUS:
        point = head.point(torch.from_numpy(parameters), units()).numpy()
        np.testing.assert_allclose(found[..., 3], point, rtol=0, atol=1e-15)


def test_quantiles_of_a_quantile_head_are_its_own_and_straight_between() -> None:
    head, parameters = predicted("quantile")
    np.testing.assert_array_equal(quantiles(head, parameters, LEVELS, units()), parameters)
    found = quantiles(head, parameters, [0.3], units())[..., 0]
    np.testing.assert_allclose(found, 0.8 * parameters[..., 3 - 1] + 0.2 * parameters[..., 3])


@pytest.mark.parametrize("level", [0.02, 0.98])
def test_a_quantile_outside_the_trained_levels_is_refused(level: float) -> None:
    head, parameters = predicted("quantile")
    with pytest.raises(ValueError, match=rf"quantile {level} is outside 0.025 to 0.975"):
        quantiles(head, parameters, [level], units())


def test_a_point_head_has_no_quantiles() -> None:
    with pytest.raises(ValueError, match="a point head has no quantiles"):
        quantiles(build_head("point"), np.zeros((2, 3, 1)), [0.5], units())


def test_quantiles_of_counts_are_whole_numbers_of_the_file_and_those_of_scipy() -> None:
    head, parameters = predicted("negative-binomial")
    found = quantiles(head, parameters, LEVELS, units()) * 4.0 + 12.0
    mean = (head.point(torch.from_numpy(parameters), units()).numpy() * 4.0 + 12.0)[..., None]
    spread = parameters[..., 1:]
    wanted = stats.nbinom.ppf(LEVELS, 1 / spread, 1 / (1 + spread * mean))
    np.testing.assert_allclose(found, wanted, atol=1e-9)
    assert found.min() >= 0


def test_counts_without_dispersion_are_those_of_poisson() -> None:
    head = build_head("negative-binomial")
    parameters = np.array([[[2.0, 1e-8]], [[2.0, 1e-8]]])
    mean = head.point(torch.from_numpy(parameters), units()).numpy()[0, 0] * 4.0 + 12.0
    found = quantiles(head, parameters, LEVELS, units())[0, 0] * 4.0 + 12.0
    np.testing.assert_allclose(found, stats.poisson.ppf(LEVELS, mean), atol=1e-9)


@pytest.mark.parametrize("kind", SPREAD)
def test_samples_have_the_marginals_of_the_head(kind: str) -> None:
    head, parameters = predicted(kind)
    normals = correlated_normals(np.random.default_rng(5), 20_000, 3, rho=0.6)
    paths = sample(head, parameters, normals, units())
    assert paths.shape == (2, 20_000, 3)
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    wanted = quantiles(head, parameters, levels, units())[:, None]  # (2, 1, 3, levels)
    within = (paths[..., None] <= wanted + 1e-9).mean(axis=1)  # (2, 3, levels)
    below = (paths[..., None] < wanted - 1e-9).mean(axis=1)
    assert (within > np.array(levels) - 0.015).all()
    assert (below < np.array(levels) + 0.015).all()


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_probabilities_invert_samples_in_the_tails_too(kind: str) -> None:
    head, parameters = predicted(kind)
    chances = np.linspace(0.001, 0.999, 3)[None, None, :]
    values = sample(head, parameters, stats.norm.ppf(chances), units())[:, 0]
    np.testing.assert_allclose(
        probabilities(head, parameters, values, units()), np.tile(chances[0], (2, 1)), atol=1e-10
    )


def test_probabilities_of_counts_take_half_of_their_own() -> None:
    head, parameters = predicted("negative-binomial")
    spread = parameters[..., 1]
    mean = head.point(torch.from_numpy(parameters), units()).numpy() * 4.0 + 12.0
    found = probabilities(head, parameters, np.full((2, 3), (7 - 12.0) / 4.0), units())
    own = stats.nbinom(1 / spread, 1 / (1 + spread * mean))
    np.testing.assert_allclose(found, (own.cdf(6) + own.cdf(7)) / 2, rtol=1e-9)


@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.8])
def test_normals_are_standard_with_that_correlation_at_every_step(rho: float) -> None:
    normals = correlated_normals(np.random.default_rng(2), 40_000, 6, rho=rho)
    np.testing.assert_allclose(normals.std(axis=0), 1.0, atol=0.015)
    near = np.corrcoef(normals.T)
    np.testing.assert_allclose(np.diag(near, 1), rho, atol=0.02)
    np.testing.assert_allclose(np.diag(near, 2), rho**2, atol=0.02)
    assert lag_one(stats.norm.cdf(normals)) == pytest.approx(rho, abs=0.02)


def test_correlation_leaves_out_missing_targets_and_is_0_where_there_is_none_to_measure() -> None:
    normals = correlated_normals(np.random.default_rng(2), 4000, 6, rho=0.7)
    chances = stats.norm.cdf(normals)
    chances[::2, 3] = np.nan
    assert lag_one(chances) == pytest.approx(0.7, abs=0.03)
    assert lag_one(np.full((5, 4), 0.4)) == 0.0
    assert lag_one(np.full((5, 4), np.nan)) == 0.0
    assert lag_one(np.full((5, 1), 0.4)) == 0.0
    assert lag_one(np.array([[0.0, 0.0], [1.0, 1.0], [0.3, 0.3]])) == 0.995
