from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice
from forecast.data.times.clock import CalendarClock, CountClock
from forecast.errors import DataError, FrequencyError


def reading(
    text: str,
    *,
    freq: str = "auto",
    target: tuple[str, ...] = (),
    time: tuple[str, ...] = (),
    id: tuple[str, ...] = (),  # noqa: A002 - the name of the choice
) -> Reading:
    return read_panel(io.StringIO(text), columns=ColumnChoice(target, time, id), freq=freq)


def test_series_of_unequal_length_lie_on_one_grid() -> None:
    text = "id,day,y\n" + "\n".join(
        ["b,2024-01-03,7", "b,2024-01-05,9", "a,2024-01-01,1", "a,2024-01-02,2", "a,2024-01-03,3"]
    )
    found = reading(text, id=("id",))
    panel = found.panel
    assert panel.unique_ids == ("a", "b")
    assert panel.offsets.tolist() == [0, 3, 6]
    assert panel.first.tolist() == [0, 2]
    np.testing.assert_array_equal(panel.series(1), [7.0, np.nan, 9.0])
    assert panel.clock == CalendarClock(pd.Timestamp("2024-01-01"), "D")
    assert (found.rows, found.absent, found.missing) == (5, 1, 0)
    assert found.span == ("2024-01-01", "2024-01-05")
    assert "1 stamp is absent: kept as a missing value (first: 2024-01-04)" in found.notes
    assert "id column 'id', 2 series" in found.notes


def test_counted_series_are_aligned_at_their_ends() -> None:
    found = reading("series,t,y\na,0,1\na,2,2\na,6,3\nb,10,4\nb,12,5\n")  # 4 is absent
    panel = found.panel
    assert isinstance(panel.clock, CountClock)
    assert (panel.clock.step, panel.clock.length) == (2, 4)
    assert panel.clock.last.tolist() == [6, 12]
    assert panel.first.tolist() == [0, 2]
    np.testing.assert_array_equal(panel.series(0), [1.0, 2.0, np.nan, 3.0])
    stamps = panel.clock.stamps(np.array([0, 1]), np.array([4, 4]))
    assert stamps.tolist() == [8, 14]
    assert found.freq is None


def test_counts_without_common_step_are_refused() -> None:
    with pytest.raises(FrequencyError, match="count 1 is not a whole number of steps of 2"):
        reading("t,y\n1,5\n3,4\n4,5\n6,6\n8,7\n", time=("t",))


def test_without_time_rows_are_numbered() -> None:
    found = reading("y\n5\n6\n7\n")
    assert found.span == ("0", "2")
    assert found.notes[0] == "no time column: rows are numbered from 0 to 2"


def test_notes_say_what_was_understood(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    stamps = pd.date_range("2016-07-01", periods=48, freq="h")
    pd.DataFrame({"date": stamps, "OT": np.arange(48.0) % 7}).to_csv(path, index=False)
    found = read_panel(path, columns=ColumnChoice())
    assert found.notes == (
        "time column 'date', hourly, 2016-07-01 00:00 to 2016-07-02 23:00",
        "target 'OT'",
    )
    assert found.name == "load.csv"
    assert found.freq == "h"


def test_a_translated_frequency_is_said() -> None:
    found = reading("day,y\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n", freq="24H")
    assert "the frequency '24H' was taken as '24h'" in found.notes


def test_duplicate_stamps_are_refused_with_both_rows() -> None:
    text = "unique_id,ds,y\na,2024-01-01,1\nb,2024-01-01,1\nb,2024-01-02,1\nb,2024-01-01,4\n"
    with pytest.raises(FrequencyError) as caught:
        reading(text)
    assert caught.value.message == (
        "series 'b' has 1 duplicate timestamp (first: 2024-01-01, rows 3 and 5)"
    )
    assert "aggregate them first" in str(caught.value.fix)


def test_duplicate_stamps_suggest_the_columns_that_tell_rows_apart() -> None:
    rows = [
        f"2024-01-{day:02d},{shop},{dept},{day}.5"
        for day in range(1, 6)
        for shop in (1, 2)
        for dept in (1, 2)
    ]
    with pytest.raises(FrequencyError) as caught:
        reading("\n".join(["date,shop,dept,y", *rows]), target=("y",))
    assert "--id shop --id dept" in str(caught.value.fix)
    hours = [f"2024-01-0{day},{hour},{hour * day}.5" for day in (1, 2, 3) for hour in range(24)]
    with pytest.raises(FrequencyError) as caught:
        reading("\n".join(["date,hr,y", *hours]), target=("y",))
    assert "--time date --time hr" in str(caught.value.fix)


def test_a_series_without_any_value_is_left_out_and_said() -> None:
    text = "unique_id,ds,y\n" + "\n".join(
        [f"{name},2024-01-0{day},{'' if name == 'b' else day}" for name in "abc" for day in (1, 2)]
    )
    found = reading(text)
    assert found.panel.unique_ids == ("a", "c")
    assert found.panel.offsets.tolist() == [0, 2, 4]
    assert "series 'b' has no value at all: left out" in found.notes


def test_no_value_at_all_is_refused() -> None:
    with pytest.raises(DataError, match="every value is missing: 2 rows in 1 series"):
        reading("ds,y\n2024-01-01,\n2024-01-02,NA\n", target=("y",))


def test_the_zone_of_the_file_is_kept() -> None:
    found = reading("t,y\n2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n2024-01-01T02:00Z,3\n")
    assert isinstance(found.panel.clock, CalendarClock)
    assert str(found.panel.clock.origin.tz) == "UTC"


def test_mixed_offsets_become_one_zone_and_are_said() -> None:
    rows = ["2024-03-31T00:00+01:00,1", "2024-03-31T01:00+01:00,2", "2024-03-31T03:00+02:00,3"]
    found = reading("\n".join(["t,y", *rows]))
    assert found.absent == 0
    said = "column 't' has several offsets: those of Europe/Paris, taken as the time zone"
    assert said in found.notes


def test_the_fingerprint_tells_panels_apart() -> None:
    text = "ds,y\n2024-01-01,1\n2024-01-02,\n2024-01-03,3\n2024-01-04,4\n2024-01-05,5\n"
    base = reading(text).fingerprint
    assert len(base) == 64
    assert reading(text.replace("\n2024-01-02,", "")).fingerprint == base
    assert reading(text.replace(",3", ",9")).fingerprint != base
    assert reading(text.replace("2024", "2023")).fingerprint != base
    assert reading(text.replace(",y", ",z")).fingerprint != base
