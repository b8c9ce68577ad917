from __future__ import annotations

import numpy as np
import pytest

from forecast.data import spectrum
from forecast.data.spectrum import line_periods


def test_line_under_noise_is_found_at_any_frequency() -> None:
    rows = np.arange(4_000)
    noise = np.random.default_rng(0).normal(size=4_000)
    for period in (4.3, 12.0, 50.0, 700.0):
        found = line_periods((noise + np.sin(2 * np.pi * rows / period))[:, None])
        assert found[0] == pytest.approx(period, rel=0.02)
    assert not len(line_periods(noise[:, None]))
    assert not len(line_periods(noise.cumsum()[:, None]))


def test_background_is_the_median_of_the_frequencies_around_without_the_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A red spectrum: the power falls with the square of the frequency.
    power = np.random.default_rng(1).exponential(size=3_000) / (1 + np.arange(3_000)) ** 2
    power[0] = 0.0
    around = spectrum._around(power)
    assert around[0] == np.inf
    for place in (1, 5, 44, 399):
        reach = max(10, place // 4)
        others = [
            power[other]
            for other in range(max(1, place - reach), place + reach + 1)
            if abs(other - place) > 2
        ]
        assert around[place] == np.median(others)
    monkeypatch.setattr(spectrum, "EXACT_PLACES", 3_000)
    np.testing.assert_allclose(around[400:2_400], spectrum._around(power)[400:2_400], rtol=0.1)
