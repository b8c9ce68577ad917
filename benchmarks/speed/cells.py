"""The grid of the table: sizes of a fit, and the floating-point operations of one of its steps.

Standard library alone, for the peers' environments have nothing else of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

ROWS, CONTEXT, HORIZON = 17_420, 96, 24
GATES = {"rnn": 1, "lstm": 4, "gru": 3}
WARM = 1
"""Steps of a fit that come before those that are timed; the first round warms up the rest."""
FEWEST, MOST = 2, 60
WORK = 3e10
"""Operations of the timed steps, where that lies between the fewest and the most."""
PEERS_SHARE = 5
"""Peers take a step three to ten times as long, and are timed for fewer."""
AS_CHOSEN = 0
"""Threads: as many as the program takes where it is told nothing."""


@dataclass(frozen=True)
class Cell:
    """One fit.

    Parameters
    ----------
    series : int
        Each of `ROWS` hourly values.
    cell : str
        ``rnn``, ``lstm`` or ``gru``.
    hidden, batch, threads : int
        Units of the state, windows of a step, threads of the process.
    precision : str
        ``32`` or ``bf16``.
    steps : int
        That are timed; 0 takes as many as `usual_steps` says.
    """

    series: int
    cell: str
    hidden: int
    batch: int
    threads: int
    precision: str = "32"
    steps: int = 0

    @property
    def timed(self) -> int:
        """Steps that are timed."""
        return self.steps or usual_steps(self)

    @property
    def words(self) -> str:
        """The cell in words, different for each."""
        threads = f"{self.threads or 'own'} threads"
        return (
            f"{self.cell} {self.hidden} x batch {self.batch}, {self.series} series, {threads}, "
            f"{self.precision}, {self.timed} steps"
        )

    @property
    def data_bytes(self) -> int:
        """Bytes of the times and values, 8 each."""
        return 16 * self.series * ROWS


def usual_steps(cell: Cell) -> int:
    """Steps that are worth timing: many where they are short.

    Examples
    --------
    >>> usual_steps(Cell(1, "gru", 64, 32, 1)), usual_steps(Cell(1, "gru", 256, 512, 1))
    (60, 2)
    """
    return int(min(MOST, max(FEWEST, WORK // step_operations(cell))))


def step_operations(cell: Cell) -> int:
    """Count the multiplications and additions of the matrix products of one step.

    Forward, each recurrent step takes the state and the value to all gates, and the last state is
    taken to the horizon. Backward takes as many for the gradients of the weights, and as many for
    those of the states; values have no gradient.

    Examples
    --------
    >>> step_operations(Cell(1, "rnn", 256, 512, 1)) == 2 * 512 * (
    ...     96 * 256 * (3 * 256 + 2) + 3 * 256 * 24
    ... )
    True
    """
    gates = GATES[cell.cell] * cell.hidden
    recurrent = CONTEXT * gates * (3 * cell.hidden + 2)
    return 2 * cell.batch * (recurrent + 3 * cell.hidden * HORIZON)


def grid(threads: tuple[int, ...] = (1, 2)) -> tuple[Cell, ...]:
    """Return all cells of the table."""
    return tuple(
        Cell(series, cell, hidden, batch, count)
        for count in threads  # outermost: processes go on from row to row
        for series in (1, 100)
        for cell in GATES
        for hidden in (64, 256)
        for batch in (32, 512)
    )


def limit_grid(threads: tuple[int, ...] = (1, 2)) -> tuple[Cell, ...]:
    """Return the cells that are held against the rate of matrix products."""
    return tuple(
        Cell(1, cell, 256, batch, count)
        for cell in GATES
        for batch in (256, 512)
        for count in threads
    )


def with_steps(cells: tuple[Cell, ...], steps: int | None) -> tuple[Cell, ...]:
    """Return the cells with so many steps; None leaves them as they are."""
    return cells if steps is None else tuple(replace(cell, steps=steps) for cell in cells)
