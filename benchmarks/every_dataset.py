"""Run what ``forecast check`` proposes, on every file of the shared data sets.

    python -m benchmarks.every_dataset [--work FOLDER] [--only PART_OF_A_NAME] [--again]

For each file of $FORECAST_DATASETS: ``forecast check FILE --json``, then the train line that it
prints with ``--epochs 1 --folds 1`` behind it. What is done is kept in a journal in the work
folder and not done again; the table of all that is in the journal goes to docs/datasets.md.
"""

from __future__ import annotations

import argparse
import json
import shlex
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.accuracy.process import DATASETS, ROOT, forecast, machine
from benchmarks.accuracy.proposal import files, proposal

TABLE = ROOT / "docs" / "datasets.md"
LEAST = ("--epochs", "1", "--folds", "1")
LONGEST = 900  # seconds of one command
HEAD = """# Every data set, checked and trained

Each file went through `forecast check FILE`, and then through the train line that this printed,
with `--epochs 1 --folds 1` behind it: it shows that the line runs, not how good a model may get.
Written by `python -m benchmarks.every_dataset`; wall seconds on {machine}.

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
    check = forecast(["check", str(path), "--json"], longest=LONGEST)
    if check.code:
        said = f"refused: {check.error}"
        return Outcome(name, None, None, None, None, "", said, check.seconds, None)
    checked = json.loads(check.out)
    counts = {key: checked["sum"][key] for key in ("series", "absent", "empty")}
    known = {"file": name, "rows": checked["rows"], **counts, "check_seconds": check.seconds}
    found = proposal(checked)
    if found.refused is not None:
        return Outcome(**known, flags="", outcome=f"refused: {found.refused}", train_seconds=None)
    with tempfile.TemporaryDirectory() as folder:
        output = ["--output", str(Path(folder) / "run"), "--quiet", "--json"]
        trained = forecast(["train", str(path), *found.flags, *LEAST, *output], longest=LONGEST)
    if trained.code:
        outcome = f"train failed with {trained.code}: {trained.error}"
    else:
        done = json.loads(trained.out)
        mase = done["metrics"]["mase"]
        outcome = f"trained: horizon {done['horizon']}, context {done['context_length']}, " + (
            "MASE undefined" if mase is None else f"MASE {mase:.2f}"
        )
    flags = shlex.join(found.flags)
    return Outcome(**known, flags=flags, outcome=outcome, train_seconds=trained.seconds)


def main() -> None:
    """Examine what the journal does not have yet, then write the table."""
    parser = argparse.ArgumentParser(description="Check and train on every shared data set.")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "every_dataset")
    parser.add_argument("--only", default="", help="part of the names to look at")
    parser.add_argument("--again", action="store_true", help="forget what the journal has of them")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    journal = asked.work / "journal.json"
    done = json.loads(journal.read_text(encoding="utf-8")) if journal.exists() else {}
    names = files(DATASETS)
    for name in names:
        if asked.only not in name or (name in done and not asked.again):
            continue
        print(name, flush=True)
        done[name] = asdict(examine(DATASETS / name, name))
        journal.write_text(json.dumps(done, indent=1), encoding="utf-8")
    rows = [Outcome(**done[name]) for name in names if name in done]
    text = HEAD.format(machine=machine()) + "".join(f"{row.row()}\n" for row in rows)
    TABLE.write_text(text, encoding="utf-8")
    failed = [row.file for row in rows if not row.outcome.startswith(("trained", "refused"))]
    print(f"{len(rows)} of {len(names)} files in {TABLE}; not done: {failed or 'none'}")


if __name__ == "__main__":
    main()
