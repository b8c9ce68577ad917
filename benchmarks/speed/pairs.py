"""Turn after turn: A B A B ..., so that whatever else a machine does meets all alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.speed.process import ContenderError

Turn = Callable[[], Mapping[str, Any]]
Round = dict[str, dict[str, Any]]
"""What each said, by name."""
PAIRS = 5
"""Fewest rounds that a median is taken of."""


def alternate(turns: Mapping[str, Turn], rounds: int) -> tuple[list[Round], dict[str, str]]:
    """Ask all in turn, once to warm up and then so many rounds.

    Returns
    -------
    list of dict
        The answers; the first round is the one that warmed up.
    dict of str to str
        Why those failed that did; who fails is not asked again.
    """
    found: list[Round] = []
    failed: dict[str, str] = {}
    for _ in range(1 + rounds):
        answers: Round = {}
        for name, turn in turns.items():
            if name in failed:
                continue
            try:
                answers[name] = dict(turn())
            except ContenderError as error:
                failed[name] = str(error)
        found.append(answers)
    return found, failed


def median(rounds: Sequence[Round], name: str, key: str) -> float | None:
    """Median of what one said in the rounds after the first; None where it did not come so far."""
    said = [answers[name][key] for answers in rounds[1:] if name in answers]
    return statistics.median(said) if said and len(said) == len(rounds) - 1 else None


def median_ratio(rounds: Sequence[Round], above: str, below: str, key: str) -> float | None:
    """Median of the ratios of two in the same round.

    Examples
    --------
    >>> rounds = [{}, {"a": {"s": 4}, "b": {"s": 2}}, {"a": {"s": 9}, "b": {"s": 3}}]
    >>> median_ratio(rounds, "a", "b", "s")
    2.5
    """
    if median(rounds, above, key) is None or median(rounds, below, key) is None:
        return None
    ratios: list[float] = [answers[above][key] / answers[below][key] for answers in rounds[1:]]
    return statistics.median(ratios)
