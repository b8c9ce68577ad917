"""Readers of a context that are not recurrent, under the roof of a recurrent stack.

They stand where a `RecurrentStack` stands, so that windows, decoders, heads and training are the
same for all: what differs between two models is how they read a context, and nothing else.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from forecast.networks.cnn import Convolutions
from forecast.networks.mlp import Perceptron
from forecast.networks.shape import NetworkShape
from forecast.networks.ssm import StateSpace
from forecast.networks.stack import State
from forecast.networks.tcn import TemporalConvolutions
from forecast.networks.transformer import TransformerEncoder

BLOCKS = 2
"""Blocks of a layer."""


class Feedforward(nn.Module):
    """Steps (B, T, E) --> outputs (B, T', D); the last output has read the newest step."""

    def __init__(self, shape: NetworkShape, input_size: int) -> None:
        super().__init__()
        self.output_size = shape.hidden_size
        self.network = _build(shape, input_size)

    def forward(
        self,
        steps: Tensor,
        state: State | None = None,  # noqa: ARG002 - nothing here goes on from a state
        padded: Tensor | None = None,
        truncate: int | None = None,  # noqa: ARG002 - nor is there one to cut
    ) -> tuple[Tensor, State]:
        """Read ``steps``.

        Parameters
        ----------
        padded : Tensor of shape (B,), int64
            So many of the first steps are padding; the last step never is.
        """
        hidden = None
        if padded is not None:
            count = steps.shape[1]
            places = torch.arange(count, device=steps.device)
            hidden = places < padded.clamp_max(count - 1)[:, None]
        outputs: Tensor = self.network(steps, hidden)
        return outputs, ()

    def summary(self, outputs: Tensor, state: State) -> Tensor:  # noqa: ARG002 - there is none
        """Return the last output, (B, D)."""
        return outputs[:, -1]


def _build(shape: NetworkShape, input_size: int) -> nn.Module:
    size, dropout, steps = shape.hidden_size, shape.dropout, shape.recurrent_steps
    blocks = BLOCKS * shape.num_layers
    if shape.encoder == "tcn":
        return TemporalConvolutions(
            input_size=input_size,
            hidden_size=size,
            steps=steps,
            num_layers=shape.num_layers,
            dropout=dropout,
        )
    if shape.encoder == "cnn":
        return Convolutions(
            input_size=input_size, hidden_size=size, num_layers=blocks, dropout=dropout
        )
    if shape.encoder == "ssm":
        return StateSpace(
            input_size=input_size, hidden_size=size, num_layers=blocks, dropout=dropout
        )
    sized = TransformerEncoder if shape.encoder == "transformer" else Perceptron
    return sized(
        input_size=input_size, hidden_size=size, num_layers=blocks, steps=steps, dropout=dropout
    )
