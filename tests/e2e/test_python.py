"""The verbs as functions: natural calls work, and what is wrong is refused by a named error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import forecast
from forecast.errors import ConfigError, DataError, ForecastError, InputNotFoundError, UsageError

QUICK = {"model.name": "drift", "model.horizon": 3, "validation.folds": 1}
FRAME = pd.DataFrame(
    {"ds": pd.date_range("2024-01-01", periods=90), "y": np.sin(np.arange(90.0)) + 9}
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "run"
    return forecast.train(FRAME, {**QUICK, "run.output": folder}).run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "data",
    [FRAME, FRAME.set_index("ds"), FRAME.set_index("ds")["y"], FRAME["y"].rename(None)],
    ids=["frame", "frame by time", "series by time", "series"],
)
def test_frames_and_series_are_trained_on_and_forecast(data: Any) -> None:
    result = forecast.train(data, QUICK)
    steps: Any = np.int64(2)
    frame = forecast.predict(result.run, horizon=steps, levels=50).frame
    assert list(frame.columns[2:]) == ["drift", "drift-lo-50", "drift-hi-50"]
    assert len(frame) == 2


@pytest.mark.parametrize("data", [FRAME, FRAME.set_index("ds")["y"]], ids=["frame", "series"])
def test_frames_and_series_are_checked_and_audited(data: Any) -> None:
    checked = forecast.check(data, {"model.horizon": 5})
    assert checked.settings == {"model.horizon": 5}
    assert forecast.audit(data, QUICK).words == "0 of 1 fold reacts to the future"


def test_configuration_may_be_keys_sections_or_an_object() -> None:
    ways: list[Any] = [
        {"model.horizon": np.int64(3), "run.output": Path("x")},
        {"model": {"horizon": 3}, "run": {"output": "x"}},
        forecast.Config.model_validate({"model": {"horizon": 3}, "run": {"output": "x"}}),
    ]
    assert {forecast.configure(way) for way in ways[:2]} == {ways[2]}
    result = forecast.train(FRAME, {**ways[0], "model.name": "naive"})
    assert (result.run, result.config.model.horizon) == (Path("x"), 3)
    again = forecast.configure({"model.name": "drift"}, file=result.run / "config.yaml")
    assert (again.model.name, again.model.horizon) == ("drift", 3)


@pytest.mark.parametrize("cutoff", [pd.Timestamp("2024-03-28"), date(2024, 3, 28)])
def test_cutoff_may_be_a_date(run: Path, cutoff: Any) -> None:
    assert forecast.predict(run, cutoff=cutoff).frame["ds"].iloc[0] == pd.Timestamp("2024-03-29")


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (3, UsageError, "the data are 3"),
        (None, UsageError, "the data are None"),
        (b"ds,y", UsageError, "must be a path"),
        (np.arange(9.0), UsageError, "numpy.ndarray"),
        ({"y": [1.0]}, UsageError, "pandas.DataFrame"),
        ([FRAME, FRAME], UsageError, "list of paths"),
        ([1, 2], UsageError, "list of paths"),
        ([], UsageError, "no file is named"),
        ("nope.csv", InputNotFoundError, "nope.csv"),
        (FRAME.iloc[:0], DataError, "empty"),
        (pd.DataFrame(), DataError, "empty"),
    ],
    ids=lambda value: value.__class__.__name__,
)
@pytest.mark.parametrize("verb", [forecast.train, forecast.compare])
def test_data_that_cannot_be_read_are_refused(
    verb: Callable[..., object], data: Any, kind: type[ForecastError], words: str
) -> None:
    with pytest.raises(kind) as caught:
        verb(data, QUICK)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"model.name": "prophet"}, "must be gru, lstm"),
        ({"model.horizn": 3}, "did you mean 'model.horizon'"),
        ({"model.horizon": 0}, "for example {'model.horizon': "),
        ({"model.horizon": "24"}, "model.horizon is '24'"),
        ({"model": 3}, "unknown key 'model'"),
        ({3: 4}, "unknown key '3'"),
        ({"validation": {"window": "rolling"}}, "max_train_size"),
        (3, "must be a forecast.Config or a mapping"),
        ("run.yaml", "forecast.configure(file=...)"),
    ],
    ids=str,
)
@pytest.mark.parametrize("verb", [forecast.train, forecast.compare])
def test_configuration_that_is_wrong_is_refused(
    verb: Callable[..., object], config: Any, words: str
) -> None:
    with pytest.raises((ConfigError, UsageError)) as caught:
        verb(FRAME, config)
    assert words in str(caught.value)
    assert caught.value.location
    assert caught.value.fix


@pytest.mark.parametrize("models", [["prophet"], "prophet", [1], [["gru"]], [], 3], ids=str)
def test_models_that_there_are_not_are_refused(models: Any) -> None:
    with pytest.raises(UsageError, match="model"):
        forecast.compare(FRAME, QUICK, models=models)


def test_one_model_is_compared_with_seasonal_naive() -> None:
    board = forecast.compare(FRAME, QUICK, models="drift").leaderboard
    assert {row.model for row in board} == {"drift", "seasonal_naive"}


@pytest.mark.parametrize(
    "asked",
    [
        {"horizon": "3"},
        {"horizon": 2.5},
        {"horizon": True},
        {"horizon": 0},
        {"levels": [0]},
        {"levels": 100},
        {"levels": ["80"]},
        {"levels": "80"},
        {"levels": [80, 80.0]},
        {"levels": [float("nan")]},
        {"names": "own"},
        {"cutoff": "yesterday"},
        {"cutoff": 2.5},
        {"data": 3},
        {"data": FRAME.iloc[:0]},
    ],
    ids=str,
)
def test_forecast_that_cannot_be_made_is_refused(run: Path, asked: dict[str, Any]) -> None:
    with pytest.raises((UsageError, DataError)):
        forecast.predict(run, **asked)


@pytest.mark.parametrize("bundle", [3, None, FRAME, b"run"], ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("verb", [forecast.predict, forecast.inspect])
def test_bundle_that_is_no_path_is_refused(verb: Callable[..., object], bundle: Any) -> None:
    with pytest.raises(UsageError, match="must be a path"):
        verb(bundle)


NETWORK = {"model.horizon": 3, "validation.folds": 1, "training.max_steps": 5, "model.dropout": 0.2}


def bundle_of(name: str) -> bytes:
    done = forecast.train(FRAME, {**NETWORK, "run.output": name})
    forecast.predict(done.run)
    return done.bundle.read_bytes()


def test_trainings_in_several_threads_give_what_each_gives_alone() -> None:
    alone = bundle_of("alone")
    state = torch.get_rng_state()
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(bundle_of, ["a", "b", "c"]))
    assert together == [alone] * 3
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    "call",
    [
        lambda: forecast.compare(FRAME, QUICK, models=["naive"], vary=5),  # type: ignore[arg-type]
        lambda: forecast.compare(FRAME, QUICK, models=["naive"], vary=[1]),  # type: ignore[list-item]
        lambda: forecast.side_by_side("runs"),
        lambda: forecast.predict_chances("run", None),  # type: ignore[arg-type]
        lambda: forecast.predict("run", levels=True),
        lambda: forecast.train(FRAME.assign(y=1j * FRAME["y"]), QUICK),
        lambda: forecast.evaluate_forecasts(FRAME.assign(unique_id="y", drift=1.0)[:0], FRAME),
    ],
    ids=["vary", "words of vary", "runs", "chances", "levels", "complex", "no forecasts"],
)
def test_arguments_of_another_kind_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ForecastError) as caught:
        call()
    assert caught.value.fix


def test_results_are_shown_in_a_few_lines() -> None:
    trained = forecast.train(FRAME, QUICK)
    shown = [
        trained,
        forecast.compare(FRAME, QUICK, models=["naive"]),
        forecast.check(FRAME),
        forecast.evaluate(trained.run, FRAME, seen_rows=True),
    ]
    assert max(len(repr(result)) for result in shown) < 2500


@contextmanager
def doubles() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("setting", [torch.no_grad, torch.inference_mode, doubles])
def test_what_the_caller_has_set_for_torch_changes_no_byte(
    setting: Callable[[], AbstractContextManager[object]],
) -> None:
    plain = bundle_of("plain")
    with setting():
        dtype = torch.get_default_dtype()
        assert bundle_of("set") == plain
        assert torch.get_default_dtype() == dtype
