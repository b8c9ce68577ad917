"""How accurate are the forecasts? The tables of docs/accuracy.md, from commands run here.

    python -m benchmarks.accuracy [long-horizon] [many-series] [plain] [ablation] [--quick] ...

Commands that the journal in benchmarks/measured has are not run again, unless the code or the
configuration they name changed; so a run that was stopped goes on. Sections that are not named,
where one is, stay in the page as they are. The files are looked for in the folder that
FORECAST_DATASETS names, else in ../shared/datasets; those that are not there are left out.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.accuracy.asking import in_journal, run_missing
from benchmarks.accuracy.journal import Journal, code_digest
from benchmarks.accuracy.long_horizon import HarnessError
from benchmarks.accuracy.page import SECTIONS, page, section
from benchmarks.accuracy.process import DATASETS, ROOT

PAGE = ROOT / "docs" / "accuracy.md"
SEEDS, QUICK_SEEDS = (0, 1, 2), (0,)


def parse(words: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    said = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=said)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}")
    parser.add_argument("--quick", action="store_true", help="run one seed")
    parser.add_argument("--ensembles", action="store_true", help="ensembles of long horizons, too")
    parser.add_argument(
        "--work", type=Path, default=ROOT / "benchmarks" / "measured" / "accuracy", metavar="FOLDER"
    )
    parser.add_argument("--write", action="store_true", help="run nothing, only write the page")
    parser.add_argument(
        "--any-code", action="store_true", help="take what other code said; the page names it"
    )
    asked = parser.parse_args(words)
    unknown = [name for name in asked.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"no section {unknown[0]!r}: choose from {', '.join(SECTIONS)}")
    return asked


def main(words: list[str] | None = None) -> int:
    """Run what the journal does not have yet, then write the page."""
    asked = parse(words)
    if not DATASETS.is_dir():
        print(f"no folder {DATASETS}: set FORECAST_DATASETS")
        return 1
    asked.work.mkdir(parents=True, exist_ok=True)
    code = code_digest(ROOT / "forecast")
    file, counted = asked.work / "journal.jsonl", None if asked.any_code else code
    seeds = QUICK_SEEDS if asked.quick else SEEDS
    try:
        if not asked.write:
            ask = run_missing(Journal(file, root=ROOT, code=counted), code=code)
            for name in asked.sections or SECTIONS:
                section(name, ask, seeds, ensembles=asked.ensembles and not asked.quick)
        found = in_journal(Journal(file, root=ROOT, code=counted))
        before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        text = page(found, SEEDS, ROOT, names=asked.sections or SECTIONS, before=before)
    except HarnessError as error:
        print(error)
        return 1
    except KeyboardInterrupt:
        print("stopped: the same command goes on, --write makes the page of what is done")
        return 130
    PAGE.write_text(text, encoding="utf-8")
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
