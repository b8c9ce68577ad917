"""What each candidate made of each fold, kept beside the checkpoints of a run that is at work.

One file a candidate and fold, arrays only. It is not flushed to the disk: one that is not whole
after a power cut is passed over, and that fold is judged anew, with the same result.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.storage.file_names import file_name
from forecast.storage.write import replace_bytes
from forecast.validation.evaluation import Judgement, Recursion, Seconds
from forecast.validation.quantiles import QuantileForecasts

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUFFIX = ".fold"
UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True)
class FoldFolder:
    """Judgements as files of a folder, such as ``ets-fold-1.fold``."""

    folder: Path

    def load(self, candidate: str, fold: int) -> Judgement | None:
        """Return what a candidate made of a fold; None where that is not known."""
        try:
            with np.load(self._path(candidate, fold), allow_pickle=False) as found:
                facts = json.loads(str(found["facts"]))
                recursion = None
                if "residuals" in found:
                    recursion = Recursion(found["cutoffs"], found["residuals"])
                quantiles = None
                if "quantiles" in found:
                    quantiles = QuantileForecasts(tuple(facts["levels"]), found["quantiles"])
                return Judgement(
                    found["forecasts"],
                    Seconds(facts["fit"], facts["validate"]),
                    facts["parameters"],
                    recursion,
                    tuple(facts["said"]),
                    quantiles,
                    facts["memory"],
                )
        except UNREADABLE:
            return None

    def save(self, candidate: str, fold: int, judgement: Judgement) -> None:
        """Keep what a candidate made of a fold.

        Raises
        ------
        WriteError
            If the system refuses.
        """
        facts: dict[str, object] = {
            "fit": judgement.seconds.fit,
            "validate": judgement.seconds.validate,
            "parameters": judgement.parameters,
            "said": judgement.said,
            "memory": judgement.memory,
        }
        arrays: dict[str, NDArray[Any]] = {"forecasts": judgement.forecasts}
        if judgement.recursion is not None:
            arrays["cutoffs"] = judgement.recursion.cutoffs
            arrays["residuals"] = judgement.recursion.residuals
        if judgement.quantiles is not None:
            facts["levels"] = judgement.quantiles.levels
            arrays["quantiles"] = judgement.quantiles.values
        arrays["facts"] = np.array(json.dumps(facts))
        stream = io.BytesIO()
        np.savez(stream, allow_pickle=False, **arrays)
        replace_bytes(self._path(candidate, fold), stream.getvalue())

    def _path(self, candidate: str, fold: int) -> Path:
        return self.folder / (file_name(f"{candidate}, fold {fold + 1}") + SUFFIX)
