"""Every model on eight data sets of different kinds, side by side and unattended.

    python -m benchmarks.every_model [--work FOLDER] [--only PART_OF_A_NAME] [--again]

Each is one ``forecast compare FILE --models all`` with the same limits (two folds, so many
optimiser steps). What is done is kept in a journal in the work folder and not done again; all that
is in the journal goes to docs/every-model.md. The files are looked for in the folder that
FORECAST_DATASETS names, else in ../shared/datasets; those that are not there are left out.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import forecast
from benchmarks.accuracy.process import DATASETS, ROOT, machine
from benchmarks.accuracy.process import forecast as command
from forecast.models.registry import NETWORKS, RECURRENT, RULES

PAGE = ROOT / "docs" / "every-model.md"
LONGEST = 1800  # seconds of one comparison
LIMITS = "--models all --folds 2 --max-steps 300 --no-final-fit"
FILES = {
    "classic/airline-passengers.csv": ("monthly, a trend and a season", ""),
    "classic/daily-total-female-births.csv": ("daily counts", ""),
    "classic/co2_maunaloa_weekly.csv": ("weekly, with gaps", "--since 1980-01-01 --horizon 13"),
    "m3/M3-Yearly-train.csv": ("yearly, many short series", ""),
    "real/australia_tourism.csv": (
        "quarterly, many short series, many zeros",
        "--id Region --id State --id Purpose",
    ),
    "real/bike_sharing_hour.csv": (
        "hourly, with rows absent",
        "--target cnt --time dteday --time hr --since 2012-09-01",
    ),
    "real/opsd_germany_daily.csv": (
        "daily, with holidays",
        "--target Consumption --holidays DE --since 2014-01-01",
    ),
    "ltsf/exchange_rate.csv": (
        "daily, close to a random walk",
        "--target OT --since 2005-01-01",
    ),
}
HEAD = """# Every model on eight data sets

Each comparison ran to its end unattended, as the command above its table says, every model on the
same folds. Two folds and at most 300 optimiser steps a fit keep each to minutes, so the networks
are trained less than they would be by default. Skill is 1 - MASE / MASE of seasonal naive. Seconds
are those of all fits and forecasts of a model, with the threads that it takes by itself, on
{machine}. Written by `python -m benchmarks.every_model`.

Below each table a sentence says where the recurrent networks stand and what goes with it; it is
made from the scores by rule.
"""
FEW_STEPS, NEAR_NAIVE, TIE, MANY_ZEROS = 120, 0.05, 0.02, 0.2
ALIKE, MANY_ALIKE = 1e-3, 4


def run(file: Path, flags: str) -> dict[str, Any]:
    """Compare all models; what the table needs of the outcome, or why it failed."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["compare", str(file), *shlex.split(flags), *shlex.split(LIMITS)]
        output = ["--output", str(Path(folder) / "run"), "--set", "training.threads=1"]
        done = command([*words, *output, "--quiet", "--json"], longest=LONGEST)
        if done.code:
            return {"failed": f"ended with {done.code}: {done.error}"}
        horizon = forecast.configure(file=Path(folder) / "run" / "config.yaml").model.horizon
    said = json.loads(done.out)
    rows = [
        {
            "model": row["model"],
            "mase": row["metrics"]["mase"],
            "skill": row["skill"],
            "seconds": row["seconds"]["total"],
        }
        for row in said["leaderboard"]
        if row["rank"] is not None
    ]
    return {"rows": rows, "horizon": horizon, "seconds": done.seconds, **shape(file, flags)}


def shape(file: Path, flags: str) -> dict[str, int]:
    """Count the series, the steps of all of them, and those at zero."""
    done = command(["check", str(file), *shlex.split(flags), "--json"], longest=LONGEST)
    found = json.loads(done.out)["sum"]
    return {name: found[name] for name in ("series", "steps", "zeros")}


def section(name: str, kind: str, flags: str, found: Mapping[str, Any]) -> str:
    """Write the section of one file."""
    command = " ".join(filter(None, [f"forecast compare {name}", flags, LIMITS]))
    head = f"\n## `{name}`: {kind}\n\n    {command}\n\n"
    if "failed" in found:
        return f"{head}{found['failed']}\n"
    lines = ["| | model | MASE | skill | seconds |", "|---|---|---|---|---|"]
    for place, row in enumerate(found["rows"], 1):
        mase, skill = (
            "" if row[key] is None else f"{row[key]:{form}}"
            for key, form in (("mase", ".3f"), ("skill", ".0%"))
        )
        lines.append(f"| {place} | {row['model']} | {mase} | {skill} | {row['seconds']:.1f} |")
    counted = f"{found['series']} series, {found['steps']:,} steps"
    said = f"{counted}, horizon {found['horizon']}; {found['seconds']:.0f} seconds in all."
    table = "\n".join(lines)
    return f"{head}{said}\n\n{table}\n\n{verdict(found)}\n"


def verdict(found: Mapping[str, Any]) -> str:
    """Say by rule where the recurrent networks stand, and what goes with it."""
    errors = {row["model"]: row["mase"] for row in found["rows"] if row["mase"] is not None}
    ranked = sorted(errors, key=errors.__getitem__)
    if not ranked:
        return "MASE is undefined here."
    first, best = ranked[0], next((name for name in ranked if name in RECURRENT), None)
    if best is None:
        return "No recurrent network has a MASE here."
    if best == first:
        return f"A recurrent network leads: {best}."
    behind = errors[best] / errors[first] - 1
    place = ranked.index(best) + 1
    said = f"The best recurrent network is {best} at rank {place}, {behind:.1%} behind {first}"
    why = reason(found, errors, first, behind)
    alike = [name for name in NETWORKS if abs(errors.get(name, 0) / errors[best] - 1) < ALIKE]
    if len(alike) >= MANY_ALIKE:
        why += f"; {len(alike)} networks score the same, that of the linear start they share"
    return f"{said}: {why}."


def reason(found: Mapping[str, Any], errors: Mapping[str, float], first: str, behind: float) -> str:
    """Name the first of the known reasons that holds."""
    if behind < TIE:
        return f"less than {TIE:.0%}, which another seed may turn round"
    zeros = found["zeros"] / found["steps"]
    if zeros > MANY_ZEROS:
        return f"{zeros:.0%} of the values are 0, which a network has to learn and no rule does"
    each = found["steps"] / found["series"]
    rule = min((name for name in RULES if name in errors), key=errors.__getitem__)
    gain = 1 - errors[first] / errors[rule]
    if gain < NEAR_NAIVE:
        return f"little is left to learn, no model is more than {gain:.1%} better than {rule}"
    if each < FEW_STEPS:
        return f"a series has {each:.0f} steps on average, few to learn weights from"
    if first in NETWORKS:
        return "another network makes more of the same windows within these steps of training"
    return "a method with its trend and season built in needs less to learn from"


def write(done: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> None:
    """Write the page from the journal."""
    parts = [section(name, *FILES[name], done[name]) for name in names]
    PAGE.write_text(HEAD.format(machine=machine()) + "".join(parts), encoding="utf-8")


def main() -> int:
    """Compare what the journal does not have yet, then write the page."""
    parser = argparse.ArgumentParser(description="Every model on eight data sets.")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "every_model")
    parser.add_argument("--only", default="", help="part of the names to look at")
    parser.add_argument("--again", action="store_true", help="forget what the journal has of them")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    journal = asked.work / "journal.json"
    done = json.loads(journal.read_text(encoding="utf-8")) if journal.exists() else {}
    for name, (_, flags) in FILES.items():
        if asked.only not in name or (name in done and not asked.again):
            continue
        if not (DATASETS / name).exists():
            print(f"skipped: no {DATASETS / name}; set FORECAST_DATASETS")
            continue
        print(name, flush=True)
        done[name] = run(DATASETS / name, flags)
        print(f"  {done[name].get('failed') or round(done[name]['seconds'])}", flush=True)
        journal.write_text(json.dumps(done, indent=1), encoding="utf-8")
    names = [name for name in FILES if name in done]
    failed = [name for name in names if "failed" in done[name]]
    if names:
        write(done, names)
    print(f"{len(names)} of {len(FILES)} data sets in {PAGE}; failed: {failed or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
