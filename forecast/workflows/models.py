"""``models``: what there is to choose from, and how many parameters the cells have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from forecast.errors import UsageError
from forecast.models.catalogue import Entry, Kind, LayerCount, Sizes, count_parameters, entries

SCHEMA = 1


@dataclass(frozen=True)
class ModelsResult:
    """What there is to choose from.

    Parameters
    ----------
    sizes : Sizes
        Those that parameters are counted for.
    models : tuple of Entry
        Cells, rules and statistical methods; only one where one was asked for.
    counts : mapping of str to tuple of LayerCount
        Layers of each cell, the lowest first.
    decoders, heads : tuple of Entry
        Empty where one model was asked for.
    """

    sizes: Sizes
    models: tuple[Entry, ...]
    counts: Mapping[str, tuple[LayerCount, ...]]
    decoders: tuple[Entry, ...] = ()
    heads: tuple[Entry, ...] = ()

    def total(self, name: str) -> LayerCount:
        """Return the parameters of all layers of a cell."""
        layers = self.counts[name]
        return LayerCount(
            layers[0].reads,
            sum(layer.textbook for layer in layers),
            sum(layer.actual for layer in layers),
        )

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``models --json``."""
        return {
            "schema": SCHEMA,
            "command": "models",
            "sizes": asdict(self.sizes),
            "models": [self._model(entry) for entry in self.models],
            "decoders": [{"name": entry.name, "use": entry.use} for entry in self.decoders],
            "heads": [
                {"name": entry.name, "use": entry.use, "numbers": entry.numbers}
                for entry in self.heads
            ],
        }

    def _model(self, entry: Entry) -> dict[str, object]:
        facts: dict[str, object] = {
            "name": entry.name,
            "kind": entry.kind,
            "title": entry.title,
            "use": entry.use,
            "source": entry.source or None,
            "equations": entry.equations,
        }
        if entry.kind != "cell":  # of a comparator the count depends on the data
            known = None if entry.kind == "comparator" else 0
            return {**facts, "parameters": {"formula": None, "textbook": known, "actual": known}}
        total = self.total(entry.name)
        parameters = {
            "formula": entry.formula,
            "textbook": total.textbook,
            "actual": total.actual,
            "layers": [asdict(layer) for layer in self.counts[entry.name]],
        }
        return {**facts, "parameters": parameters}


def list_models(model: str | None = None, *, sizes: Sizes | None = None) -> ModelsResult:
    """List cells, rules, methods, decoders and heads, or tell of one model.

    Parameters
    ----------
    model : str, optional
        Name of a cell, rule or method; by default all, with decoders and heads.
    sizes : Sizes, optional
        By default one layer of 64 units that reads one number a step.

    Raises
    ------
    UsageError
        If there is no such model.
    """
    sizes = Sizes() if sizes is None else sizes
    kinds: tuple[Kind, ...] = ("cell", "comparator", "rule", "statistical")
    every = tuple(entry for kind in kinds for entry in entries(kind))
    models = tuple(entry for entry in every if model in (None, entry.name))
    if not models:
        raise UsageError(
            f"no model is called {model!r}",
            location="--model",
            fix=f"choose from {', '.join(entry.name for entry in every)}",
        )
    counts = {
        entry.name: count_parameters(entry, sizes) for entry in models if entry.kind == "cell"
    }
    if model is not None:
        return ModelsResult(sizes, models, counts)
    return ModelsResult(sizes, models, counts, entries("decoder"), entries("head"))
