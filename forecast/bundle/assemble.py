"""From checked bytes to a `Bundle`: shapes and bounds first, then the arrays, then the model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from forecast.bundle.bundle import EXAMPLE_SERIES, Bundle, ErrorScales
from forecast.bundle.layout import Layout, corrupt
from forecast.bundle.manifest import MAX_ROWS, CalendarSpec, Manifest
from forecast.bundle.tensors import MODEL
from forecast.data.arrays import FloatArray, IntArray
from forecast.data.covariates import Covariate, Covariates
from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock, Clock, CountClock
from forecast.data.times.observed import ObservedClock
from forecast.data.transform import Target, TargetTransform
from forecast.errors import ForecastError
from forecast.models import registry
from forecast.models.intervals import ConformalIntervals, Float32Array, kept_scores
from forecast.models.transformed import PREFIX, check_powers

if TYPE_CHECKING:
    import torch

    from forecast.models.forecaster import Forecaster

MAX_COUNT = 2**62  # of a counted row, so that adding steps to it cannot overflow
ISO_STAMP = re.compile(r"\d{4,6}-\d\d-\d\d[T0-9:.+-]*")  # and not "now"
ZONE = re.compile(r"(?!dateutil)[A-Za-z0-9_+:-]+(?:/[A-Za-z0-9_+-]+)*")  # dateutil would open paths
ERROR_SCALES = ("scores.seasonal", "scores.square", "scores.deviation")
ANY = -1  # a dimension that nothing else fixes


def assemble(layout: Layout, manifest: Manifest) -> Bundle:
    """Build the bundle that a checked layout and its manifest describe.

    Raises
    ------
    CorruptBundleError
        If a tensor is missing, unknown, of another type or shape, or out of bounds.
    """
    _check_names(layout, manifest)
    _check_settings(layout, manifest)
    tail = _tail(layout, manifest)
    scale = _scales(layout, "intervals.scale")
    intervals = _intervals(layout)
    return Bundle(
        manifest=manifest,
        forecaster=_forecaster(layout, manifest),
        tail=tail,
        intervals=intervals,
        interval_scale=scale,
        example=_floats(layout, "example.forecast"),
        transform=_transform(layout, manifest),
        error_scales=_error_scales(layout),
    )


def _expected(layout: Layout, manifest: Manifest) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of every tensor beside those of the model."""
    n_series = len(manifest.unique_ids)
    expected: dict[str, tuple[str, tuple[int, ...]]] = {
        "tail.values": ("F64", (ANY,)),
        "tail.offsets": ("I64", (n_series + 1,)),
        "tail.first": ("I64", (n_series,)),
        "intervals.scale": ("F64", (n_series,)),
        "example.forecast": ("F64", (min(n_series, EXAMPLE_SERIES), manifest.horizon)),
    }
    if manifest.covariates:
        static = sum(column.role == "static" for column in manifest.covariates)
        expected["tail.covariates"] = ("F64", (ANY, len(manifest.covariates) - static))
        expected["tail.static"] = ("F64", (n_series, static))
    if manifest.transform == "box-cox":
        expected["intervals.power"] = ("F64", (n_series,))
    if any(name in layout.entries for name in ERROR_SCALES):
        expected |= dict.fromkeys(ERROR_SCALES, ("F64", (n_series,)))
    if not isinstance(manifest.clock, CalendarSpec):
        expected["clock.last"] = ("I64", (n_series,))
    scores = layout.entries.get("intervals.scores")
    if scores is not None or "intervals.counts" in layout.entries:
        steps = scores.shape[0] if scores is not None and scores.shape else ANY
        expected["intervals.scores"] = ("F32", (ANY, ANY))
        expected["intervals.counts"] = ("I64", (steps,))
    return expected


def _check_names(layout: Layout, manifest: Manifest) -> None:
    if len(set(manifest.unique_ids)) != len(manifest.unique_ids):
        raise corrupt("two series of the bundle have one name", layout.path)
    expected = _expected(layout, manifest)
    for name in sorted({*expected, *layout.entries}):
        if name.startswith(MODEL):
            continue
        entry = layout.entries.get(name)
        if entry is None or name not in expected:
            word = "missing" if entry is None else "unknown"
            raise corrupt(f"tensor {name!r} is {word}", layout.path)
        dtype, shape = expected[name]
        if entry.dtype != dtype or not _fits(entry.shape, shape):
            wanted = ", ".join("any" if size == ANY else str(size) for size in shape)
            raise corrupt(
                f"tensor {name!r} is {entry.dtype} {list(entry.shape)}, not {dtype} [{wanted}]",
                layout.path,
            )


def _check_settings(layout: Layout, manifest: Manifest) -> None:
    """Refuse sizes that would cost memory, or that contradict the manifest."""
    said: dict[str, object] = {
        "horizon": manifest.horizon,
        "context_length": manifest.context_length,
        "scaler": manifest.scaler,
    }
    rule = manifest.model in registry.CLASSIC
    target = Target("none" if rule else manifest.transform, non_negative=manifest.non_negative)
    plain = {f"{PREFIX}transform": "none", f"{PREFIX}non_negative": False}
    said |= {name: getattr(target, name.removeprefix(PREFIX)) for name in plain}
    for key, value in (plain | manifest.settings).items():
        if key in said and value != said[key]:
            raise corrupt(f"setting {key!r} is {value!r}, but {said[key]!r} above", layout.path)
        if key.startswith(PREFIX):
            continue  # checked where they are read
        low = 1 if rule else 0
        if isinstance(value, int) and not low <= value <= MAX_ROWS:
            raise corrupt(f"setting {key!r} is {value}, not {low} to {MAX_ROWS}", layout.path)
        if rule and type(value) is not int:
            raise corrupt(f"setting {key!r} is {value!r}, not a whole number", layout.path)


def _fits(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return len(given) == len(wanted) and all(
        want in (ANY, size) for size, want in zip(given, wanted, strict=True)
    )


def _floats(layout: Layout, name: str) -> FloatArray:
    return cast("FloatArray", layout.array(name))


def _scales(layout: Layout, name: str) -> FloatArray:
    """Numbers that something is divided by: none negative or infinite."""
    scale = _floats(layout, name)
    if not bool(np.all(np.isnan(scale) | (np.isfinite(scale) & (scale >= 0)))):
        raise corrupt(f"{name!r} holds a negative or infinite number", layout.path)
    return scale


def _error_scales(layout: Layout) -> ErrorScales | None:
    if ERROR_SCALES[0] not in layout.entries:
        return None
    return ErrorScales(*(_scales(layout, name) for name in ERROR_SCALES))


def _integers(layout: Layout, name: str) -> IntArray:
    return cast("IntArray", layout.array(name))


def _tail(layout: Layout, manifest: Manifest) -> Panel:
    values = _floats(layout, "tail.values")
    offsets = _integers(layout, "tail.offsets")
    first = _integers(layout, "tail.first")
    if np.isinf(values).any():
        raise corrupt("'tail.values' holds an infinite number", layout.path)
    if offsets[0] != 0 or offsets[-1] != len(values) or bool((offsets[1:] < offsets[:-1]).any()):
        raise corrupt(
            f"'tail.offsets' do not ascend from 0 to the {len(values)} values", layout.path
        )
    room = manifest.tail_rows - np.diff(offsets)
    if bool((first < 0).any()) or bool((first > room).any()):
        raise corrupt(
            f"'tail.first' puts a series outside the {manifest.tail_rows} rows of the tail",
            layout.path,
        )
    return Panel(
        unique_ids=manifest.unique_ids,
        values=values,
        offsets=offsets,
        first=first,
        clock=_clock(layout, manifest),
        covariates=_covariates(layout, manifest, rows=len(values)),
    )


def _columns(manifest: Manifest) -> tuple[Covariate, ...]:
    return tuple(Covariate(spec.name, spec.role, spec.words) for spec in manifest.covariates)


def _covariates(layout: Layout, manifest: Manifest, *, rows: int) -> Covariates | None:
    columns = _columns(manifest)
    if not columns:
        return None
    fixed = tuple(column for column in columns if column.role == "static")
    moving = tuple(column for column in columns if column.role != "static")
    ordered = sorted(columns, key=lambda column: ("past", "future", "static").index(column.role))
    names = [column.name for column in columns]
    if list(columns) != ordered or len(set(names)) != len(names):
        raise corrupt("the covariates are not in order, or one is there twice", layout.path)
    values, static = _floats(layout, "tail.covariates"), _floats(layout, "tail.static")
    if len(values) != rows:
        raise corrupt(f"'tail.covariates' has {len(values)} rows, not {rows}", layout.path)
    for group, cells in ((moving, values), (fixed, static)):
        for place, column in enumerate(group):
            refused = _impossible(column, cells[:, place])
            if refused:
                raise corrupt(f"covariate {column.name!r} {refused}", layout.path)
    return Covariates(moving, values, fixed, static)


def _impossible(column: Covariate, cells: FloatArray) -> str | None:
    """Say what is wrong with the cells of a covariate; None where nothing is."""
    if np.isinf(cells).any():
        return "holds an infinite number"
    if column.words is None:
        return None
    codes = cells[~np.isnan(cells)]
    known = np.isin(codes, np.arange(-1, len(column.words)))
    return None if known.all() else f"has a code that is none of its {len(column.words)} words"


def _clock(layout: Layout, manifest: Manifest) -> Clock:
    spec = manifest.clock
    rows = manifest.tail_rows + manifest.horizon
    if isinstance(spec, CalendarSpec):
        return _calendar(layout, spec, rows=rows)
    last = _integers(layout, "clock.last")
    reach = (rows + abs(spec.length)) * abs(spec.step)
    far = bool((last > MAX_COUNT).any() or (last < -MAX_COUNT).any())
    if spec.step == 0 or reach > MAX_COUNT or far:
        raise corrupt(
            f"the clock counts in steps of {spec.step} over {spec.length} rows, out of bounds",
            layout.path,
        )
    return CountClock(last=last, step=spec.step, length=spec.length)


def _calendar(layout: Layout, spec: CalendarSpec, *, rows: int) -> CalendarClock:
    """Check that origin, zone and step are known, and that the grid ends before time does."""
    zone = spec.time_zone
    try:
        if not ISO_STAMP.fullmatch(spec.origin) or not (zone is None or ZONE.fullmatch(zone)):
            raise ValueError("it is not in ISO 8601 or names no time zone")  # noqa: TRY301
        origin = pd.Timestamp(spec.origin)
        if zone is not None:
            origin = origin.tz_convert(zone)
        sound = origin + to_offset(spec.freq) * rows > origin
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError, OSError) as error:
        raise corrupt(
            f"the clock from {spec.origin!r} by {spec.freq!r} in zone {spec.time_zone!r} "
            f"is not readable: {error}",
            layout.path,
        ) from error
    if not sound:
        raise corrupt(f"the clock from {spec.origin!r} by {spec.freq!r} stands still", layout.path)
    if spec.kinds:
        return _observed(layout, spec, origin)
    return CalendarClock(origin=origin, freq=spec.freq)


def _observed(layout: Layout, spec: CalendarSpec, origin: pd.Timestamp) -> ObservedClock:
    """Check that the kinds ascend and that the origin is of one of them."""
    clock = ObservedClock(origin=origin, freq=spec.freq, kinds=spec.kinds)
    try:
        sound = list(spec.kinds) == sorted(set(spec.kinds)) and clock.grid(1)[0] == origin
    except (ValueError, OverflowError) as error:
        raise corrupt(f"the observed calendar is not readable: {error}", layout.path) from error
    if not sound:
        raise corrupt("the observed calendar does not ascend from its origin", layout.path)
    return clock


def _intervals(layout: Layout) -> ConformalIntervals | None:
    if "intervals.scores" not in layout.entries:
        return None
    scores = cast("Float32Array", layout.array("intervals.scores"))
    counts = _integers(layout, "intervals.counts")
    if bool((np.isfinite(scores).sum(axis=1) != kept_scores(counts)).any()):
        raise corrupt("'intervals.counts' do not count the finite scores", layout.path)
    ascending = bool(np.all(scores[:, 1:] >= scores[:, :-1]))
    if not ascending or bool(np.isnan(scores).any()) or bool((scores < 0).any()):
        raise corrupt("'intervals.scores' do not ascend from 0", layout.path)
    return ConformalIntervals(scores=scores, counts=counts)


def _transform(layout: Layout, manifest: Manifest) -> TargetTransform:
    """Where the intervals are made."""
    seasonal = manifest.transform == "seasonal-difference"
    season = manifest.season_length if seasonal else 1
    target = Target(manifest.transform, season, manifest.non_negative).elementwise
    if target.transform != "box-cox":
        return TargetTransform(target)
    powers = _floats(layout, "intervals.power")
    try:
        check_powers(powers)
    except ValueError as error:
        raise corrupt(f"'intervals.power': {error}", layout.path) from error
    return TargetTransform(target, powers)


def _forecaster(layout: Layout, manifest: Manifest) -> Forecaster:
    try:
        return registry.restore(
            manifest.model,
            manifest.settings,
            _state(layout),
            unique_ids=manifest.unique_ids,
            covariates=_columns(manifest),
        )
    except (ValueError, TypeError, LookupError, ForecastError) as error:
        raise corrupt(f"the model {manifest.model!r} does not fit: {error}", layout.path) from error
    except (RuntimeError, MemoryError, OverflowError) as error:
        raise corrupt(
            f"the model {manifest.model!r} is not buildable: {error}", layout.path
        ) from error


def _state(layout: Layout) -> dict[str, torch.Tensor]:
    """Tensors of the model; torch is loaded only for a model that has some."""
    names = [name for name in layout.entries if name.startswith(MODEL)]
    if not names:
        return {}
    import torch

    with torch.inference_mode(mode=False):  # a caller may compute in it; weights are made outside
        return {name.removeprefix(MODEL): torch.from_numpy(layout.array(name)) for name in names}
