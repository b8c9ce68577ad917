"""How much training: batch, epochs, warm-up, patience by the windows; the rest by the machine."""

from __future__ import annotations

import numpy as np

from forecast.config.schema import Config
from forecast.config.training import TrainingConfig
from forecast.data.panel import Panel, Span
from forecast.data.transform import AS_IT_IS, Target, TargetTransform
from forecast.errors import ConfigError
from forecast.models.registry import NETWORKS

TARGET_STEPS, FEWEST_EPOCHS, MOST_EPOCHS = 1500, 8, 100
WINDOWS_PER_STEP, SMALLEST_BATCH, LARGEST_BATCH = 64, 16, 256
WARMUP_SHARE, ONE_CYCLE_RISE = 1 / 20, 3 / 10
PATIENCE_SHARE, LEAST_PATIENCE = 3, 5


def resolve_training(config: Config, *, windows: int) -> TrainingConfig:
    """Resolve the training section on any machine.

    Parameters
    ----------
    config : Config
    windows : int
        Of the first fit.

    Raises
    ------
    ConfigError
        If the learning rate would still rise when training ends.
    """
    asked = config.training
    batch = _or_auto(asked.batch_size, _batch_size(windows))
    steps = max(1, -(-windows // batch))
    epochs = min(MOST_EPOCHS, max(FEWEST_EPOCHS, round(TARGET_STEPS / steps)))
    if asked.max_steps is not None:
        epochs = min(epochs, -(-asked.max_steps // steps))
    epochs = _or_auto(asked.epochs, epochs)
    share = ONE_CYCLE_RISE if asked.schedule == "one-cycle" else WARMUP_SHARE
    total = epochs * steps if asked.max_steps is None else min(epochs * steps, asked.max_steps)
    if config.model.name in NETWORKS:
        _check_warmup(asked, total)
    return asked.model_copy(
        update={
            "batch_size": batch,
            "epochs": epochs,
            "warmup": _or_auto(asked.warmup, int(total * share)),
            "patience": _or_auto(asked.patience, max(LEAST_PATIENCE, -(-epochs // PATIENCE_SHARE))),
        }
    )


def _check_warmup(asked: TrainingConfig, total: int) -> None:
    if isinstance(asked.warmup, int) and asked.warmup >= max(total, 1):
        raise ConfigError(
            f"a warm-up of {asked.warmup:,} steps is not below the {total:,} of the first fit: "
            "the learning rate would never be what was asked for",
            location="training.warmup",
            fix=f"set training.warmup to {max(total - 1, 0)} or less, or give more epochs",
        )


def on_this_machine(config: Config) -> tuple[Config, tuple[str, ...]]:
    """Resolve device, threads and precision; a rule needs none of them, nor torch to find out.

    Parameters
    ----------
    config : Config
        With every other value resolved.

    Returns
    -------
    config : Config
    notes : tuple of str
        Why they were chosen, where there was a choice.

    Raises
    ------
    UsageError
        If the device is not there.
    """
    asked, model = config.training, config.model
    if model.name in NETWORKS:
        return _for_network(config)
    found = {
        "device": "cpu" if asked.device == "auto" else asked.device,
        "threads": _or_auto(asked.threads, 1),
        "precision": "32" if asked.precision == "auto" else asked.precision,
    }
    return config.model_copy(update={"training": asked.model_copy(update=found)}), ()


def _for_network(config: Config) -> tuple[Config, tuple[str, ...]]:
    from forecast.networks.compiled import compiles
    from forecast.training.device import choose_device, resolve_device, resolve_threads
    from forecast.training.precision import choose_precision

    asked, model = config.training, config.model
    hidden, notes = int(model.hidden_size), []  # type: int, list[str | None]
    if asked.device == "auto":
        steps = -(-int(model.context_length) // int(model.segment_length))
        device, why = choose_device(int(asked.batch_size) * hidden * steps)
        notes.append(why)
    else:
        device = resolve_device(asked.device)
    precision = asked.precision
    if precision == "auto":
        precision, why = choose_precision(device, hidden_size=hidden)
        notes.append(why)
    if asked.max_time is not None:
        notes.append(
            f"each fit may take {asked.max_time:g} seconds: how far it comes depends on the "
            "machine, so the same seed need not give the same model"
        )
    threads = resolve_threads(
        None if asked.threads == "auto" else asked.threads,
        hidden_size=hidden,
        compiled=compiles(model.name, model),
    )
    found = {"device": str(device), "threads": threads, "precision": precision}
    resolved = config.model_copy(update={"training": asked.model_copy(update=found)})
    return resolved, tuple(note for note in notes if note is not None)


def threads_notes(asked: Config, settled: Config) -> tuple[str, ...]:
    """Say on how many threads a network is trained, where that was chosen and more than one."""
    training = settled.training
    chosen = asked.training.threads == "auto" and settled.model.name in NETWORKS
    if not chosen or training.device != "cpu":
        return ()
    from forecast.training.device import threads_sentence

    told = threads_sentence(int(training.threads), hidden_size=int(settled.model.hidden_size))
    return () if told is None else (told,)


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
