"""Folds side by side in processes of their own: the same results, in the same order, sooner.

A leg computes the same in any process, so the number of jobs changes nothing but the time. What a
leg says is held until those before it have spoken. A request to stop reaches the workers as a file.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from concurrent.futures import wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from joblib.externals.loky import get_reusable_executor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from forecast.training.monitor import EpochRecord, Monitor
    from forecast.validation.evaluation import Evaluation
    from forecast.validation.walk_forward import Leg, Walk

POLL = 0.1  # seconds between two looks at whether to stop
IDLE = 300
"""Seconds after which a worker without work goes home."""
GRACE = 10.0
"""Seconds in which a worker whose first process is gone may keep what it has."""


@dataclass
class Heard:
    """A monitor in a worker: keeps what it hears, and stops when the file is there.

    It stops, too, when the process that began it is gone.
    """

    stop: Path
    parent: int
    calls: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Keep a sentence."""
        self.calls.append(("say", (text,)))

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:
        """Keep that a fit begins."""
        self.calls.append(("start_fit", (fit, index, total, epochs)))

    def end_epoch(self, record: EpochRecord) -> None:
        """Keep an epoch."""
        self.calls.append(("end_epoch", (record,)))

    def end_fit(self, fit: str) -> None:
        """Keep that a fit has ended."""
        self.calls.append(("end_fit", (fit,)))

    def should_stop(self) -> bool:
        """Answer whether the user, or the end of the first process, asks to stop."""
        return self.stop.exists() or os.getppid() != self.parent

    def repeat(self, monitor: Monitor) -> None:
        """Tell another monitor all of it."""
        for name, arguments in self.calls:
            getattr(monitor, name)(*arguments)


def walk_in_parallel(
    walk: Walk, *, monitor: Monitor, jobs: int, prepare: Callable[[], None]
) -> Evaluation:
    """Go the legs of ``walk`` in ``jobs`` processes; otherwise as `walk_forward`.

    Parameters
    ----------
    walk : Walk
        Its candidates must be able to travel to another process.
    monitor : Monitor
        Hears of a leg when it and those before it have ended.
    jobs : int
    prepare : callable
        Called in each process before its first leg, outside of all clocks.

    Raises
    ------
    Exception
        What the first leg that failed has raised.
    """
    with tempfile.TemporaryDirectory(prefix="forecast-") as folder:
        stop = Path(folder) / "stop"
        pool = get_reusable_executor(
            max_workers=jobs, initializer=_begin, initargs=(os.getpid(),), timeout=IDLE
        )
        futures: list[Future[tuple[Leg, Heard]]] = []
        try:
            for index in range(len(walk.schedule.trained)):
                heard = Heard(stop, os.getpid())
                futures.append(pool.submit(_go, walk, index, heard, prepare))
            return walk.gathered(_in_order(futures, monitor, stop))
        except BaseException:  # legs under way see the file and end; none is killed halfway
            stop.touch()
            for future in futures:
                future.cancel()
            pool.shutdown(wait=True)
            raise


def _in_order(
    futures: list[Future[tuple[Leg, Heard]]], monitor: Monitor, stop: Path
) -> Iterator[Leg]:
    for future in futures:
        while not wait([future], timeout=POLL).done:
            if monitor.should_stop():
                stop.touch()
        leg, heard = future.result()
        heard.repeat(monitor)
        yield leg


def _begin(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process decides
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process some seconds after the one that began it, which may have been killed."""
    while os.getppid() == parent:
        time.sleep(1.0)
    time.sleep(GRACE)
    os._exit(1)


def _go(walk: Walk, index: int, heard: Heard, prepare: Callable[[], None]) -> tuple[Leg, Heard]:
    prepare()
    return walk.leg(index, heard), heard
