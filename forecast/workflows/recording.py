"""A monitor that passes everything on, writes each epoch to ``history.jsonl`` and keeps notes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
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
    """

    def __init__(self, monitor: Monitor, path: Path) -> None:
        self.monitor = monitor
        self.path = path
        self.records: list[EpochRecord] = []
        self.notes: list[str] = []

    def say(self, text: str) -> None:
        """Keep the sentence for the report and pass it on."""
        self.notes.append(text)
        self.monitor.say(text)

    def say_all(self, sentences: Iterable[str]) -> None:
        """Keep each sentence and pass it on."""
        for sentence in sentences:
            self.say(sentence)

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:
        """Pass it on."""
        self.monitor.start_fit(fit, index, total, epochs)

    def end_epoch(self, record: EpochRecord) -> None:
        """Write the epoch and pass it on."""
        append_line(self.path, dataclasses.asdict(record))
        self.records.append(record)
        self.monitor.end_epoch(record)

    def end_fit(self, fit: str) -> None:
        """Pass it on."""
        self.monitor.end_fit(fit)

    def should_stop(self) -> bool:
        """Ask the caller's monitor."""
        return self.monitor.should_stop()
