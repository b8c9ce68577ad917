"""What is counted in each series."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.data.profile.basics import DEMANDS, NO_PERCENTAGES, count_basics
from tests.unit.data.profile.made import noise, panel

GONE = np.nan


def test_rows_gaps_and_open_ends_are_those_of_each_series() -> None:
    found = count_basics(panel([1, GONE, GONE, 4, GONE], [GONE, 2.0, 3.0], [5.0]))
    assert found.rows.tolist() == [5, 3, 1]
    assert found.observed.tolist() == [2, 2, 1]
    assert found.gaps.tolist() == [2, 1, 0]
    assert found.longest_gap.tolist() == [2, 1, 0]
    assert found.open_end.tolist() == [1, 0, 0]


def test_gap_at_the_end_of_one_series_does_not_join_that_of_the_next() -> None:
    found = count_basics(panel([1, GONE], [GONE, GONE, 2]))
    assert found.gaps.tolist() == [1, 1]
    assert found.longest_gap.tolist() == [1, 2]


def test_sizes_are_those_of_numpy() -> None:
    values = noise(50)
    values[7] = GONE
    found = count_basics(panel([1.0, 3.0], values))
    assert found.mean[1] == pytest.approx(np.nanmean(values))
    assert found.deviation[1] == pytest.approx(np.nanstd(values))
    assert found.lowest.tolist() == [1, np.nanmin(values)]
    assert found.highest.tolist() == [3, np.nanmax(values)]


def test_only_a_series_without_any_change_is_constant() -> None:
    found = count_basics(panel([7, GONE, 7], [7, 7, 7.5]))
    assert found.constant.tolist() == [True, False]


def test_series_without_a_value_counts_as_nothing() -> None:
    found = count_basics(panel([GONE, GONE], [1, 2]))
    assert found.observed.tolist() == [0, 2]
    assert np.isnan(found.mean[0])
    assert not found.constant[0]
    assert found.percentages[0] == -1


# The four corners of Syntetos & Boylan: intervals of 1.25 or 4, sizes alike or far apart.
@pytest.mark.parametrize(
    ("series", "kind", "interval"),
    [
        ([5, 5, 5, 5, 0] * 8, "smooth", 1.25),
        ([1, 9, 1, 29, 0] * 8, "erratic", 1.25),
        ([5, 0, 0, 0] * 8, "intermittent", 4.0),
        ([1, 0, 0, 0, 29, 0, 0, 0] * 8, "lumpy", 4.0),
    ],
)
def test_demand_is_told_by_its_intervals_and_sizes(
    series: list[float], kind: str, interval: float
) -> None:
    found = count_basics(panel(series))
    assert DEMANDS[found.demand[0]] == kind
    assert found.interval[0] == pytest.approx(interval)


def test_variation_is_that_of_the_sizes_without_zeros() -> None:
    found = count_basics(panel([2, 0, 4, 0, 6]))
    assert found.variation[0] == pytest.approx((np.std([2, 4, 6]) / 4) ** 2)


def test_demand_is_told_neither_without_zeros_nor_with_negative_values() -> None:
    found = count_basics(panel([1, 2, 3], [0, -1, 5]))
    assert found.demand.tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        ([10, 0, 10], "values are zero"),
        ([10, -10, 10], "values change their sign"),
        ([10, 0.05, 10], "values come near zero"),
        ([10, 11, 12], None),
        ([-10, -11, -12], None),
    ],
)
def test_percentages_make_sense_only_away_from_zero(
    series: list[float], reason: str | None
) -> None:
    place = count_basics(panel(series)).percentages[0]
    assert (NO_PERCENTAGES[place] if place >= 0 else None) == reason
