"""Windows: a context and the horizon after it, gathered on the device when a batch needs them.

The panel lies on the device once, packed. A window is one integer, the packed row of its last
context value; a batch of windows is one index gather, and to which series they belong is looked up
then. Memory grows with the rows of the data, not with rows times context.

    packed rows   ... 41 42 43 44 45 46 47 ...
    window 44         |context |horizon|        context_length 3, horizon 3

What lies before a series' first value repeats that value and is marked missing, and so is a gap,
which repeats the last value before it; nothing is filled from the future. Other fills, and long
gaps that no window crosses, are laid out by `forecast.data.gaps`.

Values stay in double precision until a network has taken the level of its window away: a small
signal on a large level would be lost in single precision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

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
    """B windows.

    Parameters
    ----------
    row : Tensor of shape (B,), int64
        Packed row of the last context value.
    series : Tensor of shape (B,), int64
        Which series.
    stop : Tensor of shape (B,), int64
        Packed row at which targets end; later ones are masked.
    """

    row: Tensor
    series: Tensor
    stop: Tensor

    def __len__(self) -> int:
        """B, the number of windows."""
        return len(self.row)

    def pick(self, picks: Tensor) -> Windows:
        """Return those at ``picks``, int64 of shape (C,)."""
        return Windows(self.row[picks], self.series[picks], self.stop[picks])


@dataclass(frozen=True, eq=False)
class Places:
    """Where the windows of a fit lie: one integer each, however many there are.

    They lie in G stretches of packed rows, which are the series, or the parts that long gaps split
    them into.

    Parameters
    ----------
    row : Tensor of shape (W,), int64
        Packed row of the last context value of each window.
    ends : Tensor of shape (G,), int64
        One past the last packed row of each stretch; rising.
    owners : Tensor of shape (G,), int64
        The series that it belongs to.
    stops : Tensor of shape (G,), int64
        Packed row at which its targets end.
    """

    row: Tensor
    ends: Tensor
    owners: Tensor
    stops: Tensor

    def __len__(self) -> int:
        """W, the number of windows."""
        return len(self.row)

    def pick(self, picks: Tensor) -> Windows:
        """Return the windows at ``picks``, int64 of shape (B,)."""
        row = self.row[picks]
        stretch = torch.searchsorted(self.ends, row, right=True)
        return Windows(row, self.owners[stretch], self.stops[stretch])

    def to(self, device: torch.device) -> Places:
        """Move the places next to the values."""
        parts = (self.row, self.ends, self.owners, self.stops)
        return Places(*(part.to(device) for part in parts))


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
) -> Places:
    """Every window whose context lies in the grid rows before ``stop``.

    A window needs one observed value in its context and one observed target before ``stop``;
    targets from ``stop`` on are masked. Contexts are whole, save in series too short to have a
    whole one. ``part`` tells at which packed row the part of each row begins, where gaps split
    series: then contexts and targets lie in one part, and what is said of series holds of parts.
    """
    among = _stretches(panel, stop, part)
    whole = among.stop - among.begin > context_length
    first = np.where(whole, among.begin + context_length - 1, among.row)
    return _places(scaled, among, first, among.stop)


def validation_windows(
    panel: Panel,
    scaled: FloatArray,
    *,
    horizon: int,
    start: int,
    stop: int,
    part: IntArray | None = None,
) -> Places:
    """Every window with its whole horizon in the grid rows ``start`` to ``stop - 1``."""
    among = _stretches(panel, stop, part)
    begin, span = (panel.offsets[:-1] - panel.first)[among.series], panel.lengths[among.series]
    first = np.maximum(among.row, begin + start - 1)
    high = begin + np.minimum(panel.first[among.series] + span, stop)
    return _places(scaled, among, first, high - horizon)


class _Stretches(NamedTuple):
    """Rows in which windows lie: of each its series, and packed rows, (G,) each."""

    series: IntArray
    row: IntArray  # the first of it
    begin: IntArray  # where contexts begin: at its first value, if it is a part
    end: IntArray  # one past the last of it
    stop: IntArray  # at which its targets end


def _stretches(panel: Panel, stop: int, part: IntArray | None) -> _Stretches:
    """Return the series, or the parts that gaps split them into, with targets before ``stop``."""
    if part is None:
        series = np.arange(panel.n_series, dtype=np.int64)
        row, end = panel.offsets[:-1], panel.offsets[1:]
        begin = row
    else:
        row = np.flatnonzero(np.diff(part, prepend=-1)).astype(np.int64)
        end = np.append(row[1:], len(part))[: len(row)]
        begin = part[row]
        series = np.searchsorted(panel.offsets[1:], row, side="right").astype(np.int64)
    known = (panel.offsets[:-1] + np.minimum(panel.lengths, stop - panel.first))[series]
    return _Stretches(series, row, begin, end, np.minimum(known, end))


def _places(scaled: FloatArray, among: _Stretches, first: IntArray, last: IntArray) -> Places:
    """Rows from ``first`` to before ``last`` of each stretch that have something to learn."""
    earliest, latest = among.begin, among.stop - 1
    observed = np.isfinite(scaled)
    if not observed.all():
        rows = np.flatnonzero(observed)
        earliest = np.append(rows, len(observed))[np.searchsorted(rows, among.begin)]
        latest = np.append(-1, rows)[np.searchsorted(rows, among.stop)]
    first = np.maximum(first, earliest)  # a value in the context
    row = runs(first, np.maximum(np.minimum(last, latest) - first, 0))  # and one behind it
    held = (np.array(part) for part in (among.end, among.series, among.stop))  # may be read-only
    return Places(torch.from_numpy(row), *(torch.from_numpy(part) for part in held))


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
    values, seen = _seen(packed, lambda column: column[rows], row)
    return Context(values, (~(seen & inside)).to(torch.float32), padded)


def gather_inside(
    packed: PackedSeries, row: Tensor, *, context_length: int
) -> tuple[Tensor, Tensor]:
    """Gather contexts that are known to lie inside their series: values and missing, (B, L)."""
    first = row - (context_length - 1)
    values, seen = _seen(packed, lambda column: rows_from(column, first, context_length), row)
    return values, (~seen).to(torch.float32)


def rows_from(table: Tensor, first: Tensor, length: int) -> Tensor:
    """Copy ``length`` rows of ``table`` (R, ...) from each row of ``first`` (B,) on: (B, L, ...).

    Several times faster than to name each row, but all of them have to be there.
    """
    return table.unfold(0, length, 1).movedim(-1, 1).index_select(0, first)


def _seen(
    packed: PackedSeries, gather: Callable[[Tensor], Tensor], row: Tensor
) -> tuple[Tensor, Tensor]:
    """Values of (B, L) rows as known at ``row`` (B,), and whether they were observed.

    ``gather`` copies those rows out of a column of all.
    """
    inputs = packed.inputs
    if inputs is None:
        return gather(packed.values), gather(packed.observed)
    values = gather(inputs.values)
    if inputs.line is not None and inputs.known_at is not None:
        known = gather(inputs.known_at) <= row[:, None]
        values = torch.where(known, gather(inputs.line), values)
    return values, gather(inputs.seen)


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
