"""A loop of torch.nn, written as plainly as possible; what every library adds to is measured by it.

python -m benchmarks.speed.bare     answers on its streams, see `worker`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from benchmarks.speed.cells import CONTEXT, HORIZON, ROWS, WARM, Cell
from benchmarks.speed.worker import serve

if TYPE_CHECKING:
    import pandas as pd

LAYERS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Plain(nn.Module):
    """One recurrent layer, and a linear one from its last state to the horizon."""

    def __init__(self, cell: str, hidden: int) -> None:
        super().__init__()
        self.recurrent = LAYERS[cell](1, hidden, batch_first=True)
        self.output = nn.Linear(hidden, HORIZON)

    def forward(self, context: Tensor) -> Tensor:
        """Take contexts (B, L, 1) to horizons (B, H)."""
        states, _ = self.recurrent(context)
        horizon: Tensor = self.output(states[:, -1])
        return horizon


def fit(cell: Cell, table: pd.DataFrame) -> None:
    """Train on windows that are drawn at random."""
    torch.manual_seed(0)
    values = torch.tensor(table["y"].to_numpy(), dtype=torch.float32).reshape(-1, ROWS)
    mean, deviation = values.mean(dim=1, keepdim=True), values.std(dim=1, keepdim=True)
    windows = ((values - mean) / deviation).unfold(1, CONTEXT + HORIZON, 1)  # (N, W, L + H)
    model = Plain(cell.cell, cell.hidden)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(WARM + cell.timed):
        series = torch.randint(windows.shape[0], (cell.batch,))
        start = torch.randint(windows.shape[1], (cell.batch,))
        picked = windows[series, start]
        loss = nn.functional.l1_loss(model(picked[:, :CONTEXT, None]), picked[:, CONTEXT:])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()


if __name__ == "__main__":
    serve(fit)
