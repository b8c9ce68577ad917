"""Networks with several seeds, under several settings and within a budget, and what is left."""

from __future__ import annotations

import csv
import json
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecast.errors import ConfigError, ForecastError, Interrupted, UsageError
from forecast.models.statistical import StatisticalForecaster
from forecast.training.monitor import EpochRecord, SilentMonitor
from forecast.workflows.compare import compare, plan_comparison
from forecast.workflows.comparing.leaderboard import entries_of
from forecast.workflows.results import CompareResult

if TYPE_CHECKING:
    from forecast.data.panel import Panel, Span
    from forecast.models.forecaster import FitContext

CONFIG: dict[str, object] = {
    "model.horizon": 2,
    "model.context_length": 6,
    "model.hidden_size": 3,
    "model.skip": "none",  # without the linear path seeds differ
    "validation.folds": 2,
    "training.epochs": 4,
    "training.threads": 1,
    "training.device": "cpu",
}
VARY: dict[str, list[object]] = {"context_length": [4, 6], "learning_rate": [0.05]}
SAME = ("bundle.safetensors", "metrics.csv", "forecasts.csv", "history.jsonl", "config.yaml")


def frame(rows: int = 80) -> pd.DataFrame:
    noise = np.random.default_rng(0).normal(0, 0.1, rows)
    y = np.sin(np.arange(rows) / 2) + noise
    return pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=rows), "y": y})


def asked(run: Path, **more: object) -> dict[str, object]:
    return {**CONFIG, "run.output": str(run), **more}


class Hasty(SilentMonitor):
    """Asks to stop in the middle of a fit, after so many epochs."""

    def __init__(self, epochs: int) -> None:
        self.left = epochs

    def end_epoch(self, record: EpochRecord) -> None:  # noqa: ARG002
        self.left -= 1

    def should_stop(self) -> bool:
        return self.left <= 0


class Listener(SilentMonitor):
    """Hears which fits begin; asks to stop once so many have ended."""

    def __init__(self, fits: int | None = None) -> None:
        self.begun: list[str] = []
        self.heard: set[str] = set()
        self.ended = 0
        self.fits = fits

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:  # noqa: ARG002
        self.begun.append(fit)

    def end_epoch(self, record: EpochRecord) -> None:
        self.heard.add(record.fit)

    def end_fit(self, fit: str) -> None:  # noqa: ARG002
        self.ended += 1

    def should_stop(self) -> bool:
        return self.fits is not None and self.ended >= self.fits


def columns(run: Path) -> list[str]:
    with (run / "forecasts.csv").open(encoding="utf-8") as lines:
        return next(csv.reader(lines))


def without(document: dict[str, object]) -> str:
    """The document but for times and places."""
    kept = {key: each for key, each in document.items() if key not in ("seconds", "run", "bundle")}
    board = kept["leaderboard"]
    assert isinstance(board, list)
    kept["leaderboard"] = [{**row, "seconds": None, "peak_memory": None} for row in board]
    return json.dumps(kept)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> CompareResult:
    """A comparison of two seeds and two settings that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    given = asked(folder / "run")
    return compare(frame(), given, models=["theta", "gru", "naive"], seeds=2, vary=VARY)


def test_each_setting_is_a_row_and_each_seed_a_column(whole: CompareResult) -> None:
    rows = {row.model: row for row in whole.leaderboard}
    short, long = (f"gru context_length={size} learning_rate=0.05" for size in (4, 6))
    assert set(rows) == {"theta", short, long, "naive", "seasonal_naive", "top 3"}
    entries = [f"{name} seed={seed}" for name in (short, long) for seed in (0, 1)]
    assert columns(whole.run)[4:9] == ["theta", *entries]
    assert whole.evaluation.models == ("theta", *entries, "naive", "seasonal_naive")
    assert rows[short].settings == {"model.context_length": 4, "training.learning_rate": 0.05}
    assert (rows[short].seeds, rows["naive"].seeds) == ((0, 1), ())
    document = rows[long].document()
    assert (document["seeds"], rows["naive"].document()["spread"]) == ([0, 1], None)


def test_row_has_mean_and_spread_of_its_seeds_which_differ(whole: CompareResult) -> None:
    row = next(row for row in whole.leaderboard if row.seeds)
    found = [
        whole.evaluation.scores(name).metrics["mae"] for name in entries_of(row.model, row.seeds)
    ]
    scores = [score for score in found if score is not None]
    assert len(set(scores)) == 2
    assert row.spread is not None
    assert row.metrics["mae"] == pytest.approx(statistics.fmean(scores))
    assert row.spread["mae"] == pytest.approx(statistics.stdev(scores))


def test_each_seed_scores_as_a_comparison_with_that_seed_alone(
    whole: CompareResult, tmp_path: Path
) -> None:
    settings = {"model.context_length": 4, "training.learning_rate": 0.05}
    alone = compare(
        frame(), asked(tmp_path / "run", **settings, **{"training.seed": 1}), models=["gru"]
    )
    name = "gru context_length=4 learning_rate=0.05 seed=1"
    assert alone.evaluation.scores("gru").metrics == whole.evaluation.scores(name).metrics
    assert columns(alone.run)[4:6] == ["gru", "seasonal_naive"]  # a plain comparison: plain names


def test_model_that_is_kept_is_the_best_with_the_seed_of_the_run(tmp_path: Path) -> None:
    given = asked(tmp_path / "run", **{"training.seed": 5})
    done = compare(frame(), given, models=["gru"], seeds=2, vary={"hidden_size": [2, 3]})
    best = done.leaderboard[0]
    assert best.seeds == (5, 6)
    assert done.config.model.name == "gru"
    assert done.config.model.hidden_size == best.settings["model.hidden_size"]
    fits = [record.fit for record in done.history]
    assert fits[-1] == f"{best.model} seed=5, final fit"
    assert any("the model that is kept has seed 5" in note for note in done.notes)


def test_setting_with_other_folds_is_refused_by_name(tmp_path: Path) -> None:
    vary = {"context_length": [4, 70]}
    with pytest.raises(ConfigError) as caught:
        compare(frame(), asked(tmp_path / "run"), models=["gru"], vary=vary)
    assert caught.value.message.startswith("the folds of context_length=70 are not those of")
    assert "leave out context_length=70" in str(caught.value.fix)
    assert not (tmp_path / "run").exists()


def test_setting_that_makes_no_network_is_refused_before_anything_is_trained(
    tmp_path: Path,
) -> None:
    listener = Listener()
    with pytest.raises(ConfigError, match="has no cell state") as caught:
        compare(
            frame(),
            asked(tmp_path / "run"),
            models=["lstm", "gru"],
            vary={"peephole": [False, True]},
            monitor=listener,
        )
    assert str(caught.value.location).startswith("--vary peephole=true: ")
    assert listener.begun == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"seeds": 0}, "seeds is 0"),
        ({"seeds": 1.5}, "seeds is 1.5"),
        ({"budget": "soon"}, "budget is 'soon'"),
        ({"budget": "0s"}, "budget is '0s'"),
        ({"models": ["naive"], "seeds": 2}, "--seeds concerns networks, and none is among"),
        ({"models": ["naive"], "vary": VARY, "budget": 9}, "--vary and --budget concern networks"),
        ({"vary": {"hidden_size": 8}}, "must be a list of values"),
    ],
)
def test_what_makes_no_comparison_is_refused(
    tmp_path: Path, given: dict[str, object], words: str
) -> None:
    with pytest.raises(ForecastError) as caught:
        compare(frame(), asked(tmp_path / "run"), **given)  # type: ignore[arg-type]
    assert words in caught.value.message
    assert caught.value.fix


def test_budget_ends_each_fit_and_says_so(tmp_path: Path) -> None:
    done = compare(
        frame(),
        asked(tmp_path / "run", **{"training.epochs": 50, "validation.final_fit": True}),
        models=["gru"],
        seeds=2,
        budget=1e-9,
    )
    reports = [fit for fold in done.evaluation.folds for fit in fold.fits.values()]
    fits = [report for report in reports if report is not None]
    assert [(fit.epochs_run, fit.stopped) for fit in fits] == [(1, "max time")] * 4
    (note,) = [note for note in done.notes if "budget" in note]
    assert " of 5 fits were ended by the budget of 1e-09 seconds, 2e-10 for each" in note
    assert "depends on the speed of the machine" in note


def test_dry_run_counts_the_trainings(tmp_path: Path) -> None:
    planned = plan_comparison(
        frame(), asked(tmp_path / "run"), models=["gru", "naive"], seeds=3, vary=VARY
    )
    assert planned.trainings == 12
    assert planned.factors == {"network": 1, "setting": 2, "seed": 3, "fold": 2}


def test_order_of_the_models_changes_none_of_them(tmp_path: Path) -> None:
    sizes = {"model.segment_length": 2, "model.context_length": 8}
    first, other = (
        compare(frame(), asked(tmp_path / models[0], **sizes), models=models).leaderboard
        for models in (["gru", "linear"], ["linear", "gru"])
    )
    assert {row.model: row.metrics for row in first} == {row.model: row.metrics for row in other}


def test_comparison_that_goes_on_runs_only_what_is_missing(
    whole: CompareResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits: list[str] = []
    fit = StatisticalForecaster.fit

    def counted(
        self: StatisticalForecaster, panel: Panel, *, span: Span, context: FitContext
    ) -> StatisticalForecaster:
        fits.append(context.name)
        return fit(self, panel, span=span, context=context)

    monkeypatch.setattr(StatisticalForecaster, "fit", counted)
    run, models = tmp_path / "run", ["theta", "gru", "naive"]
    first, then = Listener(fits=5), Listener()
    with pytest.raises(Interrupted):
        compare(frame(), asked(run), models=models, seeds=2, vary=VARY, monitor=first)
    assert len(first.begun) == 5
    assert fits == ["theta, fold 1 of 2", "theta, fold 2 of 2"]
    with pytest.raises(UsageError, match="resume takes the seeds of the run"):
        compare(frame(), seeds=2, resume=run)
    done = compare(frame(), resume=run, monitor=then)
    assert fits == ["theta, fold 1 of 2", "theta, fold 2 of 2"]
    assert not set(first.begun) & set(then.begun)
    assert then.heard == set(then.begun)
    history = {record.fit for record in whole.history}
    assert {*first.begun, *then.begun} == history
    for name in SAME:
        assert (run / name).read_bytes() == (whole.run / name).read_bytes(), name
    assert without(done.document()) == without(whole.document())
    assert {path.name for path in run.iterdir()} == {path.name for path in whole.run.iterdir()}


def test_rule_of_a_comparison_that_goes_on_is_kept_without_a_final_fit(tmp_path: Path) -> None:
    given = {"validation.final_fit": False, "training.learning_rate": 1e-9}
    models = ["theta", "naive", "gru"]
    plain = compare(frame(), asked(tmp_path / "plain", **given), models=models)
    assert plain.config.model.name not in ("gru", "lstm")
    with pytest.raises(Interrupted):
        compare(frame(), asked(tmp_path / "run", **given), models=models, monitor=Listener(fits=2))
    done = compare(frame(), resume=tmp_path / "run")
    assert done.bundle.read_bytes() == plain.bundle.read_bytes()


def test_any_number_of_jobs_gives_the_same_bytes_with_seeds_and_settings(
    whole: CompareResult, tmp_path: Path
) -> None:
    given = asked(tmp_path / "run", **{"run.jobs": 2})
    compare(frame(), given, models=["theta", "gru", "naive"], seeds=2, vary=VARY)
    for name in SAME[:-1]:
        assert (tmp_path / "run" / name).read_bytes() == (whole.run / name).read_bytes(), name


def test_fit_that_was_cut_off_is_not_what_a_comparison_goes_on_with(
    whole: CompareResult, tmp_path: Path
) -> None:
    run, models = tmp_path / "run", ["theta", "gru", "naive"]
    with pytest.raises(Interrupted):
        compare(frame(), asked(run), models=models, seeds=2, vary=VARY, monitor=Hasty(5))
    compare(frame(), resume=run)
    for name in SAME:
        assert (run / name).read_bytes() == (whole.run / name).read_bytes(), name


@pytest.mark.parametrize("other", [{"training.max_time": 9.0}, {}])
def test_two_times_for_each_fit_are_refused(tmp_path: Path, other: dict[str, object]) -> None:
    vary = None if other else {"max_time": [1, 9]}
    with pytest.raises(UsageError, match="--budget sets the time of each fit"):
        compare(frame(), asked(tmp_path / "run", **other), models=["gru"], vary=vary, budget="9")


def test_setting_without_intervals_of_its_head_is_refused_before_anything_is_trained(
    tmp_path: Path,
) -> None:
    given = asked(tmp_path / "run", **{"validation.intervals": "head", "model.head": "gaussian"})
    with pytest.raises(ConfigError, match="no intervals of its own head") as caught:
        compare(frame(), given, models=["gru"], vary={"head": ["student-t", "point"]})
    assert "head=point" in str(caught.value.location)
    assert "--head" not in str(caught.value.fix)  # it is varied
    assert not (tmp_path / "run").exists()
