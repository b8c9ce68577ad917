"""YAML reads as a person means it, and what could surprise is refused with its line."""

from __future__ import annotations

import math

import pytest

from forecast.config.yaml import MOST_BYTES, read_scalar, read_yaml, write_value
from forecast.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1e-3", 0.001),
        ("1E5", 1e5),
        (".5", 0.5),
        ("3.", 3.0),
        ("012", 12),
        ("-7", -7),
        ("+4", 4),
        ("0", 0),
        ("NO", "NO"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("12:30:00", "12:30:00"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("2024-03-01", "2024-03-01"),
        ("<<", "<<"),
        ("-.inf", -math.inf),
    ],
)
def test_plain_scalar_reads_by_yaml_1_2(text: str, meant: object) -> None:
    values, _ = read_yaml(f"a: {text}\n", name="a.yaml")
    assert values["a"] == meant
    assert type(values["a"]) is type(meant)
    assert read_scalar(text) == meant


def test_nan_is_a_float() -> None:
    value = read_scalar(".nan")
    assert isinstance(value, float)
    assert math.isnan(value)


def test_quoted_scalar_stays_text() -> None:
    values, _ = read_yaml("a: '12'\nb: \"true\"\nc: |\n  3\n", name="a.yaml")
    assert values == {"a": "12", "b": "true", "c": "3\n"}


def test_lines_are_those_of_the_keys() -> None:
    _, lines = read_yaml("# first\nmodel:\n\n  horizon: 3\ndata: {freq: h}\n", name="a.yaml")
    assert lines == {"model": 2, "model.horizon": 4, "data": 5, "data.freq": 5}


def test_empty_document_is_an_empty_mapping() -> None:
    assert read_yaml("# nothing\n", name="a.yaml") == ({}, {})


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\na: 2\n", 2, "twice (first: line 1)"),
        ("m:\n  a: 1\n  a: 2\n", 3, "'m.a' is there twice"),
        ("a: &x 1\n", 1, "anchors"),
        ("a: 1\nb: *x\n", 2, "aliases"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tags are not taken"),
        ("a: 1\nb: !!str 2\n", 2, "tags are not taken"),
        ("- 1\n", 1, "not a mapping"),
        ("? [a]\n: 1\n", 1, "not plain text"),
        ("a:\n\tb: 1\n", 2, "cannot start any token"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("a: [1,\n", 2, "expected"),
        ("a: " + "[" * 50 + "]" * 50, 1, "nested more than"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_refusal_names_the_line(text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_yaml(text, name="a.yaml")
    assert caught.value.location == f"a.yaml:{line}"
    assert words in caught.value.message
    assert caught.value.fix


def test_deep_nesting_is_refused_before_it_fills_the_stack() -> None:
    with pytest.raises(ConfigError, match="nested more than"):
        read_yaml("a: " + "[" * 5000, name="a.yaml")


def test_control_characters_are_refused() -> None:
    with pytest.raises(ConfigError, match="not YAML"):
        read_yaml("a: \x00", name="a.yaml")


def test_large_file_is_refused_with_both_sizes() -> None:
    text = "#" * (MOST_BYTES + 1)
    with pytest.raises(ConfigError, match=rf"{MOST_BYTES + 1} bytes, more than the {MOST_BYTES}"):
        read_yaml(text, name="a.yaml")


@pytest.mark.parametrize(
    "value",
    [
        "yes",
        "NO",
        "null",
        "12",
        "1e-3",
        "a: b",
        "",
        " x",
        "#",
        "é€😀",
        "a\nb\t\x85\u2028\x7f",
        '"\\',
    ],
)
def test_text_survives_writing_and_reading(value: str) -> None:
    values, _ = read_yaml(f"a: {write_value(value)}\n", name="a.yaml")
    assert values == {"a": value}
