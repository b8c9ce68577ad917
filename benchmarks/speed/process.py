"""Contenders as processes, each with the Python of its own environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks.speed.cells import AS_CHOSEN, Cell
from forecast.cli.environment import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".peers"
LONGEST = 900
"""Seconds after which a fit is given up."""
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
OURS = tuple(SETTINGS)
"""Variables that our command sets for itself."""


@dataclass(frozen=True)
class Contender:
    """Who takes part.

    Parameters
    ----------
    module : str
        Of ``benchmarks.speed``; it answers as `worker` says.
    environment : str or None
        Folder below ``.peers``; None for the environment of this process.
    """

    module: str
    environment: str | None = None

    @property
    def python(self) -> Path:
        """Interpreter of its environment, which need not be there."""
        if self.environment is None:
            return Path(sys.executable)
        return PEERS / self.environment / "bin" / "python"

    @property
    def built(self) -> bool:
        """Whether its environment is there whole: the last thing that is made is the mark."""
        return self.environment is None or (PEERS / self.environment / ".built").exists()


AS_IT_COMES = "as it comes"
"""Ours in the precision that it chooses where it is told nothing."""
CONTENDERS = {
    "ours": Contender("ours"),
    AS_IT_COMES: Contender("ours"),
    "bare": Contender("bare"),
    "neuralforecast": Contender("nixtla", "neuralforecast"),
    "darts": Contender("blocks", "darts"),
    "products": Contender("products"),
}
PEER_NAMES = ("neuralforecast", "darts")


class ContenderError(Exception):
    """A contender gave no answer; the text is the last thing that it said."""


class Worker:
    """A contender that waits for cells; it is started when it is first asked.

    Parameters
    ----------
    contender : Contender
    threads : int
        Of its process; `AS_CHOSEN` sets none.
    """

    def __init__(self, contender: Contender, *, threads: int) -> None:
        self.contender, self.threads = contender, threads
        self._said = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process: subprocess.Popen[str] | None = None

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.contender.python), "-m", f"benchmarks.speed.{self.contender.module}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            cwd=ROOT,
            env=environment(self.threads),
        )

    def ask(self, cell: Cell) -> dict[str, Any]:
        """Fit once and return what `worker.Taken` says, and the seconds of `worker.serve`.

        Raises
        ------
        ContenderError
            If it ended, or took longer than `LONGEST`.
        """
        process = self._process = self._process or self._start()
        into, out = process.stdin, process.stdout
        if into is None or out is None:
            raise ContenderError("it has no streams")
        overdue = threading.Timer(LONGEST, process.kill)
        overdue.start()
        try:
            into.write(json.dumps(asdict(cell)) + "\n")
            into.flush()
            line = out.readline()
        except BrokenPipeError:
            line = ""
        finally:
            overdue.cancel()
        if not line:
            said = self._last_word(process)
            self._end()
            raise ContenderError(said)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last_word(self, process: subprocess.Popen[str]) -> str:
        process.wait()
        self._said.seek(0)
        lines = [line for line in self._said.read().splitlines() if line.strip()]
        return lines[-1] if lines else f"ended with {process.returncode}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and give up what it said."""
        self._end()
        self._said.close()

    def _end(self) -> None:
        """End the process; who asks again starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def printed(python: Path | str, module: str, *words: str, longest: float) -> dict[str, Any]:
    """Run a module of ``benchmarks.speed`` once, threads as it chooses; return the JSON it prints.

    Parameters
    ----------
    longest : float, in seconds

    Raises
    ------
    ContenderError
        If it fails.
    """
    done = subprocess.run(
        [str(python), "-m", f"benchmarks.speed.{module}", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=longest,
        cwd=ROOT,
        env=environment(AS_CHOSEN),
    )
    if done.returncode:
        raise ContenderError((done.stderr.strip().splitlines() or ["nothing was said"])[-1])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def environment(threads: int) -> dict[str, str]:
    """Variables of a contender: the threads as they are asked for, nothing else of ours."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FORECAST_") and name not in (*THREADS, *OURS)
    }
    asked = {} if threads == AS_CHOSEN else dict.fromkeys(THREADS, str(threads))
    return {**kept, **asked, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
