"""Learning a network as a `Problem`: which windows it is shown and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from forecast.data.arrays import FloatArray
from forecast.data.exogenous import PackedExogenous, gather_exogenous
from forecast.data.gaps import MASKED, Gaps, Inputs, build_inputs
from forecast.data.panel import Panel, Span
from forecast.data.scale import Scaler
from forecast.data.units import Units
from forecast.data.windows import (
    PackedSeries,
    Places,
    Windows,
    evenly,
    gather_context,
    gather_inside,
    gather_target,
    pack,
    training_windows,
    validation_windows,
)
from forecast.errors import NotEnoughDataError
from forecast.metrics.scaled import seasonal_scales
from forecast.models.batches import windows_at_once
from forecast.models.forcing import forcing_share
from forecast.networks.encoder_decoder import EncoderDecoder
from forecast.networks.exogenous import Beyond
from forecast.networks.heads import build_head
from forecast.networks.shape import NetworkShape
from forecast.networks.window import Teaching, Window
from forecast.training.loss import errors, masked_mean
from forecast.training.objectives import LossKind
from forecast.training.reach import recurrent_reach

JUDGE_CELLS = 1 << 20
"""Context and horizon cells of one validation batch."""
MOST_JUDGED = 1 << 15
"""Windows of a validation tail, evenly spaced among all: their neighbours tell nearly the same."""
AT_ONCE = 1 << 20
"""Windows whose padding is counted at once."""
PROBED = 64
"""Windows on which gradients are followed to their steps."""
LINEAR_INPUTS = 64
"""Above so many inputs, each weight of the linear path moves less, and all together as far."""


class Objective(NamedTuple):
    """What is minimised; loss ``mase`` divides by the naive error of a season so long."""

    loss: LossKind
    season_length: int


@dataclass(frozen=True, eq=False)
class WindowProblem:
    """Forecasting errors over the windows of a packed panel.

    Parameters
    ----------
    packed : PackedSeries
    train : Places
        Windows that are learnt from.
    tail : Windows
        Those that say when to stop, at most `MOST_JUDGED`.
    units : Units
        Of each series, (N, 1).
    unique_ids : tuple of str
    shape : NetworkShape
    loss_kind : str
        See `forecast.training.loss`.
    exogenous : PackedExogenous or None
    truncate : int or None
        Recurrent steps after which gradients are cut.
    padded : Tensor of shape (W,) or None
        Padded steps of each training window; None where no window of the problem has any.
    """

    packed: PackedSeries
    train: Places
    tail: Windows
    units: Units
    unique_ids: tuple[str, ...]
    shape: NetworkShape
    loss_kind: LossKind
    exogenous: PackedExogenous | None = None
    truncate: int | None = None
    padded: Tensor | None = None

    @property
    def size(self) -> int:
        """Number of training windows of an epoch.

        Taught at every step, a window teaches as many horizons as it has recurrent steps.
        """
        share = self.shape.recurrent_steps if self.shape.supervision == "every-step" else 1
        return -(-len(self.train) // share)

    @property
    def device(self) -> torch.device:
        """Where the panel lies."""
        return self.packed.values.device

    def order(self, generator: torch.Generator, batch_size: int) -> Tensor:
        """Draw the windows of an epoch, batch after batch.

        Where series are shorter than a context, those of like length share a batch, so that
        little of it is padding.
        """
        picks = torch.randperm(len(self.train), generator=generator, device=self.device)[
            : self.size
        ]
        whole = len(picks) // batch_size
        if self.padded is None or not whole:
            return picks
        picks = picks[torch.argsort(self.padded[picks], stable=True)]
        shuffled = torch.randperm(whole, generator=generator, device=self.device)
        batches = picks[: whole * batch_size].reshape(whole, batch_size)[shuffled]
        return torch.cat([batches.flatten(), picks[whole * batch_size :]])

    def loss(self, module: nn.Module, picks: Tensor, progress: float) -> Tensor:
        """Mean error over the observed targets of the windows ``picks``."""
        windows = self.train.pick(picks)
        target, counts = gather_target(self.packed, windows, horizon=self.shape.horizon)
        window = self.look(windows)
        if self.shape.supervision == "every-step":
            return masked_mean(*self._every(module, windows, window))
        forcing, truth = 0.0, None
        if self.shape.decoder == "seq2seq":
            truth = torch.where(counts, target, torch.nan)
            kind, floor = self.shape.scheduled_sampling, self.shape.sampling_floor
            forcing = forcing_share(kind, progress, floor=floor)
        found = module(window, Teaching(truth, forcing, self.truncate))
        return masked_mean(self._errors(found, target, windows.series), counts)

    def validate(self, module: nn.Module) -> float | None:
        """Mean error over the observed targets of the validation tail."""
        if not len(self.tail):
            return None
        total, count = self.tail_sums(module)
        return float(total.sum() / count.sum())

    def tail_sums(self, module: nn.Module) -> tuple[Tensor, Tensor]:
        """Sum of the errors of each window of the validation tail, and its targets, (V,) each."""
        parts = []
        everything = torch.arange(len(self.tail), device=self.device)
        for picks in torch.split(everything, self.per_batch):
            found = module(self.look(self.tail.pick(picks)))
            parts.append(self.tail_errors(found, picks))
        total, count = (torch.cat(part) for part in zip(*parts, strict=True))
        return total, count

    def tail_errors(self, parameters: Tensor, picks: Tensor) -> tuple[Tensor, Tensor]:
        """Sum of the errors of windows ``picks`` (B,) of the tail, and their targets, (B,) each."""
        windows = self.tail.pick(picks)
        target, counts = gather_target(self.packed, windows, horizon=self.shape.horizon)
        errors = self._errors(parameters, target, windows.series)
        return (errors * counts).sum(dim=1), counts.sum(dim=1)

    @property
    def per_batch(self) -> int:
        """Windows that are judged at once."""
        horizon = self.shape.horizon
        return windows_at_once(self.shape, self.device, horizon=horizon, cells=JUDGE_CELLS)

    def look(self, windows: Windows) -> Window:
        """Gather what a network is shown of ``windows``."""
        length, ahead = self.shape.context_length, self.shape.horizon
        row, series = windows.row, windows.series
        padded = beside = None
        if self.padded is None:
            values, missing = gather_inside(self.packed, row, context_length=length)
        else:
            context = gather_context(self.packed, row, series, context_length=length)
            values, missing, padded = context.values, context.missing, context.padded
        if self.exogenous is not None:
            channels = gather_exogenous(
                self.exogenous,
                self.packed.end,
                row,
                series,
                back=length,
                ahead=ahead,
                inside=self.padded is None,
            )
            beside = Beyond(*channels).block(0, length, ahead)
        return Window(values, missing, beside, series, padded)

    def probe(self, module: nn.Module) -> float | None:
        """Gradient at the first quarter of the recurrent steps over that at the last quarter."""
        picks = torch.arange(min(len(self.train), PROBED), device=self.device)
        windows = self.train.pick(picks)
        target, counts = gather_target(self.packed, windows, horizon=self.shape.horizon)

        def loss() -> Tensor:
            found = module(self.look(windows), Teaching(truncate=self.truncate))
            return masked_mean(self._errors(found, target, windows.series), counts)

        return recurrent_reach(module, loss)

    def rate_share(self, name: str) -> float:
        """Share of the learning rate for parameter ``name``."""
        inputs = self.shape.context_length
        linear = name.startswith("skip.") and not name.startswith("skip.gate.")
        return min(1.0, LINEAR_INPUTS / inputs) if linear else 1.0

    def describe(self, picks: Tensor) -> str:
        """Name the series with the largest scaled value among the windows ``picks``."""
        windows = self.train.pick(picks)
        target, _ = gather_target(self.packed, windows, horizon=self.shape.horizon)
        largest = torch.cat([self.look(windows).values, target], dim=1).abs().amax(dim=1)
        worst = int(largest.argmax())
        name = self.unique_ids[int(windows.series[worst])]
        return f"series {name!r}, largest scaled value {float(largest[worst]):.3g}"

    def _errors(self, parameters: Tensor, target: Tensor, series: Tensor) -> Tensor:
        head = build_head(self.shape.head, self.shape.quantile_levels)
        units = self.units
        if len(self.unique_ids) > 1:  # those of one series hold for all windows as they are
            units = Units(*(part[series] for part in units))
        return errors(self.loss_kind, head, parameters, target, units)

    def _every(self, module: nn.Module, windows: Windows, window: Window) -> tuple[Tensor, Tensor]:
        """Errors of a horizon from the end of each segment that is not padding."""
        steps, segment = self.shape.recurrent_steps, self.shape.segment_length
        back = segment * torch.arange(steps - 1, -1, -1, device=self.device)  # (T,)
        inside = self.shape.context_length - back > (
            0 if window.padded is None else window.padded[:, None]
        )
        rows = torch.where(inside, windows.row[:, None] - back, windows.row[:, None])
        series, stop = (
            part[:, None].expand(-1, steps).flatten() for part in (windows.series, windows.stop)
        )
        every = Windows(rows.flatten(), series, stop)
        target, counts = gather_target(self.packed, every, horizon=self.shape.horizon)
        network = cast("EncoderDecoder", module)
        found = network.forward_every(window, Teaching(truncate=self.truncate)).flatten(0, 1)
        counts = counts & inside.expand(len(rows), -1).flatten()[:, None]
        return self._errors(found, target, series), counts


def inputs_of(panel: Panel, scaled: FloatArray, scaler: Scaler, gaps: Gaps) -> Inputs | None:
    """Lay out what a network sees; None where missing values are masked and nothing is split."""
    if gaps == MASKED:
        return None
    return build_inputs(panel, scaled, -scaler.center / scaler.divisor, gaps)


def build_problem(
    panel: Panel,
    scaler: Scaler,
    *,
    shape: NetworkShape,
    span: Span,
    objective: Objective,
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
            location="training rows",
            fix="see where values are missing: forecast check DATA; --since and --until leave out "
            "rows that lie far away, and a shorter --context-length makes more windows",
        )
    later = validation_windows(
        seen, scaled, horizon=shape.horizon, start=tail_start, stop=seen.length, part=part
    )
    error = seasonal_scales(seen, 0, tail_start, season_length=objective.season_length)
    packed = pack(seen, scaled, device=device, inputs=inputs)
    train = train.to(device)
    judged = evenly(torch.arange(len(later), device=device), MOST_JUDGED)
    tail = later.to(device).pick(judged)
    return WindowProblem(
        packed=packed,
        train=train,
        tail=tail,
        units=units_of(scaler, device, error),
        unique_ids=panel.unique_ids,
        shape=shape,
        loss_kind=objective.loss,
        padded=_padded(packed, train, tail, shape.context_length),
    )


def units_of(scaler: Scaler, device: torch.device, error: FloatArray | None = None) -> Units:
    """Units of each series, (N, 1) each; without ``error``, in units of the file, that is 0."""
    naive = np.zeros(len(scaler.center)) if error is None else error / scaler.divisor
    columns = (np.nan_to_num(scaler.center), np.nan_to_num(scaler.divisor, nan=1.0), naive)
    moved = (torch.from_numpy(np.nan_to_num(column)[:, None].copy()) for column in columns)
    return Units(*(column.to(device) for column in moved))


def _padded(
    packed: PackedSeries, train: Places, tail: Windows, context_length: int
) -> Tensor | None:
    """Padded steps of each training window, (W,); None where neither they nor the tail have any."""

    def padding(windows: Windows) -> Tensor:
        lead = (
            packed.lead[windows.series]
            if packed.inputs is None
            else packed.inputs.part[windows.row]
        )
        return (lead - windows.row + context_length - 1).clamp(0, context_length - 1)

    parts = torch.split(torch.arange(len(train), device=train.row.device), AT_ONCE)
    if not any(bool(padding(windows).any()) for windows in chain([tail], map(train.pick, parts))):
        return None
    return torch.cat([padding(train.pick(picks)) for picks in parts])
