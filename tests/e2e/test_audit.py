"""``forecast audit`` as a user has it: a table, a sentence, and 5 where a fold reacts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.e2e.tables import daily, values, write

if TYPE_CHECKING:
    import pytest

    from forecast.data.panel import Panel
    from tests.e2e.conftest import Forecast, Refused

SMALL = ("--horizon", "4", "--hidden-size", "4", "--folds", "2", "--model", "rnn")


def test_folds_that_see_no_future_are_told_so(forecast: Forecast, tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", daily(values(150)))
    done = forecast("audit", "sales.csv", *SMALL)
    assert done.code == 0, done.err
    head, one, two, empty, words = done.out.splitlines()
    parts = ["choices", "scaler", "fill", "features", "weights", "forecasts", "intervals"]
    assert head.split()[4:] == parts
    assert one.split()[3:] == ["same"] * 6 + ["-"]
    assert two.split()[3:] == ["same"] * 7
    assert (empty, words) == ("", "0 of 2 folds react to the future")
    assert list(tmp_path.iterdir()) == [tmp_path / "sales.csv"]


def test_document_says_what_was_compared(
    forecast: Forecast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORECAST_TRAINING_MAX_STEPS")
    write(tmp_path / "sales.csv", daily(values(150)))
    done = forecast("audit", "sales.csv", *SMALL, "--json", "--quiet")
    found = json.loads(done.out)
    assert done.err == ""
    assert (found["command"], found["reacting"], found["max_steps"]) == ("audit", 0, 20)
    assert [fold["reacts"] for fold in found["folds"]] == [False, False]
    forecasts = found["folds"][0]["parts"]["forecasts"]
    assert forecasts["compared"] == 1 + found["folds"][0]["cutoffs"]
    assert any("20 steps at most" in note for note in found["notes"])


def test_season_chosen_by_the_whole_series_exits_with_5(
    forecast: Forecast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forecast.workflows.resolving import automatic

    honest = automatic._initial_season

    def leaking(panel: Panel, *rest: object) -> int:
        honest(panel, *rest)  # type: ignore[arg-type]
        return 1 + int(np.nansum(panel.values)) % 5

    monkeypatch.setattr(automatic, "_initial_season", leaking)
    write(tmp_path / "sales.csv", daily(values(150)))
    done = forecast("audit", "sales.csv", *SMALL)
    assert done.code == 5
    assert "2 of 2 folds react to the future" in done.out
    assert "REACTS" in done.out
    assert "fold 1 first, in its choices (configuration;" in done.err


def test_configuration_that_a_run_left_is_audited(
    forecast: Forecast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORECAST_TRAINING_MAX_STEPS")
    write(tmp_path / "sales.csv", daily(values(150)))
    (tmp_path / "run.yaml").write_text("training:\n  epochs: 50\n  warmup: 60\n", encoding="utf-8")
    done = forecast("audit", "sales.csv", *SMALL, "--config", "run.yaml")
    assert done.code == 0, done.err


def test_what_train_refuses_is_refused(refused: Refused, tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", daily(values(150)))
    asked = ("sales.csv", *SMALL, "--intervals", "head")
    assert refused(2, "audit", *asked) == refused(2, "train", *asked)


def test_without_folds_there_is_nothing_to_audit(refused: Refused, tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", daily(values(150)))
    message, where, fix = refused(2, "audit", "sales.csv", *SMALL, "--folds", "0")
    assert (message, where) == ("error: there is no fold to audit", "  in:  flag --folds")
    assert "--folds 1" in fix
