"""Files of other layouts, other calendars and other steps: from the command line and back."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.tables import values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused

pytestmark = pytest.mark.charts
START = datetime(2024, 1, 1)  # a Monday


@pytest.fixture
def hours(tmp_path: Path) -> Path:
    """Opening hours: weekdays from 9 to 16, dated as in an office."""
    stamps = [START + timedelta(hours=hour) for hour in range(24 * 60)]
    opened = [stamp for stamp in stamps if stamp.weekday() < 5 and 9 <= stamp.hour < 17]
    lines = [f"{stamp:%d.%m.%Y %H:%M},{stamp.hour + stamp.day / 31:.2f}" for stamp in opened]
    return write(tmp_path / "hours.csv", ["when,sold", *lines])


def printed(forecast: Forecast, *arguments: str | Path) -> list[list[str]]:
    done = forecast("predict", *arguments)
    assert done.code == 0, done.err
    return list(csv.reader(io.StringIO(done.out)))


def test_opening_hours_are_forecast_in_the_words_of_the_file(
    forecast: Forecast, hours: Path
) -> None:
    flags = ["--calendar", "observed", "--horizon", "9", "--folds", "1", "--output", "run"]
    done = forecast("train", hours, *flags)
    assert done.code == 0, done.err
    assert "40 steps a week" in done.err
    rows = printed(forecast, "run", "--names", "input")
    ends = ["sold-lo-80", "sold-hi-80", "sold-lo-95", "sold-hi-95"]
    assert rows[0] == ["when", "sold", *ends]
    assert [row[0] for row in rows[1:]] == [
        *(f"01.03.2024 {hour:02d}:00" for hour in range(9, 17)),
        "04.03.2024 09:00",
    ]
    known = hours.read_text(encoding="utf-8").splitlines()
    newer = write(hours.parent / "newer.csv", [known[0], *known[-40:]])
    again = printed(forecast, "run", "--input", newer, "--names", "input")
    assert [row[0] for row in again] == [row[0] for row in rows]
    assert [float(row[1]) for row in again[1:]] == pytest.approx(
        [float(row[1]) for row in rows[1:]], rel=1e-5
    )


def test_hours_become_days_in_training_and_again_in_prediction(
    forecast: Forecast, hours: Path
) -> None:
    flags = ["--resample", "W", "--aggregate", "sum", "--model", "naive", "--horizon", "1"]
    done = forecast("train", hours, *flags, "--folds", "1", "--output", "run")
    assert done.code == 0, done.err
    assert "resampled to W-SUN by sum" in done.err
    assert forecast("predict", "run", "--input", hours).code == 0


def test_ragged_rows_train_and_come_back_as_rows(forecast: Forecast, tmp_path: Path) -> None:
    lines = [
        ",".join([name, *(f"{value:.2f}" for value in values(80 - 10 * place)), *[""] * 10 * place])
        for place, name in enumerate(("001", "NA", '"a, b"'))
    ]
    header = ",".join(f"V{place}" for place in range(1, 82))
    data = write(tmp_path / "rows.csv", [header, *lines])
    done = forecast("train", data, "--horizon", "4", "--folds", "1", "--output", "run")
    assert done.code == 0, done.err
    rows = printed(forecast, "run", "--names", "input")
    assert rows[0] == ["V1", "V2", "V3", "V4", "V5"]
    assert {row[0] for row in rows[1:]} == {"001", "NA", "a, b"}
    assert printed(forecast, "run", "--input", data, "--names", "input") == rows


@pytest.mark.parametrize("fill", ["none", "interpolate", "forward", "seasonal", "zero"])
def test_fills_and_splits_live_in_the_bundle(forecast: Forecast, tmp_path: Path, fill: str) -> None:
    series = values(150)
    lines = [
        f"{START + timedelta(days=day):%Y-%m-%d},{'' if day % 9 < 2 or 60 < day < 80 else value}"
        for day, value in enumerate(series)
    ]
    data = write(tmp_path / "gaps.csv", ["date,b", *lines])
    flags = ["--fill", fill, "--max-gap", "10", "--horizon", "7", "--folds", "1"]
    done = forecast("train", data, *flags, "--output", "run")
    assert done.code == 0, done.err
    assert "1 gap is longer than 10 steps: series 'b' is split there" in done.err
    assert (f"missing values are filled ({fill})" in done.err) == (fill != "none")
    assert "worked example: equal" in forecast("inspect", "run", "--verify").out
    stored, whole = printed(forecast, "run"), printed(forecast, "run", "--input", data)
    assert [float(row[2]) for row in whole[1:]] == pytest.approx(
        [float(row[2]) for row in stored[1:]], rel=1e-5
    )


def test_chosen_rows_and_series_train_and_newer_rows_are_not_cut_off(
    forecast: Forecast, tmp_path: Path
) -> None:
    rows = [
        f"{START + timedelta(days=day):%Y-%m-%d},{shop},{value}"
        for shop in ("n1", "n2", "s1")
        for day, value in enumerate(values(120))
    ]
    data = write(tmp_path / "shops.csv", ["date,shop,y", *rows])
    flags = ["--series", "n*", "--exclude", "n2", "--until", "2024-04-09", "--model", "naive"]
    done = forecast("train", data, *flags, "--horizon", "3", "--folds", "1", "--output", "run")
    assert done.code == 0, done.err
    assert "1 of 3 series taken" in done.err
    assert printed(forecast, "run")[1][:2] == ["n1", "2024-04-10"]
    later = printed(forecast, "run", "--input", data)
    assert {row[0] for row in later[1:]} == {"n1"}
    assert later[1][1] == "2024-04-30"


def test_what_contradicts_itself_is_refused(
    forecast: Forecast, refused: Refused, hours: Path
) -> None:
    lines = refused(2, "train", hours, "--resample", "D", "--calendar", "observed")
    assert "--resample D and --calendar observed both say what the steps are" in lines[0]
    assert (
        "no time or target column"
        in refused(2, "train", hours, "--layout", "rows", "--target", "sold")[0]
    )
    assert forecast("train", hours, "--fill", "magic").code == 2
    assert "names are 'standard' or 'input'" in refused(2, "predict", hours, "--names", "own")[0]
