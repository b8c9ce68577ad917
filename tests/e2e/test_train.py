"""What a training leaves: one folder that holds everything, the same bytes each time."""

from __future__ import annotations

import csv
import html
import json
import re
import shlex
import statistics
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.tables import FIRST, daily, long, values, write
from tests.e2e.test_start import COMPILER, loaded

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast

METRICS = {"mae", "mse", "rmse", "bias", "mape", "smape", "wape", "mase", "rmsse"}
STANDARDISED = {"mae", "mse", "rmse"}
FILES = {
    "bundle.safetensors",
    "config.yaml",
    "forecasts.csv",
    "history.jsonl",
    "metrics.csv",
    "metrics.json",
    "report.html",
    "series.csv",
}
MOST_REPORT_BYTES = 1_000_000


def test_train_needs_no_flag_and_says_what_it_understood(forecast: Forecast, sales: Path) -> None:
    done = forecast("train", "sales.csv")
    assert done.code == 0, done.err
    shown, talk = done.out.splitlines(), done.err.splitlines()
    assert talk[0] == (
        "sales.csv: 200 rows; time column 'date', daily, 2024-01-01 to 2024-07-18; target 'sales'"
    )
    assert talk[1].startswith("season of 7 steps, from the frequency D; forecasts 7 steps ahead")
    assert [line.split()[0] for line in shown[:4]] == ["model", "gru", "naive", "seasonal_naive"]
    assert re.search(r"gru (beats|loses to|ties with) seasonal naive", done.out)
    assert talk[-1].endswith("next: forecast predict runs/sales-gru")


@pytest.mark.parametrize("name", ["sales.csv", "my sales.csv"])
def test_losing_model_names_the_command_that_does_better_on_the_same_terms(
    forecast: Forecast, sales: Path, tmp_path: Path, name: str
) -> None:
    sales.rename(tmp_path / name)
    choices = ["--horizon", "5", "--folds", "2", "--until", "2024-06-30", "--level", "50"]
    done = forecast("train", name, "--model", "naive", *choices)
    assert "loses to seasonal naive" in done.out
    (line,) = [line for line in done.out.splitlines() if line.startswith("  forecast train")]
    again = forecast(*shlex.split(line)[1:], "--output", "again", "--json")
    assert again.code == 0, again.err
    document = json.loads(again.out)
    assert (document["model"], document["horizon"]) == ("seasonal_naive", 5)
    assert (len(document["folds"]), list(document["intervals"])) == (2, ["50"])
    before = json.loads(next((tmp_path / "runs").glob("*/metrics.json")).read_text())
    assert document["metrics"] == before["baselines"]["seasonal_naive"]
    page = next((tmp_path / "runs").glob("*/report.html")).read_text(encoding="utf-8")
    assert html.escape(line.strip()) in page


def test_command_for_several_files_names_each(forecast: Forecast, tmp_path: Path) -> None:
    lines = daily(values(200))
    write(tmp_path / "a.csv", lines[:101])
    write(tmp_path / "b.csv", [lines[0], *lines[101:]])
    done = forecast("train", "a.csv", "b.csv", "--model", "naive", "--output", "run")
    assert "  forecast train a.csv b.csv --config run/config.yaml --model " in done.out


def test_run_folder_holds_everything(forecast: Forecast, sales: Path, tmp_path: Path) -> None:
    done = forecast("train", "sales.csv", "--json", "--folds", "2")
    document = json.loads(done.out)
    run = tmp_path / document["run"]
    assert {path.name for path in run.iterdir()} == FILES
    assert (
        json.loads((run / "metrics.json").read_text(encoding="utf-8"))["metrics"]
        == (document["metrics"])
    )
    assert json.loads((run / "history.jsonl").read_text(encoding="utf-8").splitlines()[0])
    with (run / "metrics.csv").open(encoding="utf-8") as lines:
        metrics = list(csv.DictReader(lines))
    assert {row["model"] for row in metrics} == {"gru", "naive", "seasonal_naive"}
    assert len(metrics) == 3 * 2 * 7  # models, folds, steps
    with (run / "forecasts.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert {"unique_id", "ds", "cutoff", "y", "gru", "naive", "seasonal_naive"} <= set(rows[0])
    assert all(row["cutoff"] < row["ds"] for row in rows)


@pytest.mark.charts
def test_report_is_one_small_page_that_loads_nothing(forecast: Forecast, sales: Path) -> None:
    assert forecast("train", "sales.csv", "--output", "run").code == 0
    page = Path("run/report.html").read_text(encoding="utf-8")
    assert len(page) < MOST_REPORT_BYTES
    assert page.count("<svg") >= 3
    assert "seasonal naive" in page
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?!#)[^\s"'>]+""", page)
    assert not re.findall(r"@import|url\((?!#)", page)


def test_intervals_are_scored_as_the_table_of_forecasts_has_them(
    forecast: Forecast, sales: Path
) -> None:
    document = json.loads(forecast("train", "sales.csv", "--json", "--output", "run").out)
    with Path("run/forecasts.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["gru-lo-80"]]
    low, high, y = (
        [float(row[column]) for row in rows] for column in ("gru-lo-80", "gru-hi-80", "y")
    )
    inside = [bottom <= value <= top for bottom, value, top in zip(low, y, high, strict=True)]
    widths = [top - bottom for bottom, top in zip(low, high, strict=True)]
    found = document["intervals"]["80"]
    assert found["forecasts"] == len(rows) > 0
    assert found["coverage"] == pytest.approx(sum(inside) / len(rows))
    assert found["width"] == pytest.approx(sum(widths) / len(rows))
    assert json.loads(Path("run/metrics.json").read_text())["intervals"] == document["intervals"]
    assert "Mean width" in Path("run/report.html").read_text(encoding="utf-8")


def test_intervals_that_no_fold_has_are_null_and_that_is_said(
    forecast: Forecast, sales: Path
) -> None:
    done = forecast("train", "sales.csv", "--json", "--folds", "1", "--model", "drift")
    document = json.loads(done.out)
    nothing = {"coverage": None, "width": None, "forecasts": 0, "winkler": None}
    assert document["intervals"] == {"80": nothing, "95": nothing}
    assert any("coverage of the intervals is unknown" in note for note in document["notes"])


def test_every_row_of_the_report_has_its_skill(forecast: Forecast, sales: Path) -> None:
    assert forecast("train", "sales.csv", "--model", "drift", "--output", "run").code == 0
    page = Path("run/report.html").read_text(encoding="utf-8")
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in table.splitlines()[1:]]
    assert [row[0] for row in rows] == ["drift", "naive", "seasonal_naive"]
    assert all(row[-1] == "%" for row in rows)
    assert rows[2][-2:] == ["0.0", "%"]
    assert "\N{EN DASH} Skill" not in page
    assert json.loads(Path("run/metrics.json").read_text())["skill"] < 0


def test_sizes_that_were_made_smaller_are_said_and_in_the_report(
    forecast: Forecast, tmp_path: Path
) -> None:
    write(tmp_path / "short.csv", daily(values(70)))
    done = forecast("train", "short.csv", "--horizon", "12", "--model", "naive", "-o", "run")
    notes = json.loads(Path("run/metrics.json").read_text())["notes"]
    (note,) = [note for note in notes if "instead of 3: 70 rows hold no more" in note]
    assert f"  validation  {note}" in done.err.splitlines()
    assert f"<li>{note}</li>" in Path("run/report.html").read_text(encoding="utf-8")


def test_json_document_has_the_keys_of_the_contract(forecast: Forecast, sales: Path) -> None:
    document = json.loads(forecast("train", "sales.csv", "--json", "--model", "lstm").out)
    assert {
        "schema", "command", "run", "bundle", "model", "horizon", "context_length", "metrics",
        "metrics_standardised", "baselines", "folds", "parameters", "seconds", "notes",
    } <= set(document)  # fmt: skip
    assert document["schema"] == 1
    assert (document["command"], document["model"], document["horizon"]) == ("train", "lstm", 7)
    assert set(document["metrics"]) == METRICS
    assert set(document["metrics_standardised"]) == STANDARDISED
    assert set(document["baselines"]) == {"naive", "seasonal_naive"}
    assert all(set(scores) == METRICS for scores in document["baselines"].values())
    assert [fold["fold"] for fold in document["folds"]] == [0, 1, 2]
    for fold in document["folds"]:
        assert set(fold) >= {"fold", "cutoff", "cutoffs", "metrics"}
    assert set(document["seconds"]) == {"fit", "validate", "total"}
    seconds = document["seconds"]
    assert seconds["total"] == pytest.approx(seconds["fit"] + seconds["validate"])
    assert document["parameters"] > 1000


def test_configuration_of_a_run_runs_again_to_the_same_bytes(
    forecast: Forecast, sales: Path, tmp_path: Path
) -> None:
    assert forecast("train", "sales.csv", "--output", "a", "--hidden-size", "8").code == 0
    assert forecast("train", "sales.csv", "--output", "b", "--config", "a/config.yaml").code == 0
    first, second = (tmp_path / name for name in "ab")
    assert (first / "config.yaml").read_text() == (second / "config.yaml").read_text()
    points = [forecast("predict", name).out for name in "ab"]
    assert points[0] == points[1]


def test_p3_same_seed_gives_the_same_bytes_in_another_process_and_folder(
    forecast: Forecast, sales: Path, tmp_path: Path
) -> None:
    assert forecast("train", "sales.csv", "--output", "a").code == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(elsewhere / "sales.csv", sales.read_text(encoding="utf-8").splitlines())
    modules = loaded("train", "sales.csv", "--output", "b", "--quiet", folder=elsewhere)
    assert modules > {"torch", "sklearn", "forecast.training.loop"}
    assert modules.isdisjoint(COMPILER)  # loading it takes longer than this training
    bundle = (tmp_path / "a" / "bundle.safetensors").read_bytes()
    assert (elsewhere / "b" / "bundle.safetensors").read_bytes() == bundle
    assert str(tmp_path).encode() not in bundle
    assert forecast("train", "sales.csv", "--output", "c", "--seed", "1").code == 0
    assert (tmp_path / "c" / "bundle.safetensors").read_bytes() != bundle


@pytest.mark.parametrize("model", ["linear", "seasonal_naive"])
def test_bundle_holds_no_count_of_threads(
    forecast: Forecast, sales: Path, tmp_path: Path, model: str
) -> None:
    for threads in "12":
        flags = ("--model", model, "--threads", threads, "--output", threads)
        assert forecast("train", sales, *flags).code == 0
    one, two = ((tmp_path / name / "bundle.safetensors").read_bytes() for name in "12")
    assert one == two
    assert "threads: 2" in (tmp_path / "2" / "config.yaml").read_text(encoding="utf-8")


def test_row_order_of_the_file_does_not_matter(
    forecast: Forecast, sales: Path, tmp_path: Path
) -> None:
    header, *rows = sales.read_text(encoding="utf-8").splitlines()
    write(tmp_path / "turned.csv", [header, *reversed(rows)])
    assert forecast("train", "sales.csv", "--output", "a").code == 0
    assert forecast("train", "turned.csv", "--output", "b").code == 0
    assert forecast("predict", "a").out == forecast("predict", "b").out


def test_several_columns_become_several_series(forecast: Forecast, tmp_path: Path) -> None:
    lines = daily([f"{a},{b}" for a, b in zip(values(120), values(120, seed=1), strict=True)])
    write(tmp_path / "wide.csv", ["date,sales,visits", *lines[1:]])
    done = forecast("train", "wide.csv", "--target", "all", "--output", "run")
    assert done.code == 0, done.err
    rows = forecast("predict", "run", "--horizon", "1").out.splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["sales", "visits"]
    with Path("run/series.csv").open(encoding="utf-8") as opened:
        scores = list(csv.DictReader(opened))
    models = ("gru", "seasonal_naive")
    assert [(row["model"], row["unique_id"]) for row in scores] == [
        (model, name) for model in models for name in ("sales", "visits")
    ]
    metrics = json.loads(Path("run/metrics.json").read_text(encoding="utf-8"))["metrics"]
    means = [statistics.fmean(float(row[key]) for row in scores[:2]) for key in ("mae", "mase")]
    assert means == pytest.approx([metrics["mae"], metrics["mase"]])


def test_standard_input_is_a_file(
    forecast: Forecast, sales: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sales.open(encoding="utf-8") as lines:
        monkeypatch.setattr("sys.stdin", lines)
        done = forecast("train", "-", "--model", "drift", "--output", "run")
    assert done.code == 0, done.err
    assert forecast("predict", "run", "--horizon", "1").out.startswith("unique_id,ds,drift")


def test_what_a_killed_run_left_behind_is_named_and_kept(
    forecast: Forecast, sales: Path, tmp_path: Path
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / "runs" / f".sales-gru.partial-{gone.pid}"
    left.mkdir(parents=True)
    done = forecast("train", "sales.csv", "--model", "naive")
    assert f"runs/{left.name} is what a run that was cut off left behind" in done.err
    assert left.is_dir()


def test_automatic_names_are_numbered(forecast: Forecast, sales: Path, tmp_path: Path) -> None:
    for _ in range(3):
        assert forecast("train", "sales.csv", "--model", "naive").code == 0
    names = {path.name for path in (tmp_path / "runs").iterdir()}
    assert names == {"sales-naive", "sales-naive-2", "sales-naive-3"}


def test_quiet_leaves_standard_error_empty(forecast: Forecast, sales: Path) -> None:
    assert forecast("train", "sales.csv", "--quiet").err == ""


def test_series_that_begins_after_the_first_cutoff_is_trained_and_forecast(
    forecast: Forecast, tmp_path: Path
) -> None:
    lines = long({"old": values(200)})
    lines += long({"young": values(20, level=5000)}, first=FIRST + timedelta(days=180))[1:]
    write(tmp_path / "shops.csv", lines)
    done = forecast("train", "shops.csv", "--output", "run", "--folds", "2")
    assert done.code == 0, done.err
    rows = forecast("predict", "run", "--horizon", "1").out.splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [
        ["old", "2024-07-19"],
        ["young", "2024-07-19"],
    ]


def test_series_of_unequal_length_and_scale_are_trained_together(
    forecast: Forecast, tmp_path: Path
) -> None:
    shops = {"new": values(60, level=5000), "old": values(200)}
    write(tmp_path / "shops.csv", long(shops))
    done = forecast("train", "shops.csv", "--output", "run")
    assert done.code == 0, done.err
    rows = forecast("predict", "run", "--horizon", "1").out.splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["new", "old"]
    assert float(rows[1].split(",")[2]) > 4000 > float(rows[2].split(",")[2])


def test_flags_that_a_rule_has_no_use_for_are_named(forecast: Forecast, sales: Path) -> None:
    flags = ("--model", "drift", "--horizon", "3", "--decoder", "seq2seq")
    done = forecast("train", "sales.csv", *flags, "--set", "training.epochs=50")
    said = "drift has no layers and no epochs: model.decoder, training.epochs change nothing here"
    assert said in done.err.splitlines()
    assert "nothing here" not in forecast("train", "sales.csv", "--decoder", "direct").err
