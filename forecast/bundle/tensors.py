"""The numbers of a bundle as named tensors, and the seal on them.

model.<name>        what the forecaster learnt
tail.values         (M,) float64, packed; nan where missing
tail.offsets        (N + 1,) int64
tail.first          (N,) int64
tail.covariates     (M, C) float64, past and future ones, packed alike, where there are any
tail.static         (N, S) float64, likewise
clock.last          (N,) int64, where rows are counts
intervals.scores    (R, n) float32, where something was validated
intervals.counts    (R,) int64
intervals.scale     (N,) float64
intervals.power     (N,) float64, of box-cox
scores.seasonal     (N,) float64, what MASE divides by, where it is known
scores.square       (N,) float64, what RMSSE divides by, likewise
scores.deviation    (N,) float64, likewise, of the standardised errors
example.forecast    (min(N, 3), H) float64
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from forecast.bundle.bundle import Bundle
from forecast.bundle.checksum import CHECKSUM, checksum
from forecast.bundle.layout import DTYPES
from forecast.bundle.manifest import Manifest
from forecast.data.times.clock import CountClock

MODEL = "model."
NAMES: dict[str, str] = {np.dtype(code).str: name for name, code in DTYPES.items()}

Tensors: TypeAlias = Mapping[str, npt.NDArray[np.generic]]


def tensors_of(bundle: Bundle) -> dict[str, npt.NDArray[np.generic]]:
    """All numbers of a bundle, contiguous and little-endian, by name."""
    tail = bundle.tail
    tensors: dict[str, npt.NDArray[np.generic]] = {
        f"{MODEL}{name}": value.detach().cpu().numpy()
        for name, value in bundle.forecaster.state().items()
    }
    tensors["tail.values"] = tail.values.astype(np.float64)
    tensors["tail.offsets"] = tail.offsets.astype(np.int64)
    tensors["tail.first"] = tail.first.astype(np.int64)
    if tail.covariates is not None:
        tensors["tail.covariates"] = tail.covariates.values.astype(np.float64)
        tensors["tail.static"] = tail.covariates.static.astype(np.float64)
    if isinstance(tail.clock, CountClock):
        tensors["clock.last"] = tail.clock.last.astype(np.int64)
    if bundle.intervals is not None:
        tensors["intervals.scores"] = bundle.intervals.scores.astype(np.float32)
        tensors["intervals.counts"] = bundle.intervals.counts.astype(np.int64)
    tensors["intervals.scale"] = bundle.interval_scale.astype(np.float64)
    if bundle.transform.parameter is not None:
        tensors["intervals.power"] = bundle.transform.parameter.astype(np.float64)
    if bundle.error_scales is not None:
        tensors["scores.seasonal"] = bundle.error_scales.seasonal.astype(np.float64)
        tensors["scores.square"] = bundle.error_scales.square.astype(np.float64)
        tensors["scores.deviation"] = bundle.error_scales.deviation.astype(np.float64)
    tensors["example.forecast"] = bundle.example.astype(np.float64)
    return {name: np.asarray(value, order="C") for name, value in sorted(tensors.items())}


def specs_of(tensors: Tensors) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of each tensor, by name."""
    return {name: (NAMES[value.dtype.str], value.shape) for name, value in tensors.items()}


def seal(bundle: Bundle, tensors: Tensors | None = None) -> Manifest:
    """Return the bundle's manifest with the list of its tensors and the checksum filled in."""
    numbers = tensors_of(bundle) if tensors is None else tensors
    listed = bundle.manifest.model_copy(update={"tensors": specs_of(numbers)})
    total = checksum(listed.structure(), {name: value.tobytes() for name, value in numbers.items()})
    return listed.model_copy(update={CHECKSUM: total})
