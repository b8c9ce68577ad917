"""Settings as a command: quoted so that a shell and the parser give them back."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from forecast.cli.train_line import train_line
from forecast.config.differences import settings_of, with_settings
from forecast.config.schema import Config

SETTINGS: dict[str, Mapping[str, object]] = {
    "nothing": {},
    "names with blanks and commas": {"data.target": ("units sold", "a,b"), "data.id": ("shop",)},
    "a name like a flag": {"data.target": ("--target",), "data.time": ("-t",)},
    "values like flags": {"data.missing_values": ("-999", "-9.99")},
    "date formats": {"data.date_format": "%d.%m.%Y %H:%M"},
    "switches": {"data.no_header": True, "data.allow_truncated": True},
    "keys without a flag": {"data.thousands": "comma", "data.time_zone": "Europe/Berlin"},
    "a switch that is off": {"validation.final_fit": False},
    "numbers": {"model.dropout": 0.25, "model.horizon": 3, "training.learning_rate": 1e-4},
    "sizes": {"validation.train_size": 0.6, "validation.test_size": 200},
    "levels": {"validation.level": (50.0, 99.5)},
    "a rolling window": {"validation.max_train_size": 400, "validation.window": "rolling"},
    "quotes": {"data.series": ("o'neill*", 'the "best"', "$HOME")},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_line_gives_its_settings_back(name: str, forecast: Callable[..., int], verbs: Any) -> None:
    line = train_line(["sales.csv"], SETTINGS[name])
    assert forecast(*shlex.split(line)[1:]) == 0
    assert verbs.config == with_settings(Config(), SETTINGS[name])
    assert settings_of(verbs.config) == dict(SETTINGS[name])


def test_files_are_quoted_and_never_taken_for_flags(
    forecast: Callable[..., int], verbs: Any
) -> None:
    line = train_line(["my sales.csv", "-new.csv", "*.csv"], {})
    assert shlex.split(line) == ["forecast", "train", "my sales.csv", "./-new.csv", "*.csv"]
    assert "'*.csv'" in line
    assert forecast(*shlex.split(line)[1:]) == 0
    assert [str(path) for path in verbs.calls["train"]["data"]] == [
        "my sales.csv",
        "-new.csv",
        "*.csv",
    ]


def test_list_without_a_flag_is_one_set() -> None:
    line = train_line(["-"], {"data.parts": ("hour", "a, b")})
    assert shlex.split(line) == ["forecast", "train", "-", "--set", 'data.parts=[hour, "a, b"]']
