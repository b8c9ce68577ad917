"""The page, made whole of what was found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from benchmarks.accuracy import ablation, long_horizon, many_series, plain
from benchmarks.accuracy.asking import Ask
from benchmarks.accuracy.figures import block
from benchmarks.accuracy.journal import Entry
from benchmarks.sections import joined, with_origin

SECTIONS = ("long-horizon", "many-series", "plain", "ablation")
HEAD = """# Accuracy

Every figure below comes from what a command that stands here printed with `--json`; `datasets/` is
the folder that FORECAST_DATASETS names. Nothing is tuned to a file: one configuration for each kind
of problem, and none for plain training. Where a row is not run yet it says so. Written by
`python -m benchmarks.accuracy` (`make accuracy`; `make accuracy-quick` runs one seed), which runs
one section alone where it is named; seconds are wall seconds. Each section says what it was run on.

"""


def section(name: str, ask: Ask, seeds: Sequence[int], *, ensembles: bool) -> str:
    """Return one section, asking for all that it shows."""
    if name == "long-horizon":
        return long_horizon.section(ask, seeds, ensembles=ensembles)
    if name == "many-series":
        return many_series.section(ask, seeds)
    if name == "plain":
        return plain.section(ask)
    return ablation.section(ask, seeds)


def page(
    ask: Ask,
    seeds: Sequence[int],
    root: Path,
    *,
    names: Collection[str] = SECTIONS,
    before: str = "",
) -> str:
    """Return the page of all that ``ask`` finds.

    Parameters
    ----------
    names : collection of str
        Of the sections that are written again; the others stay as they are in ``before``, the page
        so far.
    """

    def write(name: str, asking: Ask) -> str:
        return section(name, asking, seeds, ensembles=True)

    sections = with_origin(SECTIONS, write, ask, ran=ran, new=names)
    configs = (configuration(root, name) for name in (long_horizon.CONFIG, many_series.CONFIG))
    sections.append(("## Configurations\n\n" + "\n".join(configs), True))
    return joined(HEAD, sections, before=before)


def ran(used: Sequence[Entry]) -> str:
    """Say on which machines, and with which code, the entries of a section were made."""
    if not used:
        return "Nothing of this is run yet."
    machines = " and ".join(sorted({entry.machine for entry in used}))
    codes = " and ".join(sorted({entry.code for entry in used}))
    return f"Run on {machines}; code {codes}."


def configuration(root: Path, name: str) -> str:
    """Return the text of a configuration file as a block, or that it is absent."""
    path = root / name
    if not path.exists():
        return f"There is no `{name}` yet.\n"
    return f"`{name}`:\n\n{block(path.read_text(encoding='utf-8').splitlines())}"
