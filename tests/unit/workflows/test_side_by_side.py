"""Finished runs side by side, where they were judged alike."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.errors import DataError, ForecastError, UsageError
from forecast.workflows.compare import compare
from forecast.workflows.side_by_side import side_by_side
from forecast.workflows.train import train


def frame(series: int = 1, *, counted: bool = False) -> pd.DataFrame:
    """Weekly waves of daily values; counted rows of unequal number where asked."""
    rng, parts = np.random.default_rng(0), []
    for index in range(series):
        rows = 200 - (30 * index if counted else 0)
        wave = np.sin(np.arange(rows) * 2 * np.pi / 7) * 10**index
        y = 20 * 10**index + 5 * wave + rng.normal(0, 1, rows) * 10**index
        stamps = np.arange(rows) if counted else pd.date_range("2024-01-01", periods=rows)
        parts.append(pd.DataFrame({"unique_id": f"s{index}", "ds": stamps, "y": y}))
    return pd.concat(parts, ignore_index=True)


def run(folder: Path, model: str, data: pd.DataFrame | None = None, **more: object) -> Path:
    asked = {
        "model": {"name": model, "horizon": more.pop("horizon", 2)},
        "data": {"season_length": more.pop("season", 7)},
        "validation": {"folds": 3, "step_size": 2, **more},
        "run": {"output": str(folder)},
    }
    return train(frame() if data is None else data, asked).run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return run(folder / "a", "moving_average"), run(folder / "b", "naive2")


def losses(folder: Path, model: str) -> pd.Series:
    table = pd.read_csv(folder / "forecasts.csv")
    return (table["y"] - table[model]).abs().groupby(table["cutoff"]).mean()


def test_winner_of_a_comparison_of_seeds_and_settings_stands_with_the_seed_that_was_kept(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    asked = {
        "model": {"horizon": 2, "hidden_size": 3, "context_length": 7},
        "data": {"season_length": 7},
        "training": {"max_steps": 4},
        "validation": {"folds": 3, "step_size": 2},
        "run": {"output": str(tmp_path / "c")},
    }
    vary = {"learning_rate": [0.01]}
    done = compare(frame(), asked, models=["gru"], seeds=2, vary=vary)
    found = side_by_side([runs[0], done.run])
    rows = {row.row.model: row.row for row in found.rows}
    name = "gru learning_rate=0.01"
    assert set(rows) == {name, "moving_average"}
    assert rows[name].metrics == done.evaluation.scores(f"{name} seed=0").metrics


def test_one_run_is_not_set_beside_itself(runs: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match="are one run"):
        side_by_side([runs[0], runs[0].parent / "." / runs[0].name])


def test_runs_are_ranked_and_neighbours_are_tested(runs: tuple[Path, Path]) -> None:
    found = side_by_side(list(map(str, runs)))
    assert [(row.run, row.row.model, row.row.rank) for row in found.rows] == [
        (str(runs[1]), "naive2", 1),
        (str(runs[0]), "moving_average", 2),
    ]
    for row, folder in zip(found.rows, reversed(runs), strict=True):
        document = json.loads((folder / "metrics.json").read_text())
        assert row.row.metrics == document["metrics"]
        assert row.row.skill == document["skill"]
        assert row.row.parameters == document["parameters"]
    against = found.rows[1].row.against_above
    assert against is not None
    d = losses(runs[0], "moving_average") - losses(runs[1], "naive2")
    n = len(d)
    by_hand = d.mean() / (d.std(ddof=0) / np.sqrt(n)) * np.sqrt((n - 1) / n)
    assert against.statistic == pytest.approx(by_hand)
    assert (against.model, against.cutoffs) == (str(runs[1]), n)
    assert found.standing is not None
    assert str(runs[1]) in found.standing


def test_nothing_is_written(runs: tuple[Path, Path]) -> None:
    before = {path: path.read_bytes() for folder in runs for path in folder.iterdir()}
    side_by_side(runs)
    assert {path: path.read_bytes() for folder in runs for path in folder.iterdir()} == before


@pytest.mark.parametrize("counted", [False, True])
def test_tests_are_those_of_a_comparison(tmp_path: Path, counted: bool) -> None:
    data = frame(3, counted=counted)
    asked = {
        "model.horizon": 4,
        "data.season_length": 7,
        "validation.step_size": 1,
        "validation.test_size": 60,
        "validation.final_fit": False,
    }
    both = compare(
        data, {**asked, "run.output": str(tmp_path / "c")}, models=["moving_average", "naive2"]
    )
    names = ["naive2", "moving_average"]
    for name in names:
        train(data, {**asked, "model.name": name, "run.output": str(tmp_path / name)})
    apart = side_by_side([tmp_path / name for name in names])
    rows = {row.model: row for row in both.leaderboard}
    for row in apart.rows:
        expected = rows[row.row.model].against_reference
        assert expected is not None
        assert row.row.against_reference is not None
        assert row.row.against_reference.cutoffs == expected.cutoffs
        assert row.row.against_reference.p == pytest.approx(expected.p)
        assert row.row.against_reference.statistic == pytest.approx(expected.statistic)


def test_the_best_model_of_a_comparison_stands_for_it(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    asked = {
        "model.horizon": 2,
        "data.season_length": 7,
        "validation.folds": 3,
        "validation.step_size": 2,
        "run.output": str(tmp_path / "c"),
    }
    best = compare(frame(), asked, models=["naive2", "naive"])
    found = side_by_side([runs[0], best.run])
    assert found.rows[0].row.model == best.leaderboard[0].model
    assert found.rows[0].row.peak_memory == best.leaderboard[0].peak_memory


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"folds": 2}, "has 2 folds, {first} has 3 folds"),
        ({"horizon": 3}, "forecasts 3 steps, {first} forecasts 2 steps"),
        ({"season": 5}, "has a season of 5 steps, {first} has a season of 7 steps"),
        ({"step_size": 1}, "cutoffs, "),
        ({"data": frame(2)}, "has data of fingerprint "),
    ],
)
def test_runs_that_were_judged_otherwise_are_refused_by_name(
    runs: tuple[Path, Path], tmp_path: Path, more: dict[str, object], words: str
) -> None:
    other = run(tmp_path / "other", "drift", **more)  # type: ignore[arg-type]
    with pytest.raises(UsageError) as caught:
        side_by_side([*runs, other])
    assert caught.value.message.startswith(f"{other} ")
    assert words.format(first=runs[0]) in caught.value.message
    assert caught.value.location == str(other)
    fix = caught.value.fix or ""
    assert f"--config {runs[0] / 'config.yaml'} --model drift" in fix


def test_runs_of_other_training_rows_are_compared_by_plain_errors(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    rolling = run(tmp_path / "rolling", "drift", max_train_size=60)
    found = side_by_side([runs[0], rolling])
    assert "MAE is compared" in found.notes[0]
    errors = [row.row.metrics["mae"] or 0.0 for row in found.rows]
    assert errors == sorted(errors)


def test_one_run_and_what_is_no_run_are_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    for given in ([runs[0]], [runs[0], tmp_path], [runs[0], tmp_path / "gone"]):
        with pytest.raises(UsageError) as caught:
            side_by_side(given)
        assert caught.value.fix
    without = run(tmp_path / "without", "drift", folds=0)
    with pytest.raises(UsageError, match="it has no folds"):
        side_by_side([runs[0], without])


@pytest.mark.parametrize("name", ["metrics.json", "forecasts.csv", "metrics.csv"])
def test_file_that_was_altered_is_refused(
    runs: tuple[Path, Path], tmp_path: Path, name: str
) -> None:
    copy = shutil.copytree(runs[0], tmp_path / "copy")
    for text in ("", "[1]", "nonsense,y\n1,x\n"):
        (copy / name).write_text(text)
        with pytest.raises(ForecastError) as caught:
            side_by_side([runs[1], copy])
        assert isinstance(caught.value, DataError)
        assert caught.value.location == str(copy)
