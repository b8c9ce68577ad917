"""Several networks that differ by their seeds, and perhaps by how they see a window.

What they forecast is their mean. Random weights and the order of the batches decide much of what a
network learns from little data; averaging takes that part of the error out. Networks that see a
window in unlike ways, relative to its last value or by its own mean and deviation, err in unlike
ways, too.

References
----------
Hansen & Salamon (1990), Neural network ensembles; quantiles are averaged level by level (Ratcliff
1979, Vincent's method); paths are drawn from each member in turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median_high
from typing import TYPE_CHECKING, Self

import numpy as np

from forecast.errors import NotFittedError
from forecast.models.forecaster import (
    Draws,
    FitContext,
    FitReport,
    Forecaster,
    Setting,
    settled_share,
)

if TYPE_CHECKING:
    from torch import Tensor

    from forecast.data.arrays import FloatArray, IntArray
    from forecast.data.panel import Panel, Span

MEMBERS = "members"
"""Setting under which a bundle keeps how many there are."""
PREFIX = "member."
UNLIKE = ("window_normalisation",)
"""Settings in which members may differ."""


class EnsembleForecaster:
    """The mean of forecasters of one kind.

    Parameters
    ----------
    members : sequence of Forecaster
        At least one, with equal settings but for `UNLIKE`.
    """

    def __init__(self, members: Sequence[Forecaster]) -> None:
        self.members = tuple(members)
        self.name = members[0].name
        self.report: FitReport | None = None

    @property
    def parameters(self) -> int:
        """Number of trained numbers of all members."""
        return sum(member.parameters for member in self.members)

    @property
    def context_length(self) -> int:
        """Rows up to a cutoff that a forecast reads."""
        return self.members[0].context_length

    def rows_needed(self, panel: Panel) -> IntArray:
        """Rows that a forecast rests on: members need the same."""
        return self.members[0].rows_needed(panel)

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:
        """Fit one member after the other, each by a seed of its own.

        A run that is stopped keeps the members that it began.
        """
        count, fitted = len(self.members), []
        for place, member in enumerate(self.members):
            own = replace(
                context,
                name=f"{context.name}, member {place + 1} of {count}",
                index=context.index * count + place,
                total=context.total * count,
                seed=member_seed(context.seed, place),
            )
            fitted.append(member.fit(panel, span=span, context=own))
            report = fitted[-1].report
            if report is not None and report.stopped == "interrupted":
                break
        self.members = tuple(fitted)
        self.report = _together([one.report for one in fitted if one.report is not None])
        return self

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Mean of what the members forecast."""
        found = [member.predict(panel, cutoffs, horizon=horizon) for member in self.members]
        return _mean(found)

    def predict_quantiles(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, levels: Sequence[float]
    ) -> FloatArray:
        """Mean, level by level, of the quantiles of the members."""
        found = [
            member.predict_quantiles(panel, cutoffs, horizon=horizon, levels=levels)
            for member in self.members
        ]
        return _mean(found)

    def sample_paths(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, draws: Draws
    ) -> FloatArray:
        """Paths of the members, as many of each; of the first ones one more where they differ."""
        count = len(self.members)
        shares = [len(range(place, draws.count, count)) for place in range(count)]
        found = [
            member.sample_paths(
                panel,
                cutoffs,
                horizon=horizon,
                draws=Draws(share, member_seed(draws.seed, place)),
            )
            for place, (member, share) in enumerate(zip(self.members, shares, strict=True))
            if share
        ]
        return np.concatenate(found, axis=2)

    def settings(self) -> Mapping[str, Setting]:
        """Settings of the first member, where others differ, and how many there are."""
        first, *others = (member.settings() for member in self.members)
        own = {
            f"{PREFIX}{place}.{name}": other[name]
            for place, other in enumerate(others, start=1)
            for name in UNLIKE
            if name in other and other[name] != first[name]
        }
        return {**first, **own, MEMBERS: len(self.members)}

    def state(self) -> Mapping[str, Tensor]:
        """Tensors of all members, each with its place before its name."""
        return {
            f"{PREFIX}{place}.{name}": value
            for place, member in enumerate(self.members)
            for name, value in member.state().items()
        }


def split_members(
    settings: Mapping[str, Setting], state: Mapping[str, Tensor]
) -> list[tuple[dict[str, Setting], dict[str, Tensor]]]:
    """Take apart what `EnsembleForecaster` put together: settings and tensors of each member.

    Raises
    ------
    ValueError
        If the tensors are not those of so many members, or a setting is of none of them.
    """
    count = settings[MEMBERS]
    if type(count) is not int or not 1 <= count <= len(state):
        raise ValueError(f"{MEMBERS} is {count!r}, with {len(state)} tensors")
    states: list[dict[str, Tensor]] = [{} for _ in range(count)]
    places = {str(place): place for place in range(count)}
    for name, value in state.items():
        place, _, rest = name.removeprefix(PREFIX).partition(".")
        if not name.startswith(PREFIX) or place not in places:
            raise ValueError(f"tensor {name!r} is of none of the {count} members")
        states[places[place]][rest] = value
    own = {f"{PREFIX}{place}.{name}": name for place in range(1, count) for name in UNLIKE}
    strange = [key for key in settings if key.startswith(PREFIX) and key not in own]
    if strange:
        raise ValueError(f"setting {strange[0]!r} is of none of the {count} members")
    alike = {key: value for key, value in settings.items() if key not in {MEMBERS, *own}}
    unlike: list[dict[str, Setting]] = [{} for _ in range(count)]
    for key in own.keys() & settings.keys():
        unlike[int(key.split(".")[1])][own[key]] = settings[key]
    return [({**alike, **mine}, state) for mine, state in zip(unlike, states, strict=True)]


def member_seed(seed: int, place: int) -> int:
    """Seed of the member at ``place``: unlike those of the others.

    Examples
    --------
    >>> member_seed(0, 1) == member_seed(0, 1), member_seed(0, 1) == member_seed(0, 2)
    (True, False)
    """
    return int(np.random.SeedSequence([seed, place]).generate_state(1)[0])


def _mean(found: Sequence[FloatArray]) -> FloatArray:
    if not found:
        raise NotFittedError("no member has been fitted", fix="call fit first")
    total: FloatArray = sum(found[1:], found[0])
    return total / len(found)


def _together(reports: Sequence[FitReport]) -> FitReport | None:
    """Report of all members: the epochs that are typical, and every record."""
    if not reports:
        return None
    return FitReport(
        best_epoch=median_high(report.best_epoch for report in reports),
        epochs_run=max(report.epochs_run for report in reports),
        stopped=reports[-1].stopped,
        records=tuple(record for report in reports for record in report.records),
        share=settled_share(report.share for report in reports),
    )
