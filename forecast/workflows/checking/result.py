"""What a check returns: findings, the measured series, the advice, and what to train with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forecast.config.schema import Config
from forecast.data.arrays import IntArray
from forecast.data.load import Reading
from forecast.data.profile.profile import Profile
from forecast.workflows.checking.advice import Advice
from forecast.workflows.checking.finding import Finding
from forecast.workflows.checking.series import describe_series
from forecast.workflows.resolving.automatic import Plan
from forecast.workflows.results import SCHEMA

MOST_SERIES = 1_000
"""Series that a document describes one by one."""


@dataclass(frozen=True, eq=False)
class CheckResult:
    """A file, checked.

    Parameters
    ----------
    reading : Reading
        The panel, read with what mends the file.
    config : Config
        As asked for, with what mends the file.
    findings : tuple of Finding
        The gravest first.
    profile : Profile
        The measured series.
    duplicates : array of shape (N,)
        Rows of each series whose time is there already.
    plan : Plan or None
        What ``train`` resolves; None where the rows are too few for it.
    advice : Advice or None
        What follows from it.
    settings : mapping of str to object
        Configuration keys of the train line; empty where the defaults are right.
    explicit : mapping of str to object
        Keys that say all that was understood.
    notes : tuple of str
        How the file was read.
    """

    reading: Reading = field(repr=False)
    config: Config = field(repr=False)
    findings: tuple[Finding, ...]
    profile: Profile = field(repr=False)
    duplicates: IntArray = field(repr=False)
    plan: Plan | None = field(repr=False)
    advice: Advice | None = field(repr=False)
    settings: Mapping[str, object]
    explicit: Mapping[str, object] = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)

    @property
    def to_mend(self) -> tuple[Finding, ...]:
        """Findings that must be mended."""
        return tuple(finding for finding in self.findings if finding.severity == "mend")

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``check --json``, but for the train line."""
        reading, panel = self.reading, self.reading.panel
        basics = self.profile.basics
        described = min(panel.n_series, MOST_SERIES)
        return {
            "schema": SCHEMA,
            "command": "check",
            "data": reading.name,
            "rows": reading.rows,
            "span": list(reading.span),
            "freq": reading.freq,
            "columns": {
                "time": list(reading.columns.time),
                "id": list(reading.columns.id),
                "target": list(reading.columns.target),
                "layout": reading.columns.layout,
            },
            "findings": [finding.document() for finding in self.findings],
            "sum": {
                "series": panel.n_series,
                "steps": int(basics.rows.sum()),
                "observed": int(basics.observed.sum()),
                "absent": reading.absent,
                "empty": reading.missing,
                "gaps": int(basics.gaps.sum()),
                "duplicates": int(self.duplicates.sum()),
                "constant": int(basics.constant.sum()),
                "zeros": int(basics.zeros.sum()),
                "negatives": int(basics.negatives.sum()),
                "outliers": int(self.profile.outliers.counts.sum()),
                "level_shifts": int((self.profile.shifts.row >= 0).sum()),
            },
            "series": describe_series(panel, self.profile, self.duplicates[:described]),
            "series_left_out": panel.n_series - described,
            "season_length": self.profile.season,
            "seasons": [
                {"length": s.length, "strength": s.strength, "foretold": s.foretold}
                for s in self.profile.seasons
            ],
            "advice": None if self.advice is None else self.advice.document(),
            "settings": dict(self.settings),
            "explicit": dict(self.explicit),
            "notes": list(self.notes),
        }
