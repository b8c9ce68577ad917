"""A monitor that passes everything on, writes each epoch to ``history.jsonl`` and keeps notes."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from pathlib import Path

from forecast.storage.journal import append_line
from forecast.training.monitor import EpochRecord, Monitor


class RecordingMonitor:
    """Stands between the library and the caller's monitor.

    Parameters
    ----------
    monitor : Monitor
        Hears everything, too.
    path : Path
        The journal of epochs; each line is on the disk before training goes on.
    ended : collection of str
        Fits that had ended before the run was cut off: what they said then is kept again, and the
        caller's monitor, which has heard it, does not hear it twice.
    """

    def __init__(self, monitor: Monitor, path: Path, *, ended: Collection[str] = ()) -> None:
        self.monitor = monitor
        self.path = path
        self.ended = ended
        self.again = False
        self.records: list[EpochRecord] = []
        self.notes: list[str] = []

    def say(self, text: str) -> None:
        """Keep the sentence for the report and pass it on."""
        self.notes.append(text)
        if not self.again:
            self.monitor.say(text)

    def say_all(self, sentences: Iterable[str]) -> None:
        """Keep each sentence and pass it on."""
        for sentence in sentences:
            self.say(sentence)

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:
        """Pass it on, if the fit is not over."""
        self.again = fit in self.ended
        if not self.again:
            self.monitor.start_fit(fit, index, total, epochs)

    def end_epoch(self, record: EpochRecord) -> None:
        """Write the epoch, and pass it on if the fit is not over."""
        append_line(self.path, dataclasses.asdict(record))
        self.records.append(record)
        if not self.again:
            self.monitor.end_epoch(record)

    def end_fit(self, fit: str) -> None:
        """Pass it on, if the fit was not over."""
        if not self.again:
            self.monitor.end_fit(fit)
        self.again = False

    def should_stop(self) -> bool:
        """Ask the caller's monitor."""
        return self.monitor.should_stop()
