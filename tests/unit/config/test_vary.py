"""Which values of which keys are tried, and what is refused."""

from __future__ import annotations

import pytest

from forecast.config.fields import fields
from forecast.config.schema import Config
from forecast.config.vary import SECTIONS, read_grid, settings_in
from forecast.errors import ConfigError


def test_pairs_come_one_by_one_or_with_spaces_between_and_with_or_without_section() -> None:
    grid = {"model.context_length": ("96", "336"), "training.epochs": ("3",)}
    assert read_grid(["context_length=96,336", "training.epochs=3"], Config()) == grid
    assert read_grid(["context_length=96, 336 epochs=3"], Config()) == grid
    assert read_grid({"context_length": [96, 336], "epochs": [3]}, Config()) == grid


def test_every_combination_is_a_setting_with_its_values_and_words() -> None:
    asked = Config.model_validate({"model": {"horizon": 7}, "run": {"jobs": 2}})
    found = settings_in(asked, read_grid(["dropout=0,0.5 context_length=96,auto"], asked))
    assert [setting.words for setting in found] == [
        "dropout=0 context_length=96",
        "dropout=0 context_length=auto",
        "dropout=0.5 context_length=96",
        "dropout=0.5 context_length=auto",
    ]
    last = found[-1]
    assert last.values == {"model.dropout": 0.5, "model.context_length": "auto"}
    assert (last.config.model.dropout, last.config.model.horizon) == (0.5, 7)
    assert last.config.run.jobs == 2


def test_nothing_varied_is_one_setting_without_words() -> None:
    (only,) = settings_in(Config(), {})
    assert (only.words, only.values, only.config) == ("", {}, Config())


def test_list_in_brackets_is_one_value() -> None:
    asked = Config.model_validate({"model": {"head": "quantile"}})
    grid = read_grid(["quantile_levels=[0.1, 0.5, 0.9],[0.2,0.5,0.8]"], asked)
    assert grid == {"model.quantile_levels": ("[0.1, 0.5, 0.9]", "[0.2,0.5,0.8]")}
    levels = [setting.config.model.quantile_levels for setting in settings_in(asked, grid)]
    assert levels == [(0.1, 0.5, 0.9), (0.2, 0.5, 0.8)]


def test_no_two_keys_share_the_name_that_they_have_without_section() -> None:
    keys = [key for key in fields() if key.split(".")[0] in SECTIONS]
    assert len({key.partition(".")[2] for key in keys}) == len(keys)


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("hiden_size=8", "unknown key 'hiden_size'", "did you mean 'hidden_size'?"),
        ("hidden_size", "is not KEY=VALUE", "--vary hidden_size=32,128"),
        ("hidden_size=8,", "is not KEY=VALUE", "--vary hidden_size=32,128"),
        ("hidden_size=8,x", "model.hidden_size is 'x', and must be", "--vary model.hidden_size="),
        ("hidden_size=8,8", "names 8 twice", "leave one of them out"),
        ("dropout=0.1,0.10", "names 0.10 twice", "leave one of them out"),
        ("hidden_size=8 model.hidden_size=9", "is varied twice", "in one list"),
        ("data.fill=zero", "data and folds are the same", "--set data.fill=VALUE"),
        ("horizon=3,4", "all models forecast the same steps", "--vary"),
        ("model.name=gru", "named with --models", "--vary"),
        ("seed=1,2", "tried with --seeds", "--vary"),
    ],
)
def test_what_cannot_be_varied_is_refused_with_a_way_out(text: str, message: str, fix: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_grid([text], Config())
    assert message in caught.value.message
    assert caught.value.location == "flag --vary"
    assert fix in str(caught.value.fix)
