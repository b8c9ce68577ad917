"""Automatic values: of the rows that a fold may learn from, said where rows are few, settled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.config.schema import Config
from forecast.data.arrays import FloatArray
from forecast.data.panel import Span
from forecast.data.windows import training_windows
from forecast.errors import ConfigError
from forecast.workflows.reading import read_data
from forecast.workflows.resolving.amounts import count_windows, on_this_machine
from forecast.workflows.resolving.automatic import Plan, resolve


def plan_of(y: FloatArray, *, step: str = "h", **sections: dict[str, object]) -> Plan:
    """What is decided for a file of one series or, with two dimensions, of several."""
    config = Config.model_validate(sections)
    series = np.atleast_2d(y)
    ds = pd.date_range("2024-01-01", periods=series.shape[1], freq=step)
    parts = [
        pd.DataFrame({"unique_id": f"s{index}", "ds": ds, "y": values})
        for index, values in enumerate(series)
    ]
    return resolve(read_data(pd.concat(parts), config.data), config)


def hourly(rows: int) -> FloatArray:
    noise = np.random.default_rng(0).normal(size=rows)
    values: FloatArray = 10 * np.sin(2 * np.pi * np.arange(rows) / 24) + noise
    return values


def test_rolling_window_decides_like_a_file_that_is_no_longer() -> None:
    validation = {"window": "rolling", "max_train_size": 400}
    rolling = plan_of(hourly(20_000), validation=validation).config
    whole = plan_of(hourly(20_000)).config
    assert whole.model.context_length == 168
    assert rolling.model.context_length == 72  # a quarter of 360 training rows, in whole seasons
    assert rolling.training.batch_size == 16 < int(whole.training.batch_size)
    # 288 windows make 18 steps, and 83 epochs of them 1,494.
    assert rolling.training.epochs == 83 > int(whole.training.epochs)
    assert rolling.training.warmup == 83 * 18 // 20


def test_rolling_window_too_short_for_the_season_shortens_the_horizon() -> None:
    plan = plan_of(hourly(2_000), validation={"window": "rolling", "max_train_size": 40})
    assert plan.config.model.horizon == 10
    words = "forecasts 10 steps ahead instead of 24, which is too far for a training window of 40"
    assert any(note.startswith(words) for note in plan.notes)


def test_linear_model_has_no_other_path_than_its_own() -> None:
    with pytest.raises(ConfigError, match="skip mixture is none of it") as caught:
        plan_of(hourly(500), model={"name": "linear", "skip": "mixture"})
    assert caught.value.location == "model.skip"
    assert plan_of(hourly(500), model={"name": "linear"}).config.model.skip == "linear"


def test_explicit_sizes_shorten_an_automatic_horizon() -> None:
    plan = plan_of(hourly(2_000), validation={"train_size": 500, "test_size": 17})
    assert plan.config.model.horizon == 17
    assert any("instead of 24, which is too far for 17 test rows" in note for note in plan.notes)


def test_most_steps_cap_epochs_warm_up_and_patience() -> None:
    free = plan_of(hourly(5_000)).config.training
    capped = plan_of(hourly(5_000), training={"max_steps": 100}).config.training
    assert int(free.warmup) > 60
    assert capped.warmup == 5
    assert capped.epochs == 1 < int(free.epochs)
    given = plan_of(hourly(5_000), training={"max_steps": 100, "epochs": 50}).config.training
    assert (given.epochs, given.warmup) == (50, 5)


def test_folds_zero_decide_on_the_rows_before_the_validation_tail() -> None:
    config = plan_of(hourly(400), validation={"folds": 0}).config
    assert config.model.context_length == 72  # a quarter of 360 rows
    assert (config.validation.folds, config.validation.final_fit) == (0, True)


def test_series_that_begin_late_count_with_the_rows_they_have() -> None:
    late = np.tile(hourly(2_000), (50, 1))
    late[1:, :1_950] = np.nan
    alone, beside = plan_of(hourly(2_000)).config, plan_of(late).config
    assert beside.training == alone.training  # none of the others has a row before the first cutoff


def test_windows_are_counted_as_they_are_made() -> None:
    rng = np.random.default_rng(0)
    series = np.where(rng.random((20, 100)) < 0.7, np.nan, rng.normal(size=(20, 100)))
    series[3], series[4, 5:] = np.nan, np.nan
    ds = pd.date_range("2024-01-01", periods=100, freq="D")
    frames = [
        pd.DataFrame({"unique_id": f"s{index}", "ds": ds, "y": values})[index:]
        for index, values in enumerate(series)
    ]
    config = Config()
    panel = read_data(pd.concat(frames), config.data).panel
    for span in (Span(0, 80, 90), Span(30, 80, 90), Span(30, 45, 45)):
        for length in (1, 10, 60):
            seen = panel.slice(span.start, span.stop)
            stop = span.train_stop - span.start
            made = training_windows(seen, seen.values, context_length=length, stop=stop)
            assert count_windows(panel, span, context_length=length) == len(made)


def test_short_context_and_horizon_are_said_with_their_numbers() -> None:
    plan = plan_of(hourly(60))
    assert plan.notes[1].startswith(
        "forecasts 7 steps ahead instead of 24, which is too far for 60"
    )
    rows = plan.schedule.folds[0].span.train_stop
    context = plan.config.model.context_length
    assert plan.notes[2] == (
        f"reads the last {context} values at a time, less than a season of 24: the {rows} "
        "training rows hold no more"
    )
    assert not any(
        "instead of" in note or "less than" in note for note in plan_of(hourly(9_000)).notes
    )


def test_short_validation_tail_is_said_with_its_numbers() -> None:
    model: dict[str, object] = {"horizon": 2, "context_length": 330}
    words = "validation tail of {} rows instead of {}"
    plan = plan_of(hourly(400), model=model)
    span = plan.schedule.folds[0].span
    assert span.stop - span.train_stop < span.stop // 10
    said = words.format(span.stop - span.train_stop, span.stop // 10)
    assert any(said in note for note in plan.notes)
    alone = plan_of(hourly(400), model={**model, "context_length": 370}, validation={"folds": 0})
    assert any(words.format(28, 40) in note for note in alone.notes)


def test_constant_series_are_named_up_to_three() -> None:
    one = plan_of(np.stack([hourly(300), np.full(300, 0.1)])).notes[-1]
    assert one == "series 's1' is constant: forecast as the constant"
    flat = np.arange(5.0)[:, None] * np.ones(300)
    flat[2, 40:60] = np.nan
    many = plan_of(np.vstack([hourly(300), flat])).notes[-1]
    assert many.startswith("series 's1', 's2', 's3' and 2 more are constant")
    assert not any("constant" in note for note in plan_of(hourly(300)).notes)


@pytest.mark.parametrize("rows", [60, 61, 75, 90, 133, 200, 400, 1_111, 5_000, 9_000])
@pytest.mark.parametrize(
    "validation",
    [
        {},
        {"folds": 0},
        {"folds": 2, "gap": 3},
        {"window": "rolling", "max_train_size": 50},
        {"test_size": 0.2},
        {"train_size": 0.6, "test_size": 0.2},
    ],
    ids=str,
)
def test_what_was_decided_decides_the_same_again(rows: int, validation: dict[str, object]) -> None:
    first = plan_of(hourly(rows), validation=validation)
    again = plan_of(hourly(rows), **first.config.model_dump(exclude={"run"}))
    assert again.config == first.config
    assert [(fold.span, fold.cutoffs) for fold in again.schedule.folds] == [
        (fold.span, fold.cutoffs) for fold in first.schedule.folds
    ]
    settled, _ = on_this_machine(first.config)
    values = settled.model_dump(include={"model", "training", "validation"})
    assert "auto" not in {value for section in values.values() for value in section.values()}


@pytest.mark.parametrize("rows", [3_000, 9_000, 20_000, 50_000])
def test_cutoffs_are_at_most_64_and_fall_on_most_hours_of_the_day(rows: int) -> None:
    for fold in plan_of(hourly(rows)).schedule.folds:
        assert 25 <= len(fold.cutoffs) <= 64
        assert len({cutoff % 24 for cutoff in fold.cutoffs}) >= 12


def rare(rows: int, zeros: float) -> FloatArray:
    rng = np.random.default_rng(0)
    return np.where(rng.random(rows) < zeros, 0.0, 1.0 + rng.poisson(3, rows))


def test_rare_demand_is_forecast_as_its_mean_and_that_is_said() -> None:
    plan = plan_of(rare(600, 0.6), step="D")
    assert plan.config.model.loss == "mse"
    assert any(
        note.endswith("are 0: forecasts are means (loss mse), not medians") for note in plan.notes
    )


@pytest.mark.parametrize(
    ("zeros", "model", "loss"),
    [
        (0.2, {}, "mae"),
        (0.6, {"loss": "mae"}, "mae"),
        (0.6, {"loss": "mse"}, "mse"),
        (0.6, {"head": "quantile"}, "pinball"),
        (0.6, {"head": "negative-binomial"}, "nll"),
    ],
)
def test_other_losses_are_those_asked_for_or_of_the_head(
    zeros: float, model: dict[str, object], loss: str
) -> None:
    plan = plan_of(rare(600, zeros), step="D", model=model)
    assert plan.config.model.loss == loss
    assert not any("loss mse" in note for note in plan.notes)


def test_what_is_resolved_comes_out_unchanged_when_it_is_given_again() -> None:
    first = plan_of(rare(600, 0.6), step="D").config
    model = first.model.model_dump()
    again = plan_of(rare(600, 0.6), step="D", model=model).config
    assert again.model == first.model


@pytest.mark.parametrize(("skip", "season"), [("linear", 1), ("mixture", 24)])
def test_paths_of_a_mixture_begin_by_the_season_whatever_repeats_best(
    skip: str, season: int
) -> None:
    walk = np.random.default_rng(0).normal(size=600).cumsum()  # its last value repeats best
    model = plan_of(walk, model={"skip": skip}).config.model
    assert model.initial_season == season


@pytest.mark.parametrize(("rows", "share"), [(200, "50%"), (900, "53%"), (5_000, None)])
def test_share_of_what_few_rows_teach_is_said(rows: int, share: str | None) -> None:
    plan = plan_of(hourly(rows))
    windows = plan.schedule.folds[0].span.train_stop - int(plan.config.model.context_length)
    said = [note for note in plan.understood if note.startswith("believes")]
    words = f"believes {share} of what {windows} training windows teach"
    assert said == ([] if share is None else [words])


def test_rule_learns_from_no_windows() -> None:
    notes = plan_of(hourly(200), model={"name": "ets"}).notes
    assert not any("training windows" in note for note in notes)


@pytest.mark.parametrize(
    ("rows", "context", "segment", "hidden"),
    [(16_000, 720, 48, 256), (6_000, 720, 48, 64), (700, 120, 8, 64)],
)
def test_long_context_its_segments_and_width_follow_from_the_rows(
    rows: int, context: int, segment: int, hidden: int
) -> None:
    plan = plan_of(hourly(rows), model={"context_length": "long"})
    model = plan.config.model
    assert (model.context_length, model.segment_length, model.hidden_size) == (
        context,
        segment,
        hidden,
    )
    told = f"a recurrent step reads {segment} values; {hidden} units"
    assert told in plan.understood
    batch = plan.config.training.batch_size
    assert any(note.startswith(f"batches of {batch} of ") for note in plan.understood)


def test_sizes_that_are_given_stay_beside_a_long_context() -> None:
    asked = {"context_length": "long", "segment_length": 24, "hidden_size": 16}
    model = plan_of(hourly(6_000), model=asked).config.model
    assert (model.context_length, model.segment_length, model.hidden_size) == (720, 24, 16)


@pytest.mark.parametrize(("name", "steps"), [("lstm", True), ("linear", False), ("tcn", False)])
def test_steps_of_a_long_context_are_told_of_what_reads_in_steps(name: str, steps: bool) -> None:
    plan = plan_of(hourly(6_000), model={"name": name, "context_length": "long"})
    assert plan.config.model.context_length == 720
    assert any("recurrent step reads" in note for note in plan.understood) == steps


@pytest.mark.parametrize(
    ("context", "networks", "kind"), [(24, 2, "varied"), (7, 2, "last"), (24, 1, "last")]
)
def test_windows_are_seen_in_several_ways_where_there_are_networks_and_values_for_it(
    context: int, networks: int, kind: str
) -> None:
    plan = plan_of(
        hourly(300),
        model={"window_normalisation": "varied", "context_length": context},
        training={"ensemble": networks},
    )
    assert plan.config.model.window_normalisation == kind
    said = [note for note in plan.notes if "relative to their last value" in note]
    assert len(said) == (kind == "last")


def test_every_network_of_an_ensemble_is_checked_before_one_is_trained() -> None:
    with pytest.raises(ConfigError, match="of windows varied, network 2: normalised by 'standard'"):
        plan_of(
            hourly(300),
            model={"window_normalisation": "varied", "supervision": "every-step"},
            training={"ensemble": 2},
        )
