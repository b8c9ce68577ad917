"""The linear paths, and how a mixture tells series apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CountClock
from forecast.models.forecaster import FitContext
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.networks.combinations import contradictions
from forecast.networks.encoder_decoder import EncoderDecoder
from forecast.networks.shape import MIXED_PATHS, NetworkShape
from forecast.networks.skip import MixedSkip
from forecast.networks.window import Window
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan

L, H, SEASON = 14, 5, 2
MIXTURE = NetworkShape("gru", L, H, hidden_size=8, skip="mixture", initial_season=SEASON)
ROWS = 160


def network_of(shape: NetworkShape) -> EncoderDecoder:
    torch.manual_seed(0)
    return EncoderDecoder(shape)


def paths_of(network: EncoderDecoder) -> torch.Tensor:
    """Weights (K, H, L) of each path."""
    assert isinstance(network.skip, MixedSkip)
    return network.skip.paths.weight.detach().view(MIXED_PATHS, H, -1)


def repeats(season: int, values: torch.Tensor) -> torch.Tensor:
    return values[..., values.shape[-1] - season + torch.arange(H) % season]


def test_paths_begin_by_repeating_a_season_seven_of_them_and_the_last_value() -> None:
    values = torch.randn(6, L, generator=torch.Generator().manual_seed(0))
    lines = torch.einsum("khl,bl->kbh", paths_of(network_of(MIXTURE)), values)
    for line, season in zip(lines, (SEASON, 7 * SEASON, 1), strict=False):
        torch.testing.assert_close(line, repeats(season, values))
    free = lines[3:]
    torch.testing.assert_close(free, repeats(SEASON, values).expand_as(free), atol=0.05, rtol=0)
    assert all(not torch.equal(one, other) for one, other in pairwise(free))


@pytest.mark.parametrize(("season", "habits"), [(3, 2), (1, 2), (20, 1)])
def test_habits_that_a_window_does_not_hold_have_no_path(season: int, habits: int) -> None:
    shape = replace(MIXTURE, initial_season=min(season, L))
    exact = [torch.equal(path, path.round()) for path in paths_of(network_of(shape))]
    assert sum(exact) == (habits if season < L else 2)


def test_state_sets_the_shares_of_a_window() -> None:
    network = network_of(MIXTURE)
    values = torch.randn(2, L, generator=torch.Generator().manual_seed(1))
    window = Window(values, torch.zeros_like(values))
    equal = network(window)[..., 0]
    assert isinstance(network.skip, MixedSkip)
    with torch.no_grad():
        network.skip.gate.bias[1] = 50.0  # the path of seven seasons alone
    found = network(window)[..., 0].to(values.dtype)
    torch.testing.assert_close(found, repeats(7 * SEASON, values), atol=1e-5, rtol=1e-5)
    assert not torch.allclose(equal.to(values.dtype), found)


def test_gradients_reach_the_gate_and_every_path() -> None:
    network = network_of(MIXTURE)
    values = torch.randn(4, L, generator=torch.Generator().manual_seed(2))
    network(Window(values, torch.zeros_like(values)))[..., 0].sum().backward()
    assert isinstance(network.skip, MixedSkip)
    gate, paths = network.skip.gate.weight.grad, network.skip.paths.weight.grad
    assert gate is not None
    assert paths is not None
    assert bool((gate.abs().sum(dim=1) > 0).all())
    assert bool((paths.view(MIXED_PATHS, -1).abs().sum(dim=1) > 0).all())


def test_mixture_reads_a_whole_context_and_so_is_not_taught_at_every_step() -> None:
    shape = replace(MIXTURE, supervision="every-step")
    assert any("linear path" in wrong.reason for wrong in contradictions(shape))


def days_and_weeks() -> Panel:
    """Series that repeat every two steps, and series that repeat every fourteen only."""
    rng = np.random.default_rng(0)
    days = [np.tile(rng.normal(size=2), ROWS // 2) for _ in range(3)]
    weeks = [np.tile(rng.normal(size=14), ROWS // 14 + 1)[:ROWS] for _ in range(3)]
    values: FloatArray = np.concatenate([*days, *weeks])
    values += 0.05 * rng.normal(size=len(values))
    names = tuple(f"s{index}" for index in range(6))
    last = np.full(6, ROWS - 1, dtype=np.int64)
    offsets = np.arange(7, dtype=np.int64) * ROWS
    return Panel(names, values, offsets, np.zeros(6, dtype=np.int64), CountClock(last, 1, ROWS))


def test_mixture_forecasts_series_of_unlike_seasons_better_than_one_map() -> None:
    panel, errors = days_and_weeks(), {}
    cutoffs = np.arange(120, ROWS - H, 3, dtype=np.int64)
    plan = TrainingPlan(
        epochs=3,
        stop_after=3,
        max_steps=None,
        batch_size=32,
        learning_rate=2e-2,
        weight_decay=0.0,
        gradient_clip=1.0,
        schedule="cosine",
        warmup=5,
        patience=5,
    )
    for shape in (replace(MIXTURE, skip="linear"), MIXTURE):
        fitting = FitSettings(plan, start="season", device="cpu", threads=1)
        forecaster = NeuralForecaster(shape, scaler="standard", fitting=fitting)
        context = FitContext("gru", 0, 1, 0, SILENT)
        forecaster.fit(panel, span=Span(0, 120, 120), context=context)
        y_hat = forecaster.predict(panel, cutoffs, horizon=H)
        errors[shape.skip] = float(np.abs(panel.horizon_after(cutoffs, H) - y_hat).mean())
    assert errors["mixture"] < 0.8 * errors["linear"]
