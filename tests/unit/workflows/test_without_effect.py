"""What a user asks for and could change nothing is refused, and how; what is resolved stays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.config.load import resolve_config
from forecast.config.schema import Config
from forecast.errors import ConfigError
from forecast.workflows.reading import read_data
from forecast.workflows.resolving.automatic import Plan, resolve

ROWS, EPOCHS = 120, 3
BASE: dict[str, object] = {
    "model.horizon": 4,
    "model.context_length": 14,
    "model.segment_length": 2,
    "training.epochs": EPOCHS,
}
REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "training.truncate": ({"training.truncate": 50}, "a context is 7 recurrent steps"),
    "training.clip_by": (
        {"training.clip_by": "value", "training.gradient_clip": 0.0},
        "--gradient-clip 0 clips nothing",
    ),
    "model.initial_season": (
        {"model.skip": "none", "model.initial_season": 7},
        "without the linear path",
    ),
    "model.start": ({"model.skip": "none", "model.start": "season"}, "without the linear path"),
    "model.dilation": (
        {"model.num_layers": 2, "model.dilation": (1, 7)},
        "a state 7 steps back is never there: a context is 7 recurrent steps",
    ),
    "model.convolution": ({"model.convolution": 15}, "longer than the context of 14"),
    "model.segment_length": ({"model.segment_length": 15}, "longer than the context of 14"),
    "training.warmup": ({"training.warmup": 5000}, "5,000 steps is not below the 15 of"),
    "model.scaler_scope": (
        {"model.scaler_scope": "global", "model.scaler": "none"},
        "--scaler none scales nothing",
    ),
    "model.series_embedding": ({"model.series_embedding": 3}, "there is 1 series"),
}
PASSED: dict[str, dict[str, object]] = {
    "truncate": {"training.truncate": 6},
    "clip_by": {"training.clip_by": "value", "training.gradient_clip": 0.5},
    "skip": {"model.skip": "none"},
    "skip and the default start": {"model.skip": "none", "model.start": "regression"},
    "every step": {"model.supervision": "every-step"},
    "dilation": {"model.num_layers": 2, "model.dilation": (1, 6)},
    "convolution": {"model.convolution": 14},
    "segment": {"model.segment_length": 14},
    "warm-up": {"training.warmup": 14},
    "a rule": {"model.name": "naive", "training.warmup": 5000},
}


def plan(values: dict[str, object] | Config, *, series: int = 1) -> Plan:
    if isinstance(values, Config):
        config = values
    else:
        config = resolve_config(values={**BASE, **values}).config
    y = np.sin(np.arange(ROWS) / 3)
    stamps = pd.date_range("2024-01-01", periods=ROWS)
    frame = pd.DataFrame({"ds": stamps, **{f"y{n}": y + n for n in range(series)}})
    data = config.data.model_copy(update={"target": tuple(f"y{n}" for n in range(series))})
    config = config.model_copy(update={"data": data})
    return resolve(read_data(frame, config.data), config)


@pytest.mark.parametrize("key", REFUSED)
def test_p8_option_that_would_change_nothing_is_refused(key: str) -> None:
    values, words = REFUSED[key]
    with pytest.raises(ConfigError, match=words) as refused:
        plan(values)
    assert refused.value.location == key
    assert refused.value.fix


def test_one_scale_for_all_needs_several_series() -> None:
    shared: dict[str, object] = {"model.scaler_scope": "global", "model.series_embedding": 2}
    with pytest.raises(ConfigError, match="1 series, which shares its scale with no other"):
        plan(shared)
    assert plan(shared, series=2).config.model.scaler_scope == "global"


@pytest.mark.parametrize("name", PASSED)
def test_option_that_changes_something_passes_and_is_resolved_for_good(name: str) -> None:
    once = plan(PASSED[name]).config
    assert plan(once).config == once
