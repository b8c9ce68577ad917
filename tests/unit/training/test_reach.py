from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from forecast.training.reach import EXPLODED, VANISHED, reach_sentence, recurrent_reach


class Reader(nn.Module):
    """Reads steps with a recurrence, and the values again beside it."""

    def __init__(self, weight: float, *, name: str = "reader") -> None:
        super().__init__()
        cell = nn.RNN(1, 1, nonlinearity="relu", bias=False, batch_first=True)
        nn.init.constant_(cell.all_weights[0][1], weight)
        nn.init.constant_(cell.all_weights[0][0], 1.0)
        self.add_module(name, cell)
        self.skip = nn.Linear(40, 1)
        self.dropout = nn.Dropout(0.5)

    def forward(self, values: Tensor) -> Tensor:
        states = next(self.children())(values[:, :, None])[0][:, -1]
        return self.dropout(states) + self.skip(values)  # type: ignore[no-any-return]


def reach(module: nn.Module, steps: int = 40) -> float | None:
    values = torch.ones(3, steps)
    return recurrent_reach(module, lambda: module(values).sum())


@pytest.mark.parametrize("weight", [0.5, 1.0, 1.5])
def test_reach_is_the_power_of_the_recurrent_weight_whatever_goes_beside_it(weight: float) -> None:
    # A linear recurrence: the gradient at a step is the weight to the number of steps after it.
    assert reach(Reader(weight)) == pytest.approx(weight**30, rel=1e-4)


def test_looking_changes_nothing() -> None:
    module = Reader(0.5).train()
    before = torch.get_rng_state()
    reach(module)
    assert torch.equal(torch.get_rng_state(), before)
    assert module.training
    assert all(parameter.grad is None for parameter in module.parameters())
    with torch.no_grad():
        assert not module(torch.ones(1, 40)).requires_grad


def test_network_without_a_recurrence_has_no_reach() -> None:
    assert reach(Reader(0.5, name="other")) is None


class Padded(nn.Module):
    """A recurrence that is told of padding and of cuts, and passes its steps on."""

    def __init__(self, padded: Tensor | None, cut: int | None) -> None:
        super().__init__()
        self.reader, self.padded, self.cut = _Sum(), padded, cut

    def forward(self, values: Tensor) -> Tensor:
        found: Tensor = self.reader(values[:, :, None], None, self.padded, self.cut)
        return found


class _Sum(nn.Module):
    def forward(
        self, steps: Tensor, _state: None, padded: Tensor | None, _cut: int | None
    ) -> Tensor:
        weight = torch.ones(steps.shape[1])
        weight[: steps.shape[1] // 2] = 0.5
        shown = steps[:, :, 0] * weight
        return shown if padded is None else shown * (padded == 0)[:, None]


def test_rows_with_padding_and_gradients_cut_on_purpose_do_not_count() -> None:
    assert reach(Padded(torch.tensor([0, 9, 0]), None)) == pytest.approx(0.5)
    assert reach(Padded(torch.tensor([1, 9, 2]), None)) is None
    assert reach(Padded(None, 10)) is None


def test_too_few_steps_have_no_first_quarter() -> None:
    assert reach(Padded(None, None), steps=3) is None


@pytest.mark.parametrize("ratio", [None, VANISHED, 0.3, EXPLODED])
def test_nothing_is_said_of_gradients_that_arrive(ratio: float | None) -> None:
    assert reach_sentence("gru", ratio) is None


@pytest.mark.parametrize(("ratio", "shown"), [(1.4e-9, "1e-9"), (0.0, "0"), (2e12, "2e12")])
def test_gradients_that_vanish_or_explode_are_told_with_what_helps(
    ratio: float, shown: str
) -> None:
    said = str(reach_sentence("rnn, final fit", ratio))
    assert f"rnn, final fit: gradients reaching the first steps are {shown} of those" in said
    assert said.endswith("shorten the context, raise the segment length or use gru")
    said = str(reach_sentence("gru, final fit", ratio))
    assert said.endswith("shorten the context or raise the segment length")
