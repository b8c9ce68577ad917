"""``forecast models``: the list is whole, and its counts are right."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from torch import nn

from forecast.config.fields import fields

Run = Callable[..., int]
Capture = pytest.CaptureFixture[str]
KINDS = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}


@pytest.fixture
def listed(forecast: Run, capsys: Capture) -> Callable[..., dict[str, Any]]:
    """Runs ``forecast models --json`` and returns its document."""

    def listed(*arguments: str) -> dict[str, Any]:
        assert forecast("models", "--json", *arguments) == 0
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    return listed


@pytest.mark.parametrize(
    ("sizes", "textbook"),
    [
        ((1, 8), {"rnn": 80, "lstm": 320, "gru": 240}),
        ((10, 50), {"rnn": 3050, "lstm": 12200, "gru": 9150}),
    ],
)
def test_counts_of_the_textbook(
    listed: Callable[..., dict[str, Any]], sizes: tuple[int, int], textbook: dict[str, int]
) -> None:
    document = listed("--input-size", str(sizes[0]), "--hidden-size", str(sizes[1]))
    found = {model["name"]: model["parameters"]["textbook"] for model in document["models"]}
    assert {name: found[name] for name in textbook} == textbook


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 3])
def test_actual_counts_are_those_of_torch(
    listed: Callable[..., dict[str, Any]], name: str, bidirectional: bool, num_layers: int
) -> None:
    flags = ["--bidirectional"] if bidirectional else []
    sizes = ["--input-size", "7", "--hidden-size", "5", "--num-layers", str(num_layers)]
    (model,) = listed("--model", name, *sizes, *flags)["models"]
    stack = KINDS[name](7, 5, num_layers=num_layers, bidirectional=bidirectional)
    assert model["parameters"]["actual"] == sum(weight.numel() for weight in stack.parameters())
    layers = model["parameters"]["layers"]
    assert [layer["reads"] for layer in layers] == [7, *[10 if bidirectional else 5] * 2][
        :num_layers
    ]
    for kind in ("actual", "textbook"):
        assert model["parameters"][kind] == sum(layer[kind] for layer in layers)


@pytest.mark.parametrize(
    ("key", "part"), [("name", "models"), ("decoder", "decoders"), ("head", "heads")]
)
def test_what_can_be_chosen_is_listed_with_its_use(
    listed: Callable[..., dict[str, Any]], key: str, part: str
) -> None:
    facts = fields().get(f"model.{key}")
    if facts is None:
        pytest.skip(f"there is no key model.{key}")
    names = [entry["name"] for entry in listed()[part]]
    allowed = set(facts.allowed.replace(" or ", ", ").split(", "))
    assert set(names) == allowed - {"auto"}
    assert len(names) == len(set(names))
    assert all(entry["use"] for entry in listed()[part])


def test_table_shows_formula_counts_and_use(forecast: Run, capsys: Capture) -> None:
    assert forecast("models", "--input-size", "10", "--hidden-size", "50") == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "parameters of 1 layer of 50 units, reading 10 numbers" in shown.out
    (line,) = [line for line in shown.out.splitlines() if line.startswith("  gru ")]
    assert line.split()[:10] == ["gru", *["3", "D", "(E", "+", "D", "+", "1)"], "9,150", "9,300"]
    assert max(map(len, shown.out.splitlines())) <= 100


def test_detail_of_a_cell_has_equations_source_and_layers(forecast: Run, capsys: Capture) -> None:
    assert forecast("models", "--model", "lstm", "--num-layers", "2", "--bidirectional") == 0
    shown = capsys.readouterr().out
    assert "c = f c + i g" in shown
    assert "Hochreiter & Schmidhuber (1997)" in shown
    assert "2 layers of 64 units both ways, reading 1 number:" in shown
    assert [line.split()[0] for line in shown.splitlines()[-4:-1]] == ["1", "2", "all"]
    assert "gru" not in shown


def test_detail_of_a_rule_says_that_it_learns_nothing(forecast: Run, capsys: Capture) -> None:
    assert forecast("models", "--model", "drift") == 0
    assert "no parameters: a rule learns nothing" in capsys.readouterr().out


def test_unknown_model_is_refused_with_those_there_are(forecast: Run, capsys: Capture) -> None:
    assert forecast("models", "--model", "prophet") == 2
    said = capsys.readouterr().err
    assert "no model is called 'prophet'" in said
    assert "fix: choose from gru, lstm, rnn, linear" in said
