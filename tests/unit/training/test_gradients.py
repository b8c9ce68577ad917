from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from forecast.training.gradients import Gradients


def taught(*, used: bool = True) -> nn.Module:
    """A network with gradients; its second layer may have none."""
    torch.manual_seed(0)
    module = nn.ModuleDict({"recurrent": nn.GRU(2, 3, num_layers=2), "head": nn.Linear(3, 1)})
    states = module["recurrent"](torch.randn(5, 4, 2))[0]
    (module["head"](states) if used else states).square().sum().backward()
    return module


def norms_of(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: p.grad.norm() for name, p in module.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("limit", [0.1, 1e6])
def test_norm_is_clipped_as_torch_does(limit: float) -> None:
    module, expected = taught(), taught()
    total = nn.utils.clip_grad_norm_(expected.parameters(), limit)
    norms = Gradients(module, limit=limit, clip_by="norm").clip()
    assert float(norms.norm()) == pytest.approx(float(total), rel=1e-6)
    for own, reference in zip(module.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(own.grad, reference.grad)


def test_value_bounds_each_number_by_itself() -> None:
    module, before = taught(), taught()
    Gradients(module, limit=0.5, clip_by="value").clip()
    for own, reference in zip(module.parameters(), before.parameters(), strict=True):
        assert own.grad is not None
        assert reference.grad is not None
        assert torch.equal(own.grad, reference.grad.clamp(-0.5, 0.5))


@pytest.mark.parametrize("clip_by", ["norm", "value"])
def test_limit_of_zero_clips_nothing(clip_by: str) -> None:
    module = taught()
    before = copy.deepcopy({name: p.grad for name, p in module.named_parameters()})
    Gradients(module, limit=0, clip_by="norm" if clip_by == "norm" else "value").clip()
    after = {name: p.grad for name, p in module.named_parameters()}
    assert all(torch.equal(before[name], after[name]) for name in before)  # type: ignore[arg-type]


def test_norms_by_layer_are_those_before_clipping_and_means_over_steps() -> None:
    module = taught()
    before = norms_of(module)
    gradients = Gradients(module, limit=0.1, clip_by="norm")
    first = gradients.clip()
    found = gradients.by_layer(torch.stack([first, 3 * first]))
    assert set(found) == {"recurrent.l0", "recurrent.l1", "head"}
    for layer in ("l0", "l1"):
        squares = sum(norm**2 for name, norm in before.items() if name.endswith(layer))
        assert found[f"recurrent.{layer}"] == pytest.approx(2 * float(squares) ** 0.5)


def test_layer_that_a_step_does_not_use_has_no_gradient() -> None:
    module = taught(used=False)
    gradients = Gradients(module, limit=1.0, clip_by="norm")
    assert gradients.by_layer(gradients.clip()[None])["head"] == 0.0
