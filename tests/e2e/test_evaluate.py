"""A finished model judged on what it has not seen, and a file of forecasts on what happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from tests.e2e.tables import FIRST, daily, long, values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused

Judge = Callable[..., dict[str, Any]]
ROWS, H, SEASON = 100, 5, 7
EVERY = [*values(ROWS + 30)]
LATER = FIRST + timedelta(days=ROWS)
TRAIN = ("--horizon", str(H), "--folds", "3", "--quiet")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run ``rule`` on 100 days, and one ``net`` of a small network."""
    from forecast.cli.app import run

    folder = tmp_path_factory.mktemp("runs")
    data = str(write(folder / "train.csv", daily(EVERY[:ROWS])))
    rule = ["--model", "seasonal_naive", "--output", str(folder / "rule")]
    net = ["--model", "rnn", "--hidden-size", "4", "--max-steps", "3"]
    assert run(["train", data, *TRAIN, *rule]) == 0
    assert run(["train", data, *TRAIN, *net, "--output", str(folder / "net")]) == 0
    return folder


@pytest.fixture
def judged(forecast: Forecast) -> Judge:
    """The document of an evaluation."""

    def judged(*arguments: str | Path) -> dict[str, Any]:
        done = forecast("evaluate", *arguments, "--json", "--quiet")
        assert done.code == 0, done.err
        found: dict[str, Any] = json.loads(done.out)
        return found

    return judged


def scale(rows: list[float]) -> float:
    series = np.array(rows)
    return float(np.abs(series[SEASON:] - series[:-SEASON]).mean())


def test_every_cutoff_after_training_with_a_whole_horizon_is_judged(
    judged: Judge, runs: Path, tmp_path: Path
) -> None:
    new = write(tmp_path / "new.csv", daily(EVERY[ROWS:], first=LATER))
    found = judged(runs / "rule", new)

    cutoffs = range(ROWS - 1, ROWS + 30 - H)
    errors = np.array(
        [
            abs(EVERY[cutoff + step] - EVERY[cutoff + step - SEASON])
            for cutoff in cutoffs
            for step in range(1, H + 1)
        ]
    )
    assert found["folds"][0]["cutoffs"] == len(cutoffs)
    assert found["folds"][0]["cutoff"].startswith(str(LATER - timedelta(days=1)))
    assert found["metrics"]["mae"] == pytest.approx(errors.mean())
    assert found["metrics"]["mase"] == pytest.approx(errors.mean() / scale(EVERY[:ROWS]))
    learnt = np.array(EVERY[:ROWS])
    square = np.sqrt(np.mean((learnt[SEASON:] - learnt[:-SEASON]) ** 2))
    assert found["metrics"]["rmsse"] == pytest.approx(np.sqrt(np.mean(errors**2)) / square)
    assert found["skill"] == 0
    assert found["scaled_by"] == "the training rows"
    assert found["metrics"]["mape"] is not None
    assert found["intervals"]["80"]["forecasts"] == len(errors)


def test_document_has_the_keys_of_train(judged: Judge, runs: Path, tmp_path: Path) -> None:
    found = judged(runs / "net", write(tmp_path / "new.csv", daily(EVERY[ROWS:], first=LATER)))
    trained = json.loads((runs / "net" / "metrics.json").read_text(encoding="utf-8"))
    assert set(trained) - set(found) == {"verdict", "margin", "fits"}
    assert set(found["metrics"]) == set(trained["metrics"])
    assert set(found["baselines"]) == {"naive", "seasonal_naive"}
    assert found["baselines"]["naive"]["mase"] > found["baselines"]["seasonal_naive"]["mase"]


def test_rows_trained_on_are_left_out_and_change_no_score(
    judged: Judge, runs: Path, tmp_path: Path
) -> None:
    new = write(tmp_path / "new.csv", daily(EVERY[ROWS:], first=LATER))
    whole = write(tmp_path / "whole.csv", daily(EVERY))
    alone, found = judged(runs / "net", new), judged(runs / "net", whole)
    assert found["metrics"] == alone["metrics"]
    assert any("100 rows of the data are not judged" in note for note in found["notes"])


def test_data_that_were_all_trained_on_are_refused_unless_told_so(
    refused: Refused, judged: Judge, runs: Path, tmp_path: Path
) -> None:
    seen = write(tmp_path / "seen.csv", daily(EVERY[:ROWS]))
    message, _, fix = refused(3, "evaluate", runs / "rule", seen)
    assert "no row after 2024-04-09" in message
    assert "--seen-rows" in fix
    found = judged(runs / "rule", seen, "--seen-rows")
    assert found["folds"][0]["cutoffs"] == ROWS - H - (SEASON - 1)
    assert any(note.startswith("in-sample") for note in found["notes"])


def test_too_few_new_rows_are_refused_with_what_there_is(refused: Refused, runs: Path) -> None:
    few = write(Path("few.csv"), daily(EVERY[ROWS : ROWS + 3], first=LATER))
    message, _, _ = refused(3, "evaluate", runs / "rule", few)
    assert "3 rows after" in message
    assert "a horizon takes 5" in message


def test_step_size_horizon_and_level_are_obeyed(
    forecast: Forecast, judged: Judge, runs: Path, tmp_path: Path
) -> None:
    new = write(tmp_path / "new.csv", daily(EVERY[ROWS:], first=LATER))
    flags = ("--step-size", "10", "--horizon", "3", "--level", "50")
    found = judged(runs / "rule", new, *flags)
    assert found["folds"][0]["cutoffs"] == 3
    assert found["horizon"] == 3
    assert list(found["intervals"]) == ["50"]

    done = forecast("evaluate", runs / "rule", new, *flags, "--output", "all.csv")
    assert done.code == 0, done.err
    assert "50 % intervals held" in done.out
    table = pd.read_csv("all.csv")
    assert list(table.columns) == [
        "unique_id",
        "ds",
        "cutoff",
        "y",
        "seasonal_naive",
        "naive",
        "seasonal_naive-lo-50",
        "seasonal_naive-hi-50",
    ]
    assert len(table) == 9
    assert table["y"].tolist() == [
        EVERY[ROWS + 10 * k + step] for k in range(3) for step in (0, 1, 2)
    ]


def test_rows_after_a_cutoff_change_no_forecast_from_it(
    forecast: Forecast, runs: Path, tmp_path: Path
) -> None:
    tables = []
    for name, tail in (("one", EVERY[ROWS + 9 :]), ("two", [-1e6] * 21)):
        rows = [*EVERY[ROWS : ROWS + 9], *tail]
        new = write(tmp_path / f"{name}.csv", daily(rows, first=LATER))
        assert forecast("evaluate", runs / "net", new, "-o", f"{name}-out.csv").code == 0
        table = pd.read_csv(f"{name}-out.csv")
        early = table["cutoff"] <= str(LATER + timedelta(days=8))
        tables.append(table[early].drop(columns="y"))
    assert len(tables[0]) == 10 * H
    pd.testing.assert_frame_equal(tables[0], tables[1])


def test_forecast_from_the_stored_tail_is_scored_as_its_file_is(
    forecast: Forecast, judged: Judge, runs: Path, tmp_path: Path
) -> None:
    held = write(tmp_path / "held.csv", daily(EVERY[ROWS : ROWS + H], first=LATER))
    assert forecast("predict", runs / "net", "--output", "ahead.csv").code == 0
    direct = judged(runs / "net", "--actuals", held)
    file = judged(runs / "net", "--forecasts", "ahead.csv", "--actuals", held)
    alone = judged("--forecasts", "ahead.csv", "--actuals", held)

    for found in (file, alone):
        assert found["metrics"]["rmse"] == pytest.approx(direct["metrics"]["rmse"])
        for level, score in direct["intervals"].items():
            assert found["intervals"][level] == pytest.approx(score)
    assert file["metrics"]["mase"] == pytest.approx(direct["metrics"]["mase"])
    assert alone["metrics"]["mase"] is None
    assert alone["metrics_standardised"]["mae"] is None
    assert any("mase and the standardised errors are undefined" in note for note in alone["notes"])


def test_walk_forward_forecasts_of_a_run_score_as_in_training(judged: Judge, runs: Path) -> None:
    trained = json.loads((runs / "net" / "metrics.json").read_text(encoding="utf-8"))
    found = judged("--forecasts", runs / "net" / "forecasts.csv", "--actuals", runs / "train.csv")
    for name in ("mae", "rmse", "smape"):
        assert found["metrics"][name] == pytest.approx(trained["metrics"][name])
        beside = found["baselines"]["seasonal_naive"][name]
        assert beside == pytest.approx(trained["baselines"]["seasonal_naive"][name])


def test_environment_says_how_actual_values_are_read(
    judged: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [f"2024-01-{day:02}" for day in range(1, 29)]
    write(tmp_path / "new.csv", ["date,low,high", *(f"{day},7,9" for day in days)])
    write(tmp_path / "ahead.csv", ["unique_id,ds,drift", *(f"y,{day},9" for day in days[20:])])
    monkeypatch.setenv("FORECAST_DATA_TARGET", "high")
    found = judged("--forecasts", "ahead.csv", "--actuals", "new.csv")
    assert found["metrics"]["mae"] == 0


def test_times_of_forecasts_without_a_zone_are_no_times_in_one(
    refused: Refused, judged: Judge, tmp_path: Path
) -> None:
    hours = pd.date_range("2024-03-30", periods=72, freq="h", tz="Europe/Paris")
    write(tmp_path / "new.csv", ["date,sales", *(f"{hour.isoformat()},7" for hour in hours)])
    for name, given in (("zone", hours), ("none", hours.tz_localize(None))):
        rows = [f"s,{hour.isoformat()},7" for hour in given[30:35]]
        write(tmp_path / f"{name}.csv", ["unique_id,ds,drift", *rows])
    flags = ("--actuals", "new.csv", "--set", "data.time_zone=Europe/Paris")
    assert judged("--forecasts", "zone.csv", *flags)["metrics"]["mae"] == 0
    said = refused(3, "evaluate", "--forecasts", "none.csv", *flags)
    assert "times without a zone" in said[0]


def test_rows_of_a_competition_follow_those_of_their_series(
    forecast: Forecast, judged: Judge, tmp_path: Path
) -> None:
    series = {"H1": values(40), "H2": values(33, seed=1)}
    known = [f"{name},{','.join(map(str, row[:-H]))}" for name, row in series.items()]
    held = [f"{name},{','.join(map(str, row[-H:]))}" for name, row in series.items()]
    head = [f"V{place}" for place in range(1, 37)]
    known[1] += "," * (40 - 33)
    write(tmp_path / "train.csv", [",".join(head), *known])
    write(tmp_path / "test.csv", [",".join(head[: H + 1]), *held])
    flags = ("--layout", "rows", "--model", "seasonal_naive", "--season-length", "7")
    done = forecast("train", "train.csv", *flags, *TRAIN, "--folds", "0", "--output", "run")
    assert done.code == 0, done.err

    found = judged("run", "--actuals", "test.csv")
    mase = [
        np.mean([abs(row[step] - row[step - SEASON]) for step in range(-H, 0)]) / scale(row[:-H])
        for row in series.values()
    ]
    assert found["metrics"]["mase"] == pytest.approx(np.mean(mase))
    assert forecast("predict", "run", "--output", "ahead.csv").code == 0
    file = judged("run", "--forecasts", "ahead.csv", "--actuals", "test.csv")
    assert file["metrics"] == pytest.approx(found["metrics"])


def test_series_not_trained_on_are_judged_by_their_own_rows(
    forecast: Forecast, judged: Judge, tmp_path: Path
) -> None:
    write(tmp_path / "shops.csv", long({"south": EVERY[:ROWS], "east": values(ROWS, seed=3)}))
    rule = ("--model", "seasonal_naive", "--output", "shops")
    assert forecast("train", "shops.csv", *TRAIN, *rule).code == 0
    write(tmp_path / "other.csv", long({"north": values(60, seed=4), "west": values(60, seed=5)}))
    found = judged("shops", "other.csv")
    assert found["folds"][0]["cutoffs"] == 60 - H - (SEASON - 1)
    assert "not trained on" in " ".join(found["notes"])
    assert found["scaled_by"] == "its rows up to the first cutoff"


def test_bundle_keeps_the_scale_of_its_training_rows(runs: Path) -> None:
    kept = load_file(runs / "rule" / "bundle.safetensors")
    assert kept["scores.seasonal"].tolist() == pytest.approx([scale(EVERY[:ROWS])])


REFUSALS: dict[str, tuple[int, tuple[str, ...], str]] = {
    "nothing": (2, ("--quiet",), "no bundle is named"),
    "no data": (2, ("RUN",), "no data are named"),
    "two kinds of data": (2, ("RUN", "new.csv", "--actuals", "new.csv"), "both given"),
    "forecasts alone": (2, ("--forecasts", "ahead.csv"), "nothing to score them against"),
    "a horizon of a file": (
        2,
        ("--forecasts", "ahead.csv", "--actuals", "new.csv", "--horizon", "3"),
        "--horizon changes nothing here",
    ),
    "steps of one cutoff": (
        2,
        ("RUN", "--actuals", "new.csv", "--step-size", "2"),
        "--step-size changes nothing here",
    ),
    "a column beside a bundle": (2, ("RUN", "new.csv", "--target", "x"), "--target changes"),
    "a step of zero": (2, ("RUN", "new.csv", "--step-size", "0"), "step size 0"),
    "a horizon of zero": (2, ("RUN", "new.csv", "--horizon", "0"), "horizon 0"),
    "no such file": (2, ("--forecasts", "none.csv", "--actuals", "new.csv"), "cannot read"),
    "no forecasts": (3, ("--forecasts", "new.csv", "--actuals", "new.csv", "-f"), "both name"),
    "other columns": (3, ("--forecasts", "old.csv", "--actuals", "new.csv"), "'unique_id'"),
    "other times": (3, ("--forecasts", "ahead.csv", "--actuals", "old.csv"), "no forecast has"),
    "values before the end": (3, ("RUN", "--actuals", "old.csv"), "no row after"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_say_what_where_and_how(
    forecast: Forecast, refused: Refused, runs: Path, case: str
) -> None:
    write(Path("new.csv"), daily(EVERY[ROWS:], first=LATER))
    write(Path("old.csv"), daily(EVERY[:50]))
    assert forecast("predict", runs / "rule", "--output", "ahead.csv").code == 0
    code, arguments, words = REFUSALS[case]
    given = [str(runs / "rule") if word == "RUN" else word for word in arguments]
    code = 2 if words == "both name" else code
    assert words in refused(code, "evaluate", *given)[0]
