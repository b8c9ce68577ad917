"""A diagonal state space model: a linear recurrence, run as one convolution.

For each channel, with N complex states s of its own,

    s[t] = exp(dt A) s[t - 1] + B u[t],        y[t] = Re(C s[t]) + D u[t]
    y    = K * u + D u,                        K[k] = Re(C exp(dt A)^k B)

with ``A = -exp(a) + i w``, so that every state decays. The kernel K is as long as the context and
is applied by a Fourier transform. Around it: normalisation, gelu, a linear mix and a residual.

References
----------
Gu, Goel & Re (2022), S4, arXiv 2111.00396; Gu, Gupta, Goel & Re (2022), S4D, arXiv 2206.11893,
equations 6 to 9 and the initialisation S4D-Lin.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from forecast.networks.initialise import initialise_evenly, initialise_normal

STATES = 16
"""N, of each channel; with their conjugates they are twice as many real ones."""
SLOWEST, FASTEST = 1e-3, 1e-1
"""Steps of time that a channel begins with, in steps of the sequence."""


class StateSpace(nn.Module):
    """Steps (B, T, E) --> outputs (B, T, D), each of which has seen the steps up to its own."""

    def __init__(
        self, *, input_size: int, hidden_size: int, num_layers: int, dropout: float
    ) -> None:
        super().__init__()
        self.inward = nn.Linear(input_size, hidden_size)
        self.layers = nn.ModuleList(Layer(hidden_size, dropout=dropout) for _ in range(num_layers))

    def forward(self, steps: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Run all layers; ``hidden`` (B, T) is true at padded steps, which are read as zero."""
        found: Tensor = self.inward(steps)
        for layer in self.layers:
            if hidden is not None:
                found = found.masked_fill(hidden[..., None], 0.0)
            found = layer(found)
        return found


class Layer(nn.Module):
    """Signals (B, T, D) --> (B, T, D); see the module."""

    def __init__(self, size: int, *, dropout: float) -> None:
        super().__init__()
        self.log_step = nn.Parameter(torch.empty(size))
        initialise_evenly(self.log_step, math.log(SLOWEST), math.log(FASTEST))
        self.log_decay = nn.Parameter(torch.full((size, STATES), math.log(0.5)))
        self.frequency = nn.Parameter(torch.empty(size, STATES))
        initialise_evenly(self.frequency, 0.0, math.pi * (STATES - 1))
        self.output = nn.Parameter(torch.empty(size, STATES, 2))  # C, real and imaginary
        initialise_normal(self.output, 0.5**0.5)
        self.through = nn.Parameter(torch.empty(size))
        initialise_normal(self.through)
        self.norm = nn.LayerNorm(size)
        self.mix = nn.Linear(size, size)
        self.dropout = nn.Dropout(dropout)

    def forward(self, found: Tensor) -> Tensor:
        """Add to each channel what it answers to what it has seen."""
        signal = self.norm(found).transpose(1, 2)  # (B, D, T)
        length = signal.shape[-1]
        kernel = self.kernel(length)
        spectrum = torch.fft.rfft(signal, n=2 * length) * torch.fft.rfft(kernel, n=2 * length)
        answer = torch.fft.irfft(spectrum, n=2 * length)[..., :length]
        answer = answer + self.through[:, None] * signal
        mixed: Tensor = self.mix(nn.functional.gelu(answer.transpose(1, 2)))
        change: Tensor = self.dropout(mixed)
        return found + change

    def kernel(self, length: int) -> Tensor:
        """K, what a channel answers to a single 1, (D, T)."""
        step = torch.exp(self.log_step)[:, None]
        pole = torch.complex(-torch.exp(self.log_decay), self.frequency)  # A, (D, N)
        inward = (torch.exp(step * pole) - 1) / pole  # B of a step held constant
        weight = torch.view_as_complex(self.output) * inward
        times = torch.arange(length, device=step.device)
        powers = torch.exp((step * pole)[..., None] * times)  # (D, N, T)
        answer: Tensor = 2 * torch.einsum("dn,dnt->dt", weight, powers).real
        return answer
