"""What a check says of files whose truth is known, and that ``train`` does as it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast
from forecast.config.differences import with_settings
from forecast.config.schema import Config
from forecast.errors import DataError
from forecast.workflows.checking.finding import Finding
from forecast.workflows.checking.result import CheckResult
from forecast.workflows.reading import read_data
from forecast.workflows.resolving.automatic import resolve
from tests.unit.data.profile.made import noise, wave

FIRST = date(2022, 1, 3)


def week(rows: int = 300, *, seed: int = 0) -> np.ndarray:
    return np.round(100 + 10 * wave(rows, 7) + noise(rows, seed=seed), 3)


def file(folder: Path, values: Sequence[object] | np.ndarray, *, name: str = "sales.csv") -> Path:
    path = folder / name
    rows = [f"{FIRST + timedelta(days=i)},{y}" for i, y in enumerate(values)]
    path.write_text("".join(f"{line}\n" for line in ("date,sales", *rows)), encoding="utf-8")
    return path


def shops(folder: Path, *series: Sequence[object] | np.ndarray) -> Path:
    rows = [
        f"{name},{FIRST + timedelta(days=i)},{y}"
        for name, values in zip("abcdefgh", series, strict=False)
        for i, y in enumerate(values)
    ]
    path = folder / "shops.csv"
    path.write_text("".join(f"{line}\n" for line in ("shop,date,sales", *rows)), encoding="utf-8")
    return path


def found(result: CheckResult, code: str) -> Finding:
    (finding,) = [finding for finding in result.findings if finding.code == code]
    return finding


def test_clean_file_needs_no_flag_and_nothing_to_mend(tmp_path: Path) -> None:
    result = forecast.check(file(tmp_path, week()))
    assert result.settings == {}
    assert result.to_mend == ()
    assert [found(result, code).severity for code in ("duplicates", "gaps", "outliers")] == [
        "ok"
    ] * 3
    assert "season of 7" in found(result, "season").message


def test_advice_is_what_train_resolves(tmp_path: Path) -> None:
    path = file(tmp_path, week())
    asked = Config.model_validate({"model": {"horizon": 3}, "validation": {"folds": 2}})
    result = forecast.check(path, asked)
    plan = resolve(read_data(path, asked.data), asked)
    assert result.plan is not None
    assert result.plan.config == plan.config
    assert result.plan.schedule == plan.schedule
    assert result.advice is not None
    assert result.advice.sizes["context_length"] == plan.config.model.context_length
    assert result.advice.sizes["epochs"] == plan.config.training.epochs
    assert len(result.advice.folds) == 2
    assert result.settings == {"model.horizon": 3, "validation.folds": 2}


def test_explicit_settings_say_the_same_thing(tmp_path: Path) -> None:
    for path in (file(tmp_path, week()), shops(tmp_path, week(), week(seed=1))):
        result = forecast.check(path)
        said = with_settings(Config(), result.explicit)
        assert said.data.target == ("sales",)
        assert said.data.time == ("date",)
        assert said.data.freq == "D"
        plan = resolve(read_data(path, said.data), said)
        assert result.plan is not None
        assert plan.config == result.plan.config
        assert plan.schedule.folds == result.plan.schedule.folds


def test_gap_is_named_by_the_rows_of_the_file(tmp_path: Path) -> None:
    values: list[object] = list(week())
    values[10] = values[11] = ""
    lines = file(tmp_path, values).read_text(encoding="utf-8").splitlines()
    path = tmp_path / "gaps.csv"  # a comment, the header, and 40 rows less
    path.write_text("\n".join(["# sales", *lines[:101], *lines[141:]]) + "\n", encoding="utf-8")
    result = forecast.check(path)
    gaps = found(result, "gaps")
    assert gaps.severity == "note"
    assert "no value at 42 of 300 steps" in gaps.message
    assert "40 absent and 2 empty" in gaps.message
    assert "the first at 2022-01-13, row 13 of 'sales'" in gaps.message
    assert "the longest of 40 steps from 2022-04-13" in gaps.message
    empty, absent = gaps.places
    assert (empty.row, empty.time) == (13, "2022-01-13")
    assert (absent.row, absent.time) == (None, "2022-04-13")


def test_outlier_is_named_by_its_row_and_series(tmp_path: Path) -> None:
    far = week(seed=1)
    far[100] = 900
    result = forecast.check(shops(tmp_path, week(), far))
    outliers = found(result, "outliers")
    assert outliers.severity == "note"
    (place,) = outliers.places
    assert (place.series, place.row, place.time) == ("b", 2 + 300 + 100, "2022-04-13")
    assert "900" in outliers.message


def test_row_of_one_of_several_files_is_named_with_its_file(tmp_path: Path) -> None:
    values = week(600)
    values[400] = 900
    lines = file(tmp_path, values).read_text(encoding="utf-8").splitlines()
    for name, part in (("1.csv", lines[1:301]), ("2.csv", lines[301:])):
        (tmp_path / name).write_text("\n".join([lines[0], *part]) + "\n", encoding="utf-8")
    result = forecast.check([tmp_path / "1.csv", tmp_path / "2.csv"])
    (place,) = found(result, "outliers").places
    assert place.row == 102
    assert place.file is not None
    assert place.file.endswith("2.csv")


def test_level_shift_is_named_with_both_levels(tmp_path: Path) -> None:
    values = week(400)
    values[250:] += 80
    shift = found(forecast.check(file(tmp_path, values)), "level_shift")
    assert shift.severity == "note"
    assert shift.places[0].row == pytest.approx(252, abs=2)
    assert "from 100" in shift.message
    assert "to 180" in shift.message or "to 179" in shift.message


def test_constants_zeros_and_open_ends_are_pointed_out(tmp_path: Path) -> None:
    rare = [5 if i % 4 == 0 else 0 for i in range(300)]
    ending: list[object] = [*week(290), *[""] * 10]
    result = forecast.check(shops(tmp_path, week(), [7] * 300, rare, ending))
    assert "'b', always 7" in found(result, "constant").message
    assert "1 intermittent" in found(result, "zeros").message
    assert found(result, "zeros").severity == "note"
    assert "'d' with 10 rows" in found(result, "open_end").message
    percentages = found(result, "percentages")
    assert "values are zero in 1 of 4 series" in percentages.message


def test_season_that_the_data_do_not_show_is_pointed_out(tmp_path: Path) -> None:
    season = found(forecast.check(file(tmp_path, np.round(50 + noise(400), 3))), "season")
    assert season.severity == "note"
    assert "do not show the season of 7" in season.message


def test_season_of_rows_without_dates_is_proposed_and_then_in_use(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    series = [100 + 20 * wave(48, 12) + 5 * noise(48, seed=seed) for seed in range(30)]
    lines = [f"S{i}," + ",".join(f"{y:.2f}" for y in values) for i, values in enumerate(series)]
    header = ",".join(f"V{i}" for i in range(1, 50))
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    plain = resolve(read_data(path, Config().data), Config())
    assert plain.config.data.season_length == 1
    result = forecast.check(path)
    assert result.settings == {"data.season_length": 12}
    assert found(result, "season").severity == "mend"
    assert result.profile.season == 12
    assert result.plan is not None
    assert result.plan.config.model.horizon == 6


def test_too_few_rows_are_said_with_what_would_fit(tmp_path: Path) -> None:
    asked = Config.model_validate({"model": {"horizon": 30}})
    result = forecast.check(file(tmp_path, week(50)), asked)
    assert result.plan is None
    assert result.advice is None
    rows = found(result, "rows")
    assert rows.severity == "mend"
    assert rows.fix is not None
    assert "--horizon" in rows.fix
    assert "too few" in rows.message


def test_few_windows_and_short_series_are_pointed_out(tmp_path: Path) -> None:
    result = forecast.check(shops(tmp_path, week(80), week(9, seed=1)))
    assert found(result, "few_windows").severity == "note"
    assert "'b' with 9" in found(result, "short_series").message


def test_fewer_folds_than_usual_are_pointed_out(tmp_path: Path) -> None:
    few = found(forecast.check(file(tmp_path, week(60)), {"model.horizon": 14}), "folds")
    assert few.severity == "note"
    assert "; 3 would be usual" in few.message
    assert found(forecast.check(file(tmp_path, week())), "folds").severity == "ok"


@pytest.mark.parametrize(("model", "told"), [("gru", True), ("lstm", False), ("linear", False)])
def test_reason_is_that_of_the_model(tmp_path: Path, model: str, told: bool) -> None:
    advice = forecast.check(file(tmp_path, week()), {"model.name": model}).advice
    assert advice is not None
    assert any("third gate" in reason for reason in advice.reasons) == told


def test_windows_of_a_seasonal_difference_begin_a_season_later(tmp_path: Path) -> None:
    path, sizes = file(tmp_path, week()), {"horizon": 7, "context_length": 14}
    asked = {"model": sizes, "data": {"transform": "seasonal-difference"}}
    plain = forecast.check(path, Config.model_validate({"model": sizes})).advice
    less = forecast.check(path, Config.model_validate(asked)).advice
    assert plain is not None
    assert less is not None
    assert plain.windows - less.windows == 7


def test_values_that_the_transform_refuses_are_refused_as_train_refuses_them(
    tmp_path: Path,
) -> None:
    config = Config.model_validate({"data": {"transform": "sqrt"}})
    path = file(tmp_path, [*week(), -2])
    with pytest.raises(DataError, match="-2") as checked:
        forecast.check(path, config)
    with pytest.raises(DataError) as trained:
        forecast.train(path, config)
    assert str(checked.value) == str(trained.value)


def test_document_is_plain_json_and_has_each_series(tmp_path: Path) -> None:
    result = forecast.check(shops(tmp_path, week(), [7] * 300))
    document = json.loads(json.dumps(result.document(), allow_nan=False))
    assert document["command"] == "check"
    assert document["sum"]["series"] == 2
    assert document["sum"]["constant"] == 1
    first, second = document["series"]
    assert first["unique_id"] == "a"
    assert (first["first"], first["last"]) == ("2022-01-03", "2022-10-29")
    assert first["seasonal"] > 0.9
    assert second["seasonal"] is None
    reason = first["stationarity"]["reason"]
    assert (first["stationarity"]["adf"] is None) == (reason is not None)
    assert {finding["severity"] for finding in document["findings"]} <= {"ok", "note", "mend"}


def test_duplicates_are_counted_for_each_series(tmp_path: Path) -> None:
    path = shops(tmp_path, week(), week(seed=1), week(seed=2))
    again = "".join(f"{name},2022-01-05,{y}\n" for name, y in (("a", 1), ("c", 2), ("c", 3)))
    path.write_text(path.read_text(encoding="utf-8") + again, encoding="utf-8")
    result = forecast.check(path)
    assert result.settings == {"data.id": ("shop",), "data.duplicates": "sum"}
    assert result.duplicates.tolist() == [1, 0, 2]
    document = result.document()
    assert document["sum"]["duplicates"] == 3  # type: ignore[index]
    assert "rows 4 and 902" in found(result, "duplicates").message


def test_findings_begin_with_what_is_gravest(tmp_path: Path) -> None:
    values = week()
    values[100] = 900
    path = file(tmp_path, values)
    path.write_text(path.read_text(encoding="utf-8") + "2022-01-05,3\n", encoding="utf-8")
    severities = [finding.severity for finding in forecast.check(path).findings]
    assert severities == sorted(severities, key=["mend", "note", "ok"].index)
    assert severities[0] == "mend"


def test_data_frame_is_checked_and_not_changed() -> None:
    frame = pd.DataFrame({"ds": pd.date_range("2022-01-03", periods=300), "y": week()})
    before = frame.copy()
    result = forecast.check(frame)
    assert result.settings == {}
    assert result.profile.season == 7
    pd.testing.assert_frame_equal(frame, before)


def test_longer_training_is_estimated_to_take_longer(tmp_path: Path) -> None:
    path = file(tmp_path, week(600))
    short, long = (
        forecast.check(path, Config.model_validate({"training": {"epochs": epochs}})).advice
        for epochs in (1, 50)
    )
    assert short is not None
    assert long is not None
    assert short.estimate.seconds < long.estimate.seconds < 50 * short.estimate.seconds
    seen = {"data": {"calendar_features": ["hour", "dayofweek"]}, "training": {"epochs": 900}}
    beside = forecast.check(path, Config.model_validate(seen)).advice
    plain = {"data": {"calendar_features": ["none"]}, "training": {"epochs": 900}}
    alone = forecast.check(path, Config.model_validate(plain)).advice
    assert beside is not None
    assert alone is not None
    assert alone.estimate.seconds < beside.estimate.seconds
    wide = forecast.check(path, Config.model_validate({"model": {"hidden_size": 512}})).advice
    assert wide is not None
    assert wide.estimate.memory > short.estimate.memory


@pytest.mark.parametrize(
    ("freq", "step"),
    [("h", "D"), ("D", "W"), ("W", "MS"), ("MS", "QS"), ("QS", "YS"), ("YS", None)],
)
def test_sporadic_demand_is_gathered_in_steps_coarser_than_its_own(
    tmp_path: Path, freq: str, step: str | None
) -> None:
    rows = 120
    frame = pd.DataFrame({"date": pd.date_range("1960-01-01", periods=rows, freq=freq)})
    frame["sales"] = [5 + i % 7 if i % 4 == 0 else 0 for i in range(rows)]
    path = tmp_path / "sales.csv"
    frame.to_csv(path, index=False)
    fix = found(forecast.check(path), "zeros").fix
    assert fix is not None
    assert ("--resample" in fix) is (step is not None)
    assert step is None or fix.endswith(f"--resample {step} --aggregate sum makes it steadier")
    if step is not None:
        resampled = {"data.resample": step, "data.aggregate": "sum"}
        assert read_data(path, with_settings(Config(), resampled).data).freq != freq


def test_marker_of_missing_values_is_found_beside_values_that_lie_far_apart(
    tmp_path: Path,
) -> None:
    values = np.round(1760 + 1040 * wave(150, 7) * np.linspace(0.5, 1, 150))
    values[10:145:15] = -999
    path = file(tmp_path, values.astype(int))
    marker = found(forecast.check(path), "sentinel")
    assert "the value -999 stands 9 times" in marker.message
    assert marker.fix == "pass --missing-values -999 if it means missing"
    assert [note for note in read_data(path, Config().data).notes if "-999 stands 9 times" in note]
