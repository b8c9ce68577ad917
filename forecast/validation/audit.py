"""The leakage prover: whether anything that a fold makes reacts to what comes after its cutoffs.

For each fold, all that nobody could have known at its first cutoff is replaced by noise, and the
fold is fitted again. What it learns, what its network is shown while it learns, and its forecasts
must be the same to the last bit. Each further cutoff is asked likewise, with noise after it alone.
The intervals of a fold rest on the errors of the folds before it, which forecast again here, or are
quantiles that the model forecasts itself.

That no bit moves under one noise is a proof for these data and this noise, not for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self, cast

import numpy as np

from forecast.errors import Interrupted
from forecast.models.intervals import fit_spread
from forecast.training.monitor import EpochRecord, Monitor
from forecast.validation.conformal import intervals_for_folds
from forecast.validation.evaluation import Evaluation, FoldResult
from forecast.validation.looks import Looks
from forecast.validation.perturb import altered_after
from forecast.validation.plan import Fold, FoldSchedule
from forecast.validation.walk_forward import Candidate, walk_forward

if TYPE_CHECKING:
    import numpy.typing as npt

    from forecast.data.arrays import FloatArray, IntArray
    from forecast.data.panel import Panel, Span
    from forecast.models.forecaster import FitContext, FitReport, Forecaster

PARTS = ("scaler", "fill", "features", "weights", "forecasts", "intervals")
SCALES = {"scaler", "covariates", "target"}
"""Words in the names of learnt tensors that scale or transform; the others are weights."""
NOISE = 20_240_229
"""Seed of the noise, with which that of a cutoff begins."""

State = Mapping[str, bytes]


@dataclass(frozen=True)
class Finding:
    """Whether one part of a fold reacts.

    Parameters
    ----------
    compared : int
        Arrays, digests or forecasts that were compared; 0 where the model has no such part.
    reacting : tuple of str
        Those that differ.
    """

    compared: int
    reacting: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoldAudit:
    """What came of one fold.

    Parameters
    ----------
    fold : Fold
    parts : mapping of str to Finding
        By the names in `PARTS`.
    """

    fold: Fold
    parts: Mapping[str, Finding]

    @property
    def reacts(self) -> bool:
        """Whether anything of it reacts to the future."""
        return any(finding.reacting for finding in self.parts.values())


@dataclass(frozen=True)
class _Trace:
    """A fold as it was walked once."""

    result: FoldResult
    forecaster: Forecaster
    looks: Looks


@dataclass(frozen=True)
class Audit:
    """How folds are walked.

    Parameters
    ----------
    candidate : Candidate
        The model.
    horizon, season_length : int, in steps
    seed : int
        Of the run.
    levels : sequence of float, in percent
        Of the intervals.
    """

    candidate: Candidate
    horizon: int
    season_length: int
    seed: int
    levels: Sequence[float] = (80.0, 95.0)

    def run(
        self, panel: Panel, schedule: FoldSchedule, *, monitor: Monitor
    ) -> tuple[FoldAudit, ...]:
        """Audit every fold.

        Raises
        ------
        Interrupted
            If the monitor asks to stop.
        """
        traces: list[_Trace] = []
        found = []
        for fold in schedule.folds:
            traces.append(self._walk(panel, fold, monitor))
            found.append(self._audit(panel, traces, monitor))
            which = f"fold {fold.index + 1} of {len(schedule.folds)}"
            monitor.say(f"{which} {'REACTS' if found[-1].reacts else 'does not react'}")
        return tuple(found)

    def altered(self, panel: Panel, cutoff: int) -> Panel:
        """Return the panel with another future after a cutoff."""
        seed = NOISE + cutoff
        return altered_after(panel, cutoff, known=self.horizon, stop=panel.length, seed=seed)

    def _walk(self, panel: Panel, fold: Fold, monitor: Monitor) -> _Trace:
        """Fit and judge one fold as a run does."""
        made: list[_Watched] = []

        def make(fold: Fold) -> Forecaster:
            made.append(_Watched(self.candidate.make(fold)))
            return cast("Forecaster", made[-1])

        alone = Fold(fold.index, fold.span, fold.cutoffs, fold.test_stop)  # fitted by itself
        evaluation = walk_forward(
            panel,
            FoldSchedule((alone,), ()),
            candidates=[replace(self.candidate, make=make, intervals=False, checkpoints=None)],
            horizon=self.horizon,
            season_length=self.season_length,
            seed=self.seed,
            monitor=_Quiet(monitor),
        )
        if evaluation.interrupted or monitor.should_stop():
            raise Interrupted(f"the audit was stopped in fold {fold.index + 1}")
        return _Trace(evaluation.folds[0], made[-1].inner, made[-1].looks)

    def _audit(self, panel: Panel, traces: Sequence[_Trace], monitor: Monitor) -> FoldAudit:
        """Compare the last of the folds walked with itself under another future."""
        known = traces[-1]
        fold = known.result.fold
        other = self.altered(panel, fold.cutoffs[0])
        again = self._walk(other, fold, monitor)
        states = [_state(trace.forecaster) for trace in (known, again)]
        forecasts, shown = self._forecasts(panel, known, again)
        fills = (known.looks.fill, again.looks.fill)
        features = (known.looks.features, again.looks.features)
        parts = {
            "scaler": _merged(_compared(states, of_scale=True), self._scales(known, again)),
            "fill": _merged(_same("while it learns", *fills), shown["fill"]),
            "features": _merged(_same("while it learns", *features), shown["features"]),
            "weights": _compared(states, of_scale=False),
            "forecasts": forecasts,
            "intervals": _merged(
                self._quantiles(panel, known, again), self._intervals(panel, other, traces)
            ),
        }
        return FoldAudit(fold, parts)

    def _scales(self, known: _Trace, again: _Trace) -> Finding:
        """Compare what errors are divided by."""
        pairs = {
            name: (getattr(known.result, name), getattr(again.result, name))
            for name in ("mase_scale", "rmsse_scale", "deviation")
        }
        return _arrays(pairs)

    def _forecasts(
        self, panel: Panel, known: _Trace, again: _Trace
    ) -> tuple[Finding, dict[str, Finding]]:
        """Compare the forecasts from each cutoff, and what the network is shown of it.

        The model fitted on the altered rows forecasts with noise after each cutoff.
        """
        name, first = self.candidate.name, known.result.fold.cutoffs[0]
        together = [trace.result.forecasts[name][:, 0] for trace in (known, again)]
        found = [_arrays({f"all cutoffs at once, row {first}": (together[0], together[1])})]
        shown: dict[str, list[Finding]] = {"fill": [], "features": []}
        for cutoff in known.result.fold.cutoffs:
            pairs = [(known.forecaster, panel), (again.forecaster, self.altered(panel, cutoff))]
            at = np.array([cutoff], dtype=np.int64)
            answers, looks = zip(
                *(_ask(forecaster, rows, at, self.horizon) for forecaster, rows in pairs),
                strict=True,
            )
            label = f"row {cutoff}"
            found.append(_arrays({label: (answers[0], answers[1])}))
            shown["fill"].append(_same(label, looks[0].fill, looks[1].fill))
            shown["features"].append(_same(label, looks[0].features, looks[1].features))
        return _merged(*found), {part: _merged(*each) for part, each in shown.items()}

    def _quantiles(self, panel: Panel, known: _Trace, again: _Trace) -> Finding:
        """Compare the quantiles that the model itself forecasts from each cutoff."""
        if not self.candidate.shares:
            return Finding(0)
        name, cutoffs = self.candidate.name, known.result.fold.cutoffs
        together = [trace.result.quantiles[name].values[:, 0] for trace in (known, again)]
        found = {f"all cutoffs at once, row {cutoffs[0]}": (together[0], together[1])}
        for cutoff in cutoffs:
            at = np.array([cutoff], dtype=np.int64)
            one, other = (
                forecaster.predict_quantiles(
                    rows, at, horizon=self.horizon, levels=self.candidate.shares
                )
                for forecaster, rows in (
                    (known.forecaster, panel),
                    (again.forecaster, self.altered(panel, cutoff)),
                )
            )
            found[f"row {cutoff}"] = (one, other)
        return _arrays(found)

    def _intervals(self, panel: Panel, other: Panel, traces: Sequence[_Trace]) -> Finding:
        """Compare the intervals that the errors of earlier folds give the last one."""
        if len(traces) == 1:
            return Finding(0)
        before = [self._results(panel, traces), self._results(other, traces)]
        name, index = self.candidate.name, len(traces) - 1
        cutoff = str(traces[-1].result.fold.cutoffs[0])
        widths, edges = [], []
        for results in before:
            evaluation = Evaluation(self.horizon, self.season_length, (name,), tuple(results))
            widths.append(intervals_for_folds(evaluation, name, self.levels)[index])
            last = results[-1]
            y_hat = last.forecasts[name][:, :1]
            around = [last.spreads[name].around(y_hat, width) for width in widths[-1]]
            edges.append(np.array(around))
        return _arrays({"half-widths": (widths[0], widths[1]), cutoff: (edges[0], edges[1])})

    def _results(self, panel: Panel, traces: Sequence[_Trace]) -> list[FoldResult]:
        """Forecast the folds again from the rows of a panel, by the models as they were fitted."""
        name, found = self.candidate.name, []
        for trace in traces:
            fold = trace.result.fold
            cutoffs = np.array(fold.cutoffs, dtype=np.int64)
            forecasts = trace.forecaster.predict(panel, cutoffs, horizon=self.horizon)
            spread = fit_spread(panel, fold.span, self.candidate.target)
            y = panel.horizon_after(cutoffs, self.horizon)
            found.append(
                replace(trace.result, y=y, forecasts={name: forecasts}, spreads={name: spread})
            )
        return found


class _Watched:
    """A forecaster of which the fit is listened to."""

    def __init__(self, inner: Forecaster) -> None:
        self.inner = inner
        self.looks = Looks()

    @property
    def parameters(self) -> int:
        """Number of trained numbers."""
        return self.inner.parameters

    @property
    def report(self) -> FitReport | None:
        """How the fit went."""
        return self.inner.report

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:
        """Fit, and note what the network is shown."""
        with self.looks.recording():
            self.inner = self.inner.fit(panel, span=span, context=context)
        return self

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast."""
        return self.inner.predict(panel, cutoffs, horizon=horizon)

    def predict_quantiles(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, levels: Sequence[float]
    ) -> FloatArray:
        """Forecast quantiles."""
        return self.inner.predict_quantiles(panel, cutoffs, horizon=horizon, levels=levels)


class _Quiet:
    """Keeps the fits of an audit to itself, and passes on the wish to stop."""

    def __init__(self, monitor: Monitor) -> None:
        self.should_stop: Callable[[], bool] = monitor.should_stop

    def say(self, text: str) -> None:
        """Keep it."""

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:
        """Keep it."""

    def end_epoch(self, record: EpochRecord) -> None:
        """Keep it."""

    def end_fit(self, fit: str) -> None:
        """Keep it."""


def _ask(
    forecaster: Forecaster, panel: Panel, at: IntArray, horizon: int
) -> tuple[FloatArray, Looks]:
    looks = Looks()
    with looks.recording():
        found = forecaster.predict(panel, at, horizon=horizon)
    return found, looks


def _state(forecaster: Forecaster) -> State:
    state = forecaster.state()
    return {name: value.detach().cpu().numpy().tobytes() for name, value in state.items()}


def _compared(states: Sequence[State], *, of_scale: bool) -> Finding:
    names = {
        name
        for state in states
        for name in state
        if bool(SCALES & set(name.split("."))) is of_scale
    }
    differ = sorted(name for name in names if states[0].get(name) != states[1].get(name))
    return Finding(len(names), tuple(differ))


def _same(label: str, one: str | None, other: str | None) -> Finding:
    if one is None and other is None:
        return Finding(0)
    return Finding(1, () if one == other else (label,))


def _arrays(
    pairs: Mapping[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]],
) -> Finding:
    differ = [name for name, (one, other) in pairs.items() if _plain(one) != _plain(other)]
    return Finding(len(pairs), tuple(differ))


def _plain(values: npt.NDArray[np.float64]) -> bytes:
    """Bytes in which what is missing is always written alike."""
    return np.where(np.isnan(values), np.nan, values).tobytes()


def _merged(*findings: Finding) -> Finding:
    reacting = [name for finding in findings for name in finding.reacting]
    return Finding(sum(finding.compared for finding in findings), tuple(reacting))
