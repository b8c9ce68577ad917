"""What a network says of packed series beyond one forecast: quantiles and possible futures.

Up to the trained horizon quantiles are exact. Beyond it there is no one distribution, since what is
fed back is not known: paths are drawn, each is fed back as if it had been observed, and quantiles
are those of the paths. A new block of a path is drawn afresh: what the last one came to, its
network has seen.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.units import Units
from forecast.data.windows import evenly, gather_target
from forecast.models.distribution import (
    correlated_normals,
    lag_one,
    probabilities,
    quantiles,
    sample,
)
from forecast.models.forecaster import Draws
from forecast.models.problem import WindowProblem
from forecast.models.rollout import Rollout
from forecast.networks.build import Network

FED_BACK = Draws(500)
"""Paths from which quantiles beyond the trained horizon are taken."""
MOST_WINDOWS = 2048
"""Windows, evenly spaced among all, on which the correlation of steps is measured."""


class Look(Protocol):
    """What is asked of a network, for each of W windows: M lines of ``horizon`` steps."""

    @property
    def horizon(self) -> int:
        """H, steps ahead."""

    def __call__(self, rollout: Rollout, rows: Tensor, series: Tensor) -> FloatArray:
        """Answer after packed ``rows`` of ``series``, both (W,), in shape (W, M, H), scaled."""


@dataclass(frozen=True)
class Points:
    """The one forecast of each step, M = 1."""

    horizon: int

    def __call__(self, rollout: Rollout, rows: Tensor, series: Tensor) -> FloatArray:
        """Forecast, shape (W, 1, H), scaled."""
        return rollout.points(rows, series, horizon=self.horizon)[:, None]


@dataclass(frozen=True)
class Quantiles:
    """Quantiles of each step, M of them; ``rho`` is the correlation of steps."""

    levels: tuple[float, ...]
    horizon: int
    rho: float

    def __call__(self, rollout: Rollout, rows: Tensor, series: Tensor) -> FloatArray:
        """Forecast, shape (W, M, H), scaled."""
        near = min(self.horizon, rollout.network.shape.horizon)
        found = [np.zeros((0, len(self.levels), near))]
        with torch.inference_mode():
            for row, which in rollout.batches(rows, series, near):
                window, beyond = rollout.look(row, which, horizon=near)
                parameters = _numbers(rollout.network(rollout.at(window, beyond, 0)))[:, :near]
                units = rollout.units_of(which)
                exact = quantiles(rollout.network.head, parameters, self.levels, units)
                found.append(exact.swapaxes(1, 2))
        whole = np.concatenate(found)
        if near == self.horizon:
            return whole
        paths = Paths(FED_BACK, self.horizon, self.rho)(rollout, rows, series)
        far = np.quantile(paths[:, :, near:], self.levels, axis=1, method="inverted_cdf")
        return np.concatenate([whole, far.swapaxes(0, 1)], axis=2)


@dataclass(frozen=True)
class Paths:
    """Possible futures, M of them; those of a series depend on the seed and its name alone."""

    draws: Draws
    horizon: int
    rho: float

    def __call__(self, rollout: Rollout, rows: Tensor, series: Tensor) -> FloatArray:
        """Draw, shape (W, M, H), scaled."""
        drawn = [np.zeros((0, self.draws.count, self.horizon))]
        with torch.inference_mode():
            each = self.draws.count * (rollout.network.shape.context_length + self.horizon)
            for row, which in rollout.batches(rows, series, each):
                normals = self._normals(rollout, which.cpu().numpy())
                drawn.append(self._draw(rollout, row, which, normals))
        return np.concatenate(drawn)

    def _normals(self, rollout: Rollout, which: IntArray) -> list[FloatArray]:
        """Standard normal numbers of each block, (W, M, H) each."""
        count, block = rollout.count(self.horizon), rollout.network.shape.horizon
        own, place = np.unique(which, return_inverse=True)
        seeds = [(self.draws.seed, zlib.crc32(rollout.names[one].encode())) for one in own]
        sources = [np.random.default_rng(seed) for seed in seeds]
        return [
            np.stack(
                [correlated_normals(rng, self.draws.count, block, rho=self.rho) for rng in sources]
            )[place]
            for _ in range(count)
        ]

    def _draw(
        self, rollout: Rollout, row: Tensor, which: Tensor, normals: list[FloatArray]
    ) -> FloatArray:
        """Draw the first block of all paths at once, and each further one path by path."""
        network, count = rollout.network, self.draws.count
        window, beyond = rollout.look(row, which, horizon=self.horizon)
        found = _numbers(network(rollout.at(window, beyond, 0)))  # (W, H, P)
        blocks = [sample(network.head, found, normals[0], rollout.units_of(which))]
        if len(normals) > 1:
            row, which = row.repeat_interleave(count), which.repeat_interleave(count)
            window, beyond = rollout.look(row, which, horizon=self.horizon)
        for index in range(1, len(normals)):
            last = torch.from_numpy(blocks[-1].reshape(len(row), -1)).to(row.device)
            window = rollout.fed(window, last)
            found = _numbers(network(rollout.at(window, beyond, index)))  # (W M, H, P)
            each = normals[index].reshape(len(row), 1, -1)
            more = sample(network.head, found, each, rollout.units_of(which))
            blocks.append(more.reshape(blocks[0].shape))
        return np.concatenate(blocks, axis=2)[:, :, : self.horizon]


def step_correlation(network: Network, problem: WindowProblem) -> float:
    """Measure how much neighbouring steps of a forecast err together.

    On the windows of the validation tail, or where there are none on those of training.
    """
    windows = problem.tail if len(problem.tail) else problem.train
    picks = evenly(torch.arange(len(windows), device=problem.device), MOST_WINDOWS)
    chances = []
    network.eval()
    with torch.inference_mode():
        for part in torch.split(picks, problem.per_batch):
            some = windows.pick(part)
            target, counts = gather_target(problem.packed, some, horizon=problem.shape.horizon)
            units = Units(*(number[some.series] for number in problem.units))
            values = _numbers(torch.where(counts, target, torch.nan))
            parameters = _numbers(network(problem.look(some)))
            chances.append(probabilities(network.head, parameters, values, units))
    return lag_one(np.concatenate(chances))


def _numbers(tensor: Tensor) -> FloatArray:
    found: FloatArray = tensor.cpu().numpy()
    return found
