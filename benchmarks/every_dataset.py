"""Run what ``forecast check`` proposes, on every file of the shared data sets.

    python benchmarks/every_dataset.py [--work FOLDER] [--only PART_OF_A_NAME] [--again]

For each file of $FORECAST_DATASETS: ``forecast check FILE --json``, then the train line that it
prints with ``--epochs 1 --folds 1`` behind it. What is done is kept in a journal in the work
folder and not done again; the table of all that is in the journal goes to docs/datasets.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "datasets.md"
FOLDERS = ("classic", "real", "ltsf", "m3", "m4", "nn5")
LEAST = ("--epochs", "1", "--folds", "1")
LONGEST = 900  # seconds of one command
HEAD = """# Every data set, checked and trained

Each file went through `forecast check FILE`, and then through the train line that this printed,
with `--epochs 1 --folds 1` behind it: it shows that the line runs, not how good a model may get.
Written by `python benchmarks/every_dataset.py`; wall seconds on {machine}.

| file | rows | series | absent | empty | flags of the train line | outcome | check | train |
|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    file: str
    rows: int | None
    series: int | None
    absent: int | None
    empty: int | None
    flags: str
    outcome: str
    check_seconds: float
    train_seconds: float | None

    def row(self) -> str:
        """Return the row of the table."""
        cells = [
            f"`{self.file}`",
            *(
                "" if number is None else f"{number:,}"
                for number in (self.rows, self.series, self.absent, self.empty)
            ),
            f"`{self.flags}`" if self.flags else "none needed" if self.train_seconds else "",
            self.outcome,
            f"{self.check_seconds:.1f}",
            "" if self.train_seconds is None else f"{self.train_seconds:.1f}",
        ]
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def examine(path: Path, name: str) -> Outcome:
    """Check one file and train on it as proposed."""
    code, out, err, checking = run(["check", str(path), "--json"])
    if code:
        said = f"refused: {first_line(err)}"
        return Outcome(name, None, None, None, None, "", said, checking, None)
    checked = json.loads(out)
    counts = {key: checked["sum"][key] for key in ("series", "absent", "empty")}
    known = {"file": name, "rows": checked["rows"], **counts, "check_seconds": checking}
    if checked["train"] is None:
        why = checked["findings"][0]["message"]
        return Outcome(**known, flags="", outcome=f"refused: {why}", train_seconds=None)
    words = shlex.split(checked["train"])
    with tempfile.TemporaryDirectory() as folder:
        output = ["--output", str(Path(folder) / "run"), "--quiet", "--json"]
        code, out, err, training = run([*words[1:], *LEAST, *output])
    if code:
        outcome = f"train failed with {code}: {first_line(err)}"
    else:
        done = json.loads(out)
        mase = done["metrics"]["mase"]
        outcome = f"trained: horizon {done['horizon']}, context {done['context_length']}, " + (
            "MASE undefined" if mase is None else f"MASE {mase:.2f}"
        )
    flags = shlex.join(words[3:])
    return Outcome(**known, flags=flags, outcome=outcome, train_seconds=training)


def run(arguments: list[str]) -> tuple[int, str, str, float]:
    """Run a command; return its exit code, both streams and wall seconds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORECAST_")}
    begun = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "forecast", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
            env={**kept, "PYTHONPATH": str(ROOT), "OMP_WAIT_POLICY": "PASSIVE"},
        )
    except subprocess.TimeoutExpired:
        return 124, "", f"not done after {LONGEST} seconds", time.perf_counter() - begun
    return done.returncode, done.stdout, done.stderr, time.perf_counter() - begun


def first_line(err: str) -> str:
    """Return what an error says, without its label."""
    lines = [line for line in err.splitlines() if line.startswith("error: ")]
    return (lines or err.splitlines() or ["nothing was said"])[0].removeprefix("error: ")


def main() -> None:
    """Examine what the journal does not have yet, then write the table."""
    parser = argparse.ArgumentParser(description="Check and train on every shared data set.")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "every_dataset")
    parser.add_argument("--only", default="", help="part of the names to look at")
    parser.add_argument("--again", action="store_true", help="forget what the journal has of them")
    asked = parser.parse_args()
    data = Path(os.environ.get("FORECAST_DATASETS", ROOT.parent / "shared" / "datasets"))
    asked.work.mkdir(parents=True, exist_ok=True)
    journal = asked.work / "journal.json"
    done = json.loads(journal.read_text(encoding="utf-8")) if journal.exists() else {}
    paths = [path for folder in FOLDERS for path in sorted((data / folder).iterdir())]
    for path in paths:
        name = str(path.relative_to(data))
        if asked.only not in name or (name in done and not asked.again):
            continue
        print(name, flush=True)
        done[name] = asdict(examine(path, name))
        journal.write_text(json.dumps(done, indent=1), encoding="utf-8")
    rows = [
        Outcome(**done[name]) for path in paths if (name := str(path.relative_to(data))) in done
    ]
    machine = f"{os.cpu_count()} shared cores ({platform.machine()})"
    TABLE.parent.mkdir(exist_ok=True)
    text = HEAD.format(machine=machine) + "".join(f"{row.row()}\n" for row in rows)
    TABLE.write_text(text, encoding="utf-8")
    failed = [row.file for row in rows if not row.outcome.startswith(("trained", "refused"))]
    print(f"{len(rows)} of {len(paths)} files in {TABLE}; not done: {failed or 'none'}")


if __name__ == "__main__":
    main()
