"""Our AdamW beside that of torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from forecast.training.adamw import AdamW

RATES = [0.001 * step for step in range(1, 20)]


def network() -> tuple[nn.Module, list[nn.Parameter], list[nn.Parameter]]:
    """Return a network, its parameters with one that is never used, and those that move less."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(5, 33), nn.Tanh(), nn.Linear(33, 2))
    first, last = list(module[0].parameters()), list(module[2].parameters())
    return module, [nn.Parameter(torch.ones(3)), *first], last


def learn(module: nn.Module) -> None:
    module(torch.arange(20.0).view(4, 5)).square().mean().backward()


def test_weights_are_those_of_torch_to_the_last_bit() -> None:
    module, full, less = network()
    ours = AdamW({1.0: full, 0.25: less}, weight_decay=0.01)
    for rate in RATES:
        ours.clear()
        learn(module)
        ours.step(rate)
    other, theirs, slow = network()
    torchs = torch.optim.AdamW(
        [{"params": theirs, "share": 1.0}, {"params": slow, "share": 0.25}],
        weight_decay=0.01,
        fused=True,
    )
    for rate in RATES:
        for group in torchs.param_groups:
            group["lr"] = rate * group["share"]
        torchs.zero_grad()
        learn(other)
        torchs.step()
    for mine, its in zip([*full, *less], [*theirs, *slow], strict=True):
        assert torch.equal(mine, its)


def test_it_goes_on_from_its_tensors() -> None:
    def trained(*, stops: bool) -> list[Tensor]:
        module, full, less = network()
        optimiser = AdamW({1.0: full, 0.25: less}, weight_decay=0.01)
        for place, rate in enumerate(RATES):
            if stops and place == 7:
                kept = {name: value.clone() for name, value in optimiser.tensors().items()}
                optimiser = AdamW({1.0: full, 0.25: less}, weight_decay=0.01)
                optimiser.load(kept)
            optimiser.clear()
            learn(module)
            optimiser.step(rate)
        return [*full, *less]

    for whole, resumed in zip(trained(stops=False), trained(stops=True), strict=True):
        assert torch.equal(whole, resumed)
