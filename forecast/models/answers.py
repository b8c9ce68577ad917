"""What a fitted network says of any panel after any cutoffs, in units of the file."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.covariates import Beside
from forecast.data.exogenous import pack_exogenous
from forecast.data.gaps import Gaps
from forecast.data.panel import Panel
from forecast.data.scale import Scaler, ScalerKind, fit_scaler
from forecast.data.windows import pack
from forecast.models.draws import Look
from forecast.models.learnt import Learnt
from forecast.models.problem import inputs_of, units_of
from forecast.models.rollout import Rollout

REPEATED_CELLS = 1 << 22
"""Values of series repeated, each once a cutoff, that are held at once: 32 MB."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Gives what is asked of a network.

    Parameters
    ----------
    learnt : Learnt
    scaler_kind : str
        How a series is scaled that the fit had no value of.
    gaps : Gaps
    beside : Beside
    """

    learnt: Learnt
    scaler_kind: ScalerKind
    gaps: Gaps
    beside: Beside

    def ask(self, panel: Panel, cutoffs: IntArray, look: Look) -> FloatArray:
        """M lines of forecasts after each cutoff, (N, K, M, H), in units of the file."""
        scaler = self.learnt.scaler_of(panel)
        fresh = ~np.isfinite(scaler.center)
        each = np.broadcast_to(cutoffs, (panel.n_series, len(cutoffs)))
        if not fresh.any():
            return self._look(panel, scaler, each, look)
        known, new = np.flatnonzero(~fresh), np.flatnonzero(fresh)
        old = Scaler(scaler.center[known], scaler.scale[known])
        strange = self._look_at_strangers(panel.take(new), cutoffs, look)
        found = np.empty((panel.n_series, *strange.shape[1:]))
        found[new] = strange
        if len(known):
            found[known] = self._look(panel.take(known), old, each[known], look)
        return found

    def _look_at_strangers(self, panel: Panel, cutoffs: IntArray, look: Look) -> FloatArray:
        """Forecast series without a scaler: each is repeated, with a scaler of its own, a cutoff.

        Nothing but the scalers is computed one cutoff after the other.
        """
        count = panel.n_series
        per_batch = max(1, REPEATED_CELLS // max(1, len(panel.values)))
        parts = []
        for begin in range(0, max(1, len(cutoffs)), per_batch):
            some = cutoffs[begin : begin + per_batch]
            own = [
                fit_scaler(panel, kind=self.scaler_kind, start=0, stop=int(cutoff) + 1).sharing(
                    self.learnt.scaler.shared
                )
                for cutoff in some
            ]
            scaler = Scaler(
                np.concatenate([one.center for one in own]),
                np.concatenate([one.scale for one in own]),
            )
            repeated = panel.take(np.tile(np.arange(count, dtype=np.int64), len(some)))
            at = np.repeat(some, count)[:, None]
            found = self._look(repeated, scaler, at, look)  # (K N, 1, M, H)
            parts.append(found.reshape(len(some), count, *found.shape[2:]).swapaxes(0, 1))
        return np.concatenate(parts, axis=1)

    def _look(self, panel: Panel, scaler: Scaler, cutoffs: IntArray, look: Look) -> FloatArray:
        """Forecast each series at cutoffs of its own (N, K), shape (N, K, M, H)."""
        network = self.learnt.network
        device = next(network.parameters()).device
        scaled = scaler.transform(panel)
        row = panel.offsets[:-1, None] + cutoffs - panel.first[:, None]  # (N, K)
        series, column = np.nonzero(_answerable(panel, scaled, row))
        inputs = inputs_of(panel, scaled, scaler, self.gaps)
        packed = pack(panel, scaled, device=device, inputs=inputs)
        exogenous = pack_exogenous(
            panel,
            self.beside,
            self.learnt.covariate_scale,
            ahead=math.ceil(look.horizon / network.shape.horizon) * network.shape.horizon,
            device=device,
        )
        rollout = Rollout(
            network,
            packed,
            exogenous,
            units_of(scaler, device),
            torch.from_numpy(self.learnt.places(panel)).to(device),
            panel.unique_ids,
        )
        lines = look(
            rollout,
            torch.from_numpy(row[series, column]).to(device),
            torch.from_numpy(series.astype(np.int64)).to(device),
        )
        flat = scaler.constant[series]
        last = np.minimum(row[series, column], panel.offsets[1:][series] - 1)
        lines[flat] = packed.values.cpu().numpy()[last[flat], None, None]
        forecasts = np.full((*cutoffs.shape, *lines.shape[1:]), np.nan)
        forecasts[series, column] = lines
        return scaler.inverse(forecasts)


def _answerable(panel: Panel, scaled: FloatArray, row: IntArray) -> BoolArray:
    """Which series have an observed value at or before packed rows ``row`` (N, K)."""
    begin, end = panel.offsets[:-1, None], panel.offsets[1:, None]
    seen = np.concatenate([[0], np.cumsum(np.isfinite(scaled))])
    upto = np.clip(row + 1, begin, end)
    answer: BoolArray = seen[upto] > seen[begin]
    return answer
