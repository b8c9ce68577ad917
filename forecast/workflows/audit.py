"""``audit``: prove on the user's own data and configuration that no fold sees its future."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

import numpy as np

from forecast.config.schema import Config
from forecast.data.load import Reading
from forecast.data.panel import Panel
from forecast.errors import CheckFailed, UsageError
from forecast.training.monitor import SILENT, Monitor
from forecast.validation.audit import Audit, Finding, FoldAudit
from forecast.validation.perturb import altered_after
from forecast.workflows.arguments import as_source
from forecast.workflows.configure import Asked, as_config
from forecast.workflows.forecasting.ahead import stamp_at
from forecast.workflows.forecasting.bands import check_intervals
from forecast.workflows.reading import Source, read_data, source_name
from forecast.workflows.resolving.automatic import Plan, resolve
from forecast.workflows.resolving.settle import settle
from forecast.workflows.results import SCHEMA
from forecast.workflows.running.fitting import candidate

MAX_STEPS = 20
"""Optimiser steps of a fit, where no number is asked for."""
CHOICES = "choices"
"""The part that is no fold's own: all that is resolved automatically."""


@dataclass(frozen=True)
class AuditResult:
    """What ``audit`` found.

    Parameters
    ----------
    config : Config
        Resolved.
    reading : Reading
    folds : tuple of FoldAudit
    notes : tuple of str
    """

    config: Config = field(repr=False)
    reading: Reading = field(repr=False)
    folds: tuple[FoldAudit, ...]
    notes: tuple[str, ...] = field(repr=False)

    @property
    def reacting(self) -> tuple[FoldAudit, ...]:
        """The folds that react."""
        return tuple(fold for fold in self.folds if fold.reacts)

    @property
    def words(self) -> str:
        """The verdict."""
        count = len(self.reacting)
        noun = "fold" if len(self.folds) == 1 else "folds"
        verb = "reacts" if count == 1 or len(self.folds) == 1 else "react"
        return f"{count} of {len(self.folds)} {noun} {verb} to the future"

    def stamp(self, fold: FoldAudit) -> str:
        """Moment of the first cutoff of a fold."""
        stamp = stamp_at(self.reading.panel, fold.fold.cutoffs[0])
        return stamp.isoformat() if isinstance(stamp, datetime) else str(stamp)

    def refuse_reactions(self) -> None:
        """Raise where a fold reacts.

        Raises
        ------
        CheckFailed
            Naming the first fold and part that does.
        """
        if not self.reacting:
            return
        first = self.reacting[0]
        part, finding = next(item for item in first.parts.items() if item[1].reacting)
        raise CheckFailed(
            f"{self.words}: fold {first.fold.index + 1} first, in its {part} "
            f"({finding.reacting[0]}; {len(finding.reacting)} of {finding.compared} differ)",
            location=self.reading.name,
            fix="do not trust its scores; please report this with 'forecast audit --json'",
        )

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``audit --json``."""
        return {
            "schema": SCHEMA,
            "command": "audit",
            "model": self.config.model.name,
            "horizon": self.config.model.horizon,
            "context_length": self.config.model.context_length,
            "max_steps": self.config.training.max_steps,
            "reacting": len(self.reacting),
            "verdict": self.words,
            "folds": [
                {
                    "fold": fold.fold.index,
                    "cutoff": self.stamp(fold),
                    "cutoffs": len(fold.fold.cutoffs),
                    "reacts": fold.reacts,
                    "parts": {name: asdict(finding) for name, finding in fold.parts.items()},
                }
                for fold in self.folds
            ],
            "notes": list(self.notes),
        }


def audit(data: Source, config: Asked = None, *, monitor: Monitor = SILENT) -> AuditResult:
    """Alter all that comes after the cutoffs of each fold, and compare what the fold makes.

    Parameters
    ----------
    data : path, text stream or DataFrame
        One or many series.
    config : Config or mapping, optional
        What ``train`` would be asked for. Without a number of steps a fit has 20: whether anything
        looks ahead does not depend on how long it learns.
    monitor : Monitor
        Hears of each fold, and may ask to stop.

    Raises
    ------
    UsageError
        If there is no fold.
    Interrupted
        If the monitor asked to stop.
    ForecastError
        Whatever ``train`` refuses.

    Examples
    --------
    >>> import forecast
    >>> asked = {"model.name": "seasonal_naive", "validation.folds": 2}
    >>> forecast.audit("data/electrical_turnover_monthly.csv", asked).words
    '0 of 2 folds react to the future'
    """
    given, data = as_config(config), as_source(data)
    check_intervals(given)
    asked, notes = _shortened(given)
    reading = read_data(data, asked.data)
    plan = settle(reading, asked, where=source_name(data, reading))
    if not plan.schedule.folds:
        raise UsageError(
            "there is no fold to audit", location="flag --folds", fix="pass --folds 1 or more"
        )
    settled, chosen = plan.config, resolve(reading, asked)
    prover = Audit(
        candidate(plan, settled.model.name, keepable=False),
        horizon=int(settled.model.horizon),
        season_length=int(settled.data.season_length),
        seed=settled.training.seed,
        levels=settled.validation.level,
    )
    folds = tuple(
        replace(fold, parts={CHOICES: _choices(reading, asked, chosen, fold), **fold.parts})
        for fold in prover.run(plan.panel, plan.schedule, monitor=monitor)
    )
    learns = any(fold.parts["weights"].compared for fold in folds)
    if learns and given.training.max_steps is None:
        notes.append(
            f"each fit has {MAX_STEPS} steps at most (--max-steps N for others): whether anything "
            "looks ahead does not depend on them"
        )
    return AuditResult(
        config=settled,
        reading=replace(reading, panel=plan.panel),
        folds=folds,
        notes=(*reading.notes, *plan.notes, *plan.machine, *notes),
    )


def _shortened(config: Config) -> tuple[Config, list[str]]:
    """Cut fits to a few steps, and take away what depends on the clock."""
    training, notes = config.training, []
    if training.max_steps is None:
        warmup = training.warmup
        short = "auto" if warmup == "auto" or warmup >= MAX_STEPS else warmup
        training = training.model_copy(update={"max_steps": MAX_STEPS, "warmup": short})
    if training.max_time is not None:
        training = training.model_copy(update={"max_time": None})
        notes.append("--max-time is left out: a fit that the clock ends is never twice the same")
    return config.model_copy(update={"training": training}), notes


def _choices(reading: Reading, config: Config, plan: Plan, audited: FoldAudit) -> Finding:
    """Resolve everything again with another future, and compare what was chosen."""
    cutoff = audited.fold.cutoffs[0]
    other = altered_after(
        reading.panel,
        cutoff,
        known=int(plan.config.model.horizon),
        stop=plan.panel.length,
        seed=cutoff,
    )
    again = resolve(replace(reading, panel=other), config)
    pairs: dict[str, bool] = {
        "configuration": plan.config == again.config,
        "folds": plan.schedule.folds == again.schedule.folds,
        "covariates and calendar": plan.beside == again.beside,
        "rows": _same_rows(plan.panel, again.panel, cutoff),
    }
    return Finding(len(pairs), tuple(name for name, same in pairs.items() if not same))


def _same_rows(panel: Panel, other: Panel, cutoff: int) -> bool:
    """Whether all rows up to a cutoff are the same."""
    one, two = (rows.slice(0, cutoff + 1) for rows in (panel, other))
    same = np.array_equal(one.values, two.values, equal_nan=True)
    if one.covariates is None or two.covariates is None:
        return same
    beside = np.array_equal(one.covariates.values, two.covariates.values, equal_nan=True)
    return same and beside
