"""Peak memory of a piece of work, over what the process held before it.

On Linux the high-water mark of the process is set back to what it holds (``5`` written to
``/proc/self/clear_refs``, see proc(5)) and read afterwards as ``VmHWM``. Where the work took memory
of an accelerator, that is what counts: the most that torch has allocated there. Elsewhere nothing
is known. The first work of a process bears what is loaded once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROCESS = Path("/proc/self")
RESET_PEAK = "5"
UNIT = 1024  # bytes in a kB of /proc


@dataclass
class Peak:
    """What a piece of work took at most, once it is done.

    Parameters
    ----------
    bytes : int or None
        None where that cannot be known.
    """

    bytes: int | None = None


@contextmanager
def watched(process: Path = PROCESS) -> Iterator[Peak]:
    """Watch the memory of what is done inside.

    Parameters
    ----------
    process : path
        The folder in which the kernel tells of this process.
    """
    peak = Peak()
    held, before = _held(process), _device_held()
    yield peak
    taken = _device_peak() - before
    if taken > 0:
        peak.bytes = taken
        return
    after = None if held is None else _status(process, "VmHWM")
    if held is not None and after is not None:
        peak.bytes = max(0, after - held)


def largest(*found: int | None) -> int | None:
    """Return the largest number of bytes that is known; None where none is."""
    return max((number for number in found if number is not None), default=None)


def _held(process: Path) -> int | None:
    """Set the high-water mark back; return what the process holds, None where that fails."""
    try:
        (process / "clear_refs").write_text(RESET_PEAK, encoding="ascii")
    except OSError:
        return None
    return _status(process, "VmRSS")


def _status(process: Path, key: str) -> int | None:
    try:
        lines = (process / "status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    words = [line.split() for line in lines if line.startswith(f"{key}:")]
    return int(words[0][1]) * UNIT if words else None


def _device_held() -> int:
    """Set the peaks of all accelerators back; return the bytes that torch has allocated there."""
    if not _device_used():
        return 0
    import torch

    for device in range(torch.cuda.device_count()):
        torch.cuda.reset_peak_memory_stats(device)
    return _device_peak()


def _device_peak() -> int:
    if not _device_used():
        return 0
    import torch

    return sum(torch.cuda.max_memory_allocated(index) for index in range(torch.cuda.device_count()))


def _device_used() -> bool:
    """Whether torch is loaded and has begun to use an accelerator; it is not loaded to find out."""
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_initialized())
