"""Every flag reaches the key it names."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from forecast.cli.options import FLAGS
from forecast.config.fields import fields
from forecast.config.load import flag_name

if TYPE_CHECKING:
    from tests.cli.conftest import Verbs

GIVEN: dict[str, tuple[list[str], object]] = {
    "data.target": (["a,b", "2020"], ("a,b", "2020")),
    "data.time": (["dteday", "hr"], ("dteday", "hr")),
    "data.id": (["store"], ("store",)),
    "data.freq": (["MS"], "MS"),
    "data.season_length": (["7"], 7),
    "data.layout": (["rows"], "rows"),
    "data.fill": (["seasonal"], "seasonal"),
    "data.transform": (["box-cox"], "box-cox"),
    "data.non_negative": ([], True),
    "data.max_gap": (["14"], 14),
    "data.duplicates": (["sum"], "sum"),
    "data.resample": (["D"], "D"),
    "data.aggregate": (["last"], "last"),
    "data.calendar": (["observed"], "observed"),
    "data.past_covariates": (["wind", "rain"], ("wind", "rain")),
    "data.future_covariates": (["price"], ("price",)),
    "data.static_covariates": (["region"], ("region",)),
    "data.holidays": (["DE"], "DE"),
    "data.since": (["2015"], "2015"),
    "data.until": (["2019-12-31"], "2019-12-31"),
    "data.series": (["a*", "007"], ("a*", "007")),
    "data.exclude": (["test*"], ("test*",)),
    "data.missing_values": (["-999", "x"], ("-999", "x")),
    "data.date_format": (["%d.%m.%Y"], "%d.%m.%Y"),
    "data.no_header": ([], True),
    "data.allow_truncated": ([], True),
    "model.name": (["lstm"], "lstm"),
    "model.horizon": (["auto"], "auto"),
    "model.context_length": (["96"], 96),
    "model.segment_length": (["4"], 4),
    "model.hidden_size": (["32"], 32),
    "model.num_layers": (["2"], 2),
    "model.dropout": (["0.1"], 0.1),
    "model.scaler": (["none"], "none"),
    "model.scaler_scope": (["global"], "global"),
    "model.decoder": (["parallel"], "parallel"),
    "model.head": (["quantile"], "quantile"),
    "model.loss": (["huber"], "huber"),
    "model.supervision": (["every-step"], "every-step"),
    "training.epochs": (["5"], 5),
    "training.max_steps": (["100"], 100),
    "training.batch_size": (["64"], 64),
    "training.learning_rate": (["1e-3"], 0.001),
    "training.gradient_clip": (["0"], 0.0),
    "training.precision": (["32"], "32"),
    "training.threads": (["1"], 1),
    "training.max_time": (["10m"], 600.0),
    "training.seed": (["3"], 3),
    "training.device": (["cuda:1"], "cuda:1"),
    "validation.folds": (["0"], 0),
    "validation.step_size": (["6"], 6),
    "validation.gap": (["2"], 2),
    "validation.window": (["expanding"], "expanding"),
    "validation.cutoffs": (["2024-03-01", "28"], ("2024-03-01", 28)),
    "validation.max_train_size": (["500"], 500),
    "validation.refit": (["never"], "never"),
    "validation.final_fit": ([], True),
    "validation.train_size": (["8640"], 8640),
    "validation.validation_size": (["0.2"], 0.2),
    "validation.test_size": (["0.2"], 0.2),
    "validation.level": (["50", "99.5"], (50.0, 99.5)),
    "validation.intervals": (["head"], "head"),
    "run.jobs": (["auto"], "auto"),
    "run.output": (["null-run"], "null-run"),
    "run.force": ([], True),
}


def test_every_flag_is_tested() -> None:
    assert set(GIVEN) == {flag.key for flag in FLAGS}


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.key)
def test_flag_reaches_its_key(
    flag: object, forecast: Callable[..., int], verbs: Verbs, capsys: pytest.CaptureFixture[str]
) -> None:
    key = str(getattr(flag, "key", ""))
    texts, expected = GIVEN[key]
    for name in getattr(flag, "declared", ()):
        arguments = [part for text in texts for part in (name, text)] or [name]
        assert forecast("train", "a.csv", *arguments) == 0, capsys.readouterr().err
        section, _, field = key.partition(".")
        assert verbs.config.model_dump()[section][field] == expected


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.key)
def test_refusal_calls_the_flag_by_a_name_it_has(flag: object) -> None:
    assert flag_name(str(getattr(flag, "key", ""))) in getattr(flag, "declared", ())


@pytest.mark.parametrize("key", [key for key in fields() if key not in GIVEN])
def test_key_without_a_flag_is_set_by_set(
    key: str, forecast: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    example = fields()[key].example
    text = f"[{', '.join(map(str, example))}]" if isinstance(example, tuple) else str(example)
    assert forecast("config", "show", "--json", "--set", f"{key}={text}") == 0
    shown = json.loads(capsys.readouterr().out)["values"][key]
    assert shown["value"] == (list(example) if isinstance(example, tuple) else example)
    assert shown["origin"] == "flag --set"


def test_compare_takes_the_flags_of_train_but_the_model(
    forecast: Callable[..., int], verbs: Verbs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert forecast("compare", "a.csv", "--horizon", "3", "-o", "x", "-f") == 0
    config = verbs.calls["compare"]["config"]
    assert (config.model.horizon, config.run.output, config.run.force) == (3, "x", True)
    more = ("--seeds", "3", "--vary", "epochs=1,2", "--vary", "dropout=0", "--budget", "10m")
    assert forecast("compare", "a.csv", *more) == 0
    called = verbs.calls["compare"]
    assert (called["seeds"], called["budget"]) == (3, "10m")
    assert called["vary"] == ["epochs=1,2", "dropout=0"]
    assert forecast("compare", "a.csv", "--model", "gru") == 2
    assert "no such option" in capsys.readouterr().err
