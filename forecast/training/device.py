"""Which device, how many threads, which seed: each decided in one place."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from forecast.errors import UsageError

_RANDOM = threading.RLock()
"""Torch has one random state, and one count of threads, for all threads of a process."""
WIDE_HIDDEN = 128
"""Hidden size from which a second thread pays for the barrier at each product of torch's own."""


GPU_WORK = 1 << 20
"""States that one step computes (batch x hidden x recurrent steps) from which a GPU pays.

Estimated, not measured: a GPU starts a few hundred kernels in the milliseconds in which one core
computes a quarter of this many states.
"""


def choose_device(work: int) -> tuple[torch.device, str | None]:
    """Choose between the GPU, where there is one, and the processor.

    Parameters
    ----------
    work : int
        States that a step computes: batch size times hidden size times recurrent steps.

    Returns
    -------
    device : torch.device
    reason : str or None
        Why, in one sentence; None where nothing was open.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu"), None
    if work >= GPU_WORK:
        return torch.device("cuda"), (
            f"trained on the GPU: a step computes {work:,} states, at least {GPU_WORK:,}"
        )
    return torch.device("cpu"), (
        f"trained on the processor: a step computes {work:,} states, and a GPU pays from "
        f"{GPU_WORK:,}; --device cuda takes it all the same"
    )


def resolve_device(name: str) -> torch.device:
    """Turn ``cpu``, ``cuda`` or ``cuda:N`` into a device that is there.

    Raises
    ------
    UsageError
        If the device named is not there.
    """
    device = torch.device(name)
    if device.type != "cuda":
        return device
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if (device.index or 0) >= count:
        raise UsageError(
            f"device {name!r} is not there: {count} CUDA devices are visible",
            location="training.device",
            fix="pass --device auto or --device cpu",
        )
    return device


def resolve_threads(threads: int | None, *, hidden_size: int, compiled: bool) -> int:
    """Threads of one fit: as asked, else one for a small network of torch's own operations.

    Every other takes every core: one whose layers are ``compiled`` shares a batch among as many
    threads as that pays, and gives the same numbers on any count of them.
    """
    if threads is not None:
        return threads
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, cores or 1) if compiled or hidden_size >= WIDE_HIDDEN else 1


def threads_sentence(threads: int, *, hidden_size: int) -> str | None:
    """Say that a fit takes more than one thread, and how they wait.

    None where it takes one, or is so small that most of its layers do.
    """
    if threads == 1 or hidden_size < WIDE_HIDDEN:
        return None
    asleep = os.environ.get("OMP_WAIT_POLICY", "").upper() == "PASSIVE"
    waiting = ", which sleep while they wait" if asleep else ""
    return f"trained on up to {threads} threads, one a core{waiting} (--threads 1 takes one)"


@contextmanager
def undisturbed() -> Iterator[None]:
    """Compute in 32 bits, and with gradients where they are asked for, whatever the caller has set.

    A notebook may have set another default type, or turned gradients off for the whole session.
    """
    before = torch.get_default_dtype()
    if before != torch.float32:
        torch.set_default_dtype(torch.float32)
    try:
        with torch.inference_mode(mode=False), torch.enable_grad():
            yield
    finally:
        if before != torch.float32:
            torch.set_default_dtype(before)


@contextmanager
def own_threads(threads: int) -> Iterator[None]:
    """Compute a block with so many threads, whatever the caller has, who gets his count back."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def own_randomness(seed: int, device: torch.device, *, threads: int) -> Iterator[torch.Generator]:
    """Seed torch for a block and give its caller's state, and its thread count, back afterwards.

    Blocks of several threads come one after the other: each draws from the one state of torch.

    Yields
    ------
    torch.Generator
        On ``device``, seeded, for drawing batches.
    """
    devices = [device] if device.type == "cuda" else []
    with _RANDOM, torch.random.fork_rng(devices=devices), own_threads(threads):
        torch.manual_seed(seed)
        yield torch.Generator(device=device).manual_seed(seed)
