from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice
from forecast.data.table.treatment import Aggregate, Treatment
from forecast.errors import DataError, FrequencyError, UsageError

TWICE = "id,ds,y\n" + "\n".join(
    ["a,2024-01-01,1", "a,2024-01-02,4", "a,2024-01-02,2", "a,2024-01-02,", "a,2024-01-03,5"]
)


def treated(text: str, treatment: Treatment, freq: str = "auto") -> Reading:
    return read_panel(io.StringIO(text), columns=ColumnChoice(), freq=freq, treatment=treatment)


def table(stamps: pd.DatetimeIndex) -> str:
    return pd.DataFrame({"t": stamps, "y": np.arange(1.0, len(stamps) + 1)}).to_csv(index=False)


@pytest.mark.parametrize(
    ("how", "value"), [("mean", 3.0), ("sum", 6.0), ("first", 4.0), ("last", 2.0), ("max", 4.0)]
)
def test_rows_of_equal_time_become_one_as_asked(how: Aggregate, value: float) -> None:
    found = treated(TWICE, Treatment(duplicates=how))
    assert found.panel.values.tolist() == [1.0, value, 5.0]
    assert (
        f"3 rows share their series and time with another: the {how} of each was taken, "
        "5 rows became 3" in found.notes
    )


def test_rows_of_equal_time_are_refused_unasked_and_the_flag_is_named() -> None:
    with pytest.raises(FrequencyError, match="2 duplicate timestamps") as caught:
        treated(TWICE, Treatment())
    fix = str(caught.value.fix)
    assert fix.endswith("pass --duplicates mean (or sum, first, last, max)")


def test_a_sum_of_missing_values_is_missing_and_not_zero() -> None:
    text = "ds,y\n2024-01-01,1\n2024-01-02,\n2024-01-02,\n2024-01-03,2\n"
    found = treated(text, Treatment(duplicates="sum"))
    np.testing.assert_array_equal(found.panel.values, [1.0, np.nan, 2.0])


@pytest.mark.parametrize(
    ("how", "value"),
    [("mean", 12.5), ("sum", 300.0), ("first", 1.0), ("last", 24.0), ("max", 24.0)],
)
def test_hours_become_days(how: Aggregate, value: float) -> None:
    text = table(pd.date_range("2024-01-01", periods=72, freq="h"))
    found = treated(text, Treatment(resample="D", aggregate=how))
    assert found.freq == "D"
    assert found.panel.values[0] == value
    assert len(found.panel.values) == 3
    assert f"resampled to D by {how}: 72 rows became 3" in found.notes


@pytest.mark.parametrize(
    ("fine", "step", "whole", "partial", "kept"),
    [
        ("h", "D", 72, 71, 2),
        ("h", "D", 72, 49, 2),
        ("D", "MS", 91, 90, 2),  # January to March 2024
        ("D", "ME", 91, 90, 2),
        ("D", "W", 28, 27, 3),  # 1 January 2024 is a Monday
        ("B", "W", 20, 19, 3),
    ],
)
def test_a_last_step_that_is_not_over_is_dropped_and_said(
    fine: str, step: str, whole: int, partial: int, kept: int
) -> None:
    stamps = pd.date_range("2024-01-01", periods=whole, freq=fine)
    full = treated(table(stamps), Treatment(resample=step))
    assert len(full.panel.values) == kept + 1
    assert not [note for note in full.notes if "not over" in note]
    cut = treated(table(stamps[:partial]), Treatment(resample=step))
    assert len(cut.panel.values) == kept
    assert [note for note in cut.notes if note.startswith("the last step is not over: dropped (")]


@pytest.mark.parametrize(
    ("fine", "step", "late", "kept"),
    [("h", "D", 11, 2), ("D", "MS", 14, 2), ("D", "ME", 14, 2), ("D", "W", 3, 3), ("B", "W", 2, 3)],
)
def test_a_first_step_that_is_not_whole_is_dropped_and_said(
    fine: str, step: str, late: int, kept: int
) -> None:
    rows = {"h": 72, "D": 91, "B": 20}[fine] if step != "W" or fine == "B" else 28
    stamps = pd.date_range("2024-01-01", periods=rows, freq=fine)
    found = treated(table(stamps[late:]), Treatment(resample=step, aggregate="sum"))
    assert len(found.panel.values) == kept
    assert [note for note in found.notes if note.startswith("the first step is not whole: dropped")]
    whole = treated(table(stamps), Treatment(resample=step, aggregate="sum"))
    assert len(whole.panel.values) == kept + 1
    assert not [note for note in whole.notes if "not whole" in note]


@pytest.mark.parametrize("step", ["W", "ME"])
def test_last_step_that_ends_where_clocks_are_put_on_is_whole(step: str) -> None:
    hours = pd.date_range("2024-01-01", "2024-03-31 23:00", freq="h", tz="Europe/Paris")
    found = treated(table(hours), Treatment(resample=step, aggregate="mean"))
    assert not any("not over" in note for note in found.notes)


def test_hours_that_each_day_begins_late_are_whole() -> None:
    hours = pd.date_range("2024-01-01", periods=96, freq="h")
    found = treated(table(hours[hours.hour >= 9]), Treatment(resample="D"))
    assert len(found.panel.values) == 4


def test_each_series_loses_its_own_last_step() -> None:
    hours = pd.date_range("2024-01-01", periods=72, freq="h")
    frame = pd.concat(
        [
            pd.DataFrame({"unique_id": "a", "ds": hours, "y": 1.0}),
            pd.DataFrame({"unique_id": "b", "ds": hours[:60], "y": 1.0}),
        ]
    )
    found = treated(frame.to_csv(index=False), Treatment(resample="D", aggregate="sum"))
    assert found.panel.series(0).tolist() == [24.0, 24.0, 24.0]
    assert found.panel.series(1).tolist() == [24.0, 24.0]


def test_irregular_rows_are_refused_with_the_steps_and_a_way_out() -> None:
    rng = np.random.default_rng(0)
    minutes = np.cumsum(rng.integers(200, 900, 60))
    text = table(pd.Timestamp("2024-01-01") + pd.to_timedelta(minutes, unit="min"))
    with pytest.raises(
        FrequencyError, match=r"steps: \d+ (minutes|hours) x \d+, .* others x \d+"
    ) as caught:
        treated(text, Treatment())
    assert "--resample D --aggregate mean" in str(caught.value.fix)
    assert treated(text, Treatment(resample="D")).freq == "D"


def test_an_empty_step_between_others_is_missing() -> None:
    stamps = pd.date_range("2024-01-01", periods=96, freq="h")
    found = treated(table(stamps[(stamps.day != 2)]), Treatment(resample="D", aggregate="sum"))
    assert np.isnan(found.panel.values[1])
    assert found.absent == 1


@pytest.mark.parametrize("step", ["fortnight", "", "-1D"])
def test_what_is_no_step_is_refused(step: str) -> None:
    with pytest.raises(UsageError, match="is not a step to resample to"):
        treated(table(pd.date_range("2024-01-01", periods=72, freq="h")), Treatment(resample=step))


def test_two_words_for_the_step_are_refused() -> None:
    text = table(pd.date_range("2024-01-01", periods=72, freq="h"))
    with pytest.raises(UsageError, match="--resample D and --freq h both say"):
        treated(text, Treatment(resample="D"), freq="h")
    assert treated(text, Treatment(resample="D"), freq="D").freq == "D"


def test_counted_rows_and_too_few_rows_are_not_resampled() -> None:
    with pytest.raises(UsageError, match="needs dates"):
        treated("y\n1\n2\n", Treatment(resample="D"))
    with pytest.raises(DataError, match="no whole step"):
        treated(table(pd.date_range("2024-01-01", periods=5, freq="h")), Treatment(resample="D"))


def test_a_weekend_in_business_days_is_refused_by_name() -> None:
    days = pd.date_range("2024-01-01", periods=12, freq="D")
    text = table(days[days != "2024-01-07"])
    with pytest.raises(FrequencyError, match=r"1 of 11 stamps .* \(first: Saturday 2024-01-06\)"):
        treated(text, Treatment(), freq="B")
