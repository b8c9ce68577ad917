"""Further columns: read, coded, cut and gathered beside the panel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from forecast.data.covariates import UNKNOWN, Beside, vocabularies_before
from forecast.data.exogenous import fit_covariate_scale, gather_exogenous, pack_exogenous
from forecast.data.leaks import leak_notes
from forecast.data.load import read_panel
from forecast.data.panel import Panel
from forecast.data.table.columns import ColumnChoice
from forecast.data.table.treatment import Treatment
from forecast.errors import SchemaError, UsageError

CPU = torch.device("cpu")


def frame(rows: int = 6) -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=rows, freq="D")
    parts = [
        pd.DataFrame(
            {
                "date": days,
                "shop": shop,
                "sales": np.arange(rows, dtype=float) + 10 * place,
                "price": np.arange(rows, dtype=float) * 2 + place,
                "weather": ["sun", "rain", "sun", "snow", "sun", "hail"][:rows],
                "region": region,
                "size": 100.0 * (place + 1),
            }
        )
        for place, (shop, region) in enumerate([("a", "north"), ("b", "south")])
    ]
    return pd.concat(parts, ignore_index=True)


CHOICE = ColumnChoice(
    target=("sales",),
    id=("shop",),
    past=("weather",),
    future=("price",),
    static=("region", "size"),
)


def panel(data: pd.DataFrame | None = None) -> Panel:
    return read_panel(frame() if data is None else data, columns=CHOICE).panel


def test_columns_lie_beside_the_values() -> None:
    covariates = panel().covariates
    assert covariates is not None
    assert [(c.name, c.role) for c in covariates.every] == [
        ("weather", "past"),
        ("price", "future"),
        ("region", "static"),
        ("size", "static"),
    ]
    assert covariates.columns[0].words == ("hail", "rain", "snow", "sun")
    assert covariates.values[:, 1].tolist() == [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]
    assert covariates.static.tolist() == [[0, 100], [1, 200]]


def test_rows_in_any_order_and_absent_ones() -> None:
    data = frame().drop(index=[2, 8]).sample(frac=1, random_state=1)
    covariates = panel(data).covariates
    assert covariates is not None
    np.testing.assert_array_equal(covariates.values[:6, 1], [0, 2, np.nan, 6, 8, 10])


def test_slices_tails_and_choices_of_series_keep_covariates_in_step() -> None:
    whole = panel()
    for cut in (whole.slice(2, 5), whole.tail(3), whole.take(np.array([1]))):
        assert cut.covariates is not None
        assert len(cut.covariates.values) == len(cut.values)
        np.testing.assert_array_equal(  # price tells the row, as sales does
            cut.covariates.values[:, 1], cut.values % 10 * 2 + (cut.values >= 10)
        )
    assert whole.take(np.array([1])).covariates.static.tolist() == [[1, 200]]  # type: ignore[union-attr]


def test_covariates_are_never_the_target_the_time_or_the_id() -> None:
    choice = ColumnChoice(past=("price", "size"), static=("region",), id=("shop",))
    reading = read_panel(frame(), columns=choice)
    assert reading.columns.target == ("sales",)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (ColumnChoice(target=("sales",), past=("prise",)), "no column 'prise'"),
        (ColumnChoice(target=("sales",), past=("date",)), "'date'"),
    ],
)
def test_column_that_is_no_covariate_is_refused(choice: ColumnChoice, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        read_panel(frame().query("shop == 'a'"), columns=choice)


def test_column_in_two_roles_is_refused() -> None:
    choice = ColumnChoice(target=("sales",), id=("shop",), past=("price",), future=("price",))
    with pytest.raises(UsageError, match="'price' was given as --past-covariates and as --future"):
        read_panel(frame(), columns=choice)


def test_static_covariate_that_changes_is_refused_with_its_series() -> None:
    data = frame()
    data.loc[3, "size"] = 7
    with pytest.raises(SchemaError, match=r"'size' changes within series 'a': 7 and 100"):
        panel(data)


def test_free_text_is_no_category() -> None:
    data = pd.DataFrame({"y": range(300), "comment": [f"words {i}" for i in range(300)]})
    with pytest.raises(SchemaError, match="'comment' has 300 different words"):
        read_panel(data, columns=ColumnChoice(target=("y",), past=("comment",)))


def test_merged_rows_take_the_mean_of_numbers_and_the_last_word() -> None:
    data = pd.concat([frame(), frame().assign(price=100.0, weather="fog")], ignore_index=True)
    covariates = read_panel(
        data, columns=CHOICE, treatment=Treatment(duplicates="mean")
    ).panel.covariates
    assert covariates is not None
    assert covariates.values[:6, 1].tolist() == [50, 51, 52, 53, 54, 55]
    assert {covariates.columns[0].words[int(c)] for c in covariates.values[:, 0]} == {"fog"}  # type: ignore[index]


def test_words_of_later_rows_are_unknown() -> None:
    covariates = panel().covariates
    assert covariates is not None
    coded = covariates.with_words(vocabularies_before(covariates, np.array([0, 1, 2])))
    assert coded.columns[0].words == ("rain", "sun")
    assert coded.values[:6, 0].tolist() == [1, 0, 1, UNKNOWN, 1, UNKNOWN]


def packed(whole: Panel, *, stop: int = 4) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    assert whole.covariates is not None
    beside = Beside(whole.covariates.columns, whole.covariates.static_columns)
    scale = fit_covariate_scale(whole, start=0, stop=stop)
    channels = pack_exogenous(whole, beside, scale, ahead=2, device=CPU)
    assert channels is not None
    end = torch.tensor(whole.offsets[1:])
    row, series = torch.tensor([3, 8]), torch.tensor([0, 1])
    return gather_exogenous(channels, end, row, series, back=3, ahead=2)


def test_future_is_known_ahead_and_past_is_held() -> None:
    past, future, static = packed(panel())
    assert past.shape == (2, 5, 4)
    weather = past.argmax(dim=2)  # of hail, rain, snow, sun
    assert weather.tolist() == [[1, 3, 2, 2, 2], [3, 1, 3, 3, 3]]
    steps = future[..., 0].diff(dim=1)
    torch.testing.assert_close(steps, steps[0, 0].expand_as(steps))  # rises through the cutoff
    assert static.shape == (2, 2 + 2)
    assert static[:, :2].tolist() == [[1, 0], [0, 1]]


def test_windows_inside_their_series_are_gathered_alike_where_that_is_known() -> None:
    whole = panel()
    assert whole.covariates is not None
    beside = Beside(whole.covariates.columns, calendar=("dayofweek",))
    scale = fit_covariate_scale(whole, start=0, stop=4)
    channels = pack_exogenous(whole, beside, scale, ahead=2, device=CPU)
    assert channels is not None
    end = torch.tensor(whole.offsets[1:])
    row, series = torch.tensor([2, 4, 5, 11]), torch.tensor([0, 0, 0, 1])
    found, expected = (
        gather_exogenous(channels, end, row, series, back=3, ahead=2, inside=known)
        for known in (True, False)
    )
    assert all(torch.equal(*pair) for pair in zip(found, expected, strict=True))


def test_what_lies_after_the_cutoff_changes_no_past_channel() -> None:
    data = frame()
    late = data["date"] > "2024-01-04"
    data = data.assign(
        weather=data["weather"].mask(late, "hail"), price=data["price"].mask(late, 1e6)
    )
    later = packed(panel(data))
    before = packed(panel())
    torch.testing.assert_close(later[0][:1], before[0][:1])
    torch.testing.assert_close(later[1][:1, :3], before[1][:1, :3])


def test_missing_number_is_held_and_marked() -> None:
    data = frame()
    data.loc[2, "price"] = np.nan
    _, future, _ = packed(panel(data))
    assert future[0, :, 1].tolist() == [0, 1, 0, 0, 0]
    assert future[0, 1, 0] == future[0, 0, 0]


def test_constant_and_empty_covariates_divide_by_nothing() -> None:
    data = frame().assign(price=5.0)
    data.loc[data["shop"] == "b", "price"] = np.nan
    past, future, static = packed(panel(data))
    assert all(torch.isfinite(part).all() for part in (past, future, static))


def test_scale_rests_on_training_rows_only() -> None:
    data = frame()
    data.loc[data["date"] > "2024-01-04", "price"] = 1e9
    one, other = (fit_covariate_scale(panel(part), start=0, stop=4) for part in (frame(), data))
    np.testing.assert_array_equal(one.center, other.center)
    np.testing.assert_array_equal(one.scale, other.scale)


def leaky(**columns: np.ndarray) -> list[str]:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=60), rng.normal(size=60)
    data = pd.DataFrame({"y": a + b, "a": a, "b": b, "c": rng.normal(size=60)} | columns)
    names = tuple(columns) or ("a", "b", "c")
    read = read_panel(data, columns=ColumnChoice(target=("y",), future=names))
    return leak_notes(read.panel, stop=50)


def test_parts_that_add_up_to_the_target_are_pointed_out() -> None:
    (note,) = leaky()
    assert note.startswith("covariates 'a', 'b' add up to the target: a likely leak")


def test_covariate_that_equals_the_target_is_pointed_out() -> None:
    rng = np.random.default_rng(0)
    same = rng.normal(size=60) + rng.normal(size=60)
    data = pd.DataFrame({"y": same, "twin": same})
    read = read_panel(data, columns=ColumnChoice(target=("y",), past=("twin",)))
    assert leak_notes(read.panel, stop=60)[0].startswith("covariate 'twin' equals the target")


def test_honest_covariate_is_no_leak() -> None:
    rng = np.random.default_rng(3)
    assert leaky(price=rng.normal(size=60)) == []
