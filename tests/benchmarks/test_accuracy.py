"""That the page says what was found, no more, and how it was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.accuracy import __main__ as program
from benchmarks.accuracy import ablation, long_horizon, many_series, plain
from benchmarks.accuracy.ablation import IDEAS, Idea
from benchmarks.accuracy.anchors import HORIZONS, REPEAT_LAST
from benchmarks.accuracy.journal import Entry, Task
from benchmarks.accuracy.page import SECTIONS, page
from benchmarks.accuracy.proposal import proposal
from forecast.config.load import resolve_config

if TYPE_CHECKING:
    from tests.benchmarks.conftest import Left

SEEDS = (0, 1, 2)


def nothing(task: Task) -> Entry | None:
    return None


def cells(text: str, *start: str) -> list[str]:
    """The cells of the one row that starts so."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    (found,) = (row for row in rows if tuple(row[: len(start)]) == start)
    return found


def grid(text: str) -> str:
    """What follows the checks of the harness."""
    return text.partition("Then the network")[2]


def errors(mse: float, mae: float) -> dict[str, Any]:
    return {
        "metrics_standardised": {"mse": mse, "mae": mae},
        "seconds": {"fit": 60.0},
        "fits": [{}],
    }


def test_what_is_not_run_has_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "classic").mkdir()
    (tmp_path / "classic" / "a.csv").touch()
    monkeypatch.setattr(plain, "DATASETS", tmp_path)
    text = page(nothing, SEEDS, tmp_path)
    assert cells(grid(text), "ETTh1", "96", "not run")[3:] == [""] * 11
    assert cells(text, "M3 Yearly", "sMAPE", "not run")[3:] == [""] * 12
    assert cells(text, "`classic/a.csv`")[-2:] == ["not run", ""]
    everywhere = next(idea for idea in IDEAS if not idea.problems)
    assert cells(text, everywhere.name)[2:] == ["not run"] * 3
    assert text.count("Nothing of this is run yet.") == len(SECTIONS)


def test_a_row_of_the_grid_has_mean_spread_and_ratio_of_the_seeds_that_were_run(
    left: Left,
) -> None:
    found = {
        long_horizon.task("ETTh1", 96, seed).commands: errors(mse, 0.4)
        for seed, mse in ((0, 0.340), (2, 0.360))
    }

    def ask(task: Task) -> Entry | None:
        return left(task, found[task.commands]) if task.commands in found else None

    text = long_horizon.section(ask, SEEDS, ensembles=True)
    row = cells(text, "ETTh1", "96", "0 2")
    assert row[3:9] == ["0.350 (0.340 to 0.360)", "0.400", "0.351", "0.997", "0.392", "1.020"]
    assert row[-2:] == ["60", "20"]
    assert "best recurrent MSE in 1 of 1 rows; best recurrent MAE in 0 of 1 rows" in text
    assert cells(grid(text), "ETTh1", "192")[2] == "not run"


def test_an_ensemble_is_a_row_of_its_own_and_no_anchor_is_counted_for_it(left: Left) -> None:
    def ask(task: Task) -> Entry | None:
        together = "training.ensemble=3" in task.steps[0]
        return left(task, errors(0.3, 0.3)) if together else None

    text = long_horizon.section(ask, SEEDS, ensembles=True)
    assert cells(grid(text), "ETTh1", "96", "ensemble of 3")[3] == "0.300"
    assert "`--set training.ensemble=3` behind it" in text
    assert "At or below the anchor, to three decimals: not run." in text
    assert "ensemble of" not in long_horizon.section(nothing, SEEDS, ensembles=True)


def test_the_command_of_a_row_is_in_the_page() -> None:
    text = long_horizon.section(nothing, SEEDS, ensembles=False)
    (command,) = long_horizon.task("exchange", "H", "S").commands
    assert f"    {command}\n" in text
    assert command == (
        "forecast train datasets/ltsf/exchange_rate.csv --config configs/long-horizon.yaml "
        "--target all --horizon H --train-size 0.7 --validation-size 0.1 --test-size 0.2 "
        "--no-final-fit --seed S"
    )


def test_a_harness_that_is_off_ends_the_run_before_any_training(left: Left) -> None:
    asked = list[Task]()

    def ask(task: Task) -> Entry | None:
        asked.append(task)
        return left(task, errors(1.290, 0.713))

    with pytest.raises(long_horizon.HarnessError, match=r"ETTh1 at 96: 1\.2900 where 1\.294"):
        long_horizon.section(ask, SEEDS, ensembles=False)
    assert asked == [long_horizon.naive_task("ETTh1", 96)]


def test_a_right_harness_is_shown_beside_what_is_known(left: Left) -> None:
    known = {
        long_horizon.naive_task(data, horizon).commands: REPEAT_LAST[data][horizon]
        for data in REPEAT_LAST
        for horizon in HORIZONS
    }

    def ask(task: Task) -> Entry | None:
        return left(task, errors(*known[task.commands])) if task.commands in known else None

    text = long_horizon.section(ask, SEEDS, ensembles=False)
    assert cells(text, "exchange", "720", "0.810")[3:] == ["0.81", "0.676", "0.676"]


def scores(smape: float, mase: float) -> dict[str, Any]:
    rule = {"seasonal_naive": {"smape": 13.912, "mase": 1.193}}
    return {"metrics": {"smape": smape, "mase": mase}, "baselines": rule}


def test_owa_is_relative_to_the_naive2_that_was_run_here(left: Left) -> None:
    naive2 = many_series.naive2_task()

    def ask(task: Task) -> Entry | None:
        note = "gru, final fit: the forecast goes 30% of the way from the network to the mean"
        said = scores(20, 2) if task == naive2 else scores(10, 0.8)
        return left(task, {} if task == naive2 else {"notes": ["other", note]}, said)

    text = many_series.section(ask, (0,))
    row = cells(text, "M4 Hourly", "OWA", "0")
    assert row[3:7] == ["0.450", "10.00", "0.800", "30 %"]
    assert row[8] == "1.023"
    assert row[12] == "0.646"  # seasonal naive, by the same reference
    assert cells(text, "M3 Monthly", "sMAPE", "0")[3] == "10.00"
    assert "sMAPE 20.000 and MASE 2.000 here" in text


def test_without_its_reference_there_is_no_owa(left: Left) -> None:
    naive2 = many_series.naive2_task()

    def ask(task: Task) -> Entry | None:
        return None if task == naive2 else left(task, {}, scores(10, 0.8))

    row = cells(many_series.section(ask, (0,)), "M4 Hourly", "OWA", "0")
    assert row[3] == "no reference"
    assert row[4] == "10.00"
    assert row[6] == "none"  # nothing is said of companions


def trained(mase: float | None, naive: float | None) -> dict[str, Any]:
    return {
        "horizon": 12,
        "context_length": 24,
        "metrics": {"mase": mase, "mae": 5.0},
        "baselines": {"seasonal_naive": {"mase": naive, "mae": 4.0}},
        "verdict": "gru beats seasonal naive by 50 %",
    }


def ranked(**errors: float | None) -> dict[str, Any]:
    rows = [{"model": name, "metrics": {"mase": error}} for name, error in errors.items()]
    return {"leaderboard": rows}


CHECKED = {"train": "forecast train a.csv --target y --season-length 12", "findings": []}


@pytest.fixture
def two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "DATASETS", tmp_path)
    (tmp_path / "real").mkdir()
    for name in ("a", "b"):
        (tmp_path / "real" / f"{name}.csv").touch()


@pytest.mark.usefixtures("two_files")
def test_plain_training_takes_the_flags_that_check_proposed_and_is_counted(left: Left) -> None:
    asked = list[str]()

    def ask(task: Task) -> Entry | None:
        asked.extend(task.commands)
        verb, file = task.steps[0][:2]
        if verb == "check":
            return left(task, CHECKED)
        if verb == "train":
            return left(task, trained(*((0.5, 1.0) if "a.csv" in file else (1.005, 1.0))))
        return left(task, ranked(ets=0.8, theta=0.4, seasonal_naive=0.1))

    text = plain.section(ask)
    assert "forecast train datasets/real/a.csv --target y --season-length 12" in asked
    row = cells(text, "`real/a.csv`")
    assert row[2:9] == [
        "`--target y --season-length 12`",
        "MASE",
        "0.500",
        "1.000",
        "0.500",
        "0.400 (theta)",
        "1.250",
    ]
    assert row[9] == "gru beats seasonal naive by 50 %"
    assert "beats seasonal naive in 1 of 2 files; ties in `real/b.csv`." in text
    assert "ETS and Theta in 0 of 2 files; loses in `real/a.csv`, `real/b.csv`." in text


@pytest.mark.usefixtures("two_files")
def test_plain_training_is_by_mae_where_mase_is_undefined_and_a_refusal_is_told(
    left: Left,
) -> None:
    refused = {"train": None, "findings": [{"message": "no numbers"}]}

    def ask(task: Task) -> Entry | None:
        verb, file = task.steps[0][:2]
        if verb == "check":
            return left(task, refused if "a.csv" in file else CHECKED)
        return left(task, trained(None, None)) if verb == "train" else None

    text = plain.section(ask)
    assert cells(text, "`real/a.csv`")[9] == "refused: no numbers"
    assert cells(text, "`real/b.csv`")[3:9] == ["MAE", "5.000", "4.000", "1.250", "not run", ""]


def test_flags_are_those_of_the_line_that_check_printed() -> None:
    assert proposal(CHECKED).flags == ("--target", "y", "--season-length", "12")


def test_an_ablation_compares_a_seed_with_the_same_seed_of_the_recipe(left: Left) -> None:
    idea = Idea("no dropout", ("--set", "model.dropout=0"), (ablation.ETTH1,))
    recipe, without = {"0": 0.40, "1": 0.50}, {"0": 0.42, "1": 0.50}

    def ask(task: Task) -> Entry | None:
        (step, *more) = task.steps
        if more or "336" in step:
            return None
        seed = step[step.index("--seed") + 1]
        found = without if idea.flags[-1] in step else recipe
        return left(task, errors(found[seed], 0.4)) if seed in found else None

    text = ablation.section(ask, SEEDS, (idea,))
    assert cells(text, "the recipe")[2:] == ["0.450 (0.400 to 0.500)", "not run", "not run"]
    row = cells(text, "no dropout")
    assert row[2] == "+2.5 % (+0.0 to +5.0), 2 of 3 seeds"
    assert row[3:] == ["not tried", "not tried"]


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea.name)
def test_every_idea_is_a_change_of_known_keys(idea: Idea) -> None:
    assert set(idea.flags[::2]) == {"--set"}
    assert set(idea.problems) <= set(ablation.PROBLEMS)
    sets = list(idea.flags[1::2])
    found = resolve_config(file=None, environ={}, flags={}, sets=sets)
    assert {value.partition("=")[0] for value in sets} <= set(found.origins)


def test_without_the_data_sets_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "DATASETS", tmp_path / "absent")
    monkeypatch.setattr(program, "PAGE", tmp_path / "accuracy.md")
    assert program.main(["--work", str(tmp_path / "work")]) == 1
    assert "set FORECAST_DATASETS" in capsys.readouterr().out
    assert not (tmp_path / "accuracy.md").exists()
    assert not (tmp_path / "work").exists()


def test_write_runs_nothing_and_writes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "DATASETS", tmp_path)
    monkeypatch.setattr(plain, "DATASETS", tmp_path)
    monkeypatch.setattr(program, "PAGE", tmp_path / "accuracy.md")
    monkeypatch.setattr("benchmarks.accuracy.asking.forecast", None)  # a call would fail
    assert program.main(["--write", "--work", str(tmp_path / "work")]) == 0
    whole = (tmp_path / "accuracy.md").read_text(encoding="utf-8")
    assert whole.startswith("# Accuracy\n")
    other = whole.replace("## Plain", "As it was.\n\n## Plain")  # at the end of many series
    (tmp_path / "accuracy.md").write_text(other, encoding="utf-8")
    assert program.main(["plain", "--write", "--work", str(tmp_path / "work")]) == 0
    assert (tmp_path / "accuracy.md").read_text(encoding="utf-8") == other
    assert program.main(["many-series", "--write", "--work", str(tmp_path / "work")]) == 0
    assert (tmp_path / "accuracy.md").read_text(encoding="utf-8") == whole


def test_an_unknown_section_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.parse(["plane"])
    assert "no section 'plane'" in capsys.readouterr().err
