"""What a person would read in a file, and what nobody should guess."""

from __future__ import annotations

import pandas as pd

from tests.unit.data.table.test_read import days, refused, table


def test_years_may_run_backwards_and_have_gaps() -> None:
    years = [year for year in range(2020, 1990, -1) if year != 2001]
    found = table("year,y\n" + "".join(f"{year},{year % 7}\n" for year in years))
    assert (found.time_kind, found.columns.time) == ("integer", ("year",))
    assert found.frame["ds"].tolist() == sorted(years)
    several = "".join(f"{name},{year},1\n" for name in "ab" for year in years[len(name) :])
    assert table(f"country,year,y\n{several}").columns.id == ("country",)


def test_parts_of_a_date_have_their_short_names() -> None:
    months = [(year, month) for year in (2015, 2016) for month in range(1, 13) if month != 5]
    found = table("yr,mnth,y\n" + "".join(f"{y},{m},{m}\n" for y, m in months))
    assert found.columns.time == ("yr", "mnth")
    assert found.frame["ds"].iloc[-1] == pd.Timestamp("2016-12-01")


def test_numbers_named_like_a_time_are_pointed_out_where_they_are_none() -> None:
    found = table("week,y\n" + "".join(f"{row % 3},{row}.5\n" for row in range(9)))
    assert found.time_kind == "none"
    assert any(note.startswith("column 'week' has the name of a time") for note in found.notes)


def test_moment_of_writing_is_not_the_time() -> None:
    lines = [
        f"{day},{shop},2024-05-01 09:{7 * row % 60:02d}:{row:02d},{row}.5"
        for row, (day, shop) in enumerate((day, shop) for day in days(9) for shop in "AB")
    ]
    found = table("date,store,updated_at,y\n" + "\n".join(lines) + "\n")
    assert found.columns.time == ("date",)
    assert found.columns.id == ("store",)


def test_one_day_written_twice_makes_no_series_of_the_words_beside_it() -> None:
    lines = [f"{day},{('sun', 'rain')[row % 2]},{row}.5" for row, day in enumerate(days(28))]
    found = table("date,weather,y\n" + "\n".join([*lines, "2024-01-07,rain,7.5"]) + "\n")
    assert found.columns.id == ()
    assert found.hint is not None
    assert not found.hint.likely


def test_series_that_begins_late_is_one_by_the_words_beside_it() -> None:
    lines = [f"{day},north,{row}.5" for row, day in enumerate(days(28))]
    late = [f"{day},south,{row}.5" for row, day in enumerate(days(28)[-2:])]
    assert table("date,shop,y\n" + "\n".join([*lines, *late]) + "\n").columns.id == ("shop",)


def test_column_that_is_forecast_by_its_name_is_not_passed_over_for_another() -> None:
    lines = [f"{day},1.{row}k,{row}" for row, day in enumerate(days(9))]
    said = refused("date,sales,temp\n" + "\n".join(lines) + "\n")
    assert "'1.0k' is no number" in said.message
    assert said.mend == {"data.target": ("temp",)}


def test_points_that_may_stand_between_thousands_are_not_taken_for_decimal_marks() -> None:
    values = ["943", "1.307", "933", "1.228", "987", "1.101", "12.044", "800", "1.499", "715"]
    lines = [f"{day};{y}" for day, y in zip(days(10), values, strict=True)]
    said = refused("datum;umsatz\n" + "\n".join(lines) + "\n")
    assert "'1.307' may be 1307" in said.message
    assert said.mend == {"data.thousands": "point"}
    plain = [line.replace("1.499", "1.49") for line in lines]
    assert table("datum;umsatz\n" + "\n".join(plain) + "\n").frame["y"].max() == 987


def test_cell_of_many_blanks_takes_no_time() -> None:
    lines = [f"{day},{row},{' ' * 5_000}x" for row, day in enumerate(days(9))]
    assert len(table("date,y,note\n" + "\n".join(lines) + "\n").frame) == 9
