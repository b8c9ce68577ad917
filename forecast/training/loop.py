"""The training loop: AdamW, clipping, a schedule, early stopping, the best weights at the end.

It knows nothing of time series. A `Problem` says how many examples there are and what a batch of
them costs; the loop draws batches on the device, steps, and watches. Nothing leaves the device
inside an epoch save a look at the losses every `CHECK_EVERY` steps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import torch
from torch import Tensor, nn

from forecast.errors import DivergedError
from forecast.training.monitor import EpochRecord, Monitor
from forecast.training.schedule import Plateau, Schedule, ScheduleKind

CHECK_EVERY = 50
"""Steps between two looks at whether the losses are still finite."""

Weights: TypeAlias = dict[str, Tensor]


class Problem(Protocol):
    """What is to be learnt."""

    @property
    def size(self) -> int:
        """Number of training examples."""

    @property
    def device(self) -> torch.device:
        """Where the examples lie."""

    def order(self, generator: torch.Generator, batch_size: int) -> Tensor:
        """Draw the examples of one epoch, ``size`` of them, batch after batch."""

    def loss(self, module: nn.Module, picks: Tensor, progress: float) -> Tensor:
        """Mean loss of the examples ``picks``, a scalar on the device.

        ``progress`` of the fit runs from 0 at its first step to 1.
        """

    def validate(self, module: nn.Module) -> float | None:
        """Loss on the validation examples; None where there are none."""

    def rate_share(self, name: str) -> float:
        """Share of the learning rate that the module's parameter ``name`` takes, at most 1."""

    def describe(self, picks: Tensor) -> str:
        """Name the examples most likely to have broken a step."""


@dataclass(frozen=True)
class TrainingPlan:
    """How to train.

    Parameters
    ----------
    epochs : int
        Passes over the examples; the schedule runs over all of them.
    stop_after : int
        Epochs after which to end without looking at validation; ``epochs`` when early stopping
        decides.
    max_steps : int or None
        Most optimiser steps.
    batch_size : int
        Examples of a step.
    learning_rate, weight_decay : float
        Of AdamW (Loshchilov & Hutter 2019).
    gradient_clip : float
        Largest norm of all gradients together; 0 does not clip.
    schedule : str
        See `forecast.training.schedule`.
    warmup : int
        Steps of linear rise.
    patience : int
        Epochs without improvement after which to stop.
    """

    epochs: int
    stop_after: int
    max_steps: int | None
    batch_size: int
    learning_rate: float
    weight_decay: float
    gradient_clip: float
    schedule: ScheduleKind
    warmup: int
    patience: int


@dataclass(frozen=True)
class LoopResult:
    """How the loop went; the module holds the best weights.

    ``best_epoch`` is 0 where no epoch improved on the weights that training began with.
    """

    best_epoch: int
    stopped: str
    records: tuple[EpochRecord, ...]


@dataclass(frozen=True)
class _Broken(Exception):  # noqa: N818 - a signal between two functions of this file
    epoch: int
    step: int
    culprit: str


def run_loop(
    module: nn.Module,
    problem: Problem,
    *,
    plan: TrainingPlan,
    fit: str,
    monitor: Monitor,
    generator: torch.Generator,
) -> LoopResult:
    """Train ``module`` in place and leave it with its best weights.

    A loss that is not finite ends the attempt; the weights go back to the last good ones, the
    learning rate is halved, and the fit goes on once more.

    Raises
    ------
    DivergedError
        If the loss stops being finite a second time.
    """
    loop = _Loop(module, problem, plan, fit, monitor, generator)
    try:
        return loop.run()
    except _Broken as broken:
        monitor.say(
            f"{fit}: loss not finite at epoch {broken.epoch}, step {broken.step} "
            f"({broken.culprit}): going on from the last good weights at half the learning rate"
        )
        loop.restart()
    try:
        return loop.run()
    except _Broken as broken:
        raise DivergedError(
            f"the loss is not finite at epoch {broken.epoch}, step {broken.step}, and was not "
            f"after halving the learning rate to {loop.plan.learning_rate:g}: {broken.culprit}",
            location=fit,
            fix=f"pass a smaller --learning-rate, such as {loop.plan.learning_rate / 10:g}, "
            "or look at the values of that series",
        ) from None


class _Loop:
    """State of one fit: where it is, the best weights, the last good ones."""

    def __init__(
        self,
        module: nn.Module,
        problem: Problem,
        plan: TrainingPlan,
        fit: str,
        monitor: Monitor,
        generator: torch.Generator,
    ) -> None:
        self.module, self.problem, self.plan = module, problem, plan
        self.fit, self.monitor, self.generator = fit, monitor, generator
        self.records: list[EpochRecord] = []
        self.steps_per_epoch = math.ceil(problem.size / plan.batch_size)
        self.step = 0
        self.plateau = Plateau()
        self.best_loss = math.inf
        self._look_at_start()
        self.best_epoch = 0
        self.best = _snapshot(module)
        self.good = self.best
        self.optimiser = self._new_optimiser()

    def _look_at_start(self) -> None:
        """Take the validation loss before the first step: what training has to beat."""
        self.module.eval()
        with torch.no_grad():
            start = self.problem.validate(self.module)
        if start is not None and math.isfinite(start):
            self.best_loss = start
        if start is None and self.plan.schedule == "plateau":
            self.monitor.say(
                f"{self.fit}: without validation rows the plateau schedule halves the learning "
                "rate when the training loss no longer falls"
            )

    def _new_optimiser(self) -> torch.optim.Optimizer:
        groups: dict[float, list[nn.Parameter]] = {}
        for name, parameter in self.module.named_parameters():
            groups.setdefault(self.problem.rate_share(name), []).append(parameter)
        return torch.optim.AdamW(
            [{"params": parameters, "share": share} for share, parameters in groups.items()],
            lr=self.plan.learning_rate,
            weight_decay=self.plan.weight_decay,
            fused=True,
        )

    def restart(self) -> None:
        """Go back to the last good weights at half the learning rate."""
        self.plan = replace(self.plan, learning_rate=self.plan.learning_rate / 2)
        self.step = self.records[-1].step if self.records else 0  # the broken epoch runs again
        self.module.load_state_dict(self.good)
        self.optimiser = self._new_optimiser()

    @property
    def total_steps(self) -> int:
        total = self.plan.epochs * self.steps_per_epoch
        return total if self.plan.max_steps is None else min(total, self.plan.max_steps)

    def run(self) -> LoopResult:
        stopped = None
        for epoch in range(len(self.records) + 1, self.plan.stop_after + 1):
            stopped = self._why_stop(epoch, whole=self._one_epoch(epoch))
            self.good = _snapshot(self.module)
            if stopped is not None:
                break
        self.module.load_state_dict(self.best)
        return LoopResult(self.best_epoch, stopped or "epochs", tuple(self.records))

    def _why_stop(self, epoch: int, *, whole: bool) -> str | None:
        """Why the fit ends with this epoch; a fit that is complete anyway is not interrupted."""
        if not whole:
            return "interrupted"
        if epoch == self.plan.stop_after:
            return "epochs"
        if self.step >= self.total_steps:
            return "max steps"
        if self._out_of_patience(epoch):
            return "patience"
        return "interrupted" if self.monitor.should_stop() else None

    def _out_of_patience(self, epoch: int) -> bool:
        watched = self.records[-1].validation_loss is not None
        return watched and epoch - self.best_epoch >= self.plan.patience

    def _one_epoch(self, epoch: int) -> bool:
        """Run one epoch and keep its record; whether it came to its own end."""
        schedule = Schedule(
            self.plan.schedule, self.plan.learning_rate, self.plan.warmup, self.total_steps
        )
        losses: list[Tensor] = []
        norms: list[Tensor] = []
        rate = self.plan.learning_rate
        self.module.train()
        for picks in self._batches():
            rate = schedule.rate(self.step, halvings=self.plateau.halvings)
            loss, norm = self._one_step(picks, rate)
            losses.append(loss)
            norms.append(norm)
            self.step += 1
            if len(losses) % CHECK_EVERY == 0:
                self._insist_finite(losses, norms, epoch)
            if self.step >= self.total_steps or self.monitor.should_stop():
                break
        self._insist_finite(losses, norms, epoch)
        validation = self._validate(epoch)
        judged = 0.0 if validation is None else validation
        better = validation is None or judged < self.best_loss
        if better:
            self.best_loss, self.best_epoch = judged, epoch
            self.best = _snapshot(self.module)
        train = float(torch.stack(losses).mean())
        if self.step > self.plan.warmup:
            self.plateau.hear(train if validation is None else validation)
        record = EpochRecord(
            fit=self.fit,
            epoch=epoch,
            epochs=self.plan.stop_after,
            step=self.step,
            train_loss=train,
            validation_loss=validation,
            learning_rate=rate,
            gradient_norm=float(torch.stack(norms).mean()),
            best=better,
        )
        self.records.append(record)
        self.monitor.end_epoch(record)
        return len(losses) == self.steps_per_epoch or self.step >= self.total_steps

    def _batches(self) -> Iterator[Tensor]:
        self.order = self.problem.order(self.generator, self.plan.batch_size)
        return iter(torch.split(self.order, self.plan.batch_size))

    def _one_step(self, picks: Tensor, rate: float) -> tuple[Tensor, Tensor]:
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["share"]
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.problem.loss(self.module, picks, self.step / self.total_steps)
        loss.backward()  # type: ignore[no-untyped-call]
        limit = self.plan.gradient_clip or math.inf
        norm = nn.utils.clip_grad_norm_(self.module.parameters(), limit, foreach=True)
        self.optimiser.step()
        return loss.detach(), norm

    def _insist_finite(self, losses: list[Tensor], norms: list[Tensor], epoch: int) -> None:
        finite = torch.isfinite(torch.stack(losses) + torch.stack(norms))
        if bool(finite.all()):
            return
        place = int((~finite).nonzero()[0, 0])
        picks = torch.split(self.order, self.plan.batch_size)[place]
        raise _Broken(epoch, self.step - len(losses) + place + 1, self.problem.describe(picks))

    def _validate(self, epoch: int) -> float | None:
        self.module.eval()
        with torch.no_grad():
            validation = self.problem.validate(self.module)
        if validation is not None and not math.isfinite(validation):
            picks = self.order[: self.plan.batch_size]
            raise _Broken(epoch, self.step, self.problem.describe(picks))
        return validation


def _snapshot(module: nn.Module) -> Weights:
    return {name: value.detach().clone() for name, value in module.state_dict().items()}
