"""The tensors of a fit: the weights now, the last good ones and the best, optimiser, randomness."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import Tensor, nn

from forecast.training.checkpoint import Checkpoint, Checkpoints
from forecast.training.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecast.training.adamw import AdamW
    from forecast.training.averaging import WeightAverage

Weights: TypeAlias = dict[str, Tensor]


class State:
    """What a fit changes with every step, and what it may have to go back to.

    Parameters
    ----------
    module : Module
    optimiser : AdamW
    average : WeightAverage or None
    generator : torch.Generator
        Draws the batches.
    checkpoints : Checkpoints or None
        Where the state is kept, under the name ``fit``.
    """

    def __init__(
        self,
        module: nn.Module,
        optimiser: AdamW,
        average: WeightAverage | None,
        generator: torch.Generator,
        *,
        checkpoints: Checkpoints | None,
        fit: str,
    ) -> None:
        self.module, self.optimiser = module, optimiser
        self.average, self.generator = average, generator
        self.checkpoints, self.fit = checkpoints, fit
        self.best = weights_of(module)
        self.remember()

    def remember(self) -> None:
        """Take the weights as good ones to go back to."""
        self.good = weights_of(self.module)
        self.good_average = None if self.average is None else self.average.snapshot()

    def keep_best(self) -> None:
        """Take the weights that the module holds as the best so far."""
        self.best = weights_of(self.module)

    def go_back(self, optimiser: AdamW) -> None:
        """Go back to the last good weights, with a fresh optimiser."""
        self.module.load_state_dict(self.good)
        if self.average is not None and self.good_average is not None:
            self.average.restore(*self.good_average)
        self.optimiser = optimiser

    def save(self, progress: Progress) -> None:
        """Keep all of it; of a fit that has ended, the best weights are all."""
        if self.checkpoints is None:
            return
        tensors = _under("best", self.best)
        if progress.stopped is None:
            tensors |= _under("weights", self.module.state_dict())
            tensors |= _under("optimiser", self.optimiser.tensors())
            if self.average is not None:
                sums, progress.averaged = self.average.snapshot()
                tensors |= _under("average", sums)
            tensors |= _under("random", self._randomness())
        self.checkpoints.save(self.fit, Checkpoint(tensors, progress.facts()))

    def load(self) -> Progress | None:
        """Put everything as it was at the latest checkpoint; None where there is none."""
        found = None if self.checkpoints is None else self.checkpoints.load(self.fit)
        if found is None:
            return None
        progress, device = Progress.from_facts(found.facts), self.generator.device
        tensors = found.tensors
        self.best = {name: value.to(device) for name, value in _below("best", tensors).items()}
        if progress.stopped is not None:
            return progress
        self.module.load_state_dict(_below("weights", tensors))
        self.optimiser.load(_below("optimiser", tensors))
        if self.average is not None:
            self.average.restore(_below("average", tensors), progress.averaged)
        self.remember()
        random = _below("random", tensors)
        self.generator.set_state(random["batches"])
        torch.set_rng_state(random["torch"])
        if "cuda" in random:
            torch.cuda.set_rng_state(random["cuda"], device)
        return progress

    def _randomness(self) -> Weights:
        found = {"batches": self.generator.get_state(), "torch": torch.get_rng_state()}
        if self.generator.device.type == "cuda":
            found["cuda"] = torch.cuda.get_rng_state(self.generator.device)
        return found


def weights_of(module: nn.Module) -> Weights:
    """Return a copy of the state of a module."""
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def _under(place: str, tensors: Mapping[str, Tensor]) -> Weights:
    return {f"{place}/{name}": value for name, value in tensors.items()}


def _below(place: str, tensors: Mapping[str, Tensor]) -> Weights:
    begin = f"{place}/"
    return {
        name.removeprefix(begin): value for name, value in tensors.items() if name.startswith(begin)
    }
