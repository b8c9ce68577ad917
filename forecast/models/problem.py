"""Learning a network as a `Problem`: which windows it is shown and what they cost."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from forecast.data.arrays import FloatArray
from forecast.data.exogenous import PackedExogenous, gather_exogenous
from forecast.data.gaps import MASKED, Gaps, Inputs, build_inputs
from forecast.data.panel import Panel, Span
from forecast.data.scale import Scaler
from forecast.data.windows import (
    PackedSeries,
    Windows,
    gather_context,
    gather_target,
    pack,
    to_device,
    training_windows,
    validation_windows,
)
from forecast.errors import NotEnoughDataError
from forecast.networks.exogenous import Beyond
from forecast.networks.recurrent import RecurrentShape
from forecast.training.loss import LossKind, masked_mean, point_errors

JUDGE_CELLS = 1 << 20
"""Context and horizon cells of one validation batch."""
LINEAR_INPUTS = 64
"""Above so many inputs, each weight of the linear path moves less, and all together as far."""


@dataclass(frozen=True, eq=False)
class WindowProblem:
    """Forecasting errors over the windows of a packed panel."""

    packed: PackedSeries
    train: Windows
    tail: Windows
    unique_ids: tuple[str, ...]
    context_length: int
    horizon: int
    kind: LossKind
    exogenous: PackedExogenous | None = None

    @property
    def size(self) -> int:
        """Number of training windows."""
        return len(self.train)

    @property
    def device(self) -> torch.device:
        """Where the panel lies."""
        return self.packed.values.device

    def loss(self, module: nn.Module, picks: Tensor) -> Tensor:
        """Mean error over the observed targets of the windows ``picks``."""
        return masked_mean(*self._errors(module, self.train.pick(picks)))

    def validate(self, module: nn.Module) -> float | None:
        """Mean error over the observed targets of the validation tail."""
        if not len(self.tail):
            return None
        per_batch = max(1, JUDGE_CELLS // (self.context_length + self.horizon))
        total = torch.zeros((), device=self.device, dtype=torch.float64)
        count = torch.zeros_like(total)
        everything = torch.arange(len(self.tail), device=self.device)
        for picks in torch.split(everything, per_batch):
            errors, counts = self._errors(module, self.tail.pick(picks))
            total += (errors * counts).sum()
            count += counts.sum()
        return float(total / count)

    def rate_share(self, name: str) -> float:
        """Share of the learning rate for parameter ``name``."""
        return min(1.0, LINEAR_INPUTS / self.context_length) if name.startswith("skip.") else 1.0

    def describe(self, picks: Tensor) -> str:
        """Name the series with the largest scaled value among the windows ``picks``."""
        windows = self.train.pick(picks)
        context = gather_context(
            self.packed, windows.row, windows.series, context_length=self.context_length
        )
        target, _ = gather_target(self.packed, windows, horizon=self.horizon)
        largest = torch.cat([context.values, target], dim=1).abs().amax(dim=1)
        worst = int(largest.argmax())
        name = self.unique_ids[int(windows.series[worst])]
        return f"series {name!r}, largest scaled value {float(largest[worst]):.3g}"

    def _errors(self, module: nn.Module, windows: Windows) -> tuple[Tensor, Tensor]:
        context = gather_context(
            self.packed, windows.row, windows.series, context_length=self.context_length
        )
        target, counts = gather_target(self.packed, windows, horizon=self.horizon)
        beside = None
        if self.exogenous is not None:
            length, ahead = self.context_length, self.horizon
            end, row, series = self.packed.end, windows.row, windows.series
            beyond = Beyond(
                *gather_exogenous(self.exogenous, end, row, series, back=length, ahead=ahead)
            )
            beside = beyond.block(0, length, ahead)
        forecast = module(context.values, context.missing, beside)
        return point_errors(forecast, target, self.kind), counts


def inputs_of(panel: Panel, scaled: FloatArray, scaler: Scaler, gaps: Gaps) -> Inputs | None:
    """Lay out what a network sees; None where missing values are masked and nothing is split."""
    if gaps == MASKED:
        return None
    return build_inputs(panel, scaled, -scaler.center / scaler.divisor, gaps)


def build_problem(
    panel: Panel,
    scaler: Scaler,
    *,
    shape: RecurrentShape,
    span: Span,
    kind: LossKind,
    device: torch.device,
    gaps: Gaps = MASKED,
) -> WindowProblem:
    """Scale and pack the rows of ``span`` and list their windows.

    Raises
    ------
    NotEnoughDataError
        If no window of the span has an observed target.
    """
    seen = panel.slice(span.start, span.stop)  # nothing else ever reaches the device
    tail_start = span.train_stop - span.start
    scaled = scaler.transform(seen)
    inputs = inputs_of(seen, scaled, scaler, gaps)
    part = None if gaps.max_gap is None or inputs is None else inputs.part
    train = training_windows(
        seen, scaled, context_length=shape.context_length, stop=tail_start, part=part
    )
    if not len(train):
        raise NotEnoughDataError(
            f"no window has an observed target in the {span.train_stop - span.start} training rows",
            fix="shorten --context-length or give the series more values",
        )
    tail = validation_windows(
        seen, scaled, horizon=shape.horizon, start=tail_start, stop=seen.length, part=part
    )
    return WindowProblem(
        packed=pack(seen, scaled, device=device, inputs=inputs),
        train=to_device(train, device),
        tail=to_device(tail, device),
        unique_ids=panel.unique_ids,
        context_length=shape.context_length,
        horizon=shape.horizon,
        kind=kind,
    )
