from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice

STAMPS = pd.date_range("2024-01-01", periods=120, freq="D")
CALM = 20 + 5 * np.sin(np.arange(120.0)) + np.random.default_rng(0).normal(size=120)


def pointed_out(found: Reading) -> list[str]:
    return [note for note in found.notes if "--missing-values" in note]


def with_marker(value: float, places: list[int]) -> Reading:
    values = CALM.copy()
    values[places] = value
    frame = pd.DataFrame({"ds": STAMPS, "y": values})
    return read_panel(frame, columns=ColumnChoice())


@pytest.mark.parametrize("value", [-999.0, -9.99, 9999.0, -99.0])
def test_a_far_value_that_is_repeated_is_pointed_out_and_kept(value: float) -> None:
    found = with_marker(value, [3, 50, 51, 90])
    (note,) = pointed_out(found)
    assert note.startswith(f"the value {value:g} stands 4 times in series 'y', far from all others")
    assert note.endswith(f"if it means missing, pass --missing-values {value:g}")
    assert found.panel.values[3] == value


@pytest.mark.parametrize(
    ("value", "places"),
    [
        pytest.param(-999.0, [3, 50], id="twice"),
        pytest.param(0.0, [3, 50, 51, 90], id="zero"),
        pytest.param(8.0, [3, 50, 51, 90], id="near"),
        pytest.param(-999.0, list(range(70)), id="the usual value"),
    ],
)
def test_what_series_do_have_is_not_pointed_out(value: float, places: list[int]) -> None:
    assert not pointed_out(with_marker(value, places))


WIDE = np.round(1760 + 1040 * np.sin(np.arange(120.0)))


@pytest.mark.parametrize("value", [-999.0, -99.0, -9999.0, -99.9])
def test_nines_below_zero_are_pointed_out_beside_values_that_lie_far_apart(value: float) -> None:
    values = WIDE.copy()
    values[5:100:12] = value
    found = read_panel(pd.DataFrame({"ds": STAMPS, "y": values}), columns=ColumnChoice())
    (note,) = pointed_out(found)
    assert note.startswith(f"the value {value:g} stands 8 times")
    assert note.endswith(f"pass --missing-values {value:g}")


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        pytest.param(-998.0, 0.0, id="other digits"),
        pytest.param(-99.0, -1760.0, id="not alone below zero"),
        pytest.param(-9.0, 0.0, id="one digit"),
        pytest.param(999.0, 0.0, id="within"),
    ],
)
def test_other_values_beside_values_that_lie_far_apart_are_not(value: float, moved: float) -> None:
    values = WIDE + moved
    values[5:100:12] = value
    found = read_panel(pd.DataFrame({"ds": STAMPS, "y": values}), columns=ColumnChoice())
    assert not pointed_out(found)


def test_series_of_unlike_size_do_not_make_each_other_suspicious() -> None:
    frame = pd.DataFrame({"ds": STAMPS, "small": CALM, "large": np.repeat(5e6, 120), "two": CALM})
    frame.loc[[5, 6, 7], ["small", "two"]] = -999.0
    found = read_panel(frame, columns=ColumnChoice(target=("all",)))
    (note,) = pointed_out(found)
    assert "-999 stands 6 times in 2 series" in note
