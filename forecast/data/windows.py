"""Windows: a context and the horizon after it, gathered on the device when a batch needs them.

The panel lies on the device once, packed. A window is one integer, the packed row of its last
context value; a batch of windows is one index gather. Memory grows with the rows of the data, not
with rows times context.

    packed rows   ... 41 42 43 44 45 46 47 ...
    window 44         |context |horizon|        context_length 3, horizon 3

What lies before a series' first value repeats that value and is marked missing, and so is a gap,
which repeats the last value before it; nothing is filled from the future. Other fills, and long
gaps that no window crosses, are laid out by `forecast.data.gaps`.

Values stay in double precision until a network has taken the level of its window away: a small
signal on a large level would be lost in single precision.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.gaps import Inputs
from forecast.data.latest import latest_observed
from forecast.data.packing import runs
from forecast.data.panel import Panel


@dataclass(frozen=True, eq=False)
class PackedSeries:
    """A scaled panel on a device.

    Parameters
    ----------
    values : Tensor of shape (R,), float64, scaled
        Every missing value repeats the last one observed before it.
    observed : Tensor of shape (R,), bool
        False where the file had no value.
    lead, end : Tensor of shape (N,), int64
        Packed row of a series' first observed value, and one past its last row.
    inputs : PackedInputs or None
        What a network sees, where that is not ``values`` with ``observed``.
    """

    values: Tensor
    observed: Tensor
    lead: Tensor
    end: Tensor
    inputs: PackedInputs | None = None


@dataclass(frozen=True, eq=False)
class PackedInputs:
    """`forecast.data.gaps.Inputs` on a device; every tensor of shape (R,)."""

    values: Tensor
    seen: Tensor
    part: Tensor
    line: Tensor | None
    known_at: Tensor | None


@dataclass(frozen=True, eq=False)
class Windows:
    """Places of W windows.

    Parameters
    ----------
    row : Tensor of shape (W,), int64
        Packed row of the last context value.
    series : Tensor of shape (W,), int64
        Which series.
    stop : Tensor of shape (W,), int64
        Packed row at which targets end; later ones are masked.
    """

    row: Tensor
    series: Tensor
    stop: Tensor

    def __len__(self) -> int:
        """W, the number of windows."""
        return len(self.row)

    def pick(self, picks: Tensor) -> Windows:
        """Return the windows at ``picks``, int64 of shape (B,)."""
        return Windows(self.row[picks], self.series[picks], self.stop[picks])


@dataclass(frozen=True, eq=False)
class Context:
    """What a network sees of B windows.

    Parameters
    ----------
    values : Tensor of shape (B, L), float64
    missing : Tensor of shape (B, L)
        1 where a value is missing.
    padded : Tensor of shape (B,), int64
        So many of the oldest steps lie before the first value of the series.
    """

    values: Tensor
    missing: Tensor
    padded: Tensor


def pack(
    panel: Panel, scaled: FloatArray, *, device: torch.device, inputs: Inputs | None = None
) -> PackedSeries:
    """Move the scaled values of ``panel`` to the device, gaps filled from the past only."""
    observed = np.isfinite(scaled)
    begin, end = panel.offsets[:-1], panel.offsets[1:]
    if observed.all():  # of long files each column more is felt
        values, first = scaled, begin.copy()
    else:
        source = np.maximum(latest_observed(panel, observed), np.repeat(begin, panel.lengths))
        values = np.where(observed, scaled, 0.0)[source]
        first = _first_observed(observed, begin, end)
    return PackedSeries(
        values=torch.from_numpy(values).to(device),
        observed=torch.from_numpy(observed).to(device),
        lead=torch.from_numpy(first).to(device),
        end=torch.tensor(end, device=device),  # a copy: the panel may be read-only
        inputs=None if inputs is None else _pack_inputs(inputs, device),
    )


def _pack_inputs(inputs: Inputs, device: torch.device) -> PackedInputs:
    line, known_at = inputs.line, inputs.known_at
    return PackedInputs(
        values=torch.from_numpy(inputs.values).to(device),
        seen=torch.from_numpy(inputs.seen).to(device),
        part=torch.from_numpy(inputs.part).to(device),
        line=None if line is None else torch.from_numpy(line).to(device),
        known_at=None if known_at is None else torch.from_numpy(known_at).to(device),
    )


def _first_observed(observed: BoolArray, begin: IntArray, end: IntArray) -> IntArray:
    places = np.append(np.flatnonzero(observed), len(observed)).astype(np.int64)
    found = places[np.searchsorted(places, begin)]
    return np.where(found < end, found, begin)


def training_windows(
    panel: Panel,
    scaled: FloatArray,
    *,
    context_length: int,
    stop: int,
    part: IntArray | None = None,
) -> Windows:
    """Every window whose context lies in the grid rows before ``stop``.

    A window needs one observed value in its context and one observed target before ``stop``;
    targets from ``stop`` on are masked. Contexts are whole, save in series too short to have a
    whole one. ``part`` tells at which packed row the part of each row begins, where gaps split
    series: then contexts and targets lie in one part, and what is said of series holds of parts.
    """
    high = np.minimum(panel.lengths, stop - panel.first)
    if part is None:
        first_row = np.where(high > context_length, context_length - 1, 0)
        return _windows_between(panel, scaled, first_row, high - 1, high)
    windows = _windows_between(panel, scaled, np.zeros_like(high), high - 1, high, part)
    row, end = windows.row.numpy(), windows.stop.numpy()
    whole = row - part[row] + 1 >= context_length
    short = end - part[row] <= context_length
    return windows.pick(torch.from_numpy(np.flatnonzero(whole | short)))


def validation_windows(
    panel: Panel,
    scaled: FloatArray,
    *,
    horizon: int,
    start: int,
    stop: int,
    part: IntArray | None = None,
) -> Windows:
    """Every window with its whole horizon in the grid rows ``start`` to ``stop - 1``."""
    first_row = np.maximum(start - 1 - panel.first, 0)
    high = np.minimum(panel.lengths, stop - panel.first)
    return _windows_between(panel, scaled, first_row, high - horizon, high, part)


def _windows_between(
    panel: Panel,
    scaled: FloatArray,
    first_row: IntArray,
    stop_row: IntArray,
    target_stop: IntArray,
    part: IntArray | None = None,
) -> Windows:
    """Rows ``first_row`` to ``stop_row - 1`` of each series that have something to learn."""
    counts = np.maximum(stop_row - first_row, 0)
    series = np.repeat(np.arange(panel.n_series, dtype=np.int64), counts)
    row = runs(panel.offsets[:-1] + first_row, counts)
    stop = (panel.offsets[:-1] + target_stop)[series]
    if part is not None:
        stop = np.minimum(stop, _next_part(part)[row])
    seen = np.concatenate([[0], np.cumsum(np.isfinite(scaled))])
    useful = (seen[row + 1] > seen[panel.offsets[series]]) & (seen[stop] > seen[row + 1])
    row, series, stop = row[useful], series[useful], stop[useful]
    return Windows(torch.from_numpy(row), torch.from_numpy(series), torch.from_numpy(stop))


def _next_part(part: IntArray) -> IntArray:
    """Packed row at which the part after that of each row begins, in any series."""
    changes = np.append(np.flatnonzero(np.diff(part)) + 1, len(part)).astype(np.int64)
    return changes[np.searchsorted(changes, np.arange(len(part)), side="right")]


def to_device(windows: Windows, device: torch.device) -> Windows:
    """Move the places of windows next to the values."""
    return Windows(windows.row.to(device), windows.series.to(device), windows.stop.to(device))


def gather_context(
    packed: PackedSeries, row: Tensor, series: Tensor, *, context_length: int
) -> Context:
    """Gather the contexts that end at packed rows ``row``, (B,) each, as (B, L).

    ``row`` may lie beyond the end of its series: what is not there is missing.
    """
    steps = torch.arange(1 - context_length, 1, device=row.device)
    rows = row[:, None] + steps  # (B, L)
    end = packed.end[series][:, None]
    inputs = packed.inputs
    lead = packed.lead[series][:, None]
    if inputs is not None:
        lead = inputs.part[torch.minimum(row[:, None], end - 1)]
    padded = (lead - rows[:, :1])[:, 0].clamp(0, context_length - 1)
    inside = (rows >= lead) & (rows < end)
    rows = torch.minimum(torch.maximum(rows, lead), end - 1)
    if inputs is None:
        missing = ~(packed.observed[rows] & inside)
        return Context(packed.values[rows], missing.to(torch.float32), padded)
    values = inputs.values[rows]
    if inputs.line is not None and inputs.known_at is not None:
        values = torch.where(inputs.known_at[rows] <= row[:, None], inputs.line[rows], values)
    missing = ~(inputs.seen[rows] & inside)
    return Context(values, missing.to(torch.float32), padded)


def gather_target(packed: PackedSeries, windows: Windows, *, horizon: int) -> tuple[Tensor, Tensor]:
    """Gather the horizons after ``windows``: values and whether they count, both (B, H)."""
    steps = torch.arange(1, horizon + 1, device=windows.row.device)
    rows = windows.row[:, None] + steps  # (B, H)
    counts = rows < windows.stop[:, None]
    rows = torch.minimum(rows, windows.stop[:, None] - 1)
    return packed.values[rows], counts & packed.observed[rows]


def evenly(picks: Tensor, most: int) -> Tensor:
    """Return at most so many of ``picks``, evenly spaced."""
    if len(picks) <= most:
        return picks
    even = torch.linspace(0, len(picks) - 1, most, dtype=torch.float64, device=picks.device)
    return picks[even.round().long()]
