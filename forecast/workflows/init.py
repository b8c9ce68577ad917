"""``init``: what a check understood, as a configuration file with comments."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from forecast.config.fields import fields
from forecast.config.schema import Config
from forecast.config.yaml import write_value
from forecast.workflows.check import check
from forecast.workflows.checking.result import CheckResult
from forecast.workflows.reading import Source
from forecast.workflows.results import SCHEMA

WIDTH = 98
SIZES = {
    "model.context_length": "context_length",
    "model.segment_length": "segment_length",
    "model.hidden_size": "hidden_size",
    "training.epochs": "epochs",
    "training.batch_size": "batch_size",
}
REASONS = {"model.context_length": "context", "model.segment_length": "segment"}
ALWAYS = ("model.name", "model.horizon", *SIZES, "training.seed", "validation.folds")


@dataclass(frozen=True)
class InitResult:
    """A configuration file.

    Parameters
    ----------
    checked : CheckResult
        What it was made from.
    text : str
        YAML that ``train --config`` takes.
    """

    checked: CheckResult
    text: str

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``init --json``."""
        return {
            "schema": SCHEMA,
            "command": "init",
            "data": self.checked.reading.name,
            "yaml": self.text,
            "to_mend": [finding.document() for finding in self.checked.to_mend],
        }


def init(data: Source, config: Config | None = None, *, command: str) -> InitResult:
    """Write what was understood of a file as a configuration.

    What describes the data and the horizon is written out. Sizes that ``train`` finds stay
    automatic, with what they come to as a comment, so that they follow when the file grows.

    Parameters
    ----------
    data : path, text stream or DataFrame
        One or many series.
    config : Config, optional
        What is asked for already.
    command : str
        The command that trains with the file, for its first line.

    Raises
    ------
    DataError
        If the file is refused and no flag mends it.
    """
    checked = check(data, config)
    lines = [*_head(checked, command), *_sections(checked)]
    return InitResult(checked, "".join(f"{line}\n" for line in lines))


def _head(checked: CheckResult, command: str) -> Iterator[str]:
    yield f"# {_one_line(command)}"
    yield "#"
    for note in checked.notes:
        yield from _comment(note)
    for finding in checked.findings:
        if finding.severity != "ok":
            yield from _comment(f"{finding.severity}: {finding.message}")


def _sections(checked: CheckResult) -> Iterator[str]:
    values = _values(checked)
    remarks = _remarks(checked)
    for section in ("data", "model", "training", "validation"):
        keys = [key for key in fields() if key in values and key.startswith(f"{section}.")]
        yield ""
        yield f"{section}:"
        for key in keys:
            remark = remarks.get(key) or fields()[key].description
            yield from _comment(remark, margin="  ")
            yield f"  {key.partition('.')[2]}: {write_value(values[key])}"


def _values(checked: CheckResult) -> dict[str, object]:
    """Values of the keys that are written."""
    config = checked.config
    asked: dict[str, object] = {}
    for key in ALWAYS:
        section, _, name = key.partition(".")
        asked[key] = getattr(getattr(config, section), name)
    return {**asked, **checked.explicit}


def _remarks(checked: CheckResult) -> dict[str, str]:
    """Comments that tell more than what a key is."""
    found = {key: finding.message for finding in checked.to_mend for key in finding.settings}
    reading, advice = checked.reading, checked.advice
    found["data.freq"] = f"sampling step; {reading.span[0]} to {reading.span[1]}"
    seasons = ", ".join(f"{s.length} (strength {s.strength:.2f})" for s in checked.profile.seasons)
    found.setdefault("data.season_length", f"season in steps; found: {seasons or 'none'}")
    if advice is None:
        return found
    for key, size in SIZES.items():
        if size in advice.sizes:
            found[key] = f"{fields()[key].description} Here {advice.sizes[size]}."
    folds = fields()["validation.folds"].description
    found["validation.folds"] = f"{folds} Here {len(advice.folds)}."
    reasons = {reason.partition(" ")[0].rstrip(":"): reason for reason in advice.reasons}
    for key, word in REASONS.items():
        if word in reasons:
            found[key] = f"{fields()[key].description} Here {reasons[word]}."
    found["model.name"] = f"{fields()['model.name'].description} {advice.reasons[0]}."
    return found


def _comment(text: str, *, margin: str = "") -> list[str]:
    mark = f"{margin}# "
    return textwrap.wrap(
        _one_line(text), WIDTH, initial_indent=mark, subsequent_indent=mark, break_on_hyphens=False
    )


def _one_line(text: str) -> str:
    """Leave out what YAML does not take in a comment: names of series may hold anything."""
    return "".join(char if char.isprintable() else " " for char in text)
