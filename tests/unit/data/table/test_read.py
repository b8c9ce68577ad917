from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from forecast.data.file.values import first_repeated
from forecast.data.table.columns import ColumnChoice
from forecast.data.table.read import Table, read_table
from forecast.errors import DataError, ForecastError, SchemaError, UsageError


def table(
    text: str,
    *,
    target: tuple[str, ...] = (),
    time: tuple[str, ...] = (),
    id: tuple[str, ...] = (),  # noqa: A002 - the name of the flag
) -> Table:
    return read_table(io.StringIO(text), columns=ColumnChoice(target, time, id))


def refused(text: str, **choice: tuple[str, ...]) -> ForecastError:
    with pytest.raises(ForecastError) as caught:
        table(text, **choice)
    assert caught.value.fix
    return caught.value


def days(count: int) -> list[str]:
    return [f"2024-01-{day:02d}" for day in range(1, count + 1)]


def test_a_plain_file_is_understood() -> None:
    found = table("date,sales\n2024-01-01,3\n2024-01-02,\n2024-01-03,5.5\n")
    assert found.columns.time == ("date",)
    assert found.columns.target == ("sales",)
    assert found.columns.id == ()
    assert found.time_kind == "datetime"
    assert found.frame["y"].tolist()[0::2] == [3.0, 5.5]
    assert np.isnan(found.frame["y"].iloc[1])
    assert found.frame["unique_id"].tolist() == ["sales"] * 3
    assert found.frame["row"].tolist() == [2, 3, 4]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_each_separator_is_found(separator: str) -> None:
    rows = ["date,y,note", "2024-01-01,1,a", "2024-01-02,2,b"]
    found = table("\n".join(rows).replace(",", separator))
    assert found.frame["y"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("marker", ["", "NaN", "NA", "N/A", "null", "None", "?", "-", " NA "])
def test_missing_markers_are_missing(marker: str) -> None:
    found = table(f"date,y\n2024-01-01,1\n2024-01-02,{marker}\n2024-01-03,3\n")
    assert found.frame["y"].isna().tolist() == [False, True, False]


def test_line_ends_of_other_systems_and_blank_lines_do_not_matter() -> None:
    found = table("\r\ndate,y\r\n2024-01-01,1\r\n\r\n2024-01-02,2\r\n\r\n")
    assert found.frame["y"].tolist() == [1.0, 2.0]
    assert found.frame["row"].tolist() == [3, 5]


def test_an_empty_line_in_a_file_of_one_column_is_a_missing_value() -> None:
    found = table("y\n1\n\n3\n\n")
    assert found.frame["y"].isna().tolist() == [False, True, False]
    assert found.time_kind == "none"


def test_a_quoted_line_break_does_not_shift_row_numbers() -> None:
    error = refused('date,note,y\n2024-01-01,"a\nb",1\n2024-01-02,c,abc\n2024-01-03,d,3\n')
    assert str(error.location).endswith("column 'y', row 4")


@pytest.mark.parametrize(
    "text",
    ["date,y,\n2024-01-01,1,\n2024-01-02,2,\n", "date,y\n2024-01-01,1,\n2024-01-02,2,\n"],
    ids=["in the header, too", "in the rows only"],
)
def test_a_trailing_separator_is_harmless(text: str) -> None:
    assert table(text).frame["y"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("Date,Average\n2024-01,1,2,-9\n2024-02,2,3,-9\n", 2),
        ("Date,Average\n2024-01,1,7\n2024-02,2,7\n", 2),
        ("Date,Average\n2024-01,1\n2024-02,2\n2024-03,2,3\n", 4),
        ("Date,Average\n2024-01,1\n2024-02,2\n2024-03,2,3,4\n", 4),
    ],
    ids=["every row by two", "every row by one", "one row by one", "one row by two"],
)
def test_more_values_than_names_is_refused_never_shifted(text: str, row: int) -> None:
    error = refused(text)
    assert isinstance(error, SchemaError)
    assert f"row {row} has" in error.message
    assert "the header has 2 names" in error.message


def test_header_only_is_refused() -> None:
    assert "a header (date, y) and no rows" in refused("date,y\n").message
    assert "only empty rows" in refused("date,y\n,\n,\n").message


def test_no_header_is_refused() -> None:
    assert "has no header" in refused("2024-01-01,1.5\n2024-01-02,2.5\n").message
    assert "has no header" in refused("0.78,1.61\n0.77,1.60\n").message


def test_numbered_header_is_a_header() -> None:
    found = table("0,1,2\n0.78,1.61,5\n0.77,1.60,4\n", target=("all",))
    assert found.columns.target == ("0", "1", "2")


def test_a_name_twice_and_a_nameless_column_are_refused() -> None:
    assert "'y' more than once" in refused("date,y,y\n2024-01-01,1,2\n").message
    assert "column 2 holds values" in refused("date,,y\n2024-01-01,1,2\n").message


def test_a_nameless_first_column_is_an_index() -> None:
    found = table(",y\n2024-01-01,1\n2024-01-02,2\n")
    assert found.columns.time == ("index",)
    found = table(",date,sales\n0,2024-01-01,5\n1,2024-01-02,7\n")
    assert found.columns.target == ("sales",)


def test_no_numeric_column_is_refused_with_what_was_found() -> None:
    error = refused("date,name\n2024-01-01,a\n2024-01-02,b\n")
    assert "no numeric column" in error.message
    assert "date (date), name (text)" in error.message


@pytest.mark.parametrize("flag", ["target", "time", "id"])
def test_an_unknown_column_names_the_nearest(flag: str) -> None:
    error = refused("date,sales\n2024-01-01,3\n", **{flag: ("Sale",)})
    assert isinstance(error, SchemaError)
    assert "there is no column 'Sale'" in error.message
    assert f"did you mean --{flag} sales?" in str(error.fix)


def test_one_column_in_two_roles_is_refused() -> None:
    error = refused("date,sales\n2024-01-01,3\n", time=("date",), target=("date",))
    assert isinstance(error, UsageError)


def test_several_candidates_end_with_their_names_and_the_flag() -> None:
    error = refused("date,a,b\n2024-01-01,3,4\n2024-01-02,3,4.5\n")
    assert isinstance(error, UsageError)
    assert "2 columns could be the target: 'a', 'b'" in error.message
    assert "--target b" in str(error.fix)
    assert "--target all" in str(error.fix)


def test_y_is_the_target_among_several() -> None:
    assert table("ds,y,x\n2024-01-01,3,4\n2024-01-02,5,4\n").columns.target == ("y",)


def test_several_targets_become_several_series() -> None:
    text = "date,b,a\n2024-01-02,4,2\n2024-01-01,3,1\n"
    frame = table(text, target=("all",)).frame
    assert frame["unique_id"].tolist() == ["b", "b", "a", "a"]
    assert frame["y"].tolist() == [3.0, 4.0, 1.0, 2.0]


def test_several_targets_with_ids_are_named_by_both() -> None:
    text = "date,shop,a,b\n2024-01-01,x,1,2\n2024-01-01,y,3,4\n"
    frame = table(text, id=("shop",), target=("a", "b")).frame
    assert frame["unique_id"].tolist() == ["x/a", "y/a", "x/b", "y/b"]
    assert frame["y"].tolist() == [1.0, 3.0, 2.0, 4.0]


def test_ids_and_targets_that_make_one_name_of_two_series_are_refused() -> None:
    text = "date,shop,b/c,c\n2024-01-01,a,1,2\n2024-01-01,a/b,3,4\n"
    error = refused(text, id=("shop",), target=("b/c", "c"))
    assert error.message == "id and target columns give the name 'a/b/c' to two series"


def test_a_name_that_stands_twice_is_found_among_very_many() -> None:
    names = [f"column {number}" for number in range(300_000)]
    assert first_repeated(names) is None
    assert first_repeated([*names, names[-1], names[0]]) == names[-1]


def test_an_unparseable_number_is_refused_with_its_row() -> None:
    rows = [f"{day},{number}" for number, day in enumerate(days(9))]
    rows[6] = "2024-01-07,1.2.3"
    error = refused("\n".join(["date,y", *rows]))
    assert "'1.2.3' is not a number" in error.message
    assert str(error.location).endswith("column 'y', row 8")


def test_an_underscore_between_digits_makes_no_number() -> None:
    with pytest.raises(SchemaError, match="'1_0' is not a number"):
        table("ds,y\n2024-01-01,7\n2024-01-02,1_0\n2024-01-03,9\n")


def test_an_unparseable_number_far_down_is_refused_with_its_row() -> None:
    rows = [f"{number},{number}.5" for number in range(1000)]
    rows[900] = "900,x"
    error = refused("\n".join(["t,y", *rows]))
    assert str(error.location).endswith("column 'y', row 902")


@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e999"])
def test_an_infinite_value_is_refused_with_its_row(value: str) -> None:
    error = refused(f"date,y\n2024-01-01,1\n2024-01-02,{value}\n2024-01-03,3\n")
    assert isinstance(error, DataError)
    assert "infinite" in error.message
    assert str(error.location).endswith("column 'y', row 3")


def test_an_unparseable_date_is_refused_with_its_row() -> None:
    rows = [f"{day},1" for day in days(9)]
    rows[4] = "2024-02-31,1"
    error = refused("\n".join(["date,y", *rows]))
    assert "'2024-02-31' is not a date" in error.message
    assert str(error.location).endswith("column 'date', row 6")


def test_an_empty_date_is_refused_with_its_row() -> None:
    assert "1 row has no time (first: row 3)" in refused("date,y\n2024-01-01,1\n,2\n").message


def test_a_column_that_holds_no_dates_is_no_time() -> None:
    found = table('"Month","Sales"\n"1-01",266.0\n"1-02",145.9\n"1-03",183.1\n')
    assert found.time_kind == "none"
    assert found.frame["ds"].tolist() == [0, 1, 2]
    error = refused("Month,Sales\n1-01,266\n1-02,145\n", time=("Month",))
    assert "'1-01' is not a date" in error.message


def test_the_finest_of_two_date_columns_is_the_time() -> None:
    text = "Date,Time,y\n2024-01-01,2024-01-01T00:00:00Z,1\n2024-01-01,2024-01-01T01:00:00Z,2\n"
    found = table(text)
    assert found.columns.time == ("Time",)
    assert str(found.frame["ds"].dt.tz) == "UTC"


def test_dates_written_as_whole_numbers_are_dates() -> None:
    found = table("date,co2\n19580329,316.1\n19580405,317.3\n")
    assert found.frame["ds"].tolist() == [pd.Timestamp("1958-03-29"), pd.Timestamp("1958-04-05")]


def test_a_counter_is_the_time_only_if_a_target_remains() -> None:
    found = table("k,v\n1,5\n2,7\n3,6\n")
    assert (found.columns.time, found.columns.target) == (("k",), ("v",))
    found = table("k\n1\n2\n3\n")
    assert (found.columns.time, found.columns.target) == ((), ("k",))


def test_a_counter_by_a_customary_name_may_be_shuffled_and_have_any_step() -> None:
    found = table("x,t\n5,20\n7,10\n6,30\n")
    assert found.columns.time == ("t",)
    assert found.frame["y"].tolist() == [7.0, 5.0, 6.0]


def test_a_counter_within_each_series_is_the_time() -> None:
    found = table("shop,t,v\nb,1,5\na,1,7\nb,2,6\na,2,8\n")
    assert (found.columns.time, found.columns.id) == (("t",), ("shop",))


def test_date_and_hour_in_two_columns_are_joined() -> None:
    text = "dteday,hr,cnt\n2011-01-01,0,16\n2011-01-01,1,40\n2011-01-02,0,13\n"
    found = table(text, time=("dteday", "hr"))
    assert found.frame["ds"].tolist()[1:] == [
        pd.Timestamp("2011-01-01 01:00"),
        pd.Timestamp("2011-01-02"),
    ]
    error = refused(text.replace(",1,40", ",24,40"), time=("dteday", "hr"))
    assert "24 is not an hour" in error.message


def test_year_month_day_hour_are_found_and_joined() -> None:
    text = "No,year,month,day,hour,pm\n1,2010,1,1,0,NA\n2,2010,1,1,1,12\n"
    found = table(text, target=("pm",))
    assert found.columns.time == ("year", "month", "day", "hour")
    assert found.frame["ds"].iloc[1] == pd.Timestamp("2010-01-01 01:00")
    assert "is not a date" in refused(text.replace("2010,1,1,1", "2010,13,1,1")).message


def test_customary_id_column_is_found_and_ids_survive_as_text() -> None:
    ids = ["001", "NA", "null", "🚲", '"a,b"', "1.0"]
    rows = [f"{name},2024-01-0{day},{day}" for name in ids for day in (1, 2)]
    frame = table("\n".join(["unique_id,ds,y", *rows])).frame
    assert set(frame["unique_id"]) == {"001", "NA", "null", "🚲", "a,b", "1.0"}


def test_the_only_text_column_that_tells_rows_apart_is_the_id() -> None:
    text = "day,shop,y\n2024-01-01,a,1\n2024-01-01,b,2\n2024-01-02,a,3\n2024-01-02,b,4\n"
    assert table(text).columns.id == ("shop",)


def test_series_called_na_is_a_series_like_any_other() -> None:
    rows = [f"{day},{region},{n}" for region in ("EU", "NA") for n, day in enumerate(days(3))]
    found = table("\n".join(["date,region,y", *rows]) + "\n")
    assert found.columns.id == ("region",)
    assert list(found.frame["unique_id"].cat.categories) == ["EU", "NA"]


def test_ids_that_look_alike_are_pointed_out() -> None:
    lines = [f"{day},{name},1" for name in ("a", "a ", "b") for day in days(3)]
    found = table("\n".join(["ds,unique_id,y", *lines, ""]))
    assert any("2 ids differ from another by spaces" in note for note in found.notes)
    assert found.frame["unique_id"].nunique() == 3


def test_a_text_column_that_is_not_needed_is_no_id() -> None:
    assert table("day,wind,y\n2024-01-01,NW,1\n2024-01-02,SE,2\n").columns.id == ()


def test_several_id_columns_are_joined() -> None:
    text = "day,shop,dept,y\n2024-01-01,1,x,1\n2024-01-01,1,z,2\n2024-01-01,2,x,3\n"
    found = table(text, id=("shop", "dept"), target=("y",))
    assert found.frame["unique_id"].tolist() == ["1/x", "1/z", "2/x"]


def test_a_row_without_id_is_refused() -> None:
    error = refused("day,shop,y\n2024-01-01,a,1\n2024-01-02,,2\n", id=("shop",))
    assert "1 row has no id (first: row 3)" in error.message
