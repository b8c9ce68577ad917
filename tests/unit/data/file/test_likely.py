"""What a refusal proposes where a file leaves something open."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.data.file.likely import likely_aggregate, likely_dates, likely_merge, likely_target


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        (["HUFL", "HULL", "OT"], ("OT",)),
        (["Consumption", "Wind", "Solar", "Wind+Solar"], ("Consumption",)),
        (["Store", "Dept", "Weekly_Sales", "Temperature"], ("Weekly_Sales",)),
        (["instant", "season", "temp", "casual", "registered", "cnt"], ("cnt",)),
        (["No", "pm2.5", "TEMP", "Ir"], ("pm2.5",)),
        (["Demand", "Temperature"], ("Demand",)),
        (["weeklySales", "price"], ("weeklySales",)),
        (["y", "demand"], ("y",)),
        (["store_1", "store_2", "store_3"], ("all",)),
        (["column_1", "column_2", "column_3"], ("all",)),
        (["left", "right", "hour", "weekday"], ("right",)),
        (["hour", "weekday"], ("weekday",)),
    ],
)
def test_target_is_what_people_forecast(columns: list[str], target: tuple[str, ...]) -> None:
    assert likely_target(columns) == target


@pytest.mark.parametrize(
    ("label", "how"),
    [("sales", "sum"), ("Units_Sold", "sum"), ("orderCount", "sum"), ("load", "mean")],
)
def test_amounts_are_added_and_levels_averaged(label: str, how: str) -> None:
    assert likely_aggregate(label) == how


def test_copies_become_one_by_the_first_and_others_by_what_they_are() -> None:
    again = np.array([False, True, False])
    copies = pd.DataFrame({"y": [2.0, 2.0, 5.0]})
    assert likely_merge(copies, again, "sales") == "first"
    parts = pd.DataFrame({"y": [2.0, 3.0, 5.0]})
    assert likely_merge(parts, again, "sales") == "sum"
    assert likely_merge(parts, again, "temperature") == "mean"


def test_dates_are_read_so_that_their_steps_are_alike() -> None:
    months = [f"{month:02d}/01/{year}" for year in (2022, 2023) for month in range(1, 13)]
    forms = ("%d/%m/%Y", "%m/%d/%Y")
    assert likely_dates(
        {form: pd.to_datetime(pd.Series(months), format=form) for form in forms}
    ) == ("%m/%d/%Y")


def test_dates_that_tell_nothing_are_read_by_the_first_format() -> None:
    days = pd.Series([f"{day:02d}/01/2023" for day in range(1, 13)])
    forms = ("%d/%m/%Y", "%m/%d/%Y")
    assert likely_dates({form: pd.to_datetime(days, format=form) for form in forms}) == "%d/%m/%Y"
