from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.data.columns import ColumnChoice
from forecast.data.load import Reading, read_panel

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


def test_series_of_unlike_size_do_not_make_each_other_suspicious() -> None:
    frame = pd.DataFrame({"ds": STAMPS, "small": CALM, "large": np.repeat(5e6, 120), "two": CALM})
    frame.loc[[5, 6, 7], ["small", "two"]] = -999.0
    found = read_panel(frame, columns=ColumnChoice(target=("all",)))
    (note,) = pointed_out(found)
    assert "-999 stands 6 times in 2 series" in note
