"""What a run keeps, what its intervals are made of, and what is left of it when it is stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.bundle.load import load_bundle
from forecast.config.schema import Config
from forecast.data.arrays import FloatArray
from forecast.errors import Interrupted
from forecast.training.monitor import EpochRecord, SilentMonitor
from forecast.workflows.compare import compare
from forecast.workflows.predict import predict
from forecast.workflows.results import TrainResult
from forecast.workflows.train import train

ROWS, H = 120, 4
TRAINING: dict[str, object] = {"epochs": 6, "patience": 6, "threads": 1, "device": "cpu"}


class StopsIn(SilentMonitor):
    """Asks to stop once so many epochs of a fit have ended."""

    def __init__(self, fit: str, epochs: int) -> None:
        self.fit, self.epochs = fit, epochs
        self.records: list[EpochRecord] = []

    def end_epoch(self, record: EpochRecord) -> None:
        self.records.append(record)

    def should_stop(self) -> bool:
        return sum(record.fit == self.fit for record in self.records) >= self.epochs


def frame() -> pd.DataFrame:
    """A wave whose size doubles in the middle."""
    rows = np.arange(ROWS)
    y = np.sin(rows / 2) * np.where(rows < ROWS // 2, 1, 2)
    return pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=ROWS, freq="D"), "y": y})


def config(folder: Path, **sections: dict[str, object]) -> Config:
    given = {
        "model": {"horizon": H, "context_length": 8, "hidden_size": 4},
        "training": TRAINING,
        "run": {"output": str(folder / "run")},
    }
    return Config.model_validate({**given, **sections})


def run(folder: Path, monitor: SilentMonitor, **sections: dict[str, object]) -> TrainResult:
    return train(frame(), config(folder, **sections), monitor=monitor)


def weights(folder: Path) -> dict[str, FloatArray]:
    state = load_bundle(folder / "run").forecaster.state()
    return {name: value.numpy() for name, value in state.items()}


@pytest.mark.parametrize(
    ("validation", "rows"),
    [({}, slice(0, ROWS)), ({"test_size": 60}, slice(0, 54)), ({"folds": 0}, slice(0, 108))],
    ids=["final fit", "last fold", "no folds"],
)
def test_intervals_are_scaled_by_the_rows_that_the_kept_model_learnt_from(
    tmp_path: Path, validation: dict[str, object], rows: slice
) -> None:
    run(tmp_path, SilentMonitor(), validation=validation)
    scale = load_bundle(tmp_path / "run").interval_scale
    assert scale == pytest.approx(frame()["y"].to_numpy()[rows].std())


def test_without_refit_one_training_judges_every_fold_and_tells_the_final_fit_its_epochs(
    tmp_path: Path,
) -> None:
    done = run(tmp_path, SilentMonitor(), validation={"refit": "never"})
    every = run(tmp_path / "every", SilentMonitor())
    assert [(fit.fold, fit.folds) for fit in done.fits] == [(0, (0, 1, 2))]
    assert [(fit.fold, fit.folds) for fit in every.fits] == [(0, (0,)), (1, (1,)), (2, (2,))]
    assert [fold.fit for fold in done.folds] == [0, 0, 0]
    assert [fold.cutoff for fold in done.folds] == [fold.cutoff for fold in every.folds]
    assert done.folds[0] == every.folds[0]
    assert {record.fit for record in done.history} == {"gru, fold 1 of 3", "gru, final fit"}
    final = [record for record in done.history if record.fit == "gru, final fit"]
    assert len(final) == done.fits[0].best_epoch
    note = "trained once, for the first of 3 folds: the others are judged by the model before them"
    assert note in list(done.notes)


def test_without_refit_no_later_row_moves_a_forecast(tmp_path: Path) -> None:
    other = frame()
    first = run(tmp_path, SilentMonitor(), validation={"refit": "never", "final_fit": False})
    assert first.evaluation is not None
    cutoff = first.evaluation.folds[0].fold.cutoffs[0]
    other.loc[cutoff + 1 :, "y"] *= 50
    asked = config(tmp_path / "b", validation={"refit": "never", "final_fit": False})
    second = train(other, asked)
    assert second.evaluation is not None
    before, after = (done.evaluation.folds[0] for done in (first, second) if done.evaluation)
    np.testing.assert_array_equal(before.forecasts["gru"][:, 0], after.forecasts["gru"][:, 0])
    for name, value in weights(tmp_path).items():
        np.testing.assert_array_equal(value, weights(tmp_path / "b")[name])
    assert "no final fit: the bundle holds the model of fold 1" in list(first.notes)


def test_only_models_that_may_be_kept_are_forecast_beyond_the_horizon(tmp_path: Path) -> None:
    trained = run(tmp_path, SilentMonitor()).evaluation
    assert trained is not None
    assert set(trained.folds[0].recursive) == {"gru"}
    compared = compare(
        frame(), config(tmp_path, run={"output": str(tmp_path / "c")}), models=("gru", "drift")
    )
    assert set(compared.evaluation.folds[0].recursive) == {"gru", "drift", "seasonal_naive"}


def test_stopped_final_fit_gives_way_to_the_last_fold(tmp_path: Path) -> None:
    stop = StopsIn("gru, final fit", 1)
    with pytest.raises(Interrupted, match="of gru, fold 3 of 3, are kept") as caught:
        run(tmp_path, stop)
    assert "interrupted in gru, final fit, epoch 1" in caught.value.message
    kept = weights(tmp_path)
    whole = tmp_path / "whole"
    run(whole, SilentMonitor(), validation={"final_fit": False})
    assert all((kept[name] == value).all() for name, value in weights(whole).items())


def test_stopped_fold_is_kept_where_it_is_no_worse_than_the_fold_before(tmp_path: Path) -> None:
    with pytest.raises(Interrupted, match="of gru, fold 2 of 3, are kept"):
        run(tmp_path, StopsIn("gru, fold 2 of 3", 5))
    stopped, *others = predict(tmp_path / "run").notes
    assert stopped == (
        "interrupted in gru, fold 2 of 3, epoch 5: the best weights so far, of gru, fold 2 of 3, "
        "are kept"
    )
    assert others == ["no intervals: the model was not judged"]


def test_stopped_fold_gives_way_to_a_better_fold_before_it(tmp_path: Path) -> None:
    # The first epoch of the second fold is all warm-up: it has learnt next to nothing.
    training = {**TRAINING, "epochs": 40, "warmup": 60, "learning_rate": 0.01}
    model = {"horizon": H, "context_length": 8, "hidden_size": 4, "start": "season"}
    with pytest.raises(Interrupted, match="of gru, fold 1 of 3, are kept"):
        run(tmp_path, StopsIn("gru, fold 2 of 3", 1), training=training, model=model)


def test_stopped_fit_without_folds_keeps_its_best_weights(tmp_path: Path) -> None:
    stop = StopsIn("gru, final fit", 3)
    with pytest.raises(Interrupted, match="of gru, final fit, are kept"):
        run(tmp_path, stop, validation={"folds": 0})
    assert "interrupted" in predict(tmp_path / "run").notes[0]


def test_stop_after_the_last_epoch_keeps_the_whole_run(tmp_path: Path) -> None:
    stop = StopsIn("gru, final fit", 6)
    settled = run(tmp_path, SilentMonitor()).history[-1]
    assert settled.fit == "gru, final fit"
    stop.epochs = settled.epoch
    result = run(tmp_path / "again", stop)
    assert result.evaluation is not None
    assert not any("not judged" in note for note in predict(result.run).notes)


def test_stop_before_the_first_epoch_keeps_nothing(tmp_path: Path) -> None:
    with pytest.raises(Interrupted, match="nothing was kept"):
        run(tmp_path, StopsIn("gru", 0), model={"name": "naive", "horizon": H})
    assert list(tmp_path.iterdir()) == []


def test_stopped_run_names_the_command_that_goes_on_with_it(tmp_path: Path) -> None:
    with pytest.raises(Interrupted) as caught:
        run(tmp_path, StopsIn("gru, fold 1 of 3", 1))
    where = tmp_path / "run"
    assert str(caught.value.fix).endswith(f"to go on: forecast train --resume {where}")


def test_stopped_comparison_names_the_command_that_goes_on_with_it(tmp_path: Path) -> None:
    with pytest.raises(Interrupted) as caught:
        compare(frame(), config(tmp_path), models=("rnn",), monitor=StopsIn("rnn, fold 1 of 3", 1))
    where = tmp_path / "run"
    assert str(caught.value.fix).endswith(f"to go on: forecast compare --resume {where}")
