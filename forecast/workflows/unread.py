"""Options that were asked for and that the model of the run has no use for, said aloud."""

from __future__ import annotations

from forecast.config.differences import settings_of
from forecast.config.schema import Config
from forecast.models.registry import NETWORKS

SHARED = ("model.name", "model.horizon", "model.context_length", "training.seed")
"""Keys of the two sections that every model takes, or that lay out the folds."""


def unread_notes(asked: Config, name: str) -> tuple[str, ...]:
    """Name the options of ``asked`` that change nothing since model ``name`` has no weights.

    Parameters
    ----------
    asked : Config
        As the user gave it.
    name : str
        Of a model of the registry; a network has use for every option, or refuses it.
    """
    if name in NETWORKS:
        return ()
    sections = ("model.", "training.")
    keys = [key for key in settings_of(asked) if key.startswith(sections) and key not in SHARED]
    if not keys:
        return ()
    verb = "changes" if len(keys) == 1 else "change"
    return (f"{name} has no layers and no epochs: {', '.join(keys)} {verb} nothing here",)
