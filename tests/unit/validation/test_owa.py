from __future__ import annotations

import numpy as np
import pytest

from forecast.data.panel import Span
from forecast.validation.evaluation import Evaluation, FoldResult
from forecast.validation.plan import Fold


def walked(**errors: float) -> Evaluation:
    y, one = np.full((1, 1, 2), 100.0), np.ones(1)
    forecasts = {model: y - error for model, error in errors.items()}
    fold = Fold(0, Span(0, 5, 5), (4,), 7)
    result = FoldResult(fold, y, one, one, forecasts, {}, {}, {}, {}, 2 * one)
    return Evaluation(2, 7, tuple(errors), (result,))


def test_owa_is_relative_to_naive2() -> None:
    evaluation = walked(gru=1.0, naive2=2.0)
    found = evaluation.scores("gru").metrics
    smape = (1 / 199) / (2 / 198)
    assert found["owa"] == pytest.approx((smape + 0.5) / 2)
    assert evaluation.scores("naive2").metrics["owa"] == 1.0


def test_rmsse_has_the_scale_of_the_fold() -> None:
    assert walked(gru=1.0).scores("gru").metrics["rmsse"] == 0.5


def test_without_naive2_there_is_no_owa() -> None:
    assert "owa" not in walked(gru=1.0, naive=2.0).scores("gru").metrics


def test_owa_is_undefined_where_naive2_never_errs_and_that_is_said() -> None:
    scores = walked(gru=1.0, naive2=0.0).scores("gru")
    assert scores.metrics["owa"] is None
    assert any(note.startswith("owa is undefined") for note in scores.notes)
