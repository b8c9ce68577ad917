"""The audit finds each leak that was planted, where it was planted, and nothing without one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.covariates import Beside
from forecast.data.exogenous import PackedExogenous, gather_exogenous
from forecast.data.gaps import Gaps, Inputs, build_inputs
from forecast.data.load import read_panel
from forecast.data.panel import Panel, Span
from forecast.data.scale import Scaler, fit_scaler
from forecast.data.table.columns import ColumnChoice
from forecast.errors import Interrupted
from forecast.models.forecaster import FitContext, Forecaster
from forecast.models.intervals import ConformalIntervals
from forecast.models.naive import Naive, SeasonalNaive
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.training.monitor import SILENT
from forecast.validation.audit import PARTS, Audit, FoldAudit
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import FoldPlan, make_folds
from forecast.validation.walk_forward import Candidate
from tests.conformance.conftest import PLAN, build_small

Build = Callable[[], Forecaster]
Patch = pytest.MonkeyPatch
H, SEASON, ROWS = 3, 4, 120


def some_panel() -> Panel:
    """Two series with a season, gaps across cutoffs, a sensor and a price."""
    rng = np.random.default_rng(0)
    rows = np.arange(ROWS)
    parts = []
    for name, level in (("a", 0.0), ("b", 40.0)):
        y = level + np.sin(rows * np.pi / 2) + rng.normal(size=ROWS)
        y[84:] = np.where(rows[84:] % 5 < 3, np.nan, y[84:])
        beside = {"sensor": rng.normal(size=ROWS), "price": rng.normal(size=ROWS)}
        stamps = pd.date_range("2024-01-01", periods=ROWS, freq="D")
        parts.append(pd.DataFrame({"id": name, "ds": stamps, "y": y, **beside}))
    columns = ColumnChoice(
        target=("y",), time=("ds",), id=("id",), past=("sensor",), future=("price",)
    )
    return read_panel(pd.concat(parts), columns=columns).panel


def network() -> Forecaster:
    """A small network that interpolates and reads covariates."""
    panel = some_panel()
    assert panel.covariates is not None
    beside = Beside(columns=panel.covariates.columns, calendar=("dayofweek",))
    small = build_small("gru")
    assert isinstance(small, NeuralForecaster)
    shape = replace(
        small.shape,
        past_channels=beside.past_channels,
        future_channels=beside.future_channels,
    )
    fitting = FitSettings(PLAN, device="cpu", threads=1)
    gaps = Gaps("interpolate")
    return NeuralForecaster(shape, scaler="standard", fitting=fitting, gaps=gaps, beside=beside)


def audited(build: Build, *, folds: int = 3, panel: Panel | None = None) -> tuple[FoldAudit, ...]:
    panel = some_panel() if panel is None else panel
    plan = FoldPlan(folds=folds, step_size=2)
    schedule = make_folds(panel.length, plan=plan, horizon=H, context_length=6)
    prover = Audit(
        Candidate("model", lambda _: build(), trained=True), H, SEASON, seed=3, levels=(50.0,)
    )
    return prover.run(panel, schedule, monitor=SILENT)


def reacting(folds: Sequence[FoldAudit]) -> list[set[str]]:
    return [{name for name, part in fold.parts.items() if part.reacting} for fold in folds]


def test_a_network_with_everything_does_not_react_and_each_part_was_looked_at() -> None:
    found = audited(network)
    assert reacting(found) == [set()] * 3
    assert not any(fold.reacts for fold in found)
    cutoffs = [len(fold.fold.cutoffs) for fold in found]
    for fold, count in zip(found, cutoffs, strict=True):
        compared = {name: part.compared for name, part in fold.parts.items()}
        assert tuple(compared) == PARTS
        assert compared["fill"] == compared["features"] == compared["forecasts"] == 1 + count
        assert compared["scaler"] > 4
        assert compared["weights"] > 4
        assert compared["intervals"] == (0 if fold.fold.index == 0 else 2)


def test_p2_no_registered_model_reacts(build: Build) -> None:
    plain = replace(some_panel(), covariates=None)
    assert reacting(audited(build, folds=2, panel=plain)) == [set()] * 2


def test_scaler_that_saw_the_test_rows_is_found(monkeypatch: Patch) -> None:
    @functools.wraps(fit_scaler)
    def all_rows(
        panel: Panel, *, kind: Any, start: int, stop: int, scope: Any = "series"
    ) -> Scaler:
        return fit_scaler(panel, kind=kind, start=0, stop=panel.length, scope=scope)

    monkeypatch.setattr("forecast.models.neural.fit_scaler", all_rows)
    for parts in reacting(audited(network)):
        assert {"scaler", "weights", "forecasts"} <= parts


def test_fill_that_draws_its_line_to_a_later_value_is_found(monkeypatch: Patch) -> None:
    def knowing(panel: Panel, scaled: FloatArray, zero: FloatArray, gaps: Gaps) -> Inputs:
        inputs = build_inputs(panel, scaled, zero, gaps)
        return replace(inputs, known_at=np.zeros(len(scaled), np.int64))

    monkeypatch.setattr("forecast.models.problem.build_inputs", knowing)
    found = audited(network)
    assert any("fill" in parts for parts in reacting(found))
    assert not any("scaler" in parts or "features" in parts for parts in reacting(found))


def test_sensor_that_is_read_from_later_rows_is_found(monkeypatch: Patch) -> None:
    def ahead(
        packed: PackedExogenous, end: Any, row: Any, series: Any, *, back: int, ahead: int
    ) -> Any:
        early = replace(packed, past=torch.roll(packed.past, -2, 0))
        return gather_exogenous(early, end, row, series, back=back, ahead=ahead)

    monkeypatch.setattr("forecast.models.rollout.gather_exogenous", ahead)
    for parts in reacting(audited(network)):
        assert "features" in parts
        assert not {"scaler", "fill", "weights"} & parts


def test_intervals_from_errors_of_the_fold_itself_are_found(monkeypatch: Patch) -> None:
    def own(evaluation: Evaluation, name: str, levels: Sequence[float]) -> tuple[FloatArray, ...]:
        found = []
        for result in evaluation.folds:
            errors = result.spreads[name].residuals(result.y, result.forecasts[name])
            pool = ConformalIntervals.from_residuals(errors.reshape(-1, H))
            found.append(np.array([pool.half_width(level, H) for level in levels]))
        return tuple(found)

    monkeypatch.setattr("forecast.validation.audit.intervals_for_folds", own)
    found = reacting(audited(lambda: build_small("naive")))
    assert found[1:] == [{"intervals"}] * 2


class Peeks(Naive):
    """Repeats the value after the cutoff, from the second cutoff on it is asked for."""

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Look one row ahead at every second row."""
        late = np.minimum(cutoffs + (cutoffs % 4 < 2), panel.length - 1)
        return super().predict(panel, late, horizon=horizon)


class Remembers(SeasonalNaive):
    """Adds the mean of all rows of the panel it was fitted on, and shows no state."""

    def __init__(self) -> None:
        super().__init__(SEASON)
        self.mean = 0.0

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Remembers:  # noqa: ARG002
        """Read beyond the span."""
        self.mean = float(np.nanmean(panel.values))
        return self

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast by what was remembered."""
        return super().predict(panel, cutoffs, horizon=horizon) + self.mean


class GoesOn(Remembers):
    """Learns from its span alone, and from what an earlier fit left."""

    left = 0.0

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> GoesOn:  # noqa: ARG002
        """Begin where the fit before ended."""
        type(self).left += float(np.nanmean(panel.slice(span.start, span.stop).values))
        self.mean = type(self).left
        return self

    def state(self) -> Mapping[str, torch.Tensor]:
        """Show it."""
        return {"weight": torch.tensor(self.mean)}


def test_forecaster_that_peeks_at_some_cutoffs_is_found_at_those() -> None:
    found = audited(Peeks)
    for fold in found:
        peeked = {f"row {row}" for row in fold.fold.cutoffs if row % 4 < 2}
        assert peeked
        assert set(fold.parts["forecasts"].reacting) >= peeked
        assert not {f"row {row}" for row in fold.fold.cutoffs} - peeked & set(
            fold.parts["forecasts"].reacting
        )


def test_forecaster_that_was_fitted_on_all_rows_is_found_at_every_cutoff() -> None:
    for fold in audited(Remembers):
        assert len(fold.parts["forecasts"].reacting) == 1 + len(fold.fold.cutoffs)


class KnowsItsEdges(SeasonalNaive):
    """Forecasts honest values, and quantiles from the row after the cutoff."""

    def predict_quantiles(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, levels: Sequence[float]
    ) -> FloatArray:
        """Take the next row for every quantile."""
        after = panel.horizon_after(cutoffs, 1)
        return np.tile(after[..., None], (1, 1, horizon, len(levels)))


def test_quantiles_that_saw_the_next_row_are_found() -> None:
    panel = replace(some_panel(), covariates=None)
    schedule = make_folds(panel.length, plan=FoldPlan(folds=2), horizon=H, context_length=6)
    knowing = Candidate("model", lambda _: KnowsItsEdges(SEASON), shares=(0.1, 0.5, 0.9))
    found = Audit(knowing, H, SEASON, seed=3, levels=(80.0,)).run(panel, schedule, monitor=SILENT)
    assert reacting(found) == [{"intervals"}] * 2
    cutoffs = len(found[0].fold.cutoffs)
    assert len(found[0].parts["intervals"].reacting) == 1 + cutoffs


def test_fit_that_goes_on_from_an_earlier_one_is_found() -> None:
    for parts in reacting(audited(GoesOn)):
        assert {"weights", "forecasts"} <= parts


def test_audit_that_is_told_to_stop_stops() -> None:
    class Stopping(type(SILENT)):  # type: ignore[misc]
        """Wants to stop at once."""

        def should_stop(self) -> bool:
            """Say so."""
            return True

    panel = replace(some_panel(), covariates=None)
    schedule = make_folds(panel.length, plan=FoldPlan(), horizon=H, context_length=6)
    prover = Audit(Candidate("model", lambda _: build_small("naive")), H, SEASON, seed=3)
    with pytest.raises(Interrupted, match="stopped in fold 1"):
        prover.run(panel, schedule, monitor=Stopping())
