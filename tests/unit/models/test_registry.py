from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from forecast.models.registry import CLASSIC, MODELS, NETWORKS, RULES, build_classic, restore


def test_listing_models_imports_none() -> None:
    code = (
        "import sys; import forecast.models.registry as r; print(len(r.MODELS), "
        "[m for m in ('torch', 'sklearn', 'scipy', 'statsmodels', 'forecast.models.neural') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=50
    )
    assert done.stdout.split(maxsplit=1) == [str(len(NETWORKS + CLASSIC)), "[]\n"]


@pytest.mark.parametrize("name", RULES)
def test_rule_goes_through_its_settings_and_back(name: str) -> None:
    rule = build_classic(name, season_length=7)
    again = restore(name, rule.settings(), rule.state(), unique_ids=("a",))
    assert type(again) is type(rule)
    assert again.name == name
    assert dict(again.settings()) == dict(rule.settings())
    assert again.parameters == 0
    assert again.report is None


def test_season_reaches_the_rules_that_have_one() -> None:
    assert dict(build_classic("seasonal_naive", season_length=7).settings()) == {"season_length": 7}
    assert dict(build_classic("moving_average", season_length=7).settings()) == {"window": 7}


def test_unknown_name_is_refused_with_those_known() -> None:
    with pytest.raises(ValueError, match=r"no model is called 'prophet'.*seasonal_naive"):
        restore("prophet", {}, {}, unique_ids=())


def test_rule_with_tensors_is_refused() -> None:
    with pytest.raises(ValueError, match="'weight'"):
        restore("naive", {}, {"weight": torch.zeros(1)}, unique_ids=("a",))


@pytest.mark.parametrize("name", MODELS)
def test_settings_of_another_model_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="settings do not describe"):
        restore(name, {"colour": "red"}, {}, unique_ids=("a",))
