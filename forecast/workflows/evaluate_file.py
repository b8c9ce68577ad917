"""``evaluate --forecasts``: score a file of forecasts against what happened since."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from forecast.bundle.bundle import Bundle, ErrorScales
from forecast.bundle.load import load_bundle
from forecast.config.schema import Config
from forecast.data.arrays import FloatArray, IntArray
from forecast.data.load import Reading
from forecast.models.intervals import interval_columns
from forecast.validation.evaluation import Seconds
from forecast.validation.quantiles import QuantileForecasts
from forecast.workflows.arguments import as_path, as_source
from forecast.workflows.configure import Asked, as_config
from forecast.workflows.evaluating.trial import EvaluateResult, Stretch, Trial
from forecast.workflows.evaluating.written import Written, beside_actuals, read_forecasts
from forecast.workflows.forecasting.chances import quantile_column
from forecast.workflows.forecasting.history import read_like
from forecast.workflows.reading import Source, read_data

NEEDS_TRAINING = ("mase is undefined", "the standardised error is undefined")


@dataclass(frozen=True, eq=False)
class _Places:
    """Where each of R forecasts stands among N series of at most H."""

    names: tuple[str, ...]
    series: IntArray
    step: IntArray

    def lay_out(self, values: FloatArray) -> FloatArray:
        """Array of shape (N, 1, H) of the values (R,)."""
        found = np.full((len(self.names), 1, int(self.step.max(initial=0)) + 1), np.nan)
        found[self.series, 0, self.step] = values
        return found


def evaluate_forecasts(
    forecasts: Path | TextIO | pd.DataFrame,
    actuals: Source,
    *,
    bundle: str | Path | None = None,
    config: Asked = None,
) -> EvaluateResult:
    """Score forecasts that were written before, each column of them.

    Parameters
    ----------
    forecasts : path, text stream or DataFrame
        ``unique_id``, ``ds``, one column for each model, and intervals, as `predict` gives them.
    actuals : path, text stream or DataFrame
        What happened.
    bundle : path, optional
        What made the forecasts: the actual values are read as its training file was, and MASE is
        relative to its training rows. Without, MASE and the standardised errors are undefined.
    config : Config or mapping, optional
        How the actual values are read without a bundle: its ``data`` section.

    Raises
    ------
    BundleError, DataError, UsageError
        See `forecast.errors`.
    """
    begun = time.perf_counter()
    loaded = None if bundle is None else load_bundle(as_path(bundle, name="bundle"))
    written = read_forecasts(forecasts)
    reading = _read(as_source(actuals), loaded, as_config(config))
    y, notes = beside_actuals(written, reading)
    places = _places(written)
    scales, scaled_by = _scales(places, loaded)
    trial = _trial(written, places, y, scales)
    scores = trial.scores()
    own = scores[trial.model]
    said = [note for note in own.notes if scaled_by or not note.startswith(NEEDS_TRAINING)]
    said.append(
        "mase and the standardised errors are undefined: they are relative to training rows, which "
        "the bundle of the forecasts keeps (forecast evaluate BUNDLE --forecasts FILE --actuals "
        "FILE)"
        if scaled_by is None
        else f"MASE is relative to {scaled_by}"
    )
    table = written.frame.copy()
    table.insert(len(("unique_id", "ds")), "y", y)
    return EvaluateResult(
        path=None if bundle is None else Path(bundle),
        manifest=None if loaded is None else loaded.manifest,
        model=trial.model,
        metrics=own.metrics,
        metrics_standardised=own.standardised,
        baselines={name: scores[name].metrics for name in written.models[1:]},
        intervals=trial.intervals(),
        quantiles=trial.quantile_scores(),
        fold=Stretch(0, f"before {written.frame['ds'].iloc[0]}", written.cutoffs, own.metrics),
        horizon=trial.y.shape[2] if written.cutoffs == 1 else None,
        scaled_by=scaled_by,
        parameters=None if loaded is None else loaded.forecaster.parameters,
        seconds=Seconds(0.0, time.perf_counter() - begun),
        lay_out=lambda: table,
        notes=(*reading.notes, *notes, *said),
    )


def _read(actuals: Source, bundle: Bundle | None, config: Config) -> Reading:
    if bundle is not None:
        return read_like(actuals, bundle)
    return read_data(actuals, config.data)


def _places(written: Written) -> _Places:
    codes, names = pd.factorize(written.frame["unique_id"])
    step = written.frame.groupby("unique_id", sort=False).cumcount()
    return _Places(
        tuple(names), np.asarray(codes, dtype=np.int64), np.asarray(step, dtype=np.int64)
    )


def _scales(places: _Places, bundle: Bundle | None) -> tuple[ErrorScales, str | None]:
    """Scales of the series of the forecasts, nan where the bundle has none, and whose they are."""
    nan = np.full(len(places.names), np.nan)
    none = ErrorScales(nan, nan, nan)
    if bundle is None or bundle.error_scales is None:
        return none, None
    known = {name: index for index, name in enumerate(bundle.tail.unique_ids)}
    index = np.array([known.get(name, -1) for name in places.names], dtype=np.int64)
    return bundle.error_scales.take(index).where(index >= 0, none), "the training rows"


def _trial(written: Written, places: _Places, y: FloatArray, scales: ErrorScales) -> Trial:
    def column(name: str) -> FloatArray:
        return places.lay_out(written.frame[name].to_numpy(np.float64))

    model = written.models[0]
    edges = {}
    for level in written.levels:
        low, high = (column(name) for name in interval_columns(model, level))
        edges[level] = (low, high)
    quantiles = None
    if written.quantiles:
        each = [column(quantile_column(model, share)) for share in written.quantiles]
        quantiles = QuantileForecasts(written.quantiles, np.stack(each, axis=-1))
    forecasts = {name: column(name) for name in written.models}
    return Trial(model, places.lay_out(y), forecasts, edges, scales, quantiles)
