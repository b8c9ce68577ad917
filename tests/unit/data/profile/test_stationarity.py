"""ADF and KPSS, where their extra is installed, and the reason where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.data.profile import stationarity
from forecast.data.profile.profile import profile
from forecast.data.profile.stationarity import judge_stationarity
from tests.unit.data.profile.made import noise, panel


@pytest.fixture
def _extra() -> None:
    pytest.importorskip("statsmodels", reason="the extra 'stats' is not installed")


@pytest.mark.usefixtures("_extra")
def test_noise_is_stationary_and_a_random_walk_is_not() -> None:
    steady = judge_stationarity(noise(500))
    walk = judge_stationarity(np.cumsum(noise(500)))
    assert steady is not None
    assert steady.verdict == "stationary"
    assert steady.adf < 0.01
    assert walk is not None
    assert walk.verdict == "not stationary"
    assert walk.kpss < 0.05


@pytest.mark.usefixtures("_extra")
def test_last_stretch_without_gaps_is_tested() -> None:
    values = np.concatenate([np.cumsum(noise(100)), [np.nan], noise(400)])
    found = judge_stationarity(values)
    assert found is not None
    assert found == judge_stationarity(noise(400))


@pytest.mark.parametrize("values", [np.full(100, 2.0), noise(10), np.full(60, np.nan)])
def test_constant_short_and_empty_series_are_not_tested(values: np.ndarray) -> None:
    assert judge_stationarity(values) is None


def test_without_the_extra_the_reason_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stationarity, "find_spec", lambda _: None)
    found = profile(panel(noise(60)), season=7, freq="D")
    assert found.stationarity == {}
    assert found.untested is not None
    assert "forecast-rnn[stats]" in found.untested


@pytest.mark.usefixtures("_extra")
def test_of_many_series_ten_are_tested() -> None:
    found = profile(panel(*(noise(60, seed=seed) for seed in range(12))), season=7, freq="D")
    assert len(found.stationarity) == 10
    assert found.untested is None
