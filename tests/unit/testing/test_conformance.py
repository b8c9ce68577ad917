"""That the kit finds what is wrong with a forecaster, each defect under its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

import numpy as np
import pytest
import torch

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel, Span
from forecast.errors import NotFittedError
from forecast.models.forecaster import FitContext, Setting
from forecast.models.naive import Naive
from forecast.testing.conformance import CHECKS, check_forecaster

Learn = Callable[["Learner", Panel, Span], float]
Bend = Callable[[Panel, IntArray, FloatArray], FloatArray]


class Bent(Naive):
    """Repeats the last value, and then does something to it."""

    def __init__(self, bend: Bend) -> None:
        self.bend = bend

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        return self.bend(panel, cutoffs, super().predict(panel, cutoffs, horizon=horizon))


class Learner(Naive):
    """Learns one number in a way of its own, and repeats the last value all the same."""

    def __init__(self, learn: Learn) -> None:
        self.learn = learn
        self.learnt: float | None = None

    @property
    def parameters(self) -> int:
        return 1

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:  # noqa: ARG002
        self.learnt = self.learn(self, panel, span)
        return self

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        if self.learnt is None:
            raise NotFittedError("not fitted", fix="call fit first")
        return super().predict(panel, cutoffs, horizon=horizon)

    def state(self) -> Mapping[str, torch.Tensor]:
        return {"learnt": torch.tensor(self.learnt)}


class Counting(Naive):
    """Keeps the number of its fits among its settings."""

    fits = 0

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:  # noqa: ARG002
        self.fits += 1
        return self

    def settings(self) -> Mapping[str, Setting]:
        return {"fits": self.fits}


class Eager(Learner):
    """Forecasts without having learnt."""

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        return Naive().predict(panel, cutoffs, horizon=horizon)


def total(learner: Learner, panel: Panel, span: Span) -> float:
    return float(np.nansum(panel.at(np.arange(span.start, span.stop))))


def future(learner: Learner, panel: Panel, span: Span) -> float:
    return float(np.nansum(panel.values))


def nothing(learner: Learner, panel: Panel, span: Span) -> float:
    return 1.0


def memory(learner: Learner, panel: Panel, span: Span) -> float:
    return total(learner, panel, span) + (learner.learnt or 0.0)


def chance(learner: Learner, panel: Panel, span: Span) -> float:
    return total(learner, panel, span) + float(torch.rand(()))


def peek(panel: Panel, cutoffs: IntArray, found: FloatArray) -> FloatArray:
    newest = np.nan_to_num(panel.at(np.array([panel.length - 1])))
    return np.asarray(found + 1e-9 * newest[:, :, None])


def scribble(panel: Panel, cutoffs: IntArray, found: FloatArray) -> FloatArray:
    panel.values[:] = 1.0
    return found


def company(panel: Panel, cutoffs: IntArray, found: FloatArray) -> FloatArray:
    return np.asarray(found - np.nan_to_num(found).sum(axis=0))


def order(panel: Panel, cutoffs: IntArray, found: FloatArray) -> FloatArray:
    return found + np.nan_to_num(found[:, :1])


def short(panel: Panel, cutoffs: IntArray, found: FloatArray) -> FloatArray:
    return found[:, :, :2]


def taller(panel: Panel, cutoffs: IntArray, found: FloatArray) -> FloatArray:
    return found * 1.01


def whole(panel: Panel, cutoffs: IntArray, found: FloatArray) -> FloatArray:
    return np.nan_to_num(found)


WRONG: dict[str, Callable[[], Naive]] = {
    "sees nothing after the cutoff": lambda: Bent(peek),
    "leaves inputs alone": lambda: Bent(scribble),
    "alone as in company": lambda: Bent(company),
    "order does not matter": lambda: Bent(order),
    "forecasts any horizon": lambda: Bent(short),
    "constant stays constant": lambda: Bent(taller),
    "degenerate series": lambda: Bent(whole),
    "fit returns itself": Counting,
    "refuses before fit": lambda: Eager(total),
    "learns nothing after the span": lambda: Learner(future),
    "learns from the span": lambda: Learner(nothing),
    "fit twice is fit once": lambda: Learner(memory),
    "same seed same bytes": lambda: Learner(chance),
}


def test_right_ones_pass() -> None:
    check_forecaster(Naive)
    check_forecaster(lambda: Learner(total))


@pytest.mark.parametrize("name", WRONG)
def test_defect_is_found_and_named(name: str) -> None:
    assert name in CHECKS
    with pytest.raises(AssertionError) as failed:
        check_forecaster(WRONG[name])
    assert name in [line.split(":")[0] for line in str(failed.value).splitlines()]
