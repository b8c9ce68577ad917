"""Cutoffs as a user names them, and intervals where their horizons overlap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.errors import UsageError
from forecast.validation.conformal import intervals_for_folds
from forecast.workflows.train import train

ROWS, H = 120, 4


def frame(*, dated: bool = True) -> pd.DataFrame:
    """Two series, the second of 30 rows fewer."""
    parts = []
    for name, rows in (("a", ROWS), ("b", ROWS - 30)):
        stamps = pd.date_range("2024-01-01", periods=ROWS, freq="D")[-rows:]
        y = np.random.default_rng(len(name) + rows).normal(10, 1, rows)
        part = pd.DataFrame({"unique_id": name, "y": y})
        parts.append(part.assign(ds=stamps) if dated else part)
    return pd.concat(parts, ignore_index=True)


def judged(folder: object, cutoffs: list[object], *, dated: bool = True) -> list[str]:
    asked = {
        "model.name": "naive",
        "model.horizon": H,
        "validation.cutoffs": cutoffs,
        "run.output": f"{folder}/run",
        "run.force": True,
    }
    return [fold.cutoff for fold in train(frame(dated=dated), asked).folds]


def test_cutoffs_are_times_or_steps_back(tmp_path: object) -> None:
    last = pd.Timestamp("2024-01-01") + pd.Timedelta(days=ROWS - 1)
    back = (last - pd.Timedelta(days=28)).isoformat()
    assert judged(tmp_path, ["2024-03-01", 28]) == ["2024-03-01T00:00:00", back]
    assert judged(tmp_path, ["2024-03-01", -28]) == ["2024-03-01T00:00:00", back]


def test_without_times_cutoffs_count_back_from_the_end_of_each_series(tmp_path: object) -> None:
    assert judged(tmp_path, [28, 10], dated=False) == ["91", "109"]
    with pytest.raises(UsageError, match="'2024-03-01' is not a count") as bad:
        judged(tmp_path, ["2024-03-01"], dated=False)
    assert "write how many steps back" in str(bad.value.fix)


def test_resolved_configuration_leads_to_the_same_folds(tmp_path: object) -> None:
    asked = {
        "model.name": "naive",
        "model.horizon": H,
        "validation.cutoffs": ["2024-03-01", 28],
        "run.output": f"{tmp_path}/a",
    }
    first = train(frame(), asked)
    again = first.config.model_dump(mode="json") | {"run": {"output": f"{tmp_path}/b"}}
    assert train(frame(), again).folds == first.folds


def test_interval_of_a_cutoff_rests_on_no_value_after_it(tmp_path: object) -> None:
    asked = {
        "model.name": "naive",
        "model.horizon": H,
        "validation.cutoffs": [20, 18, 16],
        "validation.level": [50],
        "run.output": f"{tmp_path}/run",
    }
    evaluation = train(frame(), asked).evaluation
    assert evaluation is not None
    first, second, third = intervals_for_folds(evaluation, "naive", [1])
    assert np.isnan(first).all()
    assert np.isnan(second).all()  # two of the four steps from the first cutoff are still to come
    assert np.isfinite(third).all()
