"""A problem of one weight, for tests of the loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from forecast.training.checkpoint import Checkpoints
from forecast.training.loop import LoopResult, run_loop
from forecast.training.monitor import EpochRecord, SilentMonitor
from forecast.training.plan import TrainingPlan

PLAN = TrainingPlan(
    epochs=6,
    stop_after=6,
    max_steps=None,
    batch_size=4,
    learning_rate=0.05,
    weight_decay=0.0,
    gradient_clip=0.0,
    schedule="constant",
    warmup=0,
    patience=100,
)


@dataclass
class Line:
    """Fits ``y = 2 x``; validation losses may be dictated, and steps broken, by number from 1."""

    size: int = 10
    slope: float = 2.0
    dictated: list[float] = field(default_factory=list)
    watched: bool = True
    broken: Callable[[int], bool] = lambda _step: False
    shares: dict[str, float] = field(default_factory=dict)
    start: float = math.inf  # validation loss before the first step
    begun: bool = False
    steps: int = 0
    reach: float | None = None
    probed: list[float] = field(default_factory=list)
    progress: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)  # after each epoch
    picked: list[list[int]] = field(default_factory=list)

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def order(self, generator: torch.Generator, _batch_size: int) -> Tensor:
        return torch.randperm(self.size, generator=generator)

    def loss(self, module: nn.Module, picks: Tensor, progress: float) -> Tensor:
        self.steps += 1
        self.progress.append(progress)
        self.picked.append(picks.tolist())
        x = (picks.to(torch.float32) + 1)[:, None] / self.size
        loss: Tensor = (module(x) - self.slope * x).square().mean()
        return loss * math.nan if self.broken(self.steps) else loss

    def validate(self, module: nn.Module) -> float | None:
        assert not module.training
        if not self.begun:
            self.begun = True
            return self.start if self.watched else None
        self.weights.append(weight_of(module))
        if not self.watched:
            return None
        epoch = len(self.weights) - 1
        return self.dictated[epoch] if self.dictated else abs(self.weights[-1] - self.slope)

    def rate_share(self, name: str) -> float:
        return self.shares.get(name, 1.0)

    def describe(self, picks: Tensor) -> str:
        return f"series 'x', picks {picks.tolist()}"

    def probe(self, module: nn.Module) -> float | None:
        self.probed.append(weight_of(module))
        return self.reach


class Recorder(SilentMonitor):
    """Keeps what it hears, and asks to stop once it was asked ``patience`` times."""

    def __init__(self, patience: float = math.inf) -> None:
        self.records: list[EpochRecord] = []
        self.said: list[str] = []
        self.asked, self.patience = 0, patience

    def say(self, text: str) -> None:
        self.said.append(text)

    def end_epoch(self, record: EpochRecord) -> None:
        self.records.append(record)

    def should_stop(self) -> bool:
        self.asked += 1
        return self.asked >= self.patience


def weight_of(module: nn.Module) -> float:
    return float(next(module.parameters()).detach())


def start() -> nn.Linear:
    module = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(module.weight)
    return module


def train(
    problem: Line,
    plan: TrainingPlan = PLAN,
    *,
    monitor: Recorder | None = None,
    seed: int = 0,
    checkpoints: Checkpoints | None = None,
) -> tuple[nn.Linear, LoopResult]:
    module = start()
    result = run_loop(
        module,
        problem,
        plan=plan,
        fit="gru, fold 1 of 3",
        monitor=monitor or Recorder(),
        generator=torch.Generator().manual_seed(seed),
        checkpoints=checkpoints,
    )
    return module, result
