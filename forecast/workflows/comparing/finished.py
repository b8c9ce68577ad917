"""A finished run as its folder tells of it, and whether it was judged as another one was."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from pydantic import BaseModel, ValidationError

from forecast.bundle.load import read_manifest
from forecast.bundle.manifest import Manifest
from forecast.errors import DataError, UsageError
from forecast.workflows.comparing.leaderboard import entries_of

KEYS = ("unique_id", "cutoff", "ds")


class Cost(BaseModel):
    """What the document of a run says of its model beside the scores."""

    metrics_standardised: dict[str, float | None]
    parameters: int
    seconds: dict[str, float]
    peak_memory: int | None = None


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """A run that came to its end.

    Parameters
    ----------
    path : str
        As it was given.
    manifest : Manifest
        Of its bundle.
    cost : Cost
    folds : int
    forecasts : DataFrame
        Those of its folds, in the long layout. Stamps are moments, or counts up to the last of
        each series.
    model : str
        Name of the model that was kept, with what was varied.
    column : str
        What it is called in the forecasts: with its seed where there were several.
    """

    path: str
    manifest: Manifest
    cost: Cost
    folds: int
    forecasts: pd.DataFrame
    model: str
    column: str

    @property
    def metrics(self) -> Mapping[str, float | None]:
        """Scores of the model that was kept, with the seed that was kept."""
        return self.manifest.scores[self.column]


def read_run(folder: Path) -> FinishedRun:
    """Read a run folder.

    Raises
    ------
    UsageError
        If it is no finished run, or has no folds.
    DataError
        If a file of it is not as it was written.
    BundleError
        If its bundle is refused.
    """
    if not (folder / "metrics.json").is_file():
        raise UsageError(
            f"{str(folder)!r} is no finished run: it holds no metrics.json",
            location=str(folder),
            fix="name run folders that 'forecast train' or 'forecast compare' wrote to the end",
        )
    if not (folder / "forecasts.csv").is_file():
        raise UsageError(
            f"{str(folder)!r} was not judged: it has no folds",
            location=str(folder),
            fix="train it again with --folds 1 or more",
        )
    manifest = read_manifest(folder)
    try:
        row = _kept(json.loads((folder / "metrics.json").read_text("utf-8")))
        cost, model = Cost.model_validate(row), row["model"]
        column = entries_of(model, row.get("seeds", ()))[0]
        folds = pd.read_csv(folder / "metrics.csv", usecols=["fold"])["fold"].nunique()
        text = {"unique_id": str}
        frame = pd.read_csv(folder / "forecasts.csv", dtype=text, keep_default_na=False)
        forecasts = _placed(frame)
        _ = forecasts[column], manifest.scores[column]
    except (ValueError, KeyError, TypeError, OSError, ValidationError) as error:
        raise DataError(
            f"a file of {str(folder)!r} is not as it was written: {str(error).splitlines()[0]}",
            location=str(folder),
            fix="name a run folder as forecast wrote it, or train it again",
        ) from error
    return FinishedRun(str(folder), manifest, cost, int(folds), forecasts, model, column)


def refuse_different(run: FinishedRun, first: FinishedRun) -> None:
    """Refuse a run that was not judged as the first one was.

    Raises
    ------
    UsageError
        Naming both, and what they differ in.
    """
    for mine, theirs in zip(_facts(run), _facts(first), strict=True):
        if mine.value == theirs.value:
            continue
        config = shlex.quote(str(Path(first.path) / "config.yaml"))
        raise UsageError(
            f"{run.path} {mine.words}, {first.path} {theirs.words}",
            location=run.path,
            fix="name runs that were judged alike, or train its model on the data of the other "
            f"with --config {config} --model {run.manifest.model}",
        )


class _Fact(NamedTuple):
    """What must agree, and how it is said."""

    value: object
    words: str


def _facts(run: FinishedRun) -> list[_Fact]:
    manifest, frame = run.manifest, run.forecasts
    cutoffs = frame["cutoff"].unique()
    names = frozenset(manifest.unique_ids)
    listed = ", ".join(sorted(names)[:3]) + (", ..." if len(names) > 3 else "")  # noqa: PLR2004
    shown = f"{frame['shown'].iloc[0]} to {frame['shown'].iloc[-1]}" if len(frame) else "nowhere"
    fingerprint, season, horizon = manifest.fingerprint, manifest.season_length, manifest.horizon
    return [
        _Fact(fingerprint, f"has data of fingerprint {fingerprint[:12]}"),
        _Fact(names, f"has {len(names)} series ({listed})"),
        _Fact(horizon, f"forecasts {horizon} step{'' if horizon == 1 else 's'}"),
        _Fact(season, f"has a season of {season} step{'' if season == 1 else 's'}"),
        _Fact(run.folds, f"has {run.folds} fold{'' if run.folds == 1 else 's'}"),
        _Fact(tuple(sorted(cutoffs)), f"forecasts from {len(cutoffs)} cutoffs, {shown}"),
    ]


def _kept(document: object) -> dict[str, Any]:
    """Find the model that was kept in the document of ``train`` or ``compare``: the best."""
    if not isinstance(document, dict):
        raise TypeError("metrics.json is no document")
    row: dict[str, Any] = document.get("leaderboard", [document])[0]
    return row


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    """Read stamps as moments; counts end where their series ends, and so count from there."""
    values = frame.columns.difference(["unique_id", "ds", "cutoff"])
    frame[values] = frame[values].replace("", "nan").astype("float64")
    frame["shown"] = frame["cutoff"]
    for key in ("ds", "cutoff"):
        if frame[key].dtype.kind not in "iu":
            frame[key] = pd.to_datetime(frame[key], utc=True, format="ISO8601")
    if frame["ds"].dtype.kind in "iu":
        last = frame.groupby("unique_id")["ds"].transform("max")
        frame["ds"], frame["cutoff"] = frame["ds"] - last, frame["cutoff"] - last
    return frame
