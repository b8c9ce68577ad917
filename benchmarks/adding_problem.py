"""How long do the cells remember? The adding problem, with 100 and with 200 steps.

    python benchmarks/adding_problem.py

A sequence has two numbers a step: one drawn from [0, 1], and a mark. Two steps are marked, one in
each half, and after the last step the sum of their numbers is asked for. Who remembers nothing
says 1 and errs by the variance of the sum, 1/6 = 0.167 (Hochreiter & Schmidhuber 1997, task 4; in
this form Le et al. 2015, arXiv 1504.00941, section 4.1). Every batch is drawn afresh. A run ends
when the error on 1,000 held sequences is below 0.005, or after 5,000 steps of the optimiser. Writes
docs/long-memory.md; two runs at a time, of one thread each.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from forecast.networks.stack import RecurrentStack, StackShape

PAGE = Path(__file__).parents[1] / "docs" / "long-memory.md"
LENGTHS, CELLS, SEEDS = (100, 200), ("rnn", "lstm", "gru"), (0, 1)
HIDDEN, BATCH, RATE, WARMUP, CLIP = 64, 32, 0.01, 100, 1.0
MOST_STEPS, LOOK_EVERY, SOLVED = 5_000, 100, 0.005
HELD, HELD_SEED = 1_000, 999
JOBS = 2


@dataclass(frozen=True)
class Task:
    """One run."""

    cell: str
    length: int
    seed: int


@dataclass(frozen=True)
class Outcome:
    """Its end: error on the held sequences, optimiser steps, processor seconds."""

    error: float
    steps: int
    seconds: float


class Adder(nn.Module):
    """A recurrent stack of one layer, and a linear map of its last state."""

    def __init__(self, cell: str) -> None:
        super().__init__()
        self.stack = RecurrentStack(StackShape(cell, input_size=2, hidden_size=HIDDEN))
        self.head = nn.Linear(HIDDEN, 1)

    def forward(self, steps: Tensor) -> Tensor:
        """Return the sums (B,) of sequences (B, T, 2)."""
        outputs, state = self.stack(steps)
        return self.head(self.stack.summary(outputs, state))[:, 0]


def draw(count: int, length: int, source: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw sequences (B, T, 2) and their sums (B,)."""
    values, marks = torch.rand(count, length, generator=source), torch.zeros(count, length)
    half, rows = length // 2, torch.arange(count)
    for begin, end in ((0, half), (half, length)):
        marks[rows, torch.randint(begin, end, (count,), generator=source)] = 1.0
    return torch.stack([values, marks], dim=2), (values * marks).sum(dim=1)


def run(task: Task) -> Outcome:
    """Train one network until it has solved the task, or has had its chance."""
    torch.set_num_threads(1)
    torch.manual_seed(task.seed)
    source = torch.Generator().manual_seed(task.seed)
    held, sums = draw(HELD, task.length, torch.Generator().manual_seed(HELD_SEED))
    adder = Adder(task.cell)
    optimiser = torch.optim.Adam(adder.parameters(), lr=RATE)
    begun, error, step = time.process_time(), float("nan"), 0
    for step in range(1, MOST_STEPS + 1):
        optimiser.param_groups[0]["lr"] = RATE * min(1.0, step / WARMUP)
        steps, target = draw(BATCH, task.length, source)
        loss = nn.functional.mse_loss(adder(steps), target)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(adder.parameters(), CLIP)
        optimiser.step()
        if step % LOOK_EVERY == 0:
            with torch.inference_mode():
                error = float(nn.functional.mse_loss(adder(held), sums))
            if error < SOLVED:
                break
    return Outcome(error, step, time.process_time() - begun)


def table(outcomes: dict[Task, Outcome]) -> list[str]:
    """One row a length and cell."""
    numbers = " ".join(map(str, SEEDS))
    lines = [
        f"| steps | cell | weights | MSE, seeds {numbers} | optimiser steps | processor seconds |",
        "|---|---|---|---|---|---|",
    ]
    for length in LENGTHS:
        for cell in CELLS:
            found = [outcomes[Task(cell, length, seed)] for seed in SEEDS]
            weights = sum(weight.numel() for weight in Adder(cell).parameters())
            cells = (
                ", ".join(f"{one.error:.4f}" for one in found),
                ", ".join(f"{one.steps:,}" for one in found),
                ", ".join(f"{one.seconds:.0f}" for one in found),
            )
            lines.append(f"| {length} | `{cell}` | {weights:,} | {' | '.join(cells)} |")
    return lines


def page(outcomes: dict[Task, Outcome]) -> str:
    """Write the page."""
    words = f"""\
# Long memory

The adding problem: of a sequence of numbers from [0, 1] two are marked, one in each half, and
after the last step their sum is asked for. Who remembers nothing says 1, and has a mean squared
error of 1/6 = 0.167. One layer of {HIDDEN} units; batches of {BATCH} new sequences, Adam at a rate
of {RATE:g} after {WARMUP} steps of warm-up, gradients clipped at {CLIP:g}. A run ends when the
error on {HELD:,} held sequences is below {SOLVED:g}, or after {MOST_STEPS:,} optimiser steps.
Below 0.02 the task is solved.

"""
    machine = f"{os.cpu_count()} cores ({platform.machine()})"
    closing = f"""
Written by `python benchmarks/adding_problem.py` on {machine}, with torch {torch.__version__}:
{JOBS} runs at a time, of one thread each; the seconds are those that a processor worked for a run.
The task: Hochreiter & Schmidhuber (1997), in the form of Le et al. (2015), arXiv 1504.00941.
"""
    return words + "\n".join(table(outcomes)) + "\n" + closing


def main() -> None:
    """Run all, say each, and write the page."""
    tasks = [Task(cell, length, seed) for length in LENGTHS for cell in CELLS for seed in SEEDS]
    outcomes: dict[Task, Outcome] = {}
    spawning = multiprocessing.get_context("spawn")  # torch and forks are no friends
    with ProcessPoolExecutor(JOBS, mp_context=spawning) as pool:
        for task, found in zip(tasks, pool.map(run, tasks), strict=True):
            outcomes[task] = found
            print(
                f"{task.length} steps, {task.cell}, seed {task.seed}: MSE {found.error:.4f} after "
                f"{found.steps:,} steps, {found.seconds:.0f} s",
                flush=True,
            )
    PAGE.write_text(page(outcomes), encoding="utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
