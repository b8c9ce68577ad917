"""Options that were asked for and that the model of the run has no use for, said aloud."""

from __future__ import annotations

from collections.abc import Iterable

from forecast.models.registry import NETWORKS

SECTIONS = ("model.", "training.")
SHARED = ("model.name", "model.horizon", "model.context_length", "training.seed")
"""Keys of the two sections that every model takes, or that lay out the folds."""


def unread_note(keys: Iterable[str], name: str) -> str | None:
    """Name the options that change nothing since model ``name`` has no weights; None without.

    Parameters
    ----------
    keys : iterable of str
        Dotted keys that were given on the command line.
    name : str
        Of a model of the registry; a network has use for every option, or refuses it.

    Examples
    --------
    >>> unread_note(["model.horizon", "model.decoder"], "drift")
    'drift has no layers and no epochs: model.decoder changes nothing here'
    """
    if name in NETWORKS:
        return None
    idle = [key for key in keys if key.startswith(SECTIONS) and key not in SHARED]
    if not idle:
        return None
    verb = "changes" if len(idle) == 1 else "change"
    return f"{name} has no layers and no epochs: {', '.join(idle)} {verb} nothing here"
