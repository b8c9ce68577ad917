"""How much training: batch, epochs, warm-up and patience by the windows; device and threads."""

from __future__ import annotations

import numpy as np

from forecast.config.schema import Config
from forecast.config.training import TrainingConfig
from forecast.data.panel import Panel, Span
from forecast.data.transform import AS_IT_IS, Target, TargetTransform
from forecast.models.registry import RECURRENT

TARGET_STEPS, FEWEST_EPOCHS, MOST_EPOCHS = 1500, 8, 100
WINDOWS_PER_STEP, SMALLEST_BATCH, LARGEST_BATCH = 64, 16, 256
WARMUP_SHARE = 20
PATIENCE_SHARE, LEAST_PATIENCE = 3, 5


def resolve_training(
    panel: Panel,
    config: Config,
    target: Target,
    *,
    span: Span,
    context_length: int,
) -> TrainingConfig:
    """Resolve the training section for the windows that ``span`` holds, on any machine.

    Parameters
    ----------
    panel : Panel
    config : Config
    target : Target
        What a network forecasts of it.
    span : Span
        Rows of the first fit.
    context_length : int, in steps
    """
    asked = config.training
    windows = count_windows(panel, span, context_length=context_length, target=target)
    batch = _or_auto(asked.batch_size, _batch_size(windows))
    steps = max(1, -(-windows // batch))
    epochs = min(MOST_EPOCHS, max(FEWEST_EPOCHS, round(TARGET_STEPS / steps)))
    if asked.max_steps is not None:
        epochs = min(epochs, -(-asked.max_steps // steps))
    epochs = _or_auto(asked.epochs, epochs)
    total = epochs * steps if asked.max_steps is None else min(epochs * steps, asked.max_steps)
    return asked.model_copy(
        update={
            "batch_size": batch,
            "epochs": epochs,
            "warmup": _or_auto(asked.warmup, total // WARMUP_SHARE),
            "patience": _or_auto(asked.patience, max(LEAST_PATIENCE, -(-epochs // PATIENCE_SHARE))),
        }
    )


def on_this_machine(config: Config) -> Config:
    """Resolve device and threads; a rule needs neither, nor torch to find out.

    Parameters
    ----------
    config : Config
        With every other value resolved.

    Raises
    ------
    UsageError
        If the device is not there.
    """
    device, threads = config.training.device, config.training.threads
    if config.model.name in RECURRENT:
        from forecast.training.device import resolve_device, resolve_threads

        device = str(resolve_device(device))
        threads = resolve_threads(
            None if threads == "auto" else threads, hidden_size=int(config.model.hidden_size)
        )
    found = {"device": "cpu" if device == "auto" else device, "threads": _or_auto(threads, 1)}
    return config.model_copy(update={"training": config.training.model_copy(update=found)})


def count_windows(
    panel: Panel, span: Span, *, context_length: int, target: Target = AS_IT_IS
) -> int:
    """Count the training windows of ``span``, as `forecast.data.windows` makes them."""
    seen = panel.slice(span.start, span.train_stop)
    if target.lag:
        seen = TargetTransform(target).apply(seen)
    observed = np.flatnonzero(np.isfinite(seen.values))
    bounds = np.searchsorted(observed, seen.offsets)
    filled = np.flatnonzero(np.diff(bounds))  # series with a value
    begin = seen.offsets[filled]
    first, last = observed[bounds[filled]] - begin, observed[bounds[filled + 1] - 1] - begin
    earliest = np.where(seen.lengths[filled] > context_length, context_length - 1, 0)
    return int(np.maximum(last - np.maximum(first, earliest), 0).sum())


def _batch_size(windows: int) -> int:
    """Return a power of two that makes about 64 steps of an epoch."""
    wanted = max(1, windows // WINDOWS_PER_STEP)
    return int(min(LARGEST_BATCH, max(SMALLEST_BATCH, 1 << (wanted.bit_length() - 1))))


def _or_auto(asked: int | str, automatic: int) -> int:
    return automatic if isinstance(asked, str) else asked
