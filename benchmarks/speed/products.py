"""The matrix products of a step and nothing else: the machine's own rate at the same shapes.

    python -m benchmarks.speed.products     answers on its streams, see `worker`

For each recurrent step the state is taken to all gates and their gradient back to the state; the
gradient of the weights is one product of all steps. Nothing reads what comes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from benchmarks.speed.cells import CONTEXT, GATES, WARM, Cell
from benchmarks.speed.worker import serve, tick

if TYPE_CHECKING:
    import pandas as pd

KINDS = {"32": torch.float32, "bf16": torch.bfloat16}


def fit(cell: Cell, table: pd.DataFrame) -> None:
    """Multiply as often as a fit does; the values of ``table`` do not matter."""
    del table
    kind, gates = KINDS[cell.precision], GATES[cell.cell] * cell.hidden
    state = torch.randn(cell.batch, cell.hidden).to(kind)
    weight = torch.randn(cell.hidden, gates).to(kind)
    states = torch.randn(CONTEXT * cell.batch, cell.hidden).to(kind)
    gradients = torch.randn(CONTEXT * cell.batch, gates).to(kind)
    found, back, gradient = state @ weight, state.clone(), weight.clone()
    for _ in range(WARM + cell.timed):
        for _ in range(CONTEXT):
            torch.mm(state, weight, out=found)
        for _ in range(CONTEXT):
            torch.mm(found, weight.T, out=back)
        torch.mm(states.T, gradients, out=gradient)
        tick()


if __name__ == "__main__":
    serve(fit)
