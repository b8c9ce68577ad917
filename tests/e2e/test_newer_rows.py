"""Newer rows for a trained model: read as in training, joined to what is stored, all of it said."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.e2e.tables import FIRST, daily, long, values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused

Rows = list[dict[str, str]]
Train = Callable[..., None]
Ahead = Callable[..., tuple[Rows, str]]
RULE = ("--model", "seasonal_naive", "--horizon", "2", "--folds", "1", "--output", "run")


@pytest.fixture
def train(forecast: Forecast, tmp_path: Path) -> Train:
    """Train a seasonal naive forecast on the lines of a file."""

    def train(lines: list[str], *flags: str) -> None:
        done = forecast("train", write(tmp_path / "train.csv", lines), *RULE, *flags)
        assert done.code == 0, done.err

    return train


@pytest.fixture
def ahead(forecast: Forecast, tmp_path: Path) -> Ahead:
    """Forecast from the lines of a newer file; rows and talk."""

    def ahead(lines: list[str] | None, *flags: str, run: Path | str = "run") -> tuple[Rows, str]:
        newer = [] if lines is None else ["--input", str(write(tmp_path / "new.csv", lines))]
        done = forecast("predict", run, *newer, *flags)
        assert done.code == 0, done.err
        return list(csv.DictReader(io.StringIO(done.out))), done.err

    return ahead


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on 100 days of two shops."""
    from forecast.cli.app import run

    folder = tmp_path_factory.mktemp("shops")
    data = write(folder / "train.csv", long(SHOPS))
    assert run(["train", str(data), *RULE[:-1], str(folder / "run"), "--quiet"]) == 0
    return folder / "run"


def day(rows: int) -> str:
    """The date so many rows after the first."""
    return str(FIRST + timedelta(days=rows))


SHOPS = {"north": values(100), "south": values(100, seed=1, level=500)}


def starts(rows: Rows) -> dict[str, str]:
    """The first time that each series is forecast for."""
    return {row["unique_id"]: row["ds"] for row in reversed(rows)}


# what is forecast, and from where


def test_known_series_that_the_file_lacks_is_forecast_from_its_stored_end(
    shops: Path, ahead: Ahead
) -> None:
    rows, talk = ahead(long({"north": [50.0] * 10}, first=FIRST + timedelta(days=100)), run=shops)
    assert starts(rows) == {"north": day(110), "south": day(100)}
    assert (
        "1 series is not in the new file, and forecast from the stored rows (first: 'south', "
        f"after {day(99)})" in talk
    )


def test_file_of_other_series_only_is_forecast_alone_and_that_is_said(
    shops: Path, ahead: Ahead
) -> None:
    rows, talk = ahead(long({"east": values(30), "west": values(20)}), run=shops)
    assert starts(rows) == {"east": day(30), "west": day(20)}
    assert "series 'east', 'west' not trained on" in talk
    assert "2 stored series are not forecast: the new file has others only" in talk
    assert (
        f"1 series ends before {day(29)}, each forecast from its own end (first: 'west', after "
        f"{day(19)})" in talk
    )


def test_stale_rows_and_gaps_are_said(shops: Path, ahead: Ahead) -> None:
    stale = long({"north": SHOPS["north"][90:95]}, first=FIRST + timedelta(days=90))
    late = long({"south": [1.0, 2.0]}, first=FIRST + timedelta(days=104))
    rows, talk = ahead([*stale, *late[1:]], run=shops)
    assert starts(rows) == {"north": day(100), "south": day(106)}
    assert (
        "1 series ends earlier in the new file than in the stored rows, which stay (first: "
        f"'north' at {day(94)}, stored up to {day(99)})" in talk
    )
    assert (
        "1 series lacks rows between the stored and the new ones, seen as missing (first: 'south', "
        f"4 after {day(99)})" in talk
    )


def test_series_of_different_ends_are_said_without_newer_rows_too(
    train: Train, ahead: Ahead
) -> None:
    train(long({"a": values(80), "b": values(100), "c": values(90)}))
    rows, talk = ahead(None)
    assert starts(rows) == {"a": day(80), "b": day(100), "c": day(90)}
    assert f"2 series end before {day(99)}, each forecast from its own end (first: 'a'" in talk


def test_series_that_end_together_need_no_word(shops: Path, ahead: Ahead) -> None:
    talk = ahead(None, run=shops)[1]
    assert "series" not in talk


# rows that nothing dates


def test_rows_without_time_follow_the_stored_ones(train: Train, ahead: Ahead) -> None:
    numbers = [float(value) for value in range(60)]
    train(["y", *map(str, numbers)], "--season-length", "1")
    rows, talk = ahead(["y", "7.5", "8.5"])
    assert [(row["ds"], row["seasonal_naive"]) for row in rows] == [("62", "8.5"), ("63", "8.5")]
    assert "its rows follow the stored ones (first: 'y' goes on at row 60)" in talk


def test_the_training_file_grown_longer_is_counted_from_its_first_row(
    train: Train, ahead: Ahead
) -> None:
    numbers = [float(value) for value in range(60)]
    train(["y", *map(str, numbers)], "--season-length", "1")
    rows, talk = ahead(["y", *map(str, numbers), "7.5"])
    assert [row["ds"] for row in rows] == ["61", "62"]
    assert rows[0]["seasonal_naive"] == "7.5"
    assert "repeats the stored rows: counted as in training" in talk


def test_a_column_of_counts_places_the_rows(train: Train, ahead: Ahead) -> None:
    numbers = [float(value) for value in range(60)]
    train(["y", *map(str, numbers)], "--season-length", "1")
    rows, talk = ahead(["t,y", "58,-1.5", "59,-2.5", "60,-3.5"])
    assert [row["ds"] for row in rows] == ["61", "62"]
    assert rows[0]["seasonal_naive"] == "-3.5"
    assert "2 stored values are replaced" in talk
    assert "follow" not in talk


# cutoffs


def test_nothing_after_the_cutoff_touches_the_interval_of_a_new_series(
    shops: Path, ahead: Ahead
) -> None:
    numbers, flags = values(40, seed=9), ("--cutoff", day(29), "--level", "50")
    known = ahead(long({"east": numbers}), *flags, run=shops)[0]
    wild = ahead(long({"east": [*numbers[:30], *[1e9] * 10]}), *flags, run=shops)[0]
    assert wild == known
    assert known[0]["seasonal_naive-lo-50"] != ""


def test_cutoff_in_the_training_rows_is_said_to_be_in_sample(shops: Path, ahead: Ahead) -> None:
    rows, talk = ahead(None, "--cutoff", day(95), run=shops)
    assert starts(rows) == {"north": day(96), "south": day(96)}
    assert talk.count("in-sample") == 1
    assert f"note: forecast as of {day(95)}: in-sample" in talk
    assert f"made from rows up to {day(99)}" in talk
    assert "in-sample" not in ahead(None, "--cutoff", day(99), run=shops)[1]
    newer = long({name: [1.0] * 9 for name in SHOPS}, first=FIRST + timedelta(days=100))
    assert "in-sample" not in ahead(newer, "--cutoff", day(105), run=shops)[1]


@pytest.mark.parametrize("cutoff", ["2023-01-01", "2030-01-01"])
def test_the_fix_of_a_cutoff_outside_the_rows_works(
    shops: Path, ahead: Ahead, refused: Refused, cutoff: str
) -> None:
    lines = refused(3, "predict", shops, "--cutoff", cutoff)
    first, last = day(92), day(99)  # two seasons are stored, one is read
    assert f"from {first} to {last}" in lines[0]
    fix = lines[2].split("--cutoff ")[1].split()[0]
    assert fix == (first if cutoff < first else last)
    assert "fewer rows" not in ahead(None, "--cutoff", fix, run=shops)[1]


def test_cutoff_with_less_than_the_model_reads_is_said(shops: Path, ahead: Ahead) -> None:
    talk = ahead(None, "--cutoff", day(89), run=shops)[1]
    assert "2 series have fewer rows at hand up to the cutoff than the 7 that the model" in talk
    assert "(first: 'north', 4;" in talk


def test_cutoff_after_the_end_of_a_series_is_said(train: Train, ahead: Ahead) -> None:
    train(long({"a": values(95), "b": values(100)}))
    talk = ahead(None, "--cutoff", day(98))[1]
    assert (
        "1 series ends before the cutoff, with rows seen as missing up to it (first: 'a' at "
        f"{day(94)})" in talk
    )


def test_cutoff_of_counts_is_that_of_the_first_series(train: Train, ahead: Ahead) -> None:
    lines = [f"{k},{t},{t % 7}" for k, last in (("a", 100), ("b", 60)) for t in range(last)]
    train(["id,t,y", *lines], "--time", "t", "--id", "id", "--season-length", "7")
    rows, talk = ahead(None, "--cutoff", "95")
    assert starts(rows) == {"a": "96", "b": "56"}
    assert "forecast as of 95 of series 'a', and as many rows before the end of the others" in talk
    talk = ahead(["id,t,y", "z,0,1", "z,1,2"], "--cutoff", "0")[1]
    assert "in-sample" not in talk


# read as in training


def test_rows_are_gathered_and_merged_as_in_training(train: Train, ahead: Ahead) -> None:
    stamps = pd.date_range(FIRST, periods=60 * 24, freq="h")
    hours = [f"{stamp},{stamp.day_of_week + 1}" for stamp in stamps]
    flags = ("--resample", "D", "--aggregate", "sum", "--duplicates", "sum")
    train(["when,y", *hours], *flags)
    newer = [f"{stamp},1000" for stamp in pd.date_range(day(60), periods=48, freq="h")]
    rows, _ = ahead(["when,y", *newer, *newer], "--horizon", "7")
    assert [row["ds"] for row in rows][::6] == [day(62), day(68)]
    assert [float(row["seasonal_naive"]) for row in rows][-2:] == [48_000, 48_000]
    assert float(rows[0]["seasonal_naive"]) == 24 * (pd.Timestamp(day(62)).day_of_week + 1)


def test_newer_rows_that_begin_within_a_step_do_not_make_half_a_step(
    train: Train, ahead: Ahead
) -> None:
    hours = [f"{stamp},1" for stamp in pd.date_range(FIRST, periods=60 * 24 + 14, freq="h")]
    train(["when,y", *hours], "--resample", "D", "--aggregate", "sum", "--season-length", "1")
    newer = [f"{stamp},1" for stamp in pd.date_range(f"{day(60)} 14:00", periods=34, freq="h")]
    rows, talk = ahead(["when,y", *newer])
    assert [(row["ds"], row["seasonal_naive"]) for row in rows] == [
        (day(62), "24.0"),
        (day(63), "24.0"),
    ]
    assert f"the first step is not whole: dropped ({day(60)})" in talk


def test_missing_values_are_those_of_training(train: Train, ahead: Ahead) -> None:
    train(daily([*values(60), -999]), "--missing-values", "-999", "--season-length", "1")
    rows, _ = ahead(daily([7.5, -999], first=FIRST + timedelta(days=61)))
    assert rows[0]["ds"] == day(63)
    assert rows[0]["seasonal_naive"] == "7.5"


def test_first_and_last_moment_of_training_cut_no_newer_rows(train: Train, ahead: Ahead) -> None:
    numbers = values(100)
    train(daily(numbers), "--since", day(10), "--until", day(79), "--season-length", "1")
    assert ahead(None)[0][0]["ds"] == day(80)
    rows, _ = ahead(daily(numbers))
    assert (rows[0]["ds"], rows[0]["seasonal_naive"]) == (day(100), str(numbers[-1]))


def test_series_chosen_for_training_are_chosen_again(train: Train, ahead: Ahead) -> None:
    shops = {"n1": values(60), "n2": values(60), "s1": values(60), "test": values(60)}
    train(long(shops), "--series", "n*", "--series", "s1", "--exclude", "n2")
    newer = long({name: [1.0] for name in (*shops, "n3")}, first=FIRST + timedelta(days=60))
    rows, talk = ahead(newer)
    assert set(starts(rows)) == {"n1", "n3", "s1"}
    assert "3 of 5 series taken, as in training" in talk
    assert "series 'n3' not trained on" in talk
    others = long({"test": [1.0, 2.0], "x": [3.0, 4.0]}, first=FIRST + timedelta(days=60))
    assert set(starts(ahead(others)[0])) == {"test", "x"}


def test_wide_file_may_lack_columns(train: Train, ahead: Ahead) -> None:
    lines = [f"{day(row)},{row},{row + 0.5},{-row}" for row in range(60)]
    train(["date,a,b,c", *lines], "--target", "all", "--season-length", "1")
    rows, talk = ahead(["date,b", f"{day(60)},7.5"])
    assert starts(rows) == {"a": day(60), "b": day(61), "c": day(60)}
    assert rows[2]["seasonal_naive"] == "7.5"
    assert "2 series are not in the new file" in talk


def test_marks_that_a_few_new_rows_do_not_prove_are_those_of_training(
    train: Train, ahead: Ahead
) -> None:
    days = [FIRST + timedelta(days=row) for row in range(60)]
    train(
        [
            "Tag;Menge",
            *(f"{at:%d.%m.%Y};{1 + row % 3}.{100 + row},5" for row, at in enumerate(days)),
        ],
        "--season-length",
        "1",
    )
    first = FIRST + timedelta(days=60)
    assert first.day <= 12  # it could be a month
    rows, _ = ahead(["Tag;Menge", f"{first:%d.%m.%Y};3.050"])
    assert (rows[0]["ds"], float(rows[0]["seasonal_naive"])) == (day(61), 3050)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["date,sales", f"{day(100)} 05:00,1", f"{day(100)} 06:00,1"], "grid of --freq D"),
        (["date,sales", f"{day(100)},1", f"{day(100)},2"], "duplicate timestamp"),
    ],
    ids=["hours", "duplicates"],
)
def test_refused_newer_rows_name_what_training_had_and_no_flag_that_is_not_there(
    train: Train, refused: Refused, tmp_path: Path, lines: list[str], words: str
) -> None:
    train(daily(values(100)))
    wrong = refused(3, "predict", "run", "--input", write(tmp_path / "new.csv", lines))
    assert words in wrong[0]
    assert wrong[2] == (
        "  fix: write it as the training file: columns 'date', 'sales', at steps of D"
    )


def test_newer_dates_that_may_be_two_are_refused_where_training_had_iso_dates(
    train: Train, refused: Refused, tmp_path: Path
) -> None:
    train(daily(values(100)))
    new = write(tmp_path / "new.csv", ["date,sales", "05/04/2024,1", "06/04/2024,2"])
    assert "'05/04/2024' may be 2024-04-05" in refused(3, "predict", "run", "--input", new)[0]


def test_newer_rows_with_a_zone_are_refused_where_training_had_none(
    train: Train, refused: Refused, tmp_path: Path
) -> None:
    train(daily(values(100)))
    lines = ["date,sales", f"{day(100)}T00:00Z,1", f"{day(101)}T00:00Z,2"]
    wrong = refused(3, "predict", "run", "--input", write(tmp_path / "new.csv", lines))
    assert "without zone and the new data have one" in wrong[0]
    assert wrong[1] == "  in:  new.csv"


# written as the training file


def layouts() -> dict[str, list[str]]:
    """One panel of two series in every layout."""
    a, b = values(60), values(60, seed=1)
    stamps = [FIRST + timedelta(days=row) for row in range(60)]
    pairs = list(zip(stamps, a, b, strict=True))
    return {
        "one": daily(a),
        "long": long({"a": a, "b": b}),
        "wide": ["day,a,b", *(f"{at:%d/%m/%Y},{x},{y}" for at, x, y in pairs)],
        "two targets": [
            "ds,k,x,y",
            *(f"{at},{k},{x},{y}" for k in ("p/q", "r") for at, x, y in pairs),
        ],
        "date and hour": [
            "ds,hr,x",
            *(f"{at},{hour},{x + hour}" for at, x, _ in pairs[:8] for hour in range(24)),
        ],
        "counts": ["t,y", *(f"{100 + 5 * row},{x}" for row, x in enumerate(a))],
        "numbered": ["y", *map(str, a)],
        "rows": [
            ",".join(f"V{place}" for place in range(1, 62)),
            *(",".join([name, *map(str, numbers)]) for name, numbers in (("001", a), ("x", b))),
        ],
    }


FLAGS = {
    "rows": ["--layout", "rows"],
    "wide": ["--target", "all"],
    "two targets": ["--target", "all", "--id", "k"],
    "date and hour": ["--time", "ds", "--time", "hr"],
}


@pytest.mark.parametrize("layout", layouts())
def test_forecasts_written_as_the_training_file_are_read_as_newer_rows(
    forecast: Forecast, train: Train, ahead: Ahead, tmp_path: Path, layout: str
) -> None:
    lines = layouts()[layout]
    train(lines, *FLAGS.get(layout, []), "--season-length", "7")
    whole = ahead(None, "--horizon", "6")[0]
    own = ["--horizon", "3", "--names", "input", "--intervals", "none", "--output", "next.csv"]
    done = forecast("predict", "run", *own)
    assert done.code == 0, done.err
    written = (tmp_path / "next.csv").read_text(encoding="utf-8").splitlines()
    assert written[0] == (lines[0] if layout != "rows" else "V1,V2,V3,V4")
    later, talk = ahead(written, "--horizon", "3")
    expected = [row for place, row in enumerate(whole) if place % 6 >= 3]
    assert [(row["unique_id"], row["ds"]) for row in later] == [
        (row["unique_id"], row["ds"]) for row in expected
    ]
    assert [float(row["seasonal_naive"]) for row in later] == pytest.approx(
        [float(row["seasonal_naive"]) for row in expected]
    )
    assert "replaced" not in talk
