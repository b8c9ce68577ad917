"""What a forecast is, seen through files: any horizon, newer rows, other series, other times."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.tables import FIRST, daily, long, values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def rows(forecast: Forecast) -> Rows:
    return Rows(forecast)


class Rows:
    """Runs ``predict`` and reads the CSV that it prints."""

    def __init__(self, forecast: Forecast) -> None:
        self._forecast = forecast
        self.talk = ""

    def __call__(self, *arguments: str | Path) -> list[dict[str, str]]:
        done = self._forecast("predict", *arguments)
        assert done.code == 0, done.err
        self.talk = done.err
        return list(csv.DictReader(io.StringIO(done.out)))

    def points(self, *arguments: str | Path) -> list[float]:
        return [float(row["gru"]) for row in self(*arguments)]


def test_rows_continue_each_series_by_its_step(rows: Rows, trained_shops: Path) -> None:
    found = rows(trained_shops, "--horizon", "3")
    days = [str(FIRST + timedelta(days=200 + step)) for step in range(3)]
    assert [(row["unique_id"], row["ds"]) for row in found] == [
        (shop, day) for shop in ("north", "south") for day in days
    ]


def test_horizon_is_the_trained_one_unless_asked(rows: Rows, trained: Path) -> None:
    default = rows.points(trained)
    assert len(default) == 7
    assert rows.points(trained, "--horizon", "3") == default[:3]
    assert rows.points(trained, "--horizon", "100")[:7] == default


def test_three_horizons_equal_three_chained_calls(
    rows: Rows, trained: Path, tmp_path: Path
) -> None:
    chained: list[float] = []
    for call in range(3):
        more = ["--input", str(tmp_path / "fed.csv")] if call else []
        chained += rows.points(trained, *more)
        write(tmp_path / "fed.csv", daily(chained, first=FIRST + timedelta(days=200)))
    assert rows.points(trained, "--horizon", "21") == pytest.approx(chained, rel=1e-6)


@pytest.mark.parametrize("horizon", ["7", "21"])
def test_cutoff_sees_nothing_later(rows: Rows, trained: Path, tmp_path: Path, horizon: str) -> None:
    numbers = values(300, seed=5)
    cutoff = str(FIRST + timedelta(days=249))
    write(tmp_path / "kept.csv", daily(numbers))
    write(tmp_path / "changed.csv", daily([*numbers[:250], *[9e6] * 50]))
    write(tmp_path / "ended.csv", daily(numbers[:250]))
    flags = ("--cutoff", cutoff, "--horizon", horizon)
    found = rows(trained, "--input", "kept.csv", *flags)
    assert found[0]["ds"] == str(FIRST + timedelta(days=250))
    assert rows(trained, "--input", "changed.csv", *flags) == found
    assert rows(trained, "--input", "ended.csv", *flags) == found
    assert rows(trained, "--input", "ended.csv", "--horizon", horizon) == found


def test_newer_rows_move_the_forecast(rows: Rows, trained: Path, tmp_path: Path) -> None:
    write(tmp_path / "new.csv", daily([90.0] * 7, first=FIRST + timedelta(days=200)))
    found = rows(trained, "--input", "new.csv")
    assert found[0]["ds"] == str(FIRST + timedelta(days=207))
    assert float(found[0]["gru"]) > rows.points(trained)[0] + 2  # the same weekday, a week before


def test_newer_value_wins_over_the_stored_one_and_that_is_said(
    rows: Rows, trained: Path, tmp_path: Path
) -> None:
    write(tmp_path / "new.csv", daily([90.0] * 7, first=FIRST + timedelta(days=193)))
    stored = rows.points(trained)[0]
    assert rows.points(trained, "--input", "new.csv")[0] > stored + 2
    assert "7 stored values are replaced" in rows.talk


def test_series_never_seen_is_forecast_and_said(
    rows: Rows, trained_shops: Path, tmp_path: Path
) -> None:
    write(tmp_path / "new.csv", long({"east": values(60, seed=3, level=4000)}))
    found = rows(trained_shops, "--input", "new.csv")
    assert {row["unique_id"] for row in found} == {"east"}
    assert all(3900 < float(row["gru"]) < 4100 for row in found)
    assert "'east' not trained on" in rows.talk


def test_series_is_forecast_alike_alone_and_in_company(
    rows: Rows, trained_shops: Path, tmp_path: Path
) -> None:
    newer, first = values(10, seed=7), FIRST + timedelta(days=200)
    write(tmp_path / "alone.csv", long({"north": newer}, first=first))
    together = {"east": values(90, seed=8), "north": newer, "south": values(10, seed=9, level=500)}
    write(tmp_path / "together.csv", long(together, first=first))
    alone, found = (
        [row for row in rows(trained_shops, "--input", name) if row["unique_id"] == "north"]
        for name in ("alone.csv", "together.csv")
    )
    assert [row["ds"] for row in found] == [row["ds"] for row in alone]
    assert [float(row["gru"]) for row in found] == pytest.approx(
        [float(row["gru"]) for row in alone], rel=1e-5
    )


def test_standard_input_is_read_like_a_file(
    rows: Rows, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = daily(values(5, seed=4), first=FIRST + timedelta(days=200))
    path = write(tmp_path / "new.csv", newer)
    found = rows(trained, "--input", path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(path.read_text(encoding="utf-8")))
    assert rows(trained, "--input", "-") == found


def test_levels_name_the_columns_and_nest(rows: Rows, trained: Path) -> None:
    found = rows(trained, "--level", "50", "--level", "90", "--horizon", "10")
    assert list(found[0]) == [
        "unique_id", "ds", "gru", "gru-lo-50", "gru-hi-50", "gru-lo-90", "gru-hi-90",
    ]  # fmt: skip
    for row in found[:7]:
        ends = [row[f"gru-{end}"] for end in ("lo-90", "lo-50")]
        ends += [row["gru"], row["gru-hi-50"], row["gru-hi-90"]]
        numbers = [float(end) for end in ends]
        assert numbers == sorted(numbers)
        assert numbers[0] < numbers[-1]


@pytest.mark.parametrize(
    ("level", "fix"), [("0", "80"), ("100", "80"), ("-5", "80"), ("nan", "80"), ("0.8", "80")]
)
def test_level_out_of_range_is_refused(
    refused: Refused, trained: Path, level: str, fix: str
) -> None:
    lines = refused(2, "predict", trained, "--level", level)
    assert f"level {level} is not from 1 to below 100" in lines[0]
    assert lines[2] == f"  fix: such as --level {fix}"


def test_level_given_twice_is_refused(refused: Refused, trained: Path) -> None:
    lines = refused(2, "predict", trained, "--level", "80", "--level", "80")
    assert "level 80 is given twice" in lines[0]


@pytest.mark.parametrize("horizon", ["0", "-3"])
def test_horizon_below_one_is_refused(refused: Refused, trained: Path, horizon: str) -> None:
    assert (
        f"horizon {horizon} is below 1" in refused(2, "predict", trained, "--horizon", horizon)[0]
    )


def test_level_without_enough_residuals_is_empty_and_said(rows: Rows, trained: Path) -> None:
    found = rows(trained, "--level", "99.9", "--horizon", "1")
    assert (found[0]["gru-lo-99.9"], found[0]["gru-hi-99.9"]) == ("", "")
    assert "too few residuals for 99.9 %: 24, needs 999" in rows.talk


def test_model_without_folds_has_no_intervals_and_says_so(
    forecast: Forecast, rows: Rows, sales: Path
) -> None:
    assert forecast("train", sales, "--folds", "0", "--horizon", "3", "--output", "run").code == 0
    assert {row["gru-lo-80"] for row in rows("run")} == {""}
    assert "without folds" in rows.talk


def test_plot_and_output_are_written_and_stdout_stays_empty(
    forecast: Forecast, trained: Path, tmp_path: Path
) -> None:
    done = forecast("predict", trained, "--output", "next.csv", "--plot", "next.png")
    assert done.code == 0, done.err
    assert done.out == ""
    assert "wrote next.csv, next.png" in done.err
    assert (tmp_path / "next.png").read_bytes().startswith(PNG)
    again = forecast("predict", trained)
    assert (tmp_path / "next.csv").read_text(encoding="utf-8") == again.out


def test_json_has_the_rows_of_the_csv(forecast: Forecast, rows: Rows, trained: Path) -> None:
    document = json.loads(forecast("predict", trained, "--json").out)
    assert document["schema"] == 1
    assert document["command"] == "predict"
    expected = rows(trained)
    assert len(document["forecasts"]) == len(expected)
    for given, row in zip(document["forecasts"], expected, strict=True):
        assert set(given) == set(row)
        assert given["unique_id"] == row["unique_id"]
        assert given["ds"].startswith(row["ds"])
        assert given["gru-hi-95"] == float(row["gru-hi-95"])


@pytest.mark.parametrize(
    ("code", "cutoff"),
    [(2, "yesterday"), (2, "2024-13-45"), (2, ""), (2, "NaT"), (3, "1999-01-01")],
)
def test_cutoff_that_is_no_time_at_hand_is_refused(
    refused: Refused, trained: Path, code: int, cutoff: str
) -> None:
    assert repr(cutoff) in refused(code, "predict", trained, "--cutoff", cutoff)[0]
