from __future__ import annotations

import re

import pytest

from forecast.report.table import (
    ScoreRow,
    format_number,
    format_seconds,
    format_skill,
    render_table,
)
from forecast.validation.evaluation import Seconds
from forecast.validation.significance import Difference

GRU = ScoreRow("gru", {"mae": 1.0, "rmse": 2.0, "mape": 3.0, "mase": 0.7})
NAIVE = ScoreRow("naive", {"mae": 1.5, "rmse": 1.8, "mape": None, "mase": float("nan")})


def cells(html: str, model: str) -> list[str]:
    row = re.search(rf"<tr[^>]*>((?:(?!</tr>).)*>{model}</th>.*?)</tr>", html)
    assert row
    return re.findall(r"<td>(.*?)</td>", row[1])


def test_the_best_of_each_column_is_bold() -> None:
    html = render_table([GRU, NAIVE], main="gru")
    assert cells(html, "gru")[:2] == ["<strong>1.000</strong>", "2.000"]
    assert cells(html, "naive")[:2] == ["1.500", "<strong>1.800</strong>"]


def test_models_that_read_the_same_are_all_bold() -> None:
    html = render_table([GRU, ScoreRow("lstm", GRU.metrics)], main="gru")
    assert cells(html, "gru") == cells(html, "lstm")
    assert cells(html, "lstm")[0] == "<strong>1.000</strong>"


def test_a_model_on_its_own_is_not_bold() -> None:
    assert "<strong>" not in render_table([GRU], main="gru")


def test_an_undefined_metric_is_a_dash_with_its_reason() -> None:
    html = render_table([GRU, NAIVE], main="gru")
    assert cells(html, "naive")[2:] == ["\N{EN DASH}", "\N{EN DASH}"]
    assert "MAPE of naive: percentages need an actual value other than zero." in html
    assert "MASE of naive: the seasonal naive error" in html
    assert "of gru" not in html


def test_a_metric_that_is_absent_is_a_dash_with_the_reason_given() -> None:
    row = ScoreRow("gru", {}, reasons={"mae": "all 24 actual values are missing"})
    html = render_table([row], main="gru")
    assert cells(html, "gru") == ["\N{EN DASH}"] * 4
    assert "MAE of gru: all 24 actual values are missing." in html


def test_a_leaderboard_has_rank_skill_cost_and_chance() -> None:
    rows = [
        ScoreRow(
            "gru",
            GRU.metrics,
            skill=0.23,
            rank=1,
            parameters=12_345,
            seconds=Seconds(75.0, 0.5),
            peak_memory=12_345_678,
        ),
        ScoreRow(
            "naive",
            NAIVE.metrics,
            skill=None,
            rank=2,
            parameters=0,
            seconds=Seconds(0.01, 0.0),
            against_above=Difference("gru", 64, 0.41, 0.83),
        ),
        ScoreRow("top 2", {**GRU.metrics, "mase": 0.6}),
    ]
    html = render_table(rows, main="gru")
    heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", html)
    assert heads == [
        "Rank",
        "Model",
        "MAE",
        "RMSE",
        "MAPE %",
        "MASE",
        "Skill",
        "Parameters",
        "Fit",
        "Predict",
        "Memory",
        "Against above",
    ]
    assert cells(html, "gru")[0] == "1"
    assert cells(html, "gru")[5:] == ["+23.0 %", "12,345", "1 min 15 s", "0.5 s", "12 MB", ""]
    assert "Skill of naive" in html
    assert cells(html, "naive")[-1] == "tie, p 0.410"


def test_the_best_in_bold_is_one_of_the_ranked_rows() -> None:
    rows = [
        ScoreRow("gru", GRU.metrics, rank=1),
        ScoreRow("naive", {**GRU.metrics, "mase": 0.9}, rank=2),
    ]
    other_folds = ScoreRow("top 2", {**GRU.metrics, "mase": 0.6})
    html = render_table([*rows, other_folds], main="gru")
    assert "<strong>0.7000</strong>" in html
    assert cells(html, "top 2")[0] == "\N{EN DASH}"
    assert "<strong>0.6000</strong>" not in html


def test_a_table_without_rows_is_empty() -> None:
    assert render_table([], main="gru") == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.07123, "0.07123"),
        (0.7, "0.7000"),
        (12.345, "12.35"),
        (-1234.5, "-1,234"),
        (123456.0, "123,456"),
        (1.2345e9, "1.234e+09"),
        (1.5e-7, "1.500e-07"),
    ],
)
def test_format_number_keeps_four_digits(value: float, text: str) -> None:
    assert format_number(value) == text


def test_format_skill_is_signed() -> None:
    assert [format_skill(value) for value in (0.231, -1.07, 0.0, -0.0001)] == [
        "+23.1 %",
        "\N{MINUS SIGN}107.0 %",
        "0.0 %",
        "0.0 %",
    ]


def test_format_seconds_suits_the_length() -> None:
    shown = [format_seconds(seconds) for seconds in (0.31, 12.4, 59.7, 3_725.0, None)]
    assert shown == ["0.3 s", "12 s", "1 min 00 s", "62 min 05 s", ""]
