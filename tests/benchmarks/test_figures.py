"""That means, spreads and cells say what the values are."""

from __future__ import annotations

import pytest

from benchmarks.accuracy.figures import ratio, reaches, spread, table


def test_spread_of_three_seeds_is_mean_least_and_greatest() -> None:
    assert spread([0.5, 0.2, 0.8]).text(3) == "0.500 (0.200 to 0.800)"


@pytest.mark.parametrize("values", [[0.25], [0.2501, 0.2499]])
def test_values_that_look_alike_have_no_spread(values: list[float]) -> None:
    assert spread(values).text(2) == "0.25"


@pytest.mark.parametrize(("value", "reached"), [(0.3514, True), (0.3516, False), (0.2, True)])
def test_an_anchor_is_reached_to_the_digits_that_were_published(
    value: float, *, reached: bool
) -> None:
    assert reaches(value, 0.351, digits=3) is reached


def test_there_is_no_ratio_without_an_anchor() -> None:
    assert ratio(0.5, None) == ""
    assert ratio(0.5, 0.4) == "1.250"


def test_a_pipe_in_a_cell_does_not_end_it() -> None:
    assert table(("a",), [["x|y"], [None]]) == "| a |\n| --- |\n| x\\|y |\n|  |\n"
