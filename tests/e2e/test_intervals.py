"""What intervals are made of: past errors, the model's own head, or nothing."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecast.metrics.quantile import winkler
from tests.e2e.tables import FIRST, daily, values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused

ROWS, H = 150, 7
EVERY = values(ROWS + 60)
RARE = np.random.default_rng(3).poisson(0.5, ROWS).astype(float).tolist()
SMALL = ("--horizon", str(H), "--max-steps", "3", "--hidden-size", "4", "--quiet")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of small networks: ``head``, ``past``, ``none`` and ``counts``."""
    from forecast.cli.app import run

    folder = tmp_path_factory.mktemp("runs")
    data = str(write(folder / "train.csv", daily(EVERY[:ROWS])))
    counts = str(write(folder / "counts.csv", daily(RARE)))
    gaussian = ["--head", "gaussian"]
    asked = {
        "head": [data, *gaussian, "--intervals", "head"],
        "past": [data, *gaussian],
        "none": [data, "--intervals", "none"],
        "counts": [counts, "--head", "negative-binomial"],
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_TRAINING_THREADS", "1")
        for name, flags in asked.items():
            assert run(["train", *flags, *SMALL, "--output", str(folder / name)]) == 0
    return folder


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    return write(tmp_path / "new.csv", daily(EVERY[ROWS:], first=FIRST + timedelta(days=ROWS)))


def table(forecast: Forecast, *arguments: str | Path) -> list[dict[str, str]]:
    done = forecast("predict", *arguments)
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out)))


def metrics(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return found


def test_intervals_of_the_head_are_its_quantiles_in_every_file(
    forecast: Forecast, runs: Path
) -> None:
    for row in table(forecast, runs / "head", "--quantiles", "0.1", "--quantiles", "0.9"):
        assert row["gru-lo-80"] == row["gru-q-0.1"]
        assert row["gru-hi-80"] == row["gru-q-0.9"]
    walked = pd.read_csv(runs / "head" / "forecasts.csv")
    assert walked["gru-lo-80"].notna().all()  # the first fold has them, too
    inside = walked["y"].between(walked["gru-lo-80"], walked["gru-hi-80"])
    document = metrics(runs / "head")
    held = document["intervals"]["80"]
    assert held["forecasts"] == len(walked)
    assert held["coverage"] == pytest.approx(inside.mean())
    expected = winkler(*(walked[name].to_numpy() for name in ends("y", 80)), level=80)
    assert held["winkler"] == pytest.approx(float(expected))
    assert document["quantiles"]["source"] == "head"
    assert document["quantiles"]["crps"] > 0
    page = (runs / "head" / "report.html").read_text(encoding="utf-8")
    assert "the interval that the model gave of itself" in page


def ends(actual: str, level: int) -> tuple[str, str, str]:
    return actual, f"gru-lo-{level}", f"gru-hi-{level}"


def test_intervals_of_the_head_beyond_the_trained_horizon_are_of_paths_and_that_is_said(
    forecast: Forecast, runs: Path
) -> None:
    done = forecast("predict", runs / "head", "--horizon", str(H + 2), "--level", "50")
    assert f"intervals beyond step {H} are those of paths drawn, fed back" in done.err
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert len(rows) == H + 2
    assert all(float(row["gru-lo-50"]) < float(row["gru-hi-50"]) for row in rows)


def test_conformal_intervals_stay_the_default_and_either_kind_can_be_asked_for(
    forecast: Forecast, runs: Path
) -> None:
    plain = table(forecast, runs / "past")
    assert plain == table(forecast, runs / "past", "--intervals", "conformal")
    assert plain == table(forecast, runs / "head", "--intervals", "conformal")
    own = table(forecast, runs / "past", "--intervals", "head")
    assert own == table(forecast, runs / "head") != plain
    assert metrics(runs / "past")["quantiles"]["source"] == "head"


def test_no_intervals_leave_no_column_and_no_score(
    forecast: Forecast, refused: Refused, runs: Path, newer: Path
) -> None:
    assert list(table(forecast, runs / "none")[0]) == ["unique_id", "ds", "gru"]
    assert list(table(forecast, runs / "past", "--intervals", "none")[0])[-1] == "gru"
    assert "lo" not in (runs / "none" / "forecasts.csv").read_text().splitlines()[0]
    document = metrics(runs / "none")
    assert document["intervals"] == {}
    assert "no intervals" in document["quantiles"]["reasons"]["crps"]
    judged = json.loads(forecast("evaluate", runs / "none", newer, "--json").out)
    assert judged["intervals"] == {}
    for flags in (["--level", "80"], ["--intervals", "conformal"]):
        lines = refused(2, "predict", runs / "none", *flags)
        assert "--intervals none" in lines[0]
        assert "train with --intervals conformal" in lines[2]
    assert (
        "leave out" in refused(2, "predict", runs / "past", "--intervals", "none", "--level=9")[2]
    )


@pytest.mark.parametrize(
    ("flags", "fix"),
    [
        ([], "--head gaussian"),
        (["--model", "naive"], "--model gru --head gaussian"),
        (["--head", "gaussian", "--transform", "difference"], "--transform none"),
        (["--head", "quantile", "--level", "99"], "--head gaussian"),
    ],
)
def test_intervals_of_a_head_that_has_none_are_refused_with_what_mends_it(
    refused: Refused, runs: Path, flags: list[str], fix: str
) -> None:
    lines = refused(2, "train", runs / "train.csv", "--intervals", "head", *flags)
    assert "has no intervals of its own head" in lines[0]
    assert lines[2] == f"  fix: pass --intervals conformal, or {fix}"


def test_a_point_head_is_not_asked_for_intervals_later_either(refused: Refused, runs: Path) -> None:
    assert (
        "train with --head gaussian"
        in refused(2, "predict", runs / "none", "--intervals", "head")[2]
    )
    assert (
        "'conformal', 'head' or 'none'"
        in refused(2, "predict", runs / "past", "--intervals", "own")[0]
    )


@pytest.mark.parametrize("kind", ["conformal", "head"])
def test_intervals_of_counts_do_not_go_below_zero(
    forecast: Forecast, runs: Path, kind: str
) -> None:
    rows = table(forecast, runs / "counts", "--intervals", kind, "--level", "80,95")
    ends = [float(row[f"gru-lo-{level}"]) for row in rows for level in (80, 95)]
    assert min(ends) == 0
    walked = pd.read_csv(runs / "counts" / "forecasts.csv")
    assert walked["gru-lo-80"].min() == 0


def test_a_rule_that_wins_over_heads_has_conformal_intervals_and_that_is_said(
    forecast: Forecast, tmp_path: Path
) -> None:
    climb = [place + noise for place, noise in zip(range(ROWS), EVERY, strict=False)]
    data = write(tmp_path / "climb.csv", daily(climb))
    flags = ["--models", "seasonal_naive,gru", "--head", "gaussian", "--intervals", "head"]
    blind = ["--set", "model.skip=none", "--set", "model.window_normalisation=none"]
    done = forecast("compare", data, *flags, *blind, *SMALL[:-1], "--output", "run")
    assert done.code == 0, done.err
    assert "intervals of seasonal_naive are conformal: it is a rule and has no head" in done.err
    document = metrics(Path("run"))
    assert document["leaderboard"][0]["model"] == "seasonal_naive"
    assert document["quantiles"]["source"] == "intervals"
    assert document["intervals"]["80"]["coverage"] is not None
    assert "seasonal_naive-lo-80" in table(forecast, "run")[0]


def test_names_of_the_training_file_keep_the_intervals_and_are_read_again(
    forecast: Forecast, runs: Path
) -> None:
    done = forecast("predict", runs / "past", "--names", "input", "--output", "next.csv")
    assert done.code == 0, done.err
    header = Path("next.csv").read_text(encoding="utf-8").splitlines()[0]
    target = header.split(",")[1]
    names = [f"{target}{suffix}" for suffix in ("-lo-80", "-hi-80", "-lo-95", "-hi-95")]
    assert header.split(",")[2:] == names
    again = table(forecast, runs / "past", "--input", "next.csv")
    assert len(again) == H
    one = ["--level", "50", "--names", "input"]
    assert list(table(forecast, runs / "past", *one)[0])[2:] == [
        f"{target}-lo-50",
        f"{target}-hi-50",
    ]


def test_a_file_of_one_row_for_each_series_has_no_place_for_intervals(
    forecast: Forecast, refused: Refused, tmp_path: Path
) -> None:
    lines = [",".join([name, *map(str, EVERY[:90])]) for name in ("a", "b")]
    header = ",".join(f"V{place}" for place in range(1, 92))
    data = write(tmp_path / "rows.csv", [header, *lines])
    flags = ["--model", "naive", "--horizon", "4", "--season-length", "7", "--output", "run"]
    assert forecast("train", data, *flags).code == 0
    done = forecast("predict", "run", "--names", "input")
    assert "a file of one row for each series has no place for them" in done.err
    lines = refused(2, "predict", "run", "--names", "input", "--level", "80")
    assert "no place for intervals" in lines[0]
    assert "pass --level or --names input, not both" in lines[2]


def test_adaptive_intervals_are_judged_beside_the_plain_ones(
    forecast: Forecast, refused: Refused, runs: Path, newer: Path
) -> None:
    done = forecast("evaluate", runs / "past", newer, "--adaptive")
    plain, adaptive = (line for line in done.out.splitlines() if "80 % intervals held" in line)
    assert adaptive.startswith("adaptive: 80 % intervals held")
    assert plain.split(" of ")[1].split(" (")[0] == adaptive.split(" of ")[1].split(" (")[0]
    flags = ("--adaptive", "--gamma", "0.2", "--json")
    found = json.loads(forecast("evaluate", runs / "past", newer, *flags).out)
    assert found["adaptive"]["gamma"] == 0.2
    own = found["adaptive"]["intervals"]["80"]
    assert own["forecasts"] == found["intervals"]["80"]["forecasts"]
    assert own["width"] != found["intervals"]["80"]["width"]
    gap = abs(found["intervals"]["80"]["coverage"] - 0.8)
    assert abs(own["coverage"] - 0.8) <= gap
    assert (
        "pass --intervals conformal"
        in refused(2, "evaluate", runs / "head", newer, "--adaptive")[2]
    )
    assert (
        "--gamma 0.05"
        in refused(2, "evaluate", runs / "past", newer, "--adaptive", "--gamma", "2")[2]
    )
    assert "--gamma" in refused(2, "evaluate", runs / "past", newer, "--gamma", "0.1")[2]


def test_adaptive_intervals_follow_noise_that_doubles_half_way(
    forecast: Forecast, tmp_path: Path
) -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(size=900)
    noise[600:] *= 2
    data = write(tmp_path / "train.csv", daily([*(50 + noise[:300])]))
    new = write(
        tmp_path / "new.csv", daily([*(50 + noise[300:])], first=FIRST + timedelta(days=300))
    )
    flags = ["--model", "moving_average", "--horizon", "3", "--quiet", "--output", "run"]
    assert forecast("train", data, *flags).code == 0
    found = json.loads(forecast("evaluate", "run", new, "--adaptive", "--json").out)
    for level, asked in (("80", 0.8), ("95", 0.95)):
        plain = found["intervals"][level]["coverage"]
        adaptive = found["adaptive"]["intervals"][level]["coverage"]
        assert plain < asked - 0.05
        assert abs(adaptive - asked) < abs(plain - asked) / 2


def test_quantiles_of_a_file_are_scored(
    forecast: Forecast, runs: Path, newer: Path, tmp_path: Path
) -> None:
    flags = ["--quantiles", "0.1", "--quantiles", "0.9", "--output", "ahead.csv"]
    assert forecast("predict", runs / "past", *flags).code == 0
    flags = ["--forecasts", "ahead.csv", "--actuals", str(newer), "--json"]
    found = json.loads(forecast("evaluate", *flags).out)["quantiles"]
    assert list(found["pinball"]) == ["0.1", "0.9"]
    assert found["forecasts"] == H


def test_forecasts_of_folds_that_the_transform_does_not_take_are_told(
    forecast: Forecast, tmp_path: Path
) -> None:
    falling = [max(0.0, 150.0 - 2.0 * row) for row in range(100)]
    data = write(tmp_path / "train.csv", daily(falling))
    flags = ("--model", "drift", "--horizon", "4", "--folds", "1", "--step-size", "1")
    told = "in the intervals: log1p does not take such values"
    done = forecast("train", data, *flags, "--transform", "log1p", "--output", "run")
    assert done.code == 0, done.err
    below = int((pd.read_csv(tmp_path / "run/forecasts.csv")["drift"] <= -1).sum())
    assert below > 1
    assert f"{below} forecasts of the folds are not {told}" in done.err
    done = forecast("train", data, *flags, "--output", "plain")
    assert done.code == 0, done.err
    assert told not in done.err
