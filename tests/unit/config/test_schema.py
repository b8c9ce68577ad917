"""The schema is strict, frozen and closed, and each of its values is described and bounded."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from forecast.config.fields import fields
from forecast.config.schema import Config
from forecast.config.validation import ValidationConfig


@pytest.mark.parametrize("key", list(fields()))
def test_every_key_is_described(key: str) -> None:
    facts = fields()[key]
    assert facts.description.endswith(".")
    assert facts.allowed


@pytest.mark.parametrize("key", list(fields()))
def test_every_default_and_example_is_allowed(key: str) -> None:
    section, _, name = key.partition(".")
    extra = {"max_train_size": 9} if fields()[key].example == "rolling" else {}
    config = Config.model_validate({section: {name: fields()[key].example, **extra}})
    meant = 600.0 if key == "training.max_time" else fields()[key].example  # 10m is in seconds
    assert config.model_dump()[section][name] == meant


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("model", {"horizon": 0}),
        ("model", {"horizon": "3"}),
        ("model", {"horizon": 3.0}),
        ("model", {"horizon": True}),
        ("model", {"horizon": "automatic"}),
        ("model", {"name": "prophet"}),
        ("model", {"dropout": 1.0}),
        ("model", {"dropout": True}),
        ("model", {"unknown": 1}),
        ("training", {"learning_rate": float("nan")}),
        ("training", {"learning_rate": 0.0}),
        ("training", {"seed": -1}),
        ("training", {"device": "gpu"}),
        ("training", {"device": "cuda:"}),
        ("validation", {"test_size": 1.5}),
        ("validation", {"test_size": 0}),
        ("validation", {"level": [80, 100]}),
        ("validation", {"level": [80, 80.0]}),
        ("validation", {"window": "rolling"}),
        ("validation", {"window": "expanding", "max_train_size": 9}),
        ("data", {"target": ["a", "a"]}),
        ("data", {"target": [""]}),
        ("run", {"output": ""}),
    ],
    ids=str,
)
def test_value_outside_its_bounds_is_refused(section: str, values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate({section: values})


def test_size_with_a_decimal_point_is_a_fraction_and_without_one_counts_rows() -> None:
    sizes = ValidationConfig(test_size=0.2, train_size=200)
    assert isinstance(sizes.test_size, float)
    assert isinstance(sizes.train_size, int)


def test_bare_max_train_size_means_a_rolling_window() -> None:
    assert ValidationConfig(max_train_size=9).window == "rolling"


def test_single_value_is_a_list_of_one() -> None:
    config = Config.model_validate({"data": {"target": "a"}, "validation": {"level": 90}})
    assert config.data.target == ("a",)
    assert config.validation.level == (90.0,)


def test_configuration_is_frozen() -> None:
    with pytest.raises(ValidationError):
        Config().model.horizon = 3  # type: ignore[misc]


def test_configuration_survives_json() -> None:
    config = Config.model_validate({"data": {"target": ["a", "b"]}, "model": {"horizon": 3}})
    assert Config.model_validate_json(config.model_dump_json()) == config
