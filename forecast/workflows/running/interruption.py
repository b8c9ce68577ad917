"""What is left of a run that the user stopped: the best weights so far, and how to go on."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from forecast.data.load import Reading
from forecast.data.panel import Panel, Span
from forecast.data.transform import AS_IT_IS
from forecast.errors import Interrupted
from forecast.models.intervals import fit_spread
from forecast.storage.run_folder import RunFolder
from forecast.validation.plan import MAX_CUTOFFS, place_cutoffs
from forecast.workflows.resolving.automatic import Plan
from forecast.workflows.running.artefacts import write_bundle, write_config
from forecast.workflows.running.record import Attempt, Kept
from forecast.workflows.running.recording import RecordingMonitor


def leave(
    folder: RunFolder,
    plan: Plan,
    reading: Reading,
    attempts: Sequence[Attempt],
    recorder: RecordingMonitor,
    *,
    verb: str,
) -> NoReturn:
    """Keep the best weights so far in the run folder and leave.

    Parameters
    ----------
    attempts : sequence of Attempt
        The fits of the model to keep, oldest first; the last may have been cut short.
    verb : str
        Of the run, which goes on with the folder.

    Raises
    ------
    Interrupted
        Always.
    """
    config = plan.config
    best = best_so_far(reading.panel, attempts, horizon=int(config.model.horizon))
    if best is None or not recorder.records:
        raise Interrupted("interrupted before the first epoch ended: nothing was kept")
    last = recorder.records[-1]
    where_cut = f"interrupted in {last.fit}, epoch {last.epoch}"
    kept = f"the best weights so far, of {best.fit}, are kept"
    write_config(folder.path, config)
    write_bundle(
        folder.path,
        config,
        reading,
        Kept(best, None, config.model.name, plan.schedule, interrupted=f"{where_cut}: {kept}"),
        notes=(),
    )
    where = shlex.quote(str(folder.commit()))
    raise Interrupted(
        f"{where_cut}: {kept}",
        location=where,
        fix=f"forecast predict {where} uses them; to go on: forecast {verb} --resume {where}",
    )


def best_so_far(panel: Panel, attempts: Sequence[Attempt], *, horizon: int) -> Attempt | None:
    """Return the last fit if it came to its end, or is no worse on its tail than the one before.

    A fit without validation rows that was cut short cannot be judged: it gives way to the fit
    before it. None where no fit has come to the end of an epoch.
    """
    begun = [attempt for attempt in attempts if attempt.forecaster.report is not None]
    if len(begun) < 2 or not begun[-1].cut_short:  # noqa: PLR2004 - nothing to choose from
        return begun[-1] if begun else None
    before, last = begun[-2:]
    if last.span.train_stop == last.span.stop:
        return before
    judged_on = last.span
    worse = _tail_error(panel, last, judged_on, horizon=horizon) > _tail_error(
        panel, before, judged_on, horizon=horizon
    )
    return before if worse else last


def _tail_error(panel: Panel, attempt: Attempt, span: Span, *, horizon: int) -> float:
    """Mean error over the validation tail of ``span``, in training deviations of each series."""
    places = place_cutoffs(
        span.train_stop, span.stop, horizon=horizon, step_size=None, most=MAX_CUTOFFS
    )
    cutoffs = np.array(places, dtype=np.int64)
    y = panel.horizon_after(cutoffs, horizon)
    error = np.abs(y - attempt.forecaster.predict(panel, cutoffs, horizon=horizon))
    scaled = error / fit_spread(panel, span, AS_IT_IS).scale[:, None, None]
    known = np.isfinite(scaled)
    return float(scaled[known].mean()) if known.any() else np.inf
