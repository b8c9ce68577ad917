from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.data.domain import refuse_outside, refuse_uncountable
from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock, CountClock
from forecast.data.transform import Target, TransformKind
from forecast.errors import DataError

PANEL = Panel(
    ("a", "b"),
    np.array([1.0, np.nan, 4.0, 2.0, -3.0, 5.0, 0.0]),
    np.array([0, 3, 7], dtype=np.int64),
    np.array([1, 0], dtype=np.int64),
    CalendarClock(pd.Timestamp("2024-01-30"), "D"),
)


@pytest.mark.parametrize("kind", ["log1p", "sqrt", "box-cox"])
def test_value_outside_is_named_with_its_series_and_stamp(kind: TransformKind) -> None:
    with pytest.raises(DataError) as caught:
        refuse_outside(PANEL, Target(kind), location="a.csv")
    assert "series 'b' has the value -3 at 2024-01-31" in caught.value.message
    assert caught.value.location == "a.csv"
    assert (
        caught.value.fix == "mend the values, or train with --transform difference, which takes any"
    )


@pytest.mark.parametrize("kind", ["none", "difference", "seasonal-difference"])
def test_other_transforms_take_any_value(kind: TransformKind) -> None:
    refuse_outside(PANEL, Target(kind))


def test_zero_is_refused_by_box_cox_alone_and_the_fix_takes_it() -> None:
    panel = replace(PANEL, values=np.abs(PANEL.values), clock=CountClock(np.array([5, 9]), 1, 4))
    refuse_outside(panel, Target("log1p"))
    refuse_outside(panel, Target("sqrt"))
    with pytest.raises(DataError, match="value 0 at 9, and box-cox takes values above 0") as caught:
        refuse_outside(panel, Target("box-cox"))
    assert "--transform sqrt or log1p" in str(caught.value.fix)


def test_rows_from_the_stop_on_are_not_looked_at() -> None:
    refuse_outside(PANEL, Target("log1p"), stop=1)
    with pytest.raises(DataError):
        refuse_outside(PANEL, Target("log1p"), stop=2)


def test_several_values_outside_are_counted() -> None:
    with pytest.raises(DataError, match=r"such values: 2, in 1 series"):
        refuse_outside(PANEL, Target("box-cox"))


def test_counts_are_whole_numbers_of_at_least_0() -> None:
    refuse_uncountable(replace(PANEL, values=np.array([0.0, 3.0, np.nan, 1e15])), stop=9)
    for value in (-1.0, 0.5, -2.5):
        panel = replace(PANEL, values=np.array([0.0, 3.0, value, value]))
        with pytest.raises(DataError, match=f"has the value {value:g} at .* takes whole") as caught:
            refuse_uncountable(panel, stop=9)
        assert "such values: 2" in caught.value.message
        assert caught.value.fix == "mend the values, or train with --head gaussian"
