"""The training loop: AdamW, clipping, a schedule, early stopping, the best weights at the end.

It knows nothing of time series. A `Problem` says how many examples there are and what a batch of
them costs; the loop draws batches on the device, steps, and watches. Nothing leaves the device
inside an epoch save a look at the losses every `CHECK_EVERY` steps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from forecast.errors import DivergedError
from forecast.training.adamw import AdamW
from forecast.training.averaging import WeightAverage
from forecast.training.checkpoint import Checkpoints
from forecast.training.gradients import Gradients
from forecast.training.monitor import EpochRecord, Monitor
from forecast.training.plan import TrainingPlan
from forecast.training.precision import computing_in
from forecast.training.problem import Problem
from forecast.training.progress import Progress
from forecast.training.reach import reach_sentence
from forecast.training.schedule import Schedule
from forecast.training.state import State
from forecast.training.steps import Steps

CHECK_EVERY = 50
"""Steps between two looks at whether the losses are still finite."""
SAVE_SHARE, FIRST_SAVE = 0.02, 0.04
"""Checkpoints take this share of the time at most; the first is thought to take so many seconds.

They are made at the ends of epochs. Which of them are made changes no result, but how many steps
are run again after a crash.
"""


@dataclass(frozen=True)
class LoopResult:
    """How the loop went; the module holds the best weights.

    ``best_epoch`` is 0 where no epoch improved on the weights that training began with.
    """

    best_epoch: int
    stopped: str
    records: tuple[EpochRecord, ...]


@dataclass(eq=False)  # nor frozen: whoever passes an exception on sets its traceback
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
    checkpoints: Checkpoints | None = None,
) -> LoopResult:
    """Train ``module`` in place and leave it with its best weights.

    A loss that is not finite ends the attempt; the weights go back to the last good ones, the
    learning rate is halved, and the fit goes on once more. A fit that has a checkpoint goes on
    from there, and ends as it would have ended; one that came to its end is not run again.

    Raises
    ------
    DivergedError
        If the loss stops being finite a second time.
    """
    loop = _Loop(module, problem, plan, fit, monitor)
    loop.state = State(
        module, loop.new_optimiser(), loop.average, generator, checkpoints=checkpoints, fit=fit
    )
    loop.begin()
    while True:
        try:
            return loop.run()
        except _Broken as broken:
            loop.recover(broken)


class _Loop:
    """One fit."""

    state: State

    def __init__(
        self, module: nn.Module, problem: Problem, plan: TrainingPlan, fit: str, monitor: Monitor
    ) -> None:
        self.module, self.problem, self.plan = module, problem, plan
        self.fit, self.monitor = fit, monitor
        self.steps_per_epoch = math.ceil(problem.size / plan.batch_size)
        self.gradients = Gradients(module, limit=plan.gradient_clip, clip_by=plan.clip_by)
        self.average = WeightAverage(module) if plan.average == "ema" else None
        self.progress = Progress(plan.learning_rate)
        self.begun = self.saved = time.monotonic()
        self.cost = FIRST_SAVE

    def begin(self) -> None:
        """Go on from the checkpoint of this fit, else look at what training has to beat."""
        found = self.state.load()
        if found is None:
            self._look_at_start()
            return
        self.progress = found
        self.begun -= found.seconds
        for text in found.said:
            self.monitor.say(text)
        for record in found.records:
            self.monitor.end_epoch(record)

    def _look_at_start(self) -> None:
        start = self._loss_now()
        if start is not None and math.isfinite(start):
            self.progress.best_loss = start
        if start is None and self.plan.schedule == "plateau":
            self._say(
                f"{self.fit}: without validation rows the plateau schedule halves the learning "
                "rate when the training loss no longer falls"
            )

    def new_optimiser(self) -> AdamW:
        """Build AdamW over all parameters, each with its share of the learning rate."""
        groups: dict[float, list[nn.Parameter]] = {}
        for name, parameter in self.module.named_parameters():
            groups.setdefault(self.problem.rate_share(name), []).append(parameter)
        return AdamW(groups, weight_decay=self.plan.weight_decay)

    def recover(self, broken: _Broken) -> None:
        """Go back to the last good weights at half the learning rate, once.

        Raises
        ------
        DivergedError
            The second time.
        """
        progress = self.progress
        if progress.halved:
            raise DivergedError(
                f"the loss is not finite at epoch {broken.epoch}, step {broken.step}, and was not "
                f"after halving the learning rate to {progress.learning_rate:g}: {broken.culprit}",
                location=self.fit,
                fix=f"pass a smaller --learning-rate, such as {progress.learning_rate / 10:g}, "
                "or look at the values of that series",
            ) from None
        self._say(
            f"{self.fit}: loss not finite at epoch {broken.epoch}, step {broken.step} "
            f"({broken.culprit}): going on from the last good weights at half the learning rate"
        )
        progress.halved = True
        progress.learning_rate /= 2
        progress.step = progress.records[-1].step if progress.records else 0  # the epoch runs again
        self.state.go_back(self.new_optimiser())

    @property
    def total_steps(self) -> int:
        total = self.plan.epochs * self.steps_per_epoch
        return total if self.plan.max_steps is None else min(total, self.plan.max_steps)

    def run(self) -> LoopResult:
        progress, stopped = self.progress, self.progress.stopped
        for epoch in range(len(progress.records) + 1, self.plan.stop_after + 1):
            if stopped is not None:
                break
            cut = self._one_epoch(epoch)
            stopped = cut or self._why_stop(epoch)
            self._end_epoch(stopped, whole=cut is None)
        self.module.load_state_dict(self.state.best)
        return LoopResult(progress.best_epoch, stopped or "epochs", tuple(progress.records))

    def _end_epoch(self, stopped: str | None, *, whole: bool) -> None:
        """Remember the weights as good, and keep them where the fit may have to go on."""
        progress = self.progress
        self.state.remember()
        ended = stopped not in (None, "interrupted")
        if (ended or len(progress.records) == 1) and not progress.warned:
            sentence = reach_sentence(self.fit, self.problem.probe(self.module))
            if sentence is not None:
                progress.warned = True
                self._say(sentence)
        now = time.monotonic()
        progress.seconds = now - self.begun
        progress.stopped = stopped if ended else None
        if ended or (whole and (stopped or now - self.saved >= self.cost / SAVE_SHARE)):
            self.state.save(progress)
            self.saved = time.monotonic()
            self.cost = self.saved - now

    def _why_stop(self, epoch: int) -> str | None:
        """Why the fit ends with this epoch; a fit that is complete anyway is not interrupted."""
        if epoch == self.plan.stop_after:
            return "epochs"
        if self.progress.step >= self.total_steps:
            return "max steps"
        if self._out_of_patience(epoch):
            return "patience"
        return self._cut_short()

    def _cut_short(self) -> str | None:
        """Why the current step is the last, whatever is left to do."""
        if self.monitor.should_stop():
            return "interrupted"
        limit = self.plan.max_time
        return "max time" if limit is not None and time.monotonic() - self.begun >= limit else None

    def _out_of_patience(self, epoch: int) -> bool:
        watched = self.progress.records[-1].validation_loss is not None
        return watched and epoch - self.progress.best_epoch >= self.plan.patience

    def _one_epoch(self, epoch: int) -> str | None:
        """Run one epoch and keep its record; why it was cut short, None where it was not."""
        progress = self.progress
        schedule = Schedule(
            self.plan.schedule, progress.learning_rate, self.plan.warmup, self.total_steps
        )
        steps, known = Steps(self.steps_per_epoch), 0
        rate, cut = progress.learning_rate, None
        self.module.train()
        for picks in self._batches():
            rate = schedule.rate(progress.step, halvings=progress.plateau.halvings)
            steps.add(*self._one_step(picks, rate))
            progress.step += 1
            if steps.count % CHECK_EVERY == 0:
                self._insist_finite(steps, epoch, since=known)
                known = steps.count
            if progress.step >= self.total_steps:
                break
            cut = self._cut_short()
            if cut is not None:
                break
        self._insist_finite(steps, epoch, since=known)
        self._judge(epoch, steps, rate)
        whole = steps.count == self.steps_per_epoch or progress.step >= self.total_steps
        return None if whole else cut

    def _judge(self, epoch: int, steps: Steps, rate: float) -> None:
        """Validate the weights of an epoch, keep them where they are best, and its record."""
        progress = self.progress
        with nullcontext() if self.average is None else self.average.in_place():
            validation = self._validate(epoch)
            judged = 0.0 if validation is None else validation
            better = validation is None or judged < progress.best_loss
            if better:
                progress.best_loss, progress.best_epoch = judged, epoch
                self.state.keep_best()
        train = float(steps.losses.mean())
        if progress.step > self.plan.warmup:
            progress.plateau.hear(train if validation is None else validation)
        record = EpochRecord(
            fit=self.fit,
            epoch=epoch,
            epochs=self.plan.stop_after,
            step=progress.step,
            train_loss=train,
            validation_loss=validation,
            learning_rate=rate,
            gradient_norm=float(steps.norms.norm(dim=1).mean()),
            best=better,
            gradient_norms=self.gradients.by_layer(steps.norms),
        )
        progress.records.append(record)
        self.monitor.end_epoch(record)

    def _batches(self) -> Iterator[Tensor]:
        self.order = self.problem.order(self.state.generator, self.plan.batch_size)
        return iter(torch.split(self.order, self.plan.batch_size))

    def _one_step(self, picks: Tensor, rate: float) -> tuple[Tensor, Tensor]:
        optimiser = self.state.optimiser
        optimiser.clear()
        with computing_in(self.plan.precision, self.problem.device):
            loss = self.problem.loss(self.module, picks, self.progress.step / self.total_steps)
        loss.backward()  # type: ignore[no-untyped-call]
        norms = self.gradients.clip()
        optimiser.step(rate)
        if self.average is not None:
            self.average.update()
        return loss.detach(), norms

    def _insist_finite(self, steps: Steps, epoch: int, *, since: int) -> None:
        finite = torch.isfinite(steps.losses[since:] + steps.norms[since:].sum(dim=1))
        if bool(finite.all()):
            return
        place = since + int((~finite).nonzero()[0, 0])
        picks = torch.split(self.order, self.plan.batch_size)[place]
        step = self.progress.step - steps.count + place + 1
        raise _Broken(epoch, step, self.problem.describe(picks))

    def _validate(self, epoch: int) -> float | None:
        validation = self._loss_now()
        if validation is not None and not math.isfinite(validation):
            picks = self.order[: self.plan.batch_size]
            raise _Broken(epoch, self.progress.step, self.problem.describe(picks))
        return validation

    def _loss_now(self) -> float | None:
        self.module.eval()
        with torch.no_grad(), computing_in(self.plan.precision, self.problem.device):
            return self.problem.validate(self.module)

    def _say(self, text: str) -> None:
        self.progress.said.append(text)
        self.monitor.say(text)
