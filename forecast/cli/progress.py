"""Progress on standard error: bars on a terminal, one line per epoch elsewhere."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from forecast.cli import console
from forecast.cli.render import count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from rich.progress import Progress, TaskID

    from forecast.training.monitor import EpochRecord

INTERRUPTED = 130


class StopRequest:
    """Counts Ctrl-C: the first asks the run to stop, the second ends it, the third at once."""

    def __init__(self) -> None:
        self.count = 0

    def hear(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's form
        """Handle the signal."""
        self.count += 1
        if self.count == 1:
            # Not through Rich: the main thread may hold the lock of its console.
            os.write(2, b"\nstopping after this step; press Ctrl-C again to leave at once\n")
            return
        if self.count > 2:  # noqa: PLR2004 - clean-up was interrupted, too
            os._exit(INTERRUPTED)
        raise KeyboardInterrupt


class LineMonitor:
    """One line per epoch, for logs and pipes."""

    def __init__(self, stop: StopRequest, *, quiet: bool = False) -> None:
        self._stop = stop
        self._quiet = quiet
        self.said: set[str] = set()

    def say(self, text: str) -> None:
        """Say a sentence."""
        if not self._quiet:
            self.said.add(text)
            console.say(text)

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:
        """Say that a fit begins."""
        most = f"at most {count(epochs, 'epoch')}" if epochs else "without training"
        self.say(f"{fit}: fit {index + 1} of {total}, {most}")

    def end_epoch(self, record: EpochRecord) -> None:
        """Say how an epoch ended."""
        self.say(f"{record.fit}: epoch {record.epoch}/{record.epochs}, {losses(record)}")

    def end_fit(self, fit: str) -> None:
        """Let the last epoch's line stand."""

    def should_stop(self) -> bool:
        """Answer whether Ctrl-C was pressed."""
        return self._stop.count > 0


class BarMonitor:
    """A bar for all fits and a bar for the epochs of the current one.

    What is said before the first fit stands above the bars; what is said later is among the notes
    at the end, and is said here only where the run fails.
    """

    def __init__(self, stop: StopRequest, progress: Progress) -> None:
        self._stop = stop
        self._progress = progress
        self.said: set[str] = set()
        self._held: list[str] = []
        self._all: TaskID | None = None
        self._fit: TaskID | None = None
        self._index = 0

    def say(self, text: str) -> None:
        """Say a sentence above the bars, or hold it back once they are there."""
        if self._all is None:
            self.said.add(text)
            self._progress.console.print(text)
        else:
            self._held.append(text)

    def say_held(self) -> None:
        """Say what was held back."""
        for text in self._held:
            self._progress.console.print(text)

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:
        """Show the bars of a fit."""
        self._index = index
        if self._all is None:
            self._all = self._progress.add_task("all fits", total=total, note="")
        self._progress.update(
            self._all, total=total, completed=index, note=f"{index + 1} of {total}"
        )
        self._drop_fit()
        self._fit = self._progress.add_task(fit, total=epochs, note="")

    def end_epoch(self, record: EpochRecord) -> None:
        """Move both bars."""
        if self._fit is None or self._all is None:
            return
        self._progress.update(self._fit, completed=record.epoch, note=losses(record))
        self._progress.update(self._all, completed=self._index + record.epoch / record.epochs)

    def end_fit(self, fit: str) -> None:  # noqa: ARG002 - the bar on show is that of this fit
        """Take the fit as done, also where it stopped early."""
        if self._all is not None:
            self._progress.update(self._all, completed=self._index + 1)
        self._drop_fit()

    def should_stop(self) -> bool:
        """Answer whether Ctrl-C was pressed."""
        return self._stop.count > 0

    def _drop_fit(self) -> None:
        if self._fit is not None:
            self._progress.remove_task(self._fit)
            self._fit = None


def losses(record: EpochRecord) -> str:
    """Return the losses of an epoch in words; a star marks the best so far."""
    parts = [f"loss {record.train_loss:.4f}"]
    if record.validation_loss is not None:
        parts.append(f"validation {record.validation_loss:.4f}")
    return ", ".join(parts) + (" *" if record.best else "")


@contextmanager
def watching(*, quiet: bool) -> Iterator[LineMonitor | BarMonitor]:
    """Give a monitor for one run, and listen for Ctrl-C while it lasts."""
    stop = StopRequest()
    before = signal.signal(signal.SIGINT, stop.hear)
    try:
        if quiet or not console.animates():
            yield LineMonitor(stop, quiet=quiet)
            if not quiet:
                console.say("")
            return
        with _bars() as progress:
            monitor = BarMonitor(stop, progress)
            try:
                yield monitor
            except BaseException:
                monitor.say_held()
                raise
        console.say("")  # between the talk and the results
    finally:
        signal.signal(signal.SIGINT, before)


def _bars() -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=console.talk(),
        transient=True,
    )
