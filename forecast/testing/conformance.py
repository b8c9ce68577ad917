"""Whether a forecaster keeps what every model of the package keeps.

>>> from forecast.models.naive import Naive
>>> check_forecaster(Naive)  # says nothing where all is well

Each check builds forecasters of its own, asks them on small panels and raises an AssertionError
where the answer is wrong. `CHECKS` has them one by one, for pytest's ``parametrize``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pandas as pd
import torch

from forecast.data.arrays import FloatArray
from forecast.data.load import read_panel
from forecast.data.panel import Panel, Span
from forecast.data.table.columns import ColumnChoice
from forecast.data.times.clock import CountClock
from forecast.errors import DataError, NotFittedError
from forecast.models.forecaster import FitContext, Forecaster
from forecast.testing.panels import (
    CUTOFFS,
    HORIZON,
    ROWS,
    SPAN,
    altered_from,
    make_panel,
    unusual_panels,
    usual_panel,
)
from forecast.training.monitor import SILENT

Build: TypeAlias = Callable[[], Forecaster]
FAR = 2 * HORIZON
TOLERANCE = 1e-5
"""Of forecasts made in another company; another batch adds float32 numbers in another order."""
TRIALS = 6
"""Futures that are tried at each cutoff; of series never seen, half of them."""


def check_forecaster(build: Build) -> None:
    """Make every check of a forecaster.

    Parameters
    ----------
    build : callable
        Builds a new, unfitted forecaster, always with the same settings: one that learns from 22
        rows with a season of 4, 3 steps ahead, in moments.

    Raises
    ------
    AssertionError
        Naming each check that failed, and how.
    """
    failed = []
    for name, check in CHECKS.items():
        try:
            check(build)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other checks go on
            failed.append(f"{name}: {type(error).__name__}: {' '.join(str(error).split())}")
    require(not failed, "\n".join(failed))


def fitted(build: Build, panel: Panel, span: Span = SPAN) -> Forecaster:
    """Build a forecaster and fit it on the rows of ``span``."""
    return build().fit(panel, span=span, context=context())


def context() -> FitContext:
    """Return the context of a lone fit with seed 0."""
    return FitContext("fold 1 of 1", 0, 1, 0, SILENT)


def state_of(forecaster: Forecaster) -> dict[str, bytes]:
    """Return all that was learnt, as bytes."""
    return {name: value.numpy().tobytes() for name, value in forecaster.state().items()}


def require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - it reads as an assertion
    """Raise an AssertionError that says ``otherwise`` where something does not hold."""
    if not holds:
        raise AssertionError(otherwise)


def _fit_returns_itself(build: Build) -> None:
    """``fit`` returns the forecaster and changes no setting."""
    forecaster = build()
    before = dict(forecaster.settings())
    found = forecaster.fit(usual_panel(), span=SPAN, context=context())
    require(found is forecaster, "fit returned another object")
    require(dict(forecaster.settings()) == before, "fit changed the settings")


def _refuses_before_fit(build: Build) -> None:
    """A forecaster that learns raises NotFittedError before it has learnt."""
    if not _learns(build):
        return
    try:
        build().predict(usual_panel(), CUTOFFS, horizon=HORIZON)
    except NotFittedError:
        return
    raise AssertionError("predict before fit raised no NotFittedError")


def _leaves_inputs_alone(build: Build) -> None:
    """Inputs stay as they are, and may be read-only."""
    panel, cutoffs = usual_panel(), CUTOFFS.copy()
    arrays = [panel.values, panel.offsets, panel.first, cutoffs]
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.setflags(write=False)
    fitted(build, panel).predict(panel, cutoffs, horizon=FAR)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def _fit_twice_is_fit_once(build: Build) -> None:
    """A second fit forgets the first."""
    panel = usual_panel()
    once, twice = fitted(build, panel), fitted(build, altered_from(panel, 5, seed=1))
    twice.fit(panel, span=SPAN, context=context())
    require(state_of(twice) == state_of(once), "a fit remembers an earlier one")
    np.testing.assert_array_equal(
        twice.predict(panel, CUTOFFS, horizon=HORIZON),
        once.predict(panel, CUTOFFS, horizon=HORIZON),
    )


def _forecasts_any_horizon(build: Build) -> None:
    """Forecasts are finite, float64 and have series, cutoffs and horizon, whatever the horizon."""
    panel = usual_panel()
    forecaster = fitted(build, panel)
    for horizon in (1, HORIZON, 4 * HORIZON + 1):
        for count in range(len(CUTOFFS) + 1):
            found = forecaster.predict(panel, CUTOFFS[:count], horizon=horizon)
            expected = (panel.n_series, count, horizon)
            require(found.shape == expected, f"shape {found.shape}, not {expected}")
            require(found.dtype == np.float64, f"type {found.dtype}, not float64")
            require(bool(np.isfinite(found).all()), f"not all finite, {horizon} steps ahead")


def _order_does_not_matter(build: Build) -> None:
    """Series and cutoffs may come in any order."""
    panel, order = usual_panel(), np.array([2, 0, 3, 1])
    forecaster = fitted(build, panel)
    whole = forecaster.predict(panel, CUTOFFS, horizon=FAR)
    shuffled = forecaster.predict(panel.take(order), CUTOFFS[::-1].copy(), horizon=FAR)
    _close(shuffled, whole[order][:, ::-1])


def _alone_as_in_company(build: Build) -> None:
    """A series alone, at one cutoff, gets the forecast that it gets among others."""
    panel = usual_panel()
    forecaster = fitted(build, panel)
    whole = forecaster.predict(panel, CUTOFFS, horizon=FAR)
    for index in range(panel.n_series):
        for place in range(len(CUTOFFS)):
            one = CUTOFFS[place : place + 1]
            alone = forecaster.predict(panel.take(np.array([index])), one, horizon=FAR)
            _close(alone[0, 0], whole[index, place])


def _sees_nothing_after_the_cutoff(build: Build) -> None:
    """No value after a cutoff changes a bit of its forecast, nor does having no such rows."""
    panel = usual_panel()
    forecaster = fitted(build, panel)
    for cutoff in range(SPAN.stop - 1, ROWS):
        at = np.array([SPAN.stop - 1, cutoff], dtype=np.int64)
        expected = forecaster.predict(panel, at, horizon=FAR)
        futures = [altered_from(panel, cutoff + 1, seed) for seed in range(TRIALS)]
        for other in (*futures, panel.slice(0, cutoff + 1)):
            np.testing.assert_array_equal(forecaster.predict(other, at, horizon=FAR), expected)


def _sees_nothing_after_the_cutoff_of_strangers(build: Build) -> None:
    """Nor does it for series that the fit has not seen, even before the end of the fit."""
    panel = usual_panel()
    stranger = replace(panel, unique_ids=tuple("abcd"))
    forecaster = fitted(build, panel)
    for cutoff in range(SPAN.stop - 4, SPAN.stop + 9):
        at = np.array([cutoff], dtype=np.int64)
        expected = forecaster.predict(stranger, at, horizon=FAR)
        for seed in range(TRIALS // 2):
            other = altered_from(stranger, cutoff + 1, seed)
            np.testing.assert_array_equal(forecaster.predict(other, at, horizon=FAR), expected)


def _learns_nothing_after_the_span(build: Build) -> None:
    """No value after the rows of the fit changes a bit of what is learnt."""
    panel = usual_panel()
    for gap in range(3):
        span = replace(SPAN, stop=SPAN.stop - gap)
        state = state_of(fitted(build, panel, span))
        for other in (altered_from(panel, span.stop, seed=gap), panel.slice(0, span.stop)):
            require(
                state_of(fitted(build, other, span)) == state,
                f"rows from {span.stop} on changed what was learnt from those before",
            )


def _learns_from_the_span(build: Build) -> None:
    """A forecaster that learns does so from the last training row, too."""
    if not _learns(build):
        return
    panel = usual_panel()
    nudged = panel.values.copy()
    nudged[SPAN.train_stop - 1] += 1.0
    other = state_of(fitted(build, replace(panel, values=nudged)))
    require(other != state_of(fitted(build, panel)), "the last training row taught nothing")


def _same_seed_same_bytes(build: Build) -> None:
    """The seed of the fit decides all, whatever the caller drew."""
    drawn = torch.random.get_rng_state(), np.random.get_state()  # noqa: NPY002
    try:
        states = []
        for seed in (1, 2):
            torch.manual_seed(seed)
            np.random.seed(seed)  # noqa: NPY002 - the global state is what must not matter
            states.append(state_of(fitted(build, usual_panel())))
    finally:
        torch.random.set_rng_state(drawn[0])
        np.random.set_state(drawn[1])  # noqa: NPY002
    require(states[0] == states[1], "the global random state changed what was learnt")


def _degenerate_series(build: Build) -> None:
    """Series with little in them give finite forecasts where a value was seen, else a refusal."""
    for kind, panel in unusual_panels().items():
        try:
            forecaster = fitted(build, panel)
        except DataError as error:
            require(_learns(build), f"{kind}: a rule refused to fit")
            require(bool(error.message), f"{kind}: the refusal says nothing")
            continue
        found = forecaster.predict(panel, CUTOFFS, horizon=FAR)
        observed = [np.isfinite(panel.at(np.arange(cutoff + 1))).any(axis=1) for cutoff in CUTOFFS]
        seen = np.stack(observed, axis=1)
        right = np.isfinite(found).all(axis=2) == seen, np.isnan(found).all(axis=2) == ~seen
        require(bool(np.all(right)), f"{kind}: not finite exactly where a value was seen")


def _constant_stays_constant(build: Build) -> None:
    """A constant series is forecast as its constant."""
    for value in (3.25, 0.0, -1e9):
        panel = make_panel(np.full(ROWS, value), np.sin(np.arange(float(ROWS))))
        found = fitted(build, panel).predict(panel, CUTOFFS, horizon=FAR)
        np.testing.assert_allclose(found[0], value, rtol=1e-12)


def _numbers_of_any_type(build: Build) -> None:
    """Whole numbers and float32 in a frame are forecast."""
    for dtype in (np.int64, np.int8, np.uint16, np.float32):
        frame = pd.DataFrame({"y": (np.arange(ROWS) % 5).astype(dtype)})
        panel = read_panel(frame, columns=ColumnChoice()).panel
        found = fitted(build, panel).predict(panel, CUTOFFS, horizon=HORIZON)
        require(bool(np.isfinite(found).all()), f"{np.dtype(dtype).name} is not forecast")


def _counted_like_stamped(build: Build) -> None:
    """Rows that are only counted are forecast like stamped ones."""
    panel = usual_panel()
    counted = replace(
        panel, clock=CountClock(np.full(panel.n_series, ROWS - 1, dtype=np.int64), 1, ROWS)
    )
    forecaster = fitted(build, panel)
    np.testing.assert_array_equal(
        forecaster.predict(counted, CUTOFFS, horizon=HORIZON),
        forecaster.predict(panel, CUTOFFS, horizon=HORIZON),
    )


def _learns(build: Build) -> bool:
    """Whether it has trained numbers, unlike a rule."""
    return fitted(build, usual_panel()).parameters > 0


def _close(found: FloatArray, expected: FloatArray) -> None:
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)


CHECKS: dict[str, Callable[[Build], None]] = {
    check.__name__.strip("_").replace("_", " "): check
    for check in (
        _fit_returns_itself,
        _refuses_before_fit,
        _leaves_inputs_alone,
        _fit_twice_is_fit_once,
        _forecasts_any_horizon,
        _order_does_not_matter,
        _alone_as_in_company,
        _sees_nothing_after_the_cutoff,
        _sees_nothing_after_the_cutoff_of_strangers,
        _learns_nothing_after_the_span,
        _learns_from_the_span,
        _same_seed_same_bytes,
        _degenerate_series,
        _constant_stays_constant,
        _numbers_of_any_type,
        _counted_like_stamped,
    )
}
